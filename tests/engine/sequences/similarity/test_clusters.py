"""Planted relatives are found, by either method, and nothing else is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.similarity import mmseqs2
from bioseq.sequences.similarity.alignment import identical_letters
from bioseq.sequences.similarity.clusters import cluster, nearest
from bioseq.sequences.similarity.letters import coded, same_molecule

if TYPE_CHECKING:
    from pathlib import Path

PARENTS, CHILDREN = 20, 4


def random_letters(chance: np.random.Generator, length: int, molecule: Molecule) -> str:
    return "".join(chance.choice(list(ALPHABETS[molecule].residues), length))


def mutated(chance: np.random.Generator, text: str, molecule: Molecule, *, identity: float, gaps: int = 0) -> str:
    """A copy with so many letters exchanged, and so many stretches of three left out."""
    letters = list(text)
    residues = ALPHABETS[molecule].residues
    lost = gaps * 3
    for place in chance.choice(len(letters), round((1 - identity) * len(letters)) - lost, replace=False):
        letters[place] = chance.choice([residue for residue in residues if residue != letters[place]])
    for _ in range(gaps):
        start = int(chance.integers(5, len(letters) - 8))
        del letters[start : start + 3]
    return "".join(letters)


def backwards(text: str) -> str:
    return text[::-1].translate(str.maketrans("ACGTU", "TGCAA"))


def families(molecule: Molecule, *, length: int, identity: float, gaps: int = 0, turned: bool = False) -> Dataset:
    """Parents, each with copies that differ from it; some of them as the other strand."""
    chance = np.random.default_rng(7)
    sequences = []
    for _ in range(PARENTS):
        parent = random_letters(chance, length, molecule)
        copies = [mutated(chance, parent, molecule, identity=identity, gaps=gaps) for _ in range(CHILDREN)]
        sequences += [parent, *(backwards(copy) if turned and place % 2 else copy for place, copy in enumerate(copies))]
    return Dataset.from_records(sequences)


def family_of(dataset: Dataset) -> np.ndarray:
    return np.arange(len(dataset)) // (1 + CHILDREN)


@pytest.mark.parametrize(
    ("method", "molecule", "length", "identity", "gaps", "both"),
    [
        ("builtin", Molecule.DNA, 41, 0.9, 0, False),
        ("builtin", Molecule.DNA, 300, 0.88, 3, True),
        ("mmseqs2", Molecule.DNA, 300, 0.88, 3, True),
        ("builtin", Molecule.RNA, 120, 0.9, 1, False),
        ("mmseqs2", Molecule.RNA, 120, 0.9, 1, False),
        ("builtin", Molecule.PROTEIN, 200, 0.6, 4, False),
        ("mmseqs2", Molecule.PROTEIN, 200, 0.6, 4, False),
    ],
)
def test_each_planted_family_is_one_cluster(
    method: str, molecule: Molecule, length: int, identity: float, gaps: int, both: bool
) -> None:
    dataset = families(molecule, length=length, identity=identity, gaps=gaps, turned=both)
    threshold = 0.4 if molecule is Molecule.PROTEIN else 0.8
    found = cluster(dataset, identity=threshold, molecule=molecule, both_strands=both, method=method)  # type: ignore[arg-type]
    assert len(found) == PARENTS
    assert np.array_equal(found.numbers, family_of(dataset))
    assert np.all(found.identities >= threshold - 1e-9)
    assert np.all(family_of(dataset)[found.pairs[:, 0]] == family_of(dataset)[found.pairs[:, 1]])


def test_the_other_strand_is_not_looked_at_unless_asked_for() -> None:
    dataset = families(Molecule.DNA, length=300, identity=0.95, turned=True)
    found = cluster(dataset, identity=0.8, molecule=Molecule.DNA, method="builtin")
    assert len(found) == 2 * PARENTS


def test_identity_is_identical_letters_over_the_shorter_sequence() -> None:
    chance = np.random.default_rng(3)
    long = random_letters(chance, 120, Molecule.DNA)
    short = "".join(
        "ACGT"["ACGT".index(letter) - 1] if place % 10 == 5 else letter for place, letter in enumerate(long[10:110])
    )
    pair = Dataset.from_records([long, short])
    at = cluster(pair, identity=0.90, molecule=Molecule.DNA, method="builtin")
    above = cluster(pair, identity=0.91, molecule=Molecule.DNA, method="builtin")
    assert (len(at), len(above)) == (1, 2)
    assert at.identities.tolist() == [0.9]


def test_alignment_agrees_with_a_plain_one_over_all_diagonals() -> None:
    chance = np.random.default_rng(5)
    texts = [random_letters(chance, int(chance.integers(1, 40)), Molecule.DNA) for _ in range(60)]
    sequences = coded(Dataset.from_records(texts), Molecule.DNA)
    left, right = np.arange(0, 60, 2), np.arange(1, 60, 2)
    found = identical_letters(sequences, sequences, left, right, np.zeros(30, np.int64), np.full(30, 64))
    assert found.tolist() == [plain_matches(texts[i], texts[j]) for i, j in zip(left, right, strict=True)]


def plain_matches(one: str, other: str) -> int:
    """Identical letters of the best local alignment, most of them among equals (Smith and Waterman 1981)."""
    best = (0, 0)
    row = [(0, 0)] * (len(other) + 1)
    for letter in one:
        new = [(0, 0)]
        for place, against in enumerate(other):
            score, same = row[place]
            step = (score + 1, same + 1) if letter == against else (score - 1, same)
            up, left = row[place + 1], new[place]
            new.append(max(step, (up[0] - 2, up[1]), (left[0] - 2, left[1]), (0, 0)))
        row = new
        best = max(best, *row)
    return best[1]


def test_a_short_piece_of_a_long_sequence_is_not_like_it() -> None:
    chance = np.random.default_rng(2)
    long = random_letters(chance, 200, Molecule.PROTEIN)
    pair = Dataset.from_records([long, long[20:80]])
    assert len(cluster(pair, identity=0.4, molecule=Molecule.PROTEIN, method="builtin")) == 2
    assert len(cluster(pair, identity=0.4, molecule=Molecule.PROTEIN, method="builtin", coverage=0.3)) == 1


def test_the_same_letters_are_found_whatever_case_and_strand() -> None:
    dataset = Dataset.from_records(["ACGTTTGA", "acguuuga", "TCAAACGT", "ACGTTTGC", "", ""])
    assert same_molecule(dataset, Molecule.DNA).tolist() == [0, 0, 2, 3, 4, 4]
    assert same_molecule(dataset, Molecule.DNA, both_strands=True).tolist() == [0, 0, 0, 3, 4, 4]


def test_members_are_similar_to_the_record_that_represents_them() -> None:
    chance = np.random.default_rng(11)
    chain = [random_letters(chance, 100, Molecule.DNA)]
    for _ in range(6):
        chain.append(mutated(chance, chain[-1], Molecule.DNA, identity=0.9))
    dataset = Dataset.from_records(chain)
    assert len(cluster(dataset, identity=0.85, molecule=Molecule.DNA)) == 1
    thinned = cluster(dataset, identity=0.85, molecule=Molecule.DNA, linkage="representative")
    assert len(thinned) > 1
    own = dataset.take(np.sort(thinned.representatives))
    again = cluster(own, identity=0.85, molecule=Molecule.DNA, linkage="representative")
    assert len(again) == len(own)


@pytest.mark.parametrize("method", ["builtin", "mmseqs2"])
def test_the_nearest_training_record_is_found(method: str) -> None:
    chance = np.random.default_rng(4)
    train = [random_letters(chance, 180, Molecule.PROTEIN) for _ in range(30)]
    test = [mutated(chance, train[place], Molecule.PROTEIN, identity=0.7) for place in (3, 17)]
    test.append(random_letters(chance, 180, Molecule.PROTEIN))
    found = nearest(
        Dataset.from_records(train),
        Dataset.from_records(test),
        molecule=Molecule.PROTEIN,
        identity=0.4,
        method=method,  # type: ignore[arg-type]
    )
    assert found.rows[:2].tolist() == [3, 17]
    assert found.identity[:2] == pytest.approx([0.7, 0.7], abs=0.02)
    assert found.identity[2] < 0.4


def test_the_nearest_windows_are_exact_place_by_place_and_moved_where_a_word_is_shared() -> None:
    chance = np.random.default_rng(8)
    train, test = (["".join(chance.choice(list("ACGT"), 21)) for _ in range(count)] for count in (50, 9))
    found = nearest(Dataset.from_records(train), Dataset.from_records(test), molecule=Molecule.DNA, identity=0.8)

    def same(one: str, other: str, move: int) -> int:
        marks = "".join(
            "|" if a == b else " " for a, b in zip(one[max(0, -move) :], other[max(0, move) :], strict=False)
        )
        return marks.count("|") if move == 0 or "|||||" in marks else 0

    best = [[max(same(one, other, move) for move in range(-10, 11)) / 21 for other in train] for one in test]
    assert found.identity == pytest.approx(np.max(best, axis=1))
    assert [best[row][hit] for row, hit in enumerate(found.rows)] == pytest.approx(np.max(best, axis=1))


def test_copies_are_found_whatever_unknown_letters_they_hold() -> None:
    train = Dataset.from_records(["ACGTNNRYACGTACCA", "TTTTGGGGCCCCAAAC"])
    test = Dataset.from_records(["acgunnryacguacca", "GTTTGGGGCCCCAAAA"])
    one = nearest(train, test, molecule=Molecule.DNA, identity=0.8)
    both = nearest(train, test, molecule=Molecule.DNA, identity=0.8, both_strands=True)
    assert (one.copies.tolist(), both.copies.tolist()) == ([True, False], [True, True])
    assert (both.identity.tolist(), both.rows.tolist()) == ([1.0, 1.0], [0, 1])


@pytest.mark.parametrize("method", ["builtin", "mmseqs2"])
def test_raising_from_the_progress_ends_the_work_and_leaves_nothing_behind(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dataset = families(Molecule.PROTEIN, length=300, identity=0.6)

    class EnoughError(Exception):
        pass

    calls = []

    def progress(done: int, total: int) -> None:
        calls.append((done, total))
        if len(calls) > 1:
            raise EnoughError

    begun = time.monotonic()
    with pytest.raises(EnoughError):
        cluster(dataset, identity=0.4, molecule=Molecule.PROTEIN, method=method, progress=progress)  # type: ignore[arg-type]
    assert time.monotonic() - begun < 20
    assert list(tmp_path.iterdir()) == []


def test_asking_for_mmseqs2_where_it_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmseqs2, "program", lambda: None)
    dataset = families(Molecule.PROTEIN, length=100, identity=0.8)
    with pytest.raises(BioseqError, match="not installed"):
        cluster(dataset, identity=0.4, molecule=Molecule.PROTEIN, method="mmseqs2")
    assert "built-in" in cluster(dataset, identity=0.4, molecule=Molecule.PROTEIN).method


def test_empty_and_tiny_sets_are_clusters_of_their_own() -> None:
    none = Dataset.from_records([])
    assert len(cluster(none, identity=0.8, molecule=Molecule.DNA)) == 0
    few = Dataset.from_records(["", "A", "NNNN", "NNNN", "ACGTACGT"])
    assert cluster(few, identity=0.8, molecule=Molecule.DNA).numbers.tolist() == [0, 1, 2, 2, 3]
