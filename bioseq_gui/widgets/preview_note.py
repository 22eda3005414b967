"""A line that says when the split that is shown is not drawn in the way in which training will draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from bioseq_gui.widgets.basics import label

if TYPE_CHECKING:
    from bioseq.config.inspection import Inspection
    from bioseq.config.schema import Configuration


class PreviewNote(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = label("", "muted", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        self.setVisible(False)

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def show_preview(self, inspection: Inspection | None, config: Configuration) -> None:
        """Compare how the split that is shown was drawn with how training will draw it."""
        shown = inspection.preview if inspection is not None else ""
        words = {
            "random": self.tr(
                "The split shown here is drawn at random. Training will keep whole clusters of similar sequences on "
                "one side; finding them takes a while, so its counts are known when it begins."
            ),
            "similarity": self.tr(
                "The split shown here keeps similar sequences on one side. Training will draw records at random."
            ),
        }
        self._text.setText(words.get(shown, ""))
        self.setVisible(bool(shown) and shown != config.split.method)
