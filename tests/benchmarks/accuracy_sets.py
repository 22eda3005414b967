"""Train every labelled FASTA file of a folder with the settings that are filled in by themselves; print a table.

    python tests/benchmarks/accuracy_sets.py FOLDER [NAME ...] [--set training.epochs=5 ...] [--seed 1]

The files carry `>id|label|train` or `>id|label|test` headers. The test records are judged once, at the end; the
columns named "valid." are what settings may be tuned by. Not part of the test run: it takes minutes.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.catalogue.registry import architecture
from bioseq.config.autofill import autofill
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.inference import predicting
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished
from bioseq.sequences.dataset import Split
from bioseq.training.inputs import prepare
from bioseq.training.loop import TrainedModel, train
from bioseq.training.reference_baselines import fit_reference_baselines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.loading import LoadedData
    from bioseq.evaluation.results import Evaluation, Scores

COLUMNS = ("accuracy", "mcc", "roc_auc")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file."""

    name: str
    model: str
    test: Evaluation
    validation: Evaluation
    trained: TrainedModel
    seconds: float


def run(path: Path, overrides: Sequence[str], seed: int) -> Result:
    """Read, fill in, train, evaluate."""
    start = time.perf_counter()
    given = Configuration(data=DataSettings(files=(DataFile(path=str(path)),)))
    config = autofill(load_data(given).profile, given).config
    config = apply_overrides(config, [*overrides, f"training.seed={seed}"])
    loaded = load_data(config)
    trained = _train(config, loaded)
    test, validation = (_judge(config, loaded, trained, split) for split in (Split.TEST, Split.VALIDATION))
    return Result(path.name, config.model.name, test, validation, trained, time.perf_counter() - start)


def _train(config: Configuration, loaded: LoadedData) -> TrainedModel:
    training = train(prepare(config, loaded), Control())
    while True:
        try:
            event = next(training)
        except StopIteration as end:
            trained: TrainedModel = end.value
            return trained
        if isinstance(event, EpochFinished) and event.improved:
            print(f"    epoch {event.epoch} {_triple(event.validation)} {event.seconds:.2f} s", end="\r", flush=True)


def _judge(config: Configuration, loaded: LoadedData, trained: TrainedModel, split: Split) -> Evaluation:
    dataset = loaded.dataset
    job = prepare(config, loaded)
    evaluation, _ = judge(
        predicting(trained.network, job.vocabulary, trained.device),
        dataset.take(dataset.rows_of(split)),
        labels=job.label_names,
        split=split.name.lower(),
        title=architecture(config.model.name).title,
        positive=job.positive,
        threshold=job.threshold,
        baselines=fit_reference_baselines(loaded.dataset, molecule=loaded.molecule),
    )
    return evaluation


def _triple(metrics: dict[str, float]) -> str:
    return "/".join(f"{metrics[name]:.3f}" for name in COLUMNS)


def _baseline(scores: Sequence[Scores]) -> Scores:
    return next(one for one in scores if one.name == "logistic_regression")


def main() -> None:
    """Run the files and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="only files whose name holds one of these")
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_intermixed_args()
    print(
        "| set | model | test ACC/MCC/AUC | logistic regression | valid. model | valid. baseline | epochs (best) | s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for path in sorted(asked.folder.glob("*.fasta*")):
        if asked.names and not any(name in path.name for name in asked.names):
            continue
        result = run(path, asked.overrides, asked.seed)
        trivial = _baseline(result.test.baselines)
        print(
            f"| {result.name} | {result.model} | {_triple(result.test.model.metrics)} | {_triple(trivial.metrics)} "
            f"| {_triple(result.validation.model.metrics)} "
            f"| {_triple(_baseline(result.validation.baselines).metrics)} "
            f"| {result.trained.epochs} ({result.trained.best_epoch}) | {result.seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
