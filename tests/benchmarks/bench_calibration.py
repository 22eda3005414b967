"""Whether probabilities are true however rare classes were given more say: mean probability against prevalence.

    .venv/bin/python tests/benchmarks/bench_calibration.py [--seeds 20] [--ratio 1 3 10 30] [--model lr ...] [--way ...]

Planted sets of 60 letters: a motif stands anywhere in most records of the rare class and in a few of the other, so that
nobody can be sure. Class frequencies are alike in training, validation and test records, as the program divides them.
The figures are those of the test records. "Within" counts the seeds whose
mean probability of the rare class lies in the 95 % interval of its prevalence (Wilson 1927); "raw" is the mean
probability as the model gave it, before its calibration.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import math
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.calibration import mean_probabilities
from bioseq.evaluation.metrics import log_loss, scores
from bioseq.jobs.calibration import calibrated
from bioseq.jobs.teaching import prepared
from bioseq.protocol.control import Control
from bioseq.runs.folder import RunFolder
from bioseq.sequences.dataset import Split

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

RATIOS = (1, 3, 10, 30)
MOTIF, LETTERS = "GATTACA", 60
IN_RARE, IN_OTHER = 0.7, 0.08
COUNTS = {"train": 1_240, "validation": 620, "test": 620}
_WORDS = ("model.hyper.features=kmers", "model.hyper.k=4")
_QUICK = ("training.epochs=6", "training.batch_size=64", "training.threads=1")
_SMALL = ("training.learning_rate=0.003", "model.hyper.filters=32")
MODELS = {
    "lr": _WORDS,
    "hist_gradient_boosting": (*_WORDS, "model.hyper.trees=60"),
    "random_forest": (*_WORDS, "model.hyper.trees=60"),
    "text_cnn": _SMALL,
    "ensemble": ('model.hyper.members="lr,text_cnn"', "training.learning_rate=0.003"),
}
WAYS = {
    "as they are": (),
    "weights": ("training.class_weights=balanced",),
    "sampling": ("training.sampling=balanced",),
    "oversampling": ("training.sampling=oversampled",),
    "focal": ("training.loss=focal",),
    "focal, weights": ("training.loss=focal", "training.class_weights=balanced"),
    "smote": ("model.hyper.resampling=smote",),
}
OF_NETWORKS = ("sampling", "oversampling", "focal", "focal, weights")
OF_FEATURES = ("smote",)


@dataclass(frozen=True, slots=True)
class Reached:
    """What one run reached on its test records; mean probabilities and prevalence are those of the rare class."""

    raw: float
    mean: float
    prevalence: float
    within: bool
    ece: float
    loss: float
    base_loss: float


def possible(model: str, way: str) -> bool:
    """Whether a model can be trained that way."""
    features = model not in ("text_cnn", "ensemble")
    return not (features and way in OF_NETWORKS) and not (not features and way in OF_FEATURES)


def planted(path: Path, *, ratio: int, seed: int, counts: dict[str, int]) -> Path:
    """A file of records, one of the rare class to so many of the other."""
    chance = random.Random(seed)
    lines = []
    for split, count in counts.items():
        for number in range(count):
            rare = number % (ratio + 1) == 0
            letters = chance.choices("ACGT", k=LETTERS)
            if chance.random() < (IN_RARE if rare else IN_OTHER):
                start = chance.randrange(LETTERS - len(MOTIF) + 1)
                letters[start : start + len(MOTIF)] = MOTIF
            lines.append(f">{split}{number}|{'site' if rare else 'other'}|{split}\n{''.join(letters)}\n")
    path.write_text("".join(lines), encoding="ascii")
    return path


def reached(folder: Path, *, model: str, way: str, ratio: int, seed: int, counts: dict[str, int]) -> Reached:
    """Train and calibrate as a run does, and look at the test records."""
    fasta = planted(folder / f"{ratio}-{seed}.fasta", ratio=ratio, seed=seed, counts=counts)
    settings = [*_QUICK, f"training.seed={seed}", "evaluation.positive_label=site", f"model.name={model}"]
    config = Configuration(data=DataSettings(files=(DataFile(path=str(fasta)),)))
    config = apply_overrides(config, [*settings, *MODELS[model], *WAYS[way]])
    loaded, control = load_data(config), Control()
    teaching = prepared(config, loaded)
    run = RunFolder(folder / f"{model}-{ratio}-{seed}")
    learnt = finished(teaching.learn(run, control, resume=False))
    answering = finished(
        calibrated(learnt, (), loaded=loaded, lessons=teaching.lessons, settings=config.evaluation, control=control)
    )
    tests = loaded.dataset.take(loaded.dataset.rows_of(Split.TEST))
    said, truth = answering.predict(tests, None), tests.labels.astype(np.int64)
    place = tests.label_names.index("site")
    found = mean_probabilities(truth, said)[place]
    frequencies = np.bincount(truth) / len(truth)
    return Reached(
        raw=float(answering.calibration.undo(said)[:, place].mean()),
        mean=found.mean,
        prevalence=found.prevalence,
        within=found.within,
        ece=scores(truth, said, threshold=0.5, positive=place).metrics["ece"],
        loss=log_loss(truth, said),
        base_loss=float(-np.mean(np.log(frequencies[truth]))),
    )


def finished(events: Generator[Any, None, Any]) -> Any:
    """What a generator of events gives in the end."""
    try:
        while True:
            next(events)
    except StopIteration as end:
        return end.value


def table_row(found: Sequence[Reached]) -> str:
    """Means over the seeds, and how many are within."""

    def mean(name: str) -> float:
        return math.fsum(getattr(one, name) for one in found) / len(found)

    figures = " | ".join(f"{mean(name):.3f}" for name in ("prevalence", "raw", "mean", "ece", "loss", "base_loss"))
    return f"{figures} | {sum(one.within for one in found)}/{len(found)}"


def main() -> None:
    """Print the table, a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--ratio", type=int, nargs="+", default=RATIOS)
    parser.add_argument("--model", nargs="+", choices=tuple(MODELS), default=tuple(MODELS))
    parser.add_argument("--way", nargs="+", choices=tuple(WAYS), default=tuple(WAYS))
    chosen = parser.parse_args()
    print("| model | trained with | ratio | prevalence | raw mean p | mean p | ECE | log loss | base rate's | within |")
    print("|---" * 10 + "|")
    start = time.perf_counter()
    for model in chosen.model:
        for way in chosen.way:
            for ratio in chosen.ratio if possible(model, way) else ():
                with tempfile.TemporaryDirectory() as folder:
                    found = [
                        reached(Path(folder), model=model, way=way, ratio=ratio, seed=seed, counts=COUNTS)
                        for seed in range(1, chosen.seeds + 1)
                    ]
                print(f"| {model} | {way} | 1:{ratio} | {table_row(found)} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
