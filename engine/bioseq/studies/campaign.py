"""Carries out the trainings of a study: as many at a time as there are workers, in the order that a strategy chooses.

A generator of events. After each change `study.json` tells how every entry stands, so that a study that was killed goes
on where it was, and its interrupted trainings from their own checkpoints.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from bioseq.catalogue.encoder_settings import works_once
from bioseq.catalogue.registry import ARCHITECTURES, specification
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.evaluation.results import read_evaluations
from bioseq.executors.local import Outcome, OutcomeKind
from bioseq.protocol.events import (
    EntryAdvanced,
    EpochFinished,
    Event,
    JobFinished,
    JobStarted,
    JobStopped,
    LogEmitted,
    Phase,
    PhaseChanged,
    Progressed,
    StepDone,
)
from bioseq.runs import store
from bioseq.runs.bundle import read_bundle_card
from bioseq.studies.crew import training
from bioseq.studies.records import reading_table
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.schema import Configuration
    from bioseq.protocol.control import Control
    from bioseq.protocol.events import EntryChanged
    from bioseq.protocol.jobs import Job
    from bioseq.runs.folder import RunFolder
    from bioseq.studies.crew import Crew
    from bioseq.studies.folder import StudyFolder

_TICK = 0.2
"""Seconds without news after which requests and limits are looked at."""

_STATES = {
    OutcomeKind.FINISHED: EntryState.FINISHED,
    OutcomeKind.STOPPED: EntryState.STOPPED,
    OutcomeKind.CANCELLED: EntryState.WAITING,
}
_DEATHS = (OutcomeKind.CRASHED, OutcomeKind.KILLED)
"""A worker that ended without a word, whose training may go on from its checkpoint in another one."""


@dataclass(frozen=True, slots=True)
class Task:
    """One training to be started now.

    Attributes:
        entry: Its number.
        seconds: Time by the clock, from when it has begun to learn, after which it is stopped and keeps what it has. A
            frozen encoder describes all records in the first epoch, after which the time begins.
        until: Time of the study at which it is stopped in any case, seconds.
        reason: Why it is stopped then, in words.
    """

    entry: int
    seconds: float = math.inf
    until: float = math.inf
    reason: str = ""


class Strategy(Protocol):
    """Chooses what is trained next, and what is not worth going on with."""

    def next(self) -> Task | None:
        """What to start now; None when there is nothing, at least until something under way has ended."""

    def advanced(self, entry: Entry, epoch: EpochFinished) -> str:
        """Why an entry that has finished this epoch is to be stopped, in words; empty to let it go on."""

    def ended(self, entry: Entry) -> None:
        """An entry has ended; its figures are there if it came to any."""

    def progress(self) -> tuple[int, int, str]:
        """How far all is: done, of how many, unit."""


@dataclass(slots=True)
class _Training:
    """One training under way.

    Attributes:
        task: What was asked for.
        begun: When its worker took it up; until that is known, when it was given to one.
        spent_before: Seconds of earlier trainings of the entry.
        describes: It begins with a frozen encoder that describes the records.
        learns_since: When it began to learn, or all was described; infinite before.
        described: Seconds that describing took.
        stop_reason: Why it was asked to stop; empty while it was not.
    """

    task: Task
    begun: float
    spent_before: float
    describes: bool
    learns_since: float = math.inf
    described: float = 0.0
    stop_reason: str = ""

    @property
    def spent(self) -> float:
        return time.monotonic() - self.begun

    @property
    def learnt(self) -> float:
        """Seconds since it has begun to learn; below 0 before."""
        return time.monotonic() - self.learns_since


class Campaign:
    """The trainings of one study.

    Attributes:
        state: How all entries stand.
        halted: The person has asked to stop or cancel: nothing more is started.
    """

    def __init__(
        self, study: StudyFolder, base: Configuration, state: StudyState, control: Control, crew: Crew
    ) -> None:
        self.study = study
        self.base = base
        self.state = state
        self.halted = False
        self._control = control
        self._crew = crew
        self._running: dict[int, _Training] = {}
        self._untold: list[EntryChanged] = []
        self._taken_up: set[int] = set()
        self._clock = time.monotonic()
        self._worked = False
        self._seconds_before = state.seconds

    @property
    def places(self) -> int:
        """How many trainings run at the same time."""
        return len(self._crew)

    @property
    def cancelled(self) -> bool:
        """The person wants nothing of it."""
        return self._control.cancel_requested

    @property
    def seconds(self) -> float:
        """Time spent on the study, by the clock, pauses left out; counts on when a study goes on.

        It begins with the first word of a worker: on a busy machine, starting processes that import much takes long,
        and a budget of few minutes is for models.
        """
        return self._seconds_before + time.monotonic() - self._clock

    def add(self, entry: Entry) -> EntryChanged:
        """A new entry, or one that stands otherwise than before; returns the event that tells it."""
        self.state = self.state.with_entry(entry)
        self.remember()
        return entry.event()

    def announce(self, entry: Entry) -> None:
        """A new entry that waits for its turn; it is told before anything else begins."""
        self._untold.append(self.add(entry))

    def remember(self) -> None:
        """Write down how everything stands."""
        self.state = replace(self.state, seconds=self.seconds)
        self.state.save(self.study.state)

    def carry_out(self, strategy: Strategy) -> Generator[Event, None, None]:
        """Train what the strategy chooses, until it chooses nothing more or the person ends it."""
        while True:
            yield from self._obey()
            while not self.halted and self._crew.free:
                task = strategy.next()
                yield from self._told()
                if task is None:
                    break
                yield from self._start(task, strategy)
            if not self._running:
                return
            for number, news in self._crew.news(_TICK):
                self._begin_clock()
                yield from self._take(number, news, strategy)
            self._keep_limits()

    def _begin_clock(self) -> None:
        if not self._worked:
            self._worked, self._clock = True, time.monotonic()

    def _told(self) -> Generator[Event, None, None]:
        """What was announced."""
        untold, self._untold = self._untold, []
        yield from untold

    def run_job(self, number: int, job: Job) -> Generator[Event, None, Outcome]:
        """Have one other job done (not a training), passing on its phases and progress; the value is its outcome."""
        self._crew.start(number, job)
        while True:
            for _, news in self._crew.news(_TICK):
                if isinstance(news, Outcome):
                    return news
                if isinstance(news, PhaseChanged | Progressed):
                    yield news
            if self._control.cancel_requested:
                self._crew.kill(number)

    def _start(self, task: Task, strategy: Strategy) -> Generator[Event, None, None]:
        entry = self.state.entry(task.entry)
        run = self.study.run(entry.folder)
        try:
            config = self.configuration_of(entry)
            resume = run.config.exists() and store.has_checkpoint(run)
            if not run.config.exists():
                store.prepare_run(run.path, config, name=entry.title)
        except BioseqError as error:
            entry = replace(entry, state=EntryState.SKIPPED, reason=str(error))
            yield self.add(entry)
            strategy.ended(entry)
            return
        self._crew.start(entry.number, training(entry.number, run.path, resume=resume))
        describes = works_once(specification(config.model.name).resolve(config.model.hyper))
        self._running[entry.number] = _Training(task, time.monotonic(), entry.seconds, describes)
        yield self.add(replace(entry, state=EntryState.RUNNING, reason=""))

    def configuration_of(self, entry: Entry) -> Configuration:
        """The configuration of an entry.

        Raises:
            BioseqError: A setting is not legal for its model.
        """
        config = apply_overrides(self.base, entry.settings)
        if entry.data:
            config = reading_table(config, self.study.path / entry.data)
        threads = config.training.threads or (1 if self.places > 1 else 0)
        training = config.training.model_copy(update={"seed": entry.seed, "threads": threads})
        output = config.output.model_copy(update={"name": "", "folder": ""})
        return config.model_copy(update={"training": training, "output": output})

    def _take(self, number: int, news: Event | Outcome, strategy: Strategy) -> Generator[Event, None, None]:
        under_way = self._running[number]
        match news:
            case Outcome() if self._may_be_taken_up(number, news):
                yield from self._taken_up_again(number, news, strategy)
            case Outcome():
                yield from self._ended(number, news, strategy)
            case EpochFinished():
                if under_way.describes and under_way.learns_since == math.inf:
                    under_way.learns_since = time.monotonic()
                    under_way.described = under_way.spent
                yield EntryAdvanced(
                    job_id="",
                    entry=number,
                    epoch=news.epoch,
                    epochs=news.epochs,
                    train=news.train,
                    validation=news.validation,
                    reached=news.reached,
                )
                if not under_way.stop_reason and (reason := strategy.advanced(self.state.entry(number), news)):
                    under_way.stop_reason = reason
                    self._crew.stop(number)
            case JobStarted():
                under_way.begun = time.monotonic()
            case PhaseChanged(phase=Phase.TRAINING) if not under_way.describes:
                under_way.learns_since = min(under_way.learns_since, time.monotonic())
            case StepDone() | Progressed():
                done, total, unit = strategy.progress()
                yield Progressed(job_id="", done=done, total=total, unit=unit)

    def _may_be_taken_up(self, number: int, outcome: Outcome) -> bool:
        unasked = not self.halted and not self._running[number].stop_reason
        return outcome.kind in _DEATHS and unasked and number not in self._taken_up

    def _taken_up_again(self, number: int, outcome: Outcome, strategy: Strategy) -> Generator[Event, None, None]:
        """Go on with a training whose worker is gone: once, and told; what was learnt up to its checkpoint is kept."""
        self._taken_up.add(number)
        under_way = self._running.pop(number)
        entry = self._booked(number, under_way)
        self.add(entry)
        message = f"{entry.title} ({entry.stage}): {outcome.sentence} It is taken up once more."
        yield LogEmitted(job_id="", level="warning", message=message)
        yield from self._start(under_way.task, strategy)

    def _ended(self, number: int, outcome: Outcome, strategy: Strategy) -> Generator[Event, None, None]:
        under_way = self._running.pop(number)
        entry = self._booked(number, under_way)
        state = _STATES.get(outcome.kind, EntryState.FAILED)
        reason = under_way.stop_reason if state is EntryState.STOPPED else ""
        if state is EntryState.FAILED:
            reason = f"{outcome.sentence} {outcome.remedy}".strip()
        elif state is EntryState.FINISHED and isinstance(outcome.event, JobFinished):
            reason = outcome.event.reason
        entry = replace(
            entry,
            state=state,
            reason=reason or ("stopped by hand" if state is EntryState.STOPPED else ""),
        )
        if isinstance(outcome.event, JobFinished | JobStopped) and state is not EntryState.WAITING:
            entry = with_figures(entry, self.study.run(entry.folder), outcome.event)
        yield self.add(entry)
        strategy.ended(entry)
        done, total, unit = strategy.progress()
        yield Progressed(job_id="", done=done, total=total, unit=unit)

    def _booked(self, number: int, over: _Training) -> Entry:
        """The entry with the time of a training that is over."""
        entry = self.state.entry(number)
        return replace(entry, seconds=over.spent_before + over.spent, describing=entry.describing + over.described)

    def _keep_limits(self) -> None:
        for number, under_way in self._running.items():
            over = under_way.learnt > under_way.task.seconds or self.seconds > under_way.task.until
            if over and not under_way.stop_reason:
                under_way.stop_reason = under_way.task.reason
                self._crew.stop(number)

    def _obey(self) -> Generator[Event, None, None]:
        if self._control.pause_requested:
            yield from self._hold()
        if self.halted and not self._control.cancel_requested:
            return
        if self._control.cancel_requested or self._control.stop_requested:
            self.halted = True
            for number, under_way in self._running.items():
                if self._control.cancel_requested:
                    self._crew.kill(number)
                elif not under_way.stop_reason:
                    under_way.stop_reason = "stopped by hand"
                    self._crew.stop(number)

    def _hold(self) -> Generator[Event, None, None]:
        """Every training holds after its step until the study is resumed, stopped or cancelled."""
        begun = time.monotonic()
        for number in self._running:
            self._crew.pause(number)
        yield PhaseChanged(job_id="", phase=Phase.PAUSED, title="Paused")
        self._control.wait_while_paused()
        for number in self._running:
            self._crew.resume(number)
        held = time.monotonic() - begun
        self._clock += held
        for under_way in self._running.values():
            under_way.begun += held
            under_way.learns_since += held
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title="Training")


def with_figures(entry: Entry, run: RunFolder, ending: JobFinished | JobStopped) -> Entry:
    """The entry with what its run has come to: epochs, size, figures on validation and on what judges it."""
    entry = replace(entry, epochs=int(ending.summary.get("epochs", 0)))
    if not run.metrics.exists():
        return entry
    evaluations = read_evaluations(run.metrics)
    split = next(iter(evaluations))
    validation = evaluations.get("validation")
    return replace(
        entry,
        parameters=_parameters(run),
        split=split,
        metrics=evaluations[split].model.metrics,
        validation=validation.model.metrics if validation else {},
    )


def _parameters(run: RunFolder) -> int:
    """Weights of the network of a run; 0 for a feature baseline."""
    card = read_bundle_card(run.model)
    network = ARCHITECTURES.get(card.architecture)
    return network.count_parameters(card.task, card.hyper) if network else 0
