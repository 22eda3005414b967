"""The style sheet of all standard widgets, written from the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.resources import resource_folder
from bioseq_gui.theme.tokens import RADIUS

if TYPE_CHECKING:
    from bioseq_gui.theme.tokens import Palette


def stylesheet(palette: Palette, text_size: int) -> str:
    """The style sheet for one palette and one text size (px).

    Widgets say what they are by the dynamic property `kind` ("card", "title", "muted", "primary", "danger", "link",
    ...), never by a colour of their own.
    """
    controls = (resource_folder() / "icons" / "controls" / palette.name).as_posix()
    values = {
        "background": palette.background,
        "card": palette.card,
        "line": palette.line,
        "strong_line": _strong_line(palette),
        "text": palette.text,
        "muted": palette.muted,
        "faint": _faint(palette),
        "accent": palette.accent,
        "accent_hover": _accent_hover(palette),
        "on_accent": palette.on_accent,
        "good": palette.good,
        "warning": palette.warning,
        "bad": palette.bad,
        "selection": palette.selection,
        "hover": palette.hover,
        "radius": str(RADIUS),
        "controls": controls,
        "title_size": str(round(text_size * 1.7)),
        "heading_size": str(round(text_size * 1.15)),
        "figure_size": str(round(text_size * 1.55)),
        "text_size": str(text_size),
    }
    return _substituted(values)


def _substituted(values: dict[str, str]) -> str:
    text = _RULES
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _strong_line(palette: Palette) -> str:
    return "#C3CAD5" if palette.name == "light" else "#465061"


def _faint(palette: Palette) -> str:
    return "#98A2B0" if palette.name == "light" else "#697485"


def _accent_hover(palette: Palette) -> str:
    return "#1A5FCC" if palette.name == "light" else "#7AB0FF"


_RULES = """
QMainWindow, QDialog { background: @background@; }
QToolTip { background: @card@; color: @text@; border: 1px solid @strong_line@; border-radius: 4px; padding: 6px 8px; }

QLabel { background: transparent; }
QLabel[kind="title"] { font-size: @title_size@px; font-weight: 600; }
QLabel[kind="heading"] { font-size: @heading_size@px; font-weight: 600; }
QLabel[kind="figure"] { font-size: @figure_size@px; font-weight: 600; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="muted"] { color: @muted@; }
QLabel[kind="good"] { color: @good@; }
QLabel[kind="warning"] { color: @warning@; }
QLabel[kind="bad"] { color: @bad@; }
QLabel[kind="accent"] { color: @accent@; }

QFrame[kind="card"] { background: @card@; border: 1px solid @line@; border-radius: @radius@px; }
QFrame[kind="card"][selected="true"] { border: 2px solid @accent@; }
QFrame[kind="card"][clickable="true"]:hover { border-color: @strong_line@; background: @hover@; }
QFrame[kind="card"][clickable="true"]:focus { border: 2px solid @accent@; }
QFrame[kind="rail"] { background: @card@; border: none; border-right: 1px solid @line@; }
QFrame[kind="status"] { background: @card@; border: none; border-top: 1px solid @line@; }
QFrame[kind="separator"] { background: @line@; border: none; max-height: 1px; min-height: 1px; }
QFrame[kind="message"] { background: @card@; border: 1px solid @line@; border-left: 4px solid @accent@;
  border-radius: 6px; }
QFrame[kind="message"][severity="success"] { border-left-color: @good@; }
QFrame[kind="message"][severity="warning"] { border-left-color: @warning@; }
QFrame[kind="message"][severity="error"] { border-left-color: @bad@; }

QPushButton { background: @card@; color: @text@; border: 1px solid @strong_line@; border-radius: 6px;
  padding: 6px 14px; min-height: 20px; }
QPushButton:hover { background: @hover@; }
QPushButton:pressed { background: @selection@; }
QPushButton:focus { border: 2px solid @accent@; padding: 5px 13px; }
QPushButton:disabled { color: @faint@; border-color: @line@; background: @card@; }
QPushButton:checked { background: @selection@; border-color: @accent@; }
QPushButton[kind="primary"] { background: @accent@; color: @on_accent@; border: 1px solid @accent@; font-weight: 600;
  padding: 6px 20px; }
