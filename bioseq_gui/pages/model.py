"""The Model page: which network, with which settings, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from bioseq.catalogue.registry import MODELS
from bioseq.config.fields import architecture_of
from bioseq.config.presets import preset
from bioseq_gui.forms.form import ConfigurationForm
from bioseq_gui.forms.gallery import Gallery
from bioseq_gui.forms.model_cards import estimate_for
from bioseq_gui.forms.network_drawing import NetworkDrawing
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, IconLabel, button, clear_layout, label
from bioseq_gui.widgets.drop_overlay import is_there
from bioseq_gui.widgets.page_frame import PageFrame
from bioseq_gui.widgets.text import duration, for_display, number, size, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QShowEvent

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

_FORM_WIDTH = 424
_SETTLED_MS = 1_200
"""Settings that have not changed for so long are worth measuring."""
_REASONS = ("model.name", "data.longest", "training.class_weights", "training.batch_size")
"""The options whose reasons stand on the card of the recommendation."""


class ModelPage(QWidget):
    """Gallery at the left, the chosen model with its settings at the right.

    Signals:
        train_requested: Train with these settings.
        best_requested: Let the program find the best model instead.
        configuration_open_requested: Choose a configuration file to open.
        configuration_save_requested: Write the configuration to a file.
        recent_requested: Open this configuration (path).
        costs_wanted: Measure what these networks cost on this machine (their names).
    """

    train_requested = Signal()
    best_requested = Signal()
    configuration_open_requested = Signal()
    configuration_save_requested = Signal()
    recent_requested = Signal(str)
    costs_wanted = Signal(tuple)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._frame = PageFrame(self.tr("Model and settings"))
        self._load = QPushButton(self.tr("Load"))
        self._best = button(
            self.tr("Find the best model…"),
            tip=self.tr("Try simple and deep models on your data, keep the promising, and tell which is best"),
        )
        self._recent = QMenu(self._load)
        self._recommendation = Recommendation(theme)
        self._gallery = Gallery(theme)
        self._chosen = _ChosenModel(theme)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self.form = ConfigurationForm(session, theme)
        self._arrange()
        self._connect()
        self.set_recent(())
        self._show()

    def _arrange(self) -> None:
        self._load.setAccessibleName(self.tr("Load a configuration"))
        self._load.setMenu(self._recent)
        self._frame.add_action(self._best)
        self._frame.add_action(self._load)
        left = QWidget()
        left.setProperty("kind", "page")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, SPACE_2, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(self._recommendation)
        column.addWidget(self._gallery)
        column.addStretch(1)
        right = QWidget()
        right.setProperty("kind", "page")
        settings = QVBoxLayout(right)
        settings.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_3)
        settings.setSpacing(SPACE_3)
        settings.addWidget(self._chosen)
        settings.addWidget(self.form, 1)
        panel = QFrame()
        panel.setProperty("kind", "card")
        panel.setFixedWidth(_FORM_WIDTH)
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(1, SPACE_1, 1, SPACE_1)
        inside.addWidget(_scrolled(right))
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        row.addWidget(_scrolled(left), 1)
        row.addWidget(panel)
        self._frame.body.addLayout(row, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self._frame)

    def _connect(self) -> None:
        self._frame.primary_clicked.connect(self.train_requested)
        self._best.clicked.connect(self.best_requested)
        self._frame.secondary_clicked.connect(self.configuration_save_requested)
        self._gallery.chosen.connect(self._choose)
        self._gallery.preset_chosen.connect(self._use_preset)
        self._gallery.costs_wanted.connect(self.costs_wanted)
        self._session.costs_changed.connect(self._show)
        self._settled.timeout.connect(self._want_cost)
        self._recommendation.wanted.connect(self._session.forget_touched)
        self._session.configuration_changed.connect(self._show)
        self._session.data_changed.connect(self._show)
        self._session.problems_changed.connect(self._show_actions)
        self._session.run_changed.connect(self._show_actions)
        self._theme.changed.connect(self._show)

    # ------------------------------------------------------------------ what others tell

    def set_recent(self, paths: Sequence[str]) -> None:
        """Offer the configurations opened last, newest first."""
        self._recent.clear()
        self._recent.addAction(self.tr("Open…")).triggered.connect(self._open)
        if paths:
            self._recent.addSeparator()
        for path in paths:
            action = self._recent.addAction(for_display(Path(path).name).replace("&", "&&"))
            action.setToolTip(tip(path, longest=400))
            action.setEnabled(is_there(Path(path)))
            action.triggered.connect(lambda _checked=False, path=path: self.recent_requested.emit(path))

    def reveal(self, path: str) -> None:
        """Show an option and give it the focus."""
        self.form.reveal(path)

    def showEvent(self, event: QShowEvent) -> None:
        """What is chosen is measured once the page is looked at."""
        super().showEvent(event)
        self._settled.start()

    def _want_cost(self) -> None:
        """Ask once for the cost of the chosen network with the settings as they stand."""
        session = self._session
        name = session.configuration.model.name
        faults = any(problem.severity == "error" for problem in session.problems)
        if session.inspection is None or faults or architecture_of(session.configuration) is None:
            return
        if self.isVisible() and not session.live and session.cost(name) is None:
            self.costs_wanted.emit((name,))

    # ------------------------------------------------------------------ what a person does

    def _open(self) -> None:
        self.configuration_open_requested.emit()

    def _choose(self, name: str) -> None:
        if name != self._session.configuration.model.name:
            self._session.edit("model.name", name)

    def _use_preset(self, name: str) -> None:
        chosen = preset(name)
        config = chosen.applied_to(self._session.configuration)
        self._session.replace_configuration(config, title=self.tr("Preset {0}").format(chosen.title))

    # ------------------------------------------------------------------ showing

    def _show(self) -> None:
        config = self._session.configuration
        inspection = self._session.inspection
        profile = inspection.profile if inspection is not None else None
        self._gallery.show_choice(config, profile, self._session.cost)
        if self.isVisible():
            self._settled.start()
        self._chosen.show_configuration(self._session)
        self._recommendation.show_session(self._session)
        self._show_actions()

    def _show_actions(self) -> None:
        faults = [problem for problem in self._session.problems if problem.severity == "error"]
        why = ""
        if self._session.inspection is None:
            why = self.tr("There are no data yet: drop files on the Data page.")
        elif faults:
            why = f"{faults[0].message} {faults[0].remedy}".strip()
        elif self._session.live:
            why = self.tr("A training is under way.")
        elif self._session.studying:
            why = self.tr("A study is under way on the Compare page.")
        purpose = self.tr("Choose a network and how it learns. Everything is filled in for your data already.")
        self._frame.set_purpose(why or purpose)
        self._frame.set_primary(self.tr("Train"), not why, why)
        self._frame.set_secondary(self.tr("Save configuration"))

    @property
    def frame(self) -> PageFrame:
        """Title, purpose, actions and messages."""
        return self._frame

    @property
    def gallery(self) -> Gallery:
        """The cards."""
        return self._gallery

    @property
    def best(self) -> QPushButton:
        """The button that leads to "Find the best model"."""
        return self._best

    @property
    def recent_menu(self) -> QMenu:
        """The configurations opened last."""
        return self._recent

    @property
    def recommendation(self) -> Recommendation:
        """The card with what suits the data."""
        return self._recommendation


class Recommendation(Card):
    """What suits the data, with the reasons.

    Signals:
        wanted: The person wants all recommended settings.
    """

    wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._heading = label("", "heading", wrap=True)
        self._button = button(self.tr("Use recommended settings"))
        self._reasons = QVBoxLayout()
        self._reasons.setSpacing(SPACE_1)
        self._drawing = NetworkDrawing(theme, ())
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(IconLabel(theme, "star", tone="accent"))
        head.addWidget(self._heading, 1)
        head.addWidget(self._button)
        self.body.addLayout(head)
        self.body.addLayout(self._reasons)
        self._button.clicked.connect(self.wanted)

    def show_session(self, session: Session) -> None:
        """Show the recommendation for the session's data."""
        inspection = session.inspection
        clear_layout(self._reasons)
        if inspection is None:
            self._heading.setText(self.tr("No data yet"))
            text = self.tr(
                "Drop files on the Data page: then the settings that suit them stand here, with the reasons."
            )
            self._reasons.addWidget(label(text, "muted", wrap=True))
            self._button.setVisible(False)
            return
        recommended = MODELS.get(inspection.config.model.name)
        title = recommended.title if recommended is not None else inspection.config.model.name
        self._heading.setText(self.tr("Recommended for your data: {0}").format(title))
        reasons = {reason.path: reason for reason in inspection.reasons}
        for path in _REASONS:
            if path in reasons:
                self._reasons.addWidget(label(f"• {reasons[path].sentence}", wrap=True))
        own = inspection.config.model_copy(update={"output": session.configuration.output})
        self._button.setVisible(session.configuration != own)


