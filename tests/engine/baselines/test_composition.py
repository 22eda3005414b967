"""Letters by position and counts of words, the features that anyone would try first."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.baselines.composition import OneHot, WordCounts
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
