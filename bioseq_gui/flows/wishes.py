"""What a person wants of files: open, drop, paste, save, a sample, something recent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from bioseq.errors import BioseqError
from bioseq.sequences.files import FileRequest
from bioseq_gui.pages.data_samples import samples
from bioseq_gui.preferences import preferences_folder
from bioseq_gui.widgets.drop_overlay import Held, is_there, look_at
from bioseq_gui.widgets.text import for_display, plain_tip, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.differences import Difference
    from bioseq.config.schema import Configuration
    from bioseq_gui.flows.configuration_flow import ConfigurationFlow
    from bioseq_gui.flows.data_flow import DataFlow
    from bioseq_gui.flows.prediction_flow import PredictionFlow
    from bioseq_gui.main_window import MainWindow
    from bioseq_gui.preferences import PreferencesFile
    from bioseq_gui.session import Session


class Wishes(QObject):
    """Sorts files to the flows that know what to do with them.

    Signals:
        page_wanted: Name of the page that shows what comes now.
        study_wanted: Folder of a study that is to be shown.
        prediction_files_given: Files whose records are to be predicted (list of paths).
        runs_folder_chosen: Runs go somewhere else from now on.
    """

    page_wanted = Signal(str)
    study_wanted = Signal(object)
    prediction_files_given = Signal(object)
    runs_folder_chosen = Signal()

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        preferences: PreferencesFile,
        *,
        data: DataFlow,
        configuration: ConfigurationFlow,
        prediction: PredictionFlow,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._window = window
        self._preferences = preferences
        self._data = data
        self._configuration = configuration
        self._prediction = prediction
        self._offered: tuple[Path, Configuration] | None = None

    # ------------------------------------------------------------------ taking

    def take(self, held: Held) -> None:
        """Take what was dropped."""
        predicting = self._window.page == "prediction" or bool(held.models)
        if held.configs:
            self._configuration.open(held.configs[0])
        if held.models:
            self._prediction.choose_model(held.models[0])
            self.page_wanted.emit("prediction")
        if held.sequences and predicting:
            self._predict_files(held.sequences)
        elif held.sequences:
            self.page_wanted.emit("data")
            self._data.add(held.sequences)
        if held.studies:
            self.study_wanted.emit(held.studies[0])
        for path in (*held.sequences, *held.models, *held.studies):
            self.remember(path)
        if held.refused and held.acceptable:
            names = ", ".join(path.name for path in held.refused[:3])
            self._window.say(self.tr("Not understood and left out: {0}").format(names), "warning")

    def take_paths(self, paths: Sequence[Path]) -> None:
        """Take files named by a dialog or on the command line."""
        held = look_at(paths, predicting=self._window.page == "prediction")
        if held.acceptable:
            self.take(held)
        else:
            self._window.say(held.sentence, "warning")

    def _predict_files(self, paths: Sequence[Path]) -> None:
        from bioseq.sequences.reading import expand_paths

        try:
            self.prediction_files_given.emit(expand_paths(tuple(paths)))
        except BioseqError as error:
            self._window.say(str(error), "error")

    def open_sample(self, name: str) -> None:
        """Take a sample as the data set."""
        sample = next(sample for sample in samples() if sample.name == name)
        self.page_wanted.emit("data")
        title = self.tr("Open the sample {0}").format(sample.title)
        self._session.set_files((FileRequest(str(path)) for path in sample.files), title=title)

    def paste(self) -> None:
        """Take the text on the clipboard as sequences."""
        self.page_wanted.emit("data")
        self._data.add_text(QGuiApplication.clipboard().text())

    def start_over(self) -> None:
        """Take all files out."""
        self._session.set_files((), title=self.tr("Start over"))
        self.page_wanted.emit("data")

    # ------------------------------------------------------------------ asking

    def open_files(self) -> None:
        """Ask for files and take them."""
        paths, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Open sequences"), self._folder())
        self._take_chosen(paths)

    def open_folder(self) -> None:
        """Ask for a folder and take the files in it."""
        path = QFileDialog.getExistingDirectory(self._window, self.tr("Open a folder"), self._folder())
        self._take_chosen([path] if path else [])

    def open_model(self) -> None:
        """Ask for a model and take it."""
        kinds = self.tr("Models (*.bioseq);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a model"), self._folder(), kinds)
        self._take_chosen([path] if path else [])

    def open_configuration(self) -> None:
        """Ask for a configuration and take it."""
        kinds = self.tr("Configurations (*.toml);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a configuration"), self._folder(), kinds)
        if path:
            self._preferences.change(folder=str(Path(path).parent))
            self._configuration.open(Path(path))

    def _take_chosen(self, paths: Sequence[str]) -> None:
        if paths:
            self._preferences.change(folder=str(Path(paths[0]).parent))
            self.take_paths([Path(path) for path in paths])

    def save_configuration(self) -> bool:
        """Write the configuration where it came from, or ask where to; True when it was written."""
        path = self._session.configuration_path
        return self._configuration.save(path) if path is not None else self.save_configuration_as()

    def save_configuration_as(self) -> bool:
        """Ask where to write the configuration; True when it was written."""
        proposed = str(Path(self._folder()) / "configuration.toml")
        kinds = self.tr("Configurations (*.toml)")
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save the configuration"), proposed, kinds)
        return bool(path) and self._configuration.save(Path(path))

    def choose_runs_folder(self) -> None:
        """Ask where runs go."""
        old = self._preferences.preferences.runs_folder
        path = QFileDialog.getExistingDirectory(self._window, self.tr("Folder for runs"), old or self._folder())
        if path:
            self._preferences.change(runs_folder=path)
            self.runs_folder_chosen.emit()

    # ------------------------------------------------------------------ a configuration's changes

    def offer_changes(self, path: Path, config: Configuration, changes: Sequence[Difference]) -> None:
        """Show what a configuration would change; it applies when the person says so."""
        self._offered = (path, config)
        self._window.offer_changes(path.name, changes, self._apply_changes)

    def _apply_changes(self) -> None:
        if self._offered is not None:
            path, config = self._offered
            self._offered = None
            self._configuration.apply(path, config)

    # ------------------------------------------------------------------ menus and memory

    def fill_samples(self) -> None:
        """Put the samples into their menu."""
        menu = self._window.menus["samples"]
        menu.clear()
        for sample in samples():
            action = menu.addAction(sample.title)
            action.setToolTip(plain_tip(sample.about))
            action.triggered.connect(lambda _checked=False, name=sample.name: self.open_sample(name))

    def fill_recent(self) -> None:
        """Put what was opened last into its menu; what is no longer there is grey."""
        menu = self._window.menus["recent"]
        menu.clear()
        recent = self._preferences.preferences.recent
        for text in recent:
            path = Path(text)
            action = menu.addAction(for_display(path.name, longest=100).replace("&", "&&"))
            action.setToolTip(tip(text))
            action.setEnabled(is_there(path))
            action.triggered.connect(lambda _checked=False, path=path: self.take_paths([path]))
        if not recent:
            menu.addAction(self.tr("Nothing yet")).setEnabled(False)

    def recent_configurations(self) -> tuple[str, ...]:
        """The configuration files opened or saved last, newest first."""
        return tuple(path for path in self._preferences.preferences.recent if path.endswith(".toml"))

    def remember(self, path: Path) -> None:
        """Keep a path among the recent ones."""
        remembered = self._preferences.preferences.with_recent(str(path))
        self._preferences.change(recent=remembered.recent, folder=str(path.parent))

    def show_log(self) -> None:
        """Open the folder with the log in the file manager."""
        folder = preferences_folder()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _folder(self) -> str:
        return self._preferences.preferences.folder or str(Path.home())
