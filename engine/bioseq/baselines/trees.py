"""Decision trees as arrays: many trees one after the other, followed for all records at once.

A node with `feature >= 0` asks whether that feature is at most `threshold` and leads to the node `left` or `right` of
the same tree; one with `feature == -1` is a leaf, and `left` is the row of its values. Children stand behind their
parents, so that no path can turn in a circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.runs.weights import Weights

LEAF = -1
_PATHS_AT_ONCE = 1 << 16
"""Pairs of record and tree that are followed together, so few that they stay in the cache."""
_STILL_OPEN = 0.7
"""Share of paths that are not yet at a leaf, below which the others are set aside."""


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """T trees with M nodes and K leaves in all.

    Attributes:
        starts: Number of the first node of each tree, and the end, int64 `(T + 1,)`.
        feature: What each node asks for, `LEAF` at a leaf, int32 `(M,)`.
        threshold: Up to which the answer is "left", `(M,)`; in the type in which features are compared: float32 or
            float64.
        left: Next node within the tree, or row of `values` at a leaf, int32 `(M,)`.
        right: Next node within the tree, int32 `(M,)`.
        values: What the leaves say, float64 `(K, V)`.
    """

    starts: NDArray[np.int64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32] | NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def leaf_rows(self, features: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.int64]:
        """For N records the row of `values` that each tree leads to, `(N, T)`."""
        count, trees = len(features), len(self)
        rows = np.empty((count, trees), np.int64)
        block = max(1, _PATHS_AT_ONCE // max(1, trees))
        ways = self._ways()
        for start in range(0, count, block):
            part = np.ascontiguousarray(features[start : start + block])
            ends = self._followed(part, ways)
            rows[start : start + block] = self.left[ends].reshape(-1, trees)
        return rows

    def _ways(self) -> NDArray[np.int64]:
        """Nodes that follow each node, counted over all trees, left and right in turn; a leaf follows itself."""
        sizes = np.diff(self.starts)
        root = np.repeat(self.starts[:-1], sizes)
        leaf = self.feature == LEAF
        own = np.arange(len(leaf))
        return np.column_stack([np.where(leaf, own, root + self.left), np.where(leaf, own, root + self.right)]).ravel()

    def _followed(self, features: NDArray[Any], ways: NDArray[np.int64]) -> NDArray[np.int64]:
        """The leaf, counted over all trees, of each pair of record and tree, `(N * T,)`."""
        count, width = features.shape
        flat = features.ravel()
        node = np.tile(self.starts[:-1], count)
        open_ = np.arange(len(node))
        here = node
        first = np.repeat(np.arange(count) * width, len(self))  # where each record's features start
        while len(open_):
            asked = self.feature.take(here)
            inner = asked != LEAF
            if np.count_nonzero(inner) < _STILL_OPEN * len(open_):
                node[open_] = here
                open_, here, first, asked = open_[inner], here[inner], first[inner], asked[inner]
                if not len(open_):
                    break
            # At a leaf any feature will do: both ways lead back to it.
            goes_right = flat.take(first + np.maximum(asked, 0)) > self.threshold.take(here)
            here = ways.take(2 * here + goes_right)
        return node

    def to_weights(self) -> Weights:
        """All of it as named arrays."""
        names = ("starts", "feature", "threshold", "left", "right", "values")
        return {f"tree_{name}": getattr(self, name) for name in names}

    @classmethod
    def from_weights(cls, weights: Weights, *, features: int, width: int, threshold: type[np.floating]) -> Trees:
        """The inverse of `to_weights`.

        Args:
            weights: Named arrays, of anyone.
            features: Number of features that the nodes may ask for.
            width: Values per leaf.
            threshold: Type of the thresholds.

        Raises:
            ValueError: The arrays are no trees, lead out of their tree or in a circle.
        """
        kinds = {
            "starts": np.int64,
            "feature": np.int32,
            "threshold": threshold,
            "left": np.int32,
            "right": np.int32,
            "values": np.float64,
        }
        if weights.keys() != {f"tree_{name}" for name in kinds}:
            raise ValueError("other arrays than expected")
        arrays = {name: weights[f"tree_{name}"] for name in kinds}
        if any(arrays[name].dtype != kind for name, kind in kinds.items()):
            raise ValueError("an array is of another type than expected")
        trees = cls(**arrays)
        _check_shapes(trees, width)
        _check_ways(trees, features)
        return trees


def joined(parts: Sequence[Trees]) -> Trees:
    """Trees one after the other; at least one part."""
    nodes = np.cumsum([0, *(len(part.feature) for part in parts)])
    leaves = np.cumsum([0, *(len(part.values) for part in parts)])
    starts = [part.starts[:-1] + before for part, before in zip(parts, nodes[:-1], strict=True)]
    lefts = [
        np.where(part.feature == LEAF, part.left + before, part.left)
        for part, before in zip(parts, leaves[:-1], strict=True)
    ]
    return Trees(
        np.concatenate([*starts, nodes[-1:]]).astype(np.int64),
        np.concatenate([part.feature for part in parts]),
        np.concatenate([part.threshold for part in parts]),
        np.concatenate(lefts).astype(np.int32),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def _check_shapes(trees: Trees, width: int) -> None:
    nodes = trees.feature.shape
    flat = all(array.ndim == 1 for array in (trees.starts, trees.feature))
    alike = all(array.shape == nodes for array in (trees.threshold, trees.left, trees.right))
    if not flat or not alike or trees.values.ndim != 2 or trees.values.shape[1] != width:
        raise ValueError("the arrays do not fit together")
    starts = trees.starts
    if len(starts) < 2 or starts[0] != 0 or starts[-1] != len(trees.feature) or np.any(np.diff(starts) < 1):
        raise ValueError("the trees do not fit their nodes")
    if not np.isfinite(trees.values).all() or np.isnan(trees.threshold).any():
        raise ValueError("a number is missing")


def _check_ways(trees: Trees, features: int) -> None:
    leaf = trees.feature == LEAF
    sizes = np.diff(trees.starts)
    place = np.arange(len(leaf)) - np.repeat(trees.starts[:-1], sizes)
    size = np.repeat(sizes, sizes)
    if np.any(trees.feature < LEAF) or np.any(trees.feature >= features):
        raise ValueError("a node asks for a feature that is not there")
    for child in (trees.left, trees.right):
        if np.any(~leaf & ((child <= place) | (child >= size))):
            raise ValueError("a node leads out of its tree or back")
    if np.any(leaf & ((trees.left < 0) | (trees.left >= len(trees.values)))):
        raise ValueError("a leaf has no values")
