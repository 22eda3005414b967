"""Records made ready to be encoded, by a policy. Nothing is changed without being said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.findings import Finding
from bioseq.sequences.letter_kinds import LetterKinds
from bioseq.sequences.molecules import STOP
from bioseq.sequences.quality import conflicting_rows, leaked_rows, learnt_from, occurrences_of
from bioseq.sequences.ragged import count_in_rows, letter_counts, offsets_of, rows_holding, translated
from bioseq.sequences.similarity.letters import same_molecule
from bioseq.sequences.wording import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

ILLEGAL_REPLACED, AMBIGUOUS_REPLACED, SHORTENED = 1, 2, 32
"""Bits of `Cleaned.row_flags`, as in `bioseq.prediction.table.Flag`."""

LetterPolicy = Literal["drop", "replace", "stop"]


@dataclass(frozen=True, slots=True)
class CleaningPolicy:
    """What happens to faulty records; the words are those of `[data]` in a configuration.

    With `both_strands` a sequence and its reverse complement count as one.
    """

    illegal_letters: LetterPolicy = "replace"
    ambiguous_letters: LetterPolicy = "replace"
    gaps: Literal["replace", "remove"] = "replace"
    repeated_sequences: Literal["keep", "drop"] = "keep"
    conflicting_labels: Literal["keep", "drop", "stop"] = "keep"
    test_in_train: Literal["keep", "drop_from_train", "drop_from_test", "stop"] = "drop_from_train"
    longest: int = 0
    shorten: Literal["keep_start", "keep_end", "keep_ends"] = "keep_ends"
    both_strands: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """Records ready to be encoded, and what was done to them.

    Attributes:
        dataset: The M records that are left: capitals, residues and the unknown letter only, none empty.
        kept_rows: Their numbers in the data set as read, ascending, `(M,)`.
        findings: What was done; rows are those of the data set as read.
        row_flags: `ILLEGAL_REPLACED | AMBIGUOUS_REPLACED | SHORTENED` per kept record, uint8 `(M,)`.
        lengths: Letters of each kept record before it was shortened, `(M,)`.
    """

    dataset: Dataset
    kept_rows: NDArray[np.intp]
    findings: tuple[Finding, ...]
    row_flags: NDArray[np.uint8]
    lengths: NDArray[np.int64]


def clean(dataset: Dataset, molecule: Molecule, policy: CleaningPolicy) -> Cleaned:
    """Make records ready to be encoded, and say what was done.

    Letters become capitals, `U` and `T` the one that the molecule has; illegal letters, IUPAC codes and rare amino
    acids become the unknown letter, and so do gaps unless they are left out; `*` at the end goes. Records without
    letters are always left out. Records that become alike when long ones are shortened are treated as those that were
    alike before.

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
    work.shorten()
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
        self._kinds = LetterKinds.of(molecule)
        self._lengths = dataset.lengths
        self._once = ""

    def letters(self) -> None:
        """Judge letters: gaps, stops at the end, illegal ones, IUPAC codes, records without any."""
        if self._policy.gaps == "remove":
            self._remove_gaps()
        self._trim_stops()
        counts = letter_counts(self._dataset.letters)
        illegal = self._kinds.illegal | self._kinds.gaps | self._kinds.stop
        if counts[illegal].any():
            self._judge(illegal, self._policy.illegal_letters, "illegal_letters", "illegal letters", ILLEGAL_REPLACED)
        codes, rare = self._kinds.ambiguous, self._kinds.rare
        if counts[codes | rare].any():
            names = [
                name
                for name, wanted in (("IUPAC codes", codes), ("rare amino acids (U or O)", rare))
                if counts[wanted].any()
            ]
            policy = self._policy.ambiguous_letters
            self._judge(codes | rare, policy, "ambiguous_letters", " or ".join(names), AMBIGUOUS_REPLACED)
        self._leave_out(np.flatnonzero(self._dataset.lengths == 0), "empty_records", "without letters")

    def relations(self) -> None:
        """Judge records against each other: leaks, conflicts, repeats; in this order."""
        policy = self._policy
        if {policy.test_in_train, policy.conflicting_labels, policy.repeated_sequences} == {"keep"}:
            return
        groups = same_molecule(self._dataset, self._molecule, both_strands=self._policy.both_strands)
        groups[~self._kept] = -1 - np.flatnonzero(~self._kept)
        self._judge_leaks(groups)
        self._judge_conflicts(groups)
        if self._policy.repeated_sequences == "drop":
            self._drop_repeats(groups)

    def shorten(self) -> None:
        """Cut long records; those that are alike from then on are judged against each other again."""
        self._lengths = self._dataset.lengths
        longest = self._policy.longest
        if not longest:
            return
        cut = np.flatnonzero((self._dataset.lengths > longest) & self._kept)
        if not len(cut):
            return
        self._dataset = _shorten(self._dataset, longest, self._policy.shorten)
        self._flags[cut] |= SHORTENED
        self._say(cut, "shortened", f"shortened to {longest:,} letters", "data.longest")
        self._once = f" once shortened to {longest:,} letters"
        self.relations()

    def finish(self) -> Cleaned:
        """The records that are left, with their letters written in the molecule's own."""
        rows = np.flatnonzero(self._kept)
        if not len(rows):
            raise self._nothing_left()
        kept = self._dataset if len(rows) == len(self._dataset) else self._dataset.take(rows)
        kept = replace(kept, letters=self._written(kept.letters))
        return Cleaned(kept, rows, tuple(self._findings), self._flags[rows], self._lengths[rows])

    def _nothing_left(self) -> BioseqError:
        """The error that says why each record was left out, and where the first stands."""
        dataset = self._dataset
        if not len(dataset):
            return BioseqError("data.nothing_left", "There are no records.", remedy="Choose files that hold some.")
        reasons = [finding.message for finding in self._findings if finding.code.startswith("dropped_")]
        empty = not dataset.lengths.any()
        return BioseqError(
            "data.nothing_left",
            f"No record is left after cleaning. {' '.join(reasons)}",
            where=f"{dataset.source_of(0)}, line {dataset.lines[0]}",
            remedy="The files hold headers without sequences: fetch them again, or choose others."
            if empty
            else "Look at what was found in the files, and at the settings of the data.",
        )

    def _written(self, letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
        alphabet = ALPHABETS[self._molecule]
        table = bytearray(alphabet.unknown.encode() * 256)
        for residue in alphabet.residues:
            table[ord(residue)] = table[ord(residue.lower())] = ord(residue)
        if self._molecule is not Molecule.PROTEIN:
            for letter in "UuTt":
                table[ord(letter)] = ord(alphabet.residues[3])
        return translated(letters, bytes(table))

    def _remove_gaps(self) -> None:
        dataset = self._dataset
        gaps = self._kinds.gaps
        lengths = dataset.lengths
        found = count_in_rows(dataset.letters, dataset.offsets, gaps)
        if not found.any():
            return
        kept = dataset.letters[~gaps[dataset.letters]]
        self._dataset = replace(dataset, letters=kept, offsets=offsets_of(lengths - found))
        self._say(np.flatnonzero(found), "gaps", "read without gaps", "data.gaps")

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
                f"The test record '{self._dataset.ids[row][:100]}' stands in the training data too{self._once}.",
            )
        if policy == "drop_from_test":
            self._leave_out(
                leaked, "test_in_train", "of the test that [stands|stand] in the training data", "data.test_in_train"
            )
            return
        training = np.flatnonzero(learnt_from(self._dataset) & np.isin(groups, groups[leaked]) & self._kept)
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
                "conflicting_labels",
                row,
                f"The sequence of '{self._dataset.ids[row][:100]}' carries several labels{self._once}.",
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
            message = counted(f"{{n}} [record|records] {which}{self._once} [was|were] left out.", len(rows))
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


def _shorten(dataset: Dataset, longest: int, way: str) -> Dataset:
    """The data set with at most `longest` letters per record; some have more."""
    lengths = dataset.lengths
    rows = np.flatnonzero(lengths > longest)
    head = {"keep_start": longest, "keep_end": 0}.get(way, longest - longest // 2)
    pieces: list[NDArray[np.uint8]] = []
    done = 0
    for row in rows.tolist():
        start, end = int(dataset.offsets[row]), int(dataset.offsets[row + 1])
        pieces.append(dataset.letters[done : start + head])
        done = end - (longest - head)
    pieces.append(dataset.letters[done:])
    offsets = offsets_of(np.minimum(lengths, longest))
    return replace(dataset, letters=np.concatenate(pieces), offsets=offsets)
