"""Which letters stand where in records of one length, class by class. numpy only.

Shapes: N records, C classes, L positions, A residues, `letters` all letters of some records.
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

MOST_NUMBERS = 1 << 16
"""Numbers in a profile at most; with more classes or positions the classes are taken together, or there is none."""
_PSEUDO = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class PositionProfile:
    """How much likelier each letter is at each position than anywhere.

    Attributes:
        log_ratios: Log of the probability at a position over that in all records, nats, float32 `(C, L, A)`; no
            positions where records have several lengths.
        log_priors: Log of the relative frequency of each class, float32 `(C,)`.
    """

    log_ratios: NDArray[np.float32]
    log_priors: NDArray[np.float32]

    @classmethod
    def fit(cls, records: Dataset, molecule: Molecule) -> PositionProfile:
        """The profile of labelled records, none of them empty."""
        residues, lengths = residues_of(molecule), records.lengths
        length = int(lengths[0]) if (lengths == lengths[0]).all() else 0
        labels = np.unique(records.labels, return_inverse=True)[1]
        if (int(labels.max()) + 1) * length * residues > MOST_NUMBERS:
            labels = np.zeros(len(records), np.intp)
        if not 0 < length * residues <= MOST_NUMBERS:
            return cls(np.zeros((1, 0, residues), np.float32), np.zeros(1, np.float32))
        counts = np.zeros((int(labels.max()) + 1, length * residues))
        first = 0
        for codes, offsets in residue_blocks(records, molecule):
            rows = codes.reshape(-1, length) + np.arange(length) * residues
            own = labels[first : first + len(offsets) - 1]
            first += len(own)
            for label in np.unique(own):
                counts[label] += np.bincount(rows[own == label].ravel(), minlength=length * residues)
        at_positions = counts.reshape(-1, length, residues)
        frequencies = at_positions.sum(axis=(0, 1)) + 1
        frequencies /= frequencies.sum()
        sizes = np.bincount(labels)
        ratios = (at_positions / frequencies + _PSEUDO) / (sizes[:, None, None] + _PSEUDO)
        return cls(np.log(ratios).astype(np.float32), np.log(sizes / sizes.sum()).astype(np.float32))

    @property
    def length(self) -> int:
        """L; 0 where records have several lengths."""
        return int(self.log_ratios.shape[1])

    def log_likelihood_ratios(self, codes: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
        """How much likelier each record is by its positions, as a mixture of the classes, nats, `(N,)`; else 0.

        Args:
            codes: Numbers of residues, `(letters,)`.
            offsets: Where each record starts, and the end of the last, none of them empty, `(N + 1,)`.
        """
        if not self.length:
            return np.zeros(len(offsets) - 1)
        flat = self.log_ratios.reshape(len(self.log_priors), -1)
        residues = self.log_ratios.shape[2]
        if (np.diff(offsets) == self.length).all():
            at = codes.reshape(-1, self.length) + np.arange(self.length, dtype=np.int32) * residues
            by_class = [table[at].sum(axis=1, dtype=np.float64) for table in flat]
        else:
            place = places_of(offsets)
            near = place < self.length
            at = np.where(near, place, 0) * residues + codes
            by_class = [np.add.reduceat(np.where(near, table[at], 0.0), offsets[:-1]) for table in flat]
        mixed: NDArray[np.float64] = np.logaddexp.reduce(np.array(by_class) + self.log_priors[:, None], axis=0)
        return mixed
