"""How "Find the best model" should make its answer of candidates, judged on validation records that did not choose.

    python tests/benchmarks/best_choices.py STUDY [STUDY ...] [--times 6]

Each study folder of `bioseq best` holds what its candidates say of records that they have not learnt. These records are
divided in halves, several times; each way makes its answer on one half and is judged on the other. No test record is
looked at.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.ensemble import MOST_MEMBERS
from bioseq.studies.blend import _greedy, best_blend, mean_of, surprise, weights_of
from bioseq.studies.choice import _known
from bioseq.studies.folder import StudyFolder
from bioseq.studies.standings import most_complete
from bioseq.studies.state import StudyState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Chances = Mapping[str, NDArray[np.float64]]


def once(truth: NDArray[np.int64], chances: Chances, *, most: int) -> dict[str, float]:
    """Shares of a mean that is chosen on all records at once."""
    told = np.array([one[np.arange(len(truth)), truth] for one in chances.values()])
    shares = _greedy(told, np.ones(len(truth), np.int64), most=most)
    return {name: float(share) for name, share in zip(chances, shares, strict=True) if share}


def ways(truth: NDArray[np.int64], chances: Chances, *, folds: int, seed: int) -> dict[str, dict[str, float]]:
    """Name of each way to the shares of its answer."""
    most = max(1, MOST_MEMBERS // folds)
    full = {name: one for name, one in chances.items() if not np.isnan(one).any()}
    blend = best_blend(truth, chances, most=most, seed=seed)
    return {
        "the best single one": {blend.single: 1.0},
        "a mean, chosen once": once(truth, full, most=most),
        "a mean over draws": weights_of(truth, full, most=most, seed=seed),
        "with those that lack folds": weights_of(truth, chances, most=most, seed=seed),
        "and a single one where a mean loses (the program)": blend.weights,
    }


def judged(study: StudyFolder, *, times: int) -> dict[str, NDArray[np.float64]]:
    """Name of each way to its log loss, accuracy and number of members, means over the halves."""
    state = StudyState.open(study.state)
    folds = most_complete(state)
    truth, chances = _known(study, state, folds)
    found: dict[str, list[tuple[float, float, int]]] = {}
    for seed in range(times):
        order = np.random.default_rng(seed).permutation(len(truth))
        for half in (0, 1):
            rows, others = order[half::2], order[1 - half :: 2]
            learnt = {name: one[rows] for name, one in chances.items()}
            for name, shares in ways(truth[rows], learnt, folds=folds, seed=seed).items():
                mixed = mean_of({one: chances[one][others] for one in shares}, shares)
                right = float((mixed.argmax(axis=1) == truth[others]).mean())
                told = (float(surprise(truth[others], mixed).mean()), right, len(shares))
                found.setdefault(name, []).append(told)
    return {name: np.mean(figures, axis=0) for name, figures in found.items()}


def main() -> None:
    """Print a line per study and way, and the means over studies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path)
    parser.add_argument("--times", type=int, default=6)
    asked = parser.parse_args()
    every: dict[str, list[NDArray[np.float64]]] = {}
    for folder in asked.studies:
        for name, figures in judged(StudyFolder(folder), times=asked.times).items():
            print(line(folder.name, name, figures), flush=True)
            every.setdefault(name, []).append(figures)
    for name, rows in every.items():
        print(line("mean", name, np.mean(rows, axis=0)))


def line(study: str, name: str, figures: NDArray[np.float64]) -> str:
    """A row of the table."""
    return f"| {study} | {name} | {figures[0]:.4f} | {figures[1]:.4f} | {figures[2]:.1f} |"


if __name__ == "__main__":
    main()
