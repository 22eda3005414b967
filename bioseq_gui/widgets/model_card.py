"""What a trained model is, on a card: its name, what it learned from, its classes, how well it did."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bioseq.sequences.alphabets import Molecule
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Chip, clear_layout, label
from bioseq_gui.widgets.text import for_display, length_range, number, plain_tip

if TYPE_CHECKING:
    from bioseq_gui.theme.theme import Theme

_CHIPS_SHOWN = 6
_METRICS_SHOWN = ("accuracy", "mcc", "roc_auc")


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a card says of a model.

    Attributes:
        title: Its architecture, for people.
        name: Name of its run; may be empty.
        molecule: What it reads; None when not known.
        records: Records that it was trained on; 0 when not known.
        shortest: Shortest of them, letters.
        longest: Longest of them, letters.
        labels: The classes in order.
        metrics: Metric name to value.
        split: What the metrics were measured on: "test" or "validation".
    """

    title: str
    name: str = ""
    molecule: Molecule | None = None
    records: int = 0
    shortest: int = 0
    longest: int = 0
    labels: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    split: str = ""


class ModelSummary(QWidget):
    """Title, origin, classes and figures of a model, one below the other."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: ModelFacts | None = None
        self._title = label("", "heading", wrap=True)
        self._origin = label("", "muted", wrap=True)
        self._figures = QHBoxLayout()
        self._figures.setSpacing(SPACE_3)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(SPACE_2)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._origin)
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        row.addLayout(words, 1)
        row.addLayout(self._figures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        column.addLayout(row)
        column.addLayout(self._chips)
        theme.changed.connect(self._fill)

    @property
    def facts(self) -> ModelFacts | None:
        """What it says; None for nothing."""
        return self._facts

    def show_facts(self, facts: ModelFacts | None) -> None:
        """Show another model, or none."""
        self._facts = facts
        self._fill()

    def _fill(self) -> None:
        clear_layout(self._figures)
        clear_layout(self._chips)
        facts = self._facts
        self.setVisible(facts is not None)
        if facts is None:
            return
        self._title.setText(for_display(facts.title))
        self._origin.setText(self._origin_text(facts))
        titles = {"accuracy": self.tr("accuracy"), "mcc": self.tr("MCC"), "roc_auc": self.tr("ROC AUC")}
        for metric in _METRICS_SHOWN:
            value = facts.metrics.get(metric, math.nan)
            if math.isfinite(value):
                self._figures.addWidget(_figure(titles[metric], f"{value:.3f}", self._split_text(facts.split)))
        for place, name in enumerate(facts.labels[:_CHIPS_SHOWN]):
            colours = self._theme.palette.classes
            self._chips.addWidget(Chip(self._theme, name, colours[place % len(colours)]))
        if len(facts.labels) > _CHIPS_SHOWN:
            more = self.tr("and {count} more").format(count=len(facts.labels) - _CHIPS_SHOWN)
            self._chips.addWidget(label(more, "muted"))
        self._chips.addStretch(1)

    def _split_text(self, split: str) -> str:
        return {
            "test": self.tr("Measured on the test records, which the model never saw while learning."),
            "validation": self.tr("Measured on the validation records, which chose the best epoch."),
        }.get(split, "")

    def _origin_text(self, facts: ModelFacts) -> str:
        words = {
            Molecule.DNA: self.tr("DNA sequences"),
            Molecule.RNA: self.tr("RNA sequences"),
            Molecule.PROTEIN: self.tr("protein sequences"),
        }
        if not facts.records:
            return for_display(facts.name)
        sequences = words[facts.molecule] if facts.molecule else self.tr("sequences")
        unit = self.tr("residues") if facts.molecule is Molecule.PROTEIN else self.tr("nt")
        return self.tr("Learned from {records} {sequences} of {lengths} {unit}").format(
            records=number(facts.records),
            sequences=sequences,
            lengths=length_range(facts.shortest, facts.longest),
            unit=unit,
        )


def _figure(title: str, value: str, tip: str) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(label(value, "figure"))
    column.addWidget(label(title, "muted"))
    holder.setToolTip(plain_tip(tip))
    holder.setAccessibleName(f"{title} {value}")
    return holder
