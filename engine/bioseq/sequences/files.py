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
    """

    path: str
    role: Role = "auto"
    label: str = ""
