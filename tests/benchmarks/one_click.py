"""What one click on Train gives, on planted sets or on files: the answer beside simple models and single networks.

    python tests/benchmarks/one_click.py                              # eleven kinds, 2,000 records of 200 letters
    python tests/benchmarks/one_click.py --kinds fixed floating --records 500 2000 --lengths 41 200 --seeds 0 1
    python tests/benchmarks/one_click.py --files FOLDER/*.fasta
    python tests/benchmarks/one_click.py --networks text_cnn cnn_bilstm tcn dnn

Settings are filled in as in the window. ROC AUC on the test records (PR AUC for `rare`); seconds from the click to the
finished run. Networks that are named are trained on the same records with the same settings, alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planted_sets import ALPHABETS, KINDS, PlantedSet

from bioseq.config.inspection import inspect_files
from bioseq.config.overrides import apply_overrides
from bioseq.evaluation.results import read_evaluations
from bioseq.evaluation.verdict import findings_of
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.store import prepare_run
from bioseq.sequences.files import FileRequest
from bioseq.training.evidence import examine

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration
    from bioseq.evaluation.results import Evaluation

ALONE = ("model.combine=false", "evaluation.baseline=false", "evaluation.similar_records=false")


@dataclass(frozen=True, slots=True)
class Result:
    """What one training came to.

    Attributes:
        evaluation: On the test records.
        seconds: From the start of the job to its end.
    """

    evaluation: Evaluation
    seconds: float


def fill_in(path: Path) -> Configuration:
    """The settings that suit a file, as the window fills them in."""
    found, _ = inspect_files([FileRequest(str(path))], examine=examine)
    return found.config


def train(config: Configuration, folder: Path) -> Result:
    """Run the job of a click on Train."""
    started = time.perf_counter()
    run = prepare_run(folder, config)
    ending = run_job(TrainJob("one-click", str(run.path), reports=False), Control(), lambda _: None)
    if not isinstance(ending, JobFinished):
        raise SystemExit(f"{folder}: {ending}")
    return Result(next(iter(read_evaluations(run.metrics).values())), time.perf_counter() - started)


def row(name: str, path: Path, folder: Path, *, metric: str, networks: list[str], overrides: list[str]) -> str:
    """One row of the table."""
    started = time.perf_counter()
    config = apply_overrides(fill_in(path), overrides)
    filled = time.perf_counter() - started
    answer = train(config, folder / "answer")
    metrics = answer.evaluation.model.metrics
    simple = max(answer.evaluation.baselines, key=lambda one: one.metrics.get(metric, 0.0))
    alone: dict[str, float] = {}
    for network in networks:
        model = [f"model.name={network}", "model.hyper={}"] if network != config.model.name else []
        settings = apply_overrides(config, [*model, *ALONE])
        alone[network] = train(settings, folder / network).evaluation.model.metrics[metric]
    best = max(alone.items(), key=lambda pair: pair[1], default=("", float("nan")))
    findings = ", ".join(finding.code.partition(".")[2] for finding in findings_of(answer.evaluation))
    return (
        f"| {name} | {metrics[metric]:.3f} | {simple.metrics[metric]:.3f} ({simple.name}) | "
        f"{best[1]:.3f} ({best[0]}) | {metrics['accuracy']:.4f} | {simple_accuracy(answer):.4f} | "
        f"{filled:.1f} + {answer.seconds:.1f} | {answer.evaluation.model.title} | "
        f"{findings} |"
    )


def simple_accuracy(result: Result) -> float:
    """The accuracy of the most accurate simple model."""
    return max(one.metrics["accuracy"] for one in result.evaluation.baselines)


def main() -> None:
    """Run the sets and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--records", nargs="+", type=int, default=[2_000])
    parser.add_argument("--lengths", nargs="+", type=int, default=[200])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--alphabet", choices=list(ALPHABETS), default="dna")
    parser.add_argument("--files", nargs="+", type=Path, default=[])
    parser.add_argument("--networks", nargs="*", default=[])
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    asked = parser.parse_args()
    print("| set | one click | best simple model | best network alone | accuracy | simple | s | answer | findings |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    planted = [
        PlantedSet(kind, records, length, asked.alphabet, seed)
        for kind in asked.kinds
        for length in asked.lengths
        for records in asked.records
        for seed in asked.seeds
    ]
    with tempfile.TemporaryDirectory() as scratch:
        for number, one in enumerate([] if asked.files else planted):
            name = f"{one.kind}, {one.length} x {one.records:,}" + (f", seed {one.seed}" if one.seed else "")
            path = one.write(Path(scratch) / f"{number}.fasta")
            metric = "pr_auc" if one.kind == "rare" else "roc_auc"
            folder = Path(scratch) / f"runs{number}"
            print(
                row(name, path, folder, metric=metric, networks=asked.networks, overrides=asked.overrides), flush=True
            )
        for number, path in enumerate(asked.files):
            folder = Path(scratch) / f"files{number}"
            print(
                row(path.stem, path, folder, metric="roc_auc", networks=asked.networks, overrides=asked.overrides),
                flush=True,
            )


if __name__ == "__main__":
    main()
