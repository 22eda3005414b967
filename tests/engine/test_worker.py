"""The desk of a worker: jobs come in one thread and are done in another."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from bioseq import worker
from bioseq.protocol.jobs import Run, Stop, TrainJob
from bioseq.protocol.wire import encode_command

if TYPE_CHECKING:
    import pytest

    from bioseq.protocol.control import Control


def test_the_same_job_may_come_again_before_the_worker_has_put_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = worker._Desk(os.getppid())
    job = TrainJob("entry-8", "/nowhere/at/all")
    done: list[Control] = []

    def send(*commands: Run | Stop) -> None:
        desk.listen(io.StringIO("".join(encode_command(command) + "\n" for command in commands)))

    def run_job(_job: TrainJob, control: Control, _emit: object) -> None:
        done.append(control)
        if len(done) == 1:  # its ending has been read, and the answer is there before this returns
            send(Run(job), Stop("entry-8"))

    monkeypatch.setattr(worker, "run_job", run_job)
    desk._obey(Run(job))
    desk.serve(io.StringIO(), once=False)
    assert len(done) == 2
    assert not done[0].stop_requested
    assert done[1].stop_requested
