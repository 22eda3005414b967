"""Two or more runs side by side: their figures and the settings in which they differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from bioseq.config import files
from bioseq.config.differences import differences
from bioseq.errors import BioseqError
from bioseq.evaluation.results import best_on_validation, read_evaluations
from bioseq.runs.folder import RunFolder
from bioseq_gui.tables.delegates import CellDelegate
from bioseq_gui.tables.table_view import make_quick
from bioseq_gui.widgets.text import duration, for_display, interval_text, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.schema import Configuration
    from bioseq.evaluation.bootstrap import Interval
    from bioseq.evaluation.results import Evaluation
    from bioseq.runs.store import RunEntry
    from bioseq_gui.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_METRICS = ("accuracy", "balanced_accuracy", "mcc", "roc_auc", "pr_auc", "f1")
_COLUMN_WIDTH = 220


def _tr(text: str) -> str:
    return QCoreApplication.translate("Comparison", text)


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One line of the comparison.

    Attributes:
        title: What is compared.
        values: Its text for each run, in the order of the runs.
        best: Which run does best on validation records; -1 when there is none, and in rows that tell something else.
    """

    title: str
    values: tuple[str, ...]
    best: int = -1


def compare(entries: Sequence[RunEntry]) -> tuple[ComparedRow, ...]:
    """Figures first, then every setting in which the runs differ.

    The best run is told by validation records, as in a comparison: the best of many test figures is partly luck. None
    is told among runs that are not `comparable`. A run whose configuration cannot be read takes part with figures only.
    """
    titles = {
        "accuracy": _tr("Accuracy"),
        "balanced_accuracy": _tr("Balanced accuracy"),
        "mcc": _tr("MCC"),
        "roc_auc": _tr("ROC AUC"),
        "pr_auc": _tr("PR AUC"),
        "f1": _tr("F1"),
    }
    judged = [_evaluations(entry) for entry in entries]
    rows = [
        ComparedRow(
            titles[name],
            tuple(
                _figure((entry.metrics or {}).get(name, math.nan), _interval(known.get(entry.metrics_split), name))
                for entry, known in zip(entries, judged, strict=True)
            ),
        )
        for name in _METRICS
    ]
    rows.append(_by_validation([known.get("validation") for known in judged], ranked=comparable(entries)))
    rows = [row for row in rows if any(row.values)]
    rows.append(ComparedRow(_tr("Measured on"), tuple(entry.metrics_split for entry in entries)))
    rows.append(ComparedRow(_tr("Epochs or rounds, best"), tuple(_epochs(entry) for entry in entries)))
    rows.append(ComparedRow(_tr("Computing time"), tuple(duration(entry.seconds) for entry in entries)))
    return (*rows, *_settings(entries))


def comparable(entries: Sequence[RunEntry]) -> bool:
    """The runs were judged on the same kind of records of files of the same names."""
    return len({(entry.data_names, entry.metrics_split) for entry in entries if entry.metrics}) <= 1


def _evaluations(entry: RunEntry) -> dict[str, Evaluation]:
    """How a run was judged, by split; nothing where that cannot be read."""
    try:
        return read_evaluations(RunFolder(entry.path).metrics)
    except BioseqError:
        return {}


def _interval(judged: Evaluation | None, name: str) -> Interval | None:
    """The interval of a figure; None where a run has none, as those of older programs."""
    return judged.model.intervals.get(name) if judged is not None else None


def _by_validation(judged: Sequence[Evaluation | None], *, ranked: bool) -> ComparedRow:
    """MCC on validation records, and the run that is best there if every run has it."""
    values = [one.model.metrics.get("mcc", math.nan) if one is not None else math.nan for one in judged]
    best = best_on_validation(judged) if ranked else None
    return ComparedRow(
        _tr("MCC on validation records"),
        tuple(_figure(value, _interval(one, "mcc")) for value, one in zip(values, judged, strict=True)),
        -1 if best is None else best,
    )


def _figure(value: float, interval: Interval | None) -> str:
    if math.isnan(value):
        return ""
    return interval_text(interval) if interval is not None and interval.defined else f"{value:.3f}"


def _epochs(entry: RunEntry) -> str:
    return f"{entry.epochs}, {entry.best_epoch}" if entry.epochs else ""


def _settings(entries: Sequence[RunEntry]) -> list[ComparedRow]:
    configs = [_configuration(entry) for entry in entries]
    first = next((config for config in configs if config is not None), None)
    if first is None:
        return []
    titles: dict[str, str] = {}
    originals: dict[str, str] = {}
    changed: list[dict[str, str]] = []
    for config in configs:
        found = differences(first, config) if config is not None else ()
        titles |= {difference.path: difference.title for difference in found}
        originals |= {difference.path: difference.old for difference in found}
        changed.append({difference.path: difference.new for difference in found})
    return [
        ComparedRow(
            title,
            tuple(
                "–" if config is None else values.get(path, originals[path])
                for config, values in zip(configs, changed, strict=True)
            ),
        )
        for path, title in titles.items()
        if not path.startswith("output.")
    ]


def _configuration(entry: RunEntry) -> Configuration | None:
    try:
        return files.load(RunFolder(entry.path).config)
    except (BioseqError, OSError):
        return None


class ComparisonModel(QAbstractTableModel):
    """Compared rows as a Qt model; the run that does best on validation records has a star in that row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._rows: tuple[ComparedRow, ...] = ()

    def show_runs(self, entries: Sequence[RunEntry]) -> None:
        """Compare these runs."""
        self.beginResetModel()
        self._names = tuple(entry.name for entry in entries)
        self._rows = compare(entries) if len(entries) > 1 else ()
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Figures and settings."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """What is compared, and one column per run."""
        return 0 if parent.isValid() else len(self._names) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of one cell."""
        row, run = self._rows[index.row()], index.column() - 1
        text = row.title if run < 0 else row.values[run]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return for_display(text) + ("  ★" if run == row.best and run >= 0 else "")
            case Qt.ItemDataRole.ToolTipRole:
                return tip(text)
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names of the runs."""
        if orientation == Qt.Orientation.Vertical or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
            Qt.ItemDataRole.TextAlignmentRole,
        ):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        name = self._names[section - 1] if section else ""
        return tip(name) if role == Qt.ItemDataRole.ToolTipRole else for_display(name, longest=60)


class ComparisonView(QTableView):
    """The comparison of runs as a table."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.comparison = ComparisonModel(self)
        make_quick(self)
        self.setModel(self.comparison)
        self.setAccessibleName(self.tr("Comparison of runs"))
        self.setProperty("framed", "true")
        self.setItemDelegate(CellDelegate(theme, self))
        self.setCornerWidget(QWidget())
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultSectionSize(_COLUMN_WIDTH)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        theme.changed.connect(self.viewport().update)
