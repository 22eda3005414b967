"""What the window does on its own when the command line asks: a self-test, a picture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QCoreApplication, QObject, QTimer

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq_gui.main_window import MainWindow
    from bioseq_gui.session import Session

_PATIENCE_MS = 60_000
_SETTLE_MS = 600


class Composed(Protocol):
    """What an errand needs of the application."""

    session: Session
    window: MainWindow

    @property
    def ready(self) -> Any:
        """Signal: everything is built."""

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""

    def open_sample(self, name: str) -> None:
        """Take a sample as the data set."""


class Errand(QObject):
    """Something done without a person, within a time.

    Attributes:
        status: Exit status: 0 when all went well.
    """

    def __init__(self, application: Composed) -> None:
        super().__init__()
        self.status = 1
        self._application = application
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._end(1, "It took too long."))
        self._patience.start()
        application.ready.connect(self._begin)

    def _begin(self) -> None:
        """Everything is built."""

    def _end(self, status: int, text: str) -> None:
        self.status = status
        self._patience.stop()
        (sys.stdout if status == 0 else sys.stderr).write(f"{text}\n")
        QCoreApplication.exit(status)


class SelfTest(Errand):
    """Builds every page, lets the worker read a sample, and looks at what came back."""

    def _begin(self) -> None:
        self._application.session.data_changed.connect(self._check)
        self._application.open_sample("promoters")

    def _check(self) -> None:
        session = self._application.session
        if session.data_error:
            self._end(1, session.data_error)
        elif session.inspection is not None and session.dataset is not None:
            loaded = "torch" in sys.modules
            records = len(session.dataset)
            model = session.configuration.model.name
            text = f"Self-test: all pages built, {records} records read and checked, model {model}."
            self._end(1 if loaded or not records else 0, text)


class Screenshot(Errand):
    """Saves a picture of the window once what was named on the command line has been read."""

    def __init__(self, application: Composed, path: Path, page: str) -> None:
        super().__init__(application)
        self._path = path
        self._page = page

    def _begin(self) -> None:
        session = self._application.session
        if session.files and session.inspection is None and not session.data_error:
            session.data_changed.connect(self._settle)
        else:
            self._settle()

    def _settle(self) -> None:
        self._application.show_page(self._page)
        QTimer.singleShot(_SETTLE_MS, self._take)

    def _take(self) -> None:
        written = self._application.window.grab().save(str(self._path))
        self._end(0 if written else 1, f"{'Saved' if written else 'Could not save'} {self._path}")
