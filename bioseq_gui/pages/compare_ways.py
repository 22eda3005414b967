"""The three ways to begin a study: each a panel with few choices, all of them made already."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QSpinBox, QWidget

from bioseq.catalogue.registry import MODELS, specification
from bioseq.errors import BioseqError
from bioseq.studies.candidates import candidates_for
from bioseq.studies.crew import workers_for
from bioseq.studies.plan import MOST_ENTRIES, Plan
from bioseq_gui.forms.choice_row import ChoiceRow
from bioseq_gui.forms.editors import TEXT_MARGIN, FolderEditor
from bioseq_gui.forms.model_ticks import ModelTicks
from bioseq_gui.forms.options import from_specification
from bioseq_gui.forms.vary_setting import VarySetting
from bioseq_gui.pages.compare_parts import Choices, beside_models, budget_row, profile_of
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, button, label, separator, set_kind
from bioseq_gui.widgets.text import number

if TYPE_CHECKING:
    from bioseq.studies.candidates import Candidate, LeftOut
    from bioseq_gui.forms.options import Option
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

USUAL_MINUTES = 10
_USUAL = ("lr", "random_forest", "hist_gradient_boosting", "text_cnn", "cnn_bilstm")
"""Simple and deep models that begin ticked, where they suit the data."""
_SCREENING = 0.45
"""Share of the time that goes into the short list."""


class BestWay(Card):
    """Find the best model: a budget of time, a pretrained model if there is one, and what will happen.

    Attributes:
        time: The budget, minutes.
        encoder: Folder of a pretrained model to try beside the others; may be empty.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session = session
        self.time = budget_row()
        self.encoder = FolderEditor(_encoder_option(self.tr("Pretrained model")))
        self._about_encoder = label("", "muted", wrap=True)
        self._steps = QGridLayout()
        self._count = label("", "strong")
        self._tried = label("", "muted", wrap=True)
        self._left = label("", "muted", wrap=True)
        self._more = button("", "link")
        self._more.setCheckable(True)
        self._arrange()
        self.time.changed.connect(self._show)
        self.encoder.edited.connect(lambda _folder: self._show())
        self._more.toggled.connect(self._left.setVisible)
        self._left.setVisible(False)

    def _arrange(self) -> None:
        choices = Choices()
        choices.add(self.tr("How long may it take?"), self.time)
        choices.add(self.tr("A pretrained model too? (optional)"), self.encoder, self._about_encoder)
        self.body.addLayout(choices)
        self._steps.setHorizontalSpacing(SPACE_3)
        self._steps.setVerticalSpacing(SPACE_1)
        for place, (title, text) in enumerate(self._what_happens()):
            self._steps.addWidget(label(f"{place + 1}", "figure"), 0, place)
            self._steps.addWidget(label(title, "strong", wrap=True), 1, place, Qt.AlignmentFlag.AlignTop)
            made = label(text, "muted", wrap=True)
            self._steps.addWidget(made, 2, place, Qt.AlignmentFlag.AlignTop)
            self._steps.setColumnStretch(place, 1)
        self.body.addSpacing(SPACE_2)
        self.body.addLayout(self._steps)
        self.body.addSpacing(SPACE_2)
        self.body.addWidget(separator())
        self.body.addWidget(self._count)
        self.body.addWidget(self._tried)
        self.body.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._left)
        self.body.addStretch(1)

    def _what_happens(self) -> tuple[tuple[str, str], ...]:
        return (
            (
                self.tr("Try a short list"),
                self.tr("Simple and deep models that suit your data, each for a short time."),
            ),
            (
                self.tr("Go on with the promising"),
                self.tr("The better half goes on for longer, then the better half of those."),
            ),
            (
                self.tr("Make sure"),
                self.tr("The best are trained on several parts of the records, so that luck counts less."),
            ),
            (self.tr("Combine"), self.tr("Several answer together where validation says that this is better.")),
            (self.tr("Judge once"), self.tr("The test records, unseen until then, are opened once, for the result.")),
        )

    @property
    def action(self) -> str:
        """What the button that begins says."""
        return self.tr("Find the best model")

    def plan(self) -> Plan:
        """The budget; the engine chooses the models."""
        return Plan("best", minutes=float(self.time.value), encoder=self.encoder.value().strip())

    def use_encoder(self, folder: str) -> None:
        """Try the pretrained model in this folder too."""
        self.encoder.show_value(folder)
        self._show()

    def fault(self) -> str:
        """Why it cannot begin."""
        try:
            chosen, _ = self._candidates()
        except BioseqError as error:
            return " ".join(part for part in (error.message, error.remedy) if part)
        if self._session.inspection is not None and not chosen:
            return self.tr("No model suits these data.")
        return ""

    def refresh(self) -> None:
        """Say what would be tried with these data."""
        self._show()

    def _show(self) -> None:
        fault = ""
        try:
            chosen, left = self._candidates()
        except BioseqError as error:
            fault, chosen, left = error.message, (), ()
        about = self.tr(
            "One that has read millions of sequences, as ESM-2, knows what few labelled records cannot tell."
        )
        self._about_encoder.setText(fault or about)
        set_kind(self._about_encoder, "bad" if fault else "muted")
        self.encoder.set_wrong(bool(fault))
        titles = "; ".join(candidate.variant.title for candidate in chosen)
        one, many = (
            self.tr("The short list for your data: 1 model"),
            self.tr("The short list for your data: {0} models"),
        )
        self._count.setText((one if len(chosen) == 1 else many).format(len(chosen)) if chosen else "")
        self._tried.setText(f"{titles}." if chosen else "")
        reasons = "\n".join(f"{one.title}: {one.reason}" for one in left)
        self._left.setText(reasons)
        self._more.setText(self.tr("{0} left out, with reasons").format(len(left)))
        self._more.setVisible(bool(left))
        self._left.setVisible(bool(left) and self._more.isChecked())
        self.changed.emit()

    def _candidates(self) -> tuple[tuple[Candidate, ...], tuple[LeftOut, ...]]:
        profile = profile_of(self._session)
        if profile is None:
            return (), ()
        learnt = sum(sum(counts) for split, counts in profile.class_counts.items() if split != "test")
        return candidates_for(
            self._session.configuration,
            profile,
            records=learnt,
            seconds=_first_share(60.0 * self.time.value),
            encoder=self.encoder.value().strip(),
        )