class _ChosenModel(QWidget):
    """The chosen model in a few words and figures."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = label("", "heading", wrap=True)
        self._good_for = label("", wrap=True)
        self._figures = label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        column.addWidget(self._title)
        column.addWidget(self._good_for)
        column.addWidget(self._figures)

    def show_configuration(self, session: Session) -> None:
        """Show the session's model with its cost for the session's data."""
        config = session.configuration
        model = MODELS.get(config.model.name)
        if model is None:
            self._title.setText(for_display(config.model.name))
            self._good_for.setText(self.tr("There is no such model in this version."))
            self._figures.setText("")
            return
        self._title.setText(model.title_with(config.model.hyper))
        self._good_for.setText(model.good_for)
        inspection = session.inspection
        cost = estimate_for(config, inspection.profile, model) if inspection is not None else None
        if cost is None:
            self._figures.setText(model.paper)
            return
        measured = session.cost(model.name)
        if measured is not None:
            where = (
                self.tr("{0} CPU threads").format(measured.threads) if measured.threads > 1 else self.tr("1 CPU thread")
            )
            self._figures.setText(
                self.tr("{0} weights · {1} an epoch · {2} of memory (measured here, {3})").format(
                    number(cost.parameters),
                    _about(measured.seconds_per_epoch),
                    size(measured.memory_bytes),
                    where if measured.device == "cpu" else measured.device.upper(),
                )
            )
            return
        text = self.tr("{0} weights · {1} an epoch · {2} of memory (estimates for one CPU thread)").format(
            number(cost.parameters), _about(cost.seconds_per_epoch), size(cost.memory_bytes)
        )
        if cost.seconds_once:
            text += self.tr(" · first epoch {0} more").format(_about(cost.seconds_once))
        self._figures.setText(text)


def _about(seconds: float) -> str:
    return QCoreApplication.translate("ModelPage", "under 1 s") if seconds < 1 else f"≈ {duration(seconds)}"


def _scrolled(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
