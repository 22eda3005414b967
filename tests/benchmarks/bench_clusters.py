"""Clusters: what they cost, what is found, and what chance joins.

`builtin`, `mmseqs2`: 5,000 proteins of 100 to 600 letters at 0.4 identity, by each method; cancelling. Limit: every
planted family is one cluster, the progress is told at least ten times, and cancelling takes at most 2 s.
`cost`: windows of one length, moved ones too, beside place by place only; and the estimate that the program makes.
`found`: the share of windows that are moved and changed that is found. `chance`: random windows that are joined.
`peptides`: random peptides that are joined.
Run: `python tests/benchmarks/bench_clusters.py [builtin | mmseqs2 | cost | found | chance | peptides ...]`.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS, PROTEIN, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.profile import profile_of
from bioseq.sequences.similarity.choices import seconds_for, usual_identity
from bioseq.sequences.similarity.clusters import cluster, nearest
from bioseq.sequences.similarity.letters import coded
from bioseq.sequences.similarity.windows import identical_counts

RECORDS, FAMILY = 5_000, 4
CANCEL_S = 2.0
LENGTHS = (21, 41, 60, 81, 128)
AT_RICH = (0.35, 0.15, 0.15, 0.35)
PEPTIDES = 640
BITTER = {"P": 0.2, "F": 0.12, "L": 0.12, "G": 0.1, "V": 0.1, "I": 0.08, "Y": 0.06, "R": 0.06, "K": 0.06, "E": 0.1}
CATIONIC = {"K": 0.25, "L": 0.25, "A": 0.15, "F": 0.1, "G": 0.1, "W": 0.05, "R": 0.05, "I": 0.05}
"""Letters of peptides that few letters make: of digests that taste bitter, and of those that break membranes."""


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


def random_windows(
    molecule: Molecule, length: int, count: int, composition: tuple[float, ...] | None = None, seed: int = 1
) -> list[str]:
    """Letters drawn independently."""
    letters = list(ALPHABETS[molecule].residues)
    drawn = np.random.default_rng(seed).choice(letters, (count, length), p=composition)
    return ["".join(row) for row in drawn]


def cost() -> bool:
    """Print seconds of this process with moved windows, and place by place only."""
    for molecule, length, count, both in (
        (Molecule.DNA, 41, 5_000, False),
        (Molecule.DNA, 41, 20_000, True),
        (Molecule.DNA, 81, 4_000, False),
        (Molecule.DNA, 81, 20_000, False),
        (Molecule.DNA, 128, 10_000, True),
        (Molecule.PROTEIN, 31, 10_000, False),
        (Molecule.PROTEIN, 100, 10_000, False),
    ):
        dataset = Dataset.from_records(random_windows(molecule, length, count))
        identity = usual_identity(molecule, length)
        windows = coded(dataset, molecule)
        started = time.process_time()
        for _, counts in identical_counts(windows, windows, both_strands=both, progress=lambda *_: None, later=True):
            np.nonzero(counts >= identity * length)
        alone, started = time.process_time() - started, time.process_time()
        cluster(dataset, identity=identity, molecule=molecule, both_strands=both)
        both_ways = time.process_time() - started
        third = count // 3
        started = time.process_time()
        nearest(
            dataset.take(np.arange(third, count)),
            dataset.take(np.arange(third)),
            molecule=molecule,
            identity=identity,
            both_strands=both,
        )
        near = time.process_time() - started
        said = seconds_for(profile_of(dataset, molecule))
        name = f"{molecule.value} {length} letters x {count:,}{' both strands' if both else ''}"
        print(
            f"cost {name}: place by place {alone:.2f} s, moved too {both_ways:.2f} s ({both_ways / alone:.1f} x), "
            f"nearest {near:.2f} s, estimate {said:.2f} s",
            flush=True,
        )
    return True


def found() -> bool:
    """Print the share of planted pairs that is found: moved by so many places, and letters changed of the overlap."""
    chance = np.random.default_rng(2)
    whole = True
    for molecule, length in ((Molecule.DNA, 21), (Molecule.DNA, 41), (Molecule.DNA, 81), (Molecule.DNA, 128)):
        room = length - int(np.ceil(0.8 * length))
        for move in sorted({1, room // 2, room}):
            for changes in sorted({0, (room - move) // 2, room - move}):
                background = random_windows(molecule, length, 1_500, seed=5)
                parents = random_windows(molecule, length + move, 500, seed=6)
                children = []
                for parent in parents:
                    letters = list(parent[move:])
                    for place in chance.choice(length - move, changes, replace=False):
                        letters[place] = "ACGT"[("ACGT".index(letters[place]) + chance.integers(1, 4)) % 4]
                    children.append("".join(letters))
                records = [*background, *(parent[:length] for parent in parents), *children]
                clusters = cluster(Dataset.from_records(records), identity=0.8, molecule=molecule).numbers
                share = float(np.mean(clusters[1_500:2_000] == clusters[2_000:]))
                whole = whole and (changes > (room - move) // 2 or share > 0.99)
                print(f"found {length:>3} letters, moved {move:>2}, changed {changes:>2}: {share:.3f}", flush=True)
    return whole


def chance() -> bool:
    """Print pairs of random windows that are joined, in a million pairs."""
    count = 10_000
    for molecule, composition in ((Molecule.DNA, None), (Molecule.DNA, AT_RICH), (Molecule.PROTEIN, None)):
        for length in LENGTHS:
            dataset = Dataset.from_records(random_windows(molecule, length, count, composition))
            clusters = cluster(dataset, identity=usual_identity(molecule, length), molecule=molecule)
            rate = 1e6 * len(clusters.pairs) / (count * (count - 1) / 2)
            print(
                f"chance {molecule.value}{' AT-rich' if composition else ''} {length:>3} letters: "
                f"{len(clusters.pairs)} pairs, {rate:.3f} in a million; largest cluster {clusters.sizes.max()}",
                flush=True,
            )
    return True


def peptides() -> bool:
    """Print the largest cluster of random peptides that have few kinds of letters."""
    whole = True
    for name, letters in (("bitter", BITTER), ("cationic", CATIONIC)):
        for shortest, longest in ((2, 6), (2, 10), (5, 10), (8, 16)):
            chance = np.random.default_rng(3)
            drawn = [
                "".join(
                    chance.choice(list(letters), int(chance.integers(shortest, longest + 1)), p=list(letters.values()))
                )
                for _ in range(PEPTIDES)
            ]
            distinct = sorted(set(drawn))
            clusters = cluster(Dataset.from_records(distinct), identity=0.8, molecule=Molecule.PROTEIN)
            whole = whole and clusters.sizes.max() <= 0.05 * len(distinct)
            print(
                f"peptides {name} of {shortest} to {longest}: {len(distinct)} distinct, largest cluster "
                f"{clusters.sizes.max()}, {int(clusters.sizes[clusters.sizes > 1].sum())} with a relative",
                flush=True,
            )
    return whole


def main() -> int:
    """Print the figures; 0 when the limits are kept."""
    parts = {"cost": cost, "found": found, "chance": chance, "peptides": peptides}
    chosen = sys.argv[1:] or ["builtin", "mmseqs2", *parts]
    kept = [parts[name]() for name in chosen if name in parts]
    if len(kept) < len(chosen):
        dataset = proteins()
        kept += [measure(dataset, method) for method in chosen if method not in parts]
    print("limit kept" if all(kept) else "limit missed")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
