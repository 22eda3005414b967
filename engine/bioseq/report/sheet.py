"""A figure as a value, and the parts that all figures share: colours, legends, axes.

A `Sheet` knows what it shows, its source data, and how to draw itself on whatever matplotlib gives (a figure of its
own, or a part of a page). matplotlib itself is imported by `figure_files`.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.report.plain import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores

    Rows = Sequence[Sequence[object]]
    Chances = NDArray[np.float32]

INK = "#1B2430"
"""Text and axes; the report replaces it by the colour of its text."""
FAINT = "#8A94A3"
"""Lines that only help the eye."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", FAINT)
"""Okabe and Ito 2008: told apart by colour-blind readers."""
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "////", "\\\\\\\\", "xxxx", "----", "||||")
BARS = ("accuracy", "balanced_accuracy", "f1", "mcc", "roc_auc", "pr_auc")
"""The figures of merit that the bars show."""

_MOST_LEGEND_ENTRIES = 24
_LETTER_WIDTH = 0.53
"""Of a letter in a legend, times its size, on the average."""
COLUMN_MM, WIDE_MM = 85, 174
NARROW_MM = 100
"""Up to this width, panels stand one below the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One figure.

    Attributes:
        name: Of its files, without extension.
        title: What it is.
        caption: What it shows and how to read it, for below the figure.
        ratio: Height over width.
        narrow_ratio: The same in one column of a journal, where panels stand one below the other; 0 for `ratio`.
        wide: It is made for two columns.
        header: Titles of the columns of its source data.
        rows: Gives the source data.
        draw: `(figure, width) -> ` draws it; the width is in mm.
    """

    name: str
    title: str
    caption: str
    ratio: float
    header: tuple[str, ...]
    rows: Callable[[], Rows]
    draw: Callable[[Any, float], None]
    narrow_ratio: float = 0.0
    wide: bool = False

    @property
    def width_mm(self) -> float:
        """The width that suits it, mm: one column of a journal, or two."""
        return WIDE_MM if self.wide else COLUMN_MM

    def height(self, width: float) -> float:
        """Height for a width, in its unit; the width is in mm."""
        narrow = width <= NARROW_MM and self.narrow_ratio
        return width * (self.narrow_ratio if narrow else self.ratio)


def interval(scores: Scores, metric: str) -> tuple[float, float] | None:
    """The bounds of a figure of merit; None where there are none."""
    found = scores.intervals.get(metric)
    return (found.low, found.high) if found is not None and found.defined else None


def positive_index(evaluation: Evaluation) -> int:
    """The positive class, as an index into the labels."""
    return evaluation.labels.index(evaluation.positive) if evaluation.positive else len(evaluation.labels) - 1


def predictors_of(evaluation: Evaluation, records: EvaluatedRecords) -> Iterator[tuple[Scores, Chances]]:
    """The model, then the simple models, each with its probabilities `(N, C)`."""
    yield evaluation.model, np.asarray(records.probabilities)
    for baseline in evaluation.baselines:
        if baseline.name in records.baselines:
            yield baseline, np.asarray(records.baselines[baseline.name])


def unit_square(axis: Any, x_title: str, y_title: str) -> None:
    """Name the axes and let both run from 0 to 1."""
    axis.set_xlabel(x_title)
    axis.set_ylabel(y_title)
    axis.set_xlim(-0.01, 1.01)
    axis.set_ylim(-0.01, 1.01)
    axis.set_aspect("equal")


def add_legend(figure: Any, width: float, handles: Sequence[Any], names: Sequence[str]) -> None:
    """The legend below the axes, where it hides no curve; of very many entries none: the source data name them.

    Args:
        figure: What it belongs to.
        width: Of the figure, mm.
        handles: What is named.
        names: Their names; long ones take up to three lines, endless ones are shortened.
    """
    if not handles or len(handles) > _MOST_LEGEND_ENTRIES:
        return
    size = 7 if len(names) <= 10 else 5
    room = width / 25.4 * 72 - 8
    most = int((room - 5 * size) / (_LETTER_WIDTH * size))
    fitting = [textwrap.fill(shown(name, longest=int(2.8 * max(12, most))), max(12, most)) for name in names]
    longest = max(len(line) for name in fitting for line in name.splitlines())
    entry = longest * _LETTER_WIDTH * size + 5 * size
    figure.legend(
        list(handles),
        # matplotlib leaves out entries that begin with an underscore.
        [f" {name}" if name.startswith("_") else name for name in fitting],
        loc="outside lower center",
        ncols=min(len(names), max(1, int(room / entry))),
        fontsize=size,
    )
