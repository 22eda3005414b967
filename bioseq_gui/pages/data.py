"""The Data page: what files are there, what is in them, what is odd about them.

Nothing heavy is imported before there are data: this page is the first thing that is painted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from bioseq.errors import BioseqError
from bioseq_gui.pages.data_samples import NoData
from bioseq_gui.theme.tokens import SPACE_3
from bioseq_gui.widgets.basics import Card, button, clear_layout
from bioseq_gui.widgets.page_frame import PageFrame
from bioseq_gui.widgets.text import length_range, number, plain_tip
from bioseq_gui.widgets.turns import Turns

if TYPE_CHECKING:
    from bioseq.config.inspection import Inspection
    from bioseq_gui.pages.data_similarity import SimilarityPanel
    from bioseq_gui.plots.data_plots import ClassCountsPlot, CompositionPlot, HistogramPlot
    from bioseq_gui.session import Session
    from bioseq_gui.tables.sequence_table import SequenceTable
    from bioseq_gui.theme.theme import Theme
    from bioseq_gui.widgets.classes_panel import ClassesPanel
    from bioseq_gui.widgets.file_card import FileCard
    from bioseq_gui.widgets.findings_view import FindingsView
    from bioseq_gui.widgets.preview_note import PreviewNote

_CARD_HEIGHT = 186
_TALL_HEIGHT = 212
"""Of a card that also says which columns are read, or where classes come from."""
_SIMILAR = 3
"""Place of the tab with similar sequences."""
_CLASSES = 4
_LABEL_SOURCE = "data.label_source"


class DataPage(QWidget):
    """The first page of a person's way.

    Signals:
        open_requested: The person wants to choose files.
        folder_requested: The person wants to choose a folder.
        sample_requested: The person wants a sample (its name).
        continue_requested: The person goes on to the model.
        similar_requested: Similar sequences should be looked for.
        similar_stop_requested: Enough has been looked for.
    """

    open_requested = Signal()
    folder_requested = Signal()
    sample_requested = Signal(str)
    continue_requested = Signal()
    similar_requested = Signal()
    similar_stop_requested = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._cards: dict[str, FileCard] = {}
        self._sequences: SequenceTable | None = None
        self._findings: FindingsView | None = None
        self._similar: SimilarityPanel | None = None
        self._classes: ClassesPanel | None = None
        self._note: PreviewNote | None = None
        self._tabs: QTabWidget | None = None
        self._overview: QHBoxLayout | None = None
        self._turns = Turns(self)
        self._plots: tuple[ClassCountsPlot, HistogramPlot, CompositionPlot] | None = None
        self.frame = PageFrame(self.tr("Data"))
        self._stack = QStackedWidget()
        empty = NoData(theme)
        empty.open_requested.connect(self.open_requested)
        empty.folder_requested.connect(self.folder_requested)
        empty.sample_requested.connect(self.sample_requested)
        self._stack.addWidget(empty)
        self.frame.body.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self.frame.primary_clicked.connect(self.continue_requested)
        self.frame.secondary_clicked.connect(self.open_requested)
        session.files_changed.connect(self._show_files)
        session.data_changed.connect(self._show_data)
        session.problems_changed.connect(self._show_readiness)
        theme.changed.connect(self._repaint)
        self._show_files()

    @property
    def tabs(self) -> QTabWidget | None:
        """The tabs below the cards; None before there are data."""
        return self._tabs

    @property
    def cards(self) -> dict[str, FileCard]:
        """Path to the card of that file."""
        return self._cards

    @property
    def sequences(self) -> SequenceTable | None:
        """The table of the records; None before there are data."""
        return self._sequences

    @property
    def findings(self) -> FindingsView | None:
        """The list of findings; None before there are data."""
        return self._findings

    @property
    def classes(self) -> ClassesPanel | None:
        """Labels and the classes that they are read as; None before there are data."""
        return self._classes

    @property
    def preview_note(self) -> str:
        """What is said of the split that is shown; empty where it is the one that training draws."""
        return self._note.text if self._note is not None else ""

    @property
    def similar(self) -> SimilarityPanel:
        """The search for similar sequences."""
        if self._similar is None:
            self._build_filled()
        if self._similar is None:
            raise RuntimeError("no panel")
        return self._similar

    # ------------------------------------------------------------------ filled

    def _build_filled(self) -> None:
        from bioseq_gui.pages.data_similarity import SimilarityPanel
        from bioseq_gui.tables.sequence_table import SequenceTable
        from bioseq_gui.widgets.classes_panel import ClassesPanel
        from bioseq_gui.widgets.facts_card import FactsCard
        from bioseq_gui.widgets.findings_view import FindingsView
        from bioseq_gui.widgets.preview_note import PreviewNote

        self._row = QHBoxLayout()
        self._row.setSpacing(SPACE_3)
        self._row.setContentsMargins(0, 0, 0, 0)
        cards = QWidget()
        cards.setProperty("kind", "page")
        cards.setLayout(self._row)
        area = self._area = QScrollArea()
        area.setWidget(cards)
        area.setWidgetResizable(True)
        area.setFixedHeight(_CARD_HEIGHT)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sequences = SequenceTable(self._theme)
        self._findings = FindingsView(self._theme, self._choices_of)
        self._similar = SimilarityPanel(self._session, self._theme)
        self._note = PreviewNote()
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        for part in (self._tabs, self._tabs.tabBar()):
            part.setAccessibleName(self.tr("Views of the data"))
        overview = QWidget()
        rows = QVBoxLayout(overview)
        rows.setContentsMargins(0, SPACE_3, 0, 0)
        self._overview = QHBoxLayout()
        self._overview.setSpacing(SPACE_3)
        rows.addLayout(self._overview, 1)
        rows.addWidget(self._note)
        self._tabs.addTab(overview, self.tr("Overview"))
        self._tabs.addTab(self._sequences, self.tr("Sequences"))
        self._tabs.addTab(self._findings, self.tr("Findings"))
        self._tabs.addTab(self._similar, self.tr("Similar sequences"))
        self._classes = ClassesPanel(self._session)
        self._tabs.addTab(self._classes, self.tr("Classes"))
        self._classes.setting_chosen.connect(self._decide)
        self._tabs.setCornerWidget(self._shortcut(self._tabs, self._similar))
        below = Card()
        below.body.addWidget(self._tabs)
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self._facts = FactsCard()
        above = QHBoxLayout()
        above.setSpacing(SPACE_3)
        above.addWidget(area, 3)
        above.addWidget(self._facts, 2)
        column.addLayout(above)
        column.addWidget(below, 1)
        self._stack.addWidget(filled)
        self._findings.record_chosen.connect(self.show_record)
        self._findings.setting_chosen.connect(self._decide)
        self._findings.place_requested.connect(self._show_place)
        self._similar.setting_chosen.connect(self._decide)
        self._similar.look_requested.connect(self.similar_requested)
        self._similar.stop_requested.connect(self.similar_stop_requested)
        self._session.configuration_changed.connect(self._show_note)

    def _shortcut(self, tabs: QTabWidget, similar: SimilarityPanel) -> QPushButton:
        """Looks for similar sequences from whichever tab is shown."""
        made = button(self.tr("Look for similar sequences"))

        def look() -> None:
            tabs.setCurrentIndex(_SIMILAR)
            similar.look_requested.emit()

        def show_possible(possible: bool, why: str) -> None:
            made.setEnabled(possible)
            made.setToolTip(plain_tip(why))
            made.setAccessibleDescription(why)

        made.clicked.connect(look)
        similar.possible_changed.connect(show_possible)
        tabs.currentChanged.connect(lambda place: made.setVisible(place != _SIMILAR))
        return made

    def prepare(self) -> None:
        """Build what data will need, before they come."""
        if self._tabs is None:
            self._build_filled()
        if self._plots is None and self._overview is not None:
            self._plots = self._build_plots(self._overview)

    def _show_files(self) -> None:
        files = self._session.files
        if not files:
            self._stack.setCurrentIndex(0)
            self._show_readiness()
            return
        if self._tabs is None:
            self._build_filled()
        self._stack.setCurrentIndex(1)
        self._fill_cards()
        self._show_readiness()

    def _fill_cards(self) -> None:
        from bioseq_gui.widgets.column_choices import LabelSources
        from bioseq_gui.widgets.file_card import WIDTH as CARD_WIDTH
        from bioseq_gui.widgets.file_card import FileCard

        clear_layout(self._row)
        self._cards = {}
        for request in self._session.files:
            card = FileCard(self._theme, request, lambda: LabelSources(*self._choices_of(_LABEL_SOURCE)))
            card.source_chosen.connect(lambda value: self._decide(_LABEL_SOURCE, value))
            card.removed.connect(self._session.remove_file, Qt.ConnectionType.QueuedConnection)
            card.changed.connect(self._session.change_file, Qt.ConnectionType.QueuedConnection)
            card.findings_requested.connect(self._show_findings_of)
            self._cards[request.path] = card
            self._row.addWidget(card)
        self._row.addStretch(1)
        count = len(self._cards)
        self._area.setMaximumWidth(count * CARD_WIDTH + (count - 1) * SPACE_3)
        self._report_cards()

    def _report_cards(self) -> None:
        inspection = self._session.inspection
        for report in inspection.sources if inspection is not None else ():
            card = self._cards.get(report.path)
            if card is not None and inspection is not None:
                card.show_report(report, inspection.profile.label_names)
        told = any(card.taken for card in self._cards.values())
        self._area.setFixedHeight(_TALL_HEIGHT if told else _CARD_HEIGHT)
        if inspection is not None and (sheet := self._cards.get(inspection.config.data.label_sheet)):
            sheet.show_label_sheet()

    def _show_data(self) -> None:
        inspection = self._session.inspection
        if inspection is None or self._tabs is None or self._sequences is None or self._findings is None:
            self._show_readiness()
            return
        self._report_cards()
        protein = str(inspection.molecule) == "protein"
        self._sequences.set_dataset(self._session.dataset, protein=protein)
        self._findings.set_findings(inspection.findings)
        if self._classes is not None:
            self._classes.show_inspection(inspection)
        count = len(inspection.findings)
        self._tabs.setTabText(1, self.tr("Sequences"))
        self._tabs.setTabText(2, self.tr("Findings ({0})").format(count) if count else self.tr("Findings"))
        self._facts.show_profile(inspection.profile)
        self._show_note()
        self._show_overview(inspection)
        self._show_readiness()

    def _show_overview(self, inspection: Inspection) -> None:
        if self._overview is None:
            return
        if self._plots is None:
            self._plots = self._build_plots(self._overview)
        profile = inspection.profile
        counts, lengths, letters = self._plots
        unit = self.tr("aa") if profile.molecule == "protein" else self.tr("nt")
        names = profile.label_names
        lengths.setVisible(not profile.fixed_length)
        self._turns.take(
            lambda: counts.show_data(names, profile.class_counts, profile.unlabelled),
            lambda: letters.show_data(profile.letters, profile.composition, names),
            lambda: lengths.show_data(profile.length_edges, profile.length_counts, names, unit=unit),
        )

    def _show_note(self) -> None:
        if self._note is not None:
            self._note.show_preview(self._session.inspection, self._session.configuration)

    def finish(self) -> None:
        """Draw at once what waits for its turn."""
        self._turns.finish()

    def _build_plots(self, row: QHBoxLayout) -> tuple[ClassCountsPlot, HistogramPlot, CompositionPlot]:
        from bioseq_gui.plots.data_plots import ClassCountsPlot, CompositionPlot, HistogramPlot

        plots = (ClassCountsPlot(self._theme), HistogramPlot(self._theme), CompositionPlot(self._theme))
        for plot in plots:
            row.addWidget(plot, 1)
        return plots

    def _repaint(self) -> None:
        if self._session.inspection is not None and self._session.files:
            self._report_cards()

    # ------------------------------------------------------------------ readiness

    def _show_readiness(self) -> None:
        files, inspection = self._session.files, self._session.inspection
        self.frame.set_secondary(self.tr("Add files…") if files else "")
        if not files:
            self.frame.set_primary("")
            self.frame.set_purpose(self.tr("The sequences to learn from, with the class of each."))
            return
        if self._session.data_error:
            self.frame.set_primary(self.tr("Continue"), False, self._session.data_error)
            self.frame.set_purpose(self.tr("The files could not be read."))
            return
        if inspection is None:
            self.frame.set_primary(self.tr("Continue"), False, self.tr("The files are being read."))
            self.frame.set_purpose(self.tr("Reading and checking the files…"))
            return
        profile = inspection.profile
        classes = len(profile.label_names)
        self.frame.set_purpose(
            self.tr("{0} {1} sequences of {2} letters in {3}.").format(
                number(profile.records),
                _molecule(str(inspection.molecule)),
                length_range(profile.shortest, profile.longest),
                self.tr("1 class") if classes == 1 else self.tr("{0} classes").format(classes),
            )
        )
        why = ""
        if classes < 2:
            why = self.tr("Training needs at least two classes. Add labels, or use these files for prediction.")
        self.frame.set_primary(self.tr("Continue"), not why, why)

    def show_record(self, record: int) -> None:
        """Show a record in the table of sequences."""
        if self._tabs is not None and self._sequences is not None:
            self._tabs.setCurrentIndex(1)
            self._sequences.show_record(record)

    def focus_search(self) -> None:
        """Put the cursor into the search line."""
        if self._tabs is not None and self._sequences is not None and self._session.files:
            self._tabs.setCurrentIndex(1)
            self._sequences.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show_findings_of(self, path: str) -> None:
        if self._tabs is not None and self._findings is not None:
            self._tabs.setCurrentIndex(2)
            self._findings.show_source(path)

    def _choices_of(self, path: str) -> tuple[str, dict[str, str], str]:
        from bioseq.config.fields import describe_fields, value_at

        field = next((field for field in describe_fields() if field.path == path), None)
        if field is None or not (field.choices or field.kind == "bool"):
            return "", {}, ""
        value = value_at(self._session.configuration, path)
        if field.kind == "bool":
            return field.title, {"true": self.tr("Yes"), "false": self.tr("No")}, str(value).lower()
        return field.title, {str(key): str(words) for key, words in (field.choices or {}).items()}, str(value)

    def _show_place(self, path: str, source: str) -> None:
        """Show where an option is set: the list of classes, or the card of the file."""
        from bioseq_gui.widgets.findings_view import CLASS_SETTINGS

        if path in CLASS_SETTINGS and self._tabs is not None:
            self._tabs.setCurrentIndex(_CLASSES)
            return
        tables = {name: card for name, card in self._cards.items() if card.is_table}
        card = tables.get(source, next(iter(tables.values()), None))
        if card is not None:
            self._area.ensureWidgetVisible(card)
            card.open_columns()

    def _decide(self, path: str, value: object) -> None:
        if value in ("true", "false"):
            value = value == "true"
        try:
            self._session.edit(path, value)
        except BioseqError as error:
            self.frame.message.show_message(str(error), "error")


def _molecule(name: str) -> str:
    from bioseq_gui.widgets.file_card import molecule_title

    return molecule_title(name) if name != "protein" else molecule_title(name).lower()
