"""PF-06: what the training loop costs beyond the arithmetic that cannot be spared.

    python tests/benchmarks/bench_pf06_loop.py [--models text_cnn,bilstm] [--rounds 6]

The anchor (floor) is forward, backward and fused AdamW on one batch that is already in memory. Our loop does the same
number of steps over real columns, with gathering, clipping, schedule, live events and the figures of the epoch. Beside
them a plain loop over torch's DataLoader, and Lightning and skorch where they are installed. One thread, processor time
(nothing here waits, so on a quiet machine it is the time on the clock), rounds interleaved, the fastest of each counts:
other work on the machine then hardly shows. Exit status 1 above the limit.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import warnings
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from bioseq.config.schema import Configuration
from bioseq.evaluation.padding import padded_batch
from bioseq.jobs.memory import keep_freed_memory
from bioseq.models.registry import build
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished, PhaseChanged, StepDone
from bioseq.protocol.wire import encode_event
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.inputs import TrainingInput, prepare
from bioseq.training.loop import train
from bioseq.training.losses import build_loss
from bioseq.training.optimisers import build_optimiser

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.models.base import Network

LIMIT = 1.05
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is trained: records, their length in letters, records per batch."""

    records: int = 1_024
    length: int = 41
    batch_size: int = 64

    @property
    def steps(self) -> int:
        return self.records // self.batch_size


def job_for(model: str, setting: Setting) -> TrainingInput:
    """Random DNA of one length, two classes, no validation."""
    chance = np.random.default_rng(0)
    letters = np.frombuffer(b"ACGT", np.uint8)[chance.integers(0, 4, setting.records * setting.length)]
    text = letters.tobytes().decode()
    sequences = [text[start : start + setting.length] for start in range(0, len(text), setting.length)]
    labels = [("a", "b")[row % 2] for row in range(setting.records)]
    dataset = Dataset.from_records(sequences, labels=labels, splits=[Split.TRAIN] * setting.records)
    training = {"epochs": 1, "batch_size": setting.batch_size, "threads": 1, "precision": "float32", "device": "cpu"}
    config = Configuration.model_validate({"model": {"name": model}, "training": training})
    return prepare(config, SimpleNamespace(dataset=dataset, molecule=Molecule.DNA))  # type: ignore[arg-type]


def floor_seconds(job: TrainingInput, steps: int) -> float:
    """Forward, backward, AdamW on one batch."""
    network, optimiser, loss = _parts(job)
    rows = np.arange(job.settings.batch_size)
    tokens, mask = padded_batch(job.train.tokens, rows, CPU)
    labels = torch.from_numpy(job.train.labels[rows])
    start = time.process_time()
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=True)
        loss(network(tokens, mask).logits, labels).backward()
        optimiser.step()
    return time.process_time() - start


def our_seconds(job: TrainingInput, steps: int) -> float:
    """Our loop, from the start of training to the finished epoch, its events written as lines."""
    start, lines = 0.0, 0
    for event in train(job, Control()):
        if isinstance(event, PhaseChanged):
            start = time.process_time()
        if isinstance(event, StepDone | EpochFinished):
            lines += len(encode_event(event))
        if isinstance(event, EpochFinished):
            return time.process_time() - start
    raise RuntimeError("no epoch was finished")


def data_loader_seconds(job: TrainingInput, steps: int) -> float:
    """The usual loop: a list of tensors, a DataLoader that collates them, `loss.item()` for the bar."""
    network, optimiser, loss = _parts(job)
    loader = DataLoader(_records(job), batch_size=job.settings.batch_size, shuffle=True, collate_fn=_collate)
    start = time.process_time()
    for tokens, mask, labels in loader:
        optimiser.zero_grad()
        found = loss(network(tokens, mask).logits, labels)
        found.backward()
        optimiser.step()
        found.item()
    return time.process_time() - start


