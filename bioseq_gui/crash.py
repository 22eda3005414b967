"""The last resort: whatever is not caught anywhere is logged and said in one sentence, and the window goes on.

Four sources: exceptions in slots, exceptions in threads, warnings of Qt, and native crashes, of which `faulthandler`
leaves a trace in a file that the next start offers to show.
"""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import TextIO

_log = logging.getLogger("bioseq_gui")
_LONGEST_LOG = 1_000_000
"""Bytes of the log at which a start begins a new one."""
_LONGEST_TRACE = 100_000
"""Letters of an earlier crash that are shown."""
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class CrashGuard(QObject):
    """Catches what nobody caught.

    Signals:
        caught: A sentence for the person, and the details behind it.
    """

    caught = Signal(str, str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._native: TextIO | None = None
        self._handler: logging.Handler | None = None
        self.left_by_crash = ""

    @property
    def log_path(self) -> Path:
        """The log of the window."""
        return self._folder / "log.txt"

    @property
    def crash_path(self) -> Path:
        """Where a native crash leaves its trace."""
        return self._folder / "crash.txt"

    def install(self) -> None:
        """Take over from Python's and Qt's own handlers; without a folder to write in, nothing is logged there."""
        try:
            self._open_files()
        except OSError as error:
            _log.warning("There is no log of the window: %s", error)
        sys.excepthook = self._catch
        threading.excepthook = self._catch_in_thread
        qInstallMessageHandler(_log_qt)

    def remove(self) -> None:
        """Give the handlers back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        faulthandler.disable()
        if self._native is not None:
            self._native.close()
            self.crash_path.unlink(missing_ok=True)
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()

    def report(self, error: BaseException) -> None:
        """Say an exception that was caught, as if nobody had."""
        self._catch(type(error), error, error.__traceback__)

    def _open_files(self) -> None:
        """Begin the log, read what an earlier crash left, and make room for the trace of a next one.

        Raises:
            OSError: The folder cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._keep_log_short()
        self._handler = logging.FileHandler(self.log_path, encoding="utf-8")
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(self._handler)
        self._read_old_crash()
        self._native = self.crash_path.open("w", encoding="utf-8")
        faulthandler.enable(self._native)

    def _keep_log_short(self) -> None:
        if self.log_path.exists() and self.log_path.stat().st_size > _LONGEST_LOG:
            self.log_path.replace(self._folder / "log.old.txt")

    def _read_old_crash(self) -> None:
        try:
            with self.crash_path.open(encoding="utf-8", errors="replace") as file:
                self.left_by_crash = file.read(_LONGEST_TRACE).strip()
        except OSError:
            return
        if self.left_by_crash:
            _log.error("The program crashed the last time:\n%s", self.left_by_crash)

    def _catch(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("Not caught:\n%s", details)
        self.caught.emit(sentence_for(error), details)

    def _catch_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._catch(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def sentence_for(error: BaseException) -> str:
    """One sentence for a person about an exception."""
    from bioseq.errors import BioseqError

    if isinstance(error, BioseqError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There was not enough memory for the last action. Close other programs or take smaller data."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return "The last action did not work because of a fault in the program. Your data and runs are safe."


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    _log.log(_LEVELS.get(kind, logging.WARNING), "Qt %s: %s", context.category, message)
