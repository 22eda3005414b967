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
from bioseq.training.companions import fit_companions

if TYPE_CHECKING:
    from bioseq.evaluation.baselines import FittedBaseline

EVERY = ["majority", "composition", "logistic_regression", "gradient_boosting"]


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
    fitted = by_name(fit_companions(train, molecule=Molecule.DNA))
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
    composition = by_name(fit_companions(whole, molecule=Molecule.DNA))["composition"]
    assert scores(whole.labels, composition.predict(whole)).metrics["roc_auc"] > 0.98


def test_test_records_change_nothing() -> None:
    train = records(120, seed=1, varying=True)
    tests = records(60, seed=5, varying=True, split=Split.TEST)
    sequences = [one.sequence(row) for one in (train, tests) for row in range(len(one))]
    labels = ["yes" if row % 3 == 0 else "no" for one in (train, tests) for row in range(len(one))]
    splits = [Split.TRAIN] * 120 + [Split.TEST] * 60
    whole = Dataset.from_records(sequences, labels=labels, splits=splits)
    for alone, beside in zip(
        fit_companions(train, molecule=Molecule.DNA), fit_companions(whole, molecule=Molecule.DNA), strict=True
    ):
        np.testing.assert_array_equal(alone.predict(tests), beside.predict(tests))


def test_validation_records_choose_and_are_not_learnt_from() -> None:
    """Validation records whose labels are turned round may change what is chosen, never what can be told apart."""
    train = records(200, seed=1, varying=False)
    sequences = [train.sequence(row) for row in range(200)]
    labels = ["yes" if row % 3 == 0 else "no" for row in range(140)]
    turned = ["no" if row % 3 == 0 else "yes" for row in range(140, 200)]
    splits = [Split.TRAIN] * 140 + [Split.VALIDATION] * 60
    whole = Dataset.from_records(sequences, labels=[*labels, *turned], splits=splits)
    test = records(60, seed=9, varying=False)
    for one in fit_companions(whole, molecule=Molecule.DNA)[2:]:
        assert scores(test.labels, one.predict(test)).metrics["roc_auc"] > 0.99, one.name


def test_a_class_that_training_lacks_gets_no_probability() -> None:
    whole = Dataset.from_records(["ACGT", "AAAA", "CCCC"] * 8, labels=["a", "b", "c"] * 8)
    splits = np.where(whole.labels < 2, Split.TRAIN, Split.TEST).astype(np.uint8)
    for one in fit_companions(replace(whole, splits=splits), molecule=Molecule.DNA):
        chances = one.predict(whole)
        assert chances.shape == (24, 3)
        assert not chances[:, 2].any()


def test_the_smallest_training_set_still_has_companions() -> None:
    pair = Dataset.from_records(["MKV", "AC"], labels=["a", "b"], splits=[Split.TRAIN] * 2)
    for one in fit_companions(pair, molecule=Molecule.PROTEIN):
        assert one.predict(pair).shape == (2, 2)


@pytest.mark.parametrize("bound", ["MOST_RECORDS", "MOST_NUMBERS"])
def test_many_records_are_sampled_and_the_title_says_so(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(f"bioseq.training.companions.{bound}", 100 if bound == "MOST_RECORDS" else 100 * 30 * 4)
    fitted = by_name(fit_companions(records(300, seed=1, varying=False), molecule=Molecule.DNA))
    assert fitted["logistic_regression"].title.endswith(", 100 of 300 records")


def test_a_model_that_is_a_companion_itself_is_not_fitted_twice() -> None:
    train = records(120, seed=1, varying=True)
    for name, companion in (("lr", "logistic_regression"), ("hist_gradient_boosting", "gradient_boosting")):

        class Loaded:
            dataset, molecule = train, Molecule.DNA

        chosen = prepare_baseline(Configuration(model=ModelSettings(name=name)), Loaded())
        fitted = by_name(fit_companions(train, molecule=Molecule.DNA, chosen=chosen))
        assert list(fitted) == [one for one in EVERY if one != companion]


def test_what_is_reported_may_end_the_work() -> None:
    def progress(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fit_companions(records(60, seed=1, varying=True), molecule=Molecule.DNA, progress=progress)
