"""The confusion matrix: counts per true and predicted class; a click on a cell asks for its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.figure import Axis, Cells, Figure, colour_of
from bioseq_gui.plots.paper import cell_colours
from bioseq_gui.widgets.text import for_display, number, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq_gui.theme.theme import Theme

_MARGIN_LEFT, _MARGIN_BOTTOM = 22, 42
_LONGEST_NAME = 92.0
_SMALLEST_TEXT = 26.0


class ConfusionView(Plot):
    """A confusion matrix.

    Signals:
        cell_clicked: Number of the true class and of the predicted class.
    """

    cell_clicked = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._chosen: tuple[int, int] | None = None

    def show_data(self, labels: Sequence[str], counts: Sequence[Sequence[int]], *, title: str = "") -> None:
        """Show counts.

        Args:
            labels: The classes in order.
            counts: Records per true class (rows) and predicted class (columns).
            title: Heading; empty for the ordinary one.
        """
        table = tuple(tuple(int(count) for count in row) for row in counts)
        cells = Cells(tuple(labels), tuple(labels), table, self.tr("True class"), self.tr("Predicted class"))
        right = sum(row[place] for place, row in enumerate(table))
        total = sum(map(sum, table))
        self.show_figure(
            Figure(
                "confusion",
                title or self.tr("Confusion"),
                Axis(cells.column_title, categories=cells.columns, minimum=-0.5, maximum=len(labels) - 0.5),
                Axis(cells.row_title, categories=cells.rows, minimum=-0.5, maximum=len(labels) - 0.5),
                (cells,),
                summary=self.tr("{0} of {1} records are on the diagonal.").format(number(right), number(total)),
            )
        )

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Show a cell (true class, predicted class) as the chosen one."""
        self._chosen = cell
        if isinstance(self._canvas, ConfusionGrid):
            self._canvas.choose(cell)

    def _build_canvas(self) -> ConfusionGrid:  # type: ignore[override]
        grid = ConfusionGrid(self._theme)
        grid.pointed.connect(self._readout.setText)
        grid.cell_clicked.connect(self.cell_clicked)
        grid.choose(self._chosen)
        self._column.addWidget(grid, 1)
        return grid


