"""The composition root: builds every part of the program and connects what pages want to what does it.

What is needed for the first painted window is built at once; the engine, the other pages and their libraries follow
when it stands on the screen.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from bioseq_gui.actions import build_actions
from bioseq_gui.main_window import PAGES, MainWindow
from bioseq_gui.pages.data import DataPage
from bioseq_gui.preferences import PreferencesFile, cache_folder, preferences_folder
from bioseq_gui.session import Session
from bioseq_gui.theme.theme import DEFAULT_TEXT_SIZE, Theme

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent

    from bioseq_gui.crash import CrashGuard
    from bioseq_gui.engine_thread import EngineThread
    from bioseq_gui.flows.messages import Message
    from bioseq_gui.flows.wishes import Wishes
    from bioseq_gui.pages.prediction import PredictionPage
    from bioseq_gui.plots.base import Plot
    from bioseq_gui.widgets.dialogs import Answer

_SIZES = range(11, 25)


class Application(QObject):
    """One window with all that belongs to it.

    Attributes:
        session: What is open.
        theme: The look.
        window: The main window.
        preferences: What is remembered of the person.

    Signals:
        ready: Engine and flows stand, all pages are built.
        closed: The window has been closed and all workers have ended.
    """

    ready = Signal()
    closed = Signal()

    def __init__(
        self,
        qt: QApplication,
        preferences: PreferencesFile,
        *,
        crash: CrashGuard | None = None,
        ask_to_save: Callable[[QWidget], Answer] | None = None,
        ask_to_interrupt: Callable[[QWidget], bool] | None = None,
        warm: bool = True,
    ) -> None:
        """Build what the first painted window needs.

        Args:
            qt: Qt's application.
            preferences: What is remembered of the person.
            crash: Catches what nobody caught; None when somebody else does.
            ask_to_save: Asks what to do with unsaved settings; by default a dialog does.
            ask_to_interrupt: Asks whether a training may be interrupted; by default a dialog does.
            warm: Start the workers ahead of their first job.
        """
        super().__init__()
        self.preferences = preferences
        remembered = preferences.preferences
        self.theme = Theme(qt, remembered.theme, text_size=remembered.text_size)  # type: ignore[arg-type]  # checked when read
        self.session = Session(self)
        self.actions = build_actions(self)
        self.window = MainWindow(self.theme, self.actions)
        self._crash = crash
        self._ask_to_save = ask_to_save
        self._ask_to_interrupt = ask_to_interrupt
        self._warm = warm
        self._awake = False
        self._engine: EngineThread | None = None
        self._waiting: list[Path] = []
        self._plots: list[Plot] | None = None
        self.data_page = DataPage(self.session, self.theme)
        self.window.set_page("data", self.data_page)
        self.window.page_wanted.connect(self.show_page)
        self.window.close_requested.connect(self._close)
        if geometry := remembered.geometry_bytes():
            self.window.restore_place(geometry)
        self.actions[f"theme_{remembered.theme}"].setChecked(True)
        self._painted = _FirstPaint(self.window)
        self._painted.happened.connect(self.wake, Qt.ConnectionType.QueuedConnection)

    # ------------------------------------------------------------------ after the first paint

    @property
    def engine(self) -> EngineThread:
        """The thread that drives the engine."""
        self.wake()
        if self._engine is None:
            raise RuntimeError("the engine has been closed")
        return self._engine

    def wake(self) -> None:
        """Build the engine and what connects it; then, turn by turn, the other pages."""
        if self._awake:
            return
        self._awake = True
        self._build_engine()
        self.wishes = self._build_wishes()
        self._connect_flows()
        self._connect_data_page()
        self._connect_actions()
        self._connect_window()
        self._report_past()
        self._pending = [name for name in PAGES if name != "data"]
        self._builder = QTimer(self)
        self._builder.setInterval(0)
        self._builder.timeout.connect(self._build_next)
        self._builder.start()
        if self._waiting:
            self.wishes.take_paths(self._waiting)

    def _build_engine(self) -> None:
        from bioseq_gui.engine_thread import EngineThread
        from bioseq_gui.flows.collector import Collector
        from bioseq_gui.flows.configuration_flow import ConfigurationFlow
        from bioseq_gui.flows.control_flow import ControlFlow
        from bioseq_gui.flows.cost_flow import CostFlow
        from bioseq_gui.flows.data_flow import DataFlow
        from bioseq_gui.flows.download_flow import DownloadFlow
        from bioseq_gui.flows.prediction_flow import PredictionFlow
        from bioseq_gui.flows.report_flow import ReportFlow, open_written
        from bioseq_gui.flows.runs_flow import RunsFlow
        from bioseq_gui.flows.similarity_flow import SimilarityFlow
        from bioseq_gui.flows.status import StatusPresenter
        from bioseq_gui.flows.study_flow import StudyFlow
        from bioseq_gui.flows.training_flow import TrainingFlow

        self._collector = Collector(self)
        engine = EngineThread(self)
        cache = cache_folder()
        self._engine = engine
        self.data_flow = DataFlow(self.session, engine, cache, self)
        self.training_flow = TrainingFlow(self.session, engine, self.runs_root, self)
        self.prediction_flow = PredictionFlow(self.session, engine, cache, self)
        self.runs_flow = RunsFlow(self.session, self)
        self.configuration_flow = ConfigurationFlow(self.session, self)
        self.cost_flow = CostFlow(self.session, engine, self)
        self.control_flow = ControlFlow(self.session, engine, self)
        self.similarity_flow = SimilarityFlow(self.session, engine, cache, self)
        self.report_flow = ReportFlow(self.session, engine, self)
        self.report_flow.written.connect(open_written)
        self.study_flow = StudyFlow(self.session, engine, self.runs_root, self)
        self.download_flow = DownloadFlow(self.session, engine, self.window, self)
        self.status = StatusPresenter(
            self.session, engine, self.window, prediction=self.prediction_flow, study=self.study_flow, parent=self
        )
        engine.start()

    def _build_wishes(self) -> Wishes:
        from bioseq_gui.flows.wishes import Wishes

        wishes = Wishes(
            self.session,
            self.window,
            self.preferences,
            data=self.data_flow,
            configuration=self.configuration_flow,
            prediction=self.prediction_flow,
            parent=self,
        )
        wishes.page_wanted.connect(self.show_page)
        wishes.study_wanted.connect(self.study_flow.open)
        wishes.prediction_files_given.connect(self._add_prediction_files)
        wishes.runs_folder_chosen.connect(self._use_runs_root)
        return wishes

    def _connect_flows(self) -> None:
        flows = (
            self.data_flow,
            self.training_flow,
            self.prediction_flow,
            self.runs_flow,
            self.configuration_flow,
            self.download_flow,
            self.control_flow,
            self.similarity_flow,
            self.report_flow,
            self.study_flow,
        )
        for flow in flows:
            flow.said.connect(self.say)
        for leading in (self.training_flow, self.runs_flow, self.configuration_flow, self.study_flow):
            leading.page_wanted.connect(self.show_page)
        self.data_flow.reading.connect(self.status.set_reading)
        self.configuration_flow.changes_found.connect(self.wishes.offer_changes)
        self.configuration_flow.used.connect(self.wishes.remember)

    def _connect_data_page(self) -> None:
        page = self.data_page
        page.open_requested.connect(self.wishes.open_files)
        page.folder_requested.connect(self.wishes.open_folder)
        page.sample_requested.connect(self.wishes.open_sample)
        page.continue_requested.connect(lambda: self.show_page("model"))

    def _connect_similarity(self) -> None:
        page, flow = self.data_page, self.similarity_flow
        page.similar_requested.connect(flow.look)
        page.similar_stop_requested.connect(flow.cancel)
        flow.progressed.connect(page.similar.show_progress)
        flow.progressed.connect(lambda _, total: self.status.set_looking(total != 0))
        flow.found.connect(page.similar.show_found)
        flow.given_up.connect(page.similar.show_given_up)

    def _connect_window(self) -> None:
        window, session = self.window, self.session
        overlay = window.accept_drops()
        overlay.dropped.connect(self.wishes.take)
        overlay.refused.connect(lambda sentence: window.say(sentence, "warning"))
        window.status.stop_requested.connect(self._stop)
        window.menus["recent"].aboutToShow.connect(self.wishes.fill_recent)
        self.wishes.fill_samples()
        session.dirty_changed.connect(self._show_title)
        for signal in (session.run_changed, session.data_changed, session.problems_changed, session.model_changed):
            signal.connect(self._enable_actions)
        session.prediction_changed.connect(self._enable_actions)
        self.prediction_flow.started.connect(self._enable_actions)
        self.prediction_flow.ended.connect(self._enable_actions)
        if self._crash is not None:
            self._crash.caught.connect(self._say_fault)
        self._enable_actions()

    def _report_past(self) -> None:
        told = [self._describe_damaged_preferences()] if self.preferences.damage else []
        trace = self._crash.left_by_crash if self._crash is not None else ""
        if trace:
            crashed = self.tr("The program ended unexpectedly the last time.")
            told.append(f"{crashed} {self.tr('Your runs are safe: open them under Runs.')}")
        if told:
            self.window.say(" ".join(told), "warning", details=trace)

    def _describe_damaged_preferences(self) -> str:
        """What became of preferences that could not be read, in one sentence."""
        file = self.preferences
        kept = self.tr("; the file was kept as {0}").format(file.moved_aside.name) if file.moved_aside else ""
        used = self.tr("those of the time before") if file.from_before else self.tr("the program's own")
        return self.tr("The preferences could not be read ({0}){1}, and {2} are used.").format(file.damage, kept, used)

    def _build_next(self) -> None:
        """One page or plot a turn, so that the window answers in between; at last the workers."""
        if self._pending:
            self.page(self._pending.pop(0))
            return
        if self._plots is None:
            from bioseq_gui.plots import canvas  # noqa: F401 - a third of a second, better now than at the first plot
            from bioseq_gui.plots.base import Plot

            self.data_page.prepare()
            self._connect_similarity()
            self._plots = self.window.findChildren(Plot)
            self._plots.sort(key=lambda plot: not self.data_page.isAncestorOf(plot))
            return
        if self._plots:
            self._plots.pop(0).prepare()
            return
        self._builder.stop()
        self._collector.settle()
        if self._warm and self._engine is not None:
            self._engine.warm_up()
        self.ready.emit()

    # ------------------------------------------------------------------ pages

    def page(self, name: str) -> QWidget:
        """A page, built when it is first asked for."""
        built = self.window.page_widget(name)
        if built is None:
            self.wake()
            built = self._build_page(name)
            self.window.set_page(name, built)
        return built

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        self.page(name)
        self.window.show_page(name)

    def _build_page(self, name: str) -> QWidget:
        builders: dict[str, Callable[[], QWidget]] = {
            "model": self._build_model_page,
            "training": self._build_training_page,
            "results": self._build_results_page,
            "compare": self._build_compare_page,
            "prediction": self._build_prediction_page,
            "runs": self._build_runs_page,
        }
        return builders[name]()

    def _build_model_page(self) -> QWidget:
        from bioseq_gui.pages.model import ModelPage

        page = ModelPage(self.session, self.theme)
        page.train_requested.connect(self.training_flow.train)
        page.best_requested.connect(self._find_best)
        page.configuration_open_requested.connect(self.wishes.open_configuration)
        page.configuration_save_requested.connect(self.wishes.save_configuration)
        page.recent_requested.connect(lambda path: self.wishes.take_paths([Path(path)]))
        page.costs_wanted.connect(self.cost_flow.measure)
        page.gallery.measuring_stop_wanted.connect(self.cost_flow.cancel)
        self.cost_flow.progressed.connect(page.gallery.show_measuring)
        page.form.download_wanted.connect(self.download_flow.ask)
        self.download_flow.progressed.connect(page.form.show_download)
        page.recent_menu.aboutToShow.connect(lambda: page.set_recent(self.wishes.recent_configurations()))
        return page

    def _build_training_page(self) -> QWidget:
        from bioseq_gui.pages.training import TrainingPage

        page = TrainingPage(self.session, self.theme)
        page.stop_requested.connect(self.training_flow.stop)
        page.cancel_requested.connect(self.training_flow.cancel)
        page.pause_requested.connect(self.training_flow.pause)
        page.resume_requested.connect(self._resume)
        page.results_requested.connect(lambda: self.show_page("results"))
        page.settings_requested.connect(lambda: self.show_page("model"))
        return page

    def _build_results_page(self) -> QWidget:
        from bioseq_gui.pages.results import ResultsPage

        page = ResultsPage(self.session, self.theme)
        page.predict_requested.connect(lambda: self.show_page("prediction"))
        page.simple_model_requested.connect(self.training_flow.train_simple)
        page.report.report_requested.connect(self.report_flow.write)
        page.report.methods_requested.connect(self.report_flow.copy_methods)
        page.report.verify_requested.connect(self.report_flow.verify)
        page.control_requested.connect(self.control_flow.check)
        page.control_stop_requested.connect(self.control_flow.stop)
        self.control_flow.progressed.connect(page.show_control_progress)
        self.control_flow.changed.connect(page.refresh_control)
        return page

    def _build_compare_page(self) -> QWidget:
        from bioseq_gui.pages.compare import ComparePage

        page = ComparePage(self.session, self.theme)
        flow = self.study_flow
        page.start_requested.connect(flow.start)
        page.stop_requested.connect(flow.stop)
        page.cancel_requested.connect(flow.cancel)
        page.pause_requested.connect(flow.pause)
        page.continue_requested.connect(flow.go_on)
        page.resume_requested.connect(lambda folder: flow.resume(Path(str(folder))))
        page.open_requested.connect(flow.open)
        page.close_requested.connect(flow.close)
        page.discard_requested.connect(flow.discard)
        page.run_requested.connect(flow.show_run)
        page.predict_requested.connect(self._predict_with)
        page.configuration_requested.connect(flow.save_configuration)
        page.table_requested.connect(flow.export_table)
        page.data_requested.connect(lambda: self.show_page("data"))

        def show() -> None:
            page.show_study(
                flow.story,
                flow.folder,
                running=flow.running,
                parameters=flow.parameters,
                findings=flow.findings,
            )

        flow.changed.connect(show)
        flow.shelved.connect(page.shelf_changed)
        best = page.start.best
        best.encoder.download_wanted.connect(lambda: self.download_flow.ask(best.use_encoder))
        self.download_flow.progressed.connect(best.encoder.show_download)
        page.set_root(flow.root)
        show()
        return page

    def _find_best(self) -> None:
        page: Any = self.page("compare")
        page.choose("best")
        self.study_flow.close()
        self.show_page("compare")

    def _build_prediction_page(self) -> QWidget:
        from bioseq_gui.pages.prediction import PredictionPage

        page = PredictionPage(self.session, self.theme)
        flow = self.prediction_flow
        page.set_runs_root(self.runs_root())
        page.model_chosen.connect(flow.choose_model)
        page.files_chosen.connect(flow.choose_files)
        page.predict_requested.connect(flow.predict)
        page.export_requested.connect(flow.export)
        page.cancel_requested.connect(flow.cancel)
        flow.started.connect(lambda: page.show_running(True))
        flow.ended.connect(lambda: page.show_running(False))
        self.engine.phase_changed.connect(lambda event: page.show_phase(event) if flow.owns(event) else None)
        self.engine.progressed.connect(lambda event: page.show_progress(event) if flow.owns(event) else None)
        return page

    def _build_runs_page(self) -> QWidget:
        from bioseq_gui.pages.runs import RunsPage

        page = RunsPage(self.session, self.theme)
        flow = self.runs_flow
        page.set_runs_root(self.runs_root())
        page.open_requested.connect(flow.open)
        page.rename_requested.connect(flow.rename)
        page.notes_changed.connect(flow.set_notes)
        page.predict_requested.connect(flow.predict_with)
        page.delete_requested.connect(flow.discard)
        page.resume_requested.connect(lambda folder: self.training_flow.resume(Path(str(folder))))
        page.predict_requested.connect(self._predict_with)
        page.report_requested.connect(self.report_flow.write_of)
        return page

    @property
    def prediction_page(self) -> PredictionPage:
        """The Predict page."""
        from bioseq_gui.pages.prediction import PredictionPage

        page = self.page("prediction")
        if not isinstance(page, PredictionPage):
            raise TypeError(page)
        return page

    # ------------------------------------------------------------------ actions

    def _connect_actions(self) -> None:
        window = self.window
        wanted: dict[str, Callable[[], object]] = {
            "new": self.wishes.start_over,
            "open": self.wishes.open_files,
            "open_folder": self.wishes.open_folder,
            "paste": self.wishes.paste,
            "open_config": self.wishes.open_configuration,
            "save_config": self.wishes.save_configuration,
            "save_config_as": self.wishes.save_configuration_as,
            "open_model": self.wishes.open_model,
            "export": self._export,
            "runs_folder": self.wishes.choose_runs_folder,
            "empty_bin": self._empty_bin,
            "quit": window.close,
            "undo": self.session.undo_stack.undo,
            "redo": self.session.undo_stack.redo,
            "find": self._find,
            "recommend": self.session.forget_touched,
            "larger": lambda: self._set_text_size(self.theme.text_size + 1),
            "smaller": lambda: self._set_text_size(self.theme.text_size - 1),
            "actual_size": lambda: self._set_text_size(DEFAULT_TEXT_SIZE),
            "train": self.training_flow.train,
            "pause": self._pause_or_go_on,
            "stop": self._stop,
            "cancel": self.training_flow.cancel,
            "best": self._find_best,
            "predict": self._predict,
            "help": self._show_help,
            "lessons": self._show_lessons,
            "shortcuts": self._show_shortcuts,
            "log_folder": self.wishes.show_log,
            "about": self._show_about,
        }
        for name, act in wanted.items():
            self.actions[name].triggered.connect(lambda _checked=False, act=act: act())
        for name in PAGES:
            self.actions[f"page_{name}"].triggered.connect(lambda _checked=False, name=name: self.show_page(name))
        for look in ("system", "light", "dark"):
            self.actions[f"theme_{look}"].triggered.connect(lambda _checked=False, look=look: self._choose_theme(look))
        self.actions["full_screen"].toggled.connect(window.toggle_full_screen)
        stack = self.session.undo_stack
        stack.canUndoChanged.connect(self.actions["undo"].setEnabled)
        stack.canRedoChanged.connect(self.actions["redo"].setEnabled)
        stack.undoTextChanged.connect(lambda text: self._name_undo("undo", self.tr("&Undo"), text))
        stack.redoTextChanged.connect(lambda text: self._name_undo("redo", self.tr("&Redo"), text))
        self.actions["undo"].setEnabled(stack.canUndo())
        self.actions["redo"].setEnabled(stack.canRedo())

    def _name_undo(self, name: str, verb: str, text: str) -> None:
        self.actions[name].setText(f"{verb} {text[:1].lower()}{text[1:]}" if text else verb)

    def _enable_actions(self) -> None:
        session, live = self.session, self.session.live
        ready = session.inspection is not None
        enabled = {
            "train": ready and not live and not session.studying,
            "pause": live,
            "stop": live or session.studying or self.prediction_flow.running,
            "cancel": live,
            "predict": session.model_path is not None,
            "export": session.prediction_table is not None,
            "recommend": ready,
        }
        for name, possible in enabled.items():
            self.actions[name].setEnabled(possible)
        paused = live and session.run_state.phase is not None and session.run_state.phase.value == "paused"
        self.actions["pause"].setText(self.tr("&Go on") if paused else self.tr("&Pause"))

    # ------------------------------------------------------------------ wishes

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Take files named on the command line, as soon as there is somebody to take them."""
        if self._awake:
            self.wishes.take_paths(paths)
        else:
            self._waiting.extend(paths)

    def open_sample(self, name: str) -> None:
        """Take a sample as the data set."""
        self.wishes.open_sample(name)

    def runs_root(self) -> Path:
        """Where runs go."""
        from bioseq.runs.store import runs_folder

        chosen = self.preferences.preferences.runs_folder
        return Path(chosen) if chosen else runs_folder()

    def _use_runs_root(self) -> None:
        for name in ("runs", "prediction"):
            page: Any = self.page(name)
            page.set_runs_root(self.runs_root())
        shelf: Any = self.page("compare")
        shelf.set_root(self.study_flow.root)

    def _empty_bin(self) -> None:
        from bioseq_gui.widgets.dialogs import ask_to_empty_bin

        self.runs_flow.empty_bin(self.runs_root(), lambda count: ask_to_empty_bin(self.window, count))

    def _predict(self) -> None:
        self.show_page("prediction")
        self.prediction_flow.predict()

    def _export(self) -> None:
        self.prediction_page.export()

    def _add_prediction_files(self, paths: Sequence[Path]) -> None:
        self.prediction_page.add_files(paths)

    def _predict_with(self, folder: object) -> None:
        self.prediction_flow.choose_model(str(folder))
        self.show_page("prediction")

    def _stop(self) -> None:
        if self.session.live:
            self.training_flow.stop()
        elif self.study_flow.running:
            self.study_flow.stop()
        elif self.prediction_flow.running:
            self.prediction_flow.cancel()
        elif self.data_flow.running:
            self.data_flow.cancel()
        else:
            self.similarity_flow.cancel()

    def _resume(self) -> None:
        folder = self.session.run_folder
        if self.session.live:
            self.training_flow.go_on()
        elif folder is not None:
            self.training_flow.resume(folder)

    def _pause_or_go_on(self) -> None:
        phase = self.session.run_state.phase
        if phase is not None and phase.value == "paused":
            self.training_flow.go_on()
        else:
            self.training_flow.pause()

    def _find(self) -> None:
        focus_search = getattr(self.page(self.window.page), "focus_search", None)
        if focus_search is not None:
            focus_search()

    # ------------------------------------------------------------------ messages, look, dialogs

    def say(self, message: Message) -> None:
        """Say a message of a flow."""
        self.window.say(
            message.text, message.severity, remedy=message.remedy, mend=message.mend, details=message.details
        )

    def _say_fault(self, sentence: str, details: str) -> None:
        self.window.say(sentence, "error", details=details)

    def _choose_theme(self, look: str) -> None:
        self.theme.choose(look)  # type: ignore[arg-type]  # one of the three
        self.preferences.change(theme=look)

    def _set_text_size(self, size: int) -> None:
        if size in _SIZES:
            self.theme.set_text_size(size)
            self.preferences.change(text_size=size)

    def _show_title(self, dirty: bool) -> None:
        path = self.session.configuration_path
        name = f"{path.stem}[*] – BioSeq Studio" if path is not None else "BioSeq Studio[*]"
        self.window.setWindowTitle(name)
        self.window.setWindowModified(dirty)

    def _show_help(self) -> None:
        from bioseq_gui.widgets.help_window import HelpWindow

        self._open_beside(HelpWindow(self.theme, self.window))

    def _show_lessons(self) -> None:
        from bioseq_gui.plots.lessons_window import LessonsWindow

        self._open_beside(LessonsWindow(self.theme, self.window))

    def _show_about(self) -> None:
        from bioseq_gui.widgets.dialogs import about

        self._open_beside(about(self.theme, self.window))

    def _show_shortcuts(self) -> None:
        from bioseq_gui.widgets.dialogs import shortcut_sheet

        self._open_beside(shortcut_sheet(self.actions.values(), self.window))

    def _open_beside(self, dialog: QWidget) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    # ------------------------------------------------------------------ the end

    def _close(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        geometry = self.window.saveGeometry().toBase64().toStdString()
        self.preferences.change(geometry=geometry)
        self.window.hide()
        self.shut_down()

    def _may_close(self) -> bool:
        from bioseq_gui.widgets import dialogs

        if self.session.live or self.session.studying:
            ask = self._ask_to_interrupt or partial(dialogs.ask_to_interrupt, study=self._study_under_way())
            if not ask(self.window):
                return False
        if self.session.dirty:
            answer = (self._ask_to_save or dialogs.ask_to_save)(self.window)
            if answer == "cancel":
                return False
            if answer == "save":
                return self.wishes.save_configuration()
        return True

    def _study_under_way(self) -> str:
        """What the study under way is called; empty without one."""
        from bioseq_gui.pages.compare_words import kind_title

        return kind_title(self.study_flow.story.kind) if self.session.studying else ""

    def shut_down(self) -> None:
        """End all workers and take the cache away; the window cannot be used afterwards."""
        if self._engine is not None:
            self._builder.stop()
            self._engine.close()
            self._engine = None
            self._collector.close()
            self.data_flow.close()
            self.prediction_flow.close()
        self.closed.emit()


class _FirstPaint(QObject):
    """Notices when a window has been painted for the first time.

    Signals:
        happened: It has been painted.
    """

    happened = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._watched = window.rail
        self._watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the first paint event."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self.happened.emit()
        return False


def build_window(qt: QApplication, *, crash: CrashGuard | None = None, **options: Any) -> Application:
    """The window with the preferences of the person; options as of `Application`."""
    preferences = PreferencesFile.read(preferences_folder() / "preferences.json")
    return Application(qt, preferences, crash=crash, **options)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window, or do one of the errands on the command line; returns the exit status."""
    from bioseq_gui.crash import CrashGuard

    options = _options(argv)
    qt = QApplication([sys.argv[0]])
    qt.setApplicationName("BioSeq Studio")
    qt.setOrganizationName("BioSeq Studio")
    qt.setDesktopFileName("bioseq-studio")
    crash = CrashGuard(preferences_folder())
    crash.install()
    application = build_window(qt, crash=crash)
    application.closed.connect(qt.quit)
    if options.files:
        application.open_paths([Path(file).absolute() for file in options.files])
    if options.self_test:
        from bioseq_gui.flows.errands import SelfTest

        errand: QObject = SelfTest(application)
    elif options.screenshot:
        from bioseq_gui.flows.errands import Screenshot

        errand = Screenshot(application, Path(options.screenshot), options.page)
    else:
        errand = application
    application.window.show()
    try:
        return qt.exec() or int(getattr(errand, "status", 0))
    finally:
        application.shut_down()
        crash.remove()


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    import argparse

    parser = argparse.ArgumentParser(prog="bioseq-gui", description="The window of BioSeq Studio.")
    parser.add_argument("files", nargs="*", help="sequence files, a configuration, a model or a run folder")
    parser.add_argument("--self-test", action="store_true", help="open, read a sample, close; 0 when all is well")
    parser.add_argument("--screenshot", metavar="OUT.png", help="save a picture of the window and end")
    parser.add_argument("--page", choices=PAGES, default="data", help="the page of the picture")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