def _encoder_option(title: str) -> Option:
    """The folder of a pretrained model, as the form of that model has it, under another name."""
    options = from_specification(specification("pretrained"))
    return replace(next(option for option in options if option.kind == "folder"), title=title)


def _first_share(seconds: float) -> float:
    """Thread-seconds that all first trainings may take together, about as the engine shares out its time."""
    return workers_for(0) * _SCREENING * seconds


class CompareWay(Card):
    """Compare models: which ones, how often, on which records, and perhaps one setting that varies."""

    changed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session = session
        self.models = ModelTicks(theme)
        self.seeds = ChoiceRow(
            self.tr("Trainings of each with different seeds"),
            ((1, self.tr("Once")), (3, self.tr("3 times")), (5, self.tr("5 times"))),
        )
        self.judging = ChoiceRow(
            self.tr("Records that judge"),
            ((0, self.tr("The test records")),),
            own=self.tr("Cross-validation"),
            bounds=(2, 20),
            unit=self.tr("folds"),
        )
        self.judging.box.setValue(5)
        self.vary = VarySetting()
        self._total = label("", "muted", wrap=True)
        self._begun = False
        self._arrange()
        self.models.changed.connect(self._models_changed)
        for part in (self.seeds, self.judging, self.vary):
            part.changed.connect(self._show)

    def _arrange(self) -> None:
        choices = Choices()
        choices.add(self.tr("How often is each trained?"), self.seeds)
        choices.add(self.tr("Which records judge?"), self.judging)
        choices.add(self.tr("Vary a setting?"), self.vary)
        self.body.addLayout(beside_models(self.models, choices, self._total), 1)

    @property
    def action(self) -> str:
        """What the button that begins says."""
        count = len(self.models.ticked)
        return self.tr("Compare {0} models").format(count) if count != 1 else self.tr("Compare settings")

    def plan(self) -> Plan:
        """The ticked models over the chosen seeds, folds and values."""
        varied = (self.vary.text,) if self.vary.text else ()
        return Plan("compare", self.models.ticked, varied, seeds=self.seeds.value, folds=self.judging.value)

    def fault(self) -> str:
        """Why it cannot begin."""
        ticked = self.models.ticked
        if not ticked:
            return self.tr("Tick two models, or one and a setting that varies.")
        if len(ticked) == 1 and not self.vary.text:
            return self.tr("Tick another model, or vary a setting of this one.")
        if fault := self.vary.fault(self._session.configuration, self.plan()):
            return fault
        if self._trainings() > MOST_ENTRIES:
            return self.tr("That would be {0} trainings; at most {1} are possible.").format(
                number(self._trainings()), number(MOST_ENTRIES)
            )
        return ""

    def refresh(self) -> None:
        """Say which models suit the data; the first time, tick a few."""
        profile = profile_of(self._session)
        self.models.show_data(self._session.configuration, profile)
        if profile is not None and not self._begun:
            self._begun = True
            self.models.tick({*_USUAL, self._session.configuration.model.name})
        self._models_changed()

    def _models_changed(self) -> None:
        self.vary.offer(self.models.ticked)
        self._show()

    def _trainings(self) -> int:
        values = self.vary.text.partition("=")[2].count(",") + 1 if self.vary.text else 1
        return len(self.models.ticked) * values * self.seeds.value * max(1, self.judging.value)

    def _show(self) -> None:
        count = self._trainings()
        text = self.tr("That is 1 training.") if count == 1 else self.tr("That is {0} trainings.")
        why = self.tr(
            "All learn and are judged by the same records. Validation records order them; differences on the records "
            "that judge are tested, and p-values corrected for the number of pairs."
        )
        self._total.setText(f"{text.format(number(count))} {why}" if count else why)
        self.vary.show_fault(self.vary.fault(self._session.configuration, self.plan()) if self.models.ticked else "")
        self.changed.emit()


