"""Each descriptor equals its published definition, computed by hand on short sequences."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from bioseq.baselines.composition import strand_words
from bioseq.baselines.descriptors import features_of, gapped_pairs
from bioseq.catalogue.descriptors import (
    AMINO_ACID_GROUPS,
    DESCRIPTORS,
    END_LENGTHS,
    END_POSITIONS,
    PHYSICO_CHEMICAL_CLASSES,
    FeaturePlan,
    fault_in,
    mirrored,
    plan_of,
    settled,
    word_shapes,
)
from bioseq.catalogue.registry import BASELINES
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset

RESIDUES = ALPHABETS[Molecule.PROTEIN].residues


def plan(name: str, molecule: Molecule, **fields: Any) -> FeaturePlan:
    filled = {"shortest": 1, "k": 2, "gap": 1, "length": 4, "word_values": "shares", **fields}
    return FeaturePlan((name,), molecule, **filled)


def described(name: str, molecule: Molecule, *sequences: str, **fields: Any) -> np.ndarray:
    made = plan(name, molecule, **fields)
    features = features_of(made, Dataset.from_records(sequences)).toarray()
    assert features.shape == (len(sequences), made.width)
    return features


def pairs(*named: str, groups: int = 4, letters: str = "ACGT") -> list[int]:
    """Columns of pairs of letters."""
    return [letters.index(first) * groups + letters.index(second) for first, second in named]


def test_words_are_shares_of_the_words_of_their_length() -> None:
    row = described("kmers", Molecule.DNA, "AACA")[0]
    assert row[:4].tolist() == [0.75, 0.25, 0, 0]
    expected = np.zeros(16)
    expected[pairs("AA", "AC", "CA")] = 1 / 3
    np.testing.assert_allclose(row[4:], expected)


def test_words_can_be_counted() -> None:
    row = described("kmers", Molecule.RNA, "AACA", word_values="counts")[0]
    assert row[:4].tolist() == [3, 1, 0, 0]
    assert row.sum() == 4 + 3


def test_roots_of_shares_make_records_of_one_length() -> None:
    row = described("kmers", Molecule.RNA, "AACA", word_values="root")[0]
    np.testing.assert_allclose(row, np.sqrt(described("kmers", Molecule.RNA, "AACA")[0]))
    assert np.square(row).sum() == pytest.approx(2)  # of words of two lengths


def test_a_word_and_its_reverse_complement_are_one() -> None:
    sequences = ("AACA", "TGTT", "GATTACA", "TGTAATC", "AACN")
    rows = described("rckmers", Molecule.DNA, *sequences, k=3)
    assert rows.shape[1] == 2 + 10 + 32
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[2], rows[3])
    assert rows[0, :2].tolist() == [0.75, 0.25]  # A or T, C or G
    np.testing.assert_allclose(rows[4, :2], [0.5, 0.25])
    words = ["".join(word) for word in product("ACGT", repeat=3)]
    pair = strand_words(3)
    assert pair[words.index("AAC")] == pair[words.index("GTT")]
    assert pair[words.index("AAC")] != pair[words.index("CAA")]


def test_words_of_some_lengths_alone_are_counted() -> None:
    row = described("kmers", Molecule.DNA, "ACGTTTACGTNA", shortest=2, k=3, word_values="counts")[0]
    every = described("kmers", Molecule.DNA, "ACGTTTACGTNA", k=3, word_values="counts")[0]
    np.testing.assert_array_equal(row, every[4:])
    long = described("rckmers", Molecule.DNA, "ACGTTTACGTNA", "T" * 7, "", shortest=8, k=8)
    assert long.shape[1] == (4**8 + 4**4) // 2
    assert np.count_nonzero(long, axis=1).tolist() == [3, 0, 0]  # the other two of the first record hold the N
    assert long[0].max() == pytest.approx(1 / 5)


def test_shortest_words_that_are_longer_than_the_longest_are_refused() -> None:
    message, remedy = fault_in(plan("kmers", Molecule.DNA, shortest=5, k=4), fixed_length=False)
    assert "longer" in message
    assert "4 letters" in remedy
    assert fault_in(plan("kmers", Molecule.DNA, shortest=4, k=4), fixed_length=False) == ("", "")


def test_amino_acid_composition_counts_unknown_letters_in_the_length_only() -> None:
    row = described("aac", Molecule.PROTEIN, "MKKX")[0]
    assert row[RESIDUES.index("K")] == 0.5
    assert row[RESIDUES.index("M")] == 0.25
    assert row.sum() == 0.75


def test_dipeptide_composition_is_the_share_of_each_ordered_pair() -> None:
    row = described("dpc", Molecule.PROTEIN, "ACAC")[0]
    assert row[0 * 20 + 1] == pytest.approx(2 / 3)
    assert row[1 * 20 + 0] == pytest.approx(1 / 3)
    assert row.sum() == pytest.approx(1)


def test_dinucleotide_composition_is_the_share_of_each_ordered_pair() -> None:
    row = described("dnc", Molecule.DNA, "ACGTA")[0]
    assert np.flatnonzero(row).tolist() == sorted(pairs("AC", "CG", "GT", "TA"))
    assert set(row[row > 0]) == {0.25}


def test_accumulated_frequency_is_the_share_so_far_of_the_letter_that_stands_there() -> None:
    # The worked example of Chen et al. 2020: "TCGTTCATGG" gives these densities.
    row = described("anf", Molecule.DNA, "TCGTTCATGG", length=10)[0]
    np.testing.assert_allclose(row, [1, 1 / 2, 1 / 3, 2 / 4, 3 / 5, 2 / 6, 1 / 7, 4 / 8, 2 / 9, 3 / 10])


def test_accumulated_frequency_of_unknown_missing_and_surplus_letters() -> None:
    found = described("anf", Molecule.RNA, "ANA", "", "AAAAAA")
    np.testing.assert_allclose(found, [[1, 0, 2 / 3, 0], [0] * 4, [1] * 4])


def test_gapped_pairs_of_bases_are_shares_of_the_pairs_with_that_gap() -> None:
    row = described("cksnap", Molecule.DNA, "AACGT")[0]
    expected = np.zeros((2, 16))
    expected[0, pairs("AA", "AC", "CG", "GT")] = 1 / 4
    expected[1, pairs("AC", "AG", "CT")] = 1 / 3
    np.testing.assert_allclose(row, expected.ravel())


def test_no_pair_reaches_into_the_next_record() -> None:
    together = described("cksnap", Molecule.DNA, "AC", "", "G", "TTT", gap=2)
    alone = np.vstack([described("cksnap", Molecule.DNA, letters, gap=2) for letters in ("AC", "", "G", "TTT")])
    np.testing.assert_array_equal(together, alone)
    assert together.sum(axis=1).tolist() == [1, 0, 0, 2]


def test_gapped_pairs_of_groups_use_the_five_groups_of_amino_acids() -> None:
    # G: aliphatic (0), F: aromatic (1), K: positive (2), D: negative (3), S: uncharged (4)
    row = described("cksaagp", Molecule.PROTEIN, "GFKDS")[0].reshape(2, 5, 5)
    assert {(int(a), int(b)) for a, b in np.argwhere(row[0])} == {(0, 1), (1, 2), (2, 3), (3, 4)}
    assert {(int(a), int(b)) for a, b in np.argwhere(row[1])} == {(0, 2), (1, 3), (2, 4)}
    assert row[0].max() == pytest.approx(1 / 4)
    assert row[1].max() == pytest.approx(1 / 3)
    assert sorted("".join(AMINO_ACID_GROUPS)) == sorted(RESIDUES)


def test_pairs_without_a_gap_are_the_dinucleotides() -> None:
    dataset = Dataset.from_records(["ACGTTGCA", "GGGTN", "A"])
    np.testing.assert_allclose(
        gapped_pairs(dataset, Molecule.DNA, gap=0),
        features_of(plan("dnc", Molecule.DNA), dataset).toarray(),
    )


def test_physico_chemical_classes_are_shares_of_the_letters() -> None:
    row = described("ctdc", Molecule.PROTEIN, "RRAC")[0].reshape(13, 3)
    names = list(PHYSICO_CHEMICAL_CLASSES)
    assert row[names.index("charge")].tolist() == [0.5, 0.5, 0]
    assert row[names.index("hydrophobicity PRAM900101")].tolist() == [0.5, 0.25, 0.25]
    assert row[names.index("solvent accessibility")].tolist() == [0.5, 0.5, 0]
    np.testing.assert_allclose(row.sum(axis=1), 1)


@pytest.mark.parametrize("name", list(PHYSICO_CHEMICAL_CLASSES))
def test_the_three_classes_of_a_property_hold_each_residue_once(name: str) -> None:
    assert sorted("".join(PHYSICO_CHEMICAL_CLASSES[name])) == sorted(RESIDUES)


def test_substitution_scores_stand_at_their_positions() -> None:
    found = described("blosum62", Molecule.PROTEIN, "WA", "XC", length=2).reshape(2, 2, 20)
    assert found[0, 0, RESIDUES.index("W")] == 11
    assert found[0, 0, RESIDUES.index("A")] == -3
    assert found[0, 1, RESIDUES.index("A")] == 4
    assert not found[1, 0].any()
    assert found[1, 1, RESIDUES.index("C")] == 9


def test_pairs_stand_where_they_begin() -> None:
    found = described("pairs_by_position", Molecule.DNA, "ACGT", "GGNA", "TTTTTT", "A", length=4).reshape(4, 3, 16)
    pairs = [first + second for first in "ACGT" for second in "ACGT"]

    def shown(row: int) -> list[str]:
        return [pairs[one.argmax()] if one.any() else "-" for one in found[row]]

    assert [shown(row) for row in range(4)] == [["AC", "CG", "GT"], ["GG", "-", "-"], ["TT"] * 3, ["-"] * 3]
    assert set(np.unique(found)) == {0, 1}
    assert described("pairs_by_position", Molecule.RNA, "A", "U", length=1).shape == (2, 16)


def test_the_ends_are_shares_of_the_first_and_last_letters() -> None:
    found = described("ends", Molecule.DNA, "AAAAC" + "G" * 60 + "TTTTN", "ACG").reshape(2, -1, 2, 4)
    rows = found[:, : len(END_LENGTHS)]
    np.testing.assert_allclose(rows[0, 0], [[0.8, 0.2, 0, 0], [0, 0, 0, 0.8]])  # the N counts in the length only
    np.testing.assert_allclose(rows[0, 1], [[0.4, 0.1, 0.5, 0], [0, 0, 0.5, 0.4]])
    np.testing.assert_allclose(rows[0, 3, 0], [4 / 60, 1 / 60, 55 / 60, 0])
    np.testing.assert_allclose(rows[1], np.tile([1 / 3, 1 / 3, 1 / 3, 0], (len(END_LENGTHS), 2, 1)))


def test_the_very_first_and_last_letters_stand_at_their_positions() -> None:
    found = described("ends", Molecule.DNA, "AAAACGGTTN", "ACG").reshape(2, -1, 2, 4)[:, len(END_LENGTHS) :]
    assert found.shape == (2, END_POSITIONS, 2, 4)

    def letters(row: int, end: int) -> str:
        return "".join("ACGT"[one.argmax()] if one.any() else "-" for one in found[row, :, end])

    assert (letters(0, 0), letters(0, 1)) == ("AAAAC", "-TTGG")
    assert (letters(1, 0), letters(1, 1)) == ("ACG--", "GCA--")
    assert set(np.unique(found)) == {0, 1}


@pytest.mark.parametrize("name", list(DESCRIPTORS))
def test_records_are_described_one_by_one_whatever_stands_beside_them(name: str) -> None:
    molecule = DESCRIPTORS[name].molecules[0]
    letters = "ACGTN" if molecule is Molecule.DNA else "ACDEFGHIKLMNPQRSTVWYX"
    chance = np.random.default_rng(4)
    sequences = ["".join(chance.choice(list(letters), count)) for count in (4, 0, 1, 9, 4, 2)]
    together = described(name, molecule, *sequences)
    for row, sequence in zip(together, sequences, strict=True):
        np.testing.assert_array_equal(row, described(name, molecule, sequence)[0])
        np.testing.assert_array_equal(row, described(name, molecule, sequence.lower())[0])
    dataset = Dataset.from_records(sequences)
    part = features_of(plan(name, molecule), dataset.take(np.array([2, 3])))
    np.testing.assert_array_equal(part.toarray(), together[2:4])


@pytest.mark.parametrize("name", DESCRIPTORS)
@pytest.mark.parametrize("letters", [2, 9, 60])
def test_no_record_has_more_numbers_than_its_letters_can_bring(name: str, letters: int) -> None:
    molecule = DESCRIPTORS[name].molecules[0]
    residues = ALPHABETS[molecule].residues
    sequences = ["".join(np.random.default_rng(seed).choice(list(residues), letters)) for seed in range(5)]
    rows = described(name, molecule, *sequences, k=3, length=letters)
    most = plan(name, molecule, k=3, length=letters).filled(letters)
    assert (rows != 0).sum(axis=1).max() <= most <= rows.shape[1]


def test_left_to_choose_positions_are_read_where_lengths_agree() -> None:
    hyper = BASELINES["lr"].defaults()
    fixed = plan_of(hyper, Molecule.DNA, longest=41, fixed_length=True)
    assert (fixed.names, fixed.width) == (("one_hot",), 164)
    varying = plan_of(hyper, Molecule.DNA, longest=41, fixed_length=False)
    assert (varying.names, varying.width, varying.title) == (
        ("kmers",),
        340,
        "words of 1 to 4 letters (roots of shares)",
    )
    assert plan_of(hyper, Molecule.PROTEIN, longest=41, fixed_length=False).width == 420
    again = plan_of(settled(hyper, varying), Molecule.DNA, longest=41, fixed_length=True)
    assert again == varying


@pytest.mark.parametrize(
    ("values", "told"),
    [("shares", "single letters"), ("root", "single letters (roots of shares)"), ("counts", "single letters (counts)")],
)
def test_it_is_told_how_words_are_counted(values: str, told: str) -> None:
    hyper = {**BASELINES["lr"].defaults(), "k": 1, "word_values": values}
    assert plan_of(hyper, Molecule.RNA, longest=9, fixed_length=False).title == told
    several = {**hyper, "shortest": 3, "k": 5}
    assert plan_of(several, Molecule.RNA, longest=9, fixed_length=False).title == told.replace(
        "single", "words of 3 to 5"
    )
    positions = plan_of(hyper, Molecule.RNA, longest=9, fixed_length=True)
    assert (positions.title, positions.word_values) == ("letters by position", "shares")  # there are no words


@pytest.mark.parametrize(
    ("chosen", "scaling"),
    [
        ({}, "none"),
        ({"more_features": "ends"}, "none"),
        ({"more_features": "length"}, "spread"),
        ({"word_values": "shares"}, "spread"),
        ({"features": "ctdc"}, "spread"),
        ({"scaling": "spread"}, "spread"),
    ],
)
def test_left_to_choose_roots_of_shares_stay_as_they_are(chosen: dict[str, str], scaling: str) -> None:
    hyper = {**BASELINES["lr"].defaults(), **chosen}
    found = settled(hyper, plan_of(hyper, Molecule.PROTEIN, longest=9, fixed_length=False))
    assert found["scaling"] == scaling


def test_two_descriptors_stand_side_by_side() -> None:
    hyper = {**BASELINES["lr"].defaults(), "features": "dnc", "more_features": "anf"}
    made = plan_of(hyper, Molecule.DNA, longest=4, fixed_length=True)
    features = features_of(made, Dataset.from_records(["ACGT"])).toarray()
    assert features.shape == (1, made.width) == (1, 20)
    assert features[0, 16:].tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    twice = plan_of({**hyper, "more_features": "dnc"}, Molecule.DNA, longest=4, fixed_length=True)
    assert twice.names == ("dnc",)


@pytest.mark.parametrize("name", [name for name, one in DESCRIPTORS.items() if one.by_position])
def test_what_reads_positions_needs_sequences_of_one_length(name: str) -> None:
    made = plan(name, DESCRIPTORS[name].molecules[0])
    assert fault_in(made, fixed_length=True) == ("", "")
    message, remedy = fault_in(made, fixed_length=False)
    assert "one length" in message
    assert "words" in remedy


def test_a_descriptor_of_another_molecule_is_refused_with_those_that_fit() -> None:
    message, remedy = fault_in(plan("ctdc", Molecule.DNA), fixed_length=True)
    assert "does not describe DNA" in message
    assert "CKSNAP" in remedy
    message, _ = fault_in(plan("kmers", Molecule.PROTEIN, k=4), fixed_length=True)
    assert "4 letters are too many" in message


@pytest.mark.parametrize(("letters", "gap"), [(1, 3), (2, 0), (2, 2), (3, 2), (4, 3), (5, 1)])
def test_words_with_gaps_are_counted_shape_by_shape(letters: int, gap: int) -> None:
    """Against a count that reads every choice of places at every start."""
    sequence = "GATTNACACCGTAGT"
    row = described("gapped_kmers", Molecule.DNA, sequence, "", shortest=letters, k=letters, gap=gap)
    assert not row[1].any()
    expected = []
    for shape in word_shapes(letters, gap):
        starts = range(len(sequence) - shape[-1])
        words = ["".join(sequence[start + place] for place in shape) for start in starts]
        expected += [words.count("".join(word)) / len(words) for word in product("ACGT", repeat=letters)]
    np.testing.assert_allclose(row[0], expected)


def test_shapes_of_words_begin_and_end_with_a_letter_that_is_read() -> None:
    assert list(word_shapes(3, 2)) == [(0, 1, 2), (0, 1, 3), (0, 2, 3), (0, 1, 4), (0, 2, 4), (0, 3, 4)]
    assert mirrored((0, 1, 4)) == (0, 3, 4)


def test_words_with_gaps_of_both_strands_do_not_hang_on_the_strand_that_was_read() -> None:
    sequences = ("GATTACAGGC", "GCCTGTAATC", "GATTACANGC", "GCNTGTAATC")
    for letters, gap in product((1, 2, 3, 4), (0, 1, 2, 3)):
        rows = described("gapped_rckmers", Molecule.DNA, *sequences, shortest=letters, k=letters, gap=gap)
        np.testing.assert_allclose(rows[0], rows[1])
        np.testing.assert_allclose(rows[2], rows[3])
        shapes = {min(shape, mirrored(shape)) for shape in word_shapes(letters, gap)}
        assert rows[0].sum() == pytest.approx(len(shapes))  # shares of each shape
    without = described("gapped_rckmers", Molecule.DNA, *sequences, k=4, gap=0)
    np.testing.assert_allclose(without, described("rckmers", Molecule.DNA, *sequences, k=4))
    here, there = described("gapped_rckmers", Molecule.DNA, "AACAA", "AAGAA", shortest=3, k=3, gap=1)[:, 32:]
    assert here.tolist() != there.tolist()


def test_words_with_gaps_are_told_and_too_many_of_them_refused() -> None:
    some = plan("gapped_rckmers", Molecule.DNA, shortest=6, k=6, gap=1, word_values="root")
    assert some.title == "words of 6 letters of both strands, up to 1 more passed over (roots of shares)"
    assert some.words_per_letter == 6
    assert plan("gapped_rckmers", Molecule.DNA, k=1).title == "bases of both strands"
    assert fault_in(some, fixed_length=False) == ("", "")
    message, remedy = fault_in(plan("gapped_kmers", Molecule.DNA, k=8, gap=5), fixed_length=False)
    assert "pass over up to 5" in message
    assert "smaller gap" in remedy
