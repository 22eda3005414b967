"""The look of the window: which palette holds now, and the application painted with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

from bioseq_gui.theme.stylesheet import stylesheet
from bioseq_gui.theme.tokens import DARK, LIGHT, Palette

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon, QPixmap
    from PySide6.QtWidgets import QApplication

Preference = Literal["system", "light", "dark"]
DEFAULT_TEXT_SIZE = 13
"""Height of ordinary text, px."""


class Theme(QObject):
    """The palette in use, following the system or the person's choice.

    Signals:
        changed: Another palette or text size holds; widgets that paint themselves repaint.
    """

    changed = Signal()

    def __init__(
        self, application: QApplication, preference: Preference = "system", *, text_size: int = DEFAULT_TEXT_SIZE
    ) -> None:
        super().__init__(application)
        self._application = application
        self._preference: Preference = preference
        self._text_size = text_size
        if application.style().objectName().lower() != "fusion":
            application.setStyle("Fusion")
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._palette = self._wanted()
        self._paint()
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def palette(self) -> Palette:
        """The colours in use."""
        return self._palette

    @property
    def preference(self) -> Preference:
        """What the person chose: "system", "light" or "dark"."""
        return self._preference

    @property
    def text_size(self) -> int:
        """Height of ordinary text, px."""
        return self._text_size

    def choose(self, preference: Preference) -> None:
        """Follow the system, or keep to light or dark."""
        self._preference = preference
        self._repaint()

    def set_text_size(self, text_size: int) -> None:
        """Make all text larger or smaller, px."""
        if text_size != self._text_size:
            self._text_size = text_size
            self._paint()
            self.changed.emit()

    def icon(self, name: str, colour: str = "") -> QIcon:
        """An icon in the colour of muted text, or in another colour."""
        from bioseq_gui.theme.icons import icon

        colour = colour or self._palette.muted
        if (name, colour) not in self._icons:
            self._icons[name, colour] = icon(name, colour)
        return self._icons[name, colour]

    def pixmap(self, name: str, colour: str, *, size: int, ratio: float = 1.0) -> QPixmap:
        """An icon as a picture of `size` px for a screen with `ratio` dots to a px."""
        from bioseq_gui.theme.icons import pixmap

        key = (name, colour, size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = pixmap(name, colour, size=size, ratio=ratio)
        return self._pixmaps[key]

    def fixed_font(self, *, scale: float = 1.0) -> QFont:
        """The font for sequences, in which all letters have one width."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(round(self._text_size * scale))
        font.setStyleHint(QFont.StyleHint.Monospace)
        return font

    def _wanted(self) -> Palette:
        if self._preference != "system":
            return DARK if self._preference == "dark" else LIGHT
        scheme = self._application.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT

    def _follow_system(self) -> None:
        if self._preference == "system":
            self._repaint()

    def _repaint(self) -> None:
        wanted = self._wanted()
        if wanted is not self._palette:
            self._palette = wanted
            self._paint()
            self.changed.emit()

    def _paint(self) -> None:
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setPixelSize(self._text_size)
        self._application.setFont(font)
        self._application.setPalette(qt_palette(self._palette))
        # Qt takes a second to replace the sheet of a thousand widgets, a tenth of that to take one off or put one on.
        self._application.setStyleSheet("")
        self._application.setStyleSheet(stylesheet(self._palette, self._text_size))


def qt_palette(palette: Palette) -> QPalette:
    """The colours as Qt's own palette, for what no style sheet reaches."""
    roles = QPalette.ColorRole
    colours = {
        roles.Window: palette.background,
        roles.WindowText: palette.text,
        roles.Base: palette.card,
        roles.AlternateBase: palette.background,
        roles.Text: palette.text,
        roles.PlaceholderText: palette.muted,
        roles.Button: palette.card,
        roles.ButtonText: palette.text,
        roles.ToolTipBase: palette.card,
        roles.ToolTipText: palette.text,
        roles.Highlight: palette.selection,
        roles.HighlightedText: palette.text,
        roles.Link: palette.accent,
        roles.Accent: palette.accent,
        roles.Mid: palette.line,
        roles.Midlight: palette.line,
        roles.Light: palette.card,
        roles.Dark: palette.line,
    }
    result = QPalette()
    for role, colour in colours.items():
        result.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, mixed(palette.muted, palette.card, 0.65))
    return result


def mixed(first: str, second: str, share: float) -> QColor:
    """The colour between two, with this share [0, 1] of the first."""
    one, other = QColor(first), QColor(second)
    parts = [
        round(share * a + (1 - share) * b)
        for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]  # stub says object
    ]
    return QColor(*parts)
