"""Time, speed and time left of a training, for people who watch it; nothing here changes a weight."""

from __future__ import annotations

import time

import psutil

SHORTEST_BETWEEN_EVENTS = 0.05
"""Seconds between two reports of progress: 20 a second at most."""
_FIRST_ESTIMATE_AFTER = 1.0
_SMOOTHING_SECONDS = 2.0


class Meter:
    """Measures one training; pauses are left out.

    Args:
        total_steps: Steps of the whole training.
        done_steps: Steps done before this measurement began (in a resumed training).
    """

    def __init__(self, *, total_steps: int, done_steps: int) -> None:
        self.seconds = 0.0
        self.records_per_second = 0.0
        self._total_steps = total_steps
        self._first_step = done_steps
        self._records = 0
        self._since = self._reported = time.perf_counter()
        self._process = psutil.Process()

    def seen(self, records: int) -> bool:
        """Take note of a step; True when it is time to report one."""
        self._records += records
        return time.perf_counter() - self._reported >= SHORTEST_BETWEEN_EVENTS

    def report(self) -> None:
        """Smooth the speed over the time since the last report."""
        now = time.perf_counter()
        passed = max(now - self._reported, 1e-9)
        rate = self._records / passed
        share = min(1.0, passed / _SMOOTHING_SECONDS) if self.records_per_second else 1.0
        self.records_per_second += share * (rate - self.records_per_second)
        self._records, self._reported = 0, now

    def lap(self) -> float:
        """Seconds since the last lap; they count as time spent training."""
        now = time.perf_counter()
        passed, self._since = now - self._since, now
        self.seconds += passed
        return passed

    def skip(self) -> None:
        """Leave the time since the last lap out: training was held."""
        self._since = self._reported = time.perf_counter()
        self._records = 0

    def seconds_left(self, done_steps: int) -> float | None:
        """Estimate for the rest of the training at the speed so far; None before there is a fair one."""
        spent = self.seconds + time.perf_counter() - self._since
        done = done_steps - self._first_step
        if spent < _FIRST_ESTIMATE_AFTER or done < 1:
            return None
        return spent / done * (self._total_steps - done_steps)

    def memory_bytes(self) -> int:
        """Memory that this process holds."""
        return int(self._process.memory_info().rss)
