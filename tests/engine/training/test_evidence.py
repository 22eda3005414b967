"""Regressions on some training records see where the classes differ: k-mers, positions, composition, or nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bioseq.config.evidence import Evidence
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.evidence import find_evidence

MOTIF = "GATTACAG"
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def records(kind: str, *, count: int = 400, length: int = 60, seed: int = 1) -> Dataset:
    """Two classes of DNA that differ in the way that the kind says."""
    chance = np.random.default_rng(seed)
    sequences, labels = [], []
    for number in range(count):
        positive = number % 2 == 1
        frequencies = [0.32, 0.18, 0.18, 0.32] if kind == "composition" and positive else [0.25] * 4
        size = length + int(chance.integers(0, 40)) if kind == "ends" else length
        letters = list(chance.choice(list("ACGT"), size, p=frequencies))
        if positive and kind in ("fixed", "floating", "strands", "ends"):
            place = {"fixed": 20, "ends": 0}.get(kind, int(chance.integers(0, size - len(MOTIF))))
            turned = kind == "strands" and chance.random() < 0.5
            letters[place : place + len(MOTIF)] = MOTIF.translate(COMPLEMENT)[::-1] if turned else MOTIF
        sequences.append("".join(letters))
        labels.append("site" if positive else "other")
    return Dataset.from_records(sequences, labels=labels, splits=[Split.TRAIN] * count)


def evidence_of(kind: str) -> Evidence:
    found = find_evidence(records(kind), Molecule.DNA)
    assert found is not None
    return found


def test_a_motif_anywhere_shows_in_kmers_and_not_in_positions() -> None:
    found = evidence_of("floating")
    assert found.auc("kmers") > 0.9
    position = found.probe("position")
    assert position is not None
    assert not position.above_chance


def test_a_motif_on_either_strand_shows_best_in_canonical_kmers() -> None:
    found = find_evidence(records("strands", count=120, length=160), Molecule.DNA)
    assert found is not None
    assert found.auc("canonical_kmers") > found.auc("kmers")
    assert found.auc("canonical_kmers") > 0.8


def test_a_motif_at_one_place_shows_in_positions() -> None:
    assert evidence_of("fixed").auc("position") > 0.97


def test_a_motif_at_an_end_shows_where_lengths_differ() -> None:
    assert evidence_of("ends").auc("position") > 0.97


def test_composition_shows() -> None:
    found = evidence_of("composition")
    assert found.auc("composition") > 0.8
    assert found.auc("canonical_kmers") > 0.5


def test_noise_shows_nothing() -> None:
    calm = [find_evidence(records("noise", seed=seed), Molecule.DNA) for seed in range(10)]
    assert sum(one is not None and one.shows_nothing for one in calm) >= 9


def test_test_records_are_not_looked_at() -> None:
    """Half of the records, for the test, have their classes turned round."""
    whole = records("floating", count=800)
    splits = np.where(np.arange(800) < 400, Split.TRAIN, Split.TEST).astype(np.uint8)
    labels = whole.labels.copy()
    labels[400:] = 1 - labels[400:]
    alone = find_evidence(whole.take(np.arange(400)), Molecule.DNA)
    assert find_evidence(replace(whole, labels=labels, splits=splits), Molecule.DNA) == alone


@pytest.mark.parametrize("count", [4, 18])
def test_few_records_show_nothing_at_all(count: int) -> None:
    assert find_evidence(records("fixed", count=count), Molecule.DNA) is None


def test_records_that_are_all_alike_show_nothing_at_all() -> None:
    alike = Dataset.from_records(["ACGT" * 10] * 40, labels=["a", "b"] * 20, splits=[Split.TRAIN] * 40)
    assert find_evidence(alike, Molecule.DNA) is None


def test_it_goes_through_json_unchanged() -> None:
    found = evidence_of("noise")
    assert Evidence.from_dict(found.to_dict()) == found


def test_relatives_do_not_make_families_look_like_classes() -> None:
    chance = np.random.default_rng(3)
    sequences, labels = [], []
    for number in range(80):
        ancestor = chance.choice(list("ACGT"), 80)
        for _ in range(5):
            sequences.append("".join(np.where(chance.random(80) < 0.08, chance.choice(list("ACGT"), 80), ancestor)))
            labels.append("ab"[number % 2])
    found = find_evidence(
        Dataset.from_records(sequences, labels=labels, splits=[Split.TRAIN] * len(labels)), Molecule.DNA
    )
    assert found is not None
    for probe in found.probes:
        assert not probe.above_chance, probe
        assert probe.error > 0.05, "80 families are no more than 80 records"
