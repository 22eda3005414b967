"""The run folder: which files it holds, and how they are written so that a crash at any instant harms none.

A file is written under a temporary name, flushed to the disk, renamed over the old one, and the folder flushed: after a
crash there is either the old file or the new one, whole.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of the files of one run.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The resolved configuration, TOML."""
        return self.path / "config.toml"

    @property
    def data(self) -> Path:
        """Input files with SHA-256 and counts, JSON."""
        return self.path / "data.json"

    @property
    def events(self) -> Path:
        """Every event of the run, one JSON line each."""
        return self.path / "events.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Folder of the last two checkpoints."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The bundle: all that prediction needs."""
        return self.path / "model.bioseq"

    @property
    def metrics(self) -> Path:
        """Evaluation of model and baseline, JSON (`bioseq.evaluation.results`)."""
        return self.path / "metrics.json"

    @property
    def evaluation(self) -> Path:
        """Folder with the evaluated records as columns (`bioseq.evaluation.results`)."""
        return self.path / "evaluation"

    @property
    def predictions(self) -> Path:
        """Predictions of the test records, CSV."""
        return self.path / "predictions.csv"

    @property
    def figures(self) -> Path:
        """Folder of figures with their source data."""
        return self.path / "figures"

    @property
    def log(self) -> Path:
        """What libraries print and the program logs."""
        return self.path / "log.txt"

    @property
    def provenance(self) -> Path:
        """Versions, machine, seeds, times, JSON."""
        return self.path / "provenance.json"

    @property
    def notes(self) -> Path:
        """Name and notes that the person gave the run, JSON."""
        return self.path / "notes.json"


@contextmanager
def durable_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing; it takes its name only when the block ends without an exception and all is on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file durably."""
    with durable_file(path) as file:
        file.write(content)


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON, durably; NaN is refused: turn it into null first."""
    write_bytes(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n")


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
