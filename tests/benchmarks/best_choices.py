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
from bioseq.evaluation.mixture import fit_geometric, fit_shares, geometric_mean_of, mean_of
from bioseq.studies.blend import best_blend, mean_for, surprise
from bioseq.studies.choice import _MOST_MODELS, _known
from bioseq.studies.folder import StudyFolder
from bioseq.studies.standings import most_complete
from bioseq.studies.state import StudyState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Chances = Mapping[str, NDArray[np.float64]]
    Way = tuple[Mapping[str, float], Callable[[NDArray[np.float64]], NDArray[np.float32]]]
    """Shares by name, and what is made of what those say, `(M, N, C)` to `(N, C)`."""


def arithmetic(truth: NDArray[np.int64], chances: Chances) -> Way:
    """The arithmetic mean, its shares fitted to be least surprising, at the temperature that suits it."""
    names = list(chances)
    told = np.stack([chances[name] for name in names]).astype(np.float32)
    shares = fit_shares(truth, told)
    sharpness = fit_geometric(truth, mean_of(told, shares)[None]).sharpness
    return dict(zip(names, shares.tolist(), strict=True)), lambda parts: geometric_mean_of(
        mean_of(parts.astype(np.float32), shares)[None], np.ones(1), sharpness
    )


def geometric(truth: NDArray[np.int64], chances: Chances, *, most: int) -> Way:
    """The geometric mean, as the program makes it."""
    weights, sharpness = mean_for(truth, chances, most=most)
    shares = np.array(list(weights.values()))
    return weights, lambda parts: geometric_mean_of(parts, shares, sharpness)


def ways(truth: NDArray[np.int64], chances: Chances, *, folds: int, seed: int) -> dict[str, Way]:
    """Name of each way to its answer."""
    most = min(_MOST_MODELS, max(1, MOST_MEMBERS // folds))
    full = {name: one for name, one in chances.items() if not np.isnan(one).any()}
    blend = best_blend(truth, chances, most=most, seed=seed)
    single = geometric(truth, {blend.single: chances[blend.single]}, most=1)
    return {
        "the best single one": single,
        "an arithmetic mean": arithmetic(truth, full),
        "a geometric mean": geometric(truth, full, most=most),
        "with those that lack folds": geometric(truth, chances, most=most),
        "and a single one where a mean loses (the program)": geometric(
            truth, {name: chances[name] for name in blend.weights}, most=most
        ),
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
            for name, (weights, answer) in ways(truth[rows], learnt, folds=folds, seed=seed).items():
                mixed = answer(np.stack([chances[one][others] for one in weights])).astype(np.float64)
                right = float((mixed.argmax(axis=1) == truth[others]).mean())
                told = (float(surprise(truth[others], mixed).mean()), right, len(weights))
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
