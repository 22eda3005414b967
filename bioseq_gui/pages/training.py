"""The Training page: live curves, how far it is, and the two ways to end it. Everything comes from one `RunState`."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from bioseq.protocol.events import Phase
from bioseq.runs.history import RunState, Status
from bioseq_gui.pages import training_words as words
from bioseq_gui.plots.live_curves import FRAME_MS, LiveCurves
from bioseq_gui.plots.patience import PatienceDots
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, IconLabel, button, clear_layout, label, separator, set_kind
from bioseq_gui.widgets.empty_state import EmptyState
from bioseq_gui.widgets.page_frame import PageFrame
from bioseq_gui.widgets.text import duration, for_display, number, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from bioseq.protocol.events import LogEmitted, Warned
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

_PANEL_WIDTH = 296
_BAR = 1_000
_LOG_HEIGHT = 110
_LOG_LINES = 5_000
_WARNINGS_SHOWN = 3
_TICK_MS = 500


class TrainingPage(QWidget):
    """Shows the session's run, live or reopened, by the same code.

    Signals:
        stop_requested: Finish the step, keep the best model so far and evaluate it.
        cancel_requested: End now and discard the run.
        pause_requested: Hold after the step under way.
        resume_requested: While live: go on after a pause. Otherwise: go on from the newest checkpoint.
        results_requested: Show the results of this run.
        settings_requested: Go to the settings, to start a run.
    """

    stop_requested = Signal()
    cancel_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    results_requested = Signal()
    settings_requested = Signal()

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._asked = ""
        self._ending_shown: object = None
        self._pending = False
        self.frame = PageFrame(self.tr("Training"), self.tr("Watch the network learn; stop when it is good enough."))
        self._cancel = button(self.tr("Cancel"), "danger", tip=self.tr("End now and discard this run."))
        self.curves = LiveCurves(theme)
        self.panel = RunPanel(theme)
        self.warnings = WarningList(theme)
        self.log = LogFold()
        self._stack = QStackedWidget()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._show)
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self._tick)
        self._arrange(theme)
        self._connect()
        self._show()

    def _arrange(self, theme: Theme) -> None:
        empty = EmptyState(
            theme,
            "train",
            self.tr("Nothing has been trained yet"),
            self.tr(
                "Load labelled sequences on the Data page, look over the settings on the Model page, and choose Train "
                "there. The curves appear here with the first batch."
            ),
            [(self.tr("Go to the settings"), self.settings_requested.emit)],
        )
        curves = Card()
        curves.body.addWidget(self.curves, 1)
        side = QVBoxLayout()
        side.setSpacing(SPACE_2)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_PANEL_WIDTH)
        area.setWidget(self.panel)
        area.setAccessibleName(self.tr("State of the run"))
        side.addWidget(area, 1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        row.addWidget(curves, 1)
        row.addLayout(side)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        column.addWidget(self.warnings)
        column.addLayout(row, 1)
        column.addWidget(self.log)
        self._stack.addWidget(empty)
        self._stack.addWidget(content)
        self.frame.add_action(self._cancel)
        self.frame.body.addWidget(self._stack, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.frame)

    def _connect(self) -> None:
        self.frame.primary_clicked.connect(self._do_primary)
        self.frame.secondary_clicked.connect(self._do_secondary)
        self.frame.message.remedy_clicked.connect(self.resume_requested)
        self._cancel.clicked.connect(self._do_cancel)
        self._session.run_changed.connect(self._follow)

    # ------------------------------------------------------------------ showing

    @property
    def cancel(self) -> QPushButton:
        """The button that discards the run."""
        return self._cancel

    def _follow(self) -> None:
        self._pending = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what happened while the page was hidden."""
        super().showEvent(event)
        self._show()

    def hideEvent(self, event: object) -> None:
        """A hidden page costs nothing."""
        self._ticker.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def _show(self) -> None:
        self._pending = False
        state, live = self._session.run_state, self._session.live
        begun = live or state.started is not None or state.status is not Status.WAITING
        self._stack.setCurrentIndex(1 if begun else 0)
        self._forget_answered_request(state, live)
        self._show_actions(state, live)
        self._show_ending(state, live)
        if begun:
            self.curves.show_state(state)
            self.warnings.show_warnings(state.warnings)
            self.log.show_lines(state.log)
        self._tick()
        if live and self.isVisible():
            self._ticker.start()
        elif not live:
            self._ticker.stop()

    def _tick(self) -> None:
        state, live = self._session.run_state, self._session.live
        since = self._clock() - state.last_time if live and state.last_time and state.phase is not Phase.PAUSED else 0.0
        self.panel.show_state(state, passed=max(0.0, since), asked=self._asked)
        self.frame.set_purpose(self._purpose(state, live))

    def _purpose(self, state: RunState, live: bool) -> str:
        details = state.started.details if state.started is not None else {}
        model = for_display(str(details.get("model", "") or details.get("title", "")))
        if not live and state.status is Status.WAITING:
            return self.tr("Watch the network learn; stop when it is good enough.")
        return " · ".join(part for part in (model, words.phase_text(state)) if part)

    def _forget_answered_request(self, state: RunState, live: bool) -> None:
        paused = state.phase is Phase.PAUSED
        answered = {"pause": paused, "resume": not paused, "stop": False, "cancel": False}
        if not live or answered.get(self._asked, True):
            self._asked = ""

    def _show_actions(self, state: RunState, live: bool) -> None:
        ending_asked = self._asked in ("stop", "cancel")
        self._cancel.setVisible(live)
        self._cancel.setEnabled(self._asked != "cancel")
        self._cancel.setText(self.tr("Cancelling…") if self._asked == "cancel" else self.tr("Cancel"))
        if live:
            stopping = self.tr("Stopping…") if self._asked == "stop" else self.tr("Stop")
            self.frame.set_primary(
                stopping, not ending_asked, self.tr("Finish the step, keep the best model so far and evaluate it.")
            )
            self._show_pause(state, ending_asked=ending_asked)
            return
        how = words.ending(state)
        resumable = how is not None and how.resumable and state.status is not Status.CANCELLED
        if state.status in (Status.FINISHED, Status.STOPPED):
            self.frame.set_primary(self.tr("See the results"))
            self.frame.set_secondary(
                self.tr("Train on") if resumable else "", True, self.tr("Go on from the last checkpoint.")
            )
        elif resumable:
            self.frame.set_primary(self.tr("Resume"), True, self.tr("Go on from the last checkpoint."))
            self.frame.set_secondary("")
        else:
            self.frame.set_primary("")
            self.frame.set_secondary("")

    def _show_pause(self, state: RunState, *, ending_asked: bool) -> None:
        if state.phase is Phase.PAUSED:
            text = self.tr("Resuming…") if self._asked == "resume" else self.tr("Resume")
        else:
            text = self.tr("Pausing…") if self._asked == "pause" else self.tr("Pause")
        possible = not ending_asked and not self._asked and state.phase in (Phase.TRAINING, Phase.PAUSED)
        self.frame.set_secondary(text, possible, self.tr("Hold after the step under way; nothing is lost."))

    def _show_ending(self, state: RunState, live: bool) -> None:
        how = None if live else words.ending(state)
        key = (state.last_sequence, state.last_time, state.status, how.text) if how is not None else None
        if key == self._ending_shown:
            return
        self._ending_shown = key
        if how is None:
            self.frame.message.clear()
            return
        remedy = self.tr("Resume") if how.resumable and how.severity == "error" else ""
        self.frame.message.show_message(how.text, how.severity, remedy=remedy, details=how.details)

    # ------------------------------------------------------------------ asking

    def _do_primary(self) -> None:
        if self._session.live:
            self._ask("stop")
            self.stop_requested.emit()
        elif self._session.run_state.status in (Status.FINISHED, Status.STOPPED):
            self.results_requested.emit()
        else:
            self.resume_requested.emit()

    def _do_secondary(self) -> None:
        if not self._session.live:
            self.resume_requested.emit()
        elif self._session.run_state.phase is Phase.PAUSED:
            self._ask("resume")
            self.resume_requested.emit()
        else:
            self._ask("pause")
            self.pause_requested.emit()

    def _do_cancel(self) -> None:
        self._ask("cancel")
        self.cancel_requested.emit()

    def _ask(self, what: str) -> None:
        """Show at once that the request is on its way."""
        self._asked = what
        state, live = self._session.run_state, self._session.live
        self._show_actions(state, live)
        self._tick()


