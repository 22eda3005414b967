"""Whatever happens to the files of a run, the list tells of it in its row, and of all others as before."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bioseq import cli
from bioseq.config import files as config_files
from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.evaluation.results import read_evaluations
from bioseq.json_values import DamagedError, decode, load_table
from bioseq.protocol.events import (
    ArtefactWritten,
    EpochFinished,
    Event,
    JobFailed,
    JobFinished,
    JobStarted,
    LogEmitted,
    Phase,
    PhaseChanged,
    Progressed,
    StepDone,
    Warned,
)
from bioseq.protocol.wire import encode_event
from bioseq.runs import store
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status, read_events, read_state
from bioseq.runs.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Damage

FIGURES = {"loss": 0.5, "mcc": 0.75}
DETAILS = {"model": "Text CNN", "data": ["sites.fasta"], "seed": 7}
SUMMARY = {"metrics": FIGURES, "split": "test", "epochs": 1, "best_epoch": 1, "reason": "done"}
EVENTS: tuple[Event, ...] = (
    JobStarted(job_id="j", time=1.7e9, kind="train", folder="run", device="cpu", details=DETAILS),
    PhaseChanged(job_id="j", sequence=1, time=1.7e9, phase=Phase.READING, title="Reading"),
    Progressed(job_id="j", sequence=2, time=1.7e9, done=3, total=9, unit="records", seconds_left=1.5),
    StepDone(job_id="j", sequence=3, time=1.7e9, epoch=1, epochs=2, step=1, steps=4, loss=0.5, seconds_left=2.0),
    EpochFinished(
        job_id="j",
        sequence=4,
        time=1.7e9,
        epoch=1,
        epochs=2,
        train=FIGURES,
        validation=FIGURES,
        learning_rate=0.001,
        seconds=1.0,
        best_epoch=1,
        improved=True,
        epochs_without_improvement=0,
        patience=3,
        selection_metric="loss",
    ),
    ArtefactWritten(job_id="j", sequence=5, time=1.7e9, kind="model", path="model.bioseq", title="The model"),
    Warned(job_id="j", sequence=6, time=1.7e9, code="data.repeated", message="Repeated.", remedy="Drop them."),
    LogEmitted(job_id="j", sequence=7, time=1.7e9, level="info", message="text"),
)
ENDINGS: tuple[Event, ...] = (
    JobFinished(job_id="j", sequence=8, time=1.7e9 + 9, reason="all epochs done", summary=SUMMARY),
    JobFailed(job_id="j", sequence=8, time=1.7e9 + 9, code="fault", message="No.", problems=({"code": "a"},)),
)


def write_run(folder: Path, ending: Event = ENDINGS[0], *, lines: list[bytes] | None = None) -> RunFolder:
    folder.mkdir(parents=True, exist_ok=True)
    run = RunFolder(folder)
    if not run.config.exists():
        config_files.save(Configuration(), run.config)
    written = lines or [encode_event(event).encode() for event in (*EVENTS, ending)]
    run.events.write_bytes(b"\n".join(written) + b"\n")
    return run


def read_row(run: RunFolder, what: str) -> store.RunEntry:
    """The row of a run, with what a list does with it."""
    entry = store.read_entry(run)
    assert entry is not None, what
    assert datetime.fromtimestamp(entry.started, UTC).year < 9_999, what
    assert all(type(value) is float for value in entry.metrics.values()), what
    assert all(type(name) is str for name in (entry.name, entry.notes, entry.model_title, *entry.data_names)), what
    json.dumps({**asdict(entry), "path": ""})
    if entry.status is Status.UNREADABLE:
        assert "cannot be read: " in entry.fault, what
        assert len(entry.fault) < 300, what
    return entry


@pytest.mark.parametrize("ending", ENDINGS, ids=["finished", "failed"])
def test_any_value_of_any_event_is_read_or_the_row_says_why_not(tmp_path: Path, damage: Damage, ending: Event) -> None:
    whole = [encode_event(event).encode() for event in (*EVENTS, ending)]
    told: dict[str, store.RunEntry] = {}
    for number, line in enumerate(whole):
        for what, broken in damage.versions(line):
            run = write_run(tmp_path, lines=[*whole[:number], broken, *whole[number + 1 :]])
            told[f"{number} {what}"] = read_row(run, what)
    assert len(told) > 1_000
    unreadable = {what: entry.fault for what, entry in told.items() if entry.status is Status.UNREADABLE}
    assert len(unreadable) > 600
    assert unreadable["0 ('time',) is null"] == (
        'Its record of events cannot be read: line 1, "JobStarted.time" is not a number.'
    )
    assert unreadable["0 ('time',) is huge"] == 'Its record of events cannot be read: line 1, "time" is no date.'
    assert '"JobStarted.details.data" is not a list' in unreadable["0 ('details', 'data') is text"]
    assert '"EpochFinished.epoch" is not a whole number' in unreadable["4 ('epoch',) is true"]
    assert told["4 ('train', 'loss') is null"].status is not Status.UNREADABLE, "a figure that is not defined"


def test_a_file_of_events_that_is_no_such_file_is_told(tmp_path: Path, damage: Damage) -> None:
    whole = b"\n".join(encode_event(event).encode() for event in (*EVENTS, ENDINGS[0])) + b"\n"
    for what, broken in damage.wholes(whole):
        run = write_run(tmp_path)
        run.events.write_bytes(broken)
        entry = read_row(run, what)
        if what == "empty" or what == "zeros":
            assert entry.status is Status.WAITING, "as a power cut leaves it"
        elif what.startswith("cut") or what == "Latin-1":
            assert entry.status is not Status.UNREADABLE, what
        else:
            assert entry.status is Status.UNREADABLE, what


def test_what_a_crash_leaves_is_no_damage(tmp_path: Path) -> None:
    whole = [encode_event(event).encode() for event in (*EVENTS, ENDINGS[0])]
    first = whole[0]
    for length in range(len(first)):
        run = write_run(tmp_path, lines=[first])
        run.events.write_bytes(first[:length])
        assert read_row(run, str(length)).status is Status.WAITING
    resumed = write_run(tmp_path, lines=[*whole[:5], whole[5][:40], *whole])
    assert read_row(resumed, "cut within, then resumed").status is Status.FINISHED
    zeros = write_run(tmp_path, lines=[*whole[:5], bytes(4_096)])
    assert read_row(zeros, "zeros at its end").status is Status.INTERRUPTED


def test_events_that_only_newer_programs_know_are_passed_over(tmp_path: Path) -> None:
    newer = b'{"event": "HologramShown", "job_id": "j", "sequence": 9, "time": 1700000000.0}'
    run = write_run(tmp_path, lines=[*(encode_event(event).encode() for event in EVENTS), newer])
    assert [event.sequence for event in read_events(run.events)] == [event.sequence for event in EVENTS]


def test_a_line_without_end_is_passed_over(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    with run.events.open("ab") as file:
        file.truncate(100 << 20)
    assert read_row(run, "many zeros").status is Status.FINISHED


def test_a_damaged_summary_is_made_again_from_the_events(tmp_path: Path, damage: Damage) -> None:
    run = write_run(tmp_path)
    right = read_row(run, "")
    store.remember(run)
    summary = tmp_path / "summary.json"
    content = summary.read_bytes()
    for what, broken in (*damage.versions(content), *damage.wholes(content)):
        summary.write_bytes(broken)
        entry = read_row(run, what)
        assert entry.status is not Status.UNREADABLE, what
        if not what.startswith("('entry'"):
            assert entry == right, what
    for kind in ("null", "text", "list", "deep", "undefined", "endless", "huge", "below zero"):
        summary.write_bytes(dict(damage.versions(content))[f"('entry', 'started') is {kind}"])
        assert read_row(run, kind) == right


def test_a_damaged_summary_without_events_says_that_the_run_cannot_be_read(tmp_path: Path) -> None:
    run = write_run(tmp_path)
    store.remember(run)
    summary = json.loads((tmp_path / "summary.json").read_bytes())
    summary["entry"]["started"] = None
    (tmp_path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    run.events.unlink()
    entry = read_row(run, "")
    assert entry.status is Status.UNREADABLE
    assert entry.fault == 'This run cannot be read: "entry.started" is not a number.'


def test_damaged_words_are_told_and_kept_when_others_are_written(tmp_path: Path, damage: Damage) -> None:
    run = write_run(tmp_path)
    store.rename(run, "First")
    store.set_notes(run, "For the paper")
    content = run.notes.read_bytes()
    faults = {}
    for what, broken in (*damage.versions(content), *damage.wholes(content)):
        run.notes.write_bytes(broken)
        entry = read_row(run, what)
        assert entry.status is Status.FINISHED, what
        faults[what] = entry.fault
        if entry.fault:
            assert (entry.name, entry.notes) == (tmp_path.name, "")
            store.rename(run, "Second")
            assert read_row(run, what).name == "Second"
            (kept,) = tmp_path.glob("notes.json.damaged-*")
            assert kept.read_bytes() == broken
            kept.unlink()
    assert faults["('name',) is below zero"] == (
        'The name and the notes of this run cannot be read: "name" is not text.'
    )
    assert faults["nothing in it"] == ""
    assert faults["('notes',) is text"] == ""


def test_every_other_run_stays_in_the_list_and_the_command_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "second"):
        write_run(tmp_path / name)
    lines = [encode_event(event) for event in EVENTS]
    write_run(tmp_path / "time", lines=[lines[0].replace("1700000000.0", "null").encode()])
    write_run(tmp_path / "nested", lines=[b"[" * 100_000])
    write_run(tmp_path / "notes").notes.write_bytes(b"[" * 100_000)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert cli.main(["runs", str(tmp_path)]) == cli.DONE
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
    assert {row[1]: row[2] for row in rows} == {
        "first": "finished",
        "second": "finished",
        "notes": "finished",
        "time": "cannot be read",
        "nested": "cannot be read",
    }
    assert cli.main(["runs", str(tmp_path), "--json"]) == cli.DONE
    told = {row["name"]: row["fault"] for row in json.loads(capsys.readouterr().out)}
    assert told["first"] == ""
    assert told["time"].endswith('line 1, "JobStarted.time" is not a number.')
    assert told["nested"].endswith("none of its lines is an event.")
    assert told["notes"].startswith("The name and the notes of this run cannot be read: ")


def test_opening_or_going_on_with_such_a_run_is_refused_with_the_sentence(tmp_path: Path) -> None:
    run = write_run(tmp_path, lines=[encode_event(EVENTS[0]).replace("1700000000.0", '"now"').encode()])
    before = run.events.read_bytes()
    for open_run in (lambda: read_state(run.events), lambda: store.read_run_state(run), lambda: Journal(run.events)):
        with pytest.raises(BioseqError, match="cannot be read: line 1") as caught:
            open_run()
        assert caught.value.code == "run.damaged"
        assert caught.value.where == str(run.events)
        assert caught.value.remedy
    store.remember(run)
    assert not (tmp_path / "summary.json").exists()
    assert run.events.read_bytes() == before


def test_cancelling_such_a_run_still_takes_its_results_away(tmp_path: Path) -> None:
    run = write_run(tmp_path, lines=[encode_event(EVENTS[0]).replace("1700000000.0", "[]").encode()])
    run.metrics.write_text("{}", encoding="utf-8")
    store.record_cancelled(run, "j")
    assert not run.metrics.exists()


def test_a_folder_of_runs_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store.os, "scandir", refuse)
    with pytest.raises(BioseqError, match="The folder of the runs cannot be read: Permission denied"):
        store.list_runs(tmp_path)
    monkeypatch.undo()
    assert store.list_runs(tmp_path / "nowhere") == ()
    with pytest.raises(BioseqError, match="cannot be read: File name too long"):
        store.list_runs(tmp_path / ("x" * 5_000))


def test_damaged_figures_of_a_run_are_refused(own_run: RunFolder, damage: Damage) -> None:
    content = own_run.metrics.read_bytes()
    document = json.loads(content)
    small = {**document, "evaluations": {"test": document["evaluations"]["test"]}}
    for what, broken in (*damage.versions(json.dumps(small).encode()), *damage.wholes(content)):
        own_run.metrics.write_bytes(broken)
        try:
            found = read_evaluations(own_run.metrics)
        except BioseqError as error:
            assert error.code == "run.no_metrics", what  # noqa: PT017 - either outcome is right
        else:
            for evaluation in found.values():
                assert type(evaluation.records) is int
                for one in (evaluation.model, *evaluation.baselines):
                    assert all(type(value) in (int, float) for value in one.metrics.values()), what
                    assert len(one.confusion) in (0, len(evaluation.labels)), what


@pytest.mark.parametrize("content", ["[" * 100_000, "1" + "0" * 5_000, b"\xff", "[1", "", '"text"', "[]", "null"])
def test_json_that_is_none_is_one_kind_of_error(content: str | bytes) -> None:
    with pytest.raises(DamagedError):
        load_table(content)
    with pytest.raises(DamagedError):
        decode(store.RunEntry, content)
