"""Work done in turns of the event loop, so that the window answers in between."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE_MS = 6
"""Between two pieces of work: room for painting and input."""


class Turns(QObject):
    """Does pieces of work one after the other, one a turn; newer work takes the place of what is still waiting."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[Callable[[], object]] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._do_one)

    @property
    def busy(self) -> bool:
        """Some work has not been done yet."""
        return bool(self._waiting)

    def take(self, *work: Callable[[], object]) -> None:
        """Do this, instead of what is still waiting."""
        self._waiting = deque(work)
        self._timer.start()

    def finish(self) -> None:
        """Do at once all that is waiting."""
        while self._waiting:
            self._waiting.popleft()()
        self._timer.stop()

    def _do_one(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
        if not self._waiting:
            self._timer.stop()
