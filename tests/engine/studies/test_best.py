"""Find the best model, carried out by real workers on tiny data, and its budget with a clock of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.control import Control
from bioseq.protocol.events import ArtefactWritten, EntryChanged, JobFinished, JobStopped, RankingChanged
from bioseq.protocol.jobs import StudyJob
from bioseq.runs.history import Status, read_state
from bioseq.runs.store import read_entry
from bioseq.sequences.dataset import Split
from bioseq.studies.best import _Rung, planned
from bioseq.studies.blend import Blend
from bioseq.studies.choice import members_of
from bioseq.studies.deepening import Deepening
from bioseq.studies.folder import StudyFolder, create_study
from bioseq.studies.plan import Plan, load_study
from bioseq.studies.records import learnable
from bioseq.studies.rivals import rivals_of
from bioseq.studies.standings import comparable_losses, most_complete, ranking_of, whole_models, why
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
    assert (study.result / "similarity.json").exists()  # looked for there alone
    assert not list(study.runs.glob("*/similarity.json"))


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


def test_of_few_records_each_is_predicted_by_a_model_that_has_not_learnt_it(
    found: Found, quick_config: Configuration
) -> None:
    study, _ = found
    known = np.load(study.data / "validation.npy")
    results = StudyState.open(study.state).results
    assert results["folds"] + results["further_folds"] == np.load(study.folds)[0].max()  # there was time for all
    assert np.array_equal(np.sort(known[:, 0]), learnable(load_data(quick_config)))
    assert np.allclose(known[:, 1:].sum(axis=1), 1, atol=1e-5)


def test_rounds_are_chosen_as_models_are(found: Found) -> None:
    study, _ = found
    for entry in StudyState.open(study.state).entries:
        told = read_state(study.run(entry.folder).events)
        assert {epoch.selection_metric for epoch in told.epochs} == {"calibrated_loss"}
        if entry.variant == "lr":
            figures = {epoch.epoch: epoch.validation["calibrated_loss"] for epoch in told.epochs}
            assert told.epochs[-1].best_epoch == min(figures, key=figures.__getitem__)


@pytest.mark.parametrize("setting", ["evaluation.calibrate=false", "training.selection_metric=pr_auc"])
def test_rounds_are_chosen_as_a_person_says_and_without_calibration_by_the_loss_as_it_is(
    quick_config: Configuration, tmp_path: Path, setting: str
) -> None:
    state = _planned(apply_overrides(quick_config, [setting]), tmp_path)
    assert not any("calibrated_loss" in text for entry in state.entries for text in entry.settings)


@pytest.mark.parametrize("beside", ["true", "false"])
def test_time_is_kept_back_for_simple_models_where_there_are_some(
    quick_config: Configuration, tmp_path: Path, beside: str
) -> None:
    state = _planned(apply_overrides(quick_config, [f"evaluation.baseline={beside}"]), tmp_path)
    assert (state.results["kept_back"] > 0) is (beside == "true")


def _planned(config: Configuration, folder: Path) -> StudyState:
    plan = Plan("best", ("lr",), minutes=1.0, workers=1)
    study = create_study(plan, config, folder / "study")
    steps = planned(study, plan, load_study(study.plan)[1])
    try:
        while True:
            next(steps)
    except StopIteration as end:
        made: StudyState = end.value
        return made


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
    assert len(members) == len(results["weights"]) * (results["folds"] + results["further_folds"])
    assert sum(member["share"] for member in members) == pytest.approx(1)


def test_candidates_are_tested_in_pairs_on_what_they_had_not_learnt(found: Found) -> None:
    study, events = found
    told = json.loads(study.comparison.read_text(encoding="utf-8"))
    assert (told["split"], told["order"]) == ("validation", "validation")
    state = StudyState.open(study.state)
    rivals = rivals_of(state, state.results["folds"] + state.results["further_folds"])
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


def done(number: int, variant: str, fold: int, loss: float, **changes: object) -> Entry:
    entry = Entry(number, variant, variant, ("model.name=text_cnn",), f"runs/{number}", fold=fold, stage="screening")
    told = {"state": EntryState.FINISHED, "split": "validation", "metrics": {"loss": loss}, **changes}
    return replace(entry, **told)  # type: ignore[arg-type]


def test_candidates_that_had_no_time_for_all_folds_are_compared_on_the_first() -> None:
    known = (done(1, "a", 1, 0.5), done(2, "b", 1, 0.4), done(3, "b", 2, 0.4))
    state = StudyState("best", known, results={"folds": 2})
    assert [entry.number for entry in rivals_of(state, 2)] == [2, 1]
    both = replace(state, entries=(*known, done(4, "a", 2, 0.1)))
    assert [entry.number for entry in rivals_of(both, 2)] == [1, 4, 2, 3]
    assert [entry.number for entry in rivals_of(both, 1)] == [1, 2]
    assert rivals_of(replace(state, entries=known[1:]), 2) == ()


def test_a_candidate_is_not_held_to_the_hard_folds_that_only_it_has_seen() -> None:
    full = [done(fold, "a", fold, loss) for fold, loss in enumerate((0.4, 0.8, 0.9), 1)]
    one = done(4, "b", 1, 0.45)
    state = StudyState("best", (*full, one), results={"folds": 3})
    losses = comparable_losses(state)
    assert losses == pytest.approx({"a": 0.7, "b": 0.75})
    better = replace(state, entries=(*full, done(4, "b", 1, 0.3), done(5, "b", 2, 0.75)))
    assert comparable_losses(better)["b"] == pytest.approx(0.7 - (0.1 + 0.05) / 2)


def test_a_fold_that_was_cut_long_before_its_end_is_no_model_of_the_answer() -> None:
    whole = [done(fold, "a", fold, 0.4, epochs=20) for fold in (1, 2)]
    late = done(3, "a", 3, 0.5, epochs=10, state=EntryState.STOPPED)
    early = done(4, "a", 4, 1.2, epochs=9, state=EntryState.STOPPED)
    state = StudyState("best", (*whole, late, early), results={"folds": 4})
    assert [entry.number for entry in whole_models(state.entries)] == [1, 2, 3]
    assert list(members_of(state, Blend({"a": 1.0}, 0.4, "a", 0.4, 0.0, 0.0, folds=3))) == [
        "runs/1",
        "runs/2",
        "runs/3",
    ]
    assert most_complete(state) == 3
    alone = replace(early, number=1, fold=1)
    assert whole_models([alone]) == [alone]


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


def trained(clock: Clock, task: Task | None, *, seconds: float) -> Entry:
    """The entry of a task, after it has been trained for so long while the clock went on, others beside it."""
    assert task is not None
    entry = clock.state.entry(task.entry)
    entry = replace(entry, state=EntryState.FINISHED, metrics={"loss": 0.5}, seconds=seconds, split="validation")
    clock.add(entry)
    clock.seconds += seconds / clock.places
    return entry


def slow_and_quick(*, places: int) -> Clock:
    slow, quick = done(1, "slow", 1, 0.2, seconds=100.0), done(2, "quick", 1, 0.3, seconds=4.0)
    return Clock(StudyState("best", (slow, quick), results={"folds": 5}), places=places)


def test_one_worker_trains_the_quick_ones_on_all_folds_before_a_slow_one_however_good() -> None:
    clock = slow_and_quick(places=1)
    deepening = Deepening(clock, deadline=280)  # type: ignore[arg-type]
    first = [trained(clock, deepening.next(), seconds=4.0) for _ in range(4)]
    assert [(entry.variant, entry.fold) for entry in first] == [("quick", 2), ("quick", 3), ("quick", 4), ("quick", 5)]
    task = deepening.next()
    assert task is not None
    assert task.until == 280
    assert clock.state.entry(task.entry).variant == "slow"


def test_of_two_workers_one_is_for_the_best_until_the_quick_ones_are_done() -> None:
    clock = slow_and_quick(places=2)
    deepening = Deepening(clock, deadline=380)  # type: ignore[arg-type]
    first = started(clock, deepening.next())
    beside = [trained(clock, deepening.next(), seconds=4.0) for _ in range(4)]
    then = started(clock, deepening.next())
    assert clock.state.entry(first.entry).variant == clock.state.entry(then.entry).variant == "slow"
    assert {entry.variant for entry in beside} == {"quick"}


def test_the_best_is_followed_by_its_next_fold_while_the_quick_ones_go_on() -> None:
    clock = slow_and_quick(places=2)
    deepening = Deepening(clock, deadline=380)  # type: ignore[arg-type]
    first = trained(clock, deepening.next(), seconds=100.0)
    deepening.ended(first)
    then = [started(clock, deepening.next()).entry for _ in range(2)]
    assert [clock.state.entry(number).variant for number in then] == ["slow", "quick"]


def test_the_best_gets_as_many_folds_as_there_is_time_for_and_none_that_ends_too_early() -> None:
    slow, next_best = done(1, "slow", 1, 0.2, seconds=100.0), done(2, "next", 1, 0.3, seconds=80.0)
    clock = Clock(StudyState("best", (slow, next_best), results={"folds": 5}))
    deepening = Deepening(clock, deadline=165)  # type: ignore[arg-type]
    folds = []
    while (task := deepening.next()) is not None:
        folds.append(trained(clock, task, seconds=100.0))
    assert [(entry.variant, entry.fold) for entry in folds] == [("slow", 2), ("slow", 3)]
    assert clock.state.entries[-1].number == 4  # none is announced that does not begin


def test_what_is_not_the_best_begins_only_when_most_of_its_folds_fit() -> None:
    best, other = done(1, "best", 1, 0.2, seconds=100.0), done(2, "other", 1, 0.3, seconds=60.0)
    known = [done(fold + 1, "best", fold, 0.2, seconds=100.0) for fold in (2, 3, 4, 5)]
    clock = Clock(StudyState("best", (best, other, *known), results={"folds": 5}))
    assert Deepening(clock, deadline=59).next() is None  # type: ignore[arg-type]
    task = Deepening(clock, deadline=61).next()  # type: ignore[arg-type]
    assert task is not None
    assert clock.state.entry(task.entry).variant == "other"


def test_what_costs_next_to_nothing_gets_all_folds_however_it_stands() -> None:
    slow = [done(number, f"slow {number}", 1, 0.2 + number / 100, seconds=90.0) for number in range(1, 9)]
    cheap = done(9, "cheap", 1, 0.6, seconds=1.0)
    clock = Clock(StudyState("best", (*slow, cheap), results={"folds": 5}), places=1)
    deepening = Deepening(clock, deadline=200)  # type: ignore[arg-type]
    first = [trained(clock, deepening.next(), seconds=1.0) for _ in range(4)]
    assert [(entry.variant, entry.fold) for entry in first] == [("cheap", 2), ("cheap", 3), ("cheap", 4), ("cheap", 5)]
    assert started(clock, deepening.next()).entry == 14
    assert clock.state.entries[-1].variant == "slow 1"


def test_slow_ones_are_brought_to_most_of_the_folds_one_by_one_before_any_has_all() -> None:
    slow = [done(number, f"slow {number}", 1, 0.2 + number / 100, seconds=60.0) for number in (1, 2, 3)]
    clock = Clock(StudyState("best", tuple(slow), results={"folds": 5, "further_folds": 1}), places=1)
    deepening = Deepening(clock, deadline=60 * 9)  # type: ignore[arg-type]
    folds = []
    while (task := deepening.next()) is not None:
        folds.append(trained(clock, task, seconds=60.0))
    assert [(entry.variant[-1], entry.fold) for entry in folds] == [
        *[("1", 2), ("1", 3), ("2", 2), ("2", 3), ("3", 2), ("3", 3)],
        *[("1", 4), ("1", 5), ("2", 4)],
    ]


def test_a_fold_that_was_begun_when_a_study_broke_off_goes_on() -> None:
    known = [done(fold, "only", fold, 0.2, seconds=20.0) for fold in (1, 2, 3)]
    begun = done(4, "only", 4, 0.2, seconds=5.0, state=EntryState.WAITING)
    clock = Clock(StudyState("best", (*known, begun), results={"folds": 4}), places=1)
    assert Deepening(clock, deadline=14).next() is None  # type: ignore[arg-type]
    assert started(clock, Deepening(clock, deadline=16).next()).entry == 4  # type: ignore[arg-type]


def test_time_that_is_left_goes_to_further_folds_of_those_that_have_all() -> None:
    known = [done(number, "good", number, 0.2, seconds=20.0) for number in (1, 2)]
    known += [done(number + 2, "better", number, 0.1, seconds=10.0) for number in (1, 2)]
    slow = done(5, "slow", 1, 0.3, seconds=500.0)
    clock = Clock(StudyState("best", (*known, slow), results={"folds": 2, "further_folds": 2}), places=1)
    deepening = Deepening(clock, deadline=75)  # type: ignore[arg-type]
    folds = []
    while (task := deepening.next()) is not None:
        folds.append(trained(clock, task, seconds=clock.state.entries[0 if len(folds) % 2 else 2].seconds))
    assert [(entry.variant, entry.fold) for entry in folds] == [("better", 3), ("good", 3), ("better", 4), ("good", 4)]
    assert clock.state.entries[-1].data == "data/fold_4.csv"


def test_no_further_fold_is_begun_for_which_there_is_no_time_or_no_part() -> None:
    known = [done(fold, "only", fold, 0.2, seconds=20.0) for fold in (1, 2)]
    clock = Clock(StudyState("best", tuple(known), results={"folds": 2, "further_folds": 1}), places=1)
    assert Deepening(clock, deadline=19).next() is None  # type: ignore[arg-type]
    enough = Deepening(clock, deadline=100)  # type: ignore[arg-type]
    assert trained(clock, enough.next(), seconds=20.0).fold == 3
    assert enough.next() is None
    clock = Clock(StudyState("best", tuple(known), results={"folds": 2}), places=1)
    assert Deepening(clock, deadline=100).next() is None  # type: ignore[arg-type]


def test_an_unfinished_training_of_the_best_goes_on_first() -> None:
    stopped = done(1, "best", 1, 0.2, seconds=50.0, state=EntryState.STOPPED)
    clock = Clock(StudyState("best", (stopped,), results={"folds": 3}))
    deepening = Deepening(clock, deadline=60)  # type: ignore[arg-type]
    assert trained(clock, deepening.next(), seconds=40.0).number == 1
    assert deepening.next() is not None  # 40 seconds are left for a training of about 40


def test_what_was_not_tried_is_told_last() -> None:
    tried = replace(
        entries(2)[1], state=EntryState.FINISHED, metrics={"loss": 0.4}, split="validation", stage="screening", fold=1
    )
    ranking = ranking_of(StudyState("best", (entries(1)[0], tried), results={"folds": 5}))
    assert [row["name"] for row in ranking.rows] == ["model 2", "model 1"]
    assert "no time" in ranking.rows[1]["note"]
