"""Clusters of 5,000 proteins of 100 to 600 letters at 0.4 identity, by MMseqs2 and by the built-in method; cancelling.

Limit: every planted family is one cluster, the progress is told at least ten times, and cancelling takes at most 2 s.
Run: `python tests/benchmarks/bench_clusters.py [builtin | mmseqs2 ...]`.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from bioseq.sequences.alphabets import PROTEIN, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.similarity.clusters import cluster

RECORDS, FAMILY = 5_000, 4
CANCEL_S = 2.0


class CancelledError(Exception):
    """The person has had enough."""


def proteins() -> Dataset:
    """Families of four: a parent and three copies with 60 % of its letters."""
    chance = np.random.default_rng(1)
    letters = np.array(list(PROTEIN.residues))
    found = []
    for _ in range(RECORDS // FAMILY):
        parent = chance.choice(letters, int(chance.integers(100, 600)))
        found.append("".join(parent))
        for _ in range(FAMILY - 1):
            changed = chance.random(len(parent)) < 0.4
            found.append("".join(np.where(changed, chance.choice(letters, len(parent)), parent)))
    return Dataset.from_records(found)


def measure(dataset: Dataset, method: str) -> bool:
    """Print the figures of one method; whether the limits are kept."""
    told: list[tuple[int, int]] = []
    started, used = time.perf_counter(), time.process_time()
    found = cluster(
        dataset,
        identity=0.4,
        molecule=Molecule.PROTEIN,
        method=method,  # type: ignore[arg-type]
        progress=lambda done, total: told.append((done, total)),
    )
    seconds, used = time.perf_counter() - started, time.process_time() - used
    whole = bool(np.array_equal(found.numbers, np.arange(RECORDS) // FAMILY))
    steps = len({done for done, _ in told})
    late = cancelled_after(dataset, method)
    print(f"{method}: {seconds:.1f} s ({used:.1f} s of this process), {len(found):,} clusters, families whole: {whole}")
    print(f"  progress told {steps} times, cancelled after {late:.2f} s")
    return whole and steps >= 10 and late <= CANCEL_S


def cancelled_after(dataset: Dataset, method: str) -> float:
    """Seconds from the wish to cancel, a second into the work, to its end."""
    wish = time.perf_counter() + 1.0

    def progress(_done: int, _total: int) -> None:
        if time.perf_counter() > wish:
            raise CancelledError

    try:
        cluster(dataset, identity=0.4, molecule=Molecule.PROTEIN, method=method, progress=progress)  # type: ignore[arg-type]
    except CancelledError:
        return time.perf_counter() - wish
    return 0.0


def main() -> int:
    """Print the figures; 0 when the limits are kept."""
    dataset = proteins()
    kept = [measure(dataset, method) for method in sys.argv[1:] or ["builtin", "mmseqs2"]]
    print("limit kept" if all(kept) else "limit missed")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
