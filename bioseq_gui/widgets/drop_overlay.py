"""The whole window as a place to drop: a dashed frame and a sentence about what is being held."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSysInfo, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from bioseq_gui.theme.tokens import RADIUS, SPACE_3
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QMimeData

    from bioseq_gui.theme.theme import Theme

_OWN_NAMES = frozenset({"localhost", "localhost.localdomain", "127.0.0.1", "::1"})
_CLASSIFIED_AT_MOST = 40
"""Files looked into while hovering; the sentence must be there within a blink."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is being held over the window.

    Attributes:
        sequences: Files with sequences, and folders.
        configs: Configuration files.
        models: Bundles and run folders.
        studies: Folders of comparisons, searches and "Find the best model".
        refused: What is not understood.
        sentence: What will happen on a drop, or why nothing can.
    """

    sequences: tuple[Path, ...] = ()
    configs: tuple[Path, ...] = ()
    models: tuple[Path, ...] = ()
    studies: tuple[Path, ...] = ()
    refused: tuple[Path, ...] = ()
    sentence: str = ""

    @property
    def acceptable(self) -> bool:
        """Something in it can be used."""
        return bool(self.sequences or self.configs or self.models or self.studies)


def tr(text: str, count: int = -1) -> str:
    """Translate a text of this module."""
    return QCoreApplication.translate("DropOverlay", text, "", count)


def look_at(paths: Iterable[Path], *, predicting: bool = False) -> Held:
    """Sort paths by what can be done with them, reading only the start of the first few files.

    Args:
        paths: Files and folders.
        predicting: The Predict page is shown, so that sequences are there to be predicted.
    """
    kinds: defaultdict[str, list[Path]] = defaultdict(list)
    for index, path in enumerate(paths):
        known = index < _CLASSIFIED_AT_MOST or other_computer(path)
        kinds[_kind(path) if known else "sequences"].append(path)
    held = Held(
        sequences=tuple(kinds["sequences"]),
        configs=tuple(kinds["config"]),
        models=(*kinds["bundle"], *kinds["run"]),
        studies=tuple(kinds["study"]),
        refused=tuple(kinds["unknown"]),
    )
    return replace(held, sentence=_sentence(held, predicting=predicting))


def _kind(path: Path) -> str:
    from bioseq.errors import BioseqError
    from bioseq.sequences.sniffing import classify

    if other_computer(path):
        return "unknown"
    try:
        kind = classify(path)
        # A folder that is no run is looked through when it is dropped.
        return "sequences" if kind == "unknown" and path.is_dir() else kind
    except (BioseqError, OSError, ValueError):  # the last of a name that no system takes
        return "unknown"


def _sentence(held: Held, *, predicting: bool) -> str:
    if not held.acceptable:
        return _refusal(held.refused)
    parts = []
    if held.configs:
        parts.append(tr("Configuration: fills the form"))
    if held.models:
        parts.append(tr("Model: ready to predict"))
    if held.studies:
        name = for_display(held.studies[0].name, longest=60)
        parts.append(tr("{0}: opens on the page Compare").format(name))
    if held.sequences:
        count = len(held.sequences)
        name = for_display(held.sequences[0].name, longest=60)
        folder = tr("files in the folder {0}").format(name)
        what = (folder if held.sequences[0].is_dir() else name) if count == 1 else tr("{0} files").format(count)
        parts.append((tr("{0}: to be predicted") if predicting else tr("{0}: added to the data")).format(what))
    if held.refused:
        parts.append(tr("{0} not understood, left out").format(len(held.refused)))
    return "\n".join(parts)


def _refusal(paths: tuple[Path, ...]) -> str:
    if not paths:
        return tr("Only files and folders can be dropped here")
    if host := other_computer(paths[0]):
        told = tr("{0} lies on another computer ({1})\nCopy it to this one, and drop the copy.")
        return told.format(for_display(paths[0].name, longest=60), for_display(host, longest=60))
    if not is_there(paths[0]):
        return tr("{0} cannot be found").format(for_display(paths[0].name, longest=60))
    kind = paths[0].suffix or tr("no extension")
    return tr(
        "Not understood: {0}\nSequences (FASTA, GenBank, alignments, tables and more), configurations and models are."
    ).format(for_display(kind, longest=30))


def is_there(path: Path) -> bool:
    """There is a file or a folder at a path; one that the system does not even take as a path is not there."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def paths_in(mime: QMimeData) -> tuple[Path, ...]:
    """The files and folders that a drag carries; see `other_computer` for those on others than this one."""
    return tuple(Path(_local_path(_without_own_host(url))) for url in mime.urls() if url.isLocalFile())


