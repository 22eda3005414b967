"""Figures as files: SVG and PDF with text as text, PNG at 300 and 600 dots to an inch, and their source data as CSV.

Importing this imports matplotlib.
"""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.text import Text

from bioseq.durable import write_bytes
from bioseq.report.fonts import USUAL, fallback, family
from bioseq.report.sheet import INK, Sheet
from bioseq.spreadsheets import comma_separated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Format = Literal["svg", "pdf", "png"]

WIDTHS_MM = (85, 114, 174)
"""One column, one and a half, two: what journals ask for."""
_MM_PER_INCH = 25.4
_UNDATED: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
"""So that equal figures are equal files."""


@contextmanager
def style() -> Iterator[None]:
    """Within this block, figures look as they should; labels are plain text, never formulas."""
    settings = {
        "font.family": [USUAL],
        "font.size": 8,
        "axes.labelsize": 8,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 1.3,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "legend.frameon": False,
        "legend.handlelength": 2.4,
        "text.parse_math": False,
        "text.usetex": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "bioseq",
        "pdf.fonttype": 42,
        "hatch.linewidth": 0.5,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "legend.facecolor": "none",
        **dict.fromkeys(
            ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "legend.labelcolor"), INK
        ),
    }
    # Newer versions would draw a sign for the whole script, the same for each of its letters.
    settings |= {name: False for name in ("font.enable_last_resort",) if name in mpl.rcParams}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A letter that no installed font has is drawn as a box: whoever writes the figure warns of it once.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def drawn(sheet: Sheet, *, width_mm: float) -> Figure:
    """A figure, drawn; to be called, and saved, within `style`."""
    size = (width_mm / _MM_PER_INCH, sheet.height(width_mm) / _MM_PER_INCH)
    figure = Figure(figsize=size, layout="constrained")
    sheet.draw(figure, width_mm)
    _choose_fonts(figure)
    # Laid out once, not again for each kind of file.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


def _choose_fonts(figure: Figure) -> None:
    """Let installed fonts take over for letters that the usual one lacks."""
    for axes in figure.axes:
        # The names at the ticks exist once somebody asks for them.
        axes.get_xticklabels()
        axes.get_yticklabels()
    texts = figure.findobj(Text)
    found = fallback(text.get_text() for text in texts)
    if found.fonts:
        families = [USUAL, *(family(path) for path, _ in found.fonts)]
        for text in texts:
            text.set_fontfamily(families)


def saved(figure: Figure, kind: Format, *, dpi: int = 300) -> bytes:
    """A drawn figure as the content of a file: SVG without a ground, the others on white."""
    buffer = io.BytesIO()
    ground = "none" if kind == "svg" else "white"
    figure.savefig(buffer, format=kind, dpi=dpi, metadata=_UNDATED[kind], facecolor=ground)
    return buffer.getvalue()


def source_data(sheet: Sheet) -> bytes:
    """The numbers behind a figure, as CSV."""
    return comma_separated((sheet.header, *sheet.rows())).encode("utf-8", "replace")


def write_sheets(
    folder: Path,
    sheets: Iterable[Sheet],
    *,
    width_mm: float = 0,
    kinds: tuple[Format, ...] = ("svg", "pdf", "png"),
    dpis: tuple[int, ...] = (300,),
) -> Iterator[tuple[Sheet, dict[Format, bytes]]]:
    """Draw and write figures durably.

    Args:
        folder: Where they go; made if need be.
        sheets: The figures.
        width_mm: Their width, mm; 0 for the one that suits each.
        kinds: Kinds of files beside the CSV.
        dpis: Dots to an inch of the PNG; the first stands in `name.png`, others in `name-600dpi.png`.

    Yields:
        Each figure once its files are complete, and their contents by kind.
    """
    for sheet in sheets:
        with style():
            figure = drawn(sheet, width_mm=width_mm or sheet.width_mm)
            contents = {kind: saved(figure, kind, dpi=dpis[0]) for kind in kinds}
            larger = {dpi: saved(figure, "png", dpi=dpi) for dpi in dpis[1:] if "png" in kinds}
        for kind, content in contents.items():
            write_bytes(folder / f"{sheet.name}.{kind}", content)
        for dpi, content in larger.items():
            write_bytes(folder / f"{sheet.name}-{dpi}dpi.png", content)
        write_bytes(folder / f"{sheet.name}.csv", source_data(sheet))
        yield sheet, contents


def svg_of(sheet: Sheet) -> bytes:
    """A figure as SVG, in the width that suits it."""
    with style():
        return saved(drawn(sheet, width_mm=sheet.width_mm), "svg")
