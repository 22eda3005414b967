"""What is open: files, data, configuration, the run under way, the run and the predictions that are shown.

The only state that pages share. It does no work: `app` connects intents to services and puts their results here. Its
signals are facts in the past tense. Everything that the person can change goes over the undo stack.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from bioseq.errors import BioseqError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bioseq.config.autofill import Reason
    from bioseq.config.inspection import Inspection
    from bioseq.config.schema import Configuration
    from bioseq.prediction.table import PredictionTable
    from bioseq.protocol.events import CostMeasured, Event
    from bioseq.runs.history import RunState
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.files import FileRequest

_log = logging.getLogger(__name__)
_MERGE_EDITS = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What undo brings back.

    Attributes:
        files: The files of the data set, as the person gave them.
        configuration: All options; None until the first is needed.
        reasons: Why autofill chose what it chose.
        touched: Configuration paths that the person set by hand or by a file; autofill leaves them alone.
    """

    files: tuple[FileRequest, ...] = ()
    configuration: Configuration | None = None
    reasons: tuple[Reason, ...] = ()
    touched: frozenset[str] = frozenset()


class Session(QObject):
    """What is open in one window.

    Signals:
        files_changed: The files of the data set are others (or have other roles); they want to be inspected.
        data_changed: `inspection` and `dataset` are others.
        configuration_changed: The configuration (its argument) is another.
        problems_changed: `problems` are others.
        dirty_changed: Whether there are unsaved changes (its argument).
        run_changed: `run_state`, `run_folder`, `live` or `studying` are others.
        opened_run_changed: Results show another run.
        prediction_changed: There is another prediction table.
        model_changed: Another model is chosen for prediction.
        runs_changed: The history of runs is another.
        costs_changed: What a network costs on this machine was measured.
    """

    files_changed = Signal()
    data_changed = Signal()
    configuration_changed = Signal(object)
    problems_changed = Signal()
    dirty_changed = Signal(bool)
    run_changed = Signal()
    opened_run_changed = Signal()
    prediction_changed = Signal()
    model_changed = Signal()
    runs_changed = Signal()
    costs_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._settings = Settings()
        self._clean: Configuration | None = None
        self._dirty = False
        self._configuration_path: Path | None = None
        self._awaiting_autofill = False
        self._inspection: Inspection | None = None
        self._dataset: Dataset | None = None
        self._data_error = ""
        self._problems: tuple[Problem, ...] = ()
        self._run_state: RunState | None = None
        self._run_folder: Path | None = None
        self._live = False
        self._studying = False
        self._opened_run: Path | None = None
        self._prediction_table: PredictionTable | None = None
        self._model_path: Path | None = None
        self._costs: dict[str, CostMeasured] = {}

    # ------------------------------------------------------------------ data

    @property
    def files(self) -> tuple[FileRequest, ...]:
        """The files of the data set, in the order given."""
        return self._settings.files

    @property
    def inspection(self) -> Inspection | None:
        """What was found in the files; None before they are read."""
        return self._inspection

    @property
    def dataset(self) -> Dataset | None:
        """The records as read, mapped into memory; None before they are read."""
        return self._dataset

    @property
    def data_error(self) -> str:
        """Why the files could not be read, a sentence; empty when they could or are not there."""
        return self._data_error

    def set_files(self, files: Iterable[FileRequest], *, title: str = "") -> None:
        """Take these files as the data set (undoable); `files_changed` asks for their inspection."""
        files = tuple(files)
        if files == self.files:
            return
        title = title or self.tr("Change files")
        after = replace(self._settings, files=files)
        self._awaiting_autofill = True
        self.undo_stack.push(_Change(self, title, self._settings, after, autofills=True))

    def add_files(self, files: Iterable[FileRequest]) -> None:
        """Add files to the data set; one that is there already takes the new role."""
        wanted = {request.path: request for request in (*self.files, *files)}
        self.set_files(wanted.values(), title=self.tr("Add files"))

    def remove_file(self, path: str) -> None:
        """Take a file out of the data set."""
        self.set_files((file for file in self.files if file.path != path), title=self.tr("Remove file"))

    def change_file(self, request: FileRequest) -> None:
        """Give a file another role or class."""
        changed = (request if file.path == request.path else file for file in self.files)
        self.set_files(changed, title=self.tr("Change role"))

    def set_data(self, inspection: Inspection, dataset: Dataset) -> None:
        """Take over what an inspection found, and fill in what the person has not set by hand."""
        self._inspection, self._dataset, self._data_error = inspection, dataset, ""
        self._costs.clear()
        if self._awaiting_autofill:
            self._awaiting_autofill = False
            self._autofill(inspection)
        self.data_changed.emit()
        self._check()

    def clear_data(self) -> None:
        """Forget the inspected data (the files are gone, or they could not be read)."""
        self.fail_data("")

    def fail_data(self, sentence: str) -> None:
        """The files could not be read, for this reason."""
        self._inspection = self._dataset = None
        self._data_error = sentence
        self.data_changed.emit()
        self._check()

    def _autofill(self, inspection: Inspection) -> None:
        filled = self._kept(inspection.config)
        touched = self._settings.touched
        reasons = tuple(reason for reason in inspection.reasons if reason.path not in touched)
        filled, reasons = self._with_words(filled, reasons, touched)
        after = replace(self._settings, configuration=filled, reasons=reasons)
        command = self.undo_stack.command(self.undo_stack.index() - 1)
        if isinstance(command, _Change) and command.autofills:
            command.amend(after)
        if not self._dirty:
            self._clean = filled
        self.restore(after)

    def _kept(self, filled: Configuration) -> Configuration:
        """The filled-in configuration with what the person set in its place."""
        from bioseq.config.fields import value_at, with_value

        for path in sorted(self._settings.touched, key=_dependence):
            try:
                filled = with_value(filled, path, value_at(self.configuration, path))
            except BioseqError as error:
                _log.info("%s does not suit the new data: %s", path, error)
        return filled

    # ------------------------------------------------------------------ configuration

    @property
    def configuration(self) -> Configuration:
        """All options."""
        if self._settings.configuration is None:
            from bioseq.config.schema import Configuration

            self._settings = replace(self._settings, configuration=Configuration())
            self._clean = self._clean or self._settings.configuration
        made = self._settings.configuration
        if made is None:
            raise RuntimeError("no configuration")
        return made

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why autofill chose what it chose."""
        return self._settings.reasons

    @property
    def touched(self) -> frozenset[str]:
        """Configuration paths that the person set."""
        return self._settings.touched

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is wrong with the configuration for these data."""
        return self._problems

    @property
    def dirty(self) -> bool:
        """There are changes that no file holds."""
        return self._dirty

    @property
    def configuration_path(self) -> Path | None:
        """The file that the configuration was read from or written to last."""
        return self._configuration_path

    def edit(self, path: str, value: object) -> None:
        """Set one option (undoable; changes of the same option follow one another as one step).

        Raises:
            BioseqError: The value is not legal; nothing has changed.
        """
        from bioseq.config.fields import with_value

        changed = with_value(self.configuration, path, value)
        if changed == self.configuration:
            return
        settings = self._settings
        touched, reasons = settings.touched | {path}, settings.reasons
        if path.startswith("model."):
            changed, reasons = self._with_words(changed, reasons, touched)
        after = replace(settings, configuration=changed, reasons=reasons, touched=touched)
        self.undo_stack.push(_Change(self, self.tr("Change {0}").format(path), settings, after, path=path))

    def _with_words(
        self, config: Configuration, reasons: tuple[Reason, ...], touched: frozenset[str]
    ) -> tuple[Configuration, tuple[Reason, ...]]:
        """The tokens that a pretrained model has learnt, else those recommended, unless the person chose some."""
        from bioseq.config.fields import value_at, with_value
        from bioseq.config.model_words import KIND, LENGTH, with_words_of_model

        if self._inspection is None or touched & {KIND, LENGTH}:
            return config, reasons
        fitting = config
        for path in (KIND, LENGTH):
            fitting = with_value(fitting, path, value_at(self._inspection.config, path))
        fitting, found = with_words_of_model(fitting, self._inspection.profile.molecule)
        if fitting == config:
            return config, reasons
        told = {reason.path: reason for reason in (*self._inspection.reasons, *found)}
        others = tuple(reason for reason in reasons if reason.path not in {KIND, LENGTH})
        return fitting, (*others, *(told[path] for path in (KIND, LENGTH) if path in told))

    def replace_configuration(self, config: Configuration, *, title: str) -> None:
        """Take over a whole configuration (undoable); all that it says differently counts as set by the person."""
        if config == self.configuration:
            return
        differing = _differing_paths(self.configuration, config)
        touched = self._settings.touched | differing
        reasons = tuple(reason for reason in self._settings.reasons if reason.path not in differing)
        after = replace(self._settings, configuration=config, reasons=reasons, touched=touched)
        self.undo_stack.push(_Change(self, title, self._settings, after))

    def open_configuration(self, config: Configuration, path: Path, files: Iterable[FileRequest]) -> None:
        """Take over a configuration from a file, with the data files that it names (undoable)."""
        touched = frozenset(_all_paths(config))
        after = replace(
            self._settings, configuration=config, reasons=(), touched=touched, files=tuple(files) or self.files
        )
        title = self.tr("Open {0}").format(path.name)
        self._awaiting_autofill = False
        self.undo_stack.push(_Change(self, title, self._settings, after))
        self.mark_saved(path)

    def mark_saved(self, path: Path | None = None) -> None:
        """The configuration as it stands lies in a file now."""
        self._clean = self.configuration
        self._configuration_path = path or self._configuration_path
        self._tell_dirty(force=True)

    def forget_touched(self) -> None:
        """Let autofill choose everything again (undoable)."""
        if self._inspection is None:
            return
        after = replace(
            self._settings,
            configuration=self._inspection.config,
            reasons=self._inspection.reasons,
            touched=frozenset(),
        )
        self.undo_stack.push(_Change(self, self.tr("Use the recommended settings"), self._settings, after))

    def restore(self, settings: Settings) -> None:
        """Take settings as they are: what undo and redo do."""
        before, self._settings = self._settings, settings
        if before.configuration != settings.configuration or before.reasons != settings.reasons:
            self.configuration_changed.emit(self.configuration)
            self._check()
            self._tell_dirty()
        if before.files != settings.files:
            self.files_changed.emit()

    def _check(self) -> None:
        from bioseq.config.checks import check

        profile = self._inspection.profile if self._inspection is not None else None
        found = check(self.configuration, profile)
        if found != self._problems:
            self._problems = found
            self.problems_changed.emit()

    def _tell_dirty(self, *, force: bool = False) -> None:
        dirty = self._clean is not None and self.configuration != self._clean
        if dirty != self._dirty or force:
            self._dirty = dirty
            self.dirty_changed.emit(dirty)

    # ------------------------------------------------------------------ costs

    def cost_key(self, model: str) -> str:
        """Names what training a network costs depends on, with the settings as they stand."""
        config = self.configuration
        hyper = config.model.hyper if config.model.name == model else {}
        training = config.training
        parts = (model, sorted(hyper.items()), config.tokens, config.data.longest, training.batch_size)
        tricks = (training.sampling, training.adversarial, config.augmentation)
        return repr((*parts, *tricks, training.device, training.threads, training.precision, training.deterministic))

    def cost(self, model: str) -> CostMeasured | None:
        """What training a network costs with these data and settings on this machine, when that was measured."""
        return self._costs.get(self.cost_key(model))

    def keep_costs(self, costs: dict[str, CostMeasured]) -> None:
        """Keep what was measured; keys are of `cost_key`."""
        self._costs.update(costs)
        self.costs_changed.emit()

    # ------------------------------------------------------------------ run

    @property
    def run_state(self) -> RunState:
        """What the events of the present run tell."""
        if self._run_state is None:
            from bioseq.runs.history import RunState

            self._run_state = RunState()
        return self._run_state

    @property
    def run_folder(self) -> Path | None:
        """The folder of the present run; None before the first."""
        return self._run_folder

    @property
    def live(self) -> bool:
        """The present run is being trained now."""
        return self._live

    @property
    def studying(self) -> bool:
        """A study is under way: many trainings, which leave no room for another."""
        return self._studying

    def set_studying(self, studying: bool) -> None:
        """A study begins, or is over."""
        self._studying = studying
        self.run_changed.emit()
        if not studying:
            self.runs_changed.emit()

    def begin_run(self, folder: Path, state: RunState | None = None) -> None:
        """A run starts, or goes on from a state."""
        self._run_folder, self._run_state, self._live = folder, state, True
        self.run_changed.emit()

    def apply_events(self, events: Iterable[Event]) -> None:
        """The present run has done something."""
        from bioseq.runs.history import fold

        self._run_state = fold(events, self._run_state)
        self.run_changed.emit()

    def end_run(self, *, interrupted: bool = False) -> None:
        """The present run is over; `interrupted` when its worker ended without a word."""
        from bioseq.runs.history import Status

        self._live = False
        if interrupted and self.run_state.ending is None:
            self._run_state = replace(self.run_state, status=Status.INTERRUPTED)
        self.run_changed.emit()
        self.runs_changed.emit()

    def show_run(self, folder: Path, state: RunState) -> None:
        """Show a finished run on the Training page exactly as it looked live."""
        self._run_folder, self._run_state, self._live = folder, state, False
        self.run_changed.emit()

    @property
    def opened_run(self) -> Path | None:
        """The run whose results are shown."""
        return self._opened_run

    def open_run(self, folder: Path | None) -> None:
        """Show the results of a run."""
        self._opened_run = folder
        self.opened_run_changed.emit()

    def tell_runs_changed(self) -> None:
        """A run was made, renamed, deleted or brought back."""
        self.runs_changed.emit()

    # ------------------------------------------------------------------ prediction

    @property
    def prediction_table(self) -> PredictionTable | None:
        """The newest predictions."""
        return self._prediction_table

    def set_prediction_table(self, table: PredictionTable | None) -> None:
        """Show other predictions."""
        self._prediction_table = table
        self.prediction_changed.emit()

    @property
    def model_path(self) -> Path | None:
        """The run folder or bundle that predicts."""
        return self._model_path

    def set_model(self, path: Path | None) -> None:
        """Choose another model for prediction."""
        if path != self._model_path:
            self._model_path = path
            self.model_changed.emit()


