"""PF-07: prediction from file to table, against the usual loop over records; peak memory; a million short sequences.

    .venv/bin/python tests/benchmarks/bench_pf07_prediction.py [--million]

Both sides use the same network (weights drawn once; speed does not depend on them) with one thread, read the same
FASTA file and write a CSV of probabilities. The usual loop parses with Bio.SeqIO, encodes letter by letter, predicts
one record at a time and writes its row; it does a share of the records and its time is scaled up. The probabilities of
both sides are compared. Rounds alternate; the figure is the ratio of the medians.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import csv
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from Bio import SeqIO

from bioseq.catalogue.registry import architecture
from bioseq.catalogue.specification import TaskShape
from bioseq.config.schema import Configuration
from bioseq.models.registry import build
from bioseq.prediction.export import export
from bioseq.prediction.networks import NetworkPredictor
from bioseq.prediction.predict import predict_dataset, read_for
from bioseq.protocol.jobs import FileRequest
from bioseq.runs.bundle import BundleContents
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.profile import profile_of
from bioseq.sequences.tokens import Vocabulary

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One network on one kind of records."""

    model: str
    molecule: Molecule
    records: int
    looped: int
    anchor: str
    limit: float


CASES = (
    Case("text_cnn", Molecule.DNA, 40_000, 1_000, "49-61x", 40.0),
    Case("bilstm", Molecule.PROTEIN, 2_000, 200, "8.6x", 8.0),
    Case("transformer", Molecule.PROTEIN, 2_000, 200, "16.8x", 12.0),
)


def write_fasta(path: Path, molecule: Molecule, records: int) -> Path:
    """DNA windows of 41 letters; proteins of log-normal length, 40 letters in the median."""
    chance = np.random.default_rng(2)
    letters = np.frombuffer(ALPHABETS[molecule].residues.encode(), np.uint8)
    lengths = np.full(records, 41)
    if molecule is Molecule.PROTEIN:
        lengths = chance.lognormal(np.log(40), 0.6, records).astype(int).clip(5, 400)
    with path.open("wb") as file:
        for number, length in enumerate(lengths):
            file.write(b">s%d\n%b\n" % (number, letters[chance.integers(0, len(letters), length)].tobytes()))
    return path


def predictor_for(case: Case) -> NetworkPredictor:
    vocabulary = Vocabulary(case.molecule)
    fixed = case.molecule is Molecule.DNA
    task = TaskShape(vocabulary.size, 2, 41 if fixed else 400, fixed_length=fixed)
    hyper = architecture(case.model).defaults()
    torch.manual_seed(1)
    network = build(case.model, task, hyper).eval()
    letters = ALPHABETS[case.molecule].residues * 3
    contents = BundleContents(
        config=Configuration(),
        architecture=case.model,
        hyper=hyper,
        task=task,
        vocabulary=vocabulary,
        label_names=("no", "yes"),
        profile=profile_of(Dataset.from_records([letters], labels=["no"]), case.molecule),
        metrics={},
        positive="yes",
        threshold=0.5,
    )
    return NetworkPredictor(contents, network)


def ours(predictor: NetworkPredictor, source: Path, target: Path) -> float:
    start = time.perf_counter()
    reading = read_for(predictor.contents, [FileRequest(str(source), "predict")])
    export(predict_dataset(predictor, reading.dataset), target)
    return time.perf_counter() - start


def usual(predictor: NetworkPredictor, source: Path, target: Path, *, case: Case) -> float:
    words = {word: number + 2 for number, word in enumerate(predictor.contents.vocabulary.words)}
    start = time.perf_counter()
    with target.open("w", encoding="utf-8", newline="") as file, torch.no_grad():
        writer = csv.writer(file)
        for number, record in enumerate(SeqIO.parse(source, "fasta")):
            if number == case.looped:
                break
            tokens = torch.tensor([[words.get(letter, 1) for letter in str(record.seq)]])
            logits = predictor.network(tokens, torch.ones_like(tokens, dtype=torch.bool)).logits
            writer.writerow([record.id, *torch.softmax(logits, 1)[0].tolist()])
    return (time.perf_counter() - start) * case.records / case.looped


def largest_difference(one: Path, other: Path) -> float:
    with one.open(encoding="utf-8") as left, other.open(encoding="utf-8") as right:
        rows = list(csv.reader(left))[1:]
        pairs = zip(rows, csv.reader(right), strict=False)
        return max(abs(float(a[3]) - float(b[1])) for a, b in pairs)


def compare(case: Case, folder: Path) -> None:
    source = write_fasta(folder / f"{case.model}.fasta", case.molecule, case.records)
    predictor = predictor_for(case)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        times[0].append(ours(predictor, source, folder / "ours.csv"))
        times[1].append(usual(predictor, source, folder / "usual.csv", case=case))
    if not largest_difference(folder / "ours.csv", folder / "usual.csv") < 1e-5:
        raise SystemExit("the two sides do not agree")
    one, other = (statistics.median(side) for side in times)
    print(f"{case.model}, {case.records:,} {case.molecule.value} records: {one:.2f} s, loop {other:.2f} s")
    print(f"PF-07 {case.model} ratio {other / one:.1f}x   anchor {case.anchor}   limit {case.limit:g}x")


def million(folder: Path) -> None:
    source = write_fasta(folder / "million.fasta", Molecule.DNA, 1_000_000)
    predictor = predictor_for(CASES[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = ours(predictor, source, folder / "million.csv")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1_024
    print(f"PF-07 a million 41-nt records from file to CSV: {seconds:.0f} s, {grown:.0f} MiB more   limit 60 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--million", action="store_true", help="also the million records, with all cores")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        for case in CASES:
            compare(case, Path(scratch))
        if options.million:
            torch.set_num_threads(os.cpu_count() or 1)
            million(Path(scratch))


if __name__ == "__main__":
    main()
