"""What the profile of the training records measures, against the same by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.prediction.markov import MarkovChain, best_order
from bioseq.prediction.nearest import MOST_WORDS, Sketch
from bioseq.prediction.positions import PositionProfile
from bioseq.prediction.repeats import LONGEST_UNIT, repetition
from bioseq.prediction.residues import residue_blocks
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SOME = ("ACGTAC", "GG", "T", "ACACACAC", "TTTTGGCA")


def dataset(sequences: Sequence[str], labels: Sequence[str] = ()) -> Dataset:
    return Dataset.from_records(sequences, labels=labels or ["a"] * len(sequences))


def block(sequences: Sequence[str], molecule: Molecule = Molecule.DNA) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    (only,) = residue_blocks(dataset(sequences), molecule)
    return only


def random_sequences(count: int, length: int, *, seed: int, molecule: Molecule = Molecule.DNA) -> list[str]:
    chance = np.random.default_rng(seed)
    return ["".join(chance.choice(list(ALPHABETS[molecule].residues), length)) for _ in range(count)]


@pytest.mark.parametrize("order", [0, 1, 2, 7])
def test_a_chain_multiplies_the_probability_of_each_letter_after_those_before_it(order: int) -> None:
    chain = MarkovChain.fit(dataset(random_sequences(20, 30, seed=1)), Molecule.DNA, order)
    expected = []
    for sequence in SOME:
        total = 0.0
        for place in range(len(sequence)):
            word = sequence[max(0, place - order) : place + 1]
            number = int("".join(str("ACGT".index(letter)) for letter in word), 4)
            total += float(chain.tables[len(word) - 1][number])
        expected.append(total)
    np.testing.assert_allclose(chain.log_likelihoods(*block(SOME)), expected, rtol=1e-6)


def test_the_probabilities_after_each_context_sum_to_one() -> None:
    chain = MarkovChain.fit(dataset(SOME), Molecule.DNA, 3)
    for table in chain.tables:
        np.testing.assert_allclose(np.exp(table).reshape(-1, 4).sum(axis=1), 1, rtol=1e-5)
    # G after G: of three letters after G one is G; four more looks as often as G is alone.
    alone = (5 + 0.5) / (25 + 2)
    assert chain.tables[1][10] == pytest.approx(math.log((2 + 4 * alone) / (4 + 4)), rel=1e-5)


def test_the_order_is_that_of_the_source() -> None:
    chance = np.random.default_rng(3)
    letters = list(chance.integers(0, 4, 2))
    for _ in range(20_000):
        # Mostly the sum of the last two letters: no shorter context tells anything.
        letters.append((letters[-1] + letters[-2]) % 4 if chance.random() < 0.7 else chance.integers(0, 4))
    text = "".join("ACGT"[letter] for letter in letters)
    pieces = [text[start : start + 100] for start in range(0, len(text), 100)]
    assert best_order(dataset(pieces[:150]), dataset(pieces[150:]), Molecule.DNA) == 2
    without = random_sequences(200, 100, seed=4)
    assert best_order(dataset(without[:150]), dataset(without[150:]), Molecule.DNA) <= 1


def test_positions_are_a_mixture_of_the_classes() -> None:
    records = dataset(["AC", "AC", "AG", "TT", "TT", "TT"], labels=["x"] * 3 + ["y"] * 3)
    profile = PositionProfile.fit(records, Molecule.DNA)
    assert profile.log_ratios.shape == (2, 2, 4)

    def probability(letter: str, place: int, members: list[str]) -> float:
        everywhere = "ACACAGTTTTTT"
        frequency = (everywhere.count(letter) + 1) / (len(everywhere) + 4)
        count = sum(member[place] == letter for member in members)
        return (count / frequency + 2) / (len(members) + 2)

    for sequence in ("AC", "TG"):
        parts = [
            0.5 * probability(sequence[0], 0, members) * probability(sequence[1], 1, members)
            for members in (["AC", "AC", "AG"], ["TT", "TT", "TT"])
        ]
        found = profile.log_likelihood_ratios(*block([sequence]))
        np.testing.assert_allclose(found, [math.log(sum(parts))], rtol=1e-5)
    longer = profile.log_likelihood_ratios(*block(["ACGT", "TG"]))
    np.testing.assert_allclose(longer, profile.log_likelihood_ratios(*block(["AC", "TG"])), rtol=1e-6)


def test_records_of_several_lengths_have_no_positions() -> None:
    profile = PositionProfile.fit(dataset(SOME), Molecule.DNA)
    assert profile.length == 0
    assert not profile.log_likelihood_ratios(*block(SOME)).any()


@pytest.mark.parametrize("sequences", [SOME, ("ACGTACGT", "AAAAAAAA", "ACACACAC")])
def test_repetition_is_the_fraction_of_letters_equal_to_the_one_a_unit_before(sequences: tuple[str, ...]) -> None:
    found = repetition(*block(sequences), 0.25)
    assert found.shape == (LONGEST_UNIT, len(sequences))
    for row, sequence in enumerate(sequences):
        for unit in range(1, LONGEST_UNIT + 1):
            if len(sequence) < 2 * unit:
                assert math.isnan(found[unit - 1, row])
                continue
            same = sum(one == other for one, other in zip(sequence, sequence[unit:], strict=False))
            assert found[unit - 1, row] == pytest.approx((same + 1) / (len(sequence) - unit + 4))


def test_the_nearest_record_is_the_one_that_shares_most_sampled_words() -> None:
    molecule = Molecule.PROTEIN
    train = random_sequences(30, 80, seed=5, molecule=molecule)
    sketch = Sketch.fit(dataset(train), molecule)
    half = train[3][:40] + random_sequences(1, 40, seed=6, molecule=molecule)[0]
    stranger = random_sequences(1, 80, seed=7, molecule=molecule)[0]
    found = sketch.containments(*block([train[3], half, stranger, train[3][:40] + train[4][40:], "MK"], molecule))
    assert found[0] == 1
    assert 0.3 < found[1] < 0.7
    assert found[2] < 0.1
    assert 0.3 < found[3] < 0.7  # two halves of two records are not one record
    assert math.isnan(found[4])


def test_a_sketch_never_holds_more_than_half_of_the_words_and_is_bounded() -> None:
    few = Sketch.fit(dataset(random_sequences(20, 300, seed=8)), Molecule.DNA)
    words = 20 * (300 - 12 + 1)
    assert 0.4 * words < len(few) < 0.6 * words
    assert few.bound <= 1 << 31
    many = Sketch.fit(dataset(random_sequences(100, 3_000, seed=9)), Molecule.DNA)
    assert 0.9 * MOST_WORDS < len(many) <= MOST_WORDS
    assert (many.hashes < many.bound).all()
    assert (many.hashes[1:] >= many.hashes[:-1]).all()


def test_words_of_very_many_records_say_nothing_of_any_of_them() -> None:
    everywhere = random_sequences(1, 60, seed=10)[0]
    train = [everywhere + own for own in random_sequences(100, 60, seed=11)]
    found = Sketch.fit(dataset(train), Molecule.DNA).containments(*block([everywhere]))
    assert found[0] == 0