class ConfusionGrid(QWidget):
    """The cells themselves.

    Signals:
        pointed: Text for the cell under the pointer; empty when there is none.
        cell_clicked: Number of the true class and of the predicted class.
    """

    pointed = Signal(str)
    cell_clicked = Signal(int, int)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cells: Cells | None = None
        self._current = (0, 0)
        self._chosen: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Confusion matrix"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for a few classes."""
        return QSize(280, 220)

    def show_figure(self, figure: Figure) -> None:
        """Show the cells of a figure."""
        self._cells = next(layer for layer in figure.layers if isinstance(layer, Cells))
        size = len(self._cells.rows)
        self._current = (min(self._current[0], size - 1), min(self._current[1], size - 1))
        self.setAccessibleDescription(figure.summary)
        self.update()

    def reset_view(self) -> None:
        """The whole matrix is always in sight."""
        self.update()

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Frame a cell as the chosen one."""
        self._chosen = cell
        self.update()

    # ------------------------------------------------------------------ geometry

    def _frame(self) -> QRectF:
        metrics = QFontMetricsF(self.font())
        names = self._cells.rows if self._cells is not None else ()
        widest = max((min(_LONGEST_NAME, metrics.horizontalAdvance(name)) for name in names), default=40.0)
        left = _MARGIN_LEFT + widest + 10
        return QRectF(left, 2, max(10.0, self.width() - left - 4), max(10.0, self.height() - _MARGIN_BOTTOM - 2))

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is drawn."""
        frame = self._frame()
        size = len(self._cells.rows) if self._cells is not None else 1
        width, height = frame.width() / size, frame.height() / size
        return QRectF(frame.left() + column * width, frame.top() + row * height, width, height)

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        """Row and column under a place."""
        frame = self._frame()
        if self._cells is None or not frame.contains(place):
            return None
        size = len(self._cells.rows)
        row = int((place.y() - frame.top()) / frame.height() * size)
        column = int((place.x() - frame.left()) / frame.width() * size)
        return min(row, size - 1), min(column, size - 1)

    def sentence(self, row: int, column: int) -> str:
        """A cell in words."""
        if self._cells is None:
            return ""
        cells = self._cells
        return self.tr("{0} of {1} records of “{2}” were told to be “{3}” ({4:.1f} %)").format(
            number(cells.counts[row][column]),
            number(sum(cells.counts[row])),
            for_display(cells.rows[row]),
            for_display(cells.columns[column]),
            cells.share(row, column) * 100,
        )

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """Cells, names, titles."""
        if self._cells is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row, counts in enumerate(self._cells.counts):
            for column, _count in enumerate(counts):
                self._paint_cell(painter, self._cells, row, column)
        self._paint_names(painter, self._cells)
        painter.end()

    def _paint_cell(self, painter: QPainter, cells: Cells, row: int, column: int) -> None:
        palette = self._theme.palette
        place = self.cell_rect(row, column).adjusted(1.5, 1.5, -1.5, -1.5)
        share = cells.share(row, column)
        ground, ink = cell_colours(share, agrees=row == column, dark=palette.name == "dark")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(place, 4, 4)
        if (row, column) == self._chosen or (self.hasFocus() and (row, column) == self._current):
            painter.setPen(QPen(QColor(palette.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 4, 4)
        if min(place.width(), place.height()) < _SMALLEST_TEXT:
            return
        painter.setPen(QColor(ink))
        roomy = place.height() > 52
        painter.setFont(self._count_font(large=roomy))
        middle = Qt.AlignmentFlag.AlignCenter
        painter.drawText(place.adjusted(0, 0, 0, -16 if roomy else 0), middle, number(cells.counts[row][column]))
        painter.setFont(self.font())
        if roomy:
            painter.drawText(place.adjusted(0, 24, 0, 0), middle, f"{share * 100:.1f} %")

    def _count_font(self, *, large: bool) -> QFont:
        font = QFont(self.font())
        if large:
            font.setPixelSize(round(self._theme.text_size * 1.35))
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def _paint_names(self, painter: QPainter, cells: Cells) -> None:
        palette, metrics, frame = self._theme.palette, QFontMetricsF(self.font()), self._frame()
        elide = Qt.TextElideMode.ElideMiddle
        for index, name in enumerate(cells.rows):
            colour = QColor(colour_of(f"class:{index}", palette))
            row, column = self.cell_rect(index, 0), self.cell_rect(0, index)
            painter.setPen(QColor(palette.text))
            if row.height() >= 14:
                words = metrics.elidedText(for_display(name), elide, _LONGEST_NAME)
                right = QRectF(0, row.top(), frame.left() - 8, row.height())
                painter.drawText(right, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
            if column.width() >= 24:
                words = metrics.elidedText(for_display(name), elide, column.width() - 6)
                below = QRectF(column.left(), frame.bottom() + 5, column.width(), 16)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words)
            painter.fillRect(QRectF(frame.left() - 4, row.top() + 3, 2.5, row.height() - 6), colour)
            painter.fillRect(QRectF(column.left() + 3, frame.bottom() + 1.5, column.width() - 6, 2.5), colour)
        painter.setPen(QColor(palette.muted))
        bottom = QRectF(frame.left(), self.height() - 18, frame.width(), 16)
        painter.drawText(bottom, Qt.AlignmentFlag.AlignCenter, cells.column_title)
        painter.save()
        painter.translate(0, frame.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-100, 0, 200, 18), Qt.AlignmentFlag.AlignCenter, cells.row_title)
        painter.restore()

    # ------------------------------------------------------------------ pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Cells can be clicked."""
        inside = self.cell_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if inside else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click asks for the records of the cell."""
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._current = cell
            self.cell_clicked.emit(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, Enter and Space ask for the records."""
        moves = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in moves and self._cells is not None:
            last = len(self._cells.rows) - 1
            row, column = (old + step for old, step in zip(self._current, moves[key], strict=True))
            self._current = (min(last, max(0, row)), min(last, max(0, column)))
            self.pointed.emit(self.sentence(*self._current))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cells is not None:
            self.cell_clicked.emit(*self._current)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The tip says a cell in words."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.cell_at(QPointF(event.pos()))
            if cell is not None:
                QToolTip.showText(event.globalPos(), tip(self.sentence(*cell)), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
