"""The run folder: which files it holds. All are written so that a crash harms none: see `bioseq.durable`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.durable import durable_file, sync_folder, write_bytes, write_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RunFolder", "durable_file", "sync_folder", "write_bytes", "write_json"]


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
    def members(self) -> Path:
        """Folder of the members of an ensemble, each in one of its own with checkpoints and bundle."""
        return self.path / "members"

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
    def control(self) -> Path:
        """What the same training gave with shuffled labels, JSON (`bioseq.evaluation.shuffling`)."""
        return self.path / "control.json"

    @property
    def report(self) -> Path:
        """The report: one HTML file that needs nothing else."""
        return self.path / "report.html"

    @property
    def similarity(self) -> Path:
        """How like the training records the judged ones are, JSON (`bioseq.evaluation.nearness`)."""
        return self.path / "similarity.json"

    @property
    def looks(self) -> Path:
        """How often its test records were evaluated, JSON (`bioseq.runs.looks`)."""
        return self.path / "test_looks.json"

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
