"""Clusters of similar records that were found among all records of a study, kept beside the tables of their parts.

A table that a study writes holds some of the records, cleaned; what resembles what is not looked for in it again. Equal
sequences are in one cluster, so that a record is known by its letters.
"""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.durable import durable_file
from bioseq.json_values import DamagedError
from bioseq.sequences.identity import upper_case
from bioseq.sequences.saved_columns import column_of, open_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.config.schema import DataSettings
    from bioseq.sequences.dataset import Dataset

_NAME = "clusters.npy"
_DIGEST_BYTES = 8


def save_clusters(folder: Path, dataset: Dataset, clusters: NDArray[np.int64]) -> None:
    """Write the cluster of each record durably, for the tables in a folder.

    Args:
        folder: Where the tables are.
        dataset: All records, cleaned.
        clusters: Number of the cluster of each, `(N,)`.
    """
    digests, first = np.unique(_digests(dataset), return_index=True)
    with durable_file(folder / _NAME) as file:
        np.save(file, np.stack([digests, np.asarray(clusters, np.int64)[first].view(np.uint64)]), allow_pickle=False)


def known_clusters(settings: DataSettings, dataset: Dataset) -> NDArray[np.int64] | None:
    """The clusters of records that were read from one such table, `(N,)`; None where they are not known of all.

    Args:
        settings: Names the table.
        dataset: Its records, cleaned.
    """
    if len(settings.files) != 1:
        return None
    path = Path(settings.files[0].path).parent / _NAME
    if not path.is_file() or not len(dataset):
        return None
    try:
        known, clusters = column_of({_NAME: open_column(path, mapped=False).T}, _NAME, np.uint64, width=2).T
    except (OSError, DamagedError):  # they are found anew
        return None
    digests = _digests(dataset)
    place = np.minimum(np.searchsorted(known, digests), len(known) - 1)
    if not len(known) or not np.array_equal(known[place], digests):
        return None
    found: NDArray[np.int64] = clusters[place].view(np.int64)
    return found


def _digests(dataset: Dataset) -> NDArray[np.uint64]:
    """A number for the letters of each record, `(N,)`; upper and lower case are the same letter."""
    letters = memoryview(upper_case(dataset.letters).tobytes())
    bounds = dataset.offsets.tolist()
    digests = b"".join(
        blake2b(letters[start:stop], digest_size=_DIGEST_BYTES).digest() for start, stop in pairwise(bounds)
    )
    return np.frombuffer(digests, "<u8").astype(np.uint64)
