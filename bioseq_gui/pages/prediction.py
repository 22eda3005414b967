"""The Predict page: choose a trained model, drop sequences, read the table of predictions, take it elsewhere.

The page announces what the person wants; `app` does it and shows the outcome through the methods named `show_...`.
The files to predict are the page's own: they are no part of the data set that is trained on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from bioseq.catalogue.registry import MODELS
from bioseq.errors import BioseqError, Severity
from bioseq.runs.bundle import find_bundle, read_bundle_card
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import RunEntry, list_runs
from bioseq.sequences.alphabets import Molecule
from bioseq_gui.tables.columns import PredictionFilter
from bioseq_gui.tables.export_dialog import FORMATS, ExportDialog, ExportWish
from bioseq_gui.tables.filter_bar import FilterBar
from bioseq_gui.tables.prediction_summary import PredictionSummary
from bioseq_gui.tables.prediction_table import PredictionView
from bioseq_gui.tables.record_panel import RecordPanel
from bioseq_gui.tables.runs_table import started_text
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, CountBadge, button, label
from bioseq_gui.widgets.empty_state import EmptyState
from bioseq_gui.widgets.model_card import ModelFacts, ModelSummary
from bioseq_gui.widgets.page_frame import PageFrame
from bioseq_gui.widgets.text import duration, for_display, number, tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QShowEvent

    from bioseq.protocol.events import PhaseChanged, Progressed
    from bioseq.sequences.findings import Finding
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

_RUNS_OFFERED = 50
_LONGEST_SAID = 400
"""Letters of a finding that are shown."""
_PANEL_WIDTH = 336
_PERMILLE = 1000


class PredictionPage(QWidget):
    """Model, files, Predict, table, export.

    Attributes:
        view: The table.
        filters: The fields that say which rows it shows.
        panel: The selected record.

    Signals:
        model_chosen: A run folder or a bundle, as text.
        files_chosen: All files to predict now, as texts.
        predict_requested: Predict `files` with `session.model_path`.
        export_requested: Destination; numbers of the rows to write in order (int64 array) or None for all; names of
            further columns.
        cancel_requested: End the prediction under way.
    """

    model_chosen = Signal(str)
    files_chosen = Signal(list)
    predict_requested = Signal()
    export_requested = Signal(str, object, object)
    cancel_requested = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._root: Path | None = None
        self._files: tuple[str, ...] = ()
        self._running = False
        self._stale = True
        self._wish = ExportWish()
        self._facts: ModelFacts | None = None
        self._predicted_from: tuple[Path | None, tuple[str, ...]] = (None, ())
        self._make_parts()
        self._arrange()
        self._connect()
        self._model_changed()
        self._table_changed()

    @property
    def files(self) -> tuple[str, ...]:
        """The files to predict."""
        return self._files

    @property
    def running(self) -> bool:
        """A prediction is under way."""
        return self._running

    def _make_parts(self) -> None:
        theme = self._theme
        self.frame = PageFrame(self.tr("Predict"))
        self.models = QComboBox()
        self.models.setAccessibleName(self.tr("Trained model"))
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.models.setMinimumContentsLength(18)
        self._open_model = button(self.tr("Open model…"), tip=self.tr("Choose a model file (.bioseq)"))
        self.summary = ModelSummary(theme)
        self._no_model = label(self.tr("Train a model first, or open a model file."), "muted", wrap=True)
        self._file_list = QListWidget()
        self._file_list.setAccessibleName(self.tr("Files to predict"))
        self._file_list.setProperty("kind", "plain")
        self._add_files = button(self.tr("Add files…"), tip=self.tr("Choose files with sequences to predict"))
        self._remove_files = button(self.tr("Clear"), "link", tip=self.tr("Take all files off the list"))
        self._no_files = label(self.tr("Drop FASTA, FASTQ, GenBank or table files here."), "muted", wrap=True)
        self.counts = PredictionSummary(theme)
        self.findings = CountBadge(theme)
        self.findings.setToolTip(self.tr("Say what was found in the files"))
        self.filters = FilterBar(theme)
        self.view = PredictionView(theme)
        self.view.setProperty("framed", "true")
        self.panel = RecordPanel(theme)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(self.tr("Progress of the prediction"))
        self._progress_text = label("", "muted")
        self._cancel = button(self.tr("Cancel"), tip=self.tr("End the prediction and discard it"))
        self._empty = EmptyState(theme, "predict", "", dashed=True)
        self._empty_action = self._empty.add_action("", self._act_on_empty)

    def _arrange(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.frame)
        cards = QHBoxLayout()
        cards.setSpacing(SPACE_3)
        cards.addWidget(self._model_card(), 3)
        cards.addWidget(self._files_card(), 2)
        self.frame.body.addLayout(cards)
        self._progress = QWidget()
        row = QHBoxLayout(self._progress)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_3)
        row.addWidget(self._bar, 1)
        row.addWidget(self._progress_text)
        row.addWidget(self._cancel)
        self._progress.setVisible(False)
        self.frame.body.addWidget(self._progress)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._results())
        self.frame.body.addWidget(self._stack, 1)

    def _model_card(self) -> Card:
        card = Card()
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(label(self.tr("Model"), "strong"))
        row.addWidget(self.models, 1)
        row.addWidget(self._open_model)
        card.body.addLayout(row)
        card.body.addWidget(self.summary)
        card.body.addWidget(self._no_model)
        card.body.addStretch(1)
        return card

    def _files_card(self) -> Card:
        card = Card()
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(label(self.tr("Sequences to predict"), "strong"))
        row.addStretch(1)
        row.addWidget(self._remove_files)
        row.addWidget(self._add_files)
        card.body.addLayout(row)
        card.body.addWidget(self._no_files)
        card.body.addWidget(self._file_list)
        card.body.addStretch(1)
        self._file_list.setMaximumHeight(60)
        return card

    def _results(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        head = QHBoxLayout()
        head.setSpacing(SPACE_3)
        head.addWidget(self.counts, 1)
        head.addWidget(self.findings)
        head.addWidget(self.filters.count)
        column.addLayout(head)
        column.addWidget(self.filters)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.view)
        splitter.addWidget(self.panel)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([10_000, _PANEL_WIDTH])
        self.panel.setMinimumWidth(260)
        column.addWidget(splitter, 1)
        return holder

    def _connect(self) -> None:
        session = self._session
        session.model_changed.connect(self._model_changed)
        session.runs_changed.connect(self._runs_changed)
        session.opened_run_changed.connect(self._runs_changed)
        session.prediction_changed.connect(self._table_changed)
        self.frame.primary_clicked.connect(self.predict_requested)
        self.models.activated.connect(self._choose_model)
        self._open_model.clicked.connect(self.open_model)
        self._add_files.clicked.connect(self.open_files)
        self._remove_files.clicked.connect(lambda: self.set_files(()))
        self._cancel.clicked.connect(self.cancel_requested)
        self.filters.filter_changed.connect(self.view.predictions.set_filter)
        self.filters.columns_requested.connect(self._offer_columns)
        self.view.filter_changed.connect(self._rows_changed)
        self.view.row_chosen.connect(self._show_record)
        self.view.copy_refused.connect(self._refuse_copy)
        self.counts.class_chosen.connect(self.filters.choose_class)
        choose = self.filters.choose_kind
        self.counts.flagged_chosen.connect(lambda: choose(PredictionFilter(flagged=True)))
        self.counts.divided_chosen.connect(lambda: choose(PredictionFilter(unanimous=False)))
        self.counts.wrong_chosen.connect(lambda: choose(PredictionFilter(right=False)))
        self.frame.secondary_clicked.connect(self.export)
        self.findings.clicked.connect(self._say_findings)

    # -- model ---------------------------------------------------------------------------------------------------

    def set_runs_root(self, root: Path | None) -> None:
        """Look for trained models in another folder of runs; None for the program's own."""
        self._root = root
        self._runs_changed()

    def _runs_changed(self) -> None:
        self._stale = True
        if self.isVisible():
            self.refresh_models()

    def showEvent(self, event: QShowEvent) -> None:
        """A list of models that changed while the page was hidden is read again."""
        super().showEvent(event)
        if self._stale:
            self.refresh_models()

    def refresh_models(self) -> None:
        """Offer the trained runs, the newest first, and the model in use."""
        self._stale = False
        chosen = self._session.model_path
        entries = [entry for entry in self._list_runs() if RunFolder(entry.path).model.exists()][:_RUNS_OFFERED]
        self.models.blockSignals(True)
        self.models.clear()
        if chosen is None:
            self.models.addItem(self.tr("Choose a trained model"), "")
        elif chosen not in [entry.path for entry in entries]:
            self.models.addItem(self.tr("File {name}").format(name=for_display(chosen.name)), str(chosen))
        for entry in entries:
            self.models.addItem(self._title_of(entry), str(entry.path))
            self.models.setItemData(self.models.count() - 1, tip(str(entry.path)), Qt.ItemDataRole.ToolTipRole)
        self.models.setCurrentIndex(max(self.models.findData(str(chosen) if chosen else ""), 0))
        self.models.blockSignals(False)

    def _list_runs(self) -> tuple[RunEntry, ...]:
        """The runs; none where their folder cannot be read, which the Runs page says."""
        try:
            return list_runs(self._root)
        except BioseqError:
            return ()

    def _title_of(self, entry: RunEntry) -> str:
        newest = entry.path == self._session.run_folder
        named = entry.name != entry.path.name
        words = [entry.name if named else entry.model_title, ", ".join(entry.data_names), started_text(entry.started)]
        title = for_display(" · ".join(word for word in words if word) or entry.name, longest=80)
        return self.tr("Just trained: {title}").format(title=title) if newest else title

    def _choose_model(self, place: int) -> None:
        path = self.models.itemData(place)
        if path and (self._session.model_path is None or Path(path) != self._session.model_path):
            self.model_chosen.emit(path)

    def open_model(self) -> None:
        """Ask for a model file."""
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Open model"), "", self.tr("Models (*.bioseq);;All files (*)")
        )
        if path:
            self.model_chosen.emit(path)

    def _model_changed(self) -> None:
        self._runs_changed()
        path = self._session.model_path
        self._facts = None
        if path is not None:
            try:
                self._facts = read_facts(path)
                self.frame.message.clear()
            except BioseqError as error:
                self.frame.message.show_message(str(error), "error")
        self.summary.show_facts(self._facts)
        self._no_model.setVisible(self._facts is None)
        self._update()

    # -- files ---------------------------------------------------------------------------------------------------

    def open_files(self) -> None:
        """Ask for files to predict."""
        paths, _ = QFileDialog.getOpenFileNames(self, self.tr("Sequences to predict"))
        if paths:
            self.add_files(paths)

    def add_files(self, paths: Iterable[str | Path]) -> None:
        """Put more files on the list, each once."""
        self.set_files((*self._files, *map(str, paths)))

    def set_files(self, paths: Iterable[str | Path]) -> None:
        """Predict these files and no others."""
        files = tuple(dict.fromkeys(map(str, paths)))
        if files == self._files:
            return
        self._files = files
        self._file_list.clear()
        for path in files:
            item = QListWidgetItem(self._theme.icon("file"), for_display(Path(path).name))
            item.setToolTip(tip(path))
            self._file_list.addItem(item)
        self._update()
        self.files_chosen.emit(list(files))

    # -- the prediction under way --------------------------------------------------------------------------------

    def show_running(self, running: bool) -> None:
        """A prediction has begun, or has ended."""
        self._running = running
        self._bar.setRange(0, 0)
        self._progress_text.setText(self.tr("Starting") if running else "")
        self._progress.setVisible(running)
        if running:
            self.frame.message.clear()
        self._update()

    def show_phase(self, event: PhaseChanged) -> None:
        """Say what the prediction does now."""
        self._bar.setRange(0, 0)
        self._progress_text.setText(event.title)

    def show_progress(self, event: Progressed) -> None:
        """Say how far it is."""
        if event.total <= 0:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, _PERMILLE)
            self._bar.setValue(round(_PERMILLE * event.done / event.total))
        parts = [
            self.tr("{done} of {total} {unit}").format(
                done=number(event.done), total=number(event.total), unit=event.unit
            )
        ]
        if event.rate:
            parts.append(self.tr("{rate} a second").format(rate=number(event.rate)))
        if event.seconds_left is not None:
            parts.append(self.tr("{time} left").format(time=duration(event.seconds_left)))
        self._progress_text.setText(" · ".join(parts))

    def show_message(self, text: str, severity: str = "info", *, remedy: str = "", details: str = "") -> None:
        """Say how a prediction or an export ended; severities as in `MessageBar`."""
        self.frame.message.show_message(f"{text} {remedy}".strip(), severity, details=details)

    # -- results -------------------------------------------------------------------------------------------------

    def _table_changed(self) -> None:
        table = self._session.prediction_table
        self._predicted_from = (self._session.model_path, self._files)
        molecule = self._facts.molecule if self._facts and self._facts.molecule else Molecule.DNA
        self.view.show_table(table, molecule)
        data = self.view.predictions.predictions
        self.counts.show_predictions(data)
        self.filters.show_choices(data)
        self.panel.show_record(data, -1)
        if table is not None and len(table):
            self.view.select_row(0)
        self._show_findings(() if table is None else table.findings)
        self._update()

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        """Count what was found in the files, and say it where it may mislead."""
        grave = sum(finding.severity is not Severity.INFO for finding in findings)
        count, severity = (grave, "warning") if grave else (len(findings), "info")
        words = self.tr("{count} warnings") if grave else self.tr("{count} notes")
        one = self.tr("1 warning") if grave else self.tr("1 note")
        self.findings.show_count(count, one if count == 1 else words.format(count=number(count)), severity)
        if grave:
            self._say_findings()

    def _say_findings(self) -> None:
        table = self._session.prediction_table
        findings = table.findings if table is not None else ()
        if not findings:
            return
        text, more = for_display(findings[0].sentence, longest=_LONGEST_SAID), len(findings) - 1
        if more:
            text += " " + (
                self.tr("1 more under Details.") if more == 1 else self.tr("{0} more under Details.").format(more)
            )
        details = "\n".join(for_display(finding.sentence, longest=_LONGEST_SAID) for finding in findings)
        severity = "info" if findings[0].severity is Severity.INFO else "warning"
        self.frame.message.show_message(text, severity, details=details if more else "")

    def _rows_changed(self, shown: int, total: int) -> None:
        self.filters.show_count(shown, total)

    def _show_record(self, row: int) -> None:
        self.panel.show_record(self.view.predictions.predictions, row)

    def _refuse_copy(self, count: int) -> None:
        text = self.tr("{count} cells or letters are too many for the clipboard. Export them as a file instead.")
        self.frame.message.show_message(text.format(count=number(count)), "warning")

    def focus_search(self) -> None:
        """Go to the field that searches ids."""
        self.filters.id_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.id_field.selectAll()

    def show_record(self, row: int) -> bool:
        """Bring a row of the table into sight; False when the filter leaves it out."""
        return self.view.select_row(row)

    def _offer_columns(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.view.column_actions(menu))
        place = self.filters.columns
        menu.popup(place.mapToGlobal(place.rect().bottomLeft()))

    # -- export --------------------------------------------------------------------------------------------------

    def export(self) -> None:
        """Ask how and where to, and announce the export."""
        table = self._session.prediction_table
        if table is None:
            return
        rows = self.view.predictions.rows_for_export()
        repeated = next((finding.count for finding in table.findings if finding.code == "duplicate_ids"), 0)
        dialog = ExportDialog(table, None if rows is None else len(rows), repeated, self._wish, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wished.connect(self._ask_destination)
        dialog.open()

    def _ask_destination(self, wish: ExportWish) -> None:
        """Ask where to, and announce the export of the rows shown, or of all."""
        self._wish = replace(wish, shown_only=False)  # all of them stay what is offered first
        stem = Path(self._files[0]).name.split(".")[0] if self._files else "sequences"
        suggestion = f"{stem}_predictions.{wish.extension}"
        title = dict(FORMATS)[wish.extension]
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export predictions"), suggestion, f"{title} (*.{wish.extension})"
        )
        if path:
            destination = path if Path(path).suffix else f"{path}.{wish.extension}"
            rows = self.view.predictions.rows_for_export() if wish.shown_only else None
            self.export_requested.emit(destination, rows, wish.columns)

    # -- what the page says --------------------------------------------------------------------------------------

    def _act_on_empty(self) -> None:
        if self._facts is None:
            self.open_model()
        elif not self._files:
            self.open_files()
        else:
            self.predict_requested.emit()

    def _update(self) -> None:
        table = self._session.prediction_table
        ready = self._facts is not None and bool(self._files)
        self._no_files.setVisible(not self._files)
        self._file_list.setVisible(bool(self._files))
        self._remove_files.setVisible(bool(self._files))
        self._stack.setCurrentIndex(1 if table is not None else 0)
        self.frame.set_primary(self.tr("Predict"), ready and not self._running, self._why_not())
        self.frame.set_secondary(self.tr("Export…") if table is not None else "")
        self.frame.set_purpose(self._purpose())
        self._say_empty()

    def _why_not(self) -> str:
        if self._running:
            return self.tr("A prediction is under way.")
        if self._facts is None:
            return self.tr("Choose a trained model first.")
        return "" if self._files else self.tr("Add the files with the sequences to predict.")

    def _purpose(self) -> str:
        if self._facts is None:
            return self.tr("Use a trained model on new sequences. Choose the model first.")
        if self._session.prediction_table is None:
            ready = self.tr("All is ready: click Predict.")
            return ready if self._files else self.tr("The model is ready. Add the sequences to predict.")
        if self._predicted_from != (self._session.model_path, self._files):
            return self.tr("The table shows an earlier prediction. Click Predict to bring it up to date.")
        return self.tr("What the model says of each record, and how sure it is.")

    def _say_empty(self) -> None:
        if self._running:
            title = self.tr("Predicting")
            text = self.tr("The table appears here. You can go on working on the other pages meanwhile.")
            action = ""
        elif self._facts is None:
            title = self.tr("No model yet")
            text = self.tr("Train one on the Data and Train pages, or open a model file that somebody gave you.")
            action = self.tr("Open model…")
        elif not self._files:
            title = self.tr("Drop the sequences to predict here")
            text = self.tr(
                "FASTA, FASTQ, GenBank, EMBL, alignments, CSV or XLSX, compressed or not. Labels are not needed."
            )
            action = self.tr("Add files…")
        else:
            title = self.tr("Ready to predict")
            text = self.tr("Click Predict. Ids and the order of the records stay as they are in your files.")
            action = self.tr("Predict")
        self._empty.set_text(title, text)
        self._empty_action.setText(action)
        self._empty_action.setAccessibleName(action)
        self._empty_action.setVisible(bool(action))


def read_facts(path: Path) -> ModelFacts:
    """What the card says of a run folder or a bundle.

    Raises:
        BioseqError: There is no model that can be read.
    """
    contents = read_bundle_card(find_bundle(path))
    split = next((name for name in ("test", "validation") if contents.metrics.get(name)), "")
    specification = MODELS.get(contents.architecture)
    profile = contents.profile
    return ModelFacts(
        title=specification.title if specification else contents.architecture,
        name=contents.name,
        molecule=profile.molecule,
        records=sum(profile.class_counts.get("train", ())) or profile.records,
        shortest=profile.shortest,
        longest=profile.longest,
        labels=contents.label_names,
        metrics=contents.metrics.get(split, {}),
        split=split,
    )
