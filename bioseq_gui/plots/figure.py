"""A figure as a value: axes and layers of plain numbers. No Qt.

Each plot is a function from data to a `Figure`. The screen (`canvas`), the paper (`paper`) and the CSV file all read
the same figure, so that what is drawn, printed and exported are the same numbers. Colours are named by their role
("class:2", "validation") and become `#RRGGBB` by a palette when they are drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bioseq.spreadsheets import comma_separated
from bioseq_gui.theme.tokens import CLASS_MARKERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bioseq_gui.theme.tokens import Palette

    Column = NDArray[np.float64] | tuple[str, ...]

Dash = Literal["solid", "dash", "dot", "dashdot"]

DASHES: tuple[Dash, ...] = ("solid", "dash", "dashdot", "dot")
_PADDING = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Points joined by straight lines, exactly as given; NaN breaks the line.

    Attributes:
        name: In the legend and in the CSV file.
        x: Ascending, `(N,)`.
        y: `(N,)`.
        colour: Role.
        dash: Style, so that no meaning hangs on colour alone.
        width: px.
        faint: Drawn pale, behind the others, and not in the legend: the raw curve under a smoothed one.
        marker: pyqtgraph symbol at each point; empty for none.
        in_legend: Named in the legend.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colour: str
    dash: Dash = "solid"
    width: float = 2.0
    faint: bool = False
    marker: str = ""
    in_legend: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A histogram's outline with a tinted ground.

    Attributes:
        name: In the legend.
        edges: Ascending, `(N + 1,)`.
        heights: `(N,)`.
        colour: Role.
        dash: Style of the outline.
    """

    name: str
    edges: NDArray[np.float64]
    heights: NDArray[np.float64]
    colour: str
    dash: Dash = "solid"


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Filled rectangles.

    Attributes:
        name: In the legend.
        left: `(N,)`, as the other three.
        right: Right edges.
        bottom: Lower edges.
        top: Upper edges.
        colour: Role.
        horizontal: They grow to the right: the value is `right - left`.
        keys: What each bar stands for, for the CSV file.
    """

    name: str
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    bottom: NDArray[np.float64]
    top: NDArray[np.float64]
    colour: str
    horizontal: bool = False
    keys: tuple[str, ...] = ()

    @property
    def values(self) -> NDArray[np.float64]:
        """What the length of each bar says."""
        return self.right - self.left if self.horizontal else self.top - self.bottom


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Single marks.

    Attributes:
        name: In the legend; empty leaves them out of it.
        x: `(N,)`.
        y: `(N,)`.
        colour: Role.
        marker: pyqtgraph symbol.
        size: px.
        hollow: Only the outline.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colour: str
    marker: str = "o"
    size: float = 9.0
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line through the whole plot: upright at `x`, or level at `y`, or the diagonal when both are None.

    Attributes:
        x: Where it stands.
        y: Where it lies.
        text: Beside it.
        colour: Role.
        dash: Style.
    """

    x: float | None = None
    y: float | None = None
    text: str = ""
    colour: str = "muted"
    dash: Dash = "dash"


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of counts whose ground is shaded by the share of its row.

    Attributes:
        rows: Names of the rows, top first.
        columns: Names of the columns.
        counts: Counts, a tuple per row.
        row_title: What rows are.
        column_title: What columns are.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    row_title: str
    column_title: str

    def share(self, row: int, column: int) -> float:
        """Share of the row's records, [0, 1]; 0 in an empty row."""
        total = sum(self.counts[row])
        return self.counts[row][column] / total if total else 0.0