class RunPanel(Card):
    """State, epoch, batch, times, rates: what stands beside the curves."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._state_line = label("", "strong", wrap=True)
        self._epoch = label("", "figure")
        self._epoch_bar = _bar(self.tr("Training done"))
        self._batch = label("", "muted")
        self._batch_bar = _bar(self.tr("Batches of this epoch done"))
        self._patience_text = label("", "muted")
        self._patience = PatienceDots(theme)
        self._values: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}
        self._caption = label(
            self.tr(
                "Stop: finish the step, keep the best model so far and evaluate it.\n"
                "Cancel: end now and discard this run."
            ),
            "muted",
            wrap=True,
        )
        self._arrange()

    def _arrange(self) -> None:
        for widget in (self._state_line, self._epoch, self._epoch_bar, self._batch, self._batch_bar):
            self.body.addWidget(widget)
        self.body.addSpacing(SPACE_1)
        self.body.addWidget(self._patience_text)
        self.body.addWidget(self._patience)
        self.body.addWidget(separator())
        grid = QGridLayout()
        grid.setVerticalSpacing(SPACE_1)
        grid.setColumnStretch(1, 1)
        rows = (
            ("elapsed", self.tr("Elapsed")),
            ("left", self.tr("Left")),
            ("epoch_time", self.tr("Per epoch")),
            ("best", self.tr("Best epoch")),
            ("rate", self.tr("Speed")),
            ("learning_rate", self.tr("Learning rate")),
            ("device", self.tr("Device")),
            ("threads", self.tr("Threads")),
            ("memory", self.tr("Memory")),
        )
        for row, (key, title) in enumerate(rows):
            self._names[key] = label(title, "muted")
            self._values[key] = label("", wrap=True, selectable=True)
            self._values[key].setAlignment(Qt.AlignmentFlag.AlignRight)
            self._values[key].setAccessibleName(title)
            grid.addWidget(self._names[key], row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._values[key], row, 1)
        self.body.addLayout(grid)
        self.body.addStretch(1)
        self.body.addWidget(self._caption)

    @property
    def texts(self) -> dict[str, str]:
        """All that it says, by name."""
        shown = {key: value.text() for key, value in self._values.items()}
        return {
            "state": self._state_line.text(),
            "epoch": self._epoch.text(),
            "batch": self._batch.text(),
            "patience": self._patience_text.text(),
            "epoch_bar": str(self._epoch_bar.value()),
            "batch_bar": str(self._batch_bar.value()),
            **shown,
        }

    def show_state(self, state: RunState, *, passed: float = 0.0, asked: str = "") -> None:
        """Show a run.

        Args:
            state: What its events tell.
            passed: Seconds since the newest event, while it is live.
            asked: What the person asked for and has not happened yet: "stop", "cancel", "pause", "resume".
        """
        self._caption.setVisible(state.status is Status.RUNNING)
        self._state_line.setText(self._state_text(state, asked))
        tone = {Status.FAILED: "bad", Status.INTERRUPTED: "bad", Status.FINISHED: "good"}.get(state.status, "strong")
        set_kind(self._state_line, tone)
        self._epoch.setText(words.epoch_text(state))
        self._epoch_bar.setValue(round(_BAR * words.share_done(state)))
        self._show_part(state)
        last = state.epochs[-1] if state.epochs else None
        self._patience_text.setText(words.patience_text(state))
        self._patience_text.setVisible(last is not None)
        self._patience.setVisible(last is not None and last.patience > 0)
        if last is not None:
            self._patience.show_patience(last.epochs_without_improvement, last.patience)
        self._names["epoch_time"].setText(self.tr("Per round") if state.in_rounds else self.tr("Per epoch"))
        self._names["best"].setText(self.tr("Best round") if state.in_rounds else self.tr("Best epoch"))
        for key, text in self._facts(state, passed).items():
            self._values[key].setText(text)
            self._values[key].setVisible(bool(text))
            self._names[key].setVisible(bool(text))

    def _state_text(self, state: RunState, asked: str) -> str:
        asking = {
            "stop": self.tr("Stopping: finishing the step, keeping the best model"),
            "cancel": self.tr("Cancelling: ending the run"),
            "pause": self.tr("Pausing after this step"),
            "resume": self.tr("Going on"),
        }
        if asked == "stop" and state.phase in (Phase.EVALUATING, Phase.WRITING):
            return words.phase_text(state)
        return asking.get(asked) or words.phase_text(state)

    def _show_part(self, state: RunState) -> None:
        """The second bar: batches while training, records while reading or evaluating."""
        running = state.status is Status.RUNNING
        self._batch.setVisible(running)
        self._batch_bar.setVisible(running)
        if state.progress is not None:
            done, total = state.progress.done, state.progress.total
            of = self.tr("{0} of {1}").format(number(done), number(total)) if total else number(done)
            self._batch.setText(f"{of} {state.progress.unit}")
            self._batch_bar.setValue(round(_BAR * done / total) if total else 0)
        elif state.step is not None:
            self._batch.setText(words.step_text(state))
            self._batch_bar.setValue(round(_BAR * state.step.step / max(1, state.step.steps)))
        else:
            self._batch.setText(self.tr("Waiting for the first batch") if running else "")
            self._batch_bar.setValue(0)

    def _facts(self, state: RunState, passed: float) -> dict[str, str]:
        step, started, running = state.step, state.started, state.status is Status.RUNNING
        recent = state.epochs[-10:]
        rate = state.epochs[-1].learning_rate if state.epochs else 0.0
        mean = sum(epoch.seconds for epoch in recent) / len(recent) if recent else None
        return {
            "elapsed": duration(state.seconds + passed),
            "left": self._left_text(state, passed) if running else "",
            "epoch_time": _precise(mean) if mean is not None else "",
            "best": words.best_text(state),
            "rate": self.tr("{0} records/s").format(number(step.records_per_second)) if step is not None else "",
            "learning_rate": f"{rate:.2g}" if rate else "",
            "device": for_display(started.device, longest=28) if started is not None else "",
            "threads": str(step.threads) if step is not None and step.threads else "",
            "memory": self._memory_text(state),
        }

    def _left_text(self, state: RunState, passed: float) -> str:
        step = state.step
        if step is None or step.seconds_left is None or state.phase is not Phase.TRAINING:
            return self.tr("not known yet") if step is None or step.seconds_left is None else ""
        return self.tr("about {0}").format(duration(max(0.0, step.seconds_left - passed)))

    def _memory_text(self, state: RunState) -> str:
        held = state.progress.memory_bytes if state.progress is not None else 0
        held = held or (state.step.memory_bytes if state.step is not None else 0)
        text = size(held) if held else ""
        if state.step is not None and state.step.device_memory_bytes:
            text += " + " + self.tr("{0} on the device").format(size(state.step.device_memory_bytes))
        return text


class WarningList(QFrame):
    """What the person should know about the run: the newest few, all on request."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[Warned, ...] = ()
        self._all = False
        self.setProperty("kind", "message")
        self.setProperty("severity", "warning")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE_1)
        self._more = button(self.tr("Show more"), "link")
        self._more.clicked.connect(self._toggle)
        inner = QWidget()
        inner_column = QVBoxLayout(inner)
        inner_column.setContentsMargins(0, 0, 0, 0)
        inner_column.setSpacing(0)
        inner_column.addLayout(self._rows)
        inner_column.addWidget(self._more)
        inner_column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setMaximumHeight(130)
        inner.setProperty("kind", "page")
        area.setAccessibleName(self.tr("Warnings of the run"))
        self._area = area
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        column.addWidget(area)
        self.setVisible(False)

    @property
    def texts(self) -> tuple[str, ...]:
        """The warnings, each as it is written."""
        return tuple(_warning_text(warning) for warning in self._shown)

    def show_warnings(self, warnings: tuple[Warned, ...]) -> None:
        """Show these warnings."""
        if warnings == self._shown:
            return
        self._shown = warnings
        self._fill()

    def _toggle(self) -> None:
        self._all = not self._all
        self._fill()

    def _fill(self) -> None:
        clear_layout(self._rows)
        few = self._shown if self._all else self._shown[-_WARNINGS_SHOWN:]
        for warning in few:
            row = QHBoxLayout()
            row.setSpacing(SPACE_2)
            row.addWidget(IconLabel(self._theme, "warning", size=16, tone="warning"), 0, Qt.AlignmentFlag.AlignTop)
            text = label(for_display(_warning_text(warning), longest=600), wrap=True)
            text.setAlignment(Qt.AlignmentFlag.AlignTop)
            row.addWidget(text, 1)
            self._rows.addLayout(row)
        hidden = len(self._shown) - _WARNINGS_SHOWN
        self._more.setVisible(hidden > 0)
        self._more.setText(self.tr("Show fewer") if self._all else self.tr("Show {0} more").format(max(0, hidden)))
        self.setVisible(bool(self._shown))
        rows = min(len(few), _WARNINGS_SHOWN) + (1 if hidden > 0 else 0)
        self._area.setFixedHeight(min(130, 20 * rows + 4))


