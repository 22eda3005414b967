"""The study folder: which files it holds. All are written so that a crash harms none."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import runs_folder
from bioseq.studies.plan import Plan, save_study

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Paths of the files of one study.

    Attributes:
        path: The folder.
    """

    path: Path

    @property
    def plan(self) -> Path:
        """Base configuration and plan, TOML (`studies.plan`)."""
        return self.path / "study.toml"

    @property
    def state(self) -> Path:
        """Every entry as it stands, JSON (`studies.state`)."""
        return self.path / "study.json"

    @property
    def events(self) -> Path:
        """Every event of the study, one JSON line each."""
        return self.path / "events.jsonl"

    @property
    def runs(self) -> Path:
        """Folder of the run folders of the entries, `NNN_name`."""
        return self.path / "runs"

    @property
    def data(self) -> Path:
        """Folder of the tables of records that the entries read, where they do not read the files themselves."""
        return self.path / "data"

    @property
    def folds(self) -> Path:
        """The fold of every record that is in folds, for each repeat, int64 `(repeats, N)` (`studies.records`)."""
        return self.data / "folds.npy"

    @property
    def comparison(self) -> Path:
        """Figures with intervals, and paired tests, JSON (`studies.comparison`)."""
        return self.path / "comparison.json"

    @property
    def table(self) -> Path:
        """The same table as CSV, one row per variant."""
        return self.path / "comparison.csv"

    @property
    def curves(self) -> Path:
        """Epoch by epoch figures of every entry, for curves over each other, JSON (`studies.comparison`)."""
        return self.path / "curves.json"

    @property
    def history(self) -> Path:
        """Trials of a search in order, CSV (`studies.search`)."""
        return self.path / "history.csv"

    @property
    def importance(self) -> Path:
        """How much each setting mattered in a search, JSON (`studies.search`)."""
        return self.path / "importance.json"

    @property
    def trials(self) -> Path:
        """The search's own journal, from which it goes on (one for each outer fold: `trials_2.log`)."""
        return self.path / "trials.log"

    @property
    def result(self) -> Path:
        """The resulting run, an ordinary run folder."""
        return self.path / "result"

    def run(self, folder: str) -> RunFolder:
        """The run folder of an entry, from its path relative to the study."""
        return RunFolder(self.path / folder)

    def discard_results(self) -> None:
        """Remove all but the plan, events and log."""
        for folder in (self.runs, self.data, self.result):
            shutil.rmtree(folder, ignore_errors=True)
        made = (self.state, self.comparison, self.table, self.curves, self.history, self.importance)
        for file in (*made, *self.path.glob("trials*.log"), *self.path.glob(".*.part")):
            file.unlink(missing_ok=True)


def studies_folder() -> Path:
    """Where studies are kept when nothing else is said: beside the runs, in a folder that the list of runs skips."""
    return runs_folder() / "studies"


def create_study(plan: Plan, base: Configuration, folder: Path | None = None) -> StudyFolder:
    """Make a study folder and write its plan.

    Args:
        plan: What to do.
        base: The configuration from which its entries differ. To find the best model, validation is drawn like a test
            that the files name. Its models are compared as they are, without the baselines that a single run may be
            combined with.
        folder: The folder; by default a new one among the program's own.

    Raises:
        BioseqError: The plan cannot be carried out, the folder holds a study already, or cannot be made.
    """
    plan.checked()
    base = base.model_copy(update={"model": base.model.model_copy(update={"combine": False})})
    if plan.kind == "best":
        base = base.model_copy(update={"split": base.split.model_copy(update={"like_named_test": True})})
    path = folder or _new_folder(plan)
    study = StudyFolder(path)
    if study.plan.exists():
        raise BioseqError(
            "study.exists",
            "This folder holds a study already.",
            where=str(path),
            remedy="Name another folder, or add --resume to go on with this study.",
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        save_study(study.plan, plan, base)
    except OSError as error:
        raise BioseqError(
            "study.folder_not_writable",
            f"The folder of the study cannot be written: {error.strerror or error}.",
            where=str(path),
            remedy="Choose another folder, or free some space.",
        ) from error
    return study


def _new_folder(plan: Plan) -> Path:
    stem = studies_folder() / f"{datetime.now(UTC):%Y%m%d-%H%M%S}_{plan.kind}"
    path, number = stem, 2
    while path.exists():
        path, number = stem.with_name(f"{stem.name}_{number}"), number + 1
    return path
