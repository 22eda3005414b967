"""What an epoch costs on this machine, from a few steps on made-up records as long as those of the data."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from bioseq.config.autofill import training_records
from bioseq.config.checks import task_shape
from bioseq.config.epochs import records_per_epoch
from bioseq.models.registry import build
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.profile import QUANTILES
from bioseq.training.batches import Batches
from bioseq.training.device import choose_device, peak_device_memory
from bioseq.training.inputs import prepare
from bioseq.training.learner import Learner
from bioseq.training.loop import computing_threads, prepare_threads
from bioseq.training.seeding import seed_everything
from bioseq.training.state import TrainingState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile

_STEPS = 6
_ENOUGH_SECONDS = 1.5
_VALIDATION_SHARE_OF_STEP = 0.35
"""Judging a record costs about this share of learning from it: forward only."""
_CLEAR_PEAK = "5"


@dataclass(frozen=True, slots=True)
class MeasuredCost:
    """What training costs.

    Attributes:
        seconds_per_epoch: Learning from all training records once and judging the validation records.
        memory_bytes: Peak of this process, or on an accelerator the peak there.
        device: Where it computed.
        threads: CPU threads used.
    """

    seconds_per_epoch: float
    memory_bytes: int
    device: str
    threads: int


@dataclass(frozen=True, slots=True)
class _MadeUp:
    dataset: Dataset
    molecule: Molecule


def measure(config: Configuration, profile: DataProfile) -> MeasuredCost:
    """Train a few steps of the configuration's network and tell what an epoch of the data will cost.

    The first step is not counted: it pays for what is done once.

    Args:
        config: Settings; the network is the one that they name.
        profile: What the data are like.

    Raises:
        BioseqError: The network cannot be built, or its memory is not there.
    """
    seed_everything(1)
    job = prepare(config, _MadeUp(_records(config, profile), profile.molecule))
    job = replace(job, task=replace(job.task, longest=task_shape(config, profile).longest))
    learner = Learner(
        job, build(job.architecture, job.task, job.hyper), TrainingState(), device=choose_device(job.settings.device)
    )
    batches = Batches.of(job).epoch(1)
    threads = prepare_threads(job, learner.network)
    _forget_peak()
    with computing_threads(threads):
        learner.begin_epoch()
        seconds = _seconds_per_step(learner, [batches[number % len(batches)] for number in range(_STEPS)])
    readings = 2 if config.augmentation.both_strands else 1
    share = 1 + _VALIDATION_SHARE_OF_STEP * readings * config.split.validation_fraction
    memory = peak_device_memory(learner.device) or _peak()
    steps = records_per_epoch(config, profile) / config.training.batch_size
    return MeasuredCost(seconds * max(1.0, steps) * share, memory, learner.device.type, threads)


def _seconds_per_step(learner: Learner, batches: list[NDArray[np.intp]]) -> float:
    spent: list[float] = []
    for rows in batches:
        start = time.perf_counter()
        learner.step(rows, 1e-4)
        learner.mean_loss(1)  # a figure is asked for, so that an accelerator has finished
        spent.append(time.perf_counter() - start)
        if sum(spent) > _ENOUGH_SECONDS:
            break
    counted = spent[1:] or spent
    return sum(counted) / len(counted)


def _records(config: Configuration, profile: DataProfile) -> Dataset:
    """Random records with the lengths, classes and molecule of the data; two batches of them at most."""
    chance = np.random.default_rng(1)
    count = max(2 * len(profile.label_names), min(2 * config.training.batch_size, training_records(profile)))
    lengths = np.interp(chance.random(count), QUANTILES, profile.length_quantiles).astype(int).clip(1)
    if config.data.longest:
        lengths = lengths.clip(max=config.data.longest)
    residues = np.array(list(ALPHABETS[profile.molecule].residues))
    sequences = ["".join(residues[chance.integers(0, len(residues), length)]) for length in lengths]
    names = profile.label_names
    labels = [names[row % len(names)] for row in range(count)]
    return Dataset.from_records(sequences, labels=labels, splits=[Split.TRAIN] * count)


def _forget_peak() -> None:
    """Let the peak of this process start from what it needs now, where the system can do that."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(AttributeError):  # other C libraries than glibc
            ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text(_CLEAR_PEAK, encoding="ascii")


def _peak() -> int:
    """Most memory that this process has held, bytes."""
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text(encoding="ascii")
        line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "")
        if line:
            return int(line.split()[1]) * 1024
    return int(psutil.Process().memory_info().rss)
