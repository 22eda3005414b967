"""What a training is expected to take, before it has begun."""

from __future__ import annotations

import random

import pytest

from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.profile import DataProfile, profile_of
from bioseq.studies.best import reserve
from bioseq.studies.costs import cost, simple_models_cost


def pieces(*, letters: int, classes: int = 2) -> DataProfile:
    """Pieces of DNA, 100 in each class, of half so many letters to so many and a half."""
    chance = random.Random(1)
    sequences = [
        "".join(chance.choices("ACGT", k=chance.randint(letters // 2, 3 * letters // 2))) for _ in range(100 * classes)
    ]
    labels = [f"class {number % classes}" for number in range(len(sequences))]
    splits = [Split.TRAIN] * len(sequences)
    return profile_of(Dataset.from_records(sequences, labels=labels, splits=splits), Molecule.DNA)


PROFILE = pieces(letters=200)


def seconds(*settings: str, profile: DataProfile = PROFILE, records: int = 100_000) -> float:
    least, likely = cost(apply_overrides(Configuration(), settings), profile, records)
    assert 0 < least <= likely
    return likely


def words(model: str, shortest: int, longest: int, *more: str) -> tuple[str, ...]:
    return (
        f"model.name={model}",
        "model.hyper.features=kmers",
        f"model.hyper.shortest={shortest}",
        f"model.hyper.k={longest}",
        *more,
    )


def test_a_linear_model_costs_what_is_in_a_record_and_not_what_could_be() -> None:
    """Of 65,536 words of 8 letters a record of 200 has at most 200, as of 16,384 words of 7."""
    assert seconds(*words("lr", 8, 8)) == seconds(*words("lr", 7, 7))
    assert seconds(*words("lr", 5, 8)) == pytest.approx(4 * seconds(*words("lr", 8, 8)), rel=0.05)
    doubled = seconds(*words("lr", 8, 8), profile=pieces(letters=400))
    assert doubled == pytest.approx(2 * seconds(*words("lr", 8, 8)), rel=0.1)


def test_few_kinds_of_words_are_all_in_a_long_record() -> None:
    assert seconds(*words("lr", 2, 2)) == seconds(*words("lr", 2, 2), profile=pieces(letters=400))
    assert seconds(*words("lr", 2, 2)) < seconds(*words("lr", 8, 8)) / 8


def test_words_with_gaps_cost_more_by_the_number_of_their_shapes() -> None:
    """Within words of 6 letters that pass over 2 at most, 21 begin at each letter."""
    gapped = words("lr", 6, 6, "model.hyper.features=gapped_kmers", "model.hyper.gap=2", "model.hyper.strength=1")
    plain = words("lr", 6, 6, "model.hyper.strength=1")
    assert seconds(*gapped) == pytest.approx(21 * seconds(*plain), rel=0.2)


def test_a_given_strength_is_learnt_once() -> None:
    tried, given = seconds(*words("lr", 8, 8)), seconds(*words("lr", 8, 8, "model.hyper.strength=1"))
    assert 3 * given < tried < 5 * given


def test_trees_read_every_number_of_a_record() -> None:
    for model in ("hist_gradient_boosting", "random_forest"):
        assert seconds(*words(model, 5, 5)) > 3 * seconds(*words(model, 4, 4))
    assert seconds(*words("hist_gradient_boosting", 4, 4)) > 2 * seconds(*words("random_forest", 4, 4))


def test_a_machine_with_a_kernel_costs_by_pairs_of_records() -> None:
    few, many = (seconds("model.name=rbf_svm", records=number) for number in (10_000, 20_000))
    assert many == pytest.approx(4 * few, rel=0.1)


def test_a_network_is_worth_something_before_its_likely_end() -> None:
    least, likely = cost(apply_overrides(Configuration(), ["model.name=text_cnn"]), PROFILE, 10_000)
    assert least < likely
    few, also = cost(apply_overrides(Configuration(), ["model.name=text_cnn", "training.epochs=3"]), PROFILE, 10_000)
    assert few == also < least


def test_many_records_of_many_classes_keep_more_time_for_the_simple_models() -> None:
    families = pieces(letters=200, classes=13)
    assert simple_models_cost(families, 3_000) > 10 * simple_models_cost(PROFILE, 1_000)
    assert reserve(600, simple_models_cost(PROFILE, 1_000)) == pytest.approx(48)
    needed = simple_models_cost(families, 3_000)
    assert 48 < needed + 15 == pytest.approx(reserve(600, needed))
    assert reserve(600, simple_models_cost(families, 600_000)) == pytest.approx(150), "no more than a quarter"
    assert reserve(100, 0) == pytest.approx(15)
    assert reserve(100, 5) == pytest.approx(20)
