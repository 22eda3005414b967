"""A worker may die in any way: each job has one outcome, in words, and nothing of the worker is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bioseq.executors.local import LocalWorker
from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import ENDINGS, Event, JobFinished, JobStarted, LogEmitted
from bioseq.protocol.jobs import FileRequest, InspectJob, Run, TrainJob
from bioseq.protocol.wire import decode_event, encode_command
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status, read_state

REAL_WORKER_WITH_A_JOB = """
import ctypes, os, signal, subprocess, sys, time
from bioseq import worker
from bioseq.jobs import runner
from bioseq.protocol.events import JobFinished, JobStarted, LogEmitted
started = JobStarted(job_id="", kind="inspect", folder="")
finished = JobFinished(job_id="", reason="done")

def events(job, control):
    yield started
    {body}
    yield finished

runner.events_of = events
sys.exit(worker.main(["--light"]))
"""
DEADLINE = 30.0
JOB = InspectJob("job", (), "")

MakeWorker = Callable[..., LocalWorker]


@pytest.fixture
def make_worker() -> Iterator[MakeWorker]:
    """Start real workers whose job does what is given; all are gone afterwards."""
    workers: list[LocalWorker] = []

    def make(body: str = "pass", **options: float) -> LocalWorker:
        script = REAL_WORKER_WITH_A_JOB.format(body=body)
        worker = LocalWorker("light", command=(sys.executable, "-c", script), **options)  # type: ignore[arg-type]
        workers.append(worker)
        worker.start()
        return worker

    yield make
    for worker in workers:
        worker.kill()
        worker.close()
        assert worker.ended
        assert not alive(worker.process_id)


def alive(process_id: int) -> bool:
    try:
        return bool(psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def until_gone(process_id: int, seconds: float) -> float:
    """Seconds until the process is gone."""
    start = time.monotonic()
    while alive(process_id) and time.monotonic() - start < seconds:
        threading.Event().wait(0.01)
    assert not alive(process_id)
    return time.monotonic() - start


def events_until_outcome(worker: LocalWorker) -> tuple[list[Event], Outcome]:
    events: list[Event] = []
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        news = worker.poll(1.0)
        if isinstance(news, Outcome):
            return events, news
        if news is not None:
            events.append(news)
    raise AssertionError("no outcome")


def only_outcome(worker: LocalWorker) -> Outcome:
    """The outcome; after the end of the worker there is no other."""
    _, outcome = events_until_outcome(worker)
    worker.close()
    while (news := worker.poll(0.5)) is not None:
        assert not isinstance(news, Outcome)
    return outcome


WAYS_TO_DIE = {
    "segmentation fault": ("ctypes.string_at(0)", OutcomeKind.CRASHED, "SIGSEGV"),
    "abort": ("os.abort()", OutcomeKind.CRASHED, "SIGABRT"),
    "killed by the system": ("os.kill(os.getpid(), signal.SIGKILL)", OutcomeKind.KILLED, "memory"),
    "exit without a word": ("os._exit(3)", OutcomeKind.CRASHED, "exit status 3"),
    "exit without a fault": ("os._exit(0)", OutcomeKind.CRASHED, "exit status 0"),
    "a library is missing": ("import no_such_library", OutcomeKind.FAILED, "no_such_library"),
    "no memory": ("raise MemoryError", OutcomeKind.FAILED, "memory"),
    "a fault of the program": ("1 / 0", OutcomeKind.FAILED, "ZeroDivisionError"),
}


@pytest.mark.parametrize("way", WAYS_TO_DIE)
@pytest.mark.parametrize("repetition", [1, 2])
def test_every_way_of_dying_gives_one_outcome_in_words(make_worker: MakeWorker, way: str, repetition: int) -> None:
    body, kind, words = WAYS_TO_DIE[way]
    worker = make_worker(body)
    worker.run(JOB)
    outcome = only_outcome(worker)
    assert outcome.kind is kind
    assert words in outcome.sentence
    assert outcome.remedy


def test_a_crash_shows_where_it_happened(make_worker: MakeWorker) -> None:
    worker = make_worker("ctypes.string_at(0)")
    worker.run(JOB)
    assert "Segmentation fault" in only_outcome(worker).details


def test_a_death_is_noticed_within_a_second(make_worker: MakeWorker) -> None:
    worker = make_worker("time.sleep(60)")
    worker.run(JOB)
    assert isinstance(worker.poll(DEADLINE), JobStarted)
    start = time.monotonic()
    os.kill(worker.process_id, signal.SIGKILL)
    _, outcome = events_until_outcome(worker)
    assert time.monotonic() - start < 1.0
    assert outcome.kind is OutcomeKind.KILLED


def test_a_killed_training_with_a_checkpoint_offers_to_resume(make_worker: MakeWorker, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "epoch-1.json").write_text("{}", encoding="utf-8")
    worker = make_worker("os.kill(os.getpid(), signal.SIGKILL)")
    worker.run(TrainJob("job", str(tmp_path)))
    outcome = only_outcome(worker)
    assert outcome.resumable
    assert "Resume" in outcome.remedy


def test_a_program_that_is_not_there_could_not_start() -> None:
    worker = LocalWorker("light", command=("/no/such/program",))
    worker.start()
    worker.run(JOB)
    outcome = only_outcome(worker)
    assert outcome.kind is OutcomeKind.COULD_NOT_START
    assert outcome.details


def test_a_broken_installation_could_not_start() -> None:
    worker = LocalWorker("light", command=(sys.executable, "-c", "import no_such_module"))
    worker.start()
    worker.run(JOB)
    outcome = only_outcome(worker)
    assert outcome.kind is OutcomeKind.COULD_NOT_START
    assert "no_such_module" in outcome.details


def test_a_job_sent_to_a_dead_worker_has_an_outcome_too(make_worker: MakeWorker) -> None:
    worker = make_worker()
    worker.kill()
    assert worker.poll(DEADLINE) is None
    worker.run(JOB)
    assert only_outcome(worker).kind is OutcomeKind.KILLED


def test_jobs_run_one_after_the_other_each_with_its_outcome(make_worker: MakeWorker) -> None:
    worker = make_worker()
    for number in range(3):
        worker.run(InspectJob(f"job-{number}", (), ""))
    outcomes = [events_until_outcome(worker)[1] for _ in range(3)]
    assert [outcome.job_id for outcome in outcomes] == ["job-0", "job-1", "job-2"]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.FINISHED}
    assert not worker.busy


def test_what_libraries_print_does_not_harm_the_events(make_worker: MakeWorker) -> None:
    body = (
        "print('{no event'); os.write(1, b'neither\\\\n'); subprocess.run(['echo', 'nor this']);"
        " yield LogEmitted(job_id='', level='info', message='é \\u2028 \\U0001f9ec')"
    )
    worker = make_worker(body)
    worker.run(JOB)
    events, outcome = events_until_outcome(worker)
    assert outcome.kind is OutcomeKind.FINISHED
    assert [type(event) for event in events] == [JobStarted, LogEmitted, JobFinished]
    assert [event.sequence for event in events] == [0, 1, 2]


def test_stop_and_cancel_reach_the_job(make_worker: MakeWorker) -> None:
    for ask in ("stop", "cancel"):
        worker = make_worker(f"\n    while not control.{ask}_requested: time.sleep(0.01)\n")
        worker.run(JOB)
        assert isinstance(worker.poll(DEADLINE), JobStarted)
        getattr(worker, ask)("job")
        assert events_until_outcome(worker)[1].kind is OutcomeKind.FINISHED


LITTLE_PATIENCE = {"terminate_after": 0.2, "kill_after": 0.5}
DEAF = "subprocess.Popen(['sleep', '300']); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"


def test_a_job_that_does_not_hear_cancel_is_ended_with_its_children(make_worker: MakeWorker) -> None:
    worker = make_worker(DEAF, **LITTLE_PATIENCE)
    worker.run(JOB)
    assert isinstance(worker.poll(DEADLINE), JobStarted)
    process = psutil.Process(worker.process_id)
    end = time.monotonic() + DEADLINE
    while not (children := process.children()) and time.monotonic() < end:
        threading.Event().wait(0.01)
    worker.cancel("job")
    outcome = only_outcome(worker)
    assert outcome.kind is OutcomeKind.CANCELLED
    assert children
    for child in children:
        until_gone(child.pid, 2.0)


def test_a_training_that_had_to_be_killed_after_cancel_is_cancelled_in_its_folder(
    make_worker: MakeWorker, tmp_path: Path
) -> None:
    worker = make_worker("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)", **LITTLE_PATIENCE)
    run = RunFolder(tmp_path / "run")
    (run.checkpoints).mkdir(parents=True)
    worker.run(TrainJob("job", str(run.path)))
    assert isinstance(worker.poll(DEADLINE), JobStarted)
    worker.cancel("job")
    assert only_outcome(worker).kind is OutcomeKind.CANCELLED
    state = read_state(run.events)
    assert state.status is Status.CANCELLED
    assert not run.checkpoints.exists()


def test_a_worker_that_is_silent_after_stop_is_ended(make_worker: MakeWorker) -> None:
    worker = make_worker("os.kill(os.getpid(), signal.SIGSTOP)", **LITTLE_PATIENCE)
    worker.run(JOB)
    assert isinstance(worker.poll(DEADLINE), JobStarted)
    worker.stop("job")
    assert only_outcome(worker).kind is OutcomeKind.KILLED


def test_a_job_that_shows_life_after_stop_is_not_ended(make_worker: MakeWorker) -> None:
    body = (
        "\n    while not control.stop_requested: time.sleep(0.01)"
        "\n    for number in range(12):"
        "\n        time.sleep(0.1)"
        "\n        yield LogEmitted(job_id='', level='info', message=str(number))\n"
    )
    worker = make_worker(body, terminate_after=0.5, kill_after=0.8)
    worker.run(JOB)
    assert isinstance(worker.poll(DEADLINE), JobStarted)
    worker.stop("job")
    assert only_outcome(worker).kind is OutcomeKind.FINISHED


def test_the_end_of_its_input_stops_the_job_and_ends_the_worker(make_worker: MakeWorker) -> None:
    worker = make_worker("\n    while not control.stop_requested: time.sleep(0.01)\n")
    worker.run(JOB)
    assert isinstance(worker.poll(DEADLINE), JobStarted)
    worker.close(timeout=DEADLINE)
    assert events_until_outcome(worker)[1].kind is OutcomeKind.FINISHED


def test_the_worker_stands_back_and_dies_first(make_worker: MakeWorker) -> None:
    worker = make_worker("time.sleep(60)")
    worker.run(JOB)
    assert isinstance(worker.poll(DEADLINE), JobStarted)
    assert os.getpgid(worker.process_id) == worker.process_id
    score = Path(f"/proc/{worker.process_id}/oom_score_adj")
    if score.exists():
        assert score.read_text(encoding="ascii").strip() == "500"


def test_the_worker_outlives_the_thread_that_started_it(make_worker: MakeWorker) -> None:
    workers: list[LocalWorker] = []
    starter = threading.Thread(target=lambda: workers.append(make_worker()))
    starter.start()
    starter.join()
    workers[0].run(JOB)
    assert events_until_outcome(workers[0])[1].kind is OutcomeKind.FINISHED
    assert alive(workers[0].process_id)


PARENT = """
import sys, time
from bioseq.executors.local import LocalWorker
from bioseq.protocol.jobs import InspectJob
worker = LocalWorker("light", command=(sys.executable, "-c", sys.argv[1]))
worker.start()
worker.run(InspectJob("job", (), ""))
print(worker.process_id, type(worker.poll(30)).__name__, flush=True)
time.sleep(300)
"""


@pytest.mark.parametrize("job", ["time.sleep(300)", "\n    while True: pass\n", "ctypes.CDLL(None).sleep(300)"])
def test_a_worker_ends_within_two_seconds_when_its_parent_is_killed(job: str) -> None:
    script = REAL_WORKER_WITH_A_JOB.format(body=job)
    with subprocess.Popen([sys.executable, "-c", PARENT, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        number, event = parent.stdout.readline().split()
        assert event == "JobStarted"
        assert alive(int(number))
        parent.kill()
    assert until_gone(int(number), 10.0) <= 2.0


LIGHT = """
import sys
from bioseq import worker
status = worker.main(["--light"])
heavy = {"torch", "matplotlib", "PySide6"} & set(sys.modules)
sys.exit(f"loaded {heavy}" if heavy else status)
"""


def test_reading_data_never_loads_torch(labelled_fasta: Path, tmp_path: Path) -> None:
    job = InspectJob("job", (FileRequest(str(labelled_fasta)),), str(tmp_path / "out"))
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", LIGHT], text=True, **streams) as process:  # type: ignore[call-overload]
        process.stdin.write(f"nonsense\n{encode_command(Run(job))}\n")
        process.stdin.flush()
        for line in process.stdout:
            ending = decode_event(line)
            if isinstance(ending, ENDINGS):
                break
        _, errors = process.communicate()
    assert isinstance(ending, JobFinished)
    assert process.returncode == 0, errors
    assert (tmp_path / "out" / "inspection.json").exists()
    assert "not a command" in errors
