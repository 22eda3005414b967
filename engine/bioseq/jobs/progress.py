"""Progress of work that reports through a callback, turned into events of a generator.

The work runs in a thread of its own while the generator yields what it reports; a cancelled job ends the work at its
next report.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from bioseq.jobs.endings import Cancelled
from bioseq.protocol.events import Event, Progressed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bioseq.protocol.control import Control

Result = TypeVar("Result")
Report = tuple[int, int]


def relayed(
    work: Callable[[Callable[[int, int], None]], Result],
    control: Control,
    *,
    unit: str,
    stop_ends: bool = True,
) -> Generator[Event, None, Result]:
    """Run `work(progress)` and yield its progress; the result is the value of the `yield from`.

    Args:
        work: Takes the function `(done, total)` to call now and then.
        control: Its cancellation ends the work.
        unit: Unit of the progress.
        stop_ends: A stop ends the work too: there is nothing yet that could be kept.

    Raises:
        Cancelled: The job was cancelled.
    """
    reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
    outcome: list[Result] = []
    faults: list[BaseException] = []
    abandoned = threading.Event()

    def ended() -> bool:
        return control.cancel_requested or (stop_ends and control.stop_requested)

    def progress(done: int, total: int) -> None:
        if abandoned.is_set() or ended():
            raise Cancelled
        reports.put((done, total))

    def target() -> None:
        try:
            outcome.append(work(progress))
        except BaseException as error:  # noqa: BLE001 - raised again in the job's thread
            faults.append(error)
        finally:
            reports.put(None)

    thread = threading.Thread(target=target, name="work", daemon=True)
    thread.start()
    begun = time.monotonic()
    try:
        while (report := reports.get()) is not None:
            yield progressed(*report, unit=unit, seconds=time.monotonic() - begun)
    finally:
        abandoned.set()
        thread.join()
    if faults:
        raise faults[0]
    if ended():
        raise Cancelled
    return outcome[0]


def progressed(done: int, total: int, *, unit: str, seconds: float) -> Progressed:
    """The event that tells how far work has come after so many seconds, with an estimate once there is a fair one."""
    rate = done / seconds if seconds > 0 else 0.0
    fair = seconds > 1.0 and 0 < done <= total
    return Progressed(
        job_id="",
        done=done,
        total=total,
        unit=unit,
        rate=rate,
        seconds_left=(total - done) / rate if fair else None,
    )
