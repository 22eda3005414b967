"""How well records of another kind are told from a model's own by the flags "far from training" and "unlike letters".

    python tests/benchmarks/bench_domain.py [FASTA ...] [--seed 1] [--speed]

The files carry labels; where headers name test records (`>id|label|test`) these are the model's own unseen records,
else a fifth is drawn. Without files the bundled samples are used. Foreign records have the lengths of the test records:

- homopolymers, repeats of two letters, repeats of three to six letters;
- random letters (all residues equally often);
- test records with their letters shuffled, and shuffled so that all counts of neighbouring letters stay (Altschul and
  Erickson 1985, 10.1093/oxfordjournals.molbev.a040370), which is the limit of what can be told;
- the middle half of test records (fragments);
- another molecule: random amino acids for nucleic acids, random nucleotides for proteins;
- test records of the other files that hold the same molecule and have another name.

Each cell holds the ROC AUC of the distance against the test records, and the fraction that is flagged. Of fragments, a
third number counts those flagged for their length too. `--speed` prints what the flags cost instead: seconds for 20,000
records of 41 and of 200 letters beside a text CNN that predicts them, one thread.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.metrics import roc_auc
from bioseq.prediction.domain import fit_domain
from bioseq.resources import resource_folder
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator

    from bioseq.prediction.domain import Domain

SAMPLES = ("splice_junctions", "antimicrobial_peptides", "m1a_sites", "promoters")
MOST = 1_000
"""Foreign records of each kind at most."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One file, divided."""

    name: str
    molecule: Molecule
    train: Dataset
    test: Dataset

    @property
    def nucleic(self) -> bool:
        return self.molecule is not Molecule.PROTEIN


