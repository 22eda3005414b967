"""Records far from the training data are told, whatever makes them far; others hardly ever are."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import roc_auc
from bioseq.prediction.domain import FEWEST_RECORDS, Domain, domain_from, fit_domain
from bioseq.prediction.predict import load_predictor, predict_dataset
from bioseq.prediction.table import Flag
from bioseq.resources import resource_folder
from bioseq.runs.bundle import find_bundle, read_bundle, write_bundle
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import read_files

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.runs.folder import RunFolder


def family(count: int, *, seed: int, ancestor: int, change: float = 0.3) -> list[str]:
    """Sequences of one family: an ancestor of 90 letters, each with its own changes and its own ends."""
    letters = np.random.default_rng(ancestor).choice(list("ACGT"), 90)
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        own = np.where(chance.random(90) < change, chance.choice(list("ACGT"), 90), letters)
        made.append("".join(own[chance.integers(0, 8) : 90 - chance.integers(0, 8)]))
    return made


def shuffled(sequences: list[str]) -> list[str]:
    chance = np.random.default_rng(5)
    return ["".join(chance.permutation(list(sequence))) for sequence in sequences]


def dataset(sequences: list[str]) -> Dataset:
    return Dataset.from_records(sequences, labels=["a"] * len(sequences))


def auc(domain: Domain, usual: list[str], far: list[str]) -> float:
    distances = np.concatenate([domain.distances(dataset(usual)), domain.distances(dataset(far))])
    return roc_auc(np.repeat([False, True], [len(usual), len(far)]), distances)


def share(flags: NDArray[np.uint8]) -> float:
    return float(np.mean(flags > 0))


@pytest.fixture(scope="module")
def learnt() -> Domain:
    domain = fit_domain(dataset(family(1_000, seed=1, ancestor=1)), Molecule.DNA)
    assert domain is not None
    return domain


USUAL = family(300, seed=2, ancestor=1)


@pytest.mark.parametrize(
    ("kind", "far"),
    [
        ("shuffled", shuffled(USUAL)),
        ("another family", family(300, seed=3, ancestor=7)),
        ("other letters", shuffled(["A" * 60 + "T" * 15 + "GC" * 5] * 300)),
        ("repetitive", ["AC" * 42, "A" * 80, "GTA" * 28] * 100),
    ],
)
def test_planted_strangers_are_told_from_the_family(learnt: Domain, kind: str, far: list[str]) -> None:
    assert auc(learnt, USUAL, far) >= 0.9, kind
    assert share(learnt.flags(dataset(far))) > 0.5
    assert share(learnt.flags(dataset(USUAL))) <= 0.04


def test_the_flag_says_whether_the_letters_differ(learnt: Domain) -> None:
    flags = learnt.flags(dataset([*family(20, seed=9, ancestor=7), "A" * 80]))
    assert flags[-1] == Flag.UNLIKE_LETTERS
    assert np.count_nonzero(flags[:-1] == Flag.FAR_FROM_TRAINING) > 10


@pytest.mark.parametrize("name", ["splice_junctions", "antimicrobial_peptides", "m1a_sites"])
def test_random_sequences_are_told_from_those_of_a_bundled_set(name: str) -> None:
    reading = read_files((FileRequest(str(resource_folder() / "samples" / f"{name}.fasta")),))
    rows = np.random.default_rng(1).permutation(len(reading.dataset))
    train, test = (reading.dataset.take(np.sort(part)) for part in np.split(rows, [len(rows) * 4 // 5]))
    domain = fit_domain(train, reading.molecule)
    assert domain is not None
    usual = [test.sequence(row) for row in range(len(test))]
    chance = np.random.default_rng(2)
    residues = list(ALPHABETS[reading.molecule].residues)
    far = ["".join(chance.choice(residues, len(sequence))) for sequence in usual]
    assert auc(domain, usual, far) >= 0.9
    assert share(domain.flags(test)) <= 0.03


@pytest.mark.parametrize("name", ["splice_junctions", "antimicrobial_peptides", "m1a_sites", "promoters"])
def test_homopolymers_and_dinucleotide_repeats_are_flagged_by_what_is_learnt_from_a_bundled_set(name: str) -> None:
    reading = read_files((FileRequest(str(resource_folder() / "samples" / f"{name}.fasta")),))
    domain = fit_domain(reading.dataset, reading.molecule)
    assert domain is not None
    residues = ALPHABETS[reading.molecule].residues
    lengths = reading.dataset.lengths[:: max(1, len(reading.dataset) // 100)]
    runs = [residues[row % len(residues)] * int(length) for row, length in enumerate(lengths)]
    pairs = [
        ((residues[row % len(residues)] + residues[(row * 7 + 1) % len(residues)]) * int(length))[:length]
        for row, length in enumerate(lengths)
    ]
    assert share(domain.flags(dataset(runs))) >= 0.95
    assert share(domain.flags(dataset(pairs))) >= 0.95


def test_short_repeats_of_any_unit_are_flagged(learnt: Domain) -> None:
    units = ["ACG", "TTGA", "CATGA", "GTACCA", "TTGACCA", "GATTACAC"]
    repeats = dataset([(unit * 30)[:82] for unit in units])
    assert learnt.flags(repeats).all()


def test_records_of_new_clusters_are_not_flagged_where_clusters_are_held_out_together() -> None:
    chance = np.random.default_rng(8)
    residues = list(ALPHABETS[Molecule.PROTEIN].residues)
    founders = [chance.choice(residues, 60) for _ in range(160)]
    copies = ["".join(np.where(chance.random(60) < 0.05, chance.choice(residues, 60), one)) for one in founders * 3]
    clusters = np.tile(np.arange(len(founders)), 3)
    new = dataset(["".join(chance.choice(residues, 60)) for _ in range(200)])
    together = fit_domain(dataset(copies), Molecule.PROTEIN, groups=clusters)
    apart = fit_domain(dataset(copies), Molecule.PROTEIN)
    assert together is not None
    assert apart is not None
    assert share(together.flags(new)) <= 0.04
    assert share(apart.flags(new)) > 0.2  # those held out had copies among the rest, and so were near


def test_positions_count_where_all_records_have_one_length() -> None:
    chance = np.random.default_rng(4)

    def sites(count: int, *, centre: str) -> list[str]:
        return [
            "".join(chance.choice(list("ACGT"), 20)) + centre + "".join(chance.choice(list("ACGT"), 20))
            for _ in range(count)
        ]

    domain = fit_domain(dataset(sites(800, centre="CG")), Molecule.DNA)
    assert domain is not None
    assert domain.measures.positions.log_ratios.shape == (1, 42, 4)
    assert auc(domain, sites(200, centre="CG"), sites(200, centre="TT")) > 0.9
    longer = domain.distances(dataset([sites(1, centre="CG")[0] + "ACGT", "ACG"]))
    assert np.isfinite(longer).all()


def test_records_are_judged_one_by_one_whatever_stands_beside_them(learnt: Domain) -> None:
    some = [*USUAL[:5], "ACG", "N" * 50, USUAL[0].lower()]
    together = learnt.distances(dataset(some))
    alone = [learnt.distances(dataset([sequence]))[0] for sequence in some]
    np.testing.assert_allclose(together, alone, rtol=1e-6)
    assert together[0] == together[-1]
    assert len(learnt.distances(dataset(some).take(np.zeros(0, np.intp)))) == 0


def test_the_profile_of_an_older_version_flags_as_that_version_did() -> None:
    words = "-2.5817 -3.7762 -2.3632 -2.3132 -3.1928 -7.0403 -2.6236 -3.1928 "
    words += "-3.954 -1.1524 -4.1209 -4.3086 -2.4553 -4.4578 -2.3536 -2.1687"
    positions = [
        [-0.8129, -3.2108, -1.8758, -1.0136],
        [-1.0591, -1.8758, -3.2108, -0.7772],
        [-0.9285, -3.2108, -2.1122, -0.8129],
        [-0.9701, -1.9871, -2.1122, -1.0136],
        [-4.8203, -4.8203, -0.0245, -4.8203],
        [-4.8203, -0.0245, -4.8203, -4.8203],
    ]
    arrays = {
        "words": np.array(words.split(), np.float32),
        "positions": np.array(positions, np.float32),
        "shares": np.array([0.2639, 0.225, 0.2361, 0.275]),
        "usual": np.array([-2.5025, 0.1425, 0.0, -0.846, 0.0394, 0.0]),
        "limits": np.array([1.2463, 3.6876, 0.3917, 6.0, 6.0]),
    }
    older = domain_from(arrays, Molecule.DNA)
    records = dataset(["ATTAGC", "GGGGGG", "AC", "CCGCGCGTA", "TATATATATATATA"])
    np.testing.assert_allclose(older.distances(records), [0, 8.74667, 4.20571, 3.7301, 7.07014], rtol=1e-5)
    unlike, far = Flag.UNLIKE_LETTERS, Flag.FAR_FROM_TRAINING
    assert older.flags(records).tolist() == [0, unlike, unlike, far, unlike]
    assert (older.shortest, older.longest) == (6, 6)
    with pytest.raises(ValueError, match="does not fit"):
        domain_from({**arrays, "limits": np.zeros(4)}, Molecule.DNA)


def test_few_training_records_say_nothing() -> None:
    assert fit_domain(dataset(USUAL[: FEWEST_RECORDS - 1]), Molecule.DNA) is None
    assert fit_domain(dataset(USUAL[:FEWEST_RECORDS]), Molecule.DNA) is not None


def test_the_profile_survives_its_arrays_and_strange_ones_are_refused(learnt: Domain) -> None:
    arrays = learnt.to_arrays()
    again = Domain.from_arrays(arrays, Molecule.DNA)
    np.testing.assert_array_equal(again.distances(dataset(USUAL)), learnt.distances(dataset(USUAL)))
    faults = [
        {"chain": arrays["chain"][:-1]},
        {"chain": arrays["chain"].astype(np.float64)},
        {"positions": np.zeros((1, 3, 5), np.float32)},
        {"priors": np.zeros(2, np.float32)},
        {"owners": arrays["owners"][:-1]} if len(arrays["owners"]) else {"owners": np.zeros(1, np.uint16)},
        {"bound": np.array([-1])},
        {"levels": np.zeros_like(arrays["levels"])},
        {"limits": np.zeros(2)},
        {"bounds": np.zeros(3)},
        {"usual": np.full_like(arrays["usual"], np.nan)},
    ]
    for fault in faults:
        with pytest.raises(ValueError, match=r"does not fit|not the tables"):
            Domain.from_arrays({**arrays, **fault}, Molecule.DNA)


def test_predictions_are_flagged_and_older_bundles_still_predict(trained_run: RunFolder, tmp_path: Path) -> None:
    predictor = load_predictor(trained_run.path)
    domain = predictor.domain
    assert domain is not None
    assert (domain.shortest, domain.longest) >= (30, 39)
    strange = dataset(["TATAAT" * 6, "AC" * 17, "C" * 29, "G" * 60])
    told = predict_dataset(predictor, strange).flags
    assert told[0] & (Flag.UNLIKE_LETTERS | Flag.FAR_FROM_TRAINING)
    assert told[2] & Flag.SHORTER_THAN_TRAINED
    assert told[3] & Flag.LONGER_THAN_TRAINED
    old = tmp_path / "old.bioseq"
    write_bundle(old, replace(read_bundle(find_bundle(trained_run.path)), domain={}))
    without = predict_dataset(load_predictor(old), strange)
    assert not (without.flags & (Flag.UNLIKE_LETTERS | Flag.FAR_FROM_TRAINING)).any()
    np.testing.assert_array_equal(without.probabilities, predict_dataset(predictor, strange).probabilities)


def test_a_bundle_with_a_profile_that_cannot_be_is_refused(trained_run: RunFolder, tmp_path: Path) -> None:
    path = Path(shutil.copy(find_bundle(trained_run.path), tmp_path / "model.bioseq"))
    contents = read_bundle(path)
    for domain in ({"words": np.zeros(3, np.float32)}, {**contents.domain, "usual": np.full((11, 3), np.inf)}):
        write_bundle(path, replace(contents, domain=domain))
        with pytest.raises(BioseqError, match="not those of its model"):
            load_predictor(path)
