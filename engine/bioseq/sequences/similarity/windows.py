"""Windows of one length about a site, letter by letter: identity without gaps, exact, by products of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.similarity.letters import Coded

LONGEST_WINDOW = 128
"""Letters up to which sequences of one length are taken for windows about a site."""
_BLOCK_NUMBERS = 1 << 22
"""Counts held at once: 16 MB."""


def are_windows(*sets: Coded | Dataset) -> bool:
    """Whether all sequences have one short length, so that place k means the same in each."""
    lengths = np.concatenate([sequences.lengths for sequences in sets])
    return bool(len(lengths)) and 0 < int(lengths[0]) <= LONGEST_WINDOW and bool(np.all(lengths == lengths[0]))


def identical_counts(
    queries: Coded, targets: Coded, *, both_strands: bool, progress: Callable[[int, int], None], later: bool = False
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Identical letters of queries with all targets, some queries at a time: the first one's row, `(rows, targets)`.

    Args:
        queries: Windows.
        targets: Windows of the same length.
        both_strands: The count with the reverse complement is taken where it is greater.
        progress: Called with queries done and all; may raise to end the work.
        later: Only queries up to the row are targets of it: the two are the same set, each pair is wanted once.
    """
    indicators = _indicators(targets)
    strands = [_indicators(queries)] + ([_indicators(queries.other_strand())] if both_strands else [])
    step = max(1, _BLOCK_NUMBERS // max(1, len(targets)))
    for start in range(0, len(queries), step):
        progress(start, len(queries))
        end = min(start + step, len(queries))
        against = indicators[:end] if later else indicators
        counts = [strand[start:end] @ against.T for strand in strands]
        yield start, counts[0] if len(counts) == 1 else np.maximum(counts[0], counts[1])


def _indicators(windows: Coded) -> NDArray[np.float32]:
    """One number per place and residue, 1 where it stands there, `(N, L * kinds)`."""
    letters = windows.codes.reshape(len(windows), -1, 1)
    found: NDArray[np.float32] = (letters == np.arange(windows.kinds, dtype=np.uint8)).astype(np.float32)
    return found.reshape(len(windows), -1)
