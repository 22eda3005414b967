"""What mending costs: each encoder of an attention package as it stands in our network, against the bare package.

    .venv/bin/python tests/benchmarks/bench_efficient_attention.py [--rounds 9]

The same sizes, forward and backward, nothing padded, training mode without dropout, one thread. Both sides read the
same states; processor time (nothing here waits), rounds interleaved, the fastest of each counts, so that other work on
the machine hardly shows. Reformer is measured both with full attention and with hashing, since it has both, beside the
package's ordinary blocks; the centres of the routing groups move after each step on both sides. Limit: at most 10 %
slower. Exit status 1 above it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from linformer.linformer import Linformer
from reformer_pytorch.reformer_pytorch import Reformer
from routing_transformer.routing_transformer import Kmeans, RoutingTransformer

from bioseq.catalogue.specification import TaskShape
from bioseq.models.performer import Performer
from bioseq.models.registry import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from bioseq.models.base import Network

LIMIT = 1.10
WIDTH, HEADS, LAYERS = 128, 8, 2
NEVER_REVERSIBLE = 1 << 30


@dataclass(frozen=True, slots=True)
class Contest:
    """One encoder in both dresses.

    Attributes:
        name: Of the architecture.
        about: What distinguishes this contest from others of the architecture.
        batch: Records.
        length: Tokens.
        bare: Builds the package's encoder for records of so many tokens.
        hyper: Settings of ours beyond the sizes.
    """

    name: str
    about: str
    batch: int
    length: int
    bare: Callable[[int], nn.Module]
    hyper: dict[str, Any] = field(default_factory=dict)


def bare_performer(_length: int) -> nn.Module:
    return Performer(WIDTH, LAYERS, HEADS, WIDTH // HEADS, nb_features=32)


def bare_linformer(length: int) -> nn.Module:
    return Linformer(WIDTH, length, LAYERS, k=32, heads=HEADS)


def bare_routing(length: int) -> nn.Module:
    return RoutingTransformer(WIDTH, LAYERS, length, HEADS, window_size=16)


def bare_reformer(*, full: bool) -> Callable[[int], nn.Module]:
    def made(_length: int) -> nn.Module:
        return Reformer(
            WIDTH, LAYERS, HEADS, n_hashes=4, ff_chunks=1, use_full_attn=full, reverse_thres=NEVER_REVERSIBLE
        )

    return made


CONTESTS = (
    Contest("performer", "", 16, 200, bare_performer),
    Contest("performer", "", 4, 1024, bare_performer),
    Contest("linformer", "", 16, 200, bare_linformer),
    Contest("linformer", "", 4, 1024, bare_linformer),
    Contest("routing_transformer", "", 16, 208, bare_routing),
    Contest("routing_transformer", "", 4, 1024, bare_routing),
    Contest("reformer", "full attention", 16, 200, bare_reformer(full=True)),
    Contest("reformer", "hashing", 4, 1024, bare_reformer(full=False)),
)


def encoder_of(network: Network) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor | None]]:
    """The network from its states on: what stands before the encoder is not the package's."""

    def encode(states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        network.read = _Given(states)
        found = network.encode(mask.long(), mask)
        return found.embedding, found.auxiliary

    return encode


class _Given(torch.nn.Module):
    """In the place of the embedding: states that are already there."""

    def __init__(self, states: Tensor) -> None:
        super().__init__()
        self.states = states

    def forward(self, *_: Tensor) -> Tensor:
        return self.states


def pass_of_ours(contest: Contest) -> Callable[[Tensor], None]:
    task = TaskShape(22, 2, contest.length, True)
    sizes = {"width": WIDTH, "heads": HEADS, "layers": LAYERS, "dropout": 0.0}
    network = build(contest.name, task, {**sizes, **contest.hyper}).train()
    encode = encoder_of(network)
    mask = torch.ones(contest.batch, contest.length, dtype=torch.bool)

    def run(states: Tensor) -> None:
        embedding, auxiliary = encode(states, mask)
        _backward(embedding, auxiliary)
        network.after_step()

    return run


def pass_of_the_package(contest: Contest) -> Callable[[Tensor], None]:
    encoder = contest.bare(contest.length).train()
    norm = torch.nn.LayerNorm(WIDTH)
    groups = [module for module in encoder.modules() if isinstance(module, Kmeans)]

    def run(states: Tensor) -> None:
        found = encoder(states)
        states, auxiliary = found if isinstance(found, tuple) else (found, None)
        _backward(norm(states).mean(1), auxiliary)
        for group in groups:
            group.update()

    return run


def _backward(embedding: Tensor, auxiliary: Tensor | None) -> None:
    loss = embedding.square().mean()
    (loss if auxiliary is None else loss + auxiliary.sum()).backward()


def fastest(passes: tuple[Callable[[Tensor], None], ...], states: Tensor, rounds: int) -> list[float]:
    """Processor seconds of the fastest round of each, after one round that does not count."""
    best = [float("inf")] * len(passes)
    for number in range(rounds + 1):
        for place, run in enumerate(passes):
            start = time.process_time()
            run(states)
            if number:
                best[place] = min(best[place], time.process_time() - start)
    return best


def main() -> int:
    """Print a line per contest; 1 when one is above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    worst = 0.0
    for contest in CONTESTS:
        torch.manual_seed(1)
        states = torch.randn(contest.batch, contest.length, WIDTH, requires_grad=True)
        ours, bare = fastest((pass_of_ours(contest), pass_of_the_package(contest)), states, rounds)
        worst = max(worst, ours / bare)
        title = f"{contest.name} {contest.about}".strip()
        print(
            f"{title:24} {contest.batch:2} x {contest.length:4}: ours {ours * 1e3:6.0f} ms, "
            f"package {bare * 1e3:6.0f} ms | ratio {ours / bare:.2f} | limit <= {LIMIT:.2f}"
        )
    print("limit kept" if worst <= LIMIT else "limit missed")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
