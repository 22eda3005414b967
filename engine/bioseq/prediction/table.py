"""Predictions as columns on the disk: a million rows open at once because nothing is read before it is shown.

Torch-free: the window maps these.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.errors import BioseqError
from bioseq.runs.folder import durable_file, write_json
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Flag(IntFlag):
    """Why a prediction deserves a second look; several may hold."""

    NONE = 0
    ILLEGAL_LETTERS = 1
    """The sequence held letters that no residue has, read as unknown."""
    AMBIGUOUS_LETTERS = 2
    """The sequence held IUPAC codes, read as unknown."""
    SHORTER_THAN_TRAINED = 4
    LONGER_THAN_TRAINED = 8
    EMPTY = 16
    """No letters: nothing could be predicted."""
    SHORTENED = 32
    """Longer than the model takes; only a part was read."""


@dataclass(frozen=True, slots=True, eq=False)
class PredictionTable:
    """N predictions over C classes, in the order of the input files.

    Attributes:
        ids: Identifiers as in the input.
        sequences: Letters as in the input.
        labels: The classes in order.
        predicted: Index of the predicted class, -1 where none could be made, int16 `(N,)`.
        probabilities: Per class, rows sum to 1 (NaN where none could be made), float32 `(N, C)`.
        flags: `Flag` bits, uint8 `(N,)`.
        truth: True class where the file named one that the model knows, else -1, int16 `(N,)`.
    """

    ids: TextColumn
    sequences: TextColumn
    labels: tuple[str, ...]
    predicted: NDArray[np.int16]
    probabilities: NDArray[np.float32]
    flags: NDArray[np.uint8]
    truth: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.predicted)

    def save(self, folder: Path) -> None:
        """Write the columns durably into a folder, which is made if need be."""
        columns: dict[str, NDArray[Any]] = {
            "ids": self.ids.buffer,
            "id_offsets": self.ids.offsets,
            "sequences": self.sequences.buffer,
            "sequence_offsets": self.sequences.offsets,
            "predicted": self.predicted,
            "probabilities": self.probabilities,
            "flags": self.flags,
            "truth": self.truth,
        }
        for name, column in columns.items():
            with durable_file(folder / f"{name}.npy") as file:
                np.save(file, column, allow_pickle=False)
        write_json(folder / "table.json", {"format": 1, "labels": self.labels})

    @classmethod
    def open(cls, folder: Path) -> PredictionTable:
        """Map a saved table into memory.

        Raises:
            BioseqError: The folder holds no table.
        """
        try:
            labels = tuple(json.loads((folder / "table.json").read_text(encoding="utf-8"))["labels"])
            column = {path.stem: np.load(path, mmap_mode="r", allow_pickle=False) for path in folder.glob("*.npy")}
            return cls(
                ids=TextColumn(column["ids"], column["id_offsets"]),
                sequences=TextColumn(column["sequences"], column["sequence_offsets"]),
                labels=labels,
                predicted=column["predicted"],
                probabilities=column["probabilities"],
                flags=column["flags"],
                truth=column["truth"],
            )
        except (OSError, KeyError, ValueError) as error:
            raise BioseqError(
                "prediction.no_table",
                "There is no prediction table here.",
                where=str(folder),
                remedy="Predict again.",
            ) from error
