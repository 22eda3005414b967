"""The rail at the left: the steps of a person's way, each with how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QSizePolicy, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import RADIUS, SPACE_1, SPACE_2
from bioseq_gui.widgets.text import plain_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent, QFocusEvent

    from bioseq_gui.theme.theme import Theme

Standing = Literal["ready", "done", "busy", "wrong", "unavailable"]

_WIDTH = 148
_ICON = 22
_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


@dataclass(frozen=True, slots=True)
class StepState:
    """How a step stands.

    Attributes:
        standing: "ready", "done" (tick), "busy" (arc), "wrong" (dot), "unavailable" (grey).
        text: A few letters under the name: "2 files", "43 %".
        why: What is missing, a sentence for the tip; empty when nothing is.
    """

    standing: Standing = "ready"
    text: str = ""
    why: str = ""


class StepButton(QAbstractButton):
    """One step of the rail: icon, name, how it stands."""

    def __init__(self, theme: Theme, *, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._state = StepState()
        self._ring = False
        self.setText(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.set_state(self._state)
        theme.changed.connect(self.update)

    @property
    def state(self) -> StepState:
        """How the step stands."""
        return self._state

    def set_state(self, state: StepState) -> None:
        """Show how the step stands."""
        self._state = state
        self.setToolTip(plain_tip(state.why))
        self.setAccessibleName(f"{self.text()}, {state.text}" if state.text else self.text())
        self.setAccessibleDescription(state.why)
        self.update()

    def sizeHint(self) -> QSize:
        """Room for two lines."""
        return QSize(_WIDTH - 2 * SPACE_2, max(52, self.fontMetrics().height() * 2 + 20))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring when the keyboard brought the focus, not when the window opened."""
        self._ring = event.reason() in _KEYBOARD
        super().focusInEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Repaint under the pointer."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Repaint when the pointer leaves."""
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """Background, icon, name, state."""
        palette = self._theme.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        self._paint_ground(painter, frame)
        grey = self._state.standing == "unavailable"
        tone = palette.accent if self.isChecked() else palette.muted
        if grey:
            painter.setOpacity(0.55)
        place = QRect(10, self.height() // 2 - _ICON // 2, _ICON, _ICON)
        picture = self._theme.pixmap(self._icon, tone, size=_ICON, ratio=self.devicePixelRatioF())
        painter.drawPixmap(place, picture)
        left = place.right() + 11
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(palette.muted if grey else palette.text))
        words = QRectF(left, 0, self.width() - left - 8, self.height())
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if not self._state.text:
            painter.drawText(words, middle, self.text())
        else:
            height = painter.fontMetrics().height()
            top = self.height() / 2 - height - 1
            painter.drawText(words.adjusted(0, top, 0, 0), Qt.AlignmentFlag.AlignTop, self.text())
            self._paint_state(painter, words.adjusted(0, self.height() / 2 + 1, 0, 0))
        painter.end()

    def _paint_ground(self, painter: QPainter, frame: QRectF) -> None:
        palette = self._theme.palette
        painter.setPen(QPen(QColor(palette.accent), 2) if self._ring and self.hasFocus() else Qt.PenStyle.NoPen)
        ground = palette.selection if self.isChecked() else palette.hover if self.underMouse() else ""
        painter.setBrush(QColor(ground) if ground else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)

    def _paint_state(self, painter: QPainter, place: QRectF) -> None:
        palette = self._theme.palette
        font = QFont(self.font())
        font.setPixelSize(max(11, font.pixelSize() - 1))
        painter.setFont(font)
        height = painter.fontMetrics().height()
        mark = QPointF(place.left() + 5, place.top() + height / 2)
        offset = self._paint_mark(painter, mark)
        painter.setPen(QColor(palette.muted))
        shown = painter.fontMetrics().elidedText(
            self._state.text, Qt.TextElideMode.ElideRight, int(place.width() - offset)
        )
        painter.drawText(place.adjusted(offset, 0, 0, 0), Qt.AlignmentFlag.AlignTop, shown)

    def _paint_mark(self, painter: QPainter, mark: QPointF) -> float:
        palette = self._theme.palette
        match self._state.standing:
            case "done":
                painter.setPen(QPen(QColor(palette.good), 1.8))
                painter.drawPolyline([mark + QPointF(-4, 0), mark + QPointF(-1, 3), mark + QPointF(4, -3.5)])
            case "wrong":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(palette.bad))
                painter.drawEllipse(mark, 3.5, 3.5)
            case "busy":
                painter.setPen(QPen(QColor(palette.accent), 1.8))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawArc(QRectF(mark.x() - 4, mark.y() - 4, 8, 8), 90 * 16, -270 * 16)
            case _:
                return 0.0
        return 14.0


class StepRail(QFrame):
    """The steps, one chosen.

    Signals:
        chosen: Name of the step that the person chose.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, steps: tuple[tuple[str, str, str], ...], *, parent: QWidget | None = None) -> None:
        """Build the rail from (name, icon, title) of each step; a step named "" is a gap."""
        super().__init__(parent)
        self.setProperty("kind", "rail")
        self.setFixedWidth(_WIDTH)
        self._steps: dict[str, StepButton] = {}
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_2, SPACE_2 + 4, SPACE_2, SPACE_2)
        column.setSpacing(SPACE_1)
        for name, icon, title in steps:
            if not name:
                column.addSpacing(SPACE_2)
                continue
            step = StepButton(theme, icon=icon, name=title)
            step.clicked.connect(lambda _checked=False, name=name: self.chosen.emit(name))
            self._group.addButton(step)
            self._steps[name] = step
            column.addWidget(step)
        column.addStretch(1)

    def step(self, name: str) -> StepButton:
        """The button of a step."""
        return self._steps[name]

    def choose(self, name: str) -> None:
        """Show a step as the chosen one."""
        self._steps[name].setChecked(True)

    def set_state(self, name: str, state: StepState) -> None:
        """Show how a step stands."""
        if self._steps[name].state != state:
            self._steps[name].set_state(state)
