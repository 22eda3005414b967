"""One editor per kind of option: what a person sees and turns.

An editor announces what the person did, never what the program set.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QSignalBlocker, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from bioseq_gui.theme.tokens import SPACE_1, SPACE_2
from bioseq_gui.widgets.basics import button, clear_layout, label, restyle
from bioseq_gui.widgets.text import for_display, plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq_gui.forms.options import Option

_SMALLEST_STEP = 1e-9
TEXT_MARGIN = 7
"""The style sheet's padding does not reach the text of a spin box, px."""
_LARGEST_INT = 2**31 - 1


class Editor(QWidget):
    """Shows and changes one value.

    Signals:
        edited: The person chose another value (its argument).
    """

    edited = Signal(object)

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option = option
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(SPACE_2)

    @abstractmethod
    def value(self) -> Any:
        """What is shown."""

    @abstractmethod
    def show_value(self, value: Any) -> None:
        """Show a value without announcing it."""

    @property
    @abstractmethod
    def field(self) -> QWidget:
        """The widget that has the focus."""

    def set_wrong(self, wrong: bool) -> None:
        """Mark the field as the place of a fault."""
        told = "true" if wrong else "false"
        if self.field.property("wrong") != told:
            self.field.setProperty("wrong", told)
            restyle(self.field)

    def _take(self, field: QWidget) -> None:
        field.setAccessibleName(self.option.title)
        field.setAccessibleDescription(self.option.help)
        field.setToolTip(plain_tip(self.option.tip))
        self._line.addWidget(field)
        self.setFocusProxy(field)


class _Steady:
    """A field whose value the wheel does not change while the form is scrolled over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the form, unless the field has the focus."""
        if self.hasFocus():  # type: ignore[attr-defined]  # mixed into widgets
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class _WholeBox(_Steady, QSpinBox):
    """A whole number."""


