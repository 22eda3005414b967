"""Part of the Data page: similar sequences, looked for before anything is trained, and what follows for the split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QTabWidget, QVBoxLayout, QWidget

from bioseq.config.kinship import SIZES
from bioseq.config.relatives import strand_blind
from bioseq.evaluation.nearness import Nearness
from bioseq.sequences.similarity.choices import seconds_for
from bioseq.sequences.wording import listed
from bioseq_gui.pages.results_similarity import NearnessPlot
from bioseq_gui.plots.data_plots import ClusterSizesPlot
from bioseq_gui.tables.pair_dialog import PairDialog, add_align_button
from bioseq_gui.tables.text_table import TextTable
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import button, label, set_kind
from bioseq_gui.widgets.text import duration, number, plain_tip

if TYPE_CHECKING:
    from bioseq.config.kinship import Kinship, PairShown, SideShown
    from bioseq.config.schema import Configuration
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

_SOON_S = 10.0
"""Seconds below which nobody needs to know how long it takes."""
_NOT_ASKED = {"similar_to_test", "similar_in_training"}
"""Settings of the split that change nothing in what is found."""
_STEPS = 1_000


class SimilarityPanel(QWidget):
    """Offers to look for similar sequences, follows the search, and shows what it found.

    Attributes:
        ask: Starts the search.
        stop: Gives it up.
        mend: Changes the setting that keeps relatives apart; hidden where there is nothing to mend.
        align: Shows the chosen pair letter by letter.

    Signals:
        look_requested: Similar sequences should be looked for.
        stop_requested: The search should end.
        setting_chosen: Path and value of a setting.
        possible_changed: Whether a search can begin now, and why not.
    """

    look_requested = Signal()
    stop_requested = Signal()
    setting_chosen = Signal(str, object)
    possible_changed = Signal(bool, str)

    def __init__(self, session: Session, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._found: Kinship | None = None
        self._asked: object = None
        self._running = False
        self._reason = ""
        self._mending: tuple[str, str] | None = None
        self.ask = button(self.tr("Look for similar sequences"))
        self.stop = button(self.tr("Cancel"), tip=self.tr("Leave it; nothing is kept"))
        self.mend = button("")
        self._sentence = label("", "strong", wrap=True, selectable=True)
        self._note = label("", "muted", wrap=True, selectable=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the search for similar sequences"))
        self.nearest = NearnessPlot(theme)
        self.sizes = ClusterSizesPlot(theme)
        self._figures: dict[str, QLabel] = {}
        self._titles: dict[str, QLabel] = {}
        self._result = self._build_result()
        self._arrange()
        self.ask.clicked.connect(self.look_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.mend.clicked.connect(self._do_mend)
        session.configuration_changed.connect(self._show)
        session.data_changed.connect(self.forget)
        session.run_changed.connect(self._show_possible)
        self.show_progress(0, 0)

    # ------------------------------------------------------------------ parts

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(self._sentence, 1)
        for action in (self.mend, self.ask, self.stop):
            head.addWidget(action, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_3, 0, 0)
        column.setSpacing(SPACE_2)
        column.addLayout(head)
        column.addWidget(self._note)
        column.addWidget(self._bar)
        column.addWidget(self._result, 1)
        column.addStretch(0)

    def _build_result(self) -> QWidget:
        figures = QHBoxLayout()
        figures.setSpacing(SPACE_4)
        for key in ("clusters", "largest", "alone", "copies", "across", "training"):
            figure, title = label("–", "figure"), label("", "muted", wrap=True)
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(figure)
            cell.addWidget(title)
            cell.addStretch(1)
            figures.addLayout(cell, 1)
            self._figures[key], self._titles[key] = figure, title
        self.clusters = TextTable(
            self.tr("Largest clusters"), [self.tr("Records"), self.tr("Stands for it"), self.tr("Classes")], numbers=[0]
        )
        identity = self.tr("Identity")
        kept, training = self.tr("Kept back (class)"), self.tr("For training (class)")
        self.across = TextTable(self.tr("Most alike across the split"), [kept, training, identity], numbers=[2])
        one, other = self.tr("Record (class)"), self.tr("Its relative (class)")
        self.between = TextTable(self.tr("Most alike between classes"), [one, other, identity], numbers=[2])
        self.across.cellActivated.connect(self._show_across)
        self.between.cellActivated.connect(self._show_between)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(self.tr("Clusters and pairs"))
        self.tabs.addTab(self.across, self.tr("Across the split"))
        self.tabs.addTab(self.clusters, self.tr("Clusters"))
        self.tabs.addTab(self.between, self.tr("Between classes"))
        self.align = add_align_button(self.tabs, (self.across, self.between))
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        row.addWidget(self.nearest, 4)
        row.addWidget(self.sizes, 3)
        row.addWidget(self.tabs, 5)
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addLayout(figures)
        column.addLayout(row, 1)
        return made

    @property
    def text(self) -> str:
        """What it says."""
        return " ".join(part for part in (self._sentence.text(), self._note.text()) if part)

    @property
    def figures(self) -> dict[str, str]:
        """The figures that it shows."""
        return {key: figure.text() for key, figure in self._figures.items()}

    # ------------------------------------------------------------------ the search

    def show_progress(self, done: int, total: int) -> None:
        """So many parts of so many are done; 0 of 0 when nothing is under way, -1 when that is not known yet."""
        if total and not self._running:
            self._asked = _asked(self._session.configuration)
            self._reason = ""
        self._running = total != 0
        self._bar.setRange(0, _STEPS if total > 0 else 0)
        self._bar.setValue(round(_STEPS * done / total) if total > 0 else 0)
        self._show()

    def show_found(self, found: Kinship) -> None:
        """Show what a search found."""
        self._found, self._reason = found, ""
        self._show()

    def show_given_up(self, reason: str) -> None:
        """A search ended without a result."""
        self._reason = reason
        self._show()

    def forget(self) -> None:
        """The records are others."""
        self._found, self._reason = None, ""
        self._show()

    # ------------------------------------------------------------------ what it says

    def _show(self) -> None:
        found = self._found
        self._bar.setVisible(self._running)
        self.stop.setVisible(self._running)
        self.ask.setVisible(not self._running)
        self._result.setVisible(found is not None and not self._running)
        self._mending = None
        if self._running:
            self._say(self.tr("Comparing the sequences with one another…"), self._estimate())
        elif found is None:
            self._say(self.tr("Are some of these sequences close relatives of one another?"), self._invitation())
        else:
            self._show_found(found)
        self.mend.setVisible(self._mending is not None)
        self._name(self.tr("Look again") if found is not None else self.tr("Look for similar sequences"))
        self._show_possible()

    def _say(self, sentence: str, note: str, kind: str = "strong") -> None:
        self._sentence.setText(sentence)
        set_kind(self._sentence, kind)
        self._note.setText(" ".join(part for part in (note, self._reason) if part))

    def _name(self, text: str) -> None:
        self.ask.setText(text)
        self.ask.setAccessibleName(text)

    def _invitation(self) -> str:
        why = self.tr(
            "A model that is judged by relatives of its training records looks better than it is with new sequences. "
            "This looks for clusters of similar sequences, and for those that stand on both sides of the split."
        )
        return f"{why} {self._estimate()}".rstrip()

    def _estimate(self) -> str:
        inspection = self._session.inspection
        seconds = seconds_for(inspection.profile) if inspection is not None else 0.0
        if seconds < _SOON_S:
            return ""
        return self.tr("For so many records it may take about {0} or more; you can go on meanwhile.").format(
            duration(round(seconds, -1))
        )

    def _show_found(self, found: Kinship) -> None:
        config = self._session.configuration
        crossing = [side for side in found.sides if side.similar]
        sentence = " ".join(self._crossing(side) for side in crossing) or self._clean(found)
        notes = [self._meaning(found, crossing, config)]
        if _asked(config) != self._asked:
            notes.append(self.tr("The settings have changed since: look again."))
        notes.append(self.tr("Compared by {0}.").format(found.method))
        self._say(sentence, " ".join(note for note in notes if note), "warning" if crossing else "good")
        self._show_figures(found)
        side = found.sides[0] if found.sides else None
        if side is None:
            self.nearest.show_nothing(self.tr("No record is kept back from training."))
        else:
            self.nearest.show_nearness(_as_nearness(found, side))
        self.sizes.show_data(SIZES, found.by_size)
        self.clusters.show_rows(
            [(number(one.records), one.representative, _classes(one.classes)) for one in found.largest]
        )
        self.across.show_rows([_row(pair) for pair in found.across_pairs])
        self.between.show_rows([_row(pair) for pair in found.between_pairs])

    def _crossing(self, side: SideShown) -> str:
        text = {
            "test": self.tr("{0} of {1} test records ({2:.0f} %) are similar to a training record."),
            "validation": self.tr("{0} of {1} validation records ({2:.0f} %) are similar to a training record."),
        }[side.split]
        return text.format(number(side.similar), number(side.records), 100 * side.similar / side.records)

    def _clean(self, found: Kinship) -> str:
        if not found.sides:
            return self.tr("No record is kept back from training, so none can have a relative there.")
        return self.tr("No record that is kept back is similar to a training record.")

    def _meaning(self, found: Kinship, crossing: list[SideShown], config: Configuration) -> str:
        """What follows from it; offers the setting that mends it."""
        if not crossing:
            whole = self.tr("Whole clusters of similar sequences stand on one side of the split.")
            return whole if found.drawn == "similarity" else ""
        flatters = self.tr("Judged by relatives of its training records, a model looks better than it is.")
        if any(side.drawn for side in crossing):
            if config.split.method == "random":
                self._offer("split.method", "similarity", self.tr("Keep similar sequences on one side"))
                return flatters
            if found.drawn == "random" and _asked(config) == self._asked:
                return self.tr(
                    "Their clusters are too large to stand on one side. A higher identity makes smaller clusters."
                )
        if not any(side.split == "test" and not side.drawn for side in crossing):
            return flatters
        if config.split.similar_to_test == "drop_from_train":
            return self.tr("The files say so; training leaves such training records out.")
        self._offer("split.similar_to_test", "drop_from_train", self.tr("Leave such training records out"))
        return f"{self.tr('The files name these records.')} {flatters}"

    def _offer(self, path: str, value: str, text: str) -> None:
        self._mending = (path, value)
        self.mend.setText(text)
        self.mend.setAccessibleName(text)

    def _show_across(self, row: int) -> None:
        if self._found is not None:
            self._show_pair(self._found.across_pairs[row], self.tr("Kept back"), self.tr("For training"))

    def _show_between(self, row: int) -> None:
        if self._found is not None:
            self._show_pair(self._found.between_pairs[row], self.tr("Record"), self.tr("Its relative"))

    def _show_pair(self, pair: PairShown, first: str, second: str) -> None:
        one, other, _ = _row(pair)
        records = (first, one), (second, other)
        PairDialog(self._theme, records, pair.identity, pair.alignment, self.window()).open()

    def _do_mend(self) -> None:
        """Set what mends it; how records are drawn then is looked at again, which is quick: the clusters are known."""
        if self._mending is None:
            return
        path, value = self._mending
        self.setting_chosen.emit(path, value)
        if path == "split.method" and self.ask.isEnabled():
            self.look_requested.emit()

    def _show_figures(self, found: Kinship) -> None:
        percent = f"{100 * found.identity:.0f}"
        largest = found.largest[0].records if found.largest else min(1, found.records)
        words = {
            "clusters": (found.clusters, self.tr("clusters at {0} % identity").format(percent)),
            "largest": (largest, self.tr("records in the largest")),
            "alone": (found.alone, self.tr("similar to no other")),
            "copies": (found.copies, self.tr("repeats, letter by letter")),
            "across": (found.across, self.tr("of {0} kept back are like training").format(number(found.kept_back))),
            "training": (found.training_across, self.tr("training records in clusters on both sides")),
        }
        for key, (figure, title) in words.items():
            self._figures[key].setText(number(figure))
            self._titles[key].setText(title)

    # ------------------------------------------------------------------ when it can be asked for

    def _show_possible(self) -> None:
        why = self._why_not()
        self.ask.setEnabled(not why)
        self.ask.setToolTip(plain_tip(why))
        self.ask.setAccessibleDescription(why)
        self.possible_changed.emit(not why, why)

    def _why_not(self) -> str:
        session = self._session
        if session.inspection is None:
            return self.tr("The files are being read.")
        if session.live or session.studying:
            return self.tr("A training is under way. Look when it is done.")
        return self.tr("The sequences are being compared.") if self._running else ""


def _asked(config: Configuration) -> object:
    """What decides what is found."""
    return config.data, config.split.model_dump(exclude=_NOT_ASKED), strand_blind(config)


def _as_nearness(found: Kinship, side: SideShown) -> Nearness:
    """What a plot of a run's nearest training records shows, before there is a run."""
    return Nearness(
        split=side.split,
        identity=found.identity,
        records=side.records,
        looked_at=side.records,
        similar=side.similar,
        copies=side.copies,
        in_files=0,
        counts=side.counts,
        worst=(),
        figures={},
        figures_without={},
        method=found.method,
    )


def _classes(classes: dict[str, int]) -> str:
    return listed([f"{name}: {number(count)}" for name, count in classes.items()], last=", ")


def _row(pair: PairShown) -> tuple[str, str, str]:
    first = f"{pair.first} ({pair.first_label or '–'})"
    second = f"{pair.second} ({pair.second_label or '–'})"
    return first, second, f"{100 * pair.identity:.0f} %"
