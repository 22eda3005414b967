"""Markov chains of letters: how likely each letter is after the letters before it. numpy only.

The probabilities after long contexts lean on those after shorter ones, so that a context that was hardly seen says
what its end says (interpolated chains: Salzberg et al. 1998, 10.1093/nar/26.2.544).

Shapes: N records, A residues, `letters` all letters of some records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.prediction.residues import places_of, residue_blocks, residues_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset

HIGHEST_ORDER = {4: 7, 20: 2}
"""Letters before each that a chain of so many residues heeds at most: words then fit into 16 bits."""
_PSEUDO = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class MarkovChain:
    """Log probability of each letter after the letters before it.

    Attributes:
        residues: A.
        tables: For contexts of 0, 1, ... letters, one after the other: log probability of the last letter of each word
            after the others, nats, float32 `(A**(order + 1),)` in the last.
    """

    residues: int
    tables: tuple[NDArray[np.float32], ...]

    @classmethod
    def fit(cls, records: Dataset, molecule: Molecule, order: int) -> MarkovChain:
        """The chain of these records, none of them empty.

        Args:
            records: What to learn from.
            molecule: What they are made of.
            order: Letters of the longest context, 0 to `HIGHEST_ORDER`.
        """
        residues = residues_of(molecule)
        counts = [np.zeros(residues**length) for length in range(1, order + 2)]
        for codes, offsets in residue_blocks(records, molecule):
            place, words = places_of(offsets), codes.astype(np.uint16)
            for before in range(order + 1):
                if before:
                    words[1:] = words[:-1] * np.uint16(residues) + codes[1:]
                counts[before] += np.bincount(words[place >= before], minlength=len(counts[before]))
        return cls(residues, tuple(np.log(table).astype(np.float32) for table in _interpolate(counts, residues)))

    @classmethod
    def from_array(cls, values: NDArray[np.float32], residues: int) -> MarkovChain:
        """The inverse of `to_array`.

        Raises:
            ValueError: So many numbers are no chain.
        """
        sizes = np.cumsum([residues**length for length in range(1, HIGHEST_ORDER[residues] + 2)])
        if values.ndim != 1 or len(values) not in sizes:
            raise ValueError("these are not the tables of a chain")
        order = int(np.flatnonzero(sizes == len(values))[0])
        return cls(residues, tuple(np.split(values, sizes[:order])))

    def to_array(self) -> NDArray[np.float32]:
        """All tables one after the other."""
        return np.concatenate(self.tables)

    @property
    def order(self) -> int:
        """Letters of the longest context."""
        return len(self.tables) - 1

    def shortened(self, order: int) -> MarkovChain:
        """The chain with shorter contexts only."""
        return MarkovChain(self.residues, self.tables[: order + 1])

    def log_likelihoods(self, codes: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Log likelihood of each record, nats, `(N,)`; its first letters are taken after the few there are before them.

        Args:
            codes: Numbers of residues, `(letters,)`.
            offsets: Where each record starts, and the end of the last, none of them empty, `(N + 1,)`.
        """
        words = _words_ending(codes, self.residues, self.order + 1)
        likely = self.tables[-1][words]
        starts, lengths = offsets[:-1], np.diff(offsets)
        first = np.zeros(len(starts), np.int64)
        for before, table in enumerate(self.tables[:-1]):
            there = lengths > before
            starts, lengths, first = starts[there], lengths[there], first[there]
            first = first * self.residues + codes[starts + before]
            likely[starts + before] = table[first]
        return np.add.reduceat(likely, offsets[:-1], dtype=np.float64)


def best_order(records: Dataset, held_out: Dataset, molecule: Molecule) -> int:
    """The order whose chain, learnt from some records, makes others most likely."""
    chain = MarkovChain.fit(records, molecule, HIGHEST_ORDER[residues_of(molecule)])
    totals = np.zeros(chain.order + 1)
    for codes, offsets in residue_blocks(held_out, molecule):
        totals += [
            float(chain.shortened(order).log_likelihoods(codes, offsets).sum()) for order in range(chain.order + 1)
        ]
    return int(np.argmax(totals))


def _words_ending(codes: NDArray[np.uint8], residues: int, length: int) -> NDArray[np.uint16]:
    """The word of so many letters that ends at each letter, over the borders of records, `(letters,)`."""
    words = codes.astype(np.uint16)
    for before in range(1, length):
        words[before:] += codes[:-before] * np.uint16(residues**before)
    return words


def _interpolate(counts: list[NDArray[np.float64]], residues: int) -> list[NDArray[np.float64]]:
    """Probabilities after contexts of growing length; what is expected counts as one look at each residue."""
    tables = [(counts[0] + _PSEUDO) / (counts[0] + _PSEUDO).sum()]
    for count in counts[1:]:
        seen = count.reshape(residues, -1, residues)
        expected = tables[-1].reshape(1, -1, residues)
        table = (seen + residues * expected) / (seen.sum(axis=2, keepdims=True) + residues)
        tables.append(table.ravel())
    return tables