Layer = Line | Steps | Bars | Points | Rule | Cells


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis.

    Attributes:
        title: What it shows.
        unit: In what; empty for a pure number.
        minimum: Where it starts; None follows the data.
        maximum: Where it ends; None follows the data.
        logarithmic: Base 10.
        categories: Names at 0, 1, 2, ... instead of numbers.
        whole: Only whole numbers are ticks.
        percent: Values are shares [0, 1], ticks are per cent.
        name_length: Letters of a category's name that are shown; longer ones are shortened.
    """

    title: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    logarithmic: bool = False
    categories: tuple[str, ...] = ()
    whole: bool = False
    percent: bool = False
    name_length: int = 14

    @property
    def heading(self) -> str:
        """Title with unit."""
        unit = self.unit or ("%" if self.percent else "")
        return f"{self.title} ({unit})" if unit else self.title


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """What a plot shows.

    Attributes:
        name: File name without an ending: "roc".
        title: Heading.
        x: Horizontal axis.
        y: Vertical axis.
        layers: From the back to the front.
        square: Both axes have the same scale.
        summary: The figure in one sentence, for people who cannot see it.
    """

    name: str
    title: str
    x: Axis
    y: Axis
    layers: tuple[Layer, ...] = ()
    square: bool = False
    summary: str = ""

    @property
    def empty(self) -> bool:
        """There is nothing to draw."""
        return not any(not isinstance(layer, Rule) for layer in self.layers)

    def x_range(self) -> tuple[float, float]:
        """Ends of the horizontal axis (as the data are, not their logarithms)."""
        return _range(self.x, [_extent(layer, "x", self.x.logarithmic) for layer in self.layers])

    def y_range(self) -> tuple[float, float]:
        """Ends of the vertical axis (as the data are, not their logarithms)."""
        return _range(self.y, [_extent(layer, "y", self.y.logarithmic) for layer in self.layers])

    def legend(self) -> tuple[Line | Steps | Bars | Points, ...]:
        """The layers that the legend names."""
        named = (layer for layer in self.layers if _in_legend(layer))
        return tuple(layer for layer in named if not isinstance(layer, Rule | Cells))

    def columns(self) -> dict[str, Column]:
        """The source data: column name to its values; columns of different series may differ in length."""
        table: dict[str, Column] = {}
        shared = _shared_x(self.layers)
        for layer in self.layers:
            for name, values in _columns(layer, self, shared=shared):
                table.setdefault(name, values)
        return table

    def csv(self) -> str:
        """The source data as comma-separated text, numbers in full precision and C locale."""
        table = self.columns()
        longest = max((len(values) for values in table.values()), default=0)
        rows = (
            [_cell(values[row]) if row < len(values) else "" for values in table.values()] for row in range(longest)
        )
        return comma_separated((table, *rows))


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """How a class is drawn wherever it appears.

    Attributes:
        colour: Role.
        dash: Of its lines.
        marker: Of its points.
    """

    colour: str
    dash: Dash
    marker: str


_ROLES = {"train": "muted", "validation": "accent", "model": "accent", "best": "good"}


def class_style(index: int) -> ClassStyle:
    """The look of the class with this number: colours repeat after eight, with another line style."""
    colours = len(CLASS_MARKERS)
    dash = DASHES[(index + index // colours) % len(DASHES)]
    return ClassStyle(f"class:{index}", dash, CLASS_MARKERS[index % colours])


def colour_of(role: str, palette: Palette) -> str:
    """The colour `#RRGGBB` of a role under a palette."""
    if role.startswith("class:"):
        return palette.classes[int(role.removeprefix("class:")) % len(palette.classes)]
    colour: str = getattr(palette, _ROLES.get(role, role))
    return colour


def _extent(layer: Layer, axis: Literal["x", "y"], logarithmic: bool) -> tuple[float, float] | None:
    arrays = _positions(layer, axis)
    low, high = math.inf, -math.inf
    for array in arrays:
        if not len(array):
            continue
        least, greatest = float(array.min()), float(array.max())
        if not (math.isfinite(least) and math.isfinite(greatest)) or (logarithmic and least <= 0):
            usable = array[np.isfinite(array) & (array > 0)] if logarithmic else array[np.isfinite(array)]
            if not len(usable):
                continue
            least, greatest = float(usable.min()), float(usable.max())
        low, high = min(low, least), max(high, greatest)
    return (low, high) if low <= high else None


def _positions(layer: Layer, axis: Literal["x", "y"]) -> tuple[NDArray[np.float64], ...]:
    match layer:
        case Line() | Points():
            return (layer.x if axis == "x" else layer.y,)
        case Steps():
            return (layer.edges,) if axis == "x" else (layer.heights, np.zeros(1))
        case Bars():
            return (layer.left, layer.right) if axis == "x" else (layer.bottom, layer.top)
        case Cells():
            return (np.array([-0.5, len(layer.columns if axis == "x" else layer.rows) - 0.5]),)
        case _:
            return ()


def _range(axis: Axis, extents: list[tuple[float, float] | None]) -> tuple[float, float]:
    known = [extent for extent in extents if extent is not None]
    low = min((extent[0] for extent in known), default=0.0 if not axis.logarithmic else 0.1)
    high = max((extent[1] for extent in known), default=1.0)
    if axis.logarithmic:
        margin = max(_PADDING * math.log10(high / low), 0.02) if high > low else 0.3
        low, high = low / 10**margin, high * 10**margin
    else:
        margin = _PADDING * (high - low) or (abs(high) * 0.1 or 0.5)
        low, high = (0.0 if low == 0 else low - margin), high + margin
    low = low if axis.minimum is None else axis.minimum
    high = high if axis.maximum is None else axis.maximum
    return (low, high) if high > low else (low, low + 1.0)


def _in_legend(layer: Layer) -> bool:
    match layer:
        case Line(name=name, faint=faint, in_legend=wanted):
            return bool(name) and wanted and not faint
        case Steps(name=name) | Bars(name=name) | Points(name=name):
            return bool(name)
        case _:
            return False


def _shared_x(layers: tuple[Layer, ...]) -> bool:
    """All curves stand over the same positions, so that one column of them is enough."""
    positions = [
        layer.x if isinstance(layer, Line) else layer.edges for layer in layers if isinstance(layer, Line | Steps)
    ]
    return all(array is positions[0] or np.array_equal(array, positions[0]) for array in positions[1:])


def _columns(layer: Layer, figure: Figure, *, shared: bool) -> Iterator[tuple[str, Column]]:
    x_title, y_title = figure.x.heading, figure.y.heading
    match layer:
        case Line(name=name, x=x, y=y):
            yield (x_title, x) if shared else (f"{name}: {x_title}", x)
            yield (name, y) if shared else (f"{name}: {y_title}", _named(y, figure.y))
        case Steps(name=name, edges=edges, heights=heights):
            prefix = "" if shared else f"{name}: "
            yield f"{prefix}{x_title}, from", edges[:-1]
            yield f"{prefix}{x_title}, to", edges[1:]
            yield name, heights
        case Bars(name=name):
            yield (y_title if layer.horizontal else x_title), layer.keys
            yield name, layer.values
        case Points(name=name, x=x, y=y) if name and len(x):
            yield f"{name}: {x_title}", x
            yield f"{name}: {y_title}", _named(y, figure.y)
        case Cells():
            yield f"{layer.row_title} \\ {layer.column_title}", layer.rows
            for column, title in enumerate(layer.columns):
                yield title, np.array([row[column] for row in layer.counts], np.float64)
        case _:
            return


def _named(values: NDArray[np.float64], axis: Axis) -> Column:
    """Numbers, or on an axis of categories their names."""
    return tuple(axis.categories[round(value)] for value in values.tolist()) if axis.categories else values


def _cell(value: float | str) -> str:
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))


def ticks(low: float, high: float, *, about: int = 6, whole: bool = False) -> tuple[float, ...]:
    """Round numbers between two ends, about so many."""
    if not high > low:
        return (low,)
    raw = (high - low) / max(1, about)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    if whole:
        step = max(1.0, math.ceil(step))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(number * step, 12) for number in range(first, last + 1))


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten between two ends; with fewer than two of them, also 2 and 5 times each."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    decades = [10.0**power for power in powers if low <= 10.0**power <= high]
    if len(decades) >= 2:
        return tuple(decades)
    return tuple(f * 10.0**power for power in powers for f in (1, 2, 5) if low <= f * 10.0**power <= high)


def log_tick_text(value: float) -> str:
    """How a tick of a logarithmic axis is written: 0.01, 1, 1,000, then 1e+06."""
    return f"{value:,.0f}" if 1_000 <= value < 1_000_000 else f"{value:.3g}"


def tick_text(value: float, axis: Axis) -> str:
    """How a tick is written."""
    if axis.logarithmic:
        return log_tick_text(value)
    if axis.percent:
        return f"{value * 100:g}"
    if abs(value) >= 10_000 and float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:g}"
