"""All runs of a person: making a new one, listing them quickly, naming them, putting them into the bin and back.

A run that has ended leaves a small `summary.json`, so that a list of a thousand runs opens a thousand small files and
folds no events. The summary is a cache: it names the size of the events that it was made from, and is made again when
that differs.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from platformdirs import user_data_path

from bioseq.durable import move_aside
from bioseq.errors import BioseqError
from bioseq.json_values import (
    DamagedError,
    Figure,
    Figures,
    Moment,
    ShortText,
    SmallCount,
    decode,
    json_value,
    numbers,
    reason_of,
)
from bioseq.protocol.events import JobStopped
from bioseq.runs.folder import RunFolder, write_json
from bioseq.runs.history import RunState, Status, read_state
from bioseq.runs.journal import Journal

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration

_FORMAT = 1
_BIN = ".trash"
_CLOCK_SLACK = 5.0
_LONGEST_PLACE = 200


@dataclass(frozen=True, slots=True)
class RunEntry:
    """What a list of runs shows of one.

    Attributes:
        path: Its folder.
        name: Name that the person gave it, or the folder's.
        notes: Notes of the person.
        started: Newest start, seconds since 1970, UTC; 0 when it never started.
        seconds: How long it computed.
        status: How it stands.
        model_title: Title of the architecture.
        data_names: Names of its files, without folders.
        metrics: Figures of the model on `metrics_split`; empty before the evaluation.
        metrics_split: "test", or "validation" when there are no test records; may be empty.
        epochs: Finished epochs.
        best_epoch: The epoch whose weights are kept; 0 before the first.
        resumable: A checkpoint is there and the run has not finished.
        fault: What of it cannot be read and why, a sentence; empty when all can.
    """

    path: Path
    name: ShortText
    notes: str = ""
    started: Moment = 0.0
    seconds: Figure = 0.0
    status: Status = Status.WAITING
    model_title: ShortText = ""
    data_names: tuple[ShortText, ...] = ()
    metrics: Figures = field(default_factory=dict)
    metrics_split: ShortText = ""
    epochs: SmallCount = 0
    best_epoch: SmallCount = 0
    resumable: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Summary:
    """What `summary.json` holds."""

    format: int
    events_bytes: int
    entry: RunEntry


@dataclass(frozen=True, slots=True)
class _Words:
    """What `notes.json` holds."""

    name: ShortText = ""
    notes: str = ""


def runs_folder() -> Path:
    """Where runs are kept when nothing else is said; `BIOSEQ_RUNS` in the environment overrides it."""
    chosen = os.environ.get("BIOSEQ_RUNS")
    return Path(chosen) if chosen else user_data_path("BioSeq Studio", appauthor=False) / "runs"


def create_run(config: Configuration, *, root: Path | None = None, name: str = "") -> RunFolder:
    """Make the folder of a new run and write its configuration.

    Args:
        config: The resolved configuration.
        root: Folder of the runs; by default that of the configuration, or the program's own.
        name: Shown in the list of runs; by default that of the configuration.

    Raises:
        BioseqError: The folder cannot be made.
    """
    root = root or (Path(config.output.folder) if config.output.folder else runs_folder())
    stem = f"{datetime.now(UTC):%Y%m%d-%H%M%S}_{config.model.name}"
    path = _new_folder(root, stem)
    return prepare_run(path, config, name=name)


def prepare_run(path: Path, config: Configuration, *, name: str = "") -> RunFolder:
    """Make one particular folder a run folder: write its configuration and, where given, its name."""
    from bioseq.config import files

    run = RunFolder(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        files.save(config, run.config)
        if shown := name or config.output.name:
            rename(run, shown)
    except OSError as error:
        raise _not_writable(path, error) from error
    return run


def list_runs(root: Path | None = None) -> tuple[RunEntry, ...]:
    """Every run in a folder, newest first; a folder that is no run is passed over.

    Raises:
        BioseqError: The folder cannot be read.
    """
    folders = list_folders(root or runs_folder())
    entries = [entry for folder in folders if (entry := read_entry(RunFolder(folder))) is not None]
    return tuple(sorted(entries, key=lambda entry: (entry.started, entry.path.name), reverse=True))


def list_folders(root: Path) -> list[Path]:
    """The folders in a folder of runs or studies, hidden ones left out; none where it is not there.

    Raises:
        BioseqError: The folder cannot be read.
    """
    try:
        with os.scandir(root) as places:
            return [Path(place.path) for place in places if _is_folder(place) and not place.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        raise BioseqError(
            "run.folder_unreadable",
            f"The folder of the runs cannot be read: {reason_of(error)}.",
            where=str(root)[:_LONGEST_PLACE],
            remedy="Check that it is there and may be read, or choose another folder for runs.",
        ) from error


def read_entry(run: RunFolder) -> RunEntry | None:
    """What the list shows of one run; None when the folder holds no run.

    Of a run that cannot be read it is what is left to be told: its name, and in `fault` why.
    """
    size = _size(run.events)
    if size < 0 and _size(run.config) < 0:
        return None
    try:
        entry = _list_entry(run, size)
    except BioseqError as error:
        entry = RunEntry(run.path, run.path.name, status=Status.UNREADABLE, fault=error.message)
    except OSError as error:
        fault = f"This run cannot be read: {reason_of(error)}."
        entry = RunEntry(run.path, run.path.name, status=Status.UNREADABLE, fault=fault)
    words, fault = _person_words(run)
    return replace(entry, name=words.name or entry.name, notes=words.notes, fault=entry.fault or fault)


def remember(run: RunFolder) -> None:
    """Leave the summary of a run that has ended, for quick lists; one that cannot be read leaves none."""
    try:
        entry = _folded(run)
    except BioseqError:
        return
    if entry.status in {Status.RUNNING, Status.WAITING}:
        return
    fields = {**asdict(entry), "path": run.path.name, "metrics": json_value(entry.metrics)}
    write_json(_summary_path(run), {"format": _FORMAT, "events_bytes": _size(run.events), "entry": fields})


def rename(run: RunFolder, name: str) -> None:
    """Give a run another name; its folder stays where it is."""
    _write_words(run, name=name)


def name_of(run: RunFolder) -> str:
    """The name that the person gave a run, or that of its folder."""
    words, _ = _person_words(run)
    return words.name or run.path.name


def set_notes(run: RunFolder, notes: str) -> None:
    """Replace the notes of a run."""
    _write_words(run, notes=notes)


def discard(run: RunFolder) -> Path:
    """Move a run into the bin beside it.

    Returns:
        Its place in the bin, for `restore`.
    """
    folder = run.path.parent / _BIN
    try:
        folder.mkdir(exist_ok=True)
        place = _free_name(folder, run.path.name)
        run.path.rename(place)
    except OSError as error:
        raise _not_writable(run.path, error) from error
    return place


def restore(place: Path) -> RunFolder:
    """Take a run out of the bin.

    Raises:
        BioseqError: It is no longer there.
    """
    if not place.is_dir():
        raise BioseqError("run.not_in_bin", "This run is no longer in the bin.", where=str(place))
    path = _free_name(place.parent.parent, place.name)
    place.rename(path)
    return RunFolder(path)


def binned_runs(root: Path | None = None) -> tuple[Path, ...]:
    """The places of the runs in the bin, for `restore`."""
    folder = (root or runs_folder()) / _BIN
    return tuple(sorted(folder.iterdir())) if folder.is_dir() else ()


def empty_bin(root: Path | None = None) -> int:
    """Delete what is in the bin for good; returns how many runs that were.

    Raises:
        BioseqError: One cannot be deleted; the others that stood before it are gone.
    """
    places = binned_runs(root)
    for place in places:
        try:
            shutil.rmtree(place)
        except OSError as error:
            raise _not_writable(place, error) from error
    return len(places)


def discard_results(run: RunFolder) -> None:
    """Remove what training left, and what a crash cut short; configuration, events, log and notes stay."""
    for folder in (run.checkpoints, run.members, run.evaluation, run.figures):
        shutil.rmtree(folder, ignore_errors=True)
    cut_short = run.path.glob(".*.part")
    written = (run.model, run.metrics, run.predictions, run.provenance, run.report, run.data, run.control)
    for file in (*written, run.similarity, run.looks, *cut_short):
        file.unlink(missing_ok=True)


def record_cancelled(run: RunFolder, job_id: str) -> None:
    """Write the ending of a cancelled run whose worker had to be killed before it could, and discard its results."""
    discard_results(run)
    with suppress(BioseqError), Journal(run.events) as journal:
        ending = JobStopped(job_id=job_id, sequence=journal.next_sequence, time=time.time(), cancelled=True)
        journal.append(ending)
    remember(run)


def has_checkpoint(run: RunFolder) -> bool:
    """There is something to go on from: a checkpoint, or of an ensemble a member that is trained or has one."""
    places = (run.checkpoints, *run.members.glob("*/checkpoints"))
    return any(place.is_dir() and any(place.iterdir()) for place in places) or any(run.members.glob("*/model.bioseq"))


def read_run_state(run: RunFolder) -> RunState:
    """The state of a run, with a look at whether its worker is still alive."""
    state = read_state(run.events, alive=True)
    if state.status is Status.RUNNING and not worker_alive(state):
        return replace(state, status=Status.INTERRUPTED)
    return state


def worker_alive(state: RunState) -> bool:
    """The process that started the run is still there, and is no later process under the same number."""
    if state.started is None or not state.started.process_id:
        return False
    try:
        process = psutil.Process(state.started.process_id)
        same = process.create_time() <= state.started.time + _CLOCK_SLACK
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _summary_path(run: RunFolder) -> Path:
    return run.path / "summary.json"


def _list_entry(run: RunFolder, events_bytes: int) -> RunEntry:
    """What the list shows of a run, from its summary or, where that is old or damaged, from the events.

    Raises:
        BioseqError: Neither tells of it.
    """
    try:
        summary = decode(_Summary, _summary_path(run).read_bytes())
    except FileNotFoundError:
        return _folded(run)
    except (OSError, DamagedError) as error:
        entry = _folded(run)
        if entry.status is Status.WAITING:  # a run that never started has no summary: its events are gone too
            raise BioseqError("run.damaged", f"This run cannot be read: {reason_of(error)}.") from error
        return entry
    current = summary.format == _FORMAT and summary.events_bytes == events_bytes
    return replace(summary.entry, path=run.path, fault="") if current else _folded(run)


def _folded(run: RunFolder) -> RunEntry:
    state = read_run_state(run)
    details = state.started.details if state.started else {}
    summary = state.summary
    best = state.best
    finished = state.status in {Status.FINISHED, Status.CANCELLED}
    return RunEntry(
        path=run.path,
        name=run.path.name,
        started=state.started.time if state.started else 0.0,
        seconds=state.seconds,
        status=state.status,
        model_title=str(details.get("model", "")),
        data_names=tuple(str(name) for name in details.get("data", ())),
        metrics=numbers(summary.get("metrics")),
        metrics_split=str(summary.get("split", "")),
        epochs=len(state.epochs),
        best_epoch=best.epoch if best else 0,
        resumable=not finished and has_checkpoint(run),
    )


def _person_words(run: RunFolder) -> tuple[_Words, str]:
    """Name and notes that the person gave a run, and why they cannot be read; empty when they can."""
    try:
        return decode(_Words, run.notes.read_bytes()), ""
    except FileNotFoundError:
        return _Words(), ""
    except (OSError, DamagedError) as error:
        return _Words(), f"The name and the notes of this run cannot be read: {reason_of(error)}."


def _write_words(run: RunFolder, **changed: str) -> None:
    """Write name and notes; a file that could not be read stays beside them under another name."""
    words, fault = _person_words(run)
    try:
        if fault:
            move_aside(run.notes)
        write_json(run.notes, asdict(replace(words, **changed)))
    except OSError as error:
        raise _not_writable(run.path, error) from error


def _is_folder(place: os.DirEntry[str]) -> bool:
    try:
        return place.is_dir()
    except OSError:  # a link that leads back to itself
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _new_folder(root: Path, stem: str) -> Path:
    try:
        root.mkdir(parents=True, exist_ok=True)
        for number in range(1, 10_000):
            path = root / (stem if number == 1 else f"{stem}_{number}")
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise _not_writable(root, error) from error
    raise BioseqError("run.no_free_name", "There is no free name for the run.", where=str(root))


def _free_name(folder: Path, name: str) -> Path:
    path = folder / name
    return path if not path.exists() else folder / f"{name}_{time.time_ns()}"


def _not_writable(path: Path, error: OSError) -> BioseqError:
    return BioseqError(
        "run.folder_not_writable",
        f"The folder of the run cannot be written: {error.strerror or error}.",
        where=str(path),
        remedy="Choose another folder for runs, or free some space.",
    )
