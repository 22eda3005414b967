"""A wheel holds all that the program needs: it is built, unpacked into an empty folder, and started from there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(installed: Path, script: str) -> subprocess.CompletedProcess[str]:
    # -S leaves out the checkout's editable install; the libraries come from site-packages by hand.
    path = os.pathsep.join([str(installed), sysconfig.get_path("purelib")])
    return subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=installed,
        env={**os.environ, "PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"},
    )


def test_a_wheel_carries_samples_help_and_icons(installed: Path) -> None:
    resources = installed / "bioseq" / "_resources"
    assert (resources / "samples" / "index.json").is_file()
    assert list((resources / "help").rglob("*.md"))
    assert list((resources / "icons").rglob("*.svg"))


def test_the_command_line_of_a_wheel_starts(installed: Path) -> None:
    script = (
        "import sys, bioseq; print(bioseq.__file__); sys.argv = ['bioseq', 'models']\n"
        "from bioseq.cli import main; sys.exit(main())"
    )
    result = run_installed(installed, script)
    assert result.returncode == 0, result.stderr
    assert str(installed) in result.stdout
    assert "text_cnn" in result.stdout


def test_the_window_of_a_wheel_starts(installed: Path) -> None:
    script = "import sys; from bioseq_gui.app import main; sys.exit(main(['--self-test']))"
    result = run_installed(installed, script)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_library_that_the_code_imports_is_declared() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if "test" not in name}
    lines = [*project["dependencies"], *(line for lines in extras.values() for line in lines)]
    declared = {Requirement(line).name.lower().replace("-", "_") for line in lines}
    of_import = {
        "Bio": "biopython",
        "sklearn": "scikit_learn",
        "PIL": "pillow",
        "imblearn": "imbalanced_learn",
        "PySide6": "pyside6_essentials",
        "shiboken6": "pyside6_essentials",
    }
    own = {"bioseq", "bioseq_gui"}
    script = (
        "import ast, sys, pathlib\n"
        "names = set()\n"
        "for path in [*pathlib.Path('engine').rglob('*.py'), *pathlib.Path('bioseq_gui').rglob('*.py')]:\n"
        "    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):\n"
        "        if isinstance(node, ast.Import): names |= {a.name.split('.')[0] for a in node.names}\n"
        "        if isinstance(node, ast.ImportFrom) and node.module: names.add(node.module.split('.')[0])\n"
        "print(*sorted(names - set(sys.stdlib_module_names)))\n"
    )
    used = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "numpy" in used
    missing = {name for name in used if name not in own and of_import.get(name, name).lower() not in declared}
    # pydantic's own parts, in which its public interface names types.
    assert missing <= {"pydantic_core", "annotated_types"}
