"""Physical proof of the borders: the engine works without Qt, the window without torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]

IMPORT_ALL = """
import importlib, importlib.abc, pkgutil, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent!r}:
            raise ModuleNotFoundError(name + " is absent here", name=name)

sys.meta_path.insert(0, Absent())
package = importlib.import_module({package!r})
names = [module.name for module in pkgutil.walk_packages(package.__path__, {package!r} + ".")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names), "modules")
loaded = {absent!r} & {{name.split(".")[0] for name in sys.modules}}
assert not loaded, loaded
"""


def import_all(package: str, absent: set[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", IMPORT_ALL.format(package=package, absent=absent)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )


def test_every_engine_module_imports_without_qt() -> None:
    result = import_all("bioseq", {"PySide6", "shiboken6", "pyqtgraph"})
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.split()[0]) > 30


def test_every_window_module_imports_without_torch_and_sklearn() -> None:
    result = import_all("bioseq_gui", {"torch", "sklearn", "scipy", "transformers"})
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.split()[0]) > 15


def test_importing_the_command_line_loads_no_torch() -> None:
    script = "import sys, bioseq.cli; assert not {'torch', 'sklearn', 'PySide6'} & set(sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_packaging_folder_never_shadows_the_library() -> None:
    assert not (PROJECT / "packaging" / "__init__.py").exists()
    script = "import packaging.version; print(packaging.__file__)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=PROJECT)
    assert "site-packages" in result.stdout
