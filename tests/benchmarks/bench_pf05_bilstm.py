"""PF-05: one training epoch of `bilstm` on protein lengths, against packed sequences padded to the longest.

    .venv/bin/python tests/benchmarks/bench_pf05_bilstm.py

Both sides train the same network with the same weights on the same records with one thread, in turn, five rounds; the
figure is the ratio of the medians. The packed side does one random eighth of the epoch's batches in each round, and its
time is multiplied by eight, since all its batches have the same shape. Before that the two forward passes are shown to
agree. Lengths are log-normal with a mean of 350 residues, as proteins have, at most 2,000.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from bioseq.catalogue.specification import TaskShape
from bioseq.evaluation.padding import padded_batch
from bioseq.models.registry import build
from bioseq.sequences.tokens import TokenColumn
from bioseq.training.batches import Batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from bioseq.models.bilstm import BiLstm

RECORDS, BATCH, LONGEST, MEAN = 1_024, 32, 2_000, 350
PART = 8
ROUNDS = 5
ANCHOR, LIMIT = 17.0, 12.0
CPU = torch.device("cpu")


class PackedBiLstm(nn.Module):
    """The same network by the usual recipe: pad to the longest record of the set, pack, last states."""

    def __init__(self, ours: BiLstm, width: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(ours.read.table.weight.detach().clone(), freeze=False)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        layer = ours.layers[0]
        with torch.no_grad():
            for name, value in layer.ahead.named_parameters():
                getattr(self.lstm, name).copy_(value)
            for name, value in layer.back.named_parameters():
                getattr(self.lstm, f"{name}_reverse").copy_(value)
        self.head = nn.Linear(2 * hidden, 2)
        self.head.load_state_dict(ours.head[1].state_dict())

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (states, _) = self.lstm(packed)
        return self.head(torch.cat([states[0], states[1]], -1))


def column_of_proteins() -> TokenColumn:
    chance = np.random.default_rng(1)
    spread = 0.7
    lengths = chance.lognormal(np.log(MEAN) - spread**2 / 2, spread, RECORDS).astype(np.int64).clip(20, LONGEST)
    offsets = np.zeros(RECORDS + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return TokenColumn(chance.integers(2, 22, offsets[-1]).astype(np.uint16), offsets)


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    column = column_of_proteins()
    truth = torch.arange(RECORDS) % 2
    lengths = torch.from_numpy(np.diff(column.offsets))
    ours = build("bilstm", TaskShape(22, 2, LONGEST, False), {"dropout": 0.0})
    usual = PackedBiLstm(ours, 128, 128)
    rectangle, _ = padded_batch(column, np.arange(RECORDS), CPU)

    with torch.no_grad():
        tokens, mask = padded_batch(column, np.arange(16), CPU)
        difference = (ours(tokens, mask).logits - usual(rectangle[:16], lengths[:16])).abs().max().item()
    print(f"largest difference of the logits: {difference:.1e}")
    if not difference < 1e-5:
        raise SystemExit("the two networks do not agree")

    batches = Batches(np.diff(column.offsets), BATCH, 1)
    optimisers = [torch.optim.AdamW(network.parameters(), 1e-3) for network in (ours, usual)]

    def epoch_of_ours() -> None:
        for rows in batches.epoch(1):
            tokens, mask = padded_batch(column, rows, CPU)
            step(ours(tokens, mask).logits, truth[torch.from_numpy(rows)], optimisers[0])

    def part_of_the_usual() -> None:
        for rows in torch.randperm(RECORDS)[: RECORDS // PART].split(BATCH):
            step(usual(rectangle[rows], lengths[rows]), truth[rows], optimisers[1])

    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        times[0].append(seconds(epoch_of_ours))
        times[1].append(PART * seconds(part_of_the_usual))
    one, other = (statistics.median(side) for side in times)
    print(f"epoch of {RECORDS} proteins: bucketed {one:.2f} s, packed {other:.2f} s (medians of {ROUNDS})")
    print(f"PF-05 ratio {other / one:.1f}x   anchor {ANCHOR:g}x   limit {LIMIT:g}x")


def step(logits: Tensor, truth: Tensor, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    functional.cross_entropy(logits, truth).backward()
    optimiser.step()


if __name__ == "__main__":
    main()
