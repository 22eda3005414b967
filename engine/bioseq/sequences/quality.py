"""What is odd or wrong in records, and cleaning them by a policy. Nothing is changed without being said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split
from bioseq.sequences.findings import EXAMPLES_KEPT, Finding, Occurrence
from bioseq.sequences.molecules import GAPS, STOP
from bioseq.sequences.ragged import (
    first_equal_row,
    letter_counts,
    mask_of,
    offsets_of,
    positions_of,
    rows_holding,
    translated,
)
from bioseq.sequences.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

FEW_RECORDS = 10
"""Training records of a class below which it can hardly be learnt."""
IMBALANCE = 5.0
"""Largest class over smallest from which it is worth saying."""
LENGTH_SPREAD = 20.0
"""Longest over median length from which it is worth saying."""

ILLEGAL_REPLACED, AMBIGUOUS_REPLACED, SHORTENED = 1, 2, 32
"""Bits of `Cleaned.row_flags`, as in `bioseq.prediction.table.Flag`."""

LetterPolicy = Literal["drop", "replace", "stop"]


@dataclass(frozen=True, slots=True)
class CleaningPolicy:
    """What happens to faulty records; the words are those of `[data]` in a configuration."""

    illegal_letters: LetterPolicy = "replace"
    ambiguous_letters: LetterPolicy = "replace"
    repeated_sequences: Literal["keep", "drop"] = "keep"
    conflicting_labels: Literal["keep", "drop", "stop"] = "keep"
    test_in_train: Literal["keep", "drop_from_train", "drop_from_test", "stop"] = "drop_from_train"
    longest: int = 0
    shorten: Literal["keep_start", "keep_end", "keep_ends"] = "keep_ends"


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """Records ready to be encoded, and what was done to them.

    Attributes:
        dataset: The M records that are left: capitals, residues and the unknown letter only, none empty.
        kept_rows: Their numbers in the data set as read, ascending, `(M,)`.
        findings: What was done; rows are those of the data set as read.
        row_flags: `ILLEGAL_REPLACED | AMBIGUOUS_REPLACED | SHORTENED` per kept record, uint8 `(M,)`.
    """

    dataset: Dataset
    kept_rows: NDArray[np.intp]
    findings: tuple[Finding, ...]
    row_flags: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Letters:
    """Which letters are which, for one molecule: tables `(256,)`."""

    illegal: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]
    lower: NDArray[np.bool_]
    gaps: NDArray[np.bool_]
    stop: NDArray[np.bool_]
    residues: NDArray[np.bool_]

    @classmethod
    def of(cls, molecule: Molecule) -> _Letters:
        alphabet = ALPHABETS[molecule]
        nucleic = molecule is not Molecule.PROTEIN
        residues = mask_of(_both_cases(alphabet.residues + ("TU" if nucleic else "")))
        ambiguous = mask_of(_both_cases(alphabet.ambiguity))
        gaps = mask_of(GAPS)
        stop = mask_of("" if nucleic else STOP)
        return cls(
            illegal=~(residues | ambiguous | gaps | stop),
            ambiguous=ambiguous,
            lower=mask_of("abcdefghijklmnopqrstuvwxyz"),
            gaps=gaps,
            stop=stop,
            residues=residues,
        )


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
    ]
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def same_sequence(dataset: Dataset, molecule: Molecule) -> NDArray[np.int64]:
    """For each record the first record that spells the same molecule, whatever the case and `U` or `T`, `(N,)`."""
    table = bytearray(bytes(range(256)).upper())
    if molecule is not Molecule.PROTEIN:
        table[ord("U")] = table[ord("u")] = ord("T")
    return first_equal_row(translated(dataset.letters, bytes(table)), dataset.offsets)


def occurrences_of(
    dataset: Dataset, rows: NDArray[np.intp] | Sequence[int], details: Callable[[int], str] = lambda _: ""
) -> tuple[Occurrence, ...]:
    """The first records of these, as occurrences; `details` takes the place within `rows`."""
    kept = [int(row) for row in rows[:EXAMPLES_KEPT]]
    return tuple(
        Occurrence(row, dataset.ids[row][:200], dataset.source_of(row), int(dataset.lines[row]), details(place))
        for place, row in enumerate(kept)
    )


def _both_cases(letters: str) -> str:
    return letters + letters.lower()


def _letter_findings(dataset: Dataset, molecule: Molecule) -> Iterator[Finding]:
    kinds = _Letters.of(molecule)
    counts = letter_counts(dataset.letters)
    alphabet = ALPHABETS[molecule]
    word = {Molecule.DNA: "DNA", Molecule.RNA: "RNA", Molecule.PROTEIN: "protein"}[molecule]
    unknown = f"read as unknown ({alphabet.unknown})"
    texts = (
        (
            "illegal_letters",
            kinds.illegal,
            Severity.WARNING,
            f"{{n}} [record holds|records hold] letters that no {word} has.",
            f"They are {unknown} unless set otherwise.",
            "data.illegal_letters",
        ),
        (
            "ambiguous_letters",
            kinds.ambiguous,
            Severity.INFO,
            "{n} [record holds|records hold] IUPAC codes that stand for several residues.",
            f"They are {unknown} unless set otherwise.",
            "data.ambiguous_letters",
        ),
        (
            "gaps",
            kinds.gaps,
            Severity.WARNING,
            "{n} [record holds|records hold] gaps ('-', '.' or '~').",
            f"A gap is {unknown}. Load sequences that are not aligned if the gaps come from an alignment.",
            "data.illegal_letters",
        ),
        (
            "stops",
            kinds.stop,
            Severity.INFO,
            "{n} [record holds|records hold] stops ('*').",
            f"At the end they are left out; within a sequence they are {unknown}.",
            "data.illegal_letters",
        ),
        (
            "lower_case",
            kinds.lower,
            Severity.INFO,
            "{n} [record is|records are] written in small letters, at least in part.",
            "They are read as capitals; soft masking gets lost.",
            "",
        ),
    )
    for code, wanted, severity, message, remedy, setting in texts:
        if counts[wanted].any():
            yield _letter_finding(dataset, wanted, code, severity, message, remedy, setting)
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
    other = np.zeros(len(dataset), np.int64)
    for positions in positions_of(dataset.letters, ~residues):
        owners = np.searchsorted(dataset.offsets, positions, "right") - 1
        other += np.bincount(owners, minlength=len(dataset))
    rows = np.flatnonzero((other == dataset.lengths) & (dataset.lengths > 0))
    if len(rows):
        yield Finding(
            "all_unknown",
            Severity.WARNING,
            counted("{n} [record consists|records consist] of unknown letters alone.", len(rows)),
            "Nothing can be learnt from them; leave them out of the files.",
            len(rows),
            occurrences_of(dataset, rows),
        )


def _record_findings(dataset: Dataset) -> Iterator[Finding]:
    lengths = dataset.lengths
    empty = np.flatnonzero(lengths == 0)
    if len(empty):
        yield Finding(
            "empty_records",
            Severity.WARNING,
            counted("{n} [record has|records have] no letters.", len(empty)),
            "They are left out.",
            len(empty),
            occurrences_of(dataset, empty),
        )
    nameless = np.flatnonzero(np.diff(dataset.ids.offsets) == 0)
    if len(nameless):
        yield Finding(
            "missing_ids",
            Severity.INFO,
            counted("{n} [record has|records have] no name.", len(nameless)),
            "They are kept; their line tells them apart.",
            len(nameless),
            occurrences_of(dataset, nameless),
        )
    first = first_equal_row(dataset.ids.buffer, dataset.ids.offsets)
    again = np.flatnonzero((first != np.arange(len(first))) & (np.diff(dataset.ids.offsets) > 0))
    if len(again):
        yield Finding(
            "duplicate_ids",
            Severity.WARNING,
            counted("{n} [record has|records have] the name of an earlier one.", len(again)),
            "All are kept, but results cannot be told apart by name. Give each record a name of its own.",
            len(again),
            occurrences_of(dataset, again, lambda place: f"as in line {dataset.lines[first[again[place]]]}"),
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
    if len(missing):
        yield Finding(
            "missing_labels",
            Severity.WARNING,
            counted("{n} [record has|records have] no label.", len(missing)),
            "They take no part in training and evaluation.",
            len(missing),
            occurrences_of(dataset, missing),
            "data.label_source",
        )
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
        listed = ", ".join(f"'{name}' ({count})" for name, count in few[:10]) + (" ..." if len(few) > 10 else "")
        yield Finding(
            "few_per_class",
            Severity.WARNING,
            counted(f"{{n}} [class has|classes have] fewer than {FEW_RECORDS} training records: {listed}.", len(few)),
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
    if len(shared):
        yield Finding(
            "validation_in_train",
            Severity.WARNING,
            counted("{n} validation [record stands|records stand] in the training data too.", len(shared)),
            "The best epoch may be chosen too late. Leave them out of the files.",
            len(shared),
            occurrences_of(dataset, shared),
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
    known = groups[_learnt_from(dataset)]
    return np.flatnonzero((dataset.splits == Split.TEST) & np.isin(groups, known) & (dataset.lengths > 0))


def _learnt_from(dataset: Dataset) -> NDArray[np.bool_]:
    """Training and validation records, and labelled ones of which the file does not say what they are for."""
    own: NDArray[np.bool_] = np.isin(dataset.splits, [Split.TRAIN, Split.VALIDATION])
    unsaid: NDArray[np.bool_] = (dataset.splits == Split.UNASSIGNED) & (dataset.labels != NO_LABEL)
    return own | unsaid


def clean(dataset: Dataset, molecule: Molecule, policy: CleaningPolicy) -> Cleaned:
    """Make records ready to be encoded, and say what was done.

    Letters become capitals, `U` and `T` the one that the molecule has; gaps, illegal letters and IUPAC codes become
    the unknown letter; `*` at the end goes. Records without letters are always left out.

    Args:
        dataset: Records as read, with or without splits.
        molecule: What they are made of.
        policy: What happens to faulty ones.

    Raises:
        BioseqError: The policy is to stop and there is a reason, or no record is left.
    """
    work = _Cleaning(dataset, molecule, policy)
    work.letters()
    work.relations()
    return work.finish()


class _Cleaning:
    """One pass of cleaning: which rows go, which letters change, and the account of it."""

    def __init__(self, dataset: Dataset, molecule: Molecule, policy: CleaningPolicy) -> None:
        self._dataset = dataset
        self._molecule = molecule
        self._policy = policy
        self._kept = np.ones(len(dataset), np.bool_)
        self._flags = np.zeros(len(dataset), np.uint8)
        self._findings: list[Finding] = []
        self._kinds = _Letters.of(molecule)

    def letters(self) -> None:
        """Judge letters: stops at the end, illegal ones, IUPAC codes, records without any."""
        self._trim_stops()
        counts = letter_counts(self._dataset.letters)
        illegal = self._kinds.illegal | self._kinds.gaps | self._kinds.stop
        if counts[illegal].any():
            self._judge(illegal, self._policy.illegal_letters, "illegal_letters", "illegal letters", ILLEGAL_REPLACED)
        if counts[self._kinds.ambiguous].any():
            self._judge(
                self._kinds.ambiguous, self._policy.ambiguous_letters, "ambiguous_letters", "IUPAC codes",
                AMBIGUOUS_REPLACED,
            )  # fmt: skip
        self._leave_out(np.flatnonzero(self._dataset.lengths == 0), "empty_records", "without letters")

    def relations(self) -> None:
        """Judge records against each other: leaks, conflicts, repeats; in this order."""
        groups = same_sequence(self._dataset, self._molecule)
        groups[~self._kept] = -1 - np.flatnonzero(~self._kept)
        self._judge_leaks(groups)
        self._judge_conflicts(groups)
        if self._policy.repeated_sequences == "drop":
            self._drop_repeats(groups)

    def finish(self) -> Cleaned:
        """The records that are left, with their letters written in the molecule's own."""
        rows = np.flatnonzero(self._kept)
        if not len(rows):
            raise BioseqError(
                "data.nothing_left",
                "No record is left after cleaning.",
                remedy="Look at what was found in the files, and at the settings of the data.",
            )
        kept = self._dataset if len(rows) == len(self._dataset) else self._dataset.take(rows)
        kept = replace(kept, letters=self._written(kept.letters))
        flags = self._flags[rows]
        if self._policy.longest:
            kept, shortened = _shorten(kept, self._policy.longest, self._policy.shorten)
            flags[shortened] |= SHORTENED
            self._say(rows[shortened], "shortened", f"shortened to {self._policy.longest:,} letters", "data.longest")
        return Cleaned(kept, rows, tuple(self._findings), flags)

    def _written(self, letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
        alphabet = ALPHABETS[self._molecule]
        table = bytearray(alphabet.unknown.encode() * 256)
        for residue in alphabet.residues:
            table[ord(residue)] = table[ord(residue.lower())] = ord(residue)
        if self._molecule is not Molecule.PROTEIN:
            for letter in "UuTt":
                table[ord(letter)] = ord(alphabet.residues[3])
        return translated(letters, bytes(table))

    def _trim_stops(self) -> None:
        dataset = self._dataset
        full = np.flatnonzero(dataset.lengths > 0)
        ends = dataset.letters[dataset.offsets[full + 1] - 1]
        rows = full[self._kinds.stop[ends]]
        if not len(rows):
            return
        keep = np.ones(len(dataset.letters), np.bool_)
        trimmed = dataset.lengths
        for row in rows.tolist():
            start, end = int(dataset.offsets[row]), int(dataset.offsets[row + 1])
            stop = start + len(dataset.letters[start:end].tobytes().rstrip(STOP.encode()))
            keep[stop:end] = False
            trimmed[row] = stop - start
        self._dataset = replace(dataset, letters=dataset.letters[keep], offsets=offsets_of(trimmed))
        self._say(rows, "stops", "written without the stop ('*') at the end", "")

    def _judge(self, wanted: NDArray[np.bool_], policy: LetterPolicy, code: str, words: str, flag: int) -> None:
        rows, firsts = rows_holding(self._dataset.letters, self._dataset.offsets, wanted)
        if policy == "stop":
            row, first = int(rows[0]), int(firsts[0])
            letter = chr(int(self._dataset.letters[first]))
            raise self._stop(
                code,
                row,
                f"The record '{self._dataset.ids[row][:100]}' holds {words}: {letter!r} at "
                f"{first - int(self._dataset.offsets[row]) + 1}.",
            )
        if policy == "drop":
            self._leave_out(rows, code, f"with {words}", f"data.{code}")
            return
        self._flags[rows] |= flag
        unknown = ALPHABETS[self._molecule].unknown
        self._say(rows, code, f"read with {unknown} in place of {words}", f"data.{code}")

    def _judge_leaks(self, groups: NDArray[np.int64]) -> None:
        policy = self._policy.test_in_train
        leaked = leaked_rows(self._dataset, groups)
        leaked = leaked[self._kept[leaked]]
        if policy == "keep" or not len(leaked):
            return
        if policy == "stop":
            row = int(leaked[0])
            raise self._stop(
                "test_in_train",
                row,
                f"The test record '{self._dataset.ids[row][:100]}' stands in the training data too.",
            )
        if policy == "drop_from_test":
            self._leave_out(
                leaked, "test_in_train", "of the test that [stands|stand] in the training data", "data.test_in_train"
            )
            return
        training = np.flatnonzero(_learnt_from(self._dataset) & np.isin(groups, groups[leaked]) & self._kept)
        self._leave_out(
            training, "test_in_train", "of the training data that [stands|stand] in the test", "data.test_in_train"
        )

    def _judge_conflicts(self, groups: NDArray[np.int64]) -> None:
        policy = self._policy.conflicting_labels
        if policy == "keep":
            return
        torn = conflicting_rows(self._dataset, groups)
        torn = torn[self._kept[torn] & (self._dataset.splits[torn] != Split.TEST)]
        if not len(torn):
            return
        if policy == "stop":
            row = int(torn[0])
            raise self._stop(
                "conflicting_labels", row, f"The sequence of '{self._dataset.ids[row][:100]}' carries several labels."
            )
        self._leave_out(torn, "conflicting_labels", "that [carries|carry] several labels", "data.conflicting_labels")

    def _drop_repeats(self, groups: NDArray[np.int64]) -> None:
        rows = np.flatnonzero(self._kept)
        kinds = len(self._dataset.label_names) + 1
        key = (groups[rows] * kinds + self._dataset.labels[rows] + 1) * 4 + self._dataset.splits[rows]
        _, first = np.unique(key, return_index=True)
        repeated = np.ones(len(rows), np.bool_)
        repeated[first] = False
        self._leave_out(
            rows[repeated], "repeated_sequences", "that [repeats|repeat] an earlier one", "data.repeated_sequences"
        )

    def _leave_out(self, rows: NDArray[np.intp], code: str, which: str, setting: str = "") -> None:
        rows = rows[self._kept[rows]]
        self._kept[rows] = False
        if len(rows):
            message = counted(f"{{n}} [record|records] {which} [was|were] left out.", len(rows))
            self._findings.append(self._finding(rows, f"dropped_{code}", message, setting))

    def _say(self, rows: NDArray[np.intp], code: str, what: str, setting: str) -> None:
        if len(rows):
            message = counted(f"{{n}} [record was|records were] {what}.", len(rows))
            self._findings.append(self._finding(rows, f"changed_{code}", message, setting))

    def _finding(self, rows: NDArray[np.intp], code: str, message: str, setting: str) -> Finding:
        remedy = f"{setting} decides this." if setting else ""
        return Finding(code, Severity.INFO, message, remedy, len(rows), occurrences_of(self._dataset, rows), setting)

    def _stop(self, code: str, row: int, message: str) -> BioseqError:
        return BioseqError(
            f"data.{code}",
            message,
            where=f"{self._dataset.source_of(row)}, line {self._dataset.lines[row]}",
            remedy=f"Mend the file, or choose another policy in data.{code}.",
        )


def _shorten(dataset: Dataset, longest: int, way: str) -> tuple[Dataset, NDArray[np.intp]]:
    """The data set with at most `longest` letters per record, and the rows that were cut."""
    lengths = dataset.lengths
    rows = np.flatnonzero(lengths > longest)
    if not len(rows):
        return dataset, rows
    head = {"keep_start": longest, "keep_end": 0}.get(way, longest - longest // 2)
    pieces: list[NDArray[np.uint8]] = []
    done = 0
    for row in rows.tolist():
        start, end = int(dataset.offsets[row]), int(dataset.offsets[row + 1])
        pieces.append(dataset.letters[done : start + head])
        done = end - (longest - head)
    pieces.append(dataset.letters[done:])
    offsets = offsets_of(np.minimum(lengths, longest))
    return replace(dataset, letters=np.concatenate(pieces), offsets=offsets), rows
