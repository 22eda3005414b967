"""What a person says of a file: where it lies, what its records are for, which class they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["auto", "train", "validation", "test", "predict"]


@dataclass(frozen=True, slots=True)
class FileRequest:
    """One file that the person gave, and what they said of it.

    Attributes:
        path: The file.
        role: What its records are for; "auto" leaves it to the headers.
        label: The class of all its records; empty when the records tell theirs.
        sheet: Worksheet of a workbook; empty to choose.
        id_column: Name of the column of ids in a table; empty to detect it, as all further columns.
        sequence_column: Name of the column of sequences.
        label_column: Name of the column of labels.
        split_column: Name of the column of splits.
    """

    path: str
    role: Role = "auto"
    label: str = ""
    sheet: str = ""
    id_column: str = ""
    sequence_column: str = ""
    label_column: str = ""
    split_column: str = ""