class _Change(QUndoCommand):
    """From one state of the settings to another, and back."""

    def __init__(
        self,
        session: Session,
        title: str,
        before: Settings,
        after: Settings,
        *,
        path: str = "",
        autofills: bool = False,
    ) -> None:
        super().__init__(title)
        self._session, self._before, self._after, self._path = session, before, after, path
        self.autofills = autofills

    def amend(self, after: Settings) -> None:
        """What redo brings back is this: the autofill that followed belongs to the same step."""
        self._after = after

    def id(self) -> int:
        """Edits of one option may become one step."""
        return _MERGE_EDITS if self._path else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take the later edit of the same option into this step."""
        if not isinstance(other, _Change) or other._path != self._path:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        """Go to the later state."""
        self._session.restore(self._after)

    def undo(self) -> None:
        """Go back to the earlier state."""
        self._session.restore(self._before)


def _all_paths(config: Configuration) -> set[str]:
    dumped: dict[str, Any] = config.model_dump(exclude={"schema_version"})
    paths = {f"{section}.{name}" for section, fields in dumped.items() for name in fields}
    hyper = {f"model.hyper.{name}" for name in config.model.hyper}
    return (paths | hyper) - {"data.files", "model.hyper"}


def _differing_paths(old: Configuration, new: Configuration) -> set[str]:
    from bioseq.config.fields import value_at

    def value(config: Configuration, path: str) -> object:
        try:
            return value_at(config, path)
        except (BioseqError, KeyError):
            return None

    return {path for path in _all_paths(new) if value(old, path) != value(new, path)}


def _dependence(path: str) -> tuple[bool, str]:
    """The model stands before its settings, which depend on it."""
    return path.startswith("model.hyper"), path
