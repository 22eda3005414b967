"""Part of the Data page: what it offers while there are no data. Nothing heavy is imported: it is painted first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bioseq.resources import resource_folder
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, IconLabel, label
from bioseq_gui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq_gui.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class Sample:
    """A real data set that comes with the program.

    Attributes:
        name: Its key.
        title: For people.
        about: One sentence.
        files: Its labelled files.
        predict: Files without labels, to try the model on.
    """

    name: str
    title: str
    about: str
    files: tuple[Path, ...]
    predict: tuple[Path, ...]


def samples() -> tuple[Sample, ...]:
    """The data sets that come with the program."""
    folder = resource_folder() / "samples"
    entries = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return tuple(
        Sample(
            name=entry["name"],
            title=entry["title"],
            about=entry["about"],
            files=tuple(folder / name for name in entry["files"]),
            predict=tuple(folder / name for name in entry.get("predict", ())),
        )
        for entry in entries
    )


class NoData(QWidget):
    """A place to drop files, with ways to choose some and the samples.

    Signals:
        open_requested: The person wants to choose files.
        folder_requested: The person wants to choose a folder.
        sample_requested: The person wants a sample (its name).
    """

    open_requested = Signal()
    folder_requested = Signal()
    sample_requested = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fill()

    def _fill(self) -> None:
        text = self.tr(
            "FASTA, FASTQ, GenBank, EMBL, alignments, CSV, TSV or Excel, plain or packed. Classes come from headers "
            "(>id|class|train), from one file per class, or from a column. Drop them anywhere on this window."
        )
        empty = EmptyState(
            self._theme,
            "drop",
            self.tr("Drop sequence files here"),
            text,
            (
                (self.tr("Open files…"), self.open_requested.emit),
                (self.tr("Open a folder…"), self.folder_requested.emit),
            ),
            dashed=True,
        )
        line = label(self.tr("or try a real sample"), "muted")
        empty.foot.addSpacing(SPACE_3)
        empty.foot.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2 + SPACE_1)
        row.addStretch(1)
        for sample in samples():
            row.addWidget(self._sample_card(sample), 100)
        row.addStretch(1)
        empty.foot.addLayout(row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(empty)

    def _sample_card(self, sample: Sample) -> Card:
        card = Card(clickable=True)
        card.setMinimumWidth(176)
        card.setMaximumWidth(232)
        card.setMinimumHeight(132)
        title, _, kind = sample.title.partition(" (")
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(IconLabel(self._theme, "sample", size=18, tone="accent"), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label(title, "strong", wrap=True), 1)
        card.body.addLayout(head)
        if kind:
            card.body.addWidget(label(kind.rstrip(")")[:1].upper() + kind.rstrip(")")[1:], "muted", wrap=True))
        card.body.addWidget(label(sample.about, "muted", wrap=True))
        card.body.addStretch(1)
        card.setAccessibleName(self.tr("Try the sample: {0}").format(sample.title))
        card.setAccessibleDescription(sample.about)
        card.clicked.connect(lambda: self.sample_requested.emit(sample.name))
        return card
