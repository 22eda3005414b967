"""A plot: heading, legend outside the curves, canvas, values under the pointer, and a menu that saves and copies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from bioseq.errors import BioseqError
from bioseq_gui.plots import paper
from bioseq_gui.plots.legend import Legend
from bioseq_gui.widgets.basics import label

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QShowEvent

    from bioseq_gui.plots.canvas import Canvas
    from bioseq_gui.plots.figure import Column, Figure
    from bioseq_gui.theme.theme import Theme

_HEIGHT = 200


class Plot(QWidget):
    """Shows one figure and gives it away as SVG, PDF, PNG or CSV.

    Nothing is drawn, and pyqtgraph is not imported, while the plot is hidden.

    Args:
        theme: For the colours; a change of theme is followed.
        zoomable: A rectangle drawn with the pointer is shown larger; a double click shows all again.
        headed: Show heading and legend; without them they stand elsewhere on the page.

    Signals:
        saved: Path of a file just written.
        failed: Why a file could not be written, in a sentence.
    """

    saved = Signal(str)
    failed = Signal(str)

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, zoomable: bool = False, headed: bool = True
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._zoomable = zoomable
        self._headed = headed
        self._figure: Figure | None = None
        self._pending = False
        self._canvas: Canvas | None = None
        self._heading = label("", "strong")
        self._heading.setVisible(headed)
        self._readout = label("", "muted")
        self._readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._empty = label("", "muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._more = QToolButton()
        self._more.setText("⋯")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setToolTip(self.tr("Save or copy this figure"))
        self._more.setMenu(self._build_menu())
        self.head = QHBoxLayout()
        self.legend = Legend(theme)
        self._column = QVBoxLayout(self)
        self._arrange()
        self.setMinimumHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _arrange(self) -> None:
        self.head.setSpacing(8)
        self.head.addWidget(self._heading)
        self.head.addWidget(self._readout, 1)
        self.head.addWidget(self._more)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(self.head)
        self._column.addWidget(self.legend)
        self._column.addWidget(self._empty, 1)

    # ------------------------------------------------------------------ what it shows

    @property
    def figure(self) -> Figure | None:
        """What it shows."""
        return self._figure

    @property
    def series(self) -> dict[str, Column]:
        """The source data: column name to values."""
        return self._figure.columns() if self._figure is not None else {}

    @property
    def canvas(self) -> Canvas | None:
        """The screen of the curves; None until it is prepared or visible for the first time."""
        return self._canvas

    def prepare(self) -> None:
        """Build the canvas ahead of the first figure: some 30 ms, in a moment when nobody waits."""
        if self._canvas is None:
            self._canvas = self._build_canvas()
            self._show_canvas(False)

    def show_figure(self, figure: Figure) -> None:
        """Show a figure; it is drawn when the plot is visible."""
        self._figure = figure
        self._pending = True
        self._heading.setText(figure.title)
        self._more.setAccessibleName(self.tr("Save or copy {0}").format(figure.title))
        self.setAccessibleName(figure.title)
        self.setAccessibleDescription(figure.summary)
        if self.isVisible():
            self._draw()

    def show_nothing(self, text: str) -> None:
        """Show no figure, and say why."""
        self._figure = None
        self._pending = False
        self._empty.setText(text)
        self.legend.show_entries(())
        self._show_canvas(False)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what was shown while the plot was hidden."""
        super().showEvent(event)
        if self._pending:
            self._draw()

    def _draw(self) -> None:
        if self._figure is None:
            return
        self._pending = False
        if self._canvas is None:
            self._canvas = self._build_canvas()
        self.legend.show_entries(self._figure.legend() if self._headed else ())
        self._canvas.show_figure(self._figure)
        self._canvas.setAccessibleName(self._figure.title)
        self._canvas.setAccessibleDescription(self._figure.summary)
        self._show_canvas(True)

    def _build_canvas(self) -> Canvas:
        from bioseq_gui.plots.canvas import Canvas

        canvas = Canvas(self._theme, zoomable=self._zoomable)
        canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        # The button beside the heading is what the keyboard reaches; curves take no keys.
        for surface in (canvas, canvas.viewport()):
            surface.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.pointed.connect(self._readout.setText)
        self._column.addWidget(canvas, 1)
        return canvas

    def _show_canvas(self, shown: bool) -> None:
        self._empty.setVisible(not shown)
        self._more.setEnabled(shown)
        if self._canvas is not None:
            self._canvas.setVisible(shown)

    # ------------------------------------------------------------------ what it gives away

    def save(self, path: Path) -> None:
        """Write the figure; the ending says how: .svg, .pdf, .png, .csv.

        Raises:
            BioseqError: There is no figure, or it could not be written.
        """
        if self._figure is None:
            raise BioseqError("figure.none", "There is no figure to save yet.")
        paper.save(self._figure, path)

    def copy(self) -> None:
        """Put the figure on the clipboard, as a picture and as a table."""
        if self._figure is None:
            return
        data = QMimeData()
        data.setImageData(paper.picture(self._figure, dpi=144))
        data.setText(self._figure.csv().replace(",", "\t"))
        QGuiApplication.clipboard().setMimeData(data)

    def copy_data(self) -> None:
        """Put the source data on the clipboard as comma-separated text."""
        if self._figure is not None:
            QGuiApplication.clipboard().setText(self._figure.csv())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Save and copy."""
        menu = self._more.menu()
        if self._figure is not None and menu is not None:
            menu.popup(event.globalPos())

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        for kind in ("svg", "pdf", "png", "csv"):
            text = self.tr("Save the data as CSV…") if kind == "csv" else self.tr("Save as {0}…").format(kind.upper())
            menu.addAction(text).triggered.connect(lambda _checked=False, kind=kind: self._ask_and_save(kind))
        menu.addSeparator()
        menu.addAction(self.tr("Copy picture")).triggered.connect(lambda _checked=False: self.copy())
        menu.addAction(self.tr("Copy data")).triggered.connect(lambda _checked=False: self.copy_data())
        if self._zoomable:
            menu.addSeparator()
            menu.addAction(self.tr("Show all")).triggered.connect(lambda _checked=False: self._reset_view())
        return menu

    def _reset_view(self) -> None:
        if self._canvas is not None:
            self._canvas.reset_view()

    def _ask_and_save(self, kind: str) -> None:
        if self._figure is None:
            return
        proposal = str(Path.home() / f"{self._figure.name}.{kind}")
        filters = f"{kind.upper()} (*.{kind})"
        name, _filter = QFileDialog.getSaveFileName(self, self.tr("Save figure"), proposal, filters)
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(f"{name}.{kind}")
        try:
            self.save(path)
        except BioseqError as error:
            self._readout.setText(str(error))
            self.failed.emit(str(error))
        else:
            self._readout.setText(self.tr("Saved {0}").format(path.name))
            self.saved.emit(str(path))
