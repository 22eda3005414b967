"""The window: rail, pages, menus, status strip, one place for messages. It composes; it decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QCoreApplication, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QIcon, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QMenu, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from bioseq_gui.actions import ACTIONS, MENUS, translated
from bioseq_gui.theme.icons import icon_folder
from bioseq_gui.theme.tokens import SPACE_2, SPACE_4
from bioseq_gui.widgets.message_bar import MessageBar
from bioseq_gui.widgets.rail import StepRail
from bioseq_gui.widgets.status_strip import StatusStrip, exclusive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bioseq.config.differences import Difference
    from bioseq_gui.theme.theme import Theme
    from bioseq_gui.widgets.changes_panel import ChangesPanel
    from bioseq_gui.widgets.drop_overlay import DropOverlay

PAGES = ("data", "model", "training", "results", "compare", "prediction", "runs")
"""Names of the pages, in the order of the way."""
SMALLEST = QSize(1024, 640)
"""The window is at least so large, where the screen is."""
_ORDINARY = QSize(1280, 800)
_HOLD = QSize(100, 40)
_SUCCESS_MS = 10_000
"""Good news stands so long; everything else stays until it is closed."""


class MainWindow(QMainWindow):
    """Rail at the left, a page, the status strip below, menus above.

    Attributes:
        rail: The steps.
        status: The strip with the running job.
        overlay: The window as a place to drop; None before `accept_drops`.
        message: What the whole window has to say; hidden while there is nothing.
        changes: What a configuration file would change; hidden while there is nothing.

    Signals:
        page_wanted: Name of the page that the person chose.
        page_shown: Name of the page that is shown now.
        close_requested: The person wants to close; the argument is the event, which a listener may ignore.
    """

    page_wanted = Signal(str)
    page_shown = Signal(str)
    close_requested = Signal(object)

    def __init__(self, theme: Theme, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._theme = theme
        self._actions = actions
        self._pages: dict[str, QWidget] = {}
        self._places: dict[str, QScrollArea] = {}
        self._page = "data"
        self._remedy: Callable[[], object] | None = None
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(_SUCCESS_MS)
        self.menus: dict[str, QMenu] = {}
        self.setWindowTitle(self.tr("BioSeq Studio[*]"))
        self.setWindowIcon(QIcon(str(icon_folder() / "application.svg")))
        self.resize(_ORDINARY)
        self._fit_to_screen()
        looks = tuple(actions[f"theme_{name}"] for name in ("system", "light", "dark"))
        exclusive(self, looks)
        self.rail = StepRail(theme, _steps())
        self.status = StatusStrip(theme, looks)
        self.message = MessageBar()
        self.changes: ChangesPanel | None = None
        self.overlay: DropOverlay | None = None
        self._stack = QStackedWidget()
        self._arrange()
        self._build_menus()
        self._fading.timeout.connect(self.message.clear)
        self.rail.chosen.connect(self.page_wanted)
        self.message.remedy_clicked.connect(self._mend)
        self.rail.choose("data")

    def _arrange(self) -> None:
        above = self._above = QVBoxLayout()
        above.setContentsMargins(SPACE_4, SPACE_2, SPACE_4, 0)
        above.setSpacing(SPACE_2)
        above.addWidget(self.message)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addLayout(above)
        right.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        rail = scrolling(self.rail)
        rail.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rail.setFixedWidth(self.rail.sizeHint().width())
        middle.addWidget(rail)
        middle.addLayout(right, 1)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(centre)

    def _build_menus(self) -> None:
        bar = self.menuBar()
        for name, title in MENUS:
            self.menus[name] = bar.addMenu(translated(title))
            self.menus[name].setToolTipsVisible(True)
        for name, title in (("samples", self.tr("Open sa&mple")), ("recent", self.tr("Open &recent"))):
            self.menus[name] = QMenu(title, self)
            self.menus[name].setToolTipsVisible(True)
        self.menus["theme"] = QMenu(self.tr("&Light or dark"), self)
        for description in ACTIONS:
            menu = self.menus[description.menu]
            if description.separated:
                menu.addSeparator()
            if description.name == "open_config":
                menu.insertMenu(menu.actions()[-1], self.menus["samples"])
                menu.insertMenu(menu.actions()[-1], self.menus["recent"])
            if description.name == "larger":
                menu.addMenu(self.menus["theme"])
            menu.addAction(self._actions[description.name])
        self.addActions(list(self._actions.values()))

    @property
    def page(self) -> str:
        """Name of the page that is shown."""
        return self._page

    def page_widget(self, name: str) -> QWidget | None:
        """The page of that name, when it has been built."""
        return self._pages.get(name)

    def set_page(self, name: str, page: QWidget) -> None:
        """Put a page in; it is shown when it is asked for."""
        self._pages[name] = page
        page.setObjectName(f"page_{name}")
        self._places[name] = scrolling(page)
        self._stack.addWidget(self._places[name])

    def show_page(self, name: str) -> None:
        """Bring a page that has been put in to the front."""
        self._page = name
        self._stack.setCurrentWidget(self._places[name])
        self.rail.choose(name)
        if self.overlay is not None:
            self.overlay.predicting = name == "prediction"
        self.page_shown.emit(name)

    def accept_drops(self) -> DropOverlay:
        """Make the whole window a place to drop."""
        from bioseq_gui.widgets.drop_overlay import DropOverlay

        self.overlay = DropOverlay(self._theme, self)
        return self.overlay

    def offer_changes(self, name: str, changes: Sequence[Difference], apply: Callable[[], object]) -> None:
        """Show what a file would change, above the page.

        Args:
            name: The file.
            changes: One per setting.
            apply: Called when the person wants them.
        """
        from bioseq_gui.widgets.changes_panel import ChangesPanel

        if self.changes is not None:
            self._above.removeWidget(self.changes)
            self.changes.deleteLater()
        self.changes = ChangesPanel()
        self.changes.applied.connect(apply)
        self._above.addWidget(self.changes)
        self.changes.show_changes(name, changes)

    def say(
        self,
        text: str,
        severity: str = "info",
        *,
        remedy: str = "",
        mend: Callable[[], object] | None = None,
        details: str = "",
    ) -> None:
        """Say something at the top of the window.

        Args:
            text: One or two sentences.
            severity: "info", "success", "warning" or "error".
            remedy: Text of the button that mends it.
            mend: What that button does.
            details: Longer text behind "Details".
        """
        self._remedy = mend
        self._fading.stop()
        if severity == "success":
            self._fading.start()
        self.message.show_message(text, severity, remedy=remedy if mend else "", details=details)

    def _mend(self) -> None:
        mend, self._remedy = self._remedy, None
        self.message.clear()
        if mend is not None:
            mend()

    def showEvent(self, event: QShowEvent) -> None:
        """Only now it is known how wide the frame is, and on which screen the window stands."""
        super().showEvent(event)
        self._fit_to_screen()
        if (handle := self.windowHandle()) is not None:
            handle.screenChanged.connect(self._fit_to_screen, Qt.ConnectionType.UniqueConnection)

    def _fit_to_screen(self) -> None:
        """Never larger than the screen leaves room for, so that the lower edge can be reached; pages scroll."""
        frame = self.frameGeometry().size() - self.size()
        room = self.screen().availableGeometry().size() - frame
        self.setMinimumSize(SMALLEST.boundedTo(room))
        self.resize(self.size().boundedTo(room))

    def restore_place(self, geometry: bytes) -> None:
        """Take the place and size that the window had, as `saveGeometry` told; where no screen shows it, come back.

        Screens are taken away, and the text that keeps the place can be changed.
        """
        self.restoreGeometry(QByteArray(geometry))
        self._fit_to_screen()
        seen = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        if not any(_shows(room, self.frameGeometry()) for room in seen):
            self.move(QGuiApplication.primaryScreen().availableGeometry().topLeft())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask those who know whether it may be closed now."""
        event.accept()
        self.close_requested.emit(event)

    def toggle_full_screen(self, wanted: bool) -> None:
        """Fill the screen, or not."""
        state = Qt.WindowState.WindowFullScreen
        self.setWindowState(self.windowState() | state if wanted else self.windowState() & ~state)


def _shows(room: QRect, frame: QRect) -> bool:
    """So much of a window lies in the room of a screen that it can be seen and taken hold of."""
    seen = room.intersected(frame)
    return (
        seen.width() >= _HOLD.width() and seen.height() >= _HOLD.height() and frame.top() > room.top() - _HOLD.height()
    )


def scrolling(content: QWidget) -> QScrollArea:
    """A place in which content is as large as the place, and scrolls where it needs more."""
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def _steps() -> tuple[tuple[str, str, str], ...]:
    def tr(text: str) -> str:
        return QCoreApplication.translate("MainWindow", text)

    return (
        ("data", "data", tr("Data")),
        ("model", "model", tr("Model")),
        ("training", "train", tr("Train")),
        ("results", "results", tr("Results")),
        ("compare", "compare", tr("Compare")),
        ("prediction", "predict", tr("Predict")),
        ("", "", ""),
        ("runs", "runs", tr("Runs")),
    )
