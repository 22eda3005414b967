"""Which records stand together in which batch of which epoch: a pure function of lengths, classes, seed and epoch.

Because nothing else decides, a resumed run finds the same batches again from two numbers: epoch and step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bioseq.training.sampling import Sampling, drawn, records_per_epoch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.training.inputs import TrainingInput

_POOL_BATCHES = 32
"""Records are sorted by length within pools of this many batches: little padding, much chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """The batches of a training set of N records.

    Attributes:
        lengths: Tokens per record, `(N,)`.
        batch_size: Records per batch at most; batches of an epoch differ by one record at most.
        seed: Draws the order.
        labels: Class of each record, `(N,)`; not needed where each comes once.
        sampling: How often records come in an epoch.
    """

    lengths: NDArray[np.int64]
    batch_size: int
    seed: int
    labels: NDArray[np.int64] | None = None
    sampling: Sampling = "all"

    @classmethod
    def of(cls, job: TrainingInput) -> Batches:
        """The batches that the settings of a training ask for."""
        settings, train = job.settings, job.train
        return cls(train.tokens.lengths, settings.batch_size, settings.seed, train.labels, settings.sampling)

    @property
    def records(self) -> int:
        """Records per epoch, repeated ones counted each time."""
        return len(self.lengths) if self.labels is None else records_per_epoch(self.labels, self.sampling)

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-self.records // self.batch_size)

    def epoch(self, number: int) -> list[NDArray[np.intp]]:
        """The records of each batch of an epoch, in an order of the epoch's own: every record once, or as drawn.

        Args:
            number: The epoch, 1-based.
        """
        chance = np.random.default_rng([self.seed, number])
        order = chance.permutation(self.records)
        if self.labels is not None and self.sampling != "all":
            order = drawn(self.labels, self.sampling, seed=self.seed, epoch=number)[order]
        edges = np.linspace(0, len(order), self.steps + 1).astype(np.intp)
        if self.lengths.min() == self.lengths.max():
            return [order[start:end] for start, end in pairwise(edges)]
        for first in range(0, self.steps, _POOL_BATCHES):
            pool = slice(edges[first], edges[min(first + _POOL_BATCHES, self.steps)])
            order[pool] = order[pool][np.argsort(self.lengths[order[pool]], kind="stable")]
        batches = [order[start:end] for start, end in pairwise(edges)]
        return [batches[place] for place in chance.permutation(len(batches))]
