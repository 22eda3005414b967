"""Comparisons, carried out by real workers on tiny data."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from bioseq.config.loading import load_data
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import (
    EntryAdvanced,
    EntryChanged,
    JobFinished,
    JobStarted,
    JobStopped,
    Phase,
    PhaseChanged,
    RankingChanged,
)
from bioseq.protocol.jobs import StudyJob
from bioseq.protocol.wire import decode_event, encode_event
from bioseq.runs.history import Status
from bioseq.runs.store import read_entry
from bioseq.studies.comparison import compared
from bioseq.studies.folder import StudyFolder, create_study
from bioseq.studies.plan import Plan
from bioseq.studies.records import pool_of
from bioseq.studies.state import EntryState, StudyState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event

Compared = tuple[StudyFolder, list["Event"]]


def test_a_setting_that_is_not_legal_does_not_end_the_rest(comparison: Compared) -> None:
    study, events = comparison
    entries = StudyState.open(study.state).entries
    assert len(entries) == 12
    skipped = [entry for entry in entries if entry.state is EntryState.SKIPPED]
    assert {entry.settings[1] for entry in skipped} == {"model.hyper.k=99"}
    assert all("99" in entry.reason for entry in skipped)
    assert all(entry.state is EntryState.FINISHED for entry in entries if entry not in skipped)
    assert isinstance(events[-1], JobFinished)


def test_the_events_begin_once_end_once_and_have_no_gaps(comparison: Compared) -> None:
    study, events = comparison
    assert isinstance(events[0], JobStarted)
    assert sum(isinstance(event, JobFinished | JobStopped) for event in events) == 1
    assert [event.sequence for event in events] == list(range(len(events)))
    stored = [decode_event(line) for line in study.events.read_text(encoding="utf-8").splitlines()]
    assert [encode_event(event) for event in stored] == [encode_event(event) for event in events]


def test_every_entry_tells_how_it_stands_and_advances(comparison: Compared) -> None:
    _, events = comparison
    states: dict[int, list[str]] = {}
    for event in events:
        if isinstance(event, EntryChanged):
            states.setdefault(event.entry, []).append(event.state)
    assert len(states) == 12
    assert {tuple(told) for told in states.values()} == {("waiting", "running", "finished"), ("waiting", "skipped")}
    advanced = {event.entry for event in events if isinstance(event, EntryAdvanced)}
    assert advanced == {number for number, told in states.items() if told[-1] == "finished"}


def test_entries_are_ordinary_runs(comparison: Compared) -> None:
    study, _ = comparison
    for entry in StudyState.open(study.state).entries:
        if entry.state is EntryState.FINISHED:
            found = read_entry(study.run(entry.folder))
            assert found is not None
            assert found.status is Status.FINISHED
            assert found.metrics["mcc"] == pytest.approx(entry.metrics["mcc"])


def test_the_folds_judge_every_record_once(comparison: Compared, small_config: Configuration) -> None:
    study, _ = comparison
    rows = json.loads(study.comparison.read_text(encoding="utf-8"))["rows"]
    pool = len(pool_of(load_data(small_config)))
    assert [row["records"] for row in rows if row["figures"]] == [pool] * 4
    assert all(row["note"] for row in rows if not row["figures"])


def test_the_table_has_mean_spread_and_bounds(comparison: Compared) -> None:
    study, _ = comparison
    rows = list(csv.DictReader(study.table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 6
    best = rows[0]
    assert float(best["roc_auc_low"]) <= float(best["roc_auc_mean"]) <= float(best["roc_auc_high"])
    assert float(best["roc_auc_sd"]) >= 0


def test_validation_orders_and_the_test_stands_beside(comparison: Compared) -> None:
    study, events = comparison
    found = json.loads(study.comparison.read_text(encoding="utf-8"))
    assert (found["order"], found["split"]) == ("validation", "test")
    entries = StudyState.open(study.state).entries
    for row in (known := [row for row in found["rows"] if row["figures"]]):
        own = [entries[number - 1].validation["roc_auc"] for number in row["entries"]]
        assert len(own) == 2
        assert row["validation"]["roc_auc"] == pytest.approx(sum(own) / 2)
    values = [row["validation"]["roc_auc"] for row in known]
    assert values == sorted(values, reverse=True)
    ranking = [event for event in events if isinstance(event, RankingChanged)][-1]
    assert (ranking.split, ranking.judged) == ("validation", "test")
    assert [row["value"] for row in ranking.rows[:4]] == pytest.approx(values)
    judged = [row["figures"]["roc_auc"]["mean"] for row in known]
    assert [row["judged"] for row in ranking.rows[:4]] == pytest.approx(judged)


def test_a_good_test_figure_alone_wins_nothing(comparison: Compared) -> None:
    study, _ = comparison
    state = StudyState.open(study.state)
    swapped = tuple(
        replace(entry, validation={**entry.validation, "roc_auc": -entry.validation["roc_auc"]})
        if entry.usable
        else entry
        for entry in state.entries
    )
    before, after = compared(study, state), compared(study, replace(state, entries=swapped))
    usable = [row.name for row in before.rows if row.figures]
    assert {row.name: row.figures["mcc"].mean for row in before.rows if row.figures} == {
        row.name: row.figures["mcc"].mean for row in after.rows if row.figures
    }
    assert next(row.name for row in after.rows) == usable[-1]


def test_of_equal_figures_the_lower_log_loss_comes_first(comparison: Compared) -> None:
    study, _ = comparison
    state = StudyState.open(study.state)
    first = [row.name for row in compared(study, state).rows if row.figures]
    losses = {name: -float(place) for place, name in enumerate(first)}
    equal = tuple(
        replace(entry, validation={**entry.validation, "roc_auc": 0.75, "loss": losses[entry.variant]})
        if entry.usable
        else entry
        for entry in state.entries
    )
    assert [row.name for row in compared(study, replace(state, entries=equal)).rows if row.figures] == first[::-1]


def test_without_validation_figures_the_records_that_judge_order(comparison: Compared) -> None:
    study, _ = comparison
    state = StudyState.open(study.state)
    bare = replace(state, entries=tuple(replace(entry, validation={}) for entry in state.entries))
    found = compared(study, bare)
    assert (found.order, found.split, found.ranking().judged) == ("test", "test", "")
    values = [row.figures["roc_auc"].mean for row in found.rows if row.figures]
    assert values == sorted(values, reverse=True)


def test_an_entry_tells_its_variant_seed_fold_and_weights(comparison: Compared) -> None:
    study, events = comparison
    entry = StudyState.open(study.state).entries[0]
    told = [event for event in events if isinstance(event, EntryChanged) and event.entry == 1]
    assert {(event.variant, event.seed, event.repeat, event.fold) for event in told} == {
        (entry.variant, entry.seed, 1, 1)
    }
    assert [event.parameters for event in told] == [-1, -1, 0]


def test_pairs_are_tested_and_adjusted_for_their_number(comparison: Compared) -> None:
    study, _ = comparison
    pairs = json.loads(study.comparison.read_text(encoding="utf-8"))["pairs"]
    assert len(pairs) == 6
    for pair in pairs:
        assert pair["p_delong"] <= pair["adjusted_delong"] <= 1
        assert pair["p_mcnemar"] <= pair["adjusted_mcnemar"] <= 1
        for name, p in pair["p_bootstrap"].items():
            if p is not None:
                assert pair["adjusted_bootstrap"][name] == pytest.approx(min(1, 6 * p))
                low, high = (pair["differences"][name][bound] for bound in ("low", "high"))
                assert (p < 0.05) == (low > 0 or high < 0)
    smallest = min(pairs, key=lambda pair: pair["p_delong"])
    assert smallest["adjusted_delong"] == pytest.approx(min(1, 6 * smallest["p_delong"]))


def test_a_longer_word_finds_the_motif_and_the_ranking_says_so(comparison: Compared) -> None:
    _, events = comparison
    ranking = [event for event in events if isinstance(event, RankingChanged)][-1]
    places = [row["name"] for row in ranking.rows]
    assert places.index("random_forest_k-3") < places.index("random_forest_k-1")


def test_curves_refer_to_the_runs(comparison: Compared) -> None:
    study, _ = comparison
    curves = json.loads(study.curves.read_text(encoding="utf-8"))["entries"]
    finished = [curve for curve in curves if curve["epochs"]]
    assert len(finished) == 8
    assert all((study.path / curve["folder"] / "evaluation" / "truth.npy").exists() for curve in finished)
    assert all("loss" in epoch["validation"] for curve in finished for epoch in curve["epochs"])


def test_a_stopped_study_goes_on_with_what_is_left(
    carry_out: Callable[..., list[Event]], quick_config: Configuration, tmp_path: Path
) -> None:
    control = Control()
    create_study(Plan("compare", ("lr", "svm"), workers=1), quick_config, tmp_path)
    events: list[Event] = []

    def stop_after_the_first(event: Event) -> None:
        events.append(event)
        if isinstance(event, EntryChanged) and event.state == "finished":
            control.stop()

    ending = run_job(StudyJob("study-1", str(tmp_path)), control, stop_after_the_first)
    assert isinstance(ending, JobStopped)
    assert ending.resumable
    study = StudyFolder(tmp_path)
    assert [entry.state for entry in StudyState.open(study.state).entries] == [
        EntryState.FINISHED,
        EntryState.WAITING,
    ]
    again = carry_out(tmp_path)
    assert isinstance(again[-1], JobFinished)
    ran = [event.entry for event in again if isinstance(event, EntryChanged) and event.state == "running"]
    assert ran == [2]
    assert len(json.loads(study.comparison.read_text(encoding="utf-8"))["pairs"]) == 1


def test_a_paused_study_holds_and_goes_on(quick_config: Configuration, tmp_path: Path) -> None:
    control = Control()
    create_study(Plan("compare", ("lr",), workers=1), quick_config, tmp_path)
    told: list[str] = []

    def pause_once(event: Event) -> None:
        if isinstance(event, EntryChanged):
            told.append(event.state)
            if event.state == "running":
                control.pause()
        if isinstance(event, PhaseChanged) and event.phase is Phase.PAUSED:
            told.append("paused")
            control.resume()

    assert isinstance(run_job(StudyJob("study-1", str(tmp_path)), control, pause_once), JobFinished)
    assert told == ["waiting", "running", "paused", "finished"]


def test_a_cancelled_study_keeps_its_plan_and_its_log_alone(quick_config: Configuration, tmp_path: Path) -> None:
    control = Control()
    create_study(Plan("compare", ("lr", "svm"), workers=1), quick_config, tmp_path)

    def cancel_at_once(event: Event) -> None:
        if isinstance(event, EntryChanged) and event.state == "running":
            control.cancel()

    ending = run_job(StudyJob("study-1", str(tmp_path)), control, cancel_at_once)
    assert isinstance(ending, JobStopped)
    assert ending.cancelled
    assert {path.name for path in tmp_path.iterdir()} == {"study.toml", "events.jsonl", "log.txt"}


def test_a_killed_study_leaves_no_worker_and_goes_on(quick_config: Configuration, tmp_path: Path) -> None:
    plan = Plan("compare", ("text_cnn",), ("training.epochs=400",), workers=1)
    create_study(plan, quick_config, tmp_path)
    command = [sys.executable, "-m", "bioseq.cli", "compare", str(tmp_path), "--resume", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        # The checkpoint of the first epoch is written before the third has ended.
        for line in process.stdout:
            event = decode_event(line)
            if isinstance(event, EntryAdvanced) and event.epoch == 3:
                break
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    gone, alive = psutil.wait_procs(workers, timeout=20)
    assert gone
    assert not alive
    control = Control()
    events: list[Event] = []

    def stop_when_it_advances(event: Event) -> None:
        events.append(event)
        if isinstance(event, EntryAdvanced):
            control.stop()

    ending = run_job(StudyJob("study-2", str(tmp_path)), control, stop_when_it_advances)
    assert isinstance(ending, JobStopped)
    started = next(event for event in events if isinstance(event, JobStarted))
    assert started.resumed
    first = next(event for event in events if isinstance(event, EntryAdvanced))
    assert first.epoch > 1
