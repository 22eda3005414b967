"""The side panel for one predicted record: class, probabilities as bars, flags in words, the whole sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from bioseq.sequences.alphabets import Molecule
from bioseq_gui.tables.columns import flags_of
from bioseq_gui.tables.delegates import LetterInks, class_colour, draw_bar, draw_mark
from bioseq_gui.tables.member_columns import votes_text
from bioseq_gui.tables.prediction_table import flag_words
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, button, clear_layout, label
from bioseq_gui.widgets.text import for_display, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from bioseq_gui.tables.columns import PredictionColumns
    from bioseq_gui.theme.theme import Theme

_BLOCK = 10
"""Letters between two gaps."""
_LINE_GAP = 6
_BARS_SHOWN = 12
_BAR_ROW = 26


class SequenceArea(QAbstractScrollArea):
    """A whole sequence in coloured letters, in blocks of ten with positions; paints visible lines only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._letters: np.ndarray[tuple[int], np.dtype[np.uint8]] = np.zeros(0, np.uint8)
        self._molecule = Molecule.DNA
        self._inks = LetterInks(theme.palette, self._molecule)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Sequence"))
        self.setMinimumHeight(70)
        theme.changed.connect(self._recolour)

    def show_sequence(self, letters: np.ndarray[tuple[int], np.dtype[np.uint8]], molecule: Molecule) -> None:
        """Show the letters (ASCII codes) of one record."""
        self._letters, self._molecule = letters, molecule
        self.setAccessibleDescription(letters[:200].tobytes().decode("ascii", "replace"))
        self.verticalScrollBar().setValue(0)
        self._recolour()
        self._fit()

    def _recolour(self) -> None:
        self._inks = LetterInks(self._theme.palette, self._molecule)
        self.viewport().update()

    def _measures(self) -> tuple[float, float, int, int]:
        """Width of a letter, height of a line, width of the positions, blocks per line."""
        metrics = QFontMetricsF(self._theme.fixed_font())
        advance = metrics.horizontalAdvance("A")
        margin = round(advance * (len(f"{max(len(self._letters), 1):,}") + 1))
        blocks = int((self.viewport().width() - margin) / (advance * (_BLOCK + 1)))
        return advance, metrics.height() + _LINE_GAP, margin, max(blocks, 1)

    def _fit(self) -> None:
        _, line, _, blocks = self._measures()
        lines = -(-len(self._letters) // (blocks * _BLOCK))
        total = round(lines * line)
        self.verticalScrollBar().setRange(0, max(0, total - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setSingleStep(round(line))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines are broken anew."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """A few lines."""
        return QSize(300, 160)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - visible lines are painted
        """Positions and letters of the visible lines."""
        advance, line, margin, blocks = self._measures()
        painter = QPainter(self.viewport())
        painter.setFont(self._theme.fixed_font())
        metrics = QFontMetricsF(painter.font())
        scrolled = self.verticalScrollBar().value()
        per_line = blocks * _BLOCK
        first = int(scrolled / line)
        last = int((scrolled + self.viewport().height()) / line) + 1
        for place in range(first, last):
            start = place * per_line
            if start >= len(self._letters):
                break
            base = place * line - scrolled + metrics.ascent() + _LINE_GAP / 2
            painter.setPen(QColor(self._theme.palette.muted))
            position = f"{start + 1:,}"
            painter.drawText(QPointF(margin - advance * (len(position) + 1), base), position)
            raw = self._letters[start : start + per_line].tobytes()
            spaced = b" ".join(raw[block : block + _BLOCK] for block in range(0, len(raw), _BLOCK))
            self._inks.draw(painter, QPointF(margin, base), spaced)
        painter.end()


class ProbabilityBars(QWidget):
    """Name, bar and digits for each class, the likeliest first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[tuple[int, str, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_probabilities(self, labels: Sequence[str], probabilities: Sequence[float]) -> None:
        """Show the probabilities [0, 1] of the classes, in the order of the labels."""
        rows = [(place, name, share) for place, (name, share) in enumerate(zip(labels, probabilities, strict=True))]
        self._rows = sorted((row for row in rows if row[2] == row[2]), key=lambda row: -row[2])[:_BARS_SHOWN]
        self.setAccessibleName(", ".join(f"{for_display(name)} {share:.3f}" for _, name, share in self._rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """One row per class."""
        return QSize(260, len(self._rows) * _BAR_ROW)

    def minimumSizeHint(self) -> QSize:
        """All rows must fit."""
        return QSize(180, len(self._rows) * _BAR_ROW)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """A mark, a name, a bar, digits."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, metrics = self._theme.palette, painter.fontMetrics()
        longest = max(
            (metrics.horizontalAdvance(for_display(name, longest=40)) for _, name, _ in self._rows), default=0
        )
        names = min(longest + 6, round(self.width() * 0.42))
        for place, (number_of_class, name, share) in enumerate(self._rows):
            top = place * _BAR_ROW
            colour = QColor(class_colour(palette, number_of_class))
            draw_mark(painter, QPointF(6, top + _BAR_ROW / 2), number_of_class, colour)
            painter.setPen(QColor(palette.text))
            shown = metrics.elidedText(for_display(name), Qt.TextElideMode.ElideMiddle, names)
            middle = int(Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(18, top, names, _BAR_ROW), middle, shown)
            track = QRectF(24 + names, top + _BAR_ROW / 2 - 4, self.width() - names - 24 - 50, 8)
            draw_bar(painter, track, share, colour, QColor(palette.line))
            painter.setPen(QColor(palette.text))
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(self.width() - 48, top, 48, _BAR_ROW), right, f"{share:.3f}")
        painter.end()


class RecordPanel(Card):
    """Everything about the selected record."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._theme = theme
        self._data: PredictionColumns | None = None
        self._row = -1
        self._hint = label(self.tr("Select a record to see its sequence, probabilities and flags."), "muted", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._name = label("", "heading", wrap=True, selectable=True)
        self._facts = label("", "muted", wrap=True)
        self._bars = ProbabilityBars(theme)
        self._notes = QVBoxLayout()
        self._notes.setSpacing(SPACE_2)
        self._sequence = SequenceArea(theme)
        self._copy = button(self.tr("Copy as FASTA"), tip=self.tr("Put id and sequence on the clipboard"))
        self._copy.clicked.connect(self._copy_record)
        self._arrange()
        self.show_record(None, -1)

    def _arrange(self) -> None:
        column = self.body
        column.setSpacing(SPACE_3 - 4)
        column.addWidget(self._hint, 1)
        column.addWidget(self._name)
        column.addWidget(self._facts)
        column.addWidget(self._bars)
        column.addLayout(self._notes)
        head = QHBoxLayout()
        self._title = label(self.tr("Sequence"), "strong")
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._copy)
        column.addLayout(head)
        column.addWidget(self._sequence, 1)

    def show_record(self, data: PredictionColumns | None, row: int) -> None:
        """Show a row of the table; -1 shows a hint instead."""
        self._data, self._row = data, row
        shown = data is not None and 0 <= row < len(data.table)
        self._hint.setVisible(not shown)
        for widget in (self._name, self._facts, self._bars, self._title, self._copy, self._sequence):
            widget.setVisible(shown)
        clear_layout(self._notes)
        if data is None or not shown:
            return
        table = data.table
        name = for_display(table.ids[row])
        self._name.setText(name)
        self._bars.show_probabilities(table.labels, [float(share) for share in table.probabilities[row]])
        first, last = int(table.sequences.offsets[row]), int(table.sequences.offsets[row + 1])
        self._facts.setText(self._facts_of(data, row, last - first))
        for flag in flags_of(int(table.flags[row])):
            self._notes.addWidget(label(flag_words(flag)[1], "warning", wrap=True))
        self._sequence.show_sequence(np.asarray(table.sequences.buffer[first:last]), data.molecule)
        self.setAccessibleName(self.tr("Record {name}").format(name=name))

    def _facts_of(self, data: PredictionColumns, row: int, length: int) -> str:
        unit = self.tr("residues") if data.molecule is Molecule.PROTEIN else self.tr("nt")
        facts = self.tr("Record {row} of the file · {length} {unit}").format(
            row=number(row + 1), length=number(length), unit=unit
        )
        votes = data.table.votes
        if votes is not None and data.table.predicted[row] >= 0:
            said = self.tr("{share} members agree, spread {spread:.3f}")
            told = said.format(share=votes_text(votes, row), spread=float(votes.spread[row]))
            facts = f"{facts}\n{told}"
        truth = int(data.table.truth[row])
        if truth < 0:
            return facts
        right = truth == int(data.table.predicted[row])
        words = self.tr("the prediction agrees") if right else self.tr("the prediction differs")
        known = self.tr("In the file: {label}, {words}").format(label=for_display(data.label(truth)), words=words)
        return f"{facts}\n{known}"

    def _copy_record(self) -> None:
        if self._data is None:
            return
        table = self._data.table
        QGuiApplication.clipboard().setText(f">{table.ids[self._row]}\n{table.sequences[self._row]}\n")
