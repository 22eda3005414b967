"""Text of people is never taken for markup: where Qt would guess, the window says which of the two it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
WINDOW = PROJECT / "bioseq_gui"
_SAFE = {"tip", "plain_tip", "tr", "_tr", "translated"}
"""Functions whose result is no markup, or a text of the program's own."""
_ALONE = {
    "QLabel": {"widgets/basics.py"},
    "QMessageBox": {"widgets/dialogs.py"},
    "QTextBrowser": {"widgets/help_window.py"},
    "QTextEdit": set(),
    "QTextDocument": set(),
    "QStaticText": set(),
    "setHtml": set(),
    "setMarkdown": {"widgets/help_window.py"},
}
"""What guesses whether a text is markup, or takes it for that, to the only modules that may call it."""


def name_of(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return name_of(function)
        case _:
            return ""


def is_safe(node: ast.AST) -> bool:
    """The value of an expression is a text that Qt may guess about."""
    match node:
        case ast.Constant():
            return True
        case ast.IfExp(body=body, orelse=other):
            return is_safe(body) and is_safe(other)
        case _:
            return isinstance(node, ast.Call) and name_of(node) in _SAFE


def tips_of(call: ast.Call) -> list[ast.expr]:
    """What a call shows as a tool tip."""
    name = name_of(call)
    if name in {"setToolTip", "setStatusTip"}:
        return call.args[-1:]
    if name == "showText":
        return call.args[1:2]
    if name == "setItemData" and any("ToolTipRole" in ast.unparse(argument) for argument in call.args):
        return call.args[1:2]
    return []


def guesses_in(path: Path, root: Path) -> list[str]:
    found = []
    module = path.relative_to(root).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        unsafe = [ast.unparse(shown) for shown in tips_of(node) if not is_safe(shown)]
        found += [f"{module}:{node.lineno} tip {shown}" for shown in unsafe]
        name = name_of(node)
        if name in _ALONE and module not in _ALONE[name]:
            found.append(f"{module}:{node.lineno} {name}")
    return found


def test_no_tip_and_no_label_lets_qt_guess_whether_a_text_is_markup() -> None:
    paths = sorted(WINDOW.rglob("*.py"))
    assert len(paths) > 100
    assert [line for path in paths for line in guesses_in(path, WINDOW)] == []


def test_every_message_box_says_that_its_text_is_plain() -> None:
    text = (WINDOW / "widgets" / "dialogs.py").read_text(encoding="utf-8")
    assert text.count("QMessageBox(parent)") == text.count("setTextFormat(Qt.TextFormat.PlainText)") > 0


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("widget.setToolTip(path)", 1),
        ("widget.setToolTip(tip(path))", 0),
        ("widget.setToolTip('plain' if known else self.tr('other'))", 0),
        ("widget.setToolTip(self.tr('{0}').format(path))", 1),
        ("QToolTip.showText(place, text, self)", 1),
        ("box.setItemData(1, text, Qt.ItemDataRole.ToolTipRole)", 1),
        ("box.setItemData(1, text)", 0),
        ("QLabel(text)", 1),
        ("document.setHtml(text)", 1),
    ],
)
def test_the_check_can_fail(tmp_path: Path, line: str, count: int) -> None:
    path = tmp_path / "page.py"
    path.write_text(f"{line}\n", encoding="utf-8")
    assert len(guesses_in(path, tmp_path)) == count