class NumberBox(_Steady, QDoubleSpinBox):
    """A number shown with as many digits as it needs; arrows step by its last digits, or by factors."""

    def __init__(self, *, logarithmic: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._logarithmic = logarithmic
        self.setDecimals(15)
        self.setKeyboardTracking(False)
        # The same notation as in files and on the command line.
        self.setLocale(QLocale.c())

    def textFromValue(self, value: float) -> str:
        """The shortest text that reads back as the value."""
        return repr(value) if value != int(value) or abs(value) >= 1e15 else str(int(value))

    def valueFromText(self, text: str) -> float:
        """The number in a text; the value before when there is none."""
        number = _number(self._bare(text))
        return self.value() if number is None else number

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Anything that may become a number can be typed."""
        number = _number(self._bare(text))
        if number is not None and self.minimum() <= number <= self.maximum():
            return QValidator.State.Acceptable, text, position
        legal = set(self._bare(text)) <= set("0123456789.,eE+- ")
        return (QValidator.State.Intermediate if legal else QValidator.State.Invalid), text, position

    def stepBy(self, steps: int) -> None:
        """Step by a factor of about two, or by a twentieth of the range's order."""
        if self._logarithmic:
            self.setValue(_nice(self.value() * 2.0**steps))
        else:
            self.setValue(round(self.value() + steps * self._step(), 12))

    def _step(self) -> float:
        top = self.maximum() if self.maximum() <= 1 else max(1.0, abs(self.value()))
        return float(10.0 ** math.floor(math.log10(top) - 1)) / (2 if self.maximum() <= 1 else 1)

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).strip()


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _nice(value: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten."""
    if value <= 0:
        return value
    power = 10.0 ** math.floor(math.log10(value))
    best = min((1, 2, 5, 10), key=lambda digit: abs(math.log(value / (digit * power))))
    return float(f"{best * power:.0e}")


class IntEditor(Editor):
    """A whole number within its range."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._box = _WholeBox()
        low = -_LARGEST_INT if option.minimum is None else math.ceil(option.minimum)
        high = _LARGEST_INT if option.maximum is None else math.floor(option.maximum)
        self._box.setRange(max(low, -_LARGEST_INT), min(high, _LARGEST_INT))
        self._box.setSuffix(f" {option.unit}" if option.unit else "")
        self._box.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
        self._box.setKeyboardTracking(False)
        self._box.setStepType(
            QSpinBox.StepType.AdaptiveDecimalStepType if high > 1_000 else QSpinBox.StepType.DefaultStepType
        )
        self._take(self._box)
        self._box.valueChanged.connect(self.edited.emit)

    @property
    def field(self) -> QWidget:
        """The spin box."""
        return self._box

    def value(self) -> int:
        """The number."""
        return self._box.value()

    def show_value(self, value: Any) -> None:
        """Show a number."""
        with QSignalBlocker(self._box):
            self._box.setValue(int(value))


class FloatEditor(Editor):
    """A number within its range."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._box = NumberBox(logarithmic=option.logarithmic)
        low = -1e12 if option.minimum is None else option.minimum
        high = 1e12 if option.maximum is None else option.maximum
        self._box.setRange(
            low + _SMALLEST_STEP * option.exclusive_minimum, high - _SMALLEST_STEP * option.exclusive_maximum
        )
        self._box.setSuffix(f" {option.unit}" if option.unit else "")
        self._box.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
        self._shown: float = self._box.value()
        self._take(self._box)
        self._box.valueChanged.connect(self._announce)

    @property
    def field(self) -> QWidget:
        """The spin box."""
        return self._box

    def value(self) -> float:
        """The number; exactly what was shown until the person changes it."""
        return self._shown

    def show_value(self, value: Any) -> None:
        """Show a number."""
        with QSignalBlocker(self._box):
            self._box.setValue(float(value))
        self._shown = float(value)

    def _announce(self, value: float) -> None:
        self._shown = value
        self.edited.emit(value)


class _SteadyCombo(_Steady, QComboBox):
    """A list of choices."""


class ChoiceEditor(Editor):
    """One of several values, each with its label."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._box = _SteadyCombo()
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setMinimumContentsLength(10)
        for value, text in option.choices:
            self._box.addItem(text, value)
        self._box.view().setAccessibleName(option.title)
        self._take(self._box)
        self._box.activated.connect(lambda _index: self.edited.emit(self.value()))

    @property
    def field(self) -> QWidget:
        """The combo box."""
        return self._box

    def value(self) -> Any:
        """The value chosen."""
        return self._box.currentData()

    def show_value(self, value: Any) -> None:
        """Show a choice; a value that is none of them is shown as it is, so that its fault can be seen."""
        place = next((row for row in range(self._box.count()) if self._box.itemData(row) == value), -1)
        if place < 0:
            self._box.addItem(for_display(str(value)), value)
            place = self._box.count() - 1
        with QSignalBlocker(self._box):
            self._box.setCurrentIndex(place)


class BoolEditor(Editor):
    """Yes or no."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._box = QCheckBox(self.tr("Yes"))
        self._take(self._box)
        self._line.addStretch(1)
        self._box.clicked.connect(lambda checked: self.edited.emit(bool(checked)))

    @property
    def field(self) -> QWidget:
        """The check box."""
        return self._box

    def value(self) -> bool:
        """Whether it is checked."""
        return self._box.isChecked()

    def show_value(self, value: Any) -> None:
        """Show yes or no."""
        self._box.setChecked(bool(value))


class TextEditor(Editor):
    """A line of text; announced when the person leaves it."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._box = QLineEdit()
        self._box.setMaxLength(4_000)
        self._shown = ""
        self._take(self._box)
        self._box.editingFinished.connect(self._announce)

    @property
    def field(self) -> QWidget:
        """The line."""
        return self._box

    def value(self) -> str:
        """The text."""
        return self._box.text()

    def show_value(self, value: Any) -> None:
        """Show a text."""
        self._shown = str(value)
        if self._box.text() != self._shown:
            self._box.setText(self._shown)

    def _announce(self) -> None:
        if self._box.text() != self._shown:
            self._shown = self._box.text()
            self.edited.emit(self._shown)


class FolderEditor(TextEditor):
    """A folder of this machine: typed, picked, or downloaded.

    Signals:
        download_wanted: The person wants to download a model, or to end the download under way.
    """

    download_wanted = Signal()

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._box.setClearButtonEnabled(True)
        self._box.setPlaceholderText(self.tr("None"))
        self._pick = button(self.tr("Choose…"), tip=self.tr("Choose the folder"))
        self._pick.setAccessibleName(self.tr("Choose: {0}").format(option.title))
        self._download = button("", tip=self.tr("Fetch a published model over the network, into a folder"))
        self._line.addWidget(self._pick)
        self._line.addWidget(self._download)
        self._pick.clicked.connect(self._choose)
        self._download.clicked.connect(self.download_wanted)
        self.show_download(-1)

    @property
    def picker(self) -> QPushButton:
        """The button that opens the folder dialog."""
        return self._pick

    @property
    def downloader(self) -> QPushButton:
        """The button that asks for a download, and ends it."""
        return self._download

    def show_download(self, percent: int) -> None:
        """Say how far a download is; -1 when there is none."""
        text = self.tr("Download…") if percent < 0 else self.tr("Stop ({0} %)").format(percent)
        self._download.setText(text)
        self._download.setAccessibleName(text)

    def _choose(self) -> None:
        path = QFileDialog.getExistingDirectory(self, self.option.title, self._box.text())
        if path:
            self._box.setText(path)
            self._announce()


class FilesEditor(Editor):
    """The data files, which are chosen on the Data page: shown only."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._value: tuple[Any, ...] = ()
        self._text = label("", wrap=True, selectable=True)
        self._take(self._text)

    @property
    def field(self) -> QWidget:
        """The text."""
        return self._text

    def value(self) -> tuple[Any, ...]:
        """The files."""
        return self._value

    def show_value(self, value: Any) -> None:
        """Show the names of the files."""
        self._value = tuple(value)
        names = [for_display(file.path.replace("\\", "/").rpartition("/")[2]) for file in self._value[:5]]
        more = self.tr("and {0} more").format(len(self._value) - 5) if len(self._value) > 5 else ""
        self._text.setText("\n".join(part for part in (*names, more) if part) or self.tr("None yet"))
        paths = [for_display(file.path, longest=400) for file in self._value[:20]]
        self._text.setToolTip(plain_tip("\n".join((self.option.tip, *paths))))


class ClassesEditor(Editor):
    """Labels and their classes, which are set on the Data page: shown only."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._value: dict[str, str] = {}
        self._text = label("", wrap=True, selectable=True)
        self._take(self._text)

    @property
    def field(self) -> QWidget:
        """The text."""
        return self._text

    def value(self) -> dict[str, str]:
        """Label to class."""
        return dict(self._value)

    def show_value(self, value: Any) -> None:
        """Show which labels are read as other classes."""
        self._value = dict(value)
        shown = [
            self.tr("{0}: {1}").format(for_display(name), for_display(read_as) or self.tr("left out"))
            for name, read_as in list(self._value.items())[:5]
        ]
        more = self.tr("and {0} more").format(len(self._value) - 5) if len(self._value) > 5 else ""
        self._text.setText("\n".join(part for part in (*shown, more) if part) or self.tr("As the files write them"))


class WeightsEditor(Editor):
    """A number for each class."""

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(option, parent)
        self._names: tuple[str, ...] = ()
        self._boxes: dict[str, NumberBox] = {}
        self._value: dict[str, float] = {}
        self._grid_place = QWidget()
        self._grid = QGridLayout(self._grid_place)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE_1)
        column = QVBoxLayout()
        self._empty = label(self.tr("Load data to see their classes."), "muted", wrap=True)
        column.addWidget(self._empty)
        self._take(self._grid_place)
        self._line.removeWidget(self._grid_place)
        self._line.addLayout(column)
        column.insertWidget(0, self._grid_place)

    @property
    def field(self) -> QWidget:
        """The numbers together."""
        return self._grid_place

    def set_names(self, names: Sequence[str]) -> None:
        """Offer a number for each of these classes."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._fill()

    def value(self) -> dict[str, float]:
        """Class to weight."""
        return dict(self._value)

    def show_value(self, value: Any) -> None:
        """Show weights; classes without one have none."""
        if dict(value) != self._value or not self._boxes:
            self._value = dict(value)
            self._fill()

    def _fill(self) -> None:
        clear_layout(self._grid)
        self._boxes = {}
        shown = [*self._names, *(name for name in self._value if name not in self._names)][:50]
        for row, name in enumerate(shown):
            box = NumberBox()
            box.setRange(0.0, 1e9)
            box.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
            box.setSpecialValueText(self.tr("none"))
            box.setValue(self._value.get(name, 0.0))
            box.setAccessibleName(self.tr("Weight of class {0}").format(for_display(name)))
            box.valueChanged.connect(lambda weight, name=name: self._announce(name, weight))
            text = label(for_display(name))
            text.setBuddy(box)
            self._grid.addWidget(text, row, 0)
            self._grid.addWidget(box, row, 1)
            self._boxes[name] = box
        self._empty.setVisible(not shown)

    def _announce(self, name: str, weight: float) -> None:
        if weight > 0:
            self._value[name] = weight
        else:
            self._value.pop(name, None)
        self.edited.emit(dict(self._value))


def editor_for(option: Option) -> Editor:
    """The editor that suits an option."""
    kinds: dict[str, type[Editor]] = {
        "int": IntEditor,
        "float": FloatEditor,
        "bool": BoolEditor,
        "choice": ChoiceEditor,
        "text": TextEditor,
        "folder": FolderEditor,
        "files": FilesEditor,
        "table": WeightsEditor,
    }
    return _OWN.get(option.path, kinds[option.kind])(option)


_OWN: dict[str, type[Editor]] = {"data.classes": ClassesEditor}
"""Options whose editor does not follow from what they hold."""
