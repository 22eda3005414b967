"""Find the best model, carried out by real workers on tiny data, and its budget with a clock of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.control import Control
from bioseq.protocol.events import ArtefactWritten, EntryChanged, JobFinished, JobStopped, RankingChanged
from bioseq.protocol.jobs import StudyJob
from bioseq.runs.history import Status
from bioseq.runs.store import read_entry
from bioseq.sequences.dataset import Split
from bioseq.studies.best import _Deepening, _Rung
from bioseq.studies.blend import Blend
from bioseq.studies.folder import StudyFolder, create_study
from bioseq.studies.plan import Plan
from bioseq.studies.records import learnable
from bioseq.studies.rivals import rivals_of
from bioseq.studies.standings import ranking_of, why
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event
    from bioseq.studies.campaign import Task

Found = tuple[StudyFolder, list["Event"]]


@pytest.fixture(scope="module")
def found(carry_out: Callable[..., list[Event]], tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("studies") / "best"
    plan = Plan("best", ("lr", "random_forest"), minutes=3.0, workers=2)
    return StudyFolder(folder), carry_out(folder, plan)


def test_the_result_is_an_ordinary_run_judged_by_the_test(found: Found) -> None:
    study, events = found
    assert isinstance(events[-1], JobFinished)
    assert events[-1].summary["run"] == study.result.name
    entry = read_entry(study.run(study.result.name))
    assert entry is not None
    assert entry.status is Status.FINISHED
    assert entry.metrics_split == "test"
    assert list(read_evaluations(study.result / "metrics.json")) == ["test", "validation"]
    assert (study.result / "report.html").exists()


def test_no_candidate_saw_a_test_record(found: Found, quick_config: Configuration) -> None:
    study, _ = found
    loaded = load_data(quick_config)
    tests = {loaded.dataset.ids[row] for row in loaded.dataset.rows_of(Split.TEST).tolist()}
    for table in study.data.glob("*.csv"):
        ids = {line.partition(",")[0] for line in table.read_text(encoding="utf-8").splitlines()[1:]}
        assert ids
        assert not ids & tests
    for entry in StudyState.open(study.state).entries:
        assert entry.split == "validation"


def test_the_folds_predict_every_record_that_may_be_learnt_from_once(found: Found, quick_config: Configuration) -> None:
    study, _ = found
    known = np.load(study.data / "validation.npy")
    assert np.array_equal(np.sort(known[:, 0]), learnable(load_data(quick_config)))
    assert np.allclose(known[:, 1:].sum(axis=1), 1, atol=1e-5)


def test_the_answer_is_what_validation_chose(found: Found) -> None:
    study, events = found
    results = StudyState.open(study.state).results
    assert sum(results["weights"].values()) == pytest.approx(1)
    ranking = [event for event in events if isinstance(event, RankingChanged)][-1]
    losses = [row["value"] for row in ranking.rows]
    assert losses == sorted(losses)
    assert max(results["weights"], key=results["weights"].get) in [row["name"] for row in ranking.rows]
    assert results["why"]
    members = json.loads((study.data / "members.json").read_text(encoding="utf-8"))["members"]
    assert len(members) == len(results["weights"]) * results["folds"]


def test_candidates_are_tested_in_pairs_on_what_they_had_not_learnt(found: Found) -> None:
    study, events = found
    told = json.loads(study.comparison.read_text(encoding="utf-8"))
    assert (told["split"], told["order"]) == ("validation", "validation")
    rivals = rivals_of(StudyState.open(study.state))
    assert {row["name"] for row in told["rows"]} == {entry.variant for entry in rivals}
    judging = np.isin(np.load(study.folds)[0], [entry.fold for entry in rivals])
    assert {row["records"] for row in told["rows"]} == {judging.sum()}
    assert len(told["pairs"]) == len(told["rows"]) * (len(told["rows"]) - 1) // 2 > 0
    assert all(pair["p_delong"] <= pair["adjusted_delong"] <= 1 for pair in told["pairs"])
    written = [event.path for event in events if isinstance(event, ArtefactWritten)]
    assert written.index("result") < written.index("comparison.json")


def test_every_training_is_announced_before_it_begins(found: Found) -> None:
    _, events = found
    told: dict[int, list[str]] = {}
    for event in events:
        if isinstance(event, EntryChanged):
            told.setdefault(event.entry, []).append(event.state)
    assert len(told) > 2
    assert {states[0] for states in told.values()} == {"waiting"}
    later = [event for event in events if isinstance(event, EntryChanged) and event.stage.startswith("fold")]
    assert later
    assert later[0].state == later[1].state == "waiting"


def test_the_bundle_predicts_what_the_result_was_judged_by(found: Found, quick_config: Configuration) -> None:
    study, _ = found
    records = EvaluatedRecords.open(study.result / "evaluation")
    dataset = load_data(quick_config).dataset
    chances = load_predictor(study.result).chances(dataset.take(dataset.rows_of(Split.TEST)))
    assert np.allclose(chances, records.probabilities, atol=1e-5)


def test_a_finished_study_is_not_begun_again(found: Found, carry_out: Callable[..., list[Event]]) -> None:
    study, _ = found
    again = carry_out(study.path)
    assert isinstance(again[-1], JobFinished)
    assert not [event for event in again if isinstance(event, EntryChanged) and event.state == "running"]


def test_a_stopped_study_gives_the_best_of_what_there_is(quick_config: Configuration, tmp_path: Path) -> None:
    create_study(Plan("best", ("lr", "random_forest"), minutes=5.0, workers=1), quick_config, tmp_path)
    control = Control()

    def stop_after_the_first(event: Event) -> None:
        if isinstance(event, EntryChanged) and event.state == "finished":
            control.stop()

    ending = run_job(StudyJob("study-1", str(tmp_path)), control, stop_after_the_first)
    assert isinstance(ending, JobStopped)
    assert not ending.cancelled
    assert not ending.resumable
    assert ending.summary["weights"] == {"lr": 1.0}
    assert list(read_evaluations(StudyFolder(tmp_path).result / "metrics.json")) == ["test", "validation"]


class Clock:
    """A campaign without workers: its time is what a test says."""

    def __init__(self, state: StudyState, *, places: int = 2) -> None:
        self.state = state
        self.places = places
        self.seconds = 0.0

    def add(self, entry: Entry) -> None:
        self.state = self.state.with_entry(entry)

    announce = add


def test_candidates_that_had_no_time_for_all_folds_are_compared_on_the_first() -> None:
    def done(number: int, variant: str, fold: int, loss: float) -> Entry:
        entry = Entry(number, variant, variant, (), f"runs/{number}", fold=fold)
        return replace(entry, state=EntryState.FINISHED, metrics={"loss": loss})

    known = (done(1, "a", 1, 0.5), done(2, "b", 1, 0.4), done(3, "b", 2, 0.4))
    state = StudyState("best", known, results={"folds": 2})
    assert [entry.number for entry in rivals_of(state)] == [2, 1]
    both = replace(state, entries=(*known, done(4, "a", 2, 0.1)))
    assert [entry.number for entry in rivals_of(both)] == [1, 4, 2, 3]
    assert rivals_of(replace(state, entries=known[1:])) == ()


def test_one_candidate_is_told_of_in_the_singular() -> None:
    entry = replace(Entry(1, "a", "Text CNN", (), "runs/1", fold=1), state=EntryState.FINISHED, metrics={"loss": 0.5})
    state = StudyState("best", (entry,), results={"folds": 1})
    told = why(state, Blend({"a": 1.0}, 0.5, "a", 0.5, 0.0, 0.0))
    assert told[0].startswith("One candidate was tried;")
    assert told[1] == "Chosen: Text CNN."
    again = replace(entry, number=2, variant="b")
    assert why(replace(state, entries=(entry, again)), Blend({"a": 0.7, "b": 0.3}, 0.5, "a", 0.5, 0.0, 0.0))[:2] == [
        "2 candidates were tried; the choice was made by validation records alone.",
        "Chosen: 70% Text CNN, 30% Text CNN.",
    ]


def entries(count: int, **changes: object) -> tuple[Entry, ...]:
    return tuple(
        Entry(number, f"model {number}", f"Model {number}", ("model.name=text_cnn",), "runs/x", **changes)  # type: ignore[arg-type]
        for number in range(1, count + 1)
    )


def started(clock: Clock, task: Task | None) -> Task:
    assert task is not None
    clock.add(replace(clock.state.entry(task.entry), state=EntryState.RUNNING))
    return task


def test_a_rung_shares_its_time_and_ends_with_it() -> None:
    clock = Clock(StudyState("best", entries(12)))
    rung = _Rung(clock, range(1, 13), ends=120, deadline=550)  # type: ignore[arg-type]
    first = started(clock, rung.next())
    assert first.entry == 1
    assert first.seconds == pytest.approx(1.5 * 120 / 6)
    assert first.until == 550
    for _ in range(5):
        started(clock, rung.next())
    clock.seconds = 121
    assert rung.next() is None


def test_a_few_are_tried_even_when_the_first_take_too_long() -> None:
    clock = Clock(StudyState("best", entries(12)))
    rung = _Rung(clock, range(1, 13), ends=20, deadline=100)  # type: ignore[arg-type]
    started(clock, rung.next())
    clock.seconds = 30
    assert started(clock, rung.next()).entry == 2
    clock.seconds = 51
    assert rung.next() is None


def test_a_feature_baseline_which_cannot_go_on_later_gets_more_time() -> None:
    clock = Clock(StudyState("best", (replace(entries(1)[0], settings=("model.name=lr",)),)))
    task = _Rung(clock, [1], ends=60, deadline=100).next()  # type: ignore[arg-type]
    assert task is not None
    assert task.seconds == pytest.approx(3 * 1.5 * 60)


def test_only_what_can_be_finished_is_begun_on_all_folds() -> None:
    figures = {"split": "validation", "state": EntryState.FINISHED, "stage": "screening", "fold": 1}
    slow, quick = (
        replace(entry, **figures, seconds=seconds, metrics={"loss": loss})  # type: ignore[arg-type]
        for entry, seconds, loss in zip(entries(2), (100.0, 4.0), (0.2, 0.3), strict=True)
    )
    clock = Clock(StudyState("best", (slow, quick), results={"folds": 5}))
    deepening = _Deepening(clock, deadline=150)  # type: ignore[arg-type]
    deepening._begun.add("another")
    chosen = [started(clock, deepening.next()) for _ in range(4)]
    assert {clock.state.entry(task.entry).variant for task in chosen} == {"model 2"}
    assert [clock.state.entry(task.entry).fold for task in chosen] == [2, 3, 4, 5]
    assert all(task.until == 150 for task in chosen)
    assert deepening.next() is None


def test_what_was_not_tried_is_told_last() -> None:
    tried = replace(
        entries(2)[1], state=EntryState.FINISHED, metrics={"loss": 0.4}, split="validation", stage="screening", fold=1
    )
    ranking = ranking_of(StudyState("best", (entries(1)[0], tried), results={"folds": 5}))
    assert [row["name"] for row in ranking.rows] == ["model 2", "model 1"]
    assert "no time" in ranking.rows[1]["note"]
