"""The Runs page: everything that was ever trained, to open again, name, compare, go on with, or throw away.

The page reads the list itself and announces what the person wants with a run; `app` does it and tells the session that
the runs have changed, upon which the list is read again.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from bioseq.errors import BioseqError
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status
from bioseq.runs.store import RunEntry, list_runs
from bioseq_gui.tables.comparison_table import ComparisonView, comparable
from bioseq_gui.tables.runs_table import RunColumn, RunsView
from bioseq_gui.theme.tokens import SPACE_2
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.empty_state import EmptyState
from bioseq_gui.widgets.page_frame import PageFrame
from bioseq_gui.widgets.report_menu import ManyReportMenu
from bioseq_gui.widgets.text import number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

_FILTER_MS = 150
_COMPARED_AT_MOST = 12


class RunsPage(QWidget):
    """The history of runs.

    Attributes:
        view: The table.

    Signals:
        open_requested: Show a run on the Results page; its folder.
        rename_requested: Folder and new name.
        notes_changed: Folder and new notes.
        delete_requested: Move runs to the bin; a list of their folders.
        compare_requested: Two or more runs are compared; their folders.
        resume_requested: Go on with an interrupted run; its folder.
        predict_requested: Predict with the model of a run; its folder.
        report_requested: Write one report of runs; their folders, and the file.
    """

    open_requested = Signal(object)
    rename_requested = Signal(object, str)
    notes_changed = Signal(object, str)
    delete_requested = Signal(object)
    compare_requested = Signal(list)
    resume_requested = Signal(object)
    predict_requested = Signal(object)
    report_requested = Signal(list, object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._root: Path | None = None
        self._entries: tuple[RunEntry, ...] = ()
        self._stale = True
        self._make_parts()
        self._arrange()
        self._connect()
        self._update()

    def _make_parts(self) -> None:
        self.frame = PageFrame(self.tr("Runs"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find a run by name, model, data or notes"))
        self.search.setAccessibleName(self.tr("Find a run"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(420)
        self._count = label("", "muted")
        self.view = RunsView(self._theme)
        self.comparison = ComparisonView(self._theme)
        self.rename = button(self.tr("Rename"), tip=self.tr("Give the run another name (F2)"))
        self.notes = button(self.tr("Notes"), tip=self.tr("Write down what this run was for"))
        self.resume = button(self.tr("Resume"), tip=self.tr("Go on from the last checkpoint"))
        self.report = ManyReportMenu(self._report_folder)
        self.delete = button(self.tr("Delete"), tip=self.tr("Move to the bin; you can undo it"))
        self.more = button(self.tr("More"))
        self._menu = QMenu(self)
        self.more.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._empty = EmptyState(
            self._theme,
            "runs",
            self.tr("No runs yet"),
            self.tr("Every training becomes a run that you find here again: its curves, its results, its model."),
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FILTER_MS)

    def _arrange(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.frame)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self.search, 1)
        row.addWidget(self._count)
        row.addStretch(1)
        for action in (self.rename, self.notes, self.resume, self.report, self.delete, self.more):
            row.addWidget(action)
        column.addLayout(row)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.view)
        self._splitter.addWidget(self.comparison)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self.comparison.setVisible(False)
        column.addWidget(self._splitter, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(holder)
        self.frame.body.addWidget(self._stack, 1)

    def _connect(self) -> None:
        view = self.view
        self._session.runs_changed.connect(self._runs_changed)
        self._timer.timeout.connect(lambda: self.view.set_text(self.search.text()))
        self.search.textChanged.connect(self._timer.start)
        view.runs.modelReset.connect(self._tell_count)
        view.opened.connect(self.open_requested)
        view.chosen.connect(self._update)
        view.discarded.connect(self._discard)
        view.runs.rename_requested.connect(self.rename_requested)
        view.runs.notes_changed.connect(self.notes_changed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._offer_menu)
        self.frame.primary_clicked.connect(self._act)
        self.frame.secondary_clicked.connect(self._hide_comparison)
        self.rename.clicked.connect(lambda: view.edit_cell(RunColumn.NAME))
        self.notes.clicked.connect(lambda: view.edit_cell(RunColumn.NOTES))
        self.resume.clicked.connect(lambda: self._with_first(self.resume_requested.emit))
        self.report.report_requested.connect(self._ask_report)
        self.delete.clicked.connect(lambda: self._discard([entry.path for entry in view.selected()]))

    # -- the list ------------------------------------------------------------------------------------------------

    def set_runs_root(self, root: Path | None) -> None:
        """List the runs of another folder; None for the program's own."""
        self._root = root
        self._runs_changed()

    def refresh(self) -> None:
        """Read the list of runs again."""
        self._stale = False
        try:
            self._entries = list_runs(self._root)
        except (BioseqError, OSError) as error:
            self._entries = ()
            self.frame.message.show_message(str(error), "error")
        self.view.show_runs(self._entries)
        self._stack.setCurrentIndex(1 if self._entries else 0)
        self._update()

    def _runs_changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """A list that changed while the page was hidden is read again."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def focus_search(self) -> None:
        """Go to the field that searches the runs."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _tell_count(self) -> None:
        shown, total = self.view.runs.rowCount(), self.view.runs.total
        whole = self.tr("1 run") if total == 1 else self.tr("{total} runs")
        text = whole if shown == total else self.tr("{shown} of {total} runs")
        self._count.setText(text.format(shown=number(shown), total=number(total)))

    # -- what can be done with the selected runs -----------------------------------------------------------------

    def _update(self) -> None:
        chosen = self.view.selected()
        one = chosen[0] if len(chosen) == 1 else None
        self.rename.setEnabled(one is not None)
        self.notes.setEnabled(one is not None)
        self.resume.setEnabled(one is not None and one.resumable and one.status is not Status.RUNNING)
        self.delete.setEnabled(bool(chosen) and all(entry.status is not Status.RUNNING for entry in chosen))
        self.more.setEnabled(one is not None)
        self._offer_report(chosen)
        if len(chosen) > 1:
            why = self._too_many(chosen)
            self.frame.set_primary(self.tr("Compare {count} runs").format(count=len(chosen)), not why, why)
        else:
            self.frame.set_primary(self.tr("Open"), one is not None, "" if one else self.tr("Select a run first."))
        if self.comparison.isVisible() and len(chosen) > 1:
            self._show_comparison(chosen)
        self.frame.set_purpose(self._purpose(chosen))

    def _too_many(self, chosen: Sequence[RunEntry]) -> str:
        enough = len(chosen) <= _COMPARED_AT_MOST
        return "" if enough else self.tr("Select at most {count} runs.").format(count=_COMPARED_AT_MOST)

    def _offer_report(self, chosen: Sequence[RunEntry]) -> None:
        ended = all(entry.status is not Status.RUNNING for entry in chosen)
        if len(chosen) > 1:
            told = self.tr(
                "One report of the {count} selected runs: figures side by side, tests, what differs, each run"
            )
        else:
            told = self.tr("Write the report of this run; select several runs for a report that compares them")
        unfinished = "" if ended else self.tr("Wait until the selected runs have ended.")
        why = self._too_many(chosen) or unfinished
        self.report.offer(bool(chosen) and not why, why or told.format(count=len(chosen)))

    def _ask_report(self, path: Path) -> None:
        self.report_requested.emit([entry.path for entry in self.view.selected()], path)

    def _report_folder(self) -> Path:
        """Where the report goes: into the folder of the one run, or beside the several."""
        chosen = self.view.selected()
        return chosen[0].path if len(chosen) == 1 else chosen[0].path.parent

    def _purpose(self, chosen: Sequence[RunEntry]) -> str:
        if not self._entries:
            return self.tr("The history of all that you train.")
        if len(chosen) > 1:
            if not comparable(chosen):
                return self.tr("These runs were judged on different data: their figures do not tell which is better.")
            return self.tr("Compare shows in what the selected runs differ, and which did best.")
        return self.tr("Double-click opens a run as it was. Select two or more to compare them.")

    def _act(self) -> None:
        chosen = self.view.selected()
        if len(chosen) == 1:
            self.open_requested.emit(chosen[0].path)
        elif len(chosen) > 1:
            self._show_comparison(chosen)
            self.compare_requested.emit([entry.path for entry in chosen])

    def _show_comparison(self, chosen: Sequence[RunEntry]) -> None:
        self.comparison.comparison.show_runs(chosen[:_COMPARED_AT_MOST])
        if not self.comparison.isVisible():
            self.comparison.setVisible(True)
            height = max(self._splitter.height(), 2)
            self._splitter.setSizes([height // 2, height - height // 2])
        self.frame.set_secondary(self.tr("Close comparison"))

    def _hide_comparison(self) -> None:
        self.comparison.setVisible(False)
        self.frame.set_secondary("")

    def _with_first(self, action: Callable[[object], None]) -> None:
        if chosen := self.view.selected():
            action(chosen[0].path)

    def _fill_menu(self) -> None:
        self._fill(self._menu)

    def _offer_menu(self, place: QPoint) -> None:
        if not self.view.selected():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        chosen = self.view.selected()
        if len(chosen) != 1:
            return
        entry = chosen[0]
        menu.addAction(self.tr("Open"), lambda: self.open_requested.emit(entry.path))
        predict = menu.addAction(self.tr("Predict with this model"), lambda: self.predict_requested.emit(entry.path))
        predict.setEnabled(RunFolder(entry.path).model.exists())
        menu.addSeparator()
        menu.addAction(self.tr("Show in folder"), lambda: show_in_folder(entry.path))
        menu.addAction(self.tr("Copy as command"), lambda: self._copy_command(entry))

    def _copy_command(self, entry: RunEntry) -> None:
        QGuiApplication.clipboard().setText(command_of(entry))
        text = self.tr("The command that trains this run again is on the clipboard.")
        self.frame.message.show_message(text, "success")

    def _discard(self, paths: list[object]) -> None:
        running = {entry.path for entry in self._entries if entry.status is Status.RUNNING}
        if wanted := [path for path in paths if path not in running]:
            self.delete_requested.emit(wanted)

    def show_message(self, text: str, severity: str = "info", *, remedy: str = "", details: str = "") -> None:
        """Say how something ended; severities as in `MessageBar`."""
        self.frame.message.show_message(f"{text} {remedy}".strip(), severity, details=details)


def command_of(entry: RunEntry) -> str:
    """The command that trains a run again, for a terminal."""
    return shlex.join(["bioseq", "train", str(RunFolder(entry.path).config)])


def show_in_folder(path: Path) -> None:
    """Open a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
