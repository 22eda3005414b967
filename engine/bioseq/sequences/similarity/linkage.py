"""How pairs of similar sequences become clusters. Sequences are numbered from the longest to the shortest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Linkage(Protocol):
    """Takes pairs, and tells which others are still worth looking at."""

    @property
    def leaders(self) -> NDArray[np.int64]:
        """For each sequence the one that its cluster is named after, `(N,)`."""

    def open(self, earlier: NDArray[np.intp], later: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which pairs could still change the clusters, `(P,)`."""

    def join(self, earlier: NDArray[np.intp], later: NDArray[np.intp]) -> None:
        """Take similar pairs; all pairs of later sequences come in later calls."""


class Connected:
    """Whatever is similar is in one cluster, and what is similar to that too: no similar pair is torn apart.

    Args:
        count: Sequences, N.
    """

    def __init__(self, count: int) -> None:
        self.leaders = np.arange(count, dtype=np.int64)

    def open(self, earlier: NDArray[np.intp], later: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Pairs of different clusters."""
        found: NDArray[np.bool_] = self.leaders[earlier] != self.leaders[later]
        return found

    def join(self, earlier: NDArray[np.intp], later: NDArray[np.intp]) -> None:
        """Make one cluster of the two of each pair."""
        ends = np.stack([self.leaders[earlier], self.leaders[later]])
        ends = np.sort(ends[:, ends[0] != ends[1]], axis=0)
        if not ends.shape[1]:
            return
        parents: dict[int, int] = {}
        for low, high in np.unique(ends, axis=1).T.tolist():
            first, second = sorted((_root(parents, low), _root(parents, high)))
            if first != second:
                parents[second] = first
        table = np.arange(len(self.leaders), dtype=np.int64)
        table[list(parents)] = [_root(parents, name) for name in parents]
        self.leaders = table[self.leaders]


class Represented:
    """Each sequence is similar to the one that its cluster is named after (Li and Godzik 2006), the longest of it.

    Args:
        count: Sequences, N.
    """

    def __init__(self, count: int) -> None:
        self.leaders = np.arange(count, dtype=np.int64)

    def open(self, earlier: NDArray[np.intp], later: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Pairs of one that may represent others and one that is not represented yet."""
        found: NDArray[np.bool_] = (self.leaders[earlier] == earlier) & (self.leaders[later] == later)
        return found

    def join(self, earlier: NDArray[np.intp], later: NDArray[np.intp]) -> None:
        """Give each later sequence to the first that it is similar to and that represents."""
        for place in np.lexsort((earlier, later)).tolist():
            low, high = int(earlier[place]), int(later[place])
            if self.leaders[low] == low and self.leaders[high] == high:
                self.leaders[high] = low


def _root(parents: dict[int, int], name: int) -> int:
    while name in parents:
        up = parents[name]
        if up in parents:
            parents[name] = parents[up]
        name = up
    return name
