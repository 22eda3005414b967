"""Baselines learn what trivial features tell, from training records only, in seconds."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.evaluation.baselines import fit_baselines
from bioseq.evaluation.composition import OneHot, WordCounts
from bioseq.evaluation.metrics import scores
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset


def records(count: int, *, seed: int, varying: bool) -> Dataset:
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
    return Dataset.from_records(sequences, labels=labels)


@pytest.mark.parametrize("varying", [False, True])
def test_logistic_regression_finds_what_is_trivial(varying: bool) -> None:
    train, test = records(300, seed=1, varying=varying), records(90, seed=2, varying=varying)
    majority, logistic = fit_baselines(train, molecule=Molecule.DNA)
    assert ("position" in logistic.title) is not varying
    assert scores(test.labels, logistic.predict(test)).metrics["accuracy"] > (0.85 if varying else 0.99)
    assert scores(test.labels, majority.predict(test)).metrics["accuracy"] == pytest.approx(2 / 3)
    for baseline in (majority, logistic):
        chances = baseline.predict(test)
        assert chances.shape == (90, 2)
        assert chances.dtype == np.float32
        np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)


def test_validation_records_choose_the_regularisation_and_nothing_else() -> None:
    train, validation = records(200, seed=1, varying=False), records(60, seed=3, varying=False)
    first = fit_baselines(train, molecule=Molecule.DNA, validation=validation)[1]
    again = fit_baselines(train, molecule=Molecule.DNA, validation=validation)[1]
    np.testing.assert_array_equal(first.predict(validation), again.predict(validation))


def test_a_class_that_training_lacks_gets_no_probability() -> None:
    whole = Dataset.from_records(["ACGT", "AAAA", "CCCC"] * 8, labels=["a", "b", "c"] * 8)
    train = whole.take(np.flatnonzero(whole.labels < 2))
    for baseline in fit_baselines(train, molecule=Molecule.DNA):
        chances = baseline.predict(whole)
        assert chances.shape == (24, 3)
        assert not chances[:, 2].any()


def test_the_smallest_training_set_still_gives_baselines() -> None:
    pair = Dataset.from_records(["MKV", "AC"], labels=["a", "b"])
    _, logistic = fit_baselines(pair, molecule=Molecule.PROTEIN)
    assert logistic.predict(pair).shape == (2, 2)


def test_many_records_are_sampled_and_the_title_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioseq.evaluation.baselines.MOST_RECORDS", 100)
    _, logistic = fit_baselines(records(300, seed=1, varying=False), molecule=Molecule.DNA)
    assert "100 of 300 records" in logistic.title


def test_letters_by_position_are_ones_at_their_places() -> None:
    features = OneHot(Molecule.DNA, 3).of(Dataset.from_records(["ACG", "TNAC", "G"])).toarray()
    assert features.shape == (3, 12)
    assert np.flatnonzero(features[0]).tolist() == [0, 4 + 1, 8 + 2]
    assert np.flatnonzero(features[1]).tolist() == [3, 8 + 0]
    assert np.flatnonzero(features[2]).tolist() == [2]


def test_words_are_counted_as_shares_of_the_record() -> None:
    features = WordCounts(Molecule.RNA, (1, 2)).of(Dataset.from_records(["AACU", "N", ""])).toarray()
    assert features.shape == (3, 4 + 16)
    assert features[0, :4].tolist() == [0.5, 0.25, 0, 0.25]
    assert features[0, 4:].sum() == pytest.approx(1)
    assert features[0, 4 + 0] == pytest.approx(1 / 3)
    assert not features[1:].any()
