"""What one more candidate would have brought to the answer of a finished "Find the best model".

    python tests/benchmarks/best_another.py STUDY [STUDY ...] --set model.name=lr --set model.hyper.features=... \
        [--without NAME] [--times 6]

The candidate learns each fold of the study in turn, as the others did. Then answers are made with and without it on one
half of the records of the folds and judged on the other half, several times. No test record is looked at. With
`--without` a candidate of the study is taken out first: what does it bring?
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.results import EvaluatedRecords
from bioseq.runs.folder import RunFolder
from bioseq.studies.blend import mean_and_error, mean_for, mean_of, surprise
from bioseq.studies.choice import _MOST_MODELS, _known
from bioseq.studies.folder import StudyFolder
from bioseq.studies.standings import by_variant, complete_folds, most_complete
from bioseq.studies.state import StudyState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Chances = Mapping[str, NDArray[np.float64]]

_ADDED = "the added one"


def told_by(study: StudyFolder, settings: Sequence[str]) -> NDArray[np.float64]:
    """What a candidate with these settings says of the records of all folds, by models that have not learnt them."""
    state = StudyState.open(study.state)
    folds = most_complete(state)
    sharing = (complete_folds(entries, folds) for entries in by_variant(state).values())
    told = []
    with tempfile.TemporaryDirectory() as folder:
        for entry in next(filter(None, sharing)):
            run = RunFolder(Path(folder) / f"fold_{entry.fold}")
            config = study.run(entry.folder).config
            command = [sys.executable, "-m", "bioseq.cli", "train", str(config), "-o", str(run.path)]
            for setting in ("model.hyper={}", *settings):
                command += ["--set", setting]
            subprocess.run(command, check=True, capture_output=True)
            told.append(np.array(EvaluatedRecords.open(run.evaluation).probabilities, np.float64))
    return np.concatenate(told)


def answered(
    truth: NDArray[np.int64], chances: Chances, *, times: int
) -> tuple[NDArray[np.float64], float, NDArray[np.float64]]:
    """Log loss of each record, the accuracy, and the shares on average, by answers that others' halves have made."""
    losses, right = [], []
    shares = np.zeros(len(chances))
    for seed in range(times):
        order = np.random.default_rng(seed).permutation(len(truth))
        mixed = np.empty_like(next(iter(chances.values())))
        for half in (0, 1):
            rows, others = order[half::2], order[1 - half :: 2]
            mean = mean_for(truth[rows], {name: one[rows] for name, one in chances.items()}, most=_MOST_MODELS)
            mixed[others] = mean_of({name: one[others] for name, one in chances.items()}, *mean)
            shares += [mean.weights.get(name, 0) for name in chances]
        losses.append(surprise(truth, mixed))
        right.append((mixed.argmax(axis=1) == truth).mean())
    return np.mean(losses, axis=0), float(np.mean(right)), shares / (2 * times)


def main() -> None:
    """Print a line per study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", nargs="+", type=Path)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--times", type=int, default=6)
    asked = parser.parse_args()
    if not asked.settings and not asked.without:
        parser.error("give a candidate by --set, or one of the study by --without")
    print("| study | alone | without it | with it | gain | its share |\n|---|---|---|---|---|---|")
    for folder in asked.studies:
        study = StudyFolder(folder)
        state = StudyState.open(study.state)
        truth, known = _known(study, state, most_complete(state))
        chances = {name: one for name, one in known.items() if name not in asked.without}
        taken = {name: one for name, one in known.items() if name in asked.without}
        added = {_ADDED: told_by(study, asked.settings)} if asked.settings else taken
        before, right_before, _ = answered(truth, chances, times=asked.times)
        after, right, shares = answered(truth, {**chances, **added}, times=asked.times)
        gain, error = mean_and_error(before - after)
        alone = next(iter(added.values()))
        known_alone = ~np.isnan(alone[:, 0])
        loss = surprise(truth[known_alone], alone[known_alone]).mean()
        hit = (alone[known_alone].argmax(axis=1) == truth[known_alone]).mean()
        print(
            f"| {folder.name} | {loss:.4f}, {hit:.3f} | {before.mean():.4f}, {right_before:.3f} | {after.mean():.4f}, "
            f"{right:.3f} | {gain:+.4f} ± {error:.4f} | {shares[len(chances) :].sum():.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
