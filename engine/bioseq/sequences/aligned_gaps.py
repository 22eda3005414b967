"""Gaps that come from an alignment: rows of one length in aligned FASTA, matched columns in A2M and A3M."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.molecules import GAPS
from bioseq.sequences.ragged import count_in_rows, letter_counts, mask_of

if TYPE_CHECKING:
    from bioseq.sequences.dataset import Dataset

_GAPS = mask_of(GAPS)
_INSERTED = mask_of("abcdefghijklmnopqrstuvwxyz.")
"""Letters of A2M and A3M that stand in no column of the alignment."""


def tell_alignment(dataset: Dataset) -> str:
    """Why the gaps of records are those of an alignment, in a sentence.

    Args:
        dataset: Records as read.

    Returns:
        Empty where there are no gaps, where rows of a file differ in length even so, or where the sequences have one
        length without gaps too, so that gaps may mean something.
    """
    counts = letter_counts(dataset.letters) if dataset.counts is None else dataset.counts
    if not counts[_GAPS].any():
        return ""
    gaps = count_in_rows(dataset.letters, dataset.offsets, _GAPS)
    bare = dataset.lengths - gaps
    columns = set()
    for start, end in zip(dataset.source_starts[:-1], dataset.source_starts[1:], strict=True):
        if gaps[start:end].any():
            columns.add(_columns(dataset, int(start), int(end)))
    if 0 in columns or not columns or len(np.unique(bare[bare > 0])) < 2:
        return ""
    width = f"{columns.pop():,} columns" if len(columns) == 1 else "the columns of their file"
    return (
        f"{int(np.count_nonzero(gaps)):,} records hold gaps, and all fill {width} of an alignment. Without gaps each "
        "sequence is what it was before."
    )


def _columns(dataset: Dataset, start: int, end: int) -> int:
    """Columns of the alignment that these records are; 0 where they are none."""
    lengths = dataset.lengths[start:end]
    full = lengths > 0
    if full.sum() < 2:
        return 0
    if (lengths[full] == lengths[full][0]).all():
        return int(lengths[full][0])
    offsets = dataset.offsets[start : end + 1]
    letters = dataset.letters[offsets[0] : offsets[-1]]
    matched = lengths - count_in_rows(letters, offsets - offsets[0], _INSERTED)
    return int(matched[full][0]) if (matched[full] == matched[full][0]).all() else 0