def lightning_seconds(job: TrainingInput, steps: int) -> float:
    """Lightning's Trainer, quiet, without checkpoints and loggers."""
    import lightning

    network, optimiser, loss = _parts(job)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def training_step(self, batch: Any, _: int) -> Any:
            tokens, mask, labels = batch
            return loss(self.network(tokens, mask).logits, labels)

        def configure_optimizers(self) -> Any:
            return optimiser

    loader = DataLoader(_records(job), batch_size=job.settings.batch_size, shuffle=True, collate_fn=_collate)
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    start = time.process_time()
    trainer.fit(Module(), loader)
    return time.process_time() - start


def skorch_seconds(job: TrainingInput, steps: int) -> float:
    """skorch's NeuralNet over the padded rectangle."""
    from skorch import NeuralNetClassifier
    from torch import nn

    class Logits(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = _parts(job)[0]

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            return self.network(tokens, tokens != 0).logits  # type: ignore[no-any-return]

    net = NeuralNetClassifier(
        Logits,
        max_epochs=1,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.AdamW,
        batch_size=job.settings.batch_size,
        train_split=None,
        verbose=0,
    ).initialize()
    tokens, _ = padded_batch(job.train.tokens, np.arange(len(job.train)), CPU)
    start = time.process_time()
    net.partial_fit(tokens.numpy(), job.train.labels)
    return time.process_time() - start


def _parts(job: TrainingInput) -> tuple[Network, torch.optim.Optimizer, torch.nn.Module]:
    torch.manual_seed(1)
    network = build(job.architecture, job.task, job.hyper)
    network.train()
    return (
        network,
        build_optimiser(network, job.settings),
        build_loss(job.settings, torch.from_numpy(job.class_weights)),
    )


def _records(job: TrainingInput) -> Any:
    column = job.train.tokens
    return [
        (torch.from_numpy(column.row(row).astype(np.int64)), int(job.train.labels[row])) for row in range(len(column))
    ]


def _collate(records: list[tuple[torch.Tensor, int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    tokens = torch.nn.utils.rnn.pad_sequence([record[0] for record in records], batch_first=True)
    return tokens, tokens != 0, torch.tensor([record[1] for record in records])


def contestants() -> dict[str, Callable[[TrainingInput, int], float]]:
    """All that can be measured here, the anchor first."""
    found = {"floor": floor_seconds, "our loop": our_seconds, "DataLoader loop": data_loader_seconds}
    if importlib.util.find_spec("lightning"):
        found["Lightning"] = lightning_seconds
    if importlib.util.find_spec("skorch"):
        found["skorch"] = skorch_seconds
    return found


def measure(model: str, setting: Setting, rounds: int) -> float:
    """Print the ratios of a model; returns that of our loop."""
    job = job_for(model, setting)
    best: dict[str, float] = {}
    for round_number in range(rounds + 1):
        for name, run in contestants().items():
            seconds = run(job, setting.steps)
            if round_number:  # the first round warms up
                best[name] = min(best.get(name, seconds), seconds)
    anchor = best["floor"]
    print(f"{model}: {setting.steps} steps of {setting.batch_size} x {setting.length} letters")
    print(f"  anchor   {anchor / setting.steps * 1e3:8.3f} ms a step (forward, backward, fused AdamW on one batch)")
    for name, seconds in best.items():
        if name != "floor":
            print(f"  {name:16s} {seconds / setting.steps * 1e3:8.3f} ms a step   ratio {seconds / anchor:.3f}")
    print(f"  limit    {LIMIT:.2f} for our loop")
    return best["our loop"] / anchor


def main() -> None:
    """Measure and compare with the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="text_cnn,bilstm")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--length", type=int, default=41)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()  # as the process that runs a job does
    warnings.simplefilter("ignore")
    ratios = [measure(model, Setting(length=asked.length), asked.rounds) for model in asked.models.split(",")]
    sys.exit(int(max(ratios) > LIMIT))


if __name__ == "__main__":
    main()
