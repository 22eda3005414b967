"""What gives the class away is found, one trait at a time, and honest data raise no alarm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bioseq.errors import Severity
from bioseq.resources import resource_folder
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.files import FileRequest
from bioseq.sequences.quality import find
from bioseq.sequences.reading import read_files
from bioseq.sequences.shortcuts import FEWEST_RECORDS, find_shortcuts

COUNT = 240


def planted(trait: str, *, count: int = COUNT, classes: int = 2, seed: int = 1) -> Dataset:
    """Random DNA in random order; one trait tells the class."""
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, classes, count)
    if trait == "order":
        labels = np.sort(labels)
    ids, sequences = [], []
    for number, label in enumerate(labels.tolist()):
        length = int(chance.integers(80, 120)) + (60 * label if trait == "length" else 0)
        shares = [0.25, 0.25, 0.25, 0.25]
        if trait == "gc" and label == 0:
            shares = [0.15, 0.35, 0.35, 0.15]
        if trait == "letters":  # the same GC content in both
            shares = [[0.4, 0.1, 0.4, 0.1], [0.1, 0.4, 0.1, 0.4]][label]
        sequences.append("".join(chance.choice(list("ACGT"), length, p=shares)))
        prefix = ("sp|Q", "chr")[label % 2] if trait == "names" else "seq"
        ids.append(f"{prefix}{chance.integers(10_000)}_{number}")
    return Dataset.from_records(sequences, ids=ids, labels=[f"class {label}" for label in labels])


def codes(dataset: Dataset) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in find_shortcuts(dataset, Molecule.DNA)}


@pytest.mark.parametrize(
    ("trait", "code", "severity"),
    [
        ("length", "length_tells_class", Severity.WARNING),
        ("gc", "gc_tells_class", Severity.WARNING),
        ("letters", "letters_tell_class", Severity.WARNING),
        ("names", "names_tell_class", Severity.WARNING),
        ("order", "order_tells_class", Severity.INFO),
    ],
)
def test_a_planted_shortcut_is_found_and_no_other(trait: str, code: str, severity: Severity) -> None:
    assert codes(planted(trait)) == {code: severity}


@pytest.mark.parametrize("seed", range(8))
def test_honest_records_raise_no_alarm(seed: int) -> None:
    assert codes(planted("nothing", seed=seed, count=FEWEST_RECORDS + 20)) == {}
    assert codes(planted("nothing", seed=seed, classes=5)) == {}


def test_lengths_that_tell_one_of_many_classes_from_the_middle_count_too() -> None:
    assert "length_tells_class" in codes(planted("length", classes=3, count=400))


def test_batches_are_found_and_one_file_per_class_is_how_labels_are_given() -> None:
    dataset = planted("order")
    middle = int(np.searchsorted(dataset.labels, 1))
    pure = replace(dataset, sources=("a.fa", "b.fa"), source_starts=np.array([0, middle]))
    assert "files_tell_class" not in codes(pure)
    mixed = replace(pure, source_starts=np.array([0, middle + 6]))
    assert codes(mixed)["files_tell_class"] is Severity.WARNING
    both = replace(planted("nothing"), sources=("a.fa", "b.fa"), source_starts=np.array([0, COUNT // 2]))
    assert "files_tell_class" not in codes(both)


def test_names_that_spell_the_class_are_no_news() -> None:
    dataset = planted("nothing")
    for words in (("pos_", "neg_"), ("P", "N"), ("class 0 ", "class 1 ")):
        ids = [f"{words[label]}{row}" for row, label in enumerate(dataset.labels.tolist())]
        sequences = [dataset.sequence(row) for row in range(len(dataset))]
        labels = [dataset.label_names[label] for label in dataset.labels]
        assert codes(Dataset.from_records(sequences, ids=ids, labels=labels)) == {}


def test_few_records_and_a_single_class_say_nothing() -> None:
    assert codes(planted("length", count=FEWEST_RECORDS - 1)) == {}
    assert codes(planted("length", classes=1)) == {}


def test_the_finding_says_what_differs_and_stands_among_the_others() -> None:
    found = {finding.code: finding for finding in find(planted("length"), Molecule.DNA)}["length_tells_class"]
    assert "in 'class 0'" in found.message
    assert "in 'class 1'" in found.message
    assert "same lengths" in found.remedy
    assert found.count == COUNT


@pytest.mark.parametrize("name", ["antimicrobial_peptides", "m1a_sites", "promoters", "splice_junctions"])
def test_the_bundled_sets_raise_no_alarm(name: str) -> None:
    reading = read_files((FileRequest(str(resource_folder() / "samples" / f"{name}.fasta")),))
    shortcuts = list(find_shortcuts(reading.dataset, reading.molecule))
    assert [found.code for found in shortcuts if found.severity is Severity.WARNING] == []
