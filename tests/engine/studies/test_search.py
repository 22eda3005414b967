"""Searches: spaces from descriptions, trials in workers, honest judgement of the winner."""

from __future__ import annotations

import csv
import json
import random
from typing import TYPE_CHECKING

import pytest

from bioseq.catalogue.registry import MODELS
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.results import read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import EntryChanged, JobFinished, JobStopped, RankingChanged
from bioseq.protocol.jobs import StudyJob
from bioseq.studies.folder import StudyFolder, create_study
from bioseq.studies.plan import Plan
from bioseq.studies.spaces import as_text, space_of
from bioseq.studies.state import StudyState
from bioseq.studies.trials import check_installed, opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.protocol.events import Event


@pytest.mark.parametrize("name", ["text_cnn", "transformer", "lr", "random_forest", "hist_gradient_boosting", "gin"])
def test_a_space_lies_within_the_legal_bounds_and_holds_the_default(name: str, small_config: Configuration) -> None:
    base = small_config.model_copy(update={"model": Configuration().model})
    legal = {f"model.hyper.{setting.name}": setting for setting in MODELS[name].hyper}
    for one in space_of(name, base, load_data(small_config).profile):
        ends = one.choices or (one.low, one.high)
        assert one.choices or one.low < one.high
        assert one.default in one.choices if one.choices else one.low <= float(one.default) <= one.high
        for value in ends:
            kept = int(value) if one.whole and not one.choices else value
            apply_overrides(base, [f"model.name={name}", f"{one.path}={as_text(kept)}"])
            assert one.path not in legal or not legal[one.path].problem_with(kept)


def test_a_space_leaves_out_choices_that_do_not_fit_the_data(small_config: Configuration) -> None:
    profile = load_data(small_config).profile
    features = next(one for one in space_of("lr", small_config, profile) if one.path == "model.hyper.features")
    assert "kmers" in features.choices
    assert "one_hot" not in features.choices, "the records differ in length"
    assert "aac" not in features.choices, "the records are no proteins"


def test_rates_are_searched_by_factors(small_config: Configuration) -> None:
    space = {one.path: one for one in space_of("text_cnn", small_config, load_data(small_config).profile)}
    assert space["training.learning_rate"].logarithmic
    assert space["model.hyper.filters"].logarithmic
    assert not space["model.hyper.dropout"].logarithmic


def test_what_is_missing_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from bioseq.errors import BioseqError

    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(BioseqError, match=r"bioseq-studio\[search\]"):
        check_installed()


@pytest.fixture(scope="module")
def quick_search(
    carry_out: Callable[..., list[Event]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[StudyFolder, list[Event]]:
    folder = tmp_path_factory.mktemp("studies") / "search"
    return StudyFolder(folder), carry_out(folder, Plan("search", ("lr", "svm"), trials=4, workers=2))


def test_the_search_begins_with_the_defaults_of_each_model(quick_search: tuple[StudyFolder, list[Event]]) -> None:
    study, events = quick_search
    assert isinstance(events[-1], JobFinished)
    first, second, *_ = StudyState.open(study.state).entries
    assert {first.settings[0], second.settings[0]} == {"model.name=lr", "model.name=svm"}
    assert "model.hyper.strength=0" in first.settings


def test_the_history_tells_of_every_trial_and_the_best_so_far(quick_search: tuple[StudyFolder, list[Event]]) -> None:
    study, _ = quick_search
    rows = list(csv.DictReader(study.history.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 4
    best = [float(row["best_so_far"]) for row in rows]
    assert best == sorted(best, reverse=True)
    assert best[-1] == min(float(row["loss"]) for row in rows)
    assert json.loads(study.importance.read_text(encoding="utf-8"))["searches"] == {"trial": {"lr": {}, "svm": {}}}


def test_trials_see_no_test_and_the_winner_is_judged_by_it(quick_search: tuple[StudyFolder, list[Event]]) -> None:
    study, _ = quick_search
    state = StudyState.open(study.state)
    for entry in state.entries:
        assert list(read_evaluations(study.run(entry.folder).metrics)) == ["validation"]
    assert list(read_evaluations(study.result / "metrics.json")) == ["test", "validation"]
    assert state.results["mode"] == "quick"
    assert "flatter" in state.results["label"]
    ranking = state.results["ranking"]["rows"]
    best = next(entry for entry in state.entries if entry.number == ranking[0]["entries"][0])
    assert best.settings[0].partition("=")[2] in (study.result / "config.toml").read_text(encoding="utf-8")


def test_a_search_that_was_stopped_goes_on_in_its_journal(
    carry_out: Callable[..., list[Event]], quick_config: Configuration, tmp_path: Path
) -> None:
    create_study(Plan("search", ("lr",), trials=3, workers=1), quick_config, tmp_path)
    control = Control()

    def stop_after_the_first(event: Event) -> None:
        if isinstance(event, EntryChanged) and event.state == "finished":
            control.stop()

    ending = run_job(StudyJob("study-1", str(tmp_path)), control, stop_after_the_first)
    assert isinstance(ending, JobStopped)
    before = len(StudyState.open(StudyFolder(tmp_path).state).entries)
    carry_out(tmp_path)
    assert before == 1
    assert len(StudyState.open(StudyFolder(tmp_path).state).entries) == 3
    journal = opened(StudyFolder(tmp_path).trials, "loss", 1)
    # Settings that do not go together are drawn anew; no trial is left in the middle.
    assert [trial.state.name for trial in journal.trials if trial.state.name != "FAIL"] == ["COMPLETE"] * 3


def test_a_network_that_is_worse_than_the_others_is_ended_early(tmp_path: Path) -> None:
    study = opened(tmp_path / "trials.log", "loss", 1)
    for height in (0.1, 0.2, 0.3, 0.4):
        trial = study.ask()
        for epoch in range(1, 8):
            trial.report(height, epoch)
        study.tell(trial, height)
    worse = study.ask()
    worse.report(0.9, 2)
    assert not worse.should_prune(), "it has only begun"
    worse.report(0.9, 5)
    assert worse.should_prune()


def test_nested_search_finds_nothing_where_there_is_nothing_to_find(tmp_path: Path) -> None:
    """Labels drawn by chance: a quick search finds settings that fit its validation records, a nested one tells."""
    chance = random.Random(5)
    records = ["".join(chance.choices("ACGT", k=60)) for _ in range(240)]
    lines = [f">r{number}|{chance.choice('ab')}|train\n{letters}\n" for number, letters in enumerate(records)]
    data = tmp_path / "noise.fasta"
    data.write_text("".join(lines), encoding="utf-8")
    base = apply_overrides(
        Configuration(data=DataSettings(files=(DataFile(path=str(data)),))),
        ["model.name=lr", "training.selection_metric=roc_auc", "evaluation.baseline=false", "training.threads=1"],
    )
    folder = tmp_path / "study"
    create_study(Plan("search", trials=5, folds=2, workers=2), base, folder)
    events: list[Event] = []
    run_job(StudyJob("study-1", str(folder)), Control(), events.append)
    assert isinstance(events[-1], JobFinished)
    (row,) = json.loads(StudyFolder(folder).comparison.read_text(encoding="utf-8"))["rows"]
    assert row["records"] == 240
    assert row["figures"]["roc_auc"]["low"] < 0.5 < row["figures"]["roc_auc"]["high"]
    assert abs(row["figures"]["roc_auc"]["mean"] - 0.5) < 0.1
    flattering = [event for event in events if isinstance(event, RankingChanged)][-1].rows[0]["value"]
    assert flattering > row["figures"]["roc_auc"]["mean"]
