"""Windows of one length are similar where one is the other moved, on either strand; random ones are not."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.profile import profile_of
from bioseq.sequences.similarity.choices import seconds_for, usual_identity
from bioseq.sequences.similarity.clusters import cluster, nearest
from bioseq.sequences.similarity.letters import coded
from bioseq.sequences.similarity.windows import MovedWindows, furthest_move

LENGTH, REGIONS, FURTHEST = 81, 48, 16


def random_windows(molecule: Molecule, length: int, count: int, *, seed: int = 1) -> list[str]:
    drawn = np.random.default_rng(seed).choice(list(ALPHABETS[molecule].residues), (count, length))
    return ["".join(row) for row in drawn]


def other_strand(text: str) -> str:
    return text[::-1].translate(str.maketrans("ACGT", "TGCA"))


def tiles(*, turned: bool = False) -> Dataset:
    """A window of each region, then the windows that begin 1 to 16 letters after or before it."""
    regions = random_windows(Molecule.DNA, LENGTH + FURTHEST, REGIONS)
    moves = [1 + region % FURTHEST for region in range(REGIONS)]
    ahead = [region[:LENGTH] if place % 2 else region[-LENGTH:] for place, region in enumerate(regions)]
    behind = [
        region[move : move + LENGTH] if place % 2 else region[-LENGTH - move : -move or None]
        for place, (region, move) in enumerate(zip(regions, moves, strict=True))
    ]
    return Dataset.from_records([*ahead, *(other_strand(text) if turned else text for text in behind)])


def most_identical(one: str, other: str, *, furthest: int) -> int:
    """Identical letters at the best shift, counted one by one."""
    return max(
        sum(letter == other[place + move] for place, letter in enumerate(one) if 0 <= place + move < len(other))
        for move in range(-furthest, furthest + 1)
    )


def test_tiles_of_a_region_are_one_cluster_whatever_they_are_moved_by() -> None:
    found = cluster(tiles(), identity=0.8, molecule=Molecule.DNA)
    assert found.numbers.tolist() == [*range(REGIONS), *range(REGIONS)]
    moved = [1 + region % FURTHEST for region in range(REGIONS)]
    identities = dict(zip(found.pairs.min(axis=1).tolist(), found.identities.tolist(), strict=True))
    assert [identities[region] for region in range(REGIONS)] == pytest.approx([1 - move / LENGTH for move in moved])


def test_tiles_of_the_other_strand_are_found_where_asked_for() -> None:
    turned = tiles(turned=True)
    assert len(cluster(turned, identity=0.8, molecule=Molecule.DNA)) == 2 * REGIONS
    found = cluster(turned, identity=0.8, molecule=Molecule.DNA, both_strands=True)
    assert found.numbers.tolist() == [*range(REGIONS), *range(REGIONS)]


@pytest.mark.parametrize("both_strands", [False, True])
def test_the_nearest_training_window_may_be_moved(both_strands: bool) -> None:
    records = tiles(turned=both_strands)
    train, test = records.take(np.arange(REGIONS)), records.take(np.arange(REGIONS, 2 * REGIONS))
    found = nearest(train, test, molecule=Molecule.DNA, identity=0.8, both_strands=both_strands)
    assert found.rows.tolist() == [*range(REGIONS)]
    assert found.identity == pytest.approx([1 - (1 + region % FURTHEST) / LENGTH for region in range(REGIONS)])


def test_windows_are_found_as_sequences_of_several_lengths_are() -> None:
    records = tiles()
    texts = [records.sequence(row) for row in range(len(records))]
    shortened = Dataset.from_records([texts[0][:-1], *texts[1:]])
    assert len(cluster(shortened, identity=0.8, molecule=Molecule.DNA)) == REGIONS


def test_sites_a_few_letters_apart_are_similar_and_sites_further_apart_are_not() -> None:
    gene = random_windows(Molecule.DNA, 120, 1)[0]
    sites = Dataset.from_records([gene[start : start + 41] for start in (0, 8, 29)])
    assert cluster(sites, identity=0.8, molecule=Molecule.DNA).numbers.tolist() == [0, 0, 1]
    assert len(cluster(sites, identity=0.45, molecule=Molecule.DNA, coverage=0)) == 1


def test_as_much_of_the_windows_as_the_coverage_asks_for_stands_opposite_a_letter() -> None:
    domain = random_windows(Molecule.PROTEIN, 140, 1)[0]
    pair = Dataset.from_records([domain[:100], domain[40:]])
    assert len(cluster(pair, identity=0.4, molecule=Molecule.PROTEIN, coverage=0.6)) == 1
    assert len(cluster(pair, identity=0.4, molecule=Molecule.PROTEIN, coverage=0.61)) == 2
    assert furthest_move(100, 0.4, 0.6, 20) == 40
    assert furthest_move(100, 0.4, 0.61, 20) == 39


@pytest.mark.parametrize("length", [21, 41, 60, 81, 128])
@pytest.mark.parametrize("molecule", [Molecule.DNA, Molecule.PROTEIN])
def test_random_windows_are_joined_by_no_shift(molecule: Molecule, length: int) -> None:
    dataset = Dataset.from_records(random_windows(molecule, length, 500))
    found = cluster(dataset, identity=usual_identity(molecule, length), molecule=molecule, both_strands=True)
    assert len(found) == 500


def test_letters_in_common_are_counted_as_one_by_one() -> None:
    chance = np.random.default_rng(4)
    texts = random_windows(Molecule.DNA, 30, 40, seed=3)
    texts += [texts[row][5:] + "".join(chance.choice(list("ACGTN"), 5)) for row in range(20)]
    sequences = coded(Dataset.from_records(texts), Molecule.DNA)
    moved = MovedWindows(sequences, sequences, furthest=9, both_strands=False)
    best: dict[tuple[int, int], int] = {}
    for found in moved.found(0, len(texts)):
        for row, other, identical in zip(found.queries, found.targets, found.identical, strict=True):
            best[int(row), int(other)] = max(identical, best.get((int(row), int(other)), 0))
    for row in range(20):
        assert best[row, 40 + row] == most_identical(texts[row], texts[40 + row], furthest=9)


def test_unknown_letters_are_identical_to_none_in_moved_windows() -> None:
    one = random_windows(Molecule.DNA, 40, 1)[0]
    masked = one[:10] + "N" * 10 + one[20:]
    pair = Dataset.from_records([masked, masked[3:] + "ACG"])
    assert len(cluster(pair, identity=0.7, molecule=Molecule.DNA)) == 2
    assert len(cluster(pair, identity=0.65, molecule=Molecule.DNA)) == 1


def test_a_word_that_stands_in_all_windows_hides_no_relatives() -> None:
    tail = "A" * 20
    texts = [text + tail for text in random_windows(Molecule.DNA, 61, 400)]
    texts += [text[3:61] + tail + "AAA" for text in texts[:200]]
    found = cluster(Dataset.from_records(texts), identity=0.8, molecule=Molecule.DNA)
    assert found.numbers.tolist() == [*range(400), *range(200)]


def test_the_estimate_of_the_time_counts_moved_windows() -> None:
    profile = profile_of(Dataset.from_records(random_windows(Molecule.DNA, 41, 2_000)), Molecule.DNA)
    place_by_place = 2_000**2 * 41 * 4 / 1.2e10
    assert place_by_place < seconds_for(profile) < 2
