"""Python's search for garbage, done by the window's thread only.

Left to itself it runs in whichever thread happens to allocate. In the engine's thread it would destroy widgets and
timers that stand in a cycle, which Qt allows in their own thread only: the process crashes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


class Collector(QObject):
    """Collects in small steps, often; everything at once, seldom."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def settle(self) -> None:
        """What is there now stays until the end: later searches need not look at it."""
        gc.collect()
        gc.freeze()

    def collect(self) -> None:
        """Search the generations that have grown beyond Python's own thresholds."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return

    def close(self) -> None:
        """Give the search back to Python."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()
