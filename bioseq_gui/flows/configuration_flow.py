"""Configuration files: open one after showing what it changes, save, and know what was saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bioseq.errors import BioseqError
from bioseq.sequences.files import FileRequest
from bioseq_gui.flows.messages import Message, of_error

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration
    from bioseq_gui.session import Session


class ConfigurationFlow(QObject):
    """Opens and saves the session's configuration.

    Signals:
        said: A message for the person.
        page_wanted: Name of the page that shows what comes now.
        changes_found: A configuration would change what the person has set (path, configuration, differences).
        used: A file was read or written (path).
    """

    said = Signal(object)
    page_wanted = Signal(str)
    changes_found = Signal(object, object, object)
    used = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def open(self, path: Path) -> None:
        """Read a configuration; apply it at once when nothing is lost by that, else show what would change."""
        from bioseq.config import files
        from bioseq.config.differences import differences

        try:
            config = files.load(path)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        changes = differences(self._session.configuration, config)
        if changes and (self._session.dirty or self._session.files):
            self.changes_found.emit(path, config, changes)
        else:
            self.apply(path, config)

    def apply(self, path: Path, config: Configuration) -> None:
        """Take a configuration over, with the data files that it names."""
        requests = [FileRequest(**file.model_dump()) for file in config.data.files]
        missing = [request.path for request in requests if not Path(request.path).exists()]
        self._session.open_configuration(config, path, [file for file in requests if file.path not in missing])
        self.used.emit(path)
        self.page_wanted.emit("model")
        if missing:
            names = ", ".join(Path(name).name for name in missing[:3])
            text = self.tr("The configuration names files that cannot be found: {0}. Drop them here.").format(names)
            self.said.emit(Message(text, "warning", details="\n".join(missing)))

    def save(self, path: Path) -> bool:
        """Write the configuration; True when that worked."""
        from bioseq.config import files

        path = path if path.suffix else path.with_suffix(".toml")
        try:
            files.save(self._session.configuration, path)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return False
        except OSError as error:
            text = self.tr("The configuration could not be written: {0}.").format(error.strerror or error)
            self.said.emit(Message(text, "error"))
            return False
        self._session.mark_saved(path)
        self.used.emit(path)
        self.said.emit(Message(self.tr("Saved: {0}").format(path), "success"))
        return True
