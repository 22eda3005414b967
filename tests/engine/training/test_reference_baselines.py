"""Simple models beside the model learn what simple features tell, from training records only, in seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.schema import Configuration, ModelSettings
from bioseq.evaluation.metrics import scores
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.baseline_inputs import prepare_baseline
from bioseq.training.reference_baselines import TrainedFeatures, fit_reference_baselines

if TYPE_CHECKING:
    from bioseq.evaluation.baselines import FittedBaseline

EVERY = ["majority", "composition", "kmer_regression", "logistic_regression", "gradient_boosting"]


def records(count: int, *, seed: int, varying: bool, split: Split = Split.TRAIN) -> Dataset:
    """Two classes that differ at one position (fixed length) or in composition (varying length)."""
    chance = np.random.default_rng(seed)
    sequences, labels = [], []
    for number in range(count):
        positive = number % 3 == 0
        length = int(chance.integers(30, 60)) if varying else 30
        shares = [0.4, 0.1, 0.1, 0.4] if positive and varying else [0.25] * 4
        letters = chance.choice(list("ACGT"), length, p=shares)
        if not varying:
            letters[10] = "G" if positive else "A"
        sequences.append("".join(letters))
        labels.append("yes" if positive else "no")
    return Dataset.from_records(sequences, labels=labels, splits=[split] * count)


def by_name(fitted: list[FittedBaseline]) -> dict[str, FittedBaseline]:
    return {one.name: one for one in fitted}


@pytest.mark.parametrize("varying", [False, True])
def test_simple_models_find_what_is_trivial(varying: bool) -> None:
    train, test = records(300, seed=1, varying=varying), records(90, seed=2, varying=varying)
    fitted = by_name(fit_reference_baselines(train, molecule=Molecule.DNA))
    assert list(fitted) == EVERY
    assert ("position" in fitted["logistic_regression"].title) is not varying
    assert ("position" in fitted["gradient_boosting"].title) is not varying
    assert "length" in fitted["composition"].title
    figures = {name: scores(test.labels, one.predict(test)).metrics for name, one in fitted.items()}
    for name in ("logistic_regression", "gradient_boosting"):
        assert figures[name]["accuracy"] > (0.85 if varying else 0.99), name
    assert figures["majority"]["accuracy"] == pytest.approx(2 / 3)
    assert figures["composition"]["roc_auc"] > 0.9 if varying else figures["composition"]["roc_auc"] < 0.8
    for one in fitted.values():
        chances = one.predict(test)
        assert chances.shape == (90, 2)
        assert chances.dtype == np.float32
        np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)


def test_the_length_alone_is_learnt_where_it_tells_the_class() -> None:
    chance = np.random.default_rng(3)
    lengths = [int(chance.integers(20, 40)) + 25 * (number % 2) for number in range(120)]
    sequences = ["".join(chance.choice(list("ACGT"), length)) for length in lengths]
    whole = Dataset.from_records(sequences, labels=["ab"[n % 2] for n in range(120)], splits=[Split.TRAIN] * 120)
    composition = by_name(fit_reference_baselines(whole, molecule=Molecule.DNA))["composition"]
    assert scores(whole.labels, composition.predict(whole)).metrics["roc_auc"] > 0.98


def test_test_records_change_nothing() -> None:
    train = records(120, seed=1, varying=True)
    tests = records(60, seed=5, varying=True, split=Split.TEST)
    sequences = [one.sequence(row) for one in (train, tests) for row in range(len(one))]
    labels = ["yes" if row % 3 == 0 else "no" for one in (train, tests) for row in range(len(one))]
    splits = [Split.TRAIN] * 120 + [Split.TEST] * 60
    whole = Dataset.from_records(sequences, labels=labels, splits=splits)
    for alone, beside in zip(
        fit_reference_baselines(train, molecule=Molecule.DNA),
        fit_reference_baselines(whole, molecule=Molecule.DNA),
        strict=True,
    ):
        np.testing.assert_array_equal(alone.predict(tests), beside.predict(tests))


def test_what_is_predicted_of_a_held_out_record_does_not_know_its_class() -> None:
    """The sequences say nothing: held-out predictions are at chance, while the model itself knows its records."""
    chance = np.random.default_rng(5)
    sequences = ["".join(chance.choice(list("ACGT"), 40)) for _ in range(200)]
    labels = ["yes" if chance.random() < 0.5 else "no" for _ in range(200)]
    splits = [Split.TRAIN] * 150 + [Split.VALIDATION] * 50
    whole = Dataset.from_records(sequences, labels=labels, splits=splits)
    for one in fit_reference_baselines(whole, molecule=Molecule.DNA)[1:]:
        assert one.held_out is not None
        assert one.held_out.rows.tolist() == list(range(200))
        held_out = scores(whole.labels, one.held_out.probabilities).metrics["roc_auc"]
        assert 0.35 < held_out < 0.65, one.name
    assert scores(whole.labels, one.predict(whole)).metrics["roc_auc"] > 0.9


def test_records_of_a_cluster_are_held_out_together() -> None:
    """Pairs of identical records with random classes: held out alone, each would be told by its twin."""
    chance = np.random.default_rng(6)
    drawn = ["".join(chance.choice(list("ACGT"), 40)) for _ in range(100)]
    labels = [("yes" if chance.random() < 0.5 else "no") for _ in range(100)]
    whole = Dataset.from_records(
        [one for one in drawn for _ in range(2)],
        labels=[one for one in labels for _ in range(2)],
        splits=[Split.TRAIN] * 200,
    )
    kmers = by_name(fit_reference_baselines(whole, molecule=Molecule.DNA))["kmer_regression"]
    assert kmers.held_out is not None
    assert scores(whole.labels, kmers.held_out.probabilities).metrics["roc_auc"] < 0.7
    apart = by_name(fit_reference_baselines(whole, molecule=Molecule.DNA, clusters=np.arange(200)))["kmer_regression"]
    assert apart.held_out is not None
    assert scores(whole.labels, apart.held_out.probabilities).metrics["roc_auc"] > 0.9


def test_a_baseline_is_fitted_on_validation_records_too_in_the_end() -> None:
    train = records(60, seed=1, varying=False)
    splits = np.where(np.arange(60) < 45, Split.TRAIN, Split.VALIDATION).astype(np.uint8)
    divided = fit_reference_baselines(replace(train, splits=splits), molecule=Molecule.DNA)
    assert divided[0].predict(train)[0, 0] == pytest.approx(40 / 60)


def test_a_class_that_training_lacks_gets_no_probability() -> None:
    whole = Dataset.from_records(["ACGT", "AAAA", "CCCC"] * 8, labels=["a", "b", "c"] * 8)
    splits = np.where(whole.labels < 2, Split.TRAIN, Split.TEST).astype(np.uint8)
    for one in fit_reference_baselines(replace(whole, splits=splits), molecule=Molecule.DNA):
        chances = one.predict(whole)
        assert chances.shape == (24, 3)
        assert not chances[:, 2].any()


def test_the_smallest_training_set_still_has_baselines() -> None:
    pair = Dataset.from_records(["MKV", "AC"], labels=["a", "b"], splits=[Split.TRAIN] * 2)
    for one in fit_reference_baselines(pair, molecule=Molecule.PROTEIN):
        assert one.predict(pair).shape == (2, 2)


@pytest.mark.parametrize("bound", ["MAX_RECORDS", "MAX_NUMBERS"])
def test_many_records_are_sampled_and_the_title_says_so(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(
        f"bioseq.training.reference_baselines.{bound}", 100 if bound == "MAX_RECORDS" else 100 * (30 * 4 + 340)
    )
    fitted = by_name(fit_reference_baselines(records(300, seed=1, varying=False), molecule=Molecule.DNA))
    assert fitted["gradient_boosting"].title.endswith(", 100 of 300 records")


def test_a_model_that_is_a_baseline_itself_is_not_fitted_twice() -> None:
    train = records(120, seed=1, varying=True)
    features = {"features": "kmers", "more_features": "ends_and_length"}
    for name, baseline in (("lr", "logistic_regression"), ("hist_gradient_boosting", "gradient_boosting")):

        class Loaded:
            dataset, molecule = train, Molecule.DNA

        chosen = prepare_baseline(Configuration(model=ModelSettings(name=name, hyper=features)), Loaded())
        trained = TrainedFeatures(chosen.architecture, chosen.plan)
        fitted = by_name(fit_reference_baselines(train, molecule=Molecule.DNA, chosen=trained))
        assert list(fitted) == [one for one in EVERY if one != baseline]


def test_what_is_reported_may_end_the_work() -> None:
    def progress(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fit_reference_baselines(records(60, seed=1, varying=True), molecule=Molecule.DNA, progress=progress)
