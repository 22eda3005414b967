"""Very short peptides are similar where they are near copies, not where few letters are the same by chance."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.similarity.clusters import cluster, nearest

CATIONIC = {"K": 0.25, "L": 0.25, "A": 0.15, "F": 0.1, "G": 0.1, "W": 0.05, "R": 0.05, "I": 0.05}
BITTER = {"P": 0.2, "F": 0.12, "L": 0.12, "G": 0.1, "V": 0.1, "I": 0.08, "Y": 0.06, "R": 0.06, "K": 0.06, "E": 0.1}


def together(*texts: str, identity: float = 0.8, molecule: Molecule = Molecule.PROTEIN) -> bool:
    return len(cluster(Dataset.from_records(list(texts)), identity=identity, molecule=molecule)) == 1


@pytest.mark.parametrize("composition", [CATIONIC, BITTER], ids=["cationic", "bitter"])
@pytest.mark.parametrize(("shortest", "longest"), [(2, 6), (2, 10), (5, 10), (8, 16)])
def test_random_peptides_do_not_chain_into_one_cluster(
    composition: dict[str, float], shortest: int, longest: int
) -> None:
    chance = np.random.default_rng(3)
    drawn = {
        "".join(
            chance.choice(list(composition), int(chance.integers(shortest, longest + 1)), p=[*composition.values()])
        )
        for _ in range(640)
    }
    found = cluster(Dataset.from_records(sorted(drawn)), identity=0.8, molecule=Molecule.PROTEIN)
    assert found.sizes.max() <= 0.05 * len(drawn)


def test_near_copies_of_short_peptides_are_one_cluster() -> None:
    assert together("KWKLFKK", "KWKLFKKI")
    assert together("KWKLFKKI", "KWKLFRKI")
    assert together("FLGALFKALSKLL", "FLGALFRALSKLL", "FLGALFKALSKL")


def test_pieces_of_a_few_letters_are_similar_to_nothing_but_their_copies() -> None:
    assert not together("KLLK", "KLLKA")
    assert not together("KWKLFK", "KWKLFKK")
    assert together("KL", "KL")


def test_nucleotides_need_more_letters_than_residues_of_proteins() -> None:
    site = "ACGTTGCATCGA"
    assert together(site, site + "T", molecule=Molecule.DNA)
    assert not together(site[:11], site, molecule=Molecule.DNA)
    assert not together(site[:8], site[:7] + "C", molecule=Molecule.DNA)


def test_the_nearest_training_peptide_follows_the_same_rule_and_a_copy_is_a_copy() -> None:
    train = Dataset.from_records(["KWKLFKKI", "PFPG", "GGVV"])
    test = Dataset.from_records(["KWKLFKK", "PFPGV", "GGVV"])
    found = nearest(train, test, molecule=Molecule.PROTEIN, identity=0.8)
    assert (found.identity >= 0.8).tolist() == [True, False, True]
    assert found.identity[0] == pytest.approx(7 / 8)
    assert (found.identity[2], found.copies.tolist()) == (1.0, [False, False, True])
