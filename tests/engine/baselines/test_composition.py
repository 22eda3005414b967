"""Letters by position and counts of words, the features that anyone would try first."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np
import pytest

from bioseq.baselines import composition
from bioseq.baselines.composition import OneHot, WordCounts
from bioseq.catalogue.descriptors import word_shapes
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset


def test_letters_by_position_are_ones_at_their_places() -> None:
    features = OneHot(Molecule.DNA, 3).of(Dataset.from_records(["ACG", "TNAC", "G"])).toarray()
    assert features.shape == (3, 12)
    assert np.flatnonzero(features[0]).tolist() == [0, 4 + 1, 8 + 2]
    assert np.flatnonzero(features[1]).tolist() == [3, 8 + 0]
    assert np.flatnonzero(features[2]).tolist() == [2]


def test_words_are_counted_as_shares_of_the_record() -> None:
    features = WordCounts(Molecule.RNA, (1, 2)).of(Dataset.from_records(["AACU", "N", ""])).toarray()
    assert features.shape == (3, 4 + 16)
    assert features[0, :4].tolist() == [0.5, 0.25, 0, 0.25]
    assert features[0, 4:].sum() == pytest.approx(1)
    assert features[0, 4 + 0] == pytest.approx(1 / 3)
    assert not features[1:].any()


RECORDS = {
    "one length": ["ACGTACGTTT", "AAAAAAAAAA", "TTGCATGCAA"],
    "unknown letters": ["ACGNACGTTT", "NNNNNNNNNN", "TTGCATGNNA", "ACGTACGTTT"],
    "lengths alike": ["ACGTA", "ACG", "", "TTGCATT"],
    "lengths unlike": ["A", "C", "", "G", "ACGT" * 40, "T"],
    "too short for any": ["A", "C"],
    "none": [],
}


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("values", ["counts", "shares", "root"])
def test_words_are_those_that_counting_one_by_one_finds(
    name: str, values: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = RECORDS[name]
    shapes = list(chain.from_iterable(word_shapes(letters, 2) for letters in (2, 3)))
    expected = np.zeros((len(records), sum(4 ** len(shape) for shape in shapes)))
    for row, record in enumerate(records):
        base = 0
        for shape in shapes:
            count = len(record) - shape[-1]
            words = Counter("".join(record[start + place] for place in shape) for start in range(count))
            for word, times in words.items():
                if "N" not in word:
                    column = base + int("".join(str("ACGT".index(letter)) for letter in word), 4)
                    expected[row, column] = times if values == "counts" else times / count
            base += 4 ** len(shape)
    if values == "root":
        expected = np.sqrt(expected)
    dataset = Dataset.from_records(records)
    counter = WordCounts(Molecule.DNA, (2, 3), values, gap=2)
    whole = counter.of(dataset)
    monkeypatch.setattr(composition, "_WORDS_AT_ONCE", 1)  # record by record
    alone = counter.of(dataset)
    for found in (whole, alone):
        assert found.has_canonical_format
        np.testing.assert_allclose(found.toarray(), expected)
    assert (whole != alone).nnz == 0
