"""A card per model of the catalogue, and a card per preset."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from bioseq.catalogue.ensemble import Ensemble
from bioseq.catalogue.estimate import Estimate, estimate
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape
from bioseq.config.checks import task_shape
from bioseq.config.ensembles import member_configurations
from bioseq.config.epochs import records_per_epoch
from bioseq.config.suitability import why_unsuited
from bioseq_gui.forms.network_drawing import NetworkDrawing
from bioseq_gui.widgets.basics import Card, Chip, label, set_kind
from bioseq_gui.widgets.text import duration, number, plain_tip, size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bioseq.catalogue.specification import ModelSpecification
    from bioseq.config.presets import Preset
    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import CostMeasured
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.profile import DataProfile
    from bioseq_gui.theme.theme import Theme

_QUICK_SECONDS = 60.0
_SLOW_SECONDS = 900.0


def estimate_for(config: Configuration, profile: DataProfile, model: ModelSpecification) -> Estimate | None:
    """What training a network would cost with these data; None when it cannot be built for them or is none.

    An ensemble costs what its networks cost together, and the memory of the largest: they are trained in turn.
    """
    if isinstance(model, Ensemble):
        return _estimate_for_members(config, profile, model)
    if not isinstance(model, Architecture):
        return None
    chosen = model.name == config.model.name
    hyper: Mapping[str, bool | int | float | str] = config.model.hyper if chosen else {}
    task: TaskShape = task_shape(config, profile)
    if model.problems(hyper, task):
        return None
    longest = config.data.longest or profile.longest
    made = estimate(
        model,
        task,
        hyper,
        records=records_per_epoch(config, profile),
        batch_size=config.training.batch_size,
        median_tokens=min(profile.median_length, longest),
    )
    passes = 2 if config.training.adversarial else 1
    return replace(made, seconds_per_epoch=made.seconds_per_epoch * passes)


def _estimate_for_members(config: Configuration, profile: DataProfile, ensemble: Ensemble) -> Estimate | None:
    hyper = config.model.hyper if config.model.name == ensemble.name else {}
    chosen = config.model.model_copy(update={"name": ensemble.name, "hyper": hyper})
    members = member_configurations(config.model_copy(update={"model": chosen}))
    found = [estimate_for(member, profile, ensemble.known[member.model.name]) for member in members]
    costs = [cost for cost in found if cost is not None]
    if not costs:
        return None
    return Estimate(
        parameters=sum(cost.parameters for cost in costs),
        seconds_per_epoch=sum(cost.seconds_per_epoch for cost in costs),
        memory_bytes=max(cost.memory_bytes for cost in costs),
        seconds_once=sum(cost.seconds_once for cost in costs),
    )


class ModelCard(Card):
    """One network, feature baseline or ensemble.

    Attributes:
        model: Its specification.
        selected: It is the chosen one.
        words: All that a search may find in it, in small letters.
    """

    def __init__(self, theme: Theme, model: ModelSpecification, family: str, *, parent: QWidget | None = None) -> None:
        super().__init__(clickable=True, parent=parent)
        self._theme = theme
        self.model = model
        self.selected = False
        self.setAccessibleName(model.title)
        self.setAccessibleDescription(model.summary)
        self.words = f"{model.name} {' '.join(model.aliases)} {model.title} {family} {model.summary} {model.good_for} "
        self.words = f"{self.words} {model.paper}".casefold()
        self._cost = Chip(theme, "")
        self._figures = label("", "muted", wrap=True)
        head = QHBoxLayout()
        head.addWidget(label(model.title, "strong"), 1)
        head.addWidget(self._cost)
        self.body.addLayout(head)
        self.body.addWidget(NetworkDrawing(theme, model.blocks))
        self.body.addWidget(label(model.summary, wrap=True))
        self.body.addStretch(1)
        self.body.addWidget(self._figures)
        self.setToolTip(plain_tip(f"{model.good_for}\n{model.paper} {model.doi}".strip()))
        self.show_cost(None)

    @property
    def figures(self) -> str:
        """What training costs, or why the model does not suit the data, in words."""
        return self._figures.text()

    def show_choice(
        self, config: Configuration, profile: DataProfile | None, cost: Callable[[str], CostMeasured | None]
    ) -> None:
        """Mark it when it is chosen; say what it costs with these data, or why it does not suit them."""
        if (config.model.name == self.model.name) != self.selected:
            self.selected = not self.selected
            self.set_selected(self.selected)
        why = why_unsuited(self.model, config, profile)
        set_kind(self._figures, "warning" if why else "muted")
        if why:
            self._say(self.tr("not for these data") if profile else self.tr("not installed"), "muted", why)
            return
        estimated = estimate_for(config, profile, self.model) if profile else None
        self.show_cost(estimated, config.training.epochs, cost(self.model.name) if profile else None)

    def show_cost(self, cost: Estimate | None, epochs: int = 1, measured: CostMeasured | None = None) -> None:
        """Show what training costs with these data; without data, how cost grows with length.

        Args:
            cost: The estimate.
            epochs: Epochs at most.
            measured: What was measured on this machine, if anything was.
        """
        if isinstance(self.model, Ensemble) and cost is None:
            text = self.tr("as long as its members together · {0}").format(self.model.paper)
            self._say(self.tr("several models"), "muted", text)
            return
        if not isinstance(self.model, Architecture | Ensemble):
            self._say(self.tr("quick"), "good", self.tr("No network: trains in seconds · {0}").format(self.model.paper))
            return
        if cost is None:
            quadratic = isinstance(self.model, Architecture) and self.model.cost is Cost.QUADRATIC
            self._say(self.tr("short sequences") if quadratic else self.tr("any length"), "muted", self.model.paper)
            return
        seconds = (measured or cost).seconds_per_epoch * epochs + cost.seconds_once
        if measured is not None and cost.seconds_once:  # the first epoch was measured, which is unlike the others
            seconds = measured.seconds_per_epoch + cost.seconds_per_epoch * epochs
        if seconds < _QUICK_SECONDS:
            word, tone = self.tr("quick"), "good"
        elif seconds < _SLOW_SECONDS:
            word, tone = self.tr("medium"), "warning"
        else:
            word, tone = self.tr("slow"), "bad"
        figures = self.tr("{0} weights · ≤ {1}").format(number(cost.parameters), roughly(seconds))
        if measured is not None:
            figures = self.tr("{0} (measured) · {1}").format(figures, size(measured.memory_bytes))
        self._say(word, tone, f"{figures} · {self.model.paper}")

    def _say(self, word: str, tone: str, figures: str) -> None:
        self._cost.set_text(word)
        self._cost.set_colour(getattr(self._theme.palette, tone))
        self._figures.setText(figures)


class PresetCard(Card):
    """One preset.

    Attributes:
        preset: What it sets.
        selected: The settings are those of the preset.
        words: All that a search may find in it, in small letters.
    """

    def __init__(
        self, theme: Theme, preset: Preset, model: ModelSpecification, *, parent: QWidget | None = None
    ) -> None:
        super().__init__(clickable=True, parent=parent)
        self.preset = preset
        self.selected = False
        self.setAccessibleName(preset.title)
        self.setAccessibleDescription(preset.description)
        molecules = ", ".join(_molecule_word(molecule) for molecule in preset.molecules)
        self.words = f"{preset.name} {preset.title} {preset.description} {model.title} {molecules}".casefold()
        title = label(preset.title, "strong", wrap=True)
        self.body.addWidget(title)
        self.body.addWidget(label(preset.description, wrap=True))
        self.body.addStretch(1)
        head = QHBoxLayout()
        head.addWidget(Chip(theme, model.title, theme.palette.accent))
        head.addStretch(1)
        self.body.addLayout(head)
        self._note = label("", "warning", wrap=True)
        self._note.setVisible(False)
        self.body.addWidget(self._note)

    def show_choice(
        self,
        config: Configuration,
        profile: DataProfile | None,
        cost: Callable[[str], CostMeasured | None],  # noqa: ARG002 - as of all cards
    ) -> None:
        """Mark it when the settings are those of the preset; say when it is made for another molecule."""
        same = all(_value(config, path) == value for path, value in self.preset.values)
        if same != self.selected:
            self.selected = same
            self.set_selected(same)
        suits = profile is None or self.preset.suits(profile.molecule)
        self.setEnabled(suits)
        self._note.setVisible(not suits)
        if not suits:
            made_for = " / ".join(_molecule_word(molecule) for molecule in self.preset.molecules)
            self._note.setText(self.tr("Made for {0}.").format(made_for))


def family_title(family: Family) -> tuple[str, str]:
    """The heading of a family and one sentence on it."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Gallery", text)

    return {
        Family.BASIC: (tr("Basic"), tr("Every position at once; for windows of one length.")),
        Family.CONVOLUTIONAL: (tr("Convolution"), tr("Look for motifs, wherever they stand.")),
        Family.RECURRENT: (tr("Recurrent"), tr("Read letter by letter and remember.")),
        Family.ATTENTION: (tr("Attention"), tr("Relate every part of a sequence to every other.")),
        Family.GRAPH: (tr("Graph"), tr("Join the words of a sequence into a net.")),
        Family.PRETRAINED: (
            tr("Pretrained"),
            tr("Have read millions of sequences before; their weights come from a folder of yours."),
        ),
        Family.FEATURES: (
            tr("Feature baselines"),
            tr("No networks: fixed figures of a sequence and a classical classifier. The yardstick for all others."),
        ),
        Family.ENSEMBLE: (tr("Ensembles"), tr("Several models learn the same records, and answer together.")),
    }[family]


def roughly(seconds: float) -> str:
    """A duration with no more digits than an estimate deserves."""
    minute, hour = 60.0, 3_600.0
    if seconds < minute:
        return duration(max(1.0, seconds))
    unit, name = (minute, "min") if seconds < hour else (hour, "h")
    return f"{max(1, round(seconds / unit))} {name}"


def _molecule_word(molecule: Molecule) -> str:
    return QCoreApplication.translate("Gallery", molecule.text)


def _value(config: Configuration, path: str) -> object:
    section, _, name = path.partition(".")
    return getattr(getattr(config, section), name)
