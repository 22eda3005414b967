"""What is told of files when a model is used on them, where nothing is learnt from them. Torch-free.

What concerns learning alone, such as few records of a class, is passed over; what a prediction table keeps and
training leaves out is said as it is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.evaluation.class_names import suggest_classes
from bioseq.prediction.repeated_ids import find_repeated_ids
from bioseq.prediction.table import Flag
from bioseq.sequences import quality
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import NO_LABEL
from bioseq.sequences.findings import Finding, Occurrence
from bioseq.sequences.findings_over_parts import FindingsOverParts
from bioseq.sequences.molecule_doubt import find_molecule_doubts
from bioseq.sequences.ragged import letter_counts
from bioseq.sequences.wording import counted, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from bioseq.prediction.table import PredictionTable
    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.dataset import Dataset

_OF_LEARNING = frozenset({
    "class_imbalance",
    "duplicate_sequences",
    "few_per_class",
    "files_tell_class",
    "gc_tells_class",
    "length_tells_class",
    "letters_tell_class",
    "missing_labels",
    "names_tell_class",
    "no_labels",
    "one_class_only",
    "order_tells_class",
    "reverse_complements",
    "test_in_train",
    "validation_in_train",
    "very_different_lengths",
})  # fmt: skip
_OF_LABELS = frozenset({"conflicting_labels", "label_spellings", "measured_labels", "several_labels"})
_SAID_OF_THE_TABLE = frozenset({"duplicate_ids", "empty_records"})
_MOST_CLASSES = 1_000
_MOST_NAMED = 5
_EXAMPLES = 20


def select_for_evaluation(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those of the findings that matter where records are evaluated and nothing is learnt."""
    return tuple(finding for finding in findings if finding.code not in _OF_LEARNING)


def find_molecule_doubt(found: Molecule, wanted: Molecule) -> Iterator[Finding]:
    """That the letters look like another molecule than the model was trained on, where they are too few to be sure."""
    if (found is Molecule.PROTEIN) != (wanted is Molecule.PROTEIN):
        yield Finding(
            "molecule_uncertain",
            Severity.WARNING,
            f"The letters look like {found.text}, and the model was trained on {wanted.text}.",
            "There are too few letters to be sure: check that these are the right files.",
            1,
        )


class PredictionFindings:
    """What is found in files while they are predicted a part at a time."""

    def __init__(self, contents: BundleContents) -> None:
        self._molecule = contents.vocabulary.molecule
        self._labels = contents.label_names
        self._parts = FindingsOverParts()
        self._records = 0
        self._unknown: dict[str, int] = {}

    def add(self, part: Dataset, noted: Iterable[Finding] = ()) -> None:
        """Look at the next part.

        Args:
            part: Records as read.
            noted: What the reader of the file has noted of them.
        """
        found = (*noted, *self._differing_records(part), *quality.find(part, self._molecule))
        passed_over = _OF_LEARNING | _OF_LABELS | _SAID_OF_THE_TABLE
        self._parts.add((one for one in found if one.code not in passed_over), records_before=self._records)
        self._records += len(part)
        self._count_unknown(part)

    def _differing_records(self, part: Dataset) -> Iterator[Finding]:
        """Records that look like another molecule than the model was trained on, among others that do not."""
        counts = letter_counts(part.letters) if part.counts is None else part.counts
        doubts = find_molecule_doubts((), [counts], part, self._molecule)
        return (one for one in doubts if one.code == "molecules_differ")

    def _count_unknown(self, part: Dataset) -> None:
        counts = np.bincount(part.labels[part.labels != NO_LABEL], minlength=len(part.label_names))
        for name, count in zip(part.label_names, counts.tolist(), strict=True):
            room = name in self._unknown or len(self._unknown) < _MOST_CLASSES
            if count and name not in self._labels and room:
                self._unknown[name] = self._unknown.get(name, 0) + count

    def findings(self, table: PredictionTable, molecule: Molecule) -> tuple[Finding, ...]:
        """All that is to be told, what matters most first.

        Args:
            table: The predictions of all parts.
            molecule: What the letters of all parts look like.
        """
        self._parts.add(find_molecule_doubt(molecule, self._molecule))
        self._parts.add(_find_without_prediction(table))
        self._parts.add(_find_shortened(table))
        self._parts.add(_find_repeated_ids(table))
        self._parts.add(self._find_unknown_classes())
        return self._parts.findings()

    def _find_unknown_classes(self) -> Iterator[Finding]:
        if not self._unknown:
            return
        count, classes = sum(self._unknown.values()), "a class" if len(self._unknown) == 1 else "classes"
        suggestion = suggest_classes(self._unknown, self._labels)
        yield Finding(
            "unknown_classes",
            Severity.INFO,
            counted(f"{{n}} [record names|records name] {classes} that the model does not know: ", count)
            + f"{quoted(sorted(self._unknown, key=lambda name: -self._unknown[name]), most=_MOST_NAMED)}.",
            f"Whether the prediction agrees is told of the others. {suggestion}".rstrip(),
            count,
        )


def _find_without_prediction(table: PredictionTable) -> Iterator[Finding]:
    rows = np.flatnonzero(np.asarray(table.flags) & Flag.EMPTY)
    if len(rows):
        yield Finding(
            "without_prediction",
            Severity.WARNING,
            counted("{n} [record has|records have] no letters and so no prediction.", len(rows)),
            counted("[It stands|They stand] in the table all the same, in [its|their] place.", len(rows)),
            len(rows),
            _occurrences(table, rows),
        )


def _find_shortened(table: PredictionTable) -> Iterator[Finding]:
    rows = np.flatnonzero(np.asarray(table.flags) & Flag.SHORTENED)
    if len(rows):
        yield Finding(
            "shortened",
            Severity.WARNING,
            counted("{n} [record is|records are] longer than the model takes; only a part was read.", len(rows)),
            "The flag 'shortened' marks this. To predict by all letters, train a model on records as long.",
            len(rows),
            _occurrences(table, rows),
        )


def _find_repeated_ids(table: PredictionTable) -> Iterator[Finding]:
    count, rows = find_repeated_ids(table.ids)
    if not count:
        return
    remedy = "All are kept, in the order of the files."
    if table.has_descriptions:
        remedy += " What stands beside the names, the description, is exported too, so that rows can be told apart."
    elif table.origin is not None and len(table.origin.sources) > 1:
        remedy += " Export the file of origin too, to tell rows apart."
    else:
        remedy += " Give each record a name of its own to tell rows apart by name."
    yield Finding(
        "duplicate_ids",
        Severity.WARNING,
        counted("{n} [record has|records have] the name of an earlier one.", count),
        remedy,
        count,
        _occurrences(table, np.array(rows, np.int64)),
    )


def _occurrences(table: PredictionTable, rows: NDArray[np.int64]) -> tuple[Occurrence, ...]:
    """The first records of these."""
    first = rows[:_EXAMPLES]
    origin = table.origin
    numbers = [-1] * len(first) if origin is None else origin.file_numbers(first).tolist()
    return tuple(
        Occurrence(row, table.ids[row][:200], "" if origin is None else origin.sources[number], 0)
        for row, number in zip(first.tolist(), numbers, strict=True)
    )
