"""The data set in figures: records, classes, lengths, split, repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_4
from bioseq_gui.widgets.basics import Card, label
from bioseq_gui.widgets.text import length_range, number

if TYPE_CHECKING:
    from bioseq.sequences.profile import DataProfile

_COLUMNS = 3
_WIDTH = 400


class FactsCard(Card):
    """Six figures that say what the data set is."""

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("All files together"), parent=parent)
        self.setMinimumWidth(_WIDTH)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE_4)
        self._grid.setVerticalSpacing(SPACE_2)
        self._figures: dict[str, QLabel] = {}
        for place, (key, title) in enumerate(self._titles()):
            figure = label("–", "figure")
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(figure)
            column.addWidget(label(title, "muted"))
            self._figures[key] = figure
            self._grid.addLayout(column, place // _COLUMNS, place % _COLUMNS, Qt.AlignmentFlag.AlignTop)
        for column_number in range(_COLUMNS):
            self._grid.setColumnStretch(column_number, 1)
        self.body.addSpacing(SPACE_2)
        self.body.addLayout(self._grid)
        self.body.addStretch(1)

    def _titles(self) -> tuple[tuple[str, str], ...]:
        return (
            ("train", self.tr("to learn from")),
            ("validation", self.tr("to watch")),
            ("test", self.tr("to judge")),
            ("length", self.tr("letters")),
            ("smallest", self.tr("smallest class")),
            ("repeats", self.tr("repeats")),
        )

    def show_profile(self, profile: DataProfile) -> None:
        """Show the figures of a data set."""
        counts = profile.class_counts
        per_class = [sum(row) for row in zip(*counts.values(), strict=True)]
        texts = {
            "train": number(sum(counts.get("train", ())) + sum(counts.get("unassigned", ()))),
            "validation": number(sum(counts.get("validation", ()))),
            "test": number(sum(counts.get("test", ()))),
            "length": length_range(profile.shortest, profile.longest),
            "smallest": number(min(per_class, default=0)),
            "repeats": number(profile.repeats),
        }
        for key, text in texts.items():
            self._figures[key].setText(text)