class LogFold(QWidget):
    """The lines of the log, folded away until they are wanted."""

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[LogEmitted, ...] = ()
        self._button = button(self.tr("Log"), "link")
        self._button.setCheckable(True)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(_LOG_LINES)
        self._text.setFixedHeight(_LOG_HEIGHT)
        self._text.setAccessibleName(self.tr("Log of the run"))
        self._text.setVisible(False)
        self._button.toggled.connect(self._fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._text)
        self._name()

    @property
    def text(self) -> str:
        """The lines as they are written."""
        return self._text.toPlainText()

    @property
    def button(self) -> QPushButton:
        """What unfolds it."""
        return self._button

    def show_lines(self, lines: tuple[LogEmitted, ...]) -> None:
        """Show these lines; only new ones cost anything."""
        known = len(self._lines)
        goes_on = len(lines) >= known and (known == 0 or lines[known - 1] is self._lines[-1])
        if goes_on and len(lines) == known:
            return
        fresh = lines[known:] if goes_on else lines
        self._lines = lines
        with QSignalBlocker(self._text):
            if not goes_on:
                self._text.clear()
            if fresh:
                self._text.appendPlainText("\n".join(_log_text(line) for line in fresh))
        self._name()

    def _fold(self, shown: bool) -> None:
        self._text.setVisible(shown)
        self._name()

    def _name(self) -> None:
        arrow = "▾" if self._button.isChecked() else "▸"
        lines = self.tr("1 line") if len(self._lines) == 1 else self.tr("{0} lines").format(number(len(self._lines)))
        self._button.setText(f"{arrow} " + self.tr("Log: {0}").format(lines))


def _bar(name: str) -> QProgressBar:
    made = QProgressBar()
    made.setRange(0, _BAR)
    made.setTextVisible(False)
    made.setAccessibleName(name)
    return made


def _precise(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else duration(seconds)


def _warning_text(warning: Warned) -> str:
    place = f"{warning.where}: " if warning.where else ""
    return f"{place}{warning.message}{' ' + warning.remedy if warning.remedy else ''}"


def _log_text(line: LogEmitted) -> str:
    moment = datetime.fromtimestamp(line.time).astimezone().strftime("%H:%M:%S") if line.time else ""
    return f"{moment}  {line.message}".strip()
