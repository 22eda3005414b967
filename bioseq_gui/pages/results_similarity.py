"""Part of the Results page: how like the training records the judged ones are, and the figures without such records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QTabWidget

from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.nearness import EDGES, Nearness, NearPair, read_nearness
from bioseq.runs.folder import RunFolder
from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.figure import Axis, Bars, Figure, Layer, Rule
from bioseq_gui.tables.pair_dialog import PairDialog, add_align_button
from bioseq_gui.tables.text_table import TextTable
from bioseq_gui.theme.tokens import SPACE_3
from bioseq_gui.widgets.basics import Card, label
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from bioseq_gui.theme.theme import Theme

_HEIGHT = 230


class NearnessPlot(Plot):
    """Identity of the judged records to their nearest training records, as a histogram."""

    def show_nearness(self, found: Nearness) -> None:
        """Draw what was found."""
        edges = np.array(EDGES)
        counts = np.array(found.counts, np.float64)
        layers: tuple[Layer, ...] = (
            Bars(self.tr("Records"), edges[:-1], edges[1:], np.zeros(len(counts)), counts, "model"),
            Rule(x=found.identity, text=self.tr("similar from here"), colour="muted", dash="dot"),
        )
        self.show_figure(
            Figure(
                "nearest-training",
                self.tr("Identity to the nearest training record"),
                Axis(self.tr("Identity"), minimum=0.0, maximum=1.0),
                Axis(self.tr("Records"), minimum=0.0, whole=True),
                layers,
                summary=found.sentence,
            )
        )


class SimilarityCard(Card):
    """How like the training records the judged records are; hidden where it is not known."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Likeness to the training records"), parent=parent)
        self._theme = theme
        self._pairs: tuple[NearPair, ...] = ()
        self.plot = NearnessPlot(theme)
        self.plot.setFixedHeight(_HEIGHT)
        self.figures = _table(self.tr("Figures with and without similar records"))
        own, training = self.tr("Record (class)"), self.tr("Training record (class)")
        self.pairs = TextTable(self.tr("Most similar pairs"), [own, training, self.tr("Identity")], numbers=[2])
        self.pairs.cellActivated.connect(self._show_pair)
        self.sentence = label("", "", wrap=True, selectable=True)
        self._note = label("", "muted", wrap=True, selectable=True)
        tabs = QTabWidget()
        tabs.setAccessibleName(self.tr("Figures and pairs"))
        tabs.addTab(self.figures, self.tr("Figures without them"))
        tabs.addTab(self.pairs, self.tr("Most similar pairs"))
        tabs.setFixedHeight(_HEIGHT)
        self.align = add_align_button(tabs, (self.pairs,))
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        row.addWidget(self.plot, 1)
        row.addWidget(tabs, 1)
        self.body.addWidget(self.sentence)
        self.body.addWidget(self._note)
        self.body.addLayout(row)
        self.setAccessibleName(self.tr("Likeness to the training records"))
        self.setVisible(False)

    def show_run(self, run: Path | None, split: str) -> None:
        """Show what a run knows of the records of this split."""
        found = _read(run)
        shown = found is not None and found.split == split
        self.setVisible(shown)
        if found is None or not shown:
            return
        self.sentence.setText(for_display(found.sentence, longest=600))
        self._note.setText(self._words(found))
        self.plot.show_nearness(found)
        self._show_figures(found)
        self._pairs = found.worst
        self.pairs.show_rows([(*_names(pair), f"{100 * pair.identity:.1f} %") for pair in found.worst])

    def _show_pair(self, row: int) -> None:
        pair = self._pairs[row]
        records = zip((self.tr("Record"), self.tr("Training record")), _names(pair), strict=True)
        PairDialog(self._theme, list(records), pair.identity, pair.alignment, self.window()).open()

    def _words(self, found: Nearness) -> str:
        words = self.tr("Identical letters over the shorter sequence, by {0}.").format(found.method)
        if found.in_files:
            copies = self.tr("{0:,} test records of the files also stood in their training data.")
            words = f"{copies.format(found.in_files)} {words}"
        return words

    def _show_figures(self, found: Nearness) -> None:
        own, without = found.figures.get("model", {}), found.figures_without.get("model", {})
        header = [
            self.tr("Metric"),
            self.tr("All ({0:,})").format(found.looked_at),
            self.tr("Without similar ({0:,})").format(found.looked_at - found.similar),
        ]
        rows = [
            (METRICS[name].title, _number(own[name]), _number(without.get(name))) for name in METRICS if name in own
        ]
        _fill(self.figures, header, rows)


def _names(pair: NearPair) -> tuple[str, str]:
    return f"{pair.record} ({pair.label})", f"{pair.training} ({pair.training_label})"


def _read(run: Path | None) -> Nearness | None:
    if run is None:
        return None
    try:
        return read_nearness(RunFolder(run).similarity)
    except BioseqError:
        # Runs of older versions have none; nothing is missing from their figures.
        return None


def _table(name: str) -> QTableWidget:
    made = QTableWidget()
    made.setAccessibleName(name)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setShowGrid(False)
    made.verticalHeader().setVisible(False)
    return made


def _fill(table: QTableWidget, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table.clear()
    table.setColumnCount(len(header))
    table.setRowCount(len(rows))
    table.setHorizontalHeaderLabels(list(header))
    for place, row in enumerate(rows):
        for column, text in enumerate(row):
            table.setItem(place, column, QTableWidgetItem(text))
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)


def _number(value: float | None) -> str:
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"
