"""The profile's numbers are those of plain counting."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.molecules import guess_molecule
from bioseq.sequences.profile import DataProfile, profile_of

DATASET = Dataset.from_records(
    ["ACGT", "acgu", "GGCC", "GGGGGG", "AT"],
    labels=["a", "b", "a", None, "a"],
    splits=[Split.TRAIN, Split.TEST, Split.TRAIN, Split.UNASSIGNED, Split.TEST],
)


def test_counts_lengths_and_composition_are_right() -> None:
    profile = profile_of(DATASET, Molecule.DNA, molecule_confidence=0.9)
    assert profile.records == 5
    assert profile.residues == 20
    assert profile.class_counts == {"unassigned": (0, 0), "train": (2, 0), "validation": (0, 0), "test": (1, 1)}
    assert profile.unlabelled == 1
    assert (profile.shortest, profile.median_length, profile.longest) == (2, 4.0, 6)
    assert not profile.fixed_length
    assert profile.composition["a"] == pytest.approx((0.2, 0.3, 0.3, 0.2))
    assert profile.composition["b"] == pytest.approx((0.25, 0.25, 0.25, 0.25))
    assert profile.gc == pytest.approx({"a": 0.6, "b": 0.5, "": 1.0})
    assert profile.repeats == 1
    assert profile.test_in_train == 1
    assert profile.molecule_confidence == 0.9


def test_the_histogram_counts_every_record_once() -> None:
    generator = np.random.default_rng(5)
    texts = ["A" * int(length) for length in generator.integers(1, 5000, 300)]
    profile = profile_of(Dataset.from_records(texts, labels=["x", "y", None] * 100), Molecule.PROTEIN)
    assert {name: sum(counts) for name, counts in profile.length_counts.items()} == {"x": 100, "y": 100, "": 100}
    assert len(profile.length_edges) == len(profile.length_counts["x"]) + 1 <= 42
    assert profile.gc == {}


def test_a_profile_survives_a_trip_through_json() -> None:
    profile = profile_of(DATASET, Molecule.RNA)
    assert DataProfile.from_dict(json.loads(json.dumps(dataclasses.asdict(profile)))) == profile


def test_an_empty_data_set_has_a_profile() -> None:
    profile = profile_of(Dataset.from_records([]), Molecule.DNA)
    assert (profile.records, profile.longest, profile.fixed_length) == (0, 0, False)


@pytest.mark.parametrize(
    ("letters", "molecule"),
    [
        ("ACGTACGTNNNN", Molecule.DNA),
        ("acgtnnryswkm", Molecule.DNA),
        ("NNNNNNNNNN", Molecule.DNA),
        ("ACGUACGU", Molecule.RNA),
        ("ACGTACGTXXAC" * 9, Molecule.DNA),
        ("MKVLLAGIVWQ", Molecule.PROTEIN),
        ("KLAKLAKKLAKLAK", Molecule.PROTEIN),
        ("GIGKFLHSAKKFGKAFVGEIMNS", Molecule.PROTEIN),
        ("ACGT--ACGT..*", Molecule.DNA),
        ("", Molecule.DNA),
    ],
)
def test_the_molecule_is_told_from_all_letters(letters: str, molecule: Molecule) -> None:
    guessed, confidence = guess_molecule(np.frombuffer(letters.encode(), np.uint8))
    assert guessed is molecule
    assert 0 <= confidence <= 1
