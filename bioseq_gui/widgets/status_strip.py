"""The strip at the bottom of every page: what runs now, how far, how long still, and the way to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QProgressBar, QSizePolicy, QToolButton, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.text import duration, for_display, size

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from bioseq_gui.theme.theme import Theme

_STEPS = 1_000
_HEIGHT = 40


class StatusStrip(QFrame):
    """Running job at the left, threads, memory and theme at the right.

    Signals:
        stop_requested: The person wants the running job to stop.
    """

    stop_requested = Signal()

    def __init__(self, theme: Theme, theme_actions: tuple[QAction, ...], *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "status")
        self.setFixedHeight(_HEIGHT)
        self._theme = theme
        self._text = label(self.tr("Ready"), "muted")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(180)
        self._bar.setAccessibleName(self.tr("Progress of the running job"))
        self._left = label("", "muted")
        self._stop = button(self.tr("Stop"), "link", tip=self.tr("Finish the step under way and keep the best so far"))
        self._threads = label("", "muted")
        self._memory = label("", "muted")
        self._look = QToolButton()
        self._look.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._look.setAccessibleName(self.tr("Light or dark"))
        self._look.setToolTip(self.tr("Light or dark"))
        menu = QMenu(self)
        for action in theme_actions:
            menu.addAction(action)
        self._look.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_3, 0, SPACE_2, 0)
        row.setSpacing(SPACE_3)
        row.addWidget(self._text, 1)
        for widget in (self._bar, self._left, self._stop, self._threads, self._memory, self._look):
            row.addWidget(widget)
        self._stop.clicked.connect(self.stop_requested)
        theme.changed.connect(self._paint_look)
        self._paint_look()
        self.show_idle()

    def show_idle(self, text: str = "") -> None:
        """Nothing runs; say what was done last, if anything."""
        self._text.setText(for_display(text) or self.tr("Ready"))
        for widget in (self._bar, self._left, self._stop):
            widget.setVisible(False)

    def show_job(
        self, text: str, *, share: float | None, seconds_left: float | None = None, stoppable: bool = True
    ) -> None:
        """Show the running job.

        Args:
            text: What it does: "Training: epoch 12 of 60".
            share: How far it is, [0, 1]; None when that is not known.
            seconds_left: Estimate; None when there is none.
            stoppable: The person can stop it here.
        """
        self._text.setText(for_display(text))
        self._bar.setRange(0, _STEPS if share is not None else 0)
        if share is not None:
            self._bar.setValue(round(_STEPS * min(1.0, max(0.0, share))))
        self._left.setText(self.tr("{0} left").format(duration(seconds_left)) if seconds_left is not None else "")
        self._left.setVisible(seconds_left is not None)
        self._bar.setVisible(True)
        self._stop.setVisible(stoppable)

    def show_resources(self, *, device: str, threads: int, memory_bytes: int) -> None:
        """Show what the engine uses."""
        where = for_display(device.split(" ", maxsplit=1)[0].upper() if device else "CPU")
        count = self.tr("1 thread") if threads == 1 else self.tr("{0} threads").format(threads)
        self._threads.setText(f"{where}, {count}" if threads else where)
        self._memory.setText(size(memory_bytes) if memory_bytes else "")
        self._memory.setVisible(bool(memory_bytes))

    @property
    def text(self) -> str:
        """What it says now."""
        return self._text.text()

    @property
    def stop(self) -> QWidget:
        """The Stop button."""
        return self._stop

    def _paint_look(self) -> None:
        self._look.setIcon(self._theme.icon("moon" if self._theme.palette.name == "dark" else "sun"))


def exclusive(parent: QWidget, actions: tuple[QAction, ...]) -> QActionGroup:
    """Make checkable actions of which one holds."""
    group = QActionGroup(parent)
    for action in actions:
        action.setCheckable(True)
        group.addAction(action)
    return group
