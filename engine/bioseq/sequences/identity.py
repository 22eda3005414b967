"""Which records have the same sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.sequences.ragged import first_equal_row, translated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset


def sequence_groups(dataset: Dataset) -> NDArray[np.int64]:
    """For each record a number that is equal for records with the same letters, `(N,)`.

    The number is that of the first such record. Upper and lower case are the same letter.
    """
    return first_equal_row(upper_case(dataset.letters), dataset.offsets)


def upper_case(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The letters with a-z as A-Z."""
    return translated(letters, bytes(range(256)).upper())
