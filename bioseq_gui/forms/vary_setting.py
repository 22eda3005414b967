"""One setting that takes several values in turn, chosen from the schema and the models' own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from bioseq.catalogue.registry import MODELS
from bioseq.config.fields import describe_fields
from bioseq.errors import BioseqError
from bioseq.studies.plan import Plan, variants_of
from bioseq_gui.forms.options import Option, from_field, from_specification
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2
from bioseq_gui.widgets.basics import label, set_kind
from bioseq_gui.widgets.text import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.schema import Configuration

_SECTIONS = ("training", "augmentation", "tokens", "data")
_KINDS = ("int", "float", "bool", "choice")
_LEFT_OUT = ("training.seed", "training.threads", "training.device", "training.epochs_per_checkpoint")


class VarySetting(QWidget):
    """A setting, and its values in one line.

    Signals:
        changed: Another setting, or other values.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options: dict[str, Option] = {}
        self._setting = QComboBox()
        self._setting.setAccessibleName(self.tr("Setting that varies"))
        self._setting.setMaxVisibleItems(24)
        self._setting.setMinimumContentsLength(18)
        self._setting.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._values = QLineEdit()
        self._values.setAccessibleName(self.tr("Its values, with commas between them"))
        self._hint = label("", "muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self._setting, 3)
        row.addWidget(self._values, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        column.addLayout(row)
        column.addWidget(self._hint)
        self._setting.currentIndexChanged.connect(self._chosen)
        self._values.textChanged.connect(lambda _: self.changed.emit())
        self.offer(())

    @property
    def setting(self) -> QComboBox:
        """The list of settings."""
        return self._setting

    @property
    def values(self) -> QLineEdit:
        """The field of the values."""
        return self._values

    @property
    def text(self) -> str:
        """As a plan takes it: "training.dropout=0.1,0.3"; empty when nothing varies."""
        path = self._setting.currentData()
        return f"{path}={self._values.text().strip()}" if path else ""

    def offer(self, models: Sequence[str]) -> None:
        """Offer the settings of the schema, and those that all these models have."""
        chosen = self._setting.currentData()
        shared = _shared_settings(models)
        general = [from_field(field) for field in describe_fields() if field.section in _SECTIONS]
        general = [option for option in general if option.kind in _KINDS and option.path not in _LEFT_OUT]
        self._options = {option.path: option for option in (*shared, *general)}
        with QSignalBlocker(self._setting):
            self._setting.clear()
            self._setting.addItem(self.tr("Nothing varies"), "")
            for option in self._options.values():
                self._setting.addItem(option.title, option.path)
            self._setting.setCurrentIndex(max(0, self._setting.findData(chosen)))
        self._show_hint()

    def choose(self, path: str, values: str) -> None:
        """Vary this setting over these values."""
        self._setting.setCurrentIndex(max(0, self._setting.findData(path)))
        self._values.setText(values)

    def fault(self, config: Configuration, plan: Plan) -> str:
        """Why the plan's variants cannot be trained, a sentence; empty when they can."""
        if not self.text:
            return ""
        if not self._values.text().strip():
            return self.tr("Write the values of “{0}”, with commas between them.").format(self._setting.currentText())
        try:
            for variant in variants_of(config, plan):
                variant.of(config)
        except BioseqError as error:
            return str(error)
        return ""

    def show_fault(self, fault: str) -> None:
        """Say what is wrong with the values in place of what they may be."""
        set_kind(self._hint, "bad" if fault else "muted")
        if fault:
            self._hint.setText(fault)
        else:
            self._show_hint()

    def _chosen(self) -> None:
        self._show_hint()
        self.changed.emit()

    def _show_hint(self) -> None:
        option = self._options.get(self._setting.currentData() or "")
        self._values.setVisible(option is not None)
        self._hint.setVisible(option is not None)
        if option is None:
            return
        self._hint.setText(self._about(option))
        self._values.setPlaceholderText(self._example(option))
        self._values.setToolTip(plain_tip(option.tip))

    def _about(self, option: Option) -> str:
        if option.choices:
            return self.tr("Possible: {0}.").format(", ".join(str(value) for value, _ in option.choices))
        unit = f" {option.unit}" if option.unit else ""
        told = f"{option.range_text}{unit}"
        return f"{option.help} {told[:1].upper()}{told[1:]}.".strip() if option.range_text else option.help

    def _example(self, option: Option) -> str:
        if option.choices:
            return ", ".join(str(value) for value, _ in option.choices[:3])
        if option.kind == "bool":
            return "true, false"
        default = option.default
        if not isinstance(default, int | float) or not default:
            return self.tr("values with commas between them")
        return f"{default:g}, {default * 2:g}" if option.kind == "int" else f"{default:g}, {default / 3:.1g}"


def _shared_settings(models: Sequence[str]) -> list[Option]:
    """The settings that all of some models have."""
    if not models:
        return []
    first, *others = (from_specification(MODELS[name]) for name in models)
    names = [{option.path for option in options} for options in others]
    return [option for option in first if all(option.path in known for known in names)]
