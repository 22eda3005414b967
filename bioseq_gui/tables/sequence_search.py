"""Finding records by a piece of their id or of their letters, in slices short enough for the event loop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

SLICE_BYTES = 1 << 18
"""Bytes searched at a time: a few ms at most."""


def matching_rows(dataset: Dataset, query: str) -> Iterator[NDArray[np.intp] | None]:
    """Search ids and letters for a piece of text, without regard to case.

    Args:
        dataset: The records.
        query: What to find.

    Yields:
        None after each slice, and at last the numbers of the records that hold it, ascending.
    """
    marked = np.zeros(len(dataset), bool)
    columns = [(dataset.ids.buffer, dataset.ids.offsets)]
    if re.fullmatch(r"[A-Za-z*.-]{2,}", query):
        columns.append((dataset.letters, dataset.offsets))
    for buffer, offsets in columns:
        for rows in _column_matches(buffer, offsets, query.encode()):
            marked[rows] = True
            yield None
    yield np.flatnonzero(marked)


def _column_matches(buffer: NDArray[np.uint8], offsets: NDArray[np.int64], needle: bytes) -> Iterator[NDArray[np.intp]]:
    """Rows that hold the needle, slice by slice; slices overlap, so that nothing is missed between them."""
    wanted, reach = needle.lower(), len(needle) - 1
    start, end = int(offsets[0]), int(offsets[-1])
    while start < end:
        stop = min(end, start + SLICE_BYTES)
        haystack = buffer[start : min(end, stop + reach)].tobytes().lower()
        places = _places(haystack, wanted) + start
        rows = np.searchsorted(offsets, places, "right") - 1
        yield rows[places + len(needle) <= offsets[rows + 1]]
        start = stop


def _places(haystack: bytes, needle: bytes) -> NDArray[np.int64]:
    found = []
    place = haystack.find(needle)
    while place >= 0:
        found.append(place)
        place = haystack.find(needle, place + 1)
    return np.array(found, np.int64)
