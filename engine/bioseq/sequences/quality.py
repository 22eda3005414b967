"""What is odd or wrong in records, as they were read. Nothing is changed here: see `cleaning`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split
from bioseq.sequences.findings import EXAMPLES_KEPT, Finding, Occurrence, sort_findings
from bioseq.sequences.label_findings import find_label_oddities
from bioseq.sequences.letter_kinds import LetterKinds
from bioseq.sequences.letter_sorts import find_letter_sorts
from bioseq.sequences.ragged import count_in_rows, first_equal_row, letter_counts, mask_of, rows_holding
from bioseq.sequences.shortcuts import find_shortcuts
from bioseq.sequences.similarity.letters import same_molecule
from bioseq.sequences.wording import counted, listed, short_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

FEW_RECORDS = 10
"""Training records of a class below which it can hardly be learnt."""
IMBALANCE = 5.0
"""Largest class over smallest from which it is worth saying."""
LENGTH_SPREAD = 20.0
"""Longest over median length from which it is worth saying."""


def find(dataset: Dataset, molecule: Molecule) -> tuple[Finding, ...]:
    """All that is odd or wrong in records as they were read; what matters most stands first.

    Args:
        dataset: Records as read.
        molecule: What they are made of.
    """
    if not len(dataset):
        return ()
    groups = same_sequence(dataset, molecule)
    findings = [
        *_letter_findings(dataset, molecule),
        *_record_findings(dataset),
        *_label_findings(dataset),
        *_repeat_findings(dataset, groups),
        *find_shortcuts(dataset, molecule),
    ]
    return sort_findings(findings)


def same_sequence(dataset: Dataset, molecule: Molecule) -> NDArray[np.int64]:
    """For each record the first record that spells the same molecule, whatever the case and `U` or `T`, `(N,)`."""
    return same_molecule(dataset, molecule)


def occurrences_of(
    dataset: Dataset, rows: NDArray[np.intp] | Sequence[int], details: Callable[[int], str] = lambda _: ""
) -> tuple[Occurrence, ...]:
    """The first records of these, as occurrences; `details` takes the place within `rows`."""
    kept = [int(row) for row in rows[:EXAMPLES_KEPT]]
    return tuple(
        Occurrence(row, dataset.ids[row][:200], dataset.source_of(row), int(dataset.lines[row]), details(place))
        for place, row in enumerate(kept)
    )


def _of_rows(
    dataset: Dataset,
    rows: NDArray[np.intp],
    code: str,
    severity: Severity,
    message: str,
    remedy: str,
    *,
    details: Callable[[int], str] = lambda _: "",
    setting: str = "",
) -> Iterator[Finding]:
    """The finding that these records have something in common; none when there are no such records.

    Args:
        dataset: Records as read.
        rows: Those that have it, ascending.
        code: Of the finding.
        severity: How grave it is.
        message: A sentence with `{n}` for their number and `[one|many]` for words that follow it.
        remedy: What happens to them, or what to do.
        details: What to say of each, from its place within `rows`.
        setting: The option that decides.
    """
    if len(rows):
        found = occurrences_of(dataset, rows, details)
        yield Finding(code, severity, counted(message, len(rows)), remedy, len(rows), found, setting)


def _letter_findings(dataset: Dataset, molecule: Molecule) -> Iterator[Finding]:
    kinds = LetterKinds.of(molecule)
    counts = letter_counts(dataset.letters) if dataset.counts is None else dataset.counts
    for sort in find_letter_sorts(counts, molecule):
        yield _letter_finding(dataset, sort.wanted, sort.code, sort.severity, sort.message, sort.remedy, sort.setting)
    if molecule is not Molecule.PROTEIN:
        yield from _thymine_findings(dataset, counts, molecule)
    if counts[~kinds.residues].any():
        yield from _unknown_only(dataset, kinds.residues)


def _letter_finding(
    dataset: Dataset,
    wanted: NDArray[np.bool_],
    code: str,
    severity: Severity,
    message: str,
    remedy: str,
    setting: str,
) -> Finding:
    rows, firsts = rows_holding(dataset.letters, dataset.offsets, wanted)

    def detail(place: int) -> str:
        position = int(firsts[place])
        letter = chr(int(dataset.letters[position]))
        shown = letter if letter.isprintable() else f"\\x{ord(letter):02x}"
        return f"letter '{shown}' at {position - int(dataset.offsets[rows[place]]) + 1}"

    found = occurrences_of(dataset, rows, detail)
    return Finding(code, severity, counted(message, len(rows)), remedy, len(rows), found, setting)


def _thymine_findings(dataset: Dataset, counts: NDArray[np.int64], molecule: Molecule) -> Iterator[Finding]:
    uracil, thymine = int(counts[ord("U")] + counts[ord("u")]), int(counts[ord("T")] + counts[ord("t")])
    read, foreign = ("T", "Uu") if molecule is Molecule.DNA else ("U", "Tt")
    if uracil and thymine:
        rare = "Uu" if uracil < thymine else "Tt"
        yield _letter_finding(
            dataset,
            mask_of(rare),
            "u_and_t",
            Severity.WARNING,
            f"U and T are mixed: {{n}} [record holds|records hold] {rare[0]}, while most hold {'TU'[rare == 'Tt']}.",
            f"Both are read as {read}. Check that DNA and RNA do not come from different sources.",
            "data.molecule",
        )
    elif counts[mask_of(foreign)].any():
        yield _letter_finding(
            dataset,
            mask_of(foreign),
            "other_molecule_letters",
            Severity.INFO,
            f"{{n}} [record is|records are] written with {foreign[0]}.",
            f"{foreign[0]} is read as {read}.",
            "data.molecule",
        )


def _unknown_only(dataset: Dataset, residues: NDArray[np.bool_]) -> Iterator[Finding]:
    other = count_in_rows(dataset.letters, dataset.offsets, ~residues)
    rows = np.flatnonzero((other == dataset.lengths) & (dataset.lengths > 0))
    yield from _of_rows(
        dataset,
        rows,
        "all_unknown",
        Severity.WARNING,
        "{n} [record consists|records consist] of unknown letters alone.",
        "Nothing can be learnt from them; leave them out of the files.",
    )


def _record_findings(dataset: Dataset) -> Iterator[Finding]:
    lengths = dataset.lengths
    empty = np.flatnonzero(lengths == 0)
    yield from _of_rows(
        dataset,
        empty,
        "empty_records",
        Severity.WARNING,
        "{n} [record has|records have] no letters.",
        "They are left out.",
    )
    nameless = np.flatnonzero(np.diff(dataset.ids.offsets) == 0)
    yield from _of_rows(
        dataset,
        nameless,
        "missing_ids",
        Severity.INFO,
        "{n} [record has|records have] no name.",
        "They are kept; their line tells them apart.",
    )
    first = first_equal_row(dataset.ids.buffer, dataset.ids.offsets)
    again = np.flatnonzero((first != np.arange(len(first))) & (np.diff(dataset.ids.offsets) > 0))
    yield from _of_rows(
        dataset,
        again,
        "duplicate_ids",
        Severity.WARNING,
        "{n} [record has|records have] the name of an earlier one.",
        "All are kept, but results cannot be told apart by name. Give each record a name of its own.",
        details=lambda place: f"as in line {dataset.lines[first[again[place]]]}",
    )
    yield from _length_finding(dataset, lengths)


def _length_finding(dataset: Dataset, lengths: NDArray[np.int64]) -> Iterator[Finding]:
    full = lengths[lengths > 0]
    if not len(full):
        return
    median = float(np.median(full))
    long_rows = np.flatnonzero(lengths >= LENGTH_SPREAD * median)
    if len(long_rows) and len(full) > 1:
        yield Finding(
            "very_different_lengths",
            Severity.INFO,
            f"The lengths differ much: from {full.min():,} to {full.max():,} letters, median {median:,.0f}.",
            "A few very long sequences slow training down; data.longest shortens them.",
            len(long_rows),
            occurrences_of(dataset, long_rows, lambda place: f"{lengths[long_rows[place]]:,} letters"),
            "data.longest",
        )


def _label_findings(dataset: Dataset) -> Iterator[Finding]:
    missing = np.flatnonzero(dataset.labels == NO_LABEL)
    if len(missing) == len(dataset):
        yield Finding(
            "no_labels",
            Severity.INFO,
            "No record has a label.",
            "Such records can be predicted. To train, write headers as >id|label|train, give one file per class, "
            "or name a label column.",
            len(missing),
            setting="data.label_source",
        )
        return
    yield from _of_rows(
        dataset,
        missing,
        "missing_labels",
        Severity.WARNING,
        "{n} [record has|records have] no label.",
        "They take no part in training and evaluation.",
        setting="data.label_source",
    )
    oddities = tuple(find_label_oddities(dataset))
    yield from oddities
    if not any(finding.code == "measured_labels" for finding in oddities):
        yield from _class_findings(dataset)


def _class_findings(dataset: Dataset) -> Iterator[Finding]:
    learnable = (dataset.labels != NO_LABEL) & np.isin(dataset.splits, [Split.UNASSIGNED, Split.TRAIN])
    counts = np.bincount(dataset.labels[learnable], minlength=len(dataset.label_names))
    present = [name for name, count in zip(dataset.label_names, counts, strict=True) if count]
    if not present:
        return
    if len(present) == 1:
        yield Finding(
            "one_class_only",
            Severity.ERROR,
            f"All training records belong to one class, '{present[0]}'.",
            "Add records of at least one other class.",
            int(counts.sum()),
        )
        return
    few = [(name, int(count)) for name, count in zip(dataset.label_names, counts, strict=True) if count < FEW_RECORDS]
    if few:
        names = listed([f"'{short_name(name)}' ({count})" for name, count in few])
        yield Finding(
            "few_per_class",
            Severity.WARNING,
            counted(f"{{n}} [class has|classes have] fewer than {FEW_RECORDS} training records: ", len(few))
            + f"{names}.",
            "What is learnt of them is not to be trusted. Add records, or join classes.",
            len(few),
        )
    smallest, largest = int(counts[counts > 0].min()), int(counts.max())
    if largest >= IMBALANCE * smallest:
        yield Finding(
            "class_imbalance",
            Severity.WARNING,
            f"The classes differ in size: the largest has {largest:,} training records, the smallest {smallest:,}.",
            "Accuracy flatters here: look at MCC and balanced accuracy. Class weights give small classes their due.",
            largest,
            setting="training.class_weights",
        )


def _repeat_findings(dataset: Dataset, groups: NDArray[np.int64]) -> Iterator[Finding]:
    full = dataset.lengths > 0
    repeats = np.flatnonzero((groups != np.arange(len(groups))) & full)
    if not len(repeats):
        return
    yield Finding(
        "duplicate_sequences",
        Severity.INFO,
        counted("{n} [record repeats|records repeat] the sequence of an earlier one.", len(repeats)),
        "All are kept unless set otherwise; identical sequences stay together when data are split.",
        len(repeats),
        occurrences_of(dataset, repeats, lambda place: _as_record(dataset, int(groups[repeats[place]]))),
        "data.repeated_sequences",
    )
    torn = conflicting_rows(dataset, groups)
    if len(torn):
        distinct = len(np.unique(groups[torn]))
        yield Finding(
            "conflicting_labels",
            Severity.WARNING,
            counted("{n} [sequence stands|sequences stand] in the data with more than one label", distinct)
            + counted(" ({n} [record|records]).", len(torn)),
            "No model can get all of them right. Check the labels.",
            len(torn),
            occurrences_of(dataset, torn, lambda place: f"label '{dataset.label_names[dataset.labels[torn[place]]]}'"),
            "data.conflicting_labels",
        )
    yield from _leak_findings(dataset, groups)


def _as_record(dataset: Dataset, row: int) -> str:
    return f"as '{dataset.ids[row][:100]}', line {dataset.lines[row]}"


def _leak_findings(dataset: Dataset, groups: NDArray[np.int64]) -> Iterator[Finding]:
    tests = leaked_rows(dataset, groups)
    if len(tests):
        total = int((dataset.splits == Split.TEST).sum())
        yield Finding(
            "test_in_train",
            Severity.WARNING,
            counted("{n} test [record stands|records stand] in the training data too", len(tests))
            + f" ({100 * len(tests) / total:.1f} % of the test).",
            "Unless set otherwise, the training records are left out: else the result would flatter.",
            len(tests),
            occurrences_of(dataset, tests),
            "data.test_in_train",
        )
    training = np.isin(groups, groups[dataset.splits == Split.TRAIN])
    shared = np.flatnonzero((dataset.splits == Split.VALIDATION) & training & (dataset.lengths > 0))
    yield from _of_rows(
        dataset,
        shared,
        "validation_in_train",
        Severity.WARNING,
        "{n} validation [record stands|records stand] in the training data too.",
        "The best epoch may be chosen too late. Leave them out of the files.",
    )


def conflicting_rows(dataset: Dataset, groups: NDArray[np.int64]) -> NDArray[np.intp]:
    """Labelled records whose sequence stands in the data with another label too, ascending."""
    labelled = np.flatnonzero((dataset.labels != NO_LABEL) & (dataset.lengths > 0))
    if not len(labelled):
        return labelled
    pairs = np.unique(groups[labelled] * (len(dataset.label_names) + 1) + dataset.labels[labelled])
    owners, times = np.unique(pairs // (len(dataset.label_names) + 1), return_counts=True)
    return labelled[np.isin(groups[labelled], owners[times > 1])]


def leaked_rows(dataset: Dataset, groups: NDArray[np.int64]) -> NDArray[np.intp]:
    """Test records whose sequence stands in records to learn from, ascending."""
    known = groups[learnt_from(dataset)]
    return np.flatnonzero((dataset.splits == Split.TEST) & np.isin(groups, known) & (dataset.lengths > 0))


def learnt_from(dataset: Dataset) -> NDArray[np.bool_]:
    """Which records are learnt from, bool `(N,)`.

    Training and validation records, and labelled ones of which the file does not say what they are for.
    """
    own: NDArray[np.bool_] = np.isin(dataset.splits, [Split.TRAIN, Split.VALIDATION])
    unsaid: NDArray[np.bool_] = (dataset.splits == Split.UNASSIGNED) & (dataset.labels != NO_LABEL)
    return own | unsaid