QPushButton[kind="primary"]:hover { background: @accent_hover@; border-color: @accent_hover@; }
QPushButton[kind="primary"]:focus { border: 2px solid @text@; padding: 5px 19px; }
QPushButton[kind="primary"]:disabled { background: @line@; border-color: @line@; color: @muted@; }
QPushButton[kind="danger"] { color: @bad@; border-color: @bad@; }
QPushButton[kind="danger"]:disabled { color: @faint@; border-color: @line@; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent; color: @accent@; padding: 4px 6px;
  text-align: left; }
QPushButton[kind="link"]:hover { background: @hover@; }
QPushButton[kind="link"]:focus { border: 1px solid @accent@; }
QPushButton[kind="link"]:disabled { color: @faint@; }
QPushButton::menu-indicator { image: url(@controls@/chevron_down.svg); width: 14px; height: 14px;
  subcontrol-origin: padding; subcontrol-position: right center; right: 6px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px;
  color: @text@; }
QToolButton:hover { background: @hover@; }
QToolButton:pressed, QToolButton:checked { background: @selection@; }
QToolButton:focus { border: 1px solid @accent@; }
QToolButton:disabled { color: @faint@; }
QToolButton::menu-indicator { image: none; }

QToolButton[kind="step"] { border: 2px solid transparent; border-radius: @radius@px; padding: 0px; }
QToolButton[kind="step"]:hover { background: @hover@; }
QToolButton[kind="step"]:checked { background: @selection@; }
QToolButton[kind="step"]:focus { border: 2px solid @accent@; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QDateTimeEdit {
  background: @card@; color: @text@; border: 1px solid @strong_line@; border-radius: 6px; padding: 4px 8px;
  selection-background-color: @accent@; selection-color: @on_accent@; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { min-height: 20px; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: @muted@; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border: 2px solid @accent@; padding: 3px 7px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled, QPlainTextEdit:disabled {
  color: @faint@; border-color: @line@; background: @background@; }
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QDoubleSpinBox[wrong="true"], QComboBox[wrong="true"] {
  border-color: @bad@; }
QPlainTextEdit[kind="plain"], QTextEdit[kind="plain"] { border: none; background: transparent; padding: 0px; }

QComboBox { padding-right: 24px; }
QComboBox::drop-down { subcontrol-origin: padding; subcontrol-position: right center; width: 22px; border: none; }
QComboBox::down-arrow { image: url(@controls@/chevron_down.svg); width: 16px; height: 16px; }
QComboBox QAbstractItemView { background: @card@; color: @text@; border: 1px solid @strong_line@;
  selection-background-color: @selection@; selection-color: @text@; outline: none; padding: 4px; }
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0px 6px; border-radius: 4px; }
QComboBox[kind="quiet"] { border-color: transparent; background: transparent; }
QComboBox[kind="quiet"]:hover { border-color: @strong_line@; background: @hover@; }
QComboBox[kind="quiet"]:focus { border: 2px solid @accent@; }

QSpinBox, QDoubleSpinBox { padding-right: 22px; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right;
  width: 20px;
  border: none; margin: 2px 2px 0px 0px; border-top-right-radius: 4px; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right;
  width: 20px; border: none; margin: 0px 2px 2px 0px; border-bottom-right-radius: 4px; }
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover, QSpinBox::down-button:hover,
QDoubleSpinBox::down-button:hover { background: @hover@; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(@controls@/chevron_up.svg); width: 12px; height: 12px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(@controls@/chevron_down.svg); width: 12px;
  height: 12px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; padding: 2px; border: 1px solid transparent;
  border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid @accent@; }
QCheckBox::indicator, QRadioButton::indicator { width: 16px; height: 16px; border: 1px solid @muted@;
  background: @card@; }
QTreeView::indicator { width: 14px; height: 14px; border: 1px solid @muted@; background: @card@; }
QCheckBox::indicator, QTreeView::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: @accent@; }
QCheckBox::indicator:checked, QTreeView::indicator:checked { background: @accent@; border-color: @accent@;
  image: url(@controls@/check.svg); }
QCheckBox::indicator:indeterminate { background: @accent@; border-color: @accent@; image: url(@controls@/dash.svg); }
QRadioButton::indicator:checked { background: @accent@; border-color: @accent@; image: url(@controls@/dot.svg); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled, QTreeView::indicator:disabled { border-color: @line@;
  background: @background@; }
QCheckBox::indicator:checked:disabled, QRadioButton::indicator:checked:disabled { border-color: @faint@;
  background: @faint@; }
QCheckBox:disabled, QRadioButton:disabled { color: @faint@; }

QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; background: @line@; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent@; border-radius: 2px; }
QSlider::handle:horizontal { width: 16px; height: 16px; margin: -6px 0px; border-radius: 8px; background: @card@;
  border: 2px solid @accent@; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: @selection@; }
QSlider::handle:horizontal:disabled { border-color: @strong_line@; }

QProgressBar { background: @line@; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
  color: transparent; }
QProgressBar::chunk { background: @accent@; border-radius: 3px; }
QProgressBar[kind="good"]::chunk { background: @good@; }

QTabWidget::pane { border: none; border-top: 1px solid @line@; }
QTabBar { background: transparent; border: none; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: @muted@; padding: 8px 4px; margin: 0px 20px 0px 0px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: @text@; }
QTabBar::tab:selected { color: @text@; border-bottom: 2px solid @accent@; font-weight: 600; }
QTabBar::tab:focus { color: @accent@; }
QTabBar::tab:disabled { color: @faint@; }

QTableView, QTreeView, QListView { background: @card@; alternate-background-color: @background@; color: @text@;
  border: none; gridline-color: @line@; selection-background-color: @selection@; selection-color: @text@;
  outline: none; }
QTableView[framed="true"], QTreeView[framed="true"], QListView[framed="true"] { border: 1px solid @line@;
  border-radius: @radius@px; }
QTableView::item, QTreeView::item, QListView::item { padding: 2px 8px; border: none; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { background: @selection@;
  color: @text@; }
QTableView::item:hover, QTreeView::item:hover, QListView::item:hover { background: @hover@; }
QTableView::item:selected:hover { background: @selection@; }
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid @accent@; }
QHeaderView { background: @card@; border: none; }
QHeaderView::section { background: @card@; color: @muted@; border: none; border-bottom: 1px solid @line@;
  padding: 6px 8px 6px 11px; font-weight: 600; }
QHeaderView::section:hover { color: @text@; background: @hover@; }
QHeaderView::section:vertical { border-bottom: none; border-right: 1px solid @line@; font-weight: 400;
  padding: 0px 8px; }
QHeaderView::up-arrow { image: url(@controls@/chevron_up.svg); width: 12px; height: 12px; }
QHeaderView::down-arrow { image: url(@controls@/chevron_down.svg); width: 12px; height: 12px; }
QTableCornerButton::section { background: @card@; border: none; border-bottom: 1px solid @line@; }
QTreeView::branch { background: transparent; }
QTreeView::branch:has-children:closed { image: url(@controls@/chevron_right.svg); }
QTreeView::branch:has-children:open { image: url(@controls@/chevron_down.svg); }

QScrollArea, QAbstractScrollArea { border: none; }
QScrollArea { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[kind="page"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0px; }
QScrollBar::handle { background: @strong_line@; border-radius: 4px; border: 2px solid transparent; }
QScrollBar::handle:vertical { min-height: 32px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 2px; }
QScrollBar::handle:hover { background: @muted@; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0px; height: 0px; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenuBar { background: @card@; border-bottom: 1px solid @line@; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 5px 10px; border-radius: 4px; }
QMenuBar::item:selected { background: @hover@; }
QMenuBar::item:pressed { background: @selection@; }
QMenu { background: @card@; border: 1px solid @strong_line@; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 28px; border-radius: 4px; }
QMenu::item:selected { background: @selection@; }
QMenu::item:disabled { color: @faint@; }
QMenu::separator { height: 1px; background: @line@; margin: 4px 8px; }
QMenu::icon { padding-left: 6px; }
QMenu::indicator { width: 16px; height: 16px; left: 6px; }
QMenu::indicator:checked { image: url(@controls@/check_menu.svg); }
QMenu::right-arrow { image: url(@controls@/chevron_right.svg); width: 14px; height: 14px; }

QGroupBox { border: none; margin-top: 22px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; padding: 0px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:horizontal { width: 8px; }
QSplitter::handle:vertical { height: 8px; }
QSplitter::handle:hover { background: @hover@; }
"""
