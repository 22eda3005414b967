"""Records as numbers of residues, some at a time, for what is computed letter by letter. numpy only.

Shapes: N records, `letters` all their letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

_BLOCK = 1 << 18
"""Letters in one go, so that all steps find them in the cache."""
_FIRST_RESIDUE = 2


def residues_of(molecule: Molecule) -> int:
    """How many residues a molecule is spelt with."""
    return len(ALPHABETS[molecule].residues)


def residue_blocks(records: Dataset, molecule: Molecule) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Numbers of the residues `(letters,)` and offsets of some records at a time; no residue counts as the first."""
    column = Vocabulary(molecule).encode(records.letters, records.offsets, counts=records.counts)
    first = 0
    while first < len(column):
        last = int(np.searchsorted(column.offsets, column.offsets[first] + _BLOCK, "right")) - 1
        last = max(first + 1, min(last, len(column)))
        offsets = column.offsets[first : last + 1]
        codes = np.maximum(column.tokens[offsets[0] : offsets[-1]], _FIRST_RESIDUE) - np.uint8(_FIRST_RESIDUE)
        yield codes.astype(np.uint8, copy=False), offsets - offsets[0]
        first = last


def places_of(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where in its record each letter stands, from 0, `(letters,)`."""
    return np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))


def compositions(records: Dataset, molecule: Molecule) -> NDArray[np.float64]:
    """Relative frequency of each residue in each record, `(N, A)`."""
    residues = residues_of(molecule)
    parts = []
    for codes, offsets in residue_blocks(records, molecule):
        lengths = np.diff(offsets)
        owners = np.repeat(np.arange(len(lengths)) * residues, lengths)
        counts = np.bincount(owners + codes, minlength=len(lengths) * residues).reshape(-1, residues)
        parts.append(counts / lengths[:, None])
    return np.concatenate([np.zeros((0, residues)), *parts])
