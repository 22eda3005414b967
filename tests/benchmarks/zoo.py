"""Train every model of the catalogue on every labelled FASTA file of a folder; keep the results; print the table.

    python tests/benchmarks/zoo.py FOLDER RESULTS.jsonl [--models a,b] [--sets x,y] [--minutes 5] [--jobs 2] [--table]

Settings are those that are filled in from the data; only the model is put in its place. Each training is a process of
its own with one thread; after its minutes of processor time (so that a busy machine changes nothing) it is stopped,
keeps its best epoch and is judged. Results are appended as they come, and what is there already is not run again.
Models that do not suit a set are left out. The test records are judged once, at the end of each training; "validation"
is what choices may be made by. It takes hours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bioseq.protocol.control import Control

COLUMNS = ("accuracy", "mcc", "roc_auc")


def train_one(path: Path, model: str, overrides: list[str], minutes: float) -> dict[str, Any]:
    """Train one model on one file in this process, judge it, and say how it went."""
    from bioseq.catalogue.registry import ARCHITECTURES, MODELS
    from bioseq.config.autofill import autofill
    from bioseq.config.checks import task_shape
    from bioseq.config.loading import load_data
    from bioseq.config.overrides import apply_overrides
    from bioseq.config.schema import Configuration, DataFile, DataSettings
    from bioseq.config.suitability import why_unsuited
    from bioseq.evaluation.results import read_evaluations
    from bioseq.jobs.runner import run_job
    from bioseq.protocol.control import Control
    from bioseq.protocol.events import EpochFinished
    from bioseq.protocol.jobs import TrainJob
    from bioseq.runs.store import create_run

    given = Configuration(data=DataSettings(files=(DataFile(path=str(path)),)))
    profile = load_data(given).profile
    config = autofill(profile, given).config
    if config.model.name != model:
        config = apply_overrides(config, [f"model.name={model}", "model.hyper={}"])
    config = apply_overrides(config, ["training.threads=1", *overrides])
    row: dict[str, Any] = {"set": path.name.split(".")[0], "model": model, "overrides": overrides}
    if why := why_unsuited(MODELS[model], config, profile):
        return {**row, "unsuited": why}
    if model in ARCHITECTURES:
        task = task_shape(config, profile)
        row["parameters"] = ARCHITECTURES[model].count_parameters(
            task, ARCHITECTURES[model].resolve(config.model.hyper)
        )
    epochs: list[EpochFinished] = []
    with tempfile.TemporaryDirectory() as folder:
        run = create_run(config, root=Path(folder))
        control = Control()
        _stop_after(60 * minutes, control)
        start = time.process_time()
        ending = run_job(
            TrainJob("zoo", str(run.path)),
            control,
            lambda event: epochs.append(event) if isinstance(event, EpochFinished) else None,
        )
        row["seconds"] = round(time.process_time() - start, 1)
        row["ending"] = type(ending).__name__
        if epochs:
            row |= {"epochs": len(epochs), "best_epoch": epochs[-1].best_epoch}
        if not run.metrics.exists():
            return {**row, "fault": str(getattr(ending, "message", ""))}
        for split, evaluation in read_evaluations(run.metrics).items():
            row[split] = {name: evaluation.model.metrics[name] for name in (*COLUMNS, "loss")}
    return row


def _stop_after(seconds: float, control: Control) -> None:
    """Ask the training to stop once this process has had so much processor time from now."""
    end = time.process_time() + seconds

    def watch() -> None:
        while time.process_time() < end:
            time.sleep(0.2)
        control.stop()

    threading.Thread(target=watch, daemon=True).start()


def in_a_process(path: Path, model: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Run `train_one` in a fresh process; a crash becomes a row too."""
    command = [sys.executable, __file__, "--one", str(path), model, "--minutes", str(asked.minutes)]
    command += [f"--set={override}" for override in asked.overrides]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"set": path.name.split(".")[0], "model": model, "fault": done.stderr.strip()[-500:]}
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def run_all(asked: argparse.Namespace) -> None:
    """All that has not been run yet, so many at a time."""
    from bioseq.catalogue.registry import MODELS

    known = {(row["set"], row["model"]) for row in rows_of(asked.results)}
    models = asked.models.split(",") if asked.models else list(MODELS)
    paths = sorted(asked.folder.glob("*.fasta*"), key=lambda path: path.stat().st_size)
    wanted = asked.sets.split(",") if asked.sets else [""]
    tasks = [
        (path, model)
        for path in paths
        for model in models
        if any(name in path.name for name in wanted) and (path.name.split(".")[0], model) not in known
    ]
    writing = threading.Lock()

    def work(task: tuple[Path, str]) -> None:
        row = in_a_process(*task, asked)
        with writing, asked.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)

    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(work, tasks))


def rows_of(results: Path) -> list[dict[str, Any]]:
    """What is there already."""
    if not results.exists():
        return []
    return [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines() if line]


def table(rows: list[dict[str, Any]]) -> str:
    """Model by set: test ACC / MCC / AUC, seconds; below them the parameters."""
    sets = sorted({row["set"] for row in rows})
    models = sorted({row["model"] for row in rows})
    cells = {(row["model"], row["set"]): row for row in rows}
    lines = ["| model | " + " | ".join(sets) + " |", "|---" * (len(sets) + 1) + "|"]
    lines += [
        f"| {model} | " + " | ".join(_cell(cells.get((model, name), {})) for name in sets) + " |" for model in models
    ]
    return "\n".join(lines)


def _cell(row: dict[str, Any]) -> str:
    if "test" not in row:
        return "fault" if "fault" in row else "not suited" if "unsuited" in row else ""
    figures = "/".join(f"{row['test'][name]:.3f}".replace("0.", ".", 1) for name in COLUMNS)
    size = f", {row['parameters']:,}" if "parameters" in row else ""
    stopped = "†" if row["ending"] == "JobStopped" else ""
    return f"{figures}, {row['seconds']:.0f} s{stopped}{size}"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("results", type=Path, nargs="?")
    parser.add_argument("--models", default="")
    parser.add_argument("--sets", default="")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--table", action="store_true", help="only print the table of what is there")
    parser.add_argument("--one", nargs=2, metavar=("FILE", "MODEL"))
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(train_one(Path(asked.one[0]), asked.one[1], asked.overrides, asked.minutes)))
        return
    if not asked.table:
        run_all(asked)
    print(table(rows_of(asked.results)))


if __name__ == "__main__":
    main()
