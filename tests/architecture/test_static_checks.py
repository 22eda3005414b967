"""The house rules that tools check: style, types, import contracts, and calls that must not occur."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
CODE = [PROJECT / "engine", PROJECT / "bioseq_gui"]

FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "pickle.load",
    "pickle.loads",
    "joblib.load",
    "torch.load",
    "torch.save",
    "yaml.load",
    "os.system",
    "QApplication.processEvents",
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": f"{PROJECT / 'engine'}{os.pathsep}{PROJECT}"}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=PROJECT, capture_output=True, text=True, check=False, env=environment
    )


def test_code_is_formatted() -> None:
    result = run("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout + result.stderr


def test_code_keeps_the_lint_rules() -> None:
    result = run("ruff", "check", ".")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.timeout(600)
def test_types_are_strict_and_sound() -> None:
    result = run("mypy")
    assert result.returncode == 0, result.stdout + result.stderr


def test_imports_run_one_way() -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def called_name(node: ast.Call) -> str:
    parts: list[str] = []
    function: ast.expr = node.func
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    parts.append(function.id if isinstance(function, ast.Name) else "?")
    return ".".join(reversed(parts))


def forbidden_in(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = called_name(node)
        shell = any(word.arg == "shell" and getattr(word.value, "value", None) is not False for word in node.keywords)
        if name in FORBIDDEN_CALLS or shell or name.endswith(".processEvents"):
            found.append(f"{path.relative_to(PROJECT)}:{node.lineno} {name}")
    return found


def test_no_call_that_runs_code_from_files_or_a_shell() -> None:
    paths = [path for folder in CODE for path in folder.rglob("*.py")]
    assert paths
    assert [line for path in paths for line in forbidden_in(path)] == []


def test_the_check_for_forbidden_calls_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PROJECT", tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text("import torch, subprocess\ntorch.load('x')\nsubprocess.run('ls', shell=True)\n", encoding="utf-8")
    assert len(forbidden_in(bad)) == 2