def other_computer(path: Path) -> str:
    """The host that a dropped path begins with; empty for one of this computer, and on Windows, which opens shares."""
    text = str(path)
    remote = sys.platform != "win32" and text.startswith("//") and not text.startswith("///")
    return text[2:].partition("/")[0] if remote else ""


def _local_path(url: QUrl) -> str:
    if sys.platform == "win32" or url.host():
        return url.toLocalFile()
    # A name need not be UTF-8 here: its bytes are taken as they are, where Qt would change what it cannot read.
    return os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded)))


def _without_own_host(url: QUrl) -> QUrl:
    """The URL without a host that is this machine, which Qt would take for the server of a network share (RFC 8089)."""
    bare = QUrl(url)
    if _is_own(url.host().casefold()):
        bare.setHost("")
    return bare


def _is_own(host: str) -> bool:
    if host in _OWN_NAMES:
        return True
    if sys.platform == "win32":  # there \\NAME is a share, even on the machine of that name
        return False
    name = QSysInfo.machineHostName().casefold()
    short = name.partition(".")[0]
    # A machine that does not know its domain may be named with it.
    return bool(name) and (host in (name, short) or ("." not in name and host.partition(".")[0] == name))


class DropOverlay(QWidget):
    """Lies over a window while something is held over it, and takes what is dropped.

    Attributes:
        predicting: Sequences that are dropped are there to be predicted.

    Signals:
        dropped: What was dropped (`Held`), when something in it can be used.
        refused: Why nothing in it can be used.
    """

    dropped = Signal(object)
    refused = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self.predicting = False
        self._theme = theme
        self._window = window
        self._held = Held()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setVisible(False)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    @property
    def held(self) -> Held:
        """What is being held over the window, or was last."""
        return self._held

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow a drag over the window."""
        match event:
            case QDragEnterEvent():
                self._enter(event)
            case QDropEvent() if event.type() == QEvent.Type.Drop:
                self._drop(event)
            case QDragMoveEvent():
                self._move(event)
            case _ if event.type() == QEvent.Type.DragLeave:
                self.setVisible(False)
            case _ if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
                self.setGeometry(watched.rect())
                return False
            case _:
                return False
        return True

    def _enter(self, event: QDragEnterEvent) -> None:
        self._held = look_at(paths_in(event.mimeData()), predicting=self.predicting)
        self.setGeometry(self._window.rect())
        self.setVisible(True)
        self.raise_()
        self.update()
        # A drag that is refused at the border never says why: take it, refuse the drop.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _move(self, event: QDragMoveEvent) -> None:
        if self._held.acceptable:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def _drop(self, event: QDropEvent) -> None:
        self.setVisible(False)
        held = look_at(paths_in(event.mimeData()), predicting=self.predicting)
        if held.acceptable:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(held)
        else:
            event.ignore()
            self.refused.emit(held.sentence)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """A veil, a dashed frame, a sentence."""
        palette = self._theme.palette
        tone = QColor(palette.accent if self._held.acceptable else palette.bad)
        veil = QColor(palette.background)
        veil.setAlphaF(0.92)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), veil)
        pen = QPen(tone, 2, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        frame = QRectF(self.rect()).adjusted(SPACE_3, SPACE_3, -SPACE_3, -SPACE_3)
        painter.drawRoundedRect(frame, RADIUS + 4, RADIUS + 4)
        font = QFont(self.font())
        font.setPixelSize(round(self._theme.text_size * 1.5))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(tone if not self._held.acceptable else QColor(palette.text))
        centre = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(frame.adjusted(40, 40, -40, -40), centre, self._held.sentence)
        painter.end()
