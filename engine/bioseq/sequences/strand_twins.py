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
    from bioseq.sequences.dataset import Dataset

CODE = "reverse_complements"


def find_strand_twins(dataset: Dataset, molecule: Molecule) -> tuple[Finding, ...]:
    """Tell of records whose reverse complement is another record; nothing for proteins, or where there are none.

    A record that is its own reverse complement has no twin by that alone.
    """
    if molecule is Molecule.PROTEIN or len(dataset) < 2:
        return ()
    one_strand = same_molecule(dataset, molecule)
    both_strands = same_molecule(dataset, molecule, both_strands=True)
    # The first record of each molecule has itself for a first record, on one strand and on both.
    rows = np.flatnonzero((both_strands[one_strand] != one_strand) & (dataset.lengths > 0))
    if not len(rows):
        return ()

    def name_twin(place: int) -> str:
        twin = int(both_strands[rows[place]])
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
