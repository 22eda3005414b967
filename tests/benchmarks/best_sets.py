"""Find the best model for every labelled FASTA file of a folder, as the command line does; print a table.

    python tests/benchmarks/best_sets.py FOLDER RESULTS [NAME ...] [--minutes 10] [--set OPTION ...] [--table]

The files carry `>id|label|train` or `>id|label|test` headers. Each study is left in a folder of its name in RESULTS,
and what is finished there is not run again; `--table` only prints. The test records are opened once per study, at its
end. Nothing else should run on the machine: how far each training comes in the time hangs on that.
`--set data.test_in_train=keep` leaves the records as the files have them, copies of test records among those for
training included, as published figures mostly do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = ("accuracy", "mcc", "roc_auc")


def find(path: Path, folder: Path, minutes: float, settings: Sequence[str]) -> None:
    """Carry out one study, from the beginning; what it says goes beside its folder."""
    options = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-m", "bioseq.cli", "best", str(path), "--minutes", str(minutes), "-o", str(folder)]
    begun = time.monotonic()
    with folder.with_suffix(".log").open("w", encoding="utf-8") as log:
        ending = subprocess.run([*command, *options], stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    print(f"    {folder.name}: {time.monotonic() - begun:.0f} s, status {ending}", file=sys.stderr, flush=True)


def row(folder: Path) -> str:
    """A line of the table: figures of the test with their intervals, what the answer is made of."""
    evaluation = _read(folder / "result" / "metrics.json")["evaluations"]["test"]
    results = _read(folder / "study.json")["results"]
    scores = {one["name"]: one["metrics"]["accuracy"] for one in evaluation["baselines"]}
    simple = max(scores, key=lambda name: scores[name])
    made = ", ".join(f"{share:.0%} {name}" for name, share in results["weights"].items())
    cells = [_figure(evaluation["model"], name) for name in COLUMNS]
    return f"| {folder.name} | {' | '.join(cells)} | {scores[simple]:.4f} ({simple}) | {made} |"


def _figure(scores: dict[str, Any], name: str) -> str:
    interval = scores["intervals"][name]
    return f"{scores['metrics'][name]:.4f} ({interval['low']:.3f} to {interval['high']:.3f})"


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def main() -> None:
    """Carry out what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("names", nargs="*", help="only files whose name holds one of these")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--set", action="append", default=[], help="an option of the program, as training.seed=2")
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_intermixed_args()
    asked.results.mkdir(parents=True, exist_ok=True)
    print("| set | test accuracy (95 %) | MCC | ROC AUC | best simple model beside it | the answer |")
    print("|---|---|---|---|---|---|")
    for path in sorted(asked.folder.glob("*.fasta*")):
        if asked.names and not any(name in path.name for name in asked.names):
            continue
        folder = asked.results / path.name.partition(".fasta")[0]
        done = folder / "result" / "metrics.json"
        if not done.exists() and not asked.table:
            find(path, folder, asked.minutes, asked.set)
        print(row(folder) if done.exists() else f"| {folder.name} | no result | | | | |", flush=True)


if __name__ == "__main__":
    main()
