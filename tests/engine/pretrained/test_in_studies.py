""" "Find the best model" with a pretrained model beside the others."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.checks import check
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.evaluation.results import EvaluatedRecords
from bioseq.jobs.runner import run_job
from bioseq.prediction.ensembles import EnsemblePredictor
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.control import Control
from bioseq.protocol.events import EntryChanged, Event, JobFinished
from bioseq.protocol.jobs import StudyJob
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Split
from bioseq.studies.candidates import candidates_for
from bioseq.studies.folder import StudyFolder, create_study
from bioseq.studies.plan import Plan, load_study
from bioseq.studies.state import StudyState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.config.schema import Configuration

QUICK = ["evaluation.baseline=false", "evaluation.resamples=200", "training.epochs=2"]


def test_it_is_tried_early_frozen_and_reads_what_it_has_learnt_to(
    small_config: Configuration, layouts: dict[str, Path]
) -> None:
    profile = load_data(small_config).profile
    for name, tokens in (("DNABERT-3", ("kmers", 3)), ("Nucleotides", ("kmers", 3))):
        chosen, _ = candidates_for(small_config, profile, records=100, seconds=500, encoder=str(layouts[name]))
        second = chosen[1].variant
        config = second.of(small_config)
        assert second.title == f"Pretrained encoder, {name}"
        assert (config.tokens.kind, config.tokens.k) == tokens
        assert config.model.hyper == {"folder": str(layouts[name])}
        others = [one.variant.of(small_config) for one in chosen if one.variant != second]
        assert {one.tokens.kind for one in others} == {small_config.tokens.kind}


def test_its_records_do_not_change_in_each_epoch_and_no_model_is_tried_twice(
    small_config: Configuration, layouts: dict[str, Path]
) -> None:
    profile = load_data(small_config).profile
    folder = str(layouts["DNABERT-3"])
    changing = ["augmentation.substitution=0.1", "augmentation.shift=2", "training.adversarial=0.5"]
    base = apply_overrides(small_config, changing)
    chosen, _ = candidates_for(base, profile, records=100, seconds=500, encoder=folder)
    config = chosen[1].variant.of(base)
    assert not [problem for problem in check(config, profile) if problem.where.startswith("augmentation")]
    assert (config.augmentation.substitution, config.augmentation.shift, config.training.adversarial) == (0, 0, 0)
    own = apply_overrides(small_config, ["model.name=pretrained", f"model.hyper.folder={folder}"])
    own = apply_overrides(own, ["tokens.kind=kmers", "tokens.k=3"])
    twice, _ = candidates_for(own, profile, records=100, seconds=500, encoder=folder)
    assert [one.variant.of(own).model for one in twice].count(own.model) == 1


def test_a_folder_that_cannot_be_used_is_refused_before_anything_begins(
    small_config: Configuration, layouts: dict[str, Path], tmp_path: Path
) -> None:
    profile = load_data(small_config).profile
    proteins = replace(profile, molecule=Molecule.PROTEIN)
    cases = (
        (profile, tmp_path / "nothing", "There is no folder"),
        (profile, tmp_path, "no config.json"),
        (proteins, layouts["DNABERT-3"], "not the letters of protein"),
        (profile, layouts["ProtBERT"], "has read proteins; DNA means nothing to it"),
    )
    for records, folder, words in cases:
        with pytest.raises(BioseqError, match=words) as caught:
            candidates_for(small_config, records, records=100, seconds=500, encoder=str(folder))
        assert caught.value.remedy


def test_one_that_would_take_most_of_the_time_is_left_out_and_told(
    small_config: Configuration, layouts: dict[str, Path]
) -> None:
    profile = load_data(small_config).profile
    folder = str(layouts["DNABERT-3"])
    chosen, left = candidates_for(small_config, profile, records=10_000_000, seconds=10, encoder=folder)
    assert "pretrained" not in {one.variant.name for one in chosen}
    (asked,) = [one for one in left if one.asked]
    assert asked.title == "Pretrained encoder, DNABERT-3"
    assert "Give more time, or choose a smaller model." in asked.reason


def test_a_study_trains_it_on_all_folds_and_books_what_describing_took(
    small_config: Configuration, layouts: dict[str, Path], tmp_path: Path
) -> None:
    study = StudyFolder(tmp_path / "study")
    plan = Plan("best", ("lr",), minutes=2.0, workers=2, encoder=str(layouts["DNABERT-3"]))
    create_study(plan, apply_overrides(small_config, QUICK), study.path)
    assert load_study(study.plan)[0] == plan
    events: list[Event] = []
    run_job(StudyJob("study-1", str(study.path)), Control(), events.append)
    assert isinstance(events[-1], JobFinished)
    assert {event.variant for event in events if isinstance(event, EntryChanged)} == {"lr", "pretrained"}
    state = StudyState.open(study.state)
    entries = [entry for entry in state.entries if entry.variant == "pretrained"]
    assert len(entries) == state.results["folds"] + state.results["further_folds"]
    assert all(entry.usable and entry.epochs == 2 for entry in entries)
    assert all(0 < entry.describing < entry.seconds for entry in entries)


def test_its_models_are_the_answer_where_validation_says_so_and_need_the_folder_no_more(
    small_config: Configuration, copied: Callable[..., Path], tmp_path: Path
) -> None:
    encoder = copied("DNABERT-3")
    study = StudyFolder(tmp_path / "study")
    words = ["tokens.kind=kmers", "tokens.k=3", "model.name=pretrained", f"model.hyper.folder={encoder}"]
    create_study(
        Plan("best", ("pretrained",), minutes=2.0, workers=2),
        apply_overrides(small_config, [*QUICK, *words]),
        study.path,
    )
    events: list[Event] = []
    run_job(StudyJob("study-1", str(study.path)), Control(), events.append)
    assert isinstance(events[-1], JobFinished), events[-1]
    shutil.rmtree(encoder)
    predictor = load_predictor(study.result)
    assert isinstance(predictor, EnsemblePredictor)
    results = StudyState.open(study.state).results
    models = results["folds"] + results["further_folds"]
    assert [member.contents.architecture for member in predictor.members] == ["pretrained"] * models
    judged = EvaluatedRecords.open(study.result / "evaluation")
    dataset = load_data(small_config).dataset
    tests = dataset.take(dataset.rows_of(Split.TEST))
    assert np.allclose(predictor.chances(tests), judged.probabilities, atol=1e-5)
