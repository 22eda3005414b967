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
from bioseq.prediction.domain import FEWEST_RECORDS, Domain, fit_domain
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


def test_positions_count_where_all_records_have_one_length() -> None:
    chance = np.random.default_rng(4)

    def sites(count: int, *, centre: str) -> list[str]:
        return [
            "".join(chance.choice(list("ACGT"), 20)) + centre + "".join(chance.choice(list("ACGT"), 20))
            for _ in range(count)
        ]

    domain = fit_domain(dataset(sites(800, centre="CG")), Molecule.DNA)
    assert domain is not None
    assert domain.likelihood.positions.shape == (42, 4)
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


def test_few_training_records_say_nothing() -> None:
    assert fit_domain(dataset(USUAL[: FEWEST_RECORDS - 1]), Molecule.DNA) is None
    assert fit_domain(dataset(USUAL[:FEWEST_RECORDS]), Molecule.DNA) is not None


def test_the_profile_survives_its_arrays_and_strange_ones_are_refused(learnt: Domain) -> None:
    arrays = learnt.to_arrays()
    again = Domain.from_arrays(arrays, Molecule.DNA)
    np.testing.assert_array_equal(again.distances(dataset(USUAL)), learnt.distances(dataset(USUAL)))
    faults = [
        {"words": arrays["words"][:-1]},
        {"words": arrays["words"].astype(np.float64)},
        {"positions": np.zeros((3, 5), np.float32)},
        {"limits": np.zeros(4)},
        {"usual": np.full(6, np.nan)},
    ]
    for fault in faults:
        with pytest.raises(ValueError, match="does not fit"):
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
    for domain in ({"words": np.zeros(3, np.float32)}, {**contents.domain, "usual": np.full(6, np.inf)}):
        write_bundle(path, replace(contents, domain=domain))
        with pytest.raises(BioseqError, match="not those of its model"):
            load_predictor(path)
