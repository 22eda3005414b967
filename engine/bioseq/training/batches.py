"""Which records stand together in which batch of which epoch: a pure function of lengths, seed and epoch.

Because nothing else decides, a resumed run finds the same batches again from two numbers: epoch and step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POOL_BATCHES = 32
"""Records are sorted by length within pools of this many batches: little padding, much chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """The batches of a training set of N records.

    Attributes:
        lengths: Tokens per record, `(N,)`.
        batch_size: Records per batch at most; batches of an epoch differ by one record at most.
        seed: Draws the order.
    """

    lengths: NDArray[np.int64]
    batch_size: int
    seed: int

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-len(self.lengths) // self.batch_size)

    def epoch(self, number: int) -> list[NDArray[np.intp]]:
        """The records of each batch of an epoch: every record once, in an order of the epoch's own.

        Args:
            number: The epoch, 1-based.
        """
        chance = np.random.default_rng([self.seed, number])
        order = chance.permutation(len(self.lengths))
        edges = np.linspace(0, len(order), self.steps + 1).astype(np.intp)
        if self.lengths.min() == self.lengths.max():
            return [order[start:end] for start, end in pairwise(edges)]
        for first in range(0, self.steps, _POOL_BATCHES):
            pool = slice(edges[first], edges[min(first + _POOL_BATCHES, self.steps)])
            order[pool] = order[pool][np.argsort(self.lengths[order[pool]], kind="stable")]
        batches = [order[start:end] for start, end in pairwise(edges)]
        return [batches[place] for place in chance.permutation(len(batches))]
