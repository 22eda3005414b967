"""The settings as a form, made from the schema and the chosen architecture: no option is written here by hand.

First the few decisions that everyone makes, with the reason for each; the rest is folded and can be searched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QToolButton, QVBoxLayout, QWidget

from bioseq.config.fields import describe_fields, section_title, sections, specification_of, value_at
from bioseq.errors import BioseqError
from bioseq_gui.forms.editors import FolderEditor, WeightsEditor
from bioseq_gui.forms.options import from_field, from_specification
from bioseq_gui.forms.row import FieldRow
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import clear_layout, label, separator

if TYPE_CHECKING:
    from bioseq.catalogue.specification import ModelSpecification
    from bioseq.config.schema import Configuration
    from bioseq.errors import Problem
    from bioseq_gui.forms.options import Option
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

ESSENTIAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("molecule", ("data.molecule",)),
    ("model", ("model.name", "model.combine")),
    ("duration", ("training.epochs", "training.patience")),
    ("split", ("split.test_fraction", "split.validation_fraction")),
)
"""The decisions of the first screen, and the options that each consists of."""

_HYPER = "model.hyper"
_ROWS_AT_ONCE = 3


class ConfigurationForm(QWidget):
    """All options of the session's configuration.

    Signals:
        edit_refused: A value was not legal (path, sentence); nothing has changed.
        download_wanted: The person wants to download a pretrained model, or to end the download under way.
    """

    edit_refused = Signal(str, str)
    download_wanted = Signal()

    def __init__(self, session: Session, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._rows: dict[str, FieldRow] = {}
        self._groups: dict[str, _Group] = {}
        self._heads: dict[str, tuple[QWidget, ...]] = {}
        self._specification: ModelSpecification | None = None
        self._hyper_place = QVBoxLayout()
        self._folder_place = QVBoxLayout()
        self._hyper_problem = label("", "bad", wrap=True)
        self._fold = _FoldButton(theme, self.tr("All other settings"))
        self._search = QLineEdit()
        self._rest = QWidget()
        self._nothing = label(self.tr("No setting matches."), "muted")
        self._waiting: list[tuple[str, Option]] = []
        self._download = -1
        self._later = QTimer(self)
        self._later.setInterval(0)
        self._later.timeout.connect(self._build_some)
        self._build()
        self._fold.toggled.connect(self._unfold)
        self._search.textChanged.connect(self._filter)
        session.configuration_changed.connect(self._show)
        session.data_changed.connect(self._show_now)
        session.problems_changed.connect(self._show_problems)
        self._show(session.configuration)

    # ------------------------------------------------------------------ building

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        options = {field.path: from_field(field) for field in describe_fields() if field.path != _HYPER}
        titles = {
            "molecule": self.tr("What the sequences are"),
            "model": self.tr("Which model"),
            "duration": self.tr("How long to train"),
            "split": self.tr("How to split"),
        }
        for number, (name, paths) in enumerate(ESSENTIAL):
            line, title = separator(), label(titles[name], "strong")
            line.setVisible(number > 0)
            column.addWidget(line)
            column.addWidget(title)
            self._heads[name] = (line, title) if number else (title,)
            for path in paths:
                column.addWidget(self._add_row(options.pop(path)))
            if name == "model":
                column.addLayout(self._folder_place)
        column.addWidget(separator())
        column.addWidget(self._fold)
        self._build_rest(options)
        column.addWidget(self._rest)
        column.addStretch(1)

    def _build_rest(self, options: dict[str, Option]) -> None:
        self._search.setPlaceholderText(self.tr("Search settings"))
        self._search.setAccessibleName(self.tr("Search settings"))
        self._search.setClearButtonEnabled(True)
        rest = QVBoxLayout(self._rest)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.setSpacing(SPACE_2)
        rest.addWidget(self._search)
        rest.addWidget(self._nothing)
        for section in sections():
            self._groups[section] = _Group(section_title(section))
            rest.addWidget(self._groups[section])
        self._groups["model"].body.addWidget(self._hyper_problem)
        self._groups["model"].body.addLayout(self._hyper_place)
        self._waiting = [(path.partition(".")[0], option) for path, option in options.items()]
        self._hyper_problem.setVisible(False)
        self._nothing.setVisible(False)
        self._rest.setVisible(False)
        self._later.start()

    def _build_some(self, most: int = _ROWS_AT_ONCE) -> None:
        """Build a few of the folded rows: all at once would hold the window for too long."""
        now, self._waiting = self._waiting[:most], self._waiting[most:]
        if not self._waiting:
            self._later.stop()
        for section, option in now:
            row = self._add_row(option)
            self._groups[section].body.addWidget(row)
            self._show_row(row)
        self._show_problems()
        self._filter(self._search.text())

    def _build_all(self) -> None:
        if self._waiting:
            self._build_some(len(self._waiting))

    def _add_row(self, option: Option) -> FieldRow:
        row = FieldRow(option, self._theme)
        self._rows[option.path] = row
        row.edited.connect(self._edit)
        row.reset_requested.connect(self.reset)
        if isinstance(row.editor, FolderEditor):
            row.editor.show_download(self._download)
            row.editor.download_wanted.connect(self.download_wanted)
        return row

    def _build_hyper(self, chosen: ModelSpecification | None) -> None:
        for path in [path for path in self._rows if path.startswith(f"{_HYPER}.")]:
            del self._rows[path]
        clear_layout(self._hyper_place)
        clear_layout(self._folder_place)
        self._specification = chosen
        if chosen is None:
            return
        self._groups["model"].set_title(self.tr("Model: {0}").format(chosen.title))
        for option in from_specification(chosen):
            place = self._folder_place if option.kind == "folder" else self._hyper_place
            place.addWidget(self._add_row(option))
        self._filter(self._search.text())

    # ------------------------------------------------------------------ what a person does

    def row(self, path: str) -> FieldRow:
        """The row of an option."""
        self._build_all()
        return self._rows[path]

    @property
    def paths(self) -> tuple[str, ...]:
        """The options that have a row."""
        self._build_all()
        return tuple(self._rows)

    def reveal(self, path: str) -> None:
        """Unfold what hides an option, and give it the focus."""
        self._build_all()
        row = self._rows.get(path)
        if row is None:
            return
        if self._rest.isAncestorOf(row):
            self._search.clear()
            self._fold.setChecked(True)
        row.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def search(self, text: str) -> None:
        """Unfold the rest and show what matches."""
        self._fold.setChecked(True)
        self._search.setText(text)

    def reset(self, path: str) -> None:
        """Give an option its recommended value back, or its default where nothing is recommended."""
        self._edit(path, self._reference(path))

    def _edit(self, path: str, value: object) -> None:
        try:
            self._session.edit(path, value)
        except BioseqError as error:
            self._rows[path].show_problem(error.message + (f" {error.remedy}" if error.remedy else ""))
            self.edit_refused.emit(path, str(error))

    # ------------------------------------------------------------------ showing

    def show_download(self, percent: int) -> None:
        """Say how far the download of a pretrained model is; -1 when there is none."""
        self._download = percent
        for row in self._rows.values():
            if isinstance(row.editor, FolderEditor):
                row.editor.show_download(percent)

    def _show_now(self) -> None:
        self._show(self._session.configuration)

    def _show(self, config: Configuration) -> None:
        chosen = specification_of(config)
        if chosen is not self._specification:
            self._build_hyper(chosen)
            self._show_essentials()
        for row in self._rows.values():
            self._show_row(row)
        self._show_problems()

    def _show_row(self, row: FieldRow) -> None:
        path, inspection = row.option.path, self._session.inspection
        if isinstance(row.editor, WeightsEditor):
            row.editor.set_names(inspection.profile.label_names if inspection is not None else ())
        value, reference = value_at(self._session.configuration, path), self._reference(path)
        row.show_value(value)
        row.show_reference(value, reference, recommended=inspection is not None)
        row.show_note(self._note(row, changed=value != reference))

    def _note(self, row: FieldRow, *, changed: bool) -> str:
        """The reason for a recommended value; else what the option does, which an essential one says by its name."""
        reasons = {reason.path: reason.sentence for reason in self._session.reasons}
        path = row.option.path
        if path in reasons and not changed and path not in self._session.touched:
            return reasons[path]
        essential = self._is_essential(path) and row.option.kind != "folder"
        return "" if essential else row.option.help

    def _show_essentials(self) -> None:
        """Show the decisions that mean anything to the chosen model."""
        for name, paths in ESSENTIAL:
            matter = [self._matters(path) for path in paths]
            for path, matters in zip(paths, matter, strict=True):
                self._rows[path].setVisible(matters)
            for widget in self._heads[name]:
                widget.setVisible(any(matter))

    def _matters(self, path: str) -> bool:
        """Whether an option means anything to the chosen model."""
        return self._specification is None or path not in self._specification.unused_options

    def _is_essential(self, path: str) -> bool:
        folder = path in self._rows and self._rows[path].option.kind == "folder"
        return folder or any(path in paths for _, paths in ESSENTIAL)

    def _reference(self, path: str) -> Any:
        """What reset goes back to: the value that suits the data, else the default."""
        inspection = self._session.inspection
        default = self._rows[path].option.default
        if inspection is None:
            return default
        config = inspection.config
        if path.startswith(f"{_HYPER}.") and config.model.name != self._session.configuration.model.name:
            return default
        return value_at(config, path)

    def _show_problems(self) -> None:
        found: dict[str, list[Problem]] = {}
        for problem in self._session.problems:
            found.setdefault(problem.where, []).append(problem)
        folded = 0
        for path, row in self._rows.items():
            problems = found.pop(path, [])
            text = " ".join(f"{problem.message} {problem.remedy}".strip() for problem in problems)
            row.show_problem(text, _worst(problems))
            folded += bool(problems) and self._rest.isAncestorOf(row)
        others = [problem for where, problems in found.items() if where.startswith(_HYPER) for problem in problems]
        self._hyper_problem.setText(" ".join(problem.message for problem in others))
        self._hyper_problem.setVisible(bool(others))
        self._fold.show_count(folded + bool(others))

    def _unfold(self, shown: bool) -> None:
        self._build_all()
        self._rest.setVisible(shown)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        matched = False
        for section, group in self._groups.items():
            any_here = False
            for path, row in self._rows.items():
                if not path.startswith(f"{section}.") or self._is_essential(path):
                    continue
                hit = all(word in row.option.words for word in words) and self._matters(path)
                row.setVisible(hit)
                any_here = any_here or hit
            group.setVisible(any_here)
            matched = matched or any_here
        self._nothing.setVisible(not matched)


class _Group(QWidget):
    """The options of one section under its heading."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = label(title, "strong")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, SPACE_3, 0, 0)
        self.body.setSpacing(SPACE_1)
        self.body.addWidget(self._title)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title.setText(title)


class _FoldButton(QToolButton):
    """Shows and hides what lies below it, and says how many faults it hides."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self._theme = theme
        self._plain = text
        self.setCheckable(True)
        self.setText(text)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.toggled.connect(self._paint)
        theme.changed.connect(self._paint)
        self._paint()

    def show_count(self, count: int) -> None:
        """Say how many of the hidden options have faults."""
        faults = self.tr("1 to look at") if count == 1 else self.tr("{0} to look at").format(count)
        self.setText(f"{self._plain} · {faults}" if count else self._plain)

    def _paint(self) -> None:
        self.setIcon(self._theme.icon("chevron_down" if self.isChecked() else "chevron_right"))


def _worst(problems: list[Problem]) -> str:
    return "error" if any(problem.severity == "error" for problem in problems) else "warning"
