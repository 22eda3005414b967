"""Stop, cancel, pause and resume are answered between two steps."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from bioseq.protocol.control import Control
from bioseq.protocol.events import ArtefactWritten, EpochFinished, Phase, PhaseChanged, StepDone
from bioseq.training.loop import CheckpointPolicy, train

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

pytestmark = pytest.mark.usefixtures("every_step_reported")


def at_step(control: Control, number: int, act: Any) -> Any:
    """Act when the step of this number (1-based, over all epochs) is reported."""
    seen = 0

    def react(event: Any) -> None:
        nonlocal seen
        if isinstance(event, StepDone):
            seen += 1
            if seen == number:
                act()

    return react


def test_stop_in_a_later_epoch_keeps_the_best_so_far(lab: SimpleNamespace) -> None:
    control = Control()
    told = lab.finish(train(lab.job(epochs=9), control), at_step(control, 16, control.stop))
    assert len(told.of(StepDone)) == 16
    assert [event.epoch for event in told.of(EpochFinished)] == [1, 2]
    assert told.model.stopped
    assert told.model.reason == "stopped by hand"
    assert told.model.best_epoch == told.of(EpochFinished)[-1].best_epoch


def test_stop_in_the_first_epoch_validates_what_there_is(lab: SimpleNamespace) -> None:
    control = Control()
    told = lab.finish(train(lab.job(epochs=9), control), at_step(control, 3, control.stop))
    (only,) = told.of(EpochFinished)
    assert len(told.of(StepDone)) == 3
    assert only.epoch == only.best_epoch == told.model.best_epoch == 1
    assert only.validation["loss"] > 0


def test_stop_at_the_last_step_of_an_epoch_finishes_the_epoch(lab: SimpleNamespace) -> None:
    control = Control()
    told = lab.finish(train(lab.job(epochs=9), control), at_step(control, 14, control.stop))
    assert [event.epoch for event in told.of(EpochFinished)] == [1, 2]
    assert told.model.stopped


def test_cancel_ends_at_once_and_writes_nothing_more(lab: SimpleNamespace, tmp_path: Path) -> None:
    control = Control()
    policy = CheckpointPolicy(tmp_path / "checkpoints", between_seconds=0)
    told = lab.finish(train(lab.job(epochs=9), control, checkpoints=policy), at_step(control, 3, control.cancel))
    assert told.model.cancelled
    assert not told.model.stopped
    assert told.of(EpochFinished) == []
    assert told.of(ArtefactWritten) == []


def test_a_pause_holds_between_steps_and_does_not_change_the_result(lab: SimpleNamespace, tmp_path: Path) -> None:
    job, control = lab.job(epochs=3), Control()

    def react(event: Any) -> None:
        pause(event)
        if isinstance(event, PhaseChanged) and event.phase is Phase.PAUSED:
            threading.Timer(0.2, control.resume).start()

    pause = at_step(control, 10, control.pause)
    policy = CheckpointPolicy(tmp_path / "checkpoints", between_seconds=3600)
    told = lab.finish(train(job, control, checkpoints=policy), react)
    phases = [event.phase for event in told.of(PhaseChanged)]
    assert phases == [Phase.TRAINING, Phase.PAUSED, Phase.TRAINING]
    assert lab.weights_hash(told.model) == lab.weights_hash(lab.run(job).model)
    assert any("step-0000003" in event.path for event in told.of(ArtefactWritten))


def test_the_time_of_a_pause_is_not_counted(lab: SimpleNamespace) -> None:
    job, control = lab.job(epochs=2), Control()

    def react(event: Any) -> None:
        pause(event)
        if isinstance(event, PhaseChanged) and event.phase is Phase.PAUSED:
            threading.Timer(1.5, control.resume).start()

    pause = at_step(control, 2, control.pause)
    start = time.perf_counter()
    told = lab.finish(train(job, control), react)
    assert told.model.seconds < time.perf_counter() - start - 1.4


@pytest.mark.parametrize("order", ["stop", "cancel"])
def test_stop_and_cancel_end_a_pause(lab: SimpleNamespace, order: str) -> None:
    control = Control()

    def react(event: Any) -> None:
        pause(event)
        if isinstance(event, PhaseChanged) and event.phase is Phase.PAUSED:
            getattr(control, order)()

    pause = at_step(control, 2, control.pause)
    told = lab.finish(train(lab.job(epochs=5), control), react)
    assert (told.model.stopped, told.model.cancelled) == (order == "stop", order == "cancel")
    assert len(told.of(StepDone)) == 2
