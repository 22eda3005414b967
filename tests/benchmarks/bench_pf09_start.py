"""PF-09: time from starting the process to the first painted window, against a bare PySide6 window.

    python tests/benchmarks/bench_pf09_start.py [--repeats N]

Fresh processes, in turn, warm cache; medians. Prints ratio, anchor and limit; the exit status is 1 above the limit.
Also checks what is loaded at that moment: neither pyqtgraph nor numpy nor torch.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

LIMIT = 1.5

NOTICE = """
import json, os, sys, time
from PySide6.QtCore import QEvent, QObject
class Notice(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            modules = [name for name in ("numpy", "pyqtgraph", "torch", "pydantic") if name in sys.modules]
            print(json.dumps({"time": time.time(), "modules": modules}), flush=True)
            os._exit(0)
        return False
"""
BARE = (
    NOTICE
    + """
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(QWidget())
window.resize(1280, 800)
notice = Notice()
window.centralWidget().installEventFilter(notice)
window.show()
application.exec()
"""
)
OURS = (
    NOTICE
    + """
from PySide6.QtWidgets import QApplication
from bioseq_gui.app import build_window
application = QApplication([])
built = build_window(application)
notice = Notice()
built.data_page.installEventFilter(notice)
built.window.show()
application.exec()
"""
)


def first_paint(script: str, environment: dict[str, str]) -> tuple[float, list[str]]:
    """Seconds from the start of a process to its first paint, and the heavy modules loaded by then."""
    start = time.time()
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    ).stdout
    told = json.loads(output.strip().splitlines()[-1])
    return told["time"] - start, told["modules"]


def measure(repeats: int) -> tuple[float, float, set[str]]:
    """Median seconds of the bare window and of ours, and heavy modules loaded by ours at its first paint."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "BIOSEQ_CONFIG_HOME": home, "BIOSEQ_CACHE_HOME": home, "BIOSEQ_RUNS": home}
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        for script in (BARE, OURS):
            first_paint(script, environment)
        bare, ours = [], []
        modules: set[str] = set()
        for _ in range(repeats):
            bare.append(first_paint(BARE, environment)[0])
            seconds, loaded = first_paint(OURS, environment)
            ours.append(seconds)
            modules.update(loaded)
    return statistics.median(bare), statistics.median(ours), modules


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--repeats", type=int, default=9)
    bare, ours, modules = measure(parser.parse_args().repeats)
    ratio = ours / bare
    print(f"PF-09 first painted window: {ours * 1000:.0f} ms; ratio {ratio:.2f}")
    print(f"anchor: a bare PySide6 window, {bare * 1000:.0f} ms; limit: {LIMIT}x")
    print(f"loaded by then: {', '.join(sorted(modules)) or 'none of numpy, pyqtgraph, pydantic, torch'}")
    return 0 if ratio <= LIMIT and not {"pyqtgraph", "torch"} & modules else 1


if __name__ == "__main__":
    sys.exit(main())
