"""PF-03: training `text_cnn`, against embedding, Conv1d, ReLU and maximum as published.

    python tests/benchmarks/bench_pf03_text_cnn.py [--steps 6] [--rounds 7]

Both sides have the same weights, the same records (every second holds a planted motif), the same batches and the same
dropout, one thread, and the same fused AdamW; 128 filters of each of the widths 1, 2, 4 and 8 over an embedding of 128.
First 12 steps show that the loss curves are one. Then both train in turn; the figure is the ratio of the medians of the
rounds, in processor time (nothing here waits, so on a quiet machine it is the time on the clock). The published code
has Conv2d over the whole embedding, which is slower still: its ratio is printed beside, without a limit. Exit status 1
where a ratio is below its limit or the curves differ.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import copy
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.specification import TaskShape
from bioseq.jobs.memory import keep_freed_memory
from bioseq.models.registry import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from bioseq.models.base import Network
    from bioseq.models.text_cnn import TextCnn

WIDTH, FILTERS, KERNELS = 128, 128, (1, 2, 4, 8)
CURVE_STEPS = 12
TOLERANCE = 1e-4
"""Largest difference of two losses, nats: rounding."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is trained, what a prototype reached, and the least that will do."""

    title: str
    letters: int
    length: int
    batch: int
    anchor: str
    limit: float


SETTINGS = (
    Setting("41 nt", 4, 41, 64, "8-13x", 8.0),
    Setting("200 nt", 4, 200, 64, "12-16x", 12.0),
    Setting("1000 aa", 20, 1_000, 32, "15-19x", 15.0),
)


class PublishedCnn(nn.Module):
    """Kim 2014 as it is usually written, with the weights of our network."""

    def __init__(self, ours: TextCnn, *, flat: bool) -> None:
        super().__init__()
        self.flat = flat
        self.embedding = copy.deepcopy(ours.read.table)
        self.filters = copy.deepcopy(ours.filters)
        if not flat:
            self.filters = nn.ModuleList(as_conv2d(layer) for layer in self.filters)
        self.head = copy.deepcopy(ours.head)

    def forward(self, tokens: Tensor) -> Tensor:
        vectors = self.embedding(tokens)  # (B, L, D)
        length, features = tokens.shape[1], []
        for filters in self.filters:
            found = filters(vectors.transpose(1, 2)) if self.flat else filters(vectors.unsqueeze(1)).squeeze(3)
            features.append(functional.max_pool1d(functional.relu(found)[..., :length], length).squeeze(2))
        return self.head(torch.cat(features, 1))


def as_conv2d(layer: nn.Conv1d) -> nn.Conv2d:
    kernel = layer.kernel_size[0]
    made = nn.Conv2d(1, FILTERS, (kernel, WIDTH), padding=(kernel // 2, 0))
    with torch.no_grad():
        made.weight.copy_(layer.weight.transpose(1, 2).unsqueeze(1))
        made.bias.copy_(layer.bias)
    return made


def batches_of(setting: Setting, number: int) -> list[tuple[Tensor, Tensor]]:
    """Random letters; every second record holds a motif of six."""
    generator = torch.Generator().manual_seed(5)
    found = []
    for _ in range(number):
        tokens = torch.randint(2, 2 + setting.letters, (setting.batch, setting.length), generator=generator)
        truth = torch.arange(setting.batch) % 2
        tokens[truth == 1, 9:15] = torch.tensor([2, 3, 2, 4, 5, 5])
        found.append((tokens, truth))
    return found


class Side:
    """A network with its optimiser."""

    def __init__(self, network: nn.Module, logits: Callable[[Tensor], Tensor]) -> None:
        self.logits = logits
        self.optimiser = torch.optim.AdamW(network.train().parameters(), 1e-3, fused=True)

    def losses(self, batches: list[tuple[Tensor, Tensor]]) -> list[float]:
        """Train on each batch once; the same dropout for whoever sees the same batches."""
        torch.manual_seed(7)
        found = []
        for tokens, truth in batches:
            self.optimiser.zero_grad()
            loss = functional.cross_entropy(self.logits(tokens), truth)
            loss.backward()
            self.optimiser.step()
            found.append(loss.item())
        return found

    def seconds(self, batches: list[tuple[Tensor, Tensor]]) -> float:
        """Processor time of a step."""
        start = time.process_time()
        self.losses(batches)
        return (time.process_time() - start) / len(batches)


def sides_of(setting: Setting) -> dict[str, Side]:
    """Ours and the published ones, from one set of weights."""
    torch.manual_seed(1)
    hyper = {"embedding": WIDTH, "filters": FILTERS, "kernels": ",".join(str(kernel) for kernel in KERNELS)}
    ours: Network = build("text_cnn", TaskShape(setting.letters + 2, 2, setting.length, False), hyper)
    conv1d, conv2d = PublishedCnn(ours, flat=True), PublishedCnn(ours, flat=False)
    return {
        "folded": Side(ours, lambda tokens: ours(tokens, tokens != 0).logits),
        "Conv1d": Side(conv1d, conv1d),
        "Conv2d": Side(conv2d, conv2d),
    }


def measure(setting: Setting, steps: int, rounds: int) -> bool:
    """Print the ratios of a setting; returns whether they are as they should be."""
    sides = sides_of(setting)
    curves = [side.losses(batches_of(setting, CURVE_STEPS)) for side in sides.values()]
    apart = max(abs(one - other) for curve in curves[1:] for one, other in zip(curves[0], curve, strict=True))
    print(f"{setting.title}: loss {curves[0][0]:.3f} to {curves[0][-1]:.3f}, largest difference {apart:.1e}")
    times: dict[str, list[float]] = {name: [] for name in sides}
    batches = batches_of(setting, steps)
    for _ in range(rounds):
        for name, side in sides.items():
            times[name].append(side.seconds(batches))
    medians = {name: statistics.median(found) for name, found in times.items()}
    ratios = {name: medians[name] / medians["folded"] for name in ("Conv1d", "Conv2d")}
    print("  " + ", ".join(f"{name} {seconds * 1e3:.1f} ms a step" for name, seconds in medians.items()))
    print(
        f"  PF-03 ratio {ratios['Conv1d']:.1f}x to Conv1d ({ratios['Conv2d']:.1f}x to Conv2d)   "
        f"anchor {setting.anchor}   limit {setting.limit:g}x"
    )
    return apart < TOLERANCE and ratios["Conv1d"] >= setting.limit


def main() -> None:
    """Measure and compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()  # as the process that runs a job does
    sys.exit(int(not all(measure(setting, asked.steps, asked.rounds) for setting in SETTINGS)))


if __name__ == "__main__":
    main()
