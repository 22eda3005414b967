"""What every reader hands on: the records of one file, as columns, before labels and splits are settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.ragged import letter_counts, offsets_of
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.errors import Severity

NO_CODE = -1


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader saw in a file.

    Attributes:
        code: Code of the finding.
        severity: How much it matters.
        message: One sentence; `{n}` stands for the number of records.
        remedy: What is done about it, or what to do.
        rows: Numbers of the records concerned, counted in the file; empty when it is about the whole file.
        details: What is particular, per row; may be shorter than `rows`.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    rows: tuple[int, ...] = ()
    details: tuple[str, ...] = ()
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader took of several things that it could have taken.

    Attributes:
        role: "id", "sequence", "label" or "split" for a column, "sheet" for a worksheet.
        taken: Name of the column or the worksheet; empty where none was taken.
        options: Names of all that there are.
    """

    role: str
    taken: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """N records of one file.

    Attributes:
        letters: Letters of all records, as in the file, without layout, uint8 `(residues,)`.
        offsets: Row starts and the last end, int64 `(N + 1,)`.
        ids: Identifiers.
        descriptions: What stands beside them.
        lines: 1-based line of each record, int64 `(N,)`.
        label_codes: Index into `label_texts`, `NO_CODE` where there is none, int32 `(N,)`.
        label_texts: Labels, each once.
        splits: `Split` of each record, uint8 `(N,)`.
        counts: How often each code occurs in `letters`, `(256,)`.
        notes: What the reader saw.
        choices: What it took of several columns or worksheets.
    """

    letters: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    ids: TextColumn
    descriptions: TextColumn
    lines: NDArray[np.int64]
    label_codes: NDArray[np.int32]
    label_texts: tuple[str, ...]
    splits: NDArray[np.uint8]
    counts: NDArray[np.int64]
    notes: tuple[Note, ...] = ()
    choices: tuple[Choice, ...] = ()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def has_labels(self) -> bool:
        """At least one record has a label."""
        return bool(np.any(self.label_codes != NO_CODE))


def relabel(
    file: Records,
    labels: Sequence[str],
    note: Note,
    *,
    ids: TextColumn | None = None,
    descriptions: TextColumn | None = None,
) -> Records:
    """The records of a file with a label for each, and a note of where they come from.

    Args:
        file: The records.
        labels: One per record.
        note: Added to those that there are.
        ids: Other ids; None for those that there are.
        descriptions: Other descriptions; None for those that there are.
    """
    texts = {label: code for code, label in enumerate(dict.fromkeys(labels))}
    codes = np.array([texts[label] for label in labels], np.int32)
    return replace(
        file,
        ids=file.ids if ids is None else ids,
        descriptions=file.descriptions if descriptions is None else descriptions,
        label_codes=codes,
        label_texts=tuple(texts),
        notes=(*file.notes, note),
    )


def records_from_columns(
    sequences: Sequence[bytes],
    ids: Sequence[str],
    descriptions: Sequence[str],
    lines: Sequence[int],
    *,
    labels: Sequence[str | None] | None = None,
    splits: Sequence[int] | None = None,
    notes: tuple[Note, ...] = (),
    choices: tuple[Choice, ...] = (),
) -> Records:
    """Records from plain Python values: for the formats that other libraries read."""
    letters = np.frombuffer(b"".join(sequences), np.uint8)
    texts: dict[str, int] = {}
    codes = [NO_CODE if label is None else texts.setdefault(label, len(texts)) for label in labels or ()]
    count = len(sequences)
    return Records(
        letters=letters,
        offsets=offsets_of(np.fromiter(map(len, sequences), np.int64, count)),
        ids=TextColumn.from_strings(ids),
        descriptions=TextColumn.from_strings(descriptions),
        lines=np.array(lines, np.int64),
        label_codes=np.array(codes, np.int32) if labels is not None else np.full(count, NO_CODE, np.int32),
        label_texts=tuple(texts),
        splits=np.array(splits, np.uint8) if splits is not None else np.zeros(count, np.uint8),
        counts=letter_counts(letters),
        notes=notes,
        choices=choices,
    )