def search_missing() -> str:
    """Why settings cannot be searched, with the line that mends it; empty when they can."""
    if importlib.util.find_spec("optuna") is not None:
        return ""
    text = QCoreApplication.translate("ComparePage", "Searching needs the package optuna. Install it with: {0}")
    return text.format('pip install "bioseq-studio[search]"')


class SearchWay(Card):
    """Search settings: of which models, how long, and whether the search itself is judged (nested)."""

    changed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session = session
        self.models = ModelTicks(theme)
        self.time = budget_row()
        self.judging = ChoiceRow(
            self.tr("What judges the search"),
            ((0, self.tr("The test records")),),
            own=self.tr("Nested search"),
            bounds=(2, 20),
            unit=self.tr("folds"),
        )
        self.judging.box.setValue(5)
        self._judging_about = label("", "muted", wrap=True)
        self.limited = QCheckBox(self.tr("At most"))
        self.trials = QSpinBox()
        self.trials.setRange(1, MOST_ENTRIES)
        self.trials.setValue(50)
        self.trials.setSuffix(" " + self.tr("trials"))
        self.trials.setAccessibleName(self.tr("Trials at most"))
        self.trials.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
        self.trials.setEnabled(False)
        self._missing = label(search_missing(), "warning", wrap=True, selectable=True)
        self._missing.setVisible(bool(search_missing()))
        self._about = label(
            self.tr(
                "Each trial trains with other settings, drawn from the range of every setting of the model and learnt "
                "from the trials before; hopeless ones are ended early. Trials are judged by validation records only."
            ),
            "muted",
            wrap=True,
        )
        self._begun = False
        self._arrange()
        for part in (self.models, self.time):
            part.changed.connect(self.changed)
        self.judging.changed.connect(self._show_judging)
        self._show_judging()
        self.limited.toggled.connect(self.trials.setEnabled)
        self.limited.toggled.connect(lambda _: self.changed.emit())
        self.trials.valueChanged.connect(lambda _: self.changed.emit())

    def _arrange(self) -> None:
        limit = QWidget()
        line = QHBoxLayout(limit)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.limited)
        line.addWidget(self.trials)
        line.addStretch(1)
        choices = Choices()
        choices.add(self.tr("How long may it take?"), self.time)
        choices.add(self.tr("How many trials?"), limit)
        choices.add(self.tr("What judges the search?"), self.judging, self._judging_about)
        self.body.addLayout(beside_models(self.models, self._missing, choices, self._about), 1)

    def _show_judging(self) -> None:
        folds = int(self.judging.value)
        nested = self.tr(
            "Each of {0} folds is kept out of a whole search of its own, whose winner is trained again and judged by "
            "it; the figures over the folds tell what such a search is worth on your data. One more search over all "
            "records makes the model. The {1} searches share the time, so give it more."
        )
        quick = self.tr(
            "Quick: one split chooses the settings, so its validation figures flatter; the test records judge the "
            "best settings once, at the end."
        )
        self._judging_about.setText(nested.format(number(folds), number(folds + 1)) if folds else quick)
        self.changed.emit()

    @property
    def action(self) -> str:
        """What the button that begins says."""
        return self.tr("Search settings")

    def plan(self) -> Plan:
        """The ticked models within the budget."""
        trials = self.trials.value() if self.limited.isChecked() else 0
        minutes = float(self.time.value)
        return Plan("search", self.models.ticked, folds=int(self.judging.value), minutes=minutes, trials=trials)

    def fault(self) -> str:
        """Why it cannot begin."""
        if missing := search_missing():
            return missing
        return "" if self.models.ticked else self.tr("Tick the model whose settings are to be searched.")

    def refresh(self) -> None:
        """Say which models suit the data; the first time, tick the chosen one."""
        profile = profile_of(self._session)
        self.models.show_data(self._session.configuration, profile)
        name = self._session.configuration.model.name
        if profile is not None and not self._begun and name in MODELS:
            self._begun = True
            self.models.tick((name,))
        self.changed.emit()


Way = BestWay | CompareWay | SearchWay
"""One way to begin: what its button says (`action`), what is to be done (`plan`), why not (`fault`)."""
