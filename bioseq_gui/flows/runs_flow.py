"""The history: open a run as it looked live, rename it, throw it away and bring it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bioseq.errors import BioseqError
from bioseq.runs.folder import RunFolder
from bioseq_gui.flows.messages import Message, of_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq_gui.session import Session


class RunsFlow(QObject):
    """Does what a person asks of a run in the history.

    Signals:
        said: A message for the person.
        page_wanted: Name of the page that shows what comes now.
    """

    said = Signal(object)
    page_wanted = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def open(self, folder: object) -> None:
        """Show a run's curves and results; of one that cannot be read, say why."""
        from bioseq.runs.store import read_run_state

        path = Path(str(folder))
        run = RunFolder(path)
        if not path.is_dir():
            self.said.emit(Message(self.tr("This run is no longer there: {0}").format(path), "error"))
            self._session.tell_runs_changed()
            return
        try:
            state = read_run_state(run)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        if not self._session.live:
            self._session.show_run(path, state)
        if run.metrics.exists():
            self._session.open_run(path)
            self._session.set_model(path)
            self.page_wanted.emit("results")
        else:
            self.page_wanted.emit("training")

    def rename(self, folder: object, name: str) -> None:
        """Give a run another name."""
        from bioseq.runs.store import rename

        try:
            rename(RunFolder(Path(str(folder))), name)
        except BioseqError as error:
            self.said.emit(of_error(error))
        self._session.tell_runs_changed()

    def set_notes(self, folder: object, notes: str) -> None:
        """Replace the notes of a run."""
        from bioseq.runs.store import set_notes

        try:
            set_notes(RunFolder(Path(str(folder))), notes)
        except BioseqError as error:
            self.said.emit(of_error(error))
        self._session.tell_runs_changed()

    def predict_with(self, folder: object) -> None:
        """Take the model of a run to the Predict page."""
        self._session.set_model(Path(str(folder)))
        self.page_wanted.emit("prediction")

    def discard(self, folders: object) -> None:
        """Move one run, or several, to the trash, with the way back."""
        from bioseq.runs.store import discard

        wanted = [Path(str(item)) for item in folders] if isinstance(folders, list | tuple) else [Path(str(folders))]
        if self._session.live and self._session.run_folder in wanted:
            self.said.emit(Message(self.tr("This run is being trained. Stop it first."), "warning"))
            return
        try:
            places = [discard(RunFolder(path)) for path in wanted]
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        if self._session.opened_run in wanted:
            self._session.open_run(None)
        if self._session.model_path in wanted:
            self._session.set_model(None)
        self._session.tell_runs_changed()
        moved = self.tr("The run is in the trash.")
        text = moved if len(places) == 1 else self.tr("{0} runs are in the trash.").format(len(places))
        self.said.emit(Message(text, "info", self.tr("Undo"), lambda: self._restore(places)))

    def empty_bin(self, root: Path, ask: Callable[[int], bool]) -> None:
        """Delete the runs in the trash for good.

        Args:
            root: Folder of the runs.
            ask: Asks the person, from the number of runs.
        """
        from bioseq.runs.store import binned_runs, empty_bin

        count = len(binned_runs(root))
        if not count:
            self.said.emit(Message(self.tr("The trash of runs is empty.")))
            return
        if not ask(count):
            return
        try:
            empty_bin(root)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        self.said.emit(Message(self.tr("The trash of runs is empty now."), "success"))

    def _restore(self, places: list[Path]) -> None:
        from bioseq.runs.store import restore

        try:
            for place in places:
                restore(place)
        except BioseqError as error:
            self.said.emit(of_error(error))
        self._session.tell_runs_changed()
