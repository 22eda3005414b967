"""The small parts that all pages are built from: labels, cards, chips, counts, buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.text import for_display, plain_tip

if TYPE_CHECKING:
    from bioseq_gui.theme.theme import Theme

_DETAIL_GAP = 6


def label(text: str = "", kind: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label that shows its text as it is, never as markup.

    Args:
        text: What it says.
        kind: How it looks: "title", "heading", "figure", "strong", "muted", "good", "warning", "bad"; empty for text.
        wrap: Break long text into lines.
        selectable: The text can be selected and copied.
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if kind:
        made.setProperty("kind", kind)
    if selectable:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def button(text: str, kind: str = "", *, tip: str = "") -> QPushButton:
    """A button; kinds are "primary", "danger", "link", or empty for an ordinary one."""
    made = QPushButton(text)
    made.setAccessibleName(text.replace("&", ""))
    if tip:
        made.setToolTip(plain_tip(tip))
        made.setAccessibleDescription(tip)
    if kind:
        made.setProperty("kind", kind)
    return made


def restyle(widget: QWidget) -> None:
    """Apply the style sheet again after a dynamic property has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def set_kind(widget: QWidget, kind: str) -> None:
    """Give a widget another look ("muted", "bad", "primary")."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        restyle(widget)


def clear_layout(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear_layout(inner)


def separator() -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("kind", "separator")
    return line


class Card(QFrame):
    """A surface with a hairline and round corners that holds things which belong together.

    Attributes:
        body: The layout for what it holds.

    Signals:
        clicked: It was clicked, or Enter or Space was pressed on it; only when it is clickable.
    """

    clicked = Signal()

    def __init__(
        self, title: str = "", *, clickable: bool = False, horizontal: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._clickable = clickable
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_3, SPACE_3 - 2, SPACE_3, SPACE_3 - 2)
        outer.setSpacing(SPACE_2)
        self._title = label(title, "strong")
        self._title.setVisible(bool(title))
        outer.addWidget(self._title)
        self.body: QVBoxLayout | QHBoxLayout = QHBoxLayout() if horizontal else QVBoxLayout()
        self.body.setSpacing(SPACE_2)
        outer.addLayout(self.body, 1)
        if clickable:
            self.setProperty("clickable", "true")
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setAccessibleName(title)

    def set_title(self, title: str) -> None:
        """Change the heading; empty text hides it."""
        self._title.setText(title)
        self._title.setVisible(bool(title))

    def set_selected(self, selected: bool) -> None:
        """Show it as the chosen one of several."""
        self.setProperty("selected", "true" if selected else "false")
        restyle(self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click inside announces itself."""
        inside = self.rect().contains(event.position().toPoint())
        if self._clickable and event.button() == Qt.MouseButton.LeftButton and inside:
            self.clicked.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space do what a click does."""
        if self._clickable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
            return
        super().keyPressEvent(event)


class Chip(QWidget):
    """A short word on a tinted pill, with a dot in its colour: a class, a format, a state.

    Args:
        theme: For the colours.
        text: The word; long ones are shortened, the tip shows all.
        detail: A number that belongs to it, in muted text.
        colour: Of the dot and the tint, `#RRGGBB`; empty for muted.
    """

    def __init__(
        self, theme: Theme, text: str, colour: str = "", *, detail: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self._detail = detail
        self._colour = colour
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    @property
    def text(self) -> str:
        """The whole word."""
        return self._text

    def set_text(self, text: str) -> None:
        """Say another word."""
        self._text = for_display(text)
        self.setAccessibleName(f"{self._text} {self._detail}".strip())
        self.updateGeometry()
        self.update()

    def set_colour(self, colour: str) -> None:
        """Take another colour."""
        self._colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        """Dot, word and margins."""
        metrics = QFontMetrics(self.font())
        detail = metrics.horizontalAdvance(self._detail) + _DETAIL_GAP if self._detail else 0
        return QSize(metrics.horizontalAdvance(self._shown(metrics)) + detail + 30, metrics.height() + 6)

    def _shown(self, metrics: QFontMetrics) -> str:
        return metrics.elidedText(self._text, Qt.TextElideMode.ElideMiddle, 220)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """Pill, dot, word."""
        palette = self._theme.palette
        colour = QColor(self._colour or palette.muted)
        tint = QColor(colour)
        tint.setAlphaF(0.14)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2)
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(9, frame.center().y() - 3.5, 7, 7))
        painter.setPen(QColor(palette.text))
        place = frame.adjusted(20, 0, -6, 0)
        shown = self._shown(painter.fontMetrics())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
        if self._detail:
            painter.setPen(QColor(palette.muted))
            left = painter.fontMetrics().horizontalAdvance(shown) + _DETAIL_GAP
            painter.drawText(place.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self._detail)
        painter.end()


class CountBadge(QPushButton):
    """A number with a word ("3 warnings") that leads to what it counts; hidden when the number is 0.

    Signals:
        clicked: From QPushButton.
    """

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._severity = "warning"
        self.setProperty("kind", "link")
        self.setVisible(False)
        theme.changed.connect(self._paint_icon)

    def show_count(self, count: int, text: str, severity: str = "warning") -> None:
        """Show a count.

        Args:
            count: How many; 0 hides the badge.
            text: The count in words: "3 warnings".
            severity: "info", "warning" or "error".
        """
        self._severity = severity
        self.setText(text)
        self.setAccessibleName(text)
        self.setVisible(count > 0)
        self._paint_icon()

    def _paint_icon(self) -> None:
        palette = self._theme.palette
        colour = {"error": palette.bad, "warning": palette.warning}.get(self._severity, palette.muted)
        self.setIcon(self._theme.icon({"error": "error", "warning": "warning"}.get(self._severity, "info"), colour))


class IconLabel(QLabel):
    """One of the program's icons as a picture, in a colour of the theme."""

    def __init__(
        self, theme: Theme, name: str, *, size: int = 20, tone: str = "muted", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._name, self._size, self._tone = theme, name, size, tone
        self.setFixedSize(size, size)
        theme.changed.connect(self._paint)
        self._paint()

    def show_icon(self, name: str, tone: str = "muted") -> None:
        """Show another icon; tones are names of the palette: "muted", "accent", "good", "warning", "bad"."""
        self._name, self._tone = name, tone
        self._paint()

    def _paint(self) -> None:
        colour: str = getattr(self._theme.palette, self._tone)
        ratio = self.devicePixelRatioF()
        self.setPixmap(self._theme.pixmap(self._name, colour, size=self._size, ratio=ratio))

    def changeEvent(self, event: QEvent) -> None:
        """A move to a sharper screen draws it again."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._paint()
        super().changeEvent(event)
