"""The Compare page: find the best model, compare models, search settings; under way, ended, or opened again.

It announces what the person wants; a flow does it and tells what to show.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from bioseq.protocol.events import Phase
from bioseq_gui.pages import compare_words as words
from bioseq_gui.pages.compare_start import StartView
from bioseq_gui.pages.compare_study import StudyView, scrolled
from bioseq_gui.studies.standings import table_text
from bioseq_gui.studies.story import StudyStory
from bioseq_gui.widgets.basics import button
from bioseq_gui.widgets.page_frame import PageFrame
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QHideEvent, QShowEvent

    from bioseq_gui.session import Session
    from bioseq_gui.studies.findings import Findings
    from bioseq_gui.theme.theme import Theme

FRAME_MS = 100
"""Shortest time between two pictures: 10 a second."""
_TICK_MS = 500
_START, _STUDY = range(2)


class ComparePage(QWidget):
    """Begins studies and shows one.

    Signals:
        start_requested: Carry out this `Plan`.
        stop_requested: End the trainings under way and keep what is finished.
        cancel_requested: End now and discard the study.
        pause_requested: Hold every training.
        continue_requested: Go on after a pause.
        resume_requested: Go on with a study that has ended early; its folder.
        open_requested: Show a study; its folder.
        close_requested: Show the ways to begin again.
        discard_requested: Move a study to the trash; its folder.
        run_requested: Show a run on the Results page; its folder.
        predict_requested: Predict with the model of a run; its folder.
        configuration_requested: Write the configuration of a run; its folder, and the file.
        table_requested: Write the table of the study; its text, and the file.
        data_requested: Go to the Data page.
    """

    start_requested = Signal(object)
    stop_requested = Signal()
    cancel_requested = Signal()
    pause_requested = Signal()
    continue_requested = Signal()
    resume_requested = Signal(object)
    open_requested = Signal(object)
    close_requested = Signal()
    discard_requested = Signal(object)
    run_requested = Signal(object)
    predict_requested = Signal(object)
    configuration_requested = Signal(object, object)
    table_requested = Signal(str, object)
    data_requested = Signal()

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._story = StudyStory()
        self._folder: Path | None = None
        self._parameters: Mapping[int, int] = {}
        self._findings: Findings | None = None
        self._running = False
        self._asked = ""
        self._ending_shown: object = None
        self._stale = True
        self._shelf_stale = False
        self._root: Path | None = None
        self.frame = PageFrame(self.tr("Compare"))
        self._cancel = button(
            self.tr("Cancel and discard"), "danger", tip=self.tr("End now; what it has is thrown away")
        )
        self._back = button(self.tr("All studies"), tip=self.tr("Back to the ways to begin, and the list of studies"))
        self.start = StartView(session, theme)
        self.study = StudyView(theme)
        self._stack = QStackedWidget()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FRAME_MS)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._arrange()
        self._connect()
        self._show()

    def _arrange(self) -> None:
        self.frame.add_action(self._back)
        self.frame.add_action(self._cancel)
        self._stack.addWidget(scrolled(self.start))
        self._stack.addWidget(scrolled(self.study))
        self.frame.body.addWidget(self._stack, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.frame)

    def _connect(self) -> None:
        start, study = self.start, self.study
        self._timer.timeout.connect(self._show)
        self._ticker.timeout.connect(self._tick)
        self._back.clicked.connect(self.close_requested)
        self._cancel.clicked.connect(lambda: self._ask("cancel"))
        self.frame.primary_clicked.connect(self._do_primary)
        self.frame.secondary_clicked.connect(self._do_secondary)
        start.changed.connect(self._show_actions)
        start.data_requested.connect(self.data_requested)
        start.opened.connect(self.open_requested)
        start.resumed.connect(self.resume_requested)
        start.discarded.connect(self.discard_requested)
        study.entry_opened.connect(self._open_entry)
        study.winner.predict_requested.connect(lambda: self._with_run(self.predict_requested.emit))
        study.winner.configuration_requested.connect(self._ask_for_configuration_file)
        study.winner.table_requested.connect(self._ask_for_table_file)
        session = self._session
        for signal in (session.data_changed, session.configuration_changed, session.problems_changed):
            signal.connect(self._data_changed)
        session.run_changed.connect(self._show_actions)

    # ------------------------------------------------------------------ what others tell

    @property
    def cancel(self) -> QPushButton:
        """The button that discards the study."""
        return self._cancel

    @property
    def back(self) -> QPushButton:
        """The button that leads to the ways to begin."""
        return self._back

    def set_root(self, root: Path) -> None:
        """List the studies of a folder."""
        self._root = root
        self.shelf_changed()

    def shelf_changed(self) -> None:
        """There are other studies than before."""
        self._shelf_stale = True
        if self.isVisible():
            self._read_shelf()

    def choose(self, way: str) -> None:
        """Choose a way to begin; shown where no study is."""
        self.start.choose(way)

    def show_study(
        self,
        story: StudyStory,
        folder: Path | None,
        *,
        running: bool,
        parameters: Mapping[int, int],
        findings: Findings | None,
    ) -> None:
        """Show a study, at most ten times a second.

        Args:
            story: What its events tell.
            folder: Its folder; None to show the ways to begin.
            running: It is under way in this window.
            parameters: Number of an entry to its weights, as far as they are known.
            findings: What it found; None before its end.
        """
        switched = folder != self._folder or running != self._running
        self._story, self._folder, self._running = story, folder, running
        self._parameters, self._findings = parameters, findings
        if switched:
            self._timer.stop()
            self._show()
        elif self.isVisible() and not self._timer.isActive():
            self._timer.start()

    # ------------------------------------------------------------------ showing

    def showEvent(self, event: QShowEvent) -> None:
        """Show what happened while the page was hidden."""
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self.start.refresh()
        if self._shelf_stale:
            self._read_shelf()
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden page costs nothing."""
        self._ticker.stop()
        super().hideEvent(event)

    def _read_shelf(self) -> None:
        self._shelf_stale = False
        if self._root is not None:
            self.start.set_root(self._root)

    def _data_changed(self) -> None:
        self._stale = True
        if self.isVisible() and self._folder is None:
            self._stale = False
            self.start.refresh()

    def _show(self) -> None:
        shown = self._folder is not None
        self._stack.setCurrentIndex(_STUDY if shown else _START)
        self._forget_answered_request()
        self._show_actions()
        self._show_ending()
        if not shown:
            self._ticker.stop()
            return
        self.study.show_story(
            self._story,
            parameters=self._parameters,
            findings=self._findings,
            passed=self._passed(),
            asked=self._asked,
        )
        if self._running and self.isVisible():
            self._ticker.start()
        elif not self._running:
            self._ticker.stop()

    def _tick(self) -> None:
        self.study.progress.show_story(self._story, passed=self._passed(), asked=self._asked)

    def _passed(self) -> float:
        run = self._story.run
        held = run.phase is Phase.PAUSED
        return max(0.0, self._clock() - run.last_time) if self._running and run.last_time and not held else 0.0

    def _forget_answered_request(self) -> None:
        paused = self._story.run.phase is Phase.PAUSED
        answered = {"pause": paused, "resume": not paused, "stop": False, "cancel": False}
        if not self._running or answered.get(self._asked, True):
            self._asked = ""

    def _show_actions(self) -> None:
        shown = self._folder is not None
        self._back.setVisible(shown and not self._running)
        self._cancel.setVisible(shown and self._running)
        self._cancel.setEnabled(self._asked != "cancel")
        if not shown:
            self._show_beginning()
        elif self._running:
            self._show_running()
        else:
            self._show_ended()

    def _show_beginning(self) -> None:
        self.frame.set_title(self.tr("Compare"))
        why = self._why_not()
        purpose = self.tr("Find out which model suits your data best, and how sure that is.")
        self.frame.set_purpose(why or purpose)
        ready = self._session.inspection is not None
        self.frame.set_primary(self.start.way.action if ready else "", not why, why)
        self.frame.set_secondary("")

    def _why_not(self) -> str:
        session = self._session
        if session.inspection is None:
            return self.tr("There are no data yet: load sequences with labels on the Data page.")
        if session.live:
            return self.tr("A training is under way: wait until it is done, or stop it.")
        return words.obstacle(session.problems) or self.start.way.fault()

    def _show_running(self) -> None:
        self._name_study()
        ending_asked = self._asked in ("stop", "cancel")
        stopping = self.tr("Stopping…") if self._asked == "stop" else self.tr("Stop and keep")
        told = self.tr("End the trainings under way, keep all that is finished, and tell the results so far.")
        self.frame.set_primary(stopping, not ending_asked, told)
        paused = self._story.run.phase is Phase.PAUSED
        text = self.tr("Go on") if paused else self.tr("Pause")
        possible = not self._asked and self._story.run.phase in (Phase.TRAINING, Phase.PAUSED)
        self.frame.set_secondary(text, possible, self.tr("Hold every training after its step; nothing is lost."))

    def _show_ended(self) -> None:
        self._name_study()
        resumable = words.resumable(self._story)
        go_on = self.tr("Go on with it")
        tip = self.tr("Finish what was stopped or interrupted; nothing done is lost.")
        result = self._findings is not None and self._findings.result is not None
        if result:
            self.frame.set_primary(
                self.tr("Open the result"), True, self.tr("All its figures and plots, on the Results page")
            )
            self.frame.set_secondary(go_on if resumable else "", True, tip)
        else:
            self.frame.set_primary(go_on if resumable else "", True, tip)
            self.frame.set_secondary("")

    def _name_study(self) -> None:
        self.frame.set_title(words.kind_title(self._story.kind))
        started = self._story.run.started
        names = ", ".join(map(str, started.details.get("data", ()))) if started is not None else ""
        told = words.status_text(self._story.run.status) if started is not None else self.tr("opening")
        self.frame.set_purpose(" · ".join(part for part in (for_display(names, longest=100), told) if part))

    def _show_ending(self) -> None:
        text, severity, details = ("", "info", "")
        if self._folder is not None and not self._running:
            text, severity, details = words.ending(self._story)
            if self._story.live and self._findings is not None:
                text = self.tr("Another program carries this study out. Open it again to see how far it is by then.")
        key = (self._folder, text)
        if key == self._ending_shown:
            return
        self._ending_shown = key
        if text:
            self.frame.message.show_message(text, severity, details=details)
        else:
            self.frame.message.clear()

    # ------------------------------------------------------------------ asking

    def _do_primary(self) -> None:
        if self._folder is None:
            self.start_requested.emit(self.start.way.plan())
        elif self._running:
            self._ask("stop")
        elif self._findings is not None and self._findings.result is not None:
            self._with_run(self.run_requested.emit)
        else:
            self.resume_requested.emit(self._folder)

    def _do_secondary(self) -> None:
        if not self._running:
            self.resume_requested.emit(self._folder)
        elif self._story.run.phase is Phase.PAUSED:
            self._ask("resume")
        else:
            self._ask("pause")

    def _ask(self, what: str) -> None:
        """Show at once that the request is on its way."""
        self._asked = what
        self._show_actions()
        self._tick()
        {
            "stop": self.stop_requested,
            "cancel": self.cancel_requested,
            "pause": self.pause_requested,
            "resume": self.continue_requested,
        }[what].emit()

    def _open_entry(self, folder: str) -> None:
        if self._folder is not None and not self._running:
            self.run_requested.emit(self._folder / folder)

    def _with_run(self, act: Callable[[object], None]) -> None:
        if self._findings is not None and self._findings.run is not None:
            act(self._findings.run)

    def _ask_for_configuration_file(self) -> None:
        kinds = self.tr("Configurations (*.toml)")
        path = self._asked_file(self.tr("Save the configuration"), "best_model.toml", kinds)
        if path is not None:
            self._with_run(lambda run: self.configuration_requested.emit(run, path))

    def _ask_for_table_file(self) -> None:
        path = self._asked_file(self.tr("Export the table"), "models.csv", self.tr("Tables (*.csv)"))
        if path is not None and self._folder is not None:
            self.table_requested.emit(table_text(self._folder, self.study.rows), path)

    def _asked_file(self, title: str, name: str, kinds: str) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(self, title, str(Path.home() / name), kinds)
        if not chosen:
            return None
        return Path(chosen) if Path(chosen).suffix else Path(f"{chosen}{Path(name).suffix}")
