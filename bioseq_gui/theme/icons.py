"""Icons from the program's own outlined drawings, in any colour of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from bioseq.resources import resource_folder

if TYPE_CHECKING:
    from pathlib import Path

ICON_SIZE = 20
"""Edge of an icon in the window, px."""
_RATIOS = (1, 2, 3)


def icon_folder() -> Path:
    """The folder with the drawings."""
    return resource_folder() / "icons"


def icon(name: str, colour: str, *, size: int = ICON_SIZE) -> QIcon:
    """An icon, sharp on screens of 100 to 300 %.

    Args:
        name: File name of the drawing, without its ending: "data", "open", "check".
        colour: Colour of its lines, `#RRGGBB`.
        size: Edge, px.
    """
    drawn = QIcon()
    for ratio in _RATIOS:
        drawn.addPixmap(pixmap(name, colour, size=size, ratio=ratio))
    return drawn


def pixmap(name: str, colour: str, *, size: int = ICON_SIZE, ratio: float = 1.0) -> QPixmap:
    """One drawing as a picture of `size` px for a screen that has `ratio` dots to a px."""
    drawing = (icon_folder() / f"{name}.svg").read_bytes().replace(b"currentColor", colour.encode())
    edge = round(size * ratio)
    picture = QPixmap(edge, edge)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
