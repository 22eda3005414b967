"""Records that are the reverse complement of another: the same molecule, read from the other strand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.findings import Finding
from bioseq.sequences.quality import occurrences_of
from bioseq.sequences.similarity.letters import same_molecule
from bioseq.sequences.wording import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

_END = 8
"""Letters at both ends that are compared first."""

CODE = "reverse_complements"


def find_strand_twins(dataset: Dataset, molecule: Molecule) -> tuple[Finding, ...]:
    """Tell of records whose reverse complement is another record; nothing for proteins, or where there are none.

    A record that is its own reverse complement has no twin by that alone.
    """
    if molecule is Molecule.PROTEIN or len(dataset) < 2:
        return ()
    candidates = _find_candidates(dataset)
    some = dataset.take(candidates)
    one_strand = same_molecule(some, molecule)
    both_strands = same_molecule(some, molecule, both_strands=True)
    # The first record of each molecule has itself for a first record, on one strand and on both.
    places = np.flatnonzero(both_strands[one_strand] != one_strand)
    if not len(places):
        return ()
    rows = candidates[places]

    def name_twin(place: int) -> str:
        twin = int(candidates[both_strands[places[place]]])
        return f"of '{dataset.ids[twin][:100]}', line {dataset.lines[twin]}"

    message = "{n} [record is|records are] the reverse complement of an earlier one."
    return (
        Finding(
            CODE,
            Severity.WARNING,
            counted(message, len(rows)),
            "If the strand does not matter, let both count as one in split.both_strands: they then stay on one side of "
            "the split. Else a model is tested on what it was trained on.",
            len(rows),
            occurrences_of(dataset, rows, name_twin),
            "split.both_strands",
        ),
    )


def _find_candidates(dataset: Dataset) -> NDArray[np.intp]:
    """Records whose start may be the reverse complement of the end of another of their length, and its end the start.

    Whole records are compared only where their ends fit: the ends of a million are compared in a blink.
    """
    lengths = dataset.lengths
    rows = np.flatnonzero(lengths > 0).astype(np.intp)
    starts, ends = dataset.offsets[:-1][rows], dataset.offsets[1:][rows]
    table = np.full(256, 4, np.int64)
    for letter, code in zip("ACGTU", (0, 1, 2, 3, 3), strict=True):
        table[ord(letter)] = table[ord(letter.lower())] = code
    head = np.zeros(len(rows), np.int64)
    tail = np.zeros(len(rows), np.int64)
    for place in range(_END):
        inside = np.minimum(place, lengths[rows] - 1)
        first, last = table[dataset.letters[starts + inside]], table[dataset.letters[ends - 1 - inside]]
        head = 5 * head + first
        tail = 5 * tail + np.where(last < 4, 3 - last, last)
    here = (lengths[rows] << 40) ^ (head << 20) ^ tail
    there = (lengths[rows] << 40) ^ (tail << 20) ^ head
    return rows[np.isin(here, there)]