def read(path: Path, seed: int) -> LabelledSet:
    reading = read_files((FileRequest(str(path)),))
    records = reading.dataset.take(np.flatnonzero(reading.dataset.lengths > 0))
    train, test = records.rows_of(Split.TRAIN), records.rows_of(Split.TEST)
    if not len(train) or not len(test):
        rows = np.random.default_rng(seed).permutation(len(records))
        train, test = (np.sort(part) for part in np.split(rows, [len(rows) * 4 // 5]))
    return LabelledSet(path.name.split(".fa")[0], reading.molecule, records.take(train), records.take(test))


def shuffled_keeping_pairs(sequence: str, chance: Generator) -> str:
    """The same neighbouring letters, each as often, in another order: a random walk along all of them."""
    after: dict[str, list[str]] = {}
    for letter, following in pairwise(sequence):
        after.setdefault(letter, []).append(following)
    last_steps = _last_steps(after, sequence[-1], chance)
    for letter, following in after.items():
        last = last_steps.get(letter)
        if last is not None:
            following.remove(last)
        chance.shuffle(following)
        if last is not None:
            following.append(last)
    walk, taken = [sequence[0]], dict.fromkeys(after, 0)
    while walk[-1] in after and taken[walk[-1]] < len(after[walk[-1]]):
        letter = walk[-1]
        walk.append(after[letter][taken[letter]])
        taken[letter] += 1
    return "".join(walk)


def _last_steps(after: dict[str, list[str]], end: str, chance: Generator) -> dict[str, str]:
    """The last step from each letter, all leading to the end: a random tree (Wilson 1996)."""
    steps: dict[str, str] = {}
    joined = {end}
    for start in after:
        letter, walk = start, {}
        while letter not in joined:
            walk[letter] = after[letter][chance.integers(len(after[letter]))]
            letter = walk[letter]
        letter = start
        while letter not in joined:
            steps[letter] = walk[letter]
            joined.add(letter)
            letter = walk[letter]
    return steps


def repeats(sequences: Sequence[str], residues: str, sizes: tuple[int, int], chance: Generator) -> list[str]:
    made = []
    for sequence in sequences:
        size = int(chance.integers(sizes[0], sizes[1] + 1))
        unit = "".join(chance.choice(list(residues), size))
        while size > 1 and len(set(unit)) == 1:
            unit = "".join(chance.choice(list(residues), size))
        made.append((unit * len(sequence))[: len(sequence)])
    return made


def foreign(own: LabelledSet, others: Sequence[LabelledSet], seed: int) -> dict[str, list[str]]:
    chance = np.random.default_rng(seed + 2)
    rows = np.sort(chance.permutation(len(own.test))[:MOST])
    some = [own.test.sequence(int(row)) for row in rows]
    residues = ALPHABETS[own.molecule].residues
    other = ALPHABETS[Molecule.PROTEIN if own.nucleic else Molecule.DNA].residues

    def drawn(letters: str) -> list[str]:
        return ["".join(chance.choice(list(letters), len(sequence))) for sequence in some]

    found = {
        "homopolymers": repeats(some, residues, (1, 1), chance),
        "repeats of 2": repeats(some, residues, (2, 2), chance),
        "repeats of 3-6": repeats(some, residues, (3, 6), chance),
        "random letters": drawn(residues),
        "shuffled": ["".join(chance.permutation(list(sequence))) for sequence in some],
        "shuffled, pairs kept": [shuffled_keeping_pairs(sequence, chance) for sequence in some],
        "fragments": [sequence[len(sequence) // 4 :][: max(1, len(sequence) // 2)] for sequence in some],
        "other molecule": drawn(other),
    }
    alike = [one for one in others if one.nucleic == own.nucleic and one.name != own.name]
    found["other sets"] = [one.test.sequence(row) for one in alike for row in range(min(len(one.test), 200))]
    return found


def measure(domain: Domain, own: LabelledSet, sequences: Sequence[str], *, with_length: bool) -> str:
    if not sequences:
        return "-"
    records = Dataset.from_records(sequences)
    usual, strange = domain.distances(own.test), domain.distances(records)
    area = roc_auc(np.repeat([False, True], [len(usual), len(strange)]), np.concatenate([usual, strange]))
    flagged = domain.flags(records) > 0
    cell = f"{area:.3f} / {flagged.mean():.2f}"
    if with_length:
        flagged |= (records.lengths < domain.shortest) | (records.lengths > domain.longest)
        cell += f" / {flagged.mean():.2f}"
    return cell


def kinds(paths: Sequence[Path], seed: int) -> None:
    sets = [read(path, seed) for path in paths]
    headed = False
    for own in sets:
        start = time.process_time()
        domain = fit_domain(own.train, own.molecule, seed=seed)
        seconds = time.process_time() - start
        if domain is None:
            print(f"{own.name}: too few records")
            continue
        strangers = foreign(own, sets, seed)
        if not headed:
            columns = ["set", "records", "order", "sketch", "kB", "s", "own flagged", *strangers]
            print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
            headed = True
        size = sum(array.nbytes for array in domain.to_arrays().values()) / 1_024
        cells = [
            own.name,
            f"{len(own.train):,} + {len(own.test):,}",
            str(domain.measures.chain.order),
            "yes" if len(domain.measures.sketch) else "no",
            f"{size:.0f}",
            f"{seconds:.1f}",
            f"{100 * np.mean(domain.flags(own.test) > 0):.1f} %",
            *(measure(domain, own, some, with_length=kind == "fragments") for kind, some in strangers.items()),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def seconds_of(task: Callable[[], object], rounds: int = 3) -> float:
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        task()
        taken.append(time.process_time() - start)
    return min(taken)


def speed() -> None:
    import torch
    from bench_pf07_prediction import CASES, predictor_for

    from bioseq.prediction.nearest import Sketch
    from bioseq.prediction.predict import predict_dataset

    torch.set_num_threads(1)
    chance = np.random.default_rng(1)
    predictor = predictor_for(CASES[0])
    print("| letters | predicting, no flags | flags | flags with the sketch |\n|---|---|---|---|")
    for length in (41, 200):
        sequences = ["".join(chance.choice(list("ACGT"), length)) for _ in range(20_000)]
        records = Dataset.from_records(sequences, labels=[str(row % 2) for row in range(len(sequences))])
        train = records.take(np.arange(4_000))
        domain = fit_domain(train, Molecule.DNA)
        if domain is None:
            raise SystemExit("too few records")
        sketch = Sketch.fit(train, Molecule.DNA)
        without, with_sketch = (
            replace(domain, measures=replace(domain.measures, sketch=each))
            for each in (Sketch.empty(len(ALPHABETS[Molecule.DNA].residues)), sketch)
        )
        task = replace(predictor.contents.task, longest=length)
        predictor.contents = replace(predictor.contents, task=task)
        predicting = seconds_of(lambda records=records: predict_dataset(predictor, records))  # type: ignore[misc]
        flagging = [
            seconds_of(lambda each=each, records=records: each.flags(records))  # type: ignore[misc]
            for each in (without, with_sketch)
        ]
        fractions = [f"{each:.3f} s ({100 * each / predicting:.0f} %)" for each in flagging]
        print(f"| {length} | {predicting:.2f} s | {' | '.join(fractions)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    if asked.speed:
        speed()
        return
    samples = [resource_folder() / "samples" / f"{name}.fasta" for name in SAMPLES]
    kinds(asked.files or samples, asked.seed)


if __name__ == "__main__":
    main()
