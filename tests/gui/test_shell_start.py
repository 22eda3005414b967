"""What stands between the click on the icon and the first painted window: nothing heavy."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
from PySide6.QtWidgets import QApplication
from bioseq_gui.app import build_window
application = QApplication([])
built = build_window(application)
assert built.window.page == "data"
heavy = {"numpy", "pydantic", "pyqtgraph", "psutil", "torch", "sklearn", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
"""


def test_the_first_window_is_built_without_heavy_libraries(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "BIOSEQ_CONFIG_HOME": str(tmp_path)},
    )
    assert result.returncode == 0, result.stderr


def test_the_self_test_reads_a_sample_and_ends_well(tmp_path: Path) -> None:
    homes = {f"BIOSEQ_{name}": str(tmp_path / name) for name in ("CONFIG_HOME", "CACHE_HOME", "RUNS")}
    result = subprocess.run(
        [sys.executable, "-m", "bioseq_gui", "--self-test"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **homes},
    )
    assert result.returncode == 0, result.stderr
    assert "106 records" in result.stdout
