"""PF-07: prediction from file to table, against the usual loop over records; peak memory; a million short sequences.

    .venv/bin/python tests/benchmarks/bench_pf07_prediction.py [--million]

Both sides use the same weights (drawn once; speed does not depend on them) with one thread, read the same FASTA file
and write a CSV of probabilities. The usual loop parses with Bio.SeqIO, encodes letter by letter, pads each record to
the longest that the model takes, as programs with one input length do, predicts one record at a time without gradients
and writes its row; it does a share of the records and its time is scaled up. The probabilities of both sides are
compared. Rounds alternate; the figure is the ratio of the medians by the clock, in which our side also waits until its
files are safe on the disk. The ratio of processor times stands beside: on a busy computer it tells more.

Two more loops are shown beside, so that nobody takes the figure for more than it is: one that does not pad, and for
`text_cnn` one with the bare network as published, which heeds no mask and is the fastest for records one by one. DNA
windows have 41 letters; proteins are log-normal with a mean of 350 residues, at most 2,000, as in PF-05.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import csv
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from Bio import SeqIO
from torch.nn import functional

from bioseq.catalogue.registry import architecture
from bioseq.catalogue.specification import TaskShape
from bioseq.config.schema import Configuration
from bioseq.jobs.threads import use_threads
from bioseq.models.registry import build
from bioseq.prediction.export import export
from bioseq.prediction.networks import NetworkPredictor
from bioseq.prediction.predict import predict_files
from bioseq.protocol.jobs import FileRequest
from bioseq.runs.bundle import BundleContents
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.profile import profile_of
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from bioseq.models.text_cnn import TextCnn

    Forward = Callable[[Tensor, Tensor], Tensor]

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """One network on one kind of records, and how many of them the loop does."""

    model: str
    molecule: Molecule
    records: int
    looped: int
    anchor: str
    limit: float

    @property
    def longest(self) -> int:
        return 41 if self.molecule is Molecule.DNA else 2_000


CASES = (
    Case("text_cnn", Molecule.DNA, 40_000, 1_000, "49-61x", 40.0),
    Case("bilstm", Molecule.PROTEIN, 512, 16, "8.6x", 8.0),
    Case("transformer", Molecule.PROTEIN, 512, 16, "16.8x", 12.0),
)


def write_fasta(path: Path, molecule: Molecule, records: int) -> Path:
    chance = np.random.default_rng(2)
    letters = np.frombuffer(ALPHABETS[molecule].residues.encode(), np.uint8)
    lengths = np.full(records, 41)
    if molecule is Molecule.PROTEIN:
        lengths = chance.lognormal(np.log(350) - 0.7**2 / 2, 0.7, records).astype(int).clip(20, 2_000)
    with path.open("wb") as file:
        for number, length in enumerate(lengths):
            file.write(b">s%d\n%b\n" % (number, letters[chance.integers(0, len(letters), length)].tobytes()))
    return path


def predictor_for(case: Case) -> NetworkPredictor:
    vocabulary = Vocabulary(case.molecule)
    fixed = case.molecule is Molecule.DNA
    task = TaskShape(vocabulary.size, 2, case.longest, fixed_length=fixed)
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


class Took(NamedTuple):
    """Seconds by the clock and of the processor."""

    clock: float
    processor: float

    @classmethod
    def since(cls, start: Took, *, times: float = 1.0) -> Took:
        return cls((time.perf_counter() - start.clock) * times, (time.process_time() - start.processor) * times)

    @classmethod
    def now(cls) -> Took:
        return cls(time.perf_counter(), time.process_time())

    @classmethod
    def median(cls, rounds: list[Took]) -> Took:
        return cls(*(statistics.median(seconds) for seconds in zip(*rounds, strict=True)))


def ours(predictor: NetworkPredictor, source: Path, target: Path) -> Took:
    start = Took.now()
    with tempfile.TemporaryDirectory(dir=target.parent) as table:
        export(predict_files(predictor, [FileRequest(str(source), "predict")], Path(table)), target)
    return Took.since(start)


def usual(forward: Forward, predictor: NetworkPredictor, source: Path, target: Path, *, case: Case, pad: bool) -> Took:
    words = {word: number + 2 for number, word in enumerate(predictor.contents.vocabulary.words)}
    start = Took.now()
    with target.open("w", encoding="utf-8", newline="") as file, torch.no_grad():
        writer = csv.writer(file)
        for number, record in enumerate(SeqIO.parse(source, "fasta")):
            if number == case.looped:
                break
            codes = [words.get(letter, 1) for letter in str(record.seq)]
            codes += [0] * (case.longest - len(codes) if pad else 0)
            tokens = torch.tensor([codes])
            writer.writerow([record.id, *torch.softmax(forward(tokens, tokens != 0), 1)[0].tolist()])
    return Took.since(start, times=case.records / case.looped)


def as_published(network: TextCnn) -> Forward:
    """The network of Kim 2014 with the same weights, for records of one length."""

    def forward(tokens: Tensor, _mask: Tensor) -> Tensor:
        vectors = network.read.table(tokens)
        channels = vectors.transpose(1, 2)
        features = [functional.relu(filters(channels)[..., : tokens.shape[1]]).amax(-1) for filters in network.filters]
        features.append(functional.relu(network.dense(vectors.flatten(1))))
        return network.head(torch.cat(features, 1))

    return forward


def largest_difference(one: Path, other: Path) -> float:
    with one.open(encoding="utf-8") as left, other.open(encoding="utf-8") as right:
        rows = list(csv.reader(left))[1:]
        pairs = zip(rows, csv.reader(right), strict=False)
        return max(abs(float(a[3]) - float(b[1])) for a, b in pairs)


def compare(case: Case, folder: Path) -> None:
    source = write_fasta(folder / f"{case.model}.fasta", case.molecule, case.records)
    predictor = predictor_for(case)
    network = predictor.network

    def same(tokens: Tensor, mask: Tensor) -> Tensor:
        return network(tokens, mask).logits

    loops = {"padded to the longest": (same, True)}
    if case.molecule is Molecule.PROTEIN:
        loops["not padded"] = (same, False)
    else:
        loops["as published"] = (as_published(network), True)
    ahead: list[Took] = []
    behind: dict[str, list[Took]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        ahead.append(ours(predictor, source, folder / "ours.csv"))
        for name, (forward, pad) in loops.items():
            behind[name].append(usual(forward, predictor, source, folder / "usual.csv", case=case, pad=pad))
            if not largest_difference(folder / "ours.csv", folder / "usual.csv") < 1e-5:
                raise SystemExit(f"the two sides do not agree: {name}")
    one = Took.median(ahead)
    print(f"{case.model}, {case.records:,} {case.molecule.value} records, file to CSV: {one.clock:.2f} s")
    medians = {name: Took.median(rounds) for name, rounds in behind.items()}
    for name, other in medians.items():
        by_processor = other.processor / one.processor
        print(f"    loop {name}: {other.clock:.2f} s, {other.clock / one.clock:.1f}x; processor {by_processor:.1f}x")
    figure = medians["padded to the longest"].clock / one.clock
    print(f"PF-07 {case.model} ratio {figure:.1f}x   anchor {case.anchor}   limit {case.limit:g}x")


class AnonymousPeak(threading.Thread):
    """The most memory of this process that no file stands behind, MiB; maps of files can be taken back at any time."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.02):
            status = Path("/proc/self/status").read_text(encoding="ascii")
            self.most = max(self.most, int(status.split("RssAnon:")[1].split()[0]) // 1_024)

    def end(self) -> int:
        self._ended.set()
        self.join()
        return self.most


def million(folder: Path) -> None:
    predictor = predictor_for(CASES[0])
    use_threads(predictor.contents)
    for records in (50_000, 250_000, 1_000_000):  # the first warms up
        source = write_fasta(folder / "many.fasta", Molecule.DNA, records)
        peak = AnonymousPeak()
        peak.start()
        seconds = ours(predictor, source, folder / "many.csv").clock
        print(f"{records:,} records of 41 nt from file to CSV: {seconds:.0f} s, at most {peak.end()} MiB")
    print(f"PF-07 a million records {seconds:.0f} s   limit 60 s; its peak of memory shall be that of 250,000")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--million", action="store_true", help="only the million records, with the threads that the program chooses"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        if options.million:
            million(Path(scratch))
            return
        for case in CASES:
            compare(case, Path(scratch))


if __name__ == "__main__":
    main()
