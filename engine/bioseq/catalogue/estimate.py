"""How long and how much memory training will take, before the click: an estimate from counted work.

The constants were measured on one CPU thread; other machines differ by a small factor, so times are shown as "about".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bioseq.catalogue import text_cnn
from bioseq.catalogue.specification import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import Architecture, Kept, TaskShape

_WORKER_BYTES = 330_000_000
"""Memory of a worker with torch loaded."""
_OVERHEAD_SECONDS = 0.0012
"""Per training step, whatever its size."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What training will cost.

    Attributes:
        parameters: Weights, exact.
        seconds_per_epoch: Estimate for one CPU thread.
        memory_bytes: Estimate of the worker's peak.
        seconds_once: What comes on top in the first epoch: a frozen part that works once per record.
    """

    parameters: int
    seconds_per_epoch: float
    memory_bytes: int
    seconds_once: float = 0.0


def estimate(
    architecture: Architecture,
    task: TaskShape,
    hyper: Mapping[str, Any],
    *,
    records: int,
    batch_size: int,
    median_tokens: float,
) -> Estimate:
    """Estimate time and memory of training.

    Args:
        architecture: The specification.
        task: Vocabulary, classes, longest input.
        hyper: Settings; those left out have their defaults.
        records: Training records.
        batch_size: Records per step.
        median_tokens: Typical length, tokens.
    """
    resolved = architecture.resolve(hyper)
    parameters = architecture.count_parameters(task, resolved)
    kept = architecture.kept(task, resolved)
    if kept.weights:
        return _with_kept(architecture, kept, parameters, records=records, tokens=median_tokens, task=task)
    tokens = max(1.0, min(median_tokens, float(task.longest)))
    per_token = architecture.work.seconds_per_weight * _work_per_token(architecture, task, resolved, parameters)
    if architecture.cost is Cost.QUADRATIC:
        per_token += 2.0e-9 * tokens * int(resolved.get("width", 64)) * int(resolved.get("layers", 1))
    steps = -(-records // max(1, batch_size))
    seconds = records * tokens * per_token + steps * (_OVERHEAD_SECONDS + 4e-9 * parameters)
    activations = batch_size * min(task.longest, 4 * tokens) * architecture.work.floats_per_token * 4
    return Estimate(parameters, seconds, int(_WORKER_BYTES + 16 * parameters + 1.5 * activations))


def _with_kept(
    architecture: Architecture, kept: Kept, parameters: int, *, records: int, tokens: float, task: TaskShape
) -> Estimate:
    """With weights that do not learn: no backward pass where they work once, two thirds of the work where they do not.

    They need neither gradients nor the optimiser's moments: 4 bytes each and not 16.
    """
    per_weight = architecture.work.seconds_per_weight * min(tokens, float(task.longest))
    learning = records * (parameters - kept.weights) * architecture.work.seconds_per_weight
    passing = records * kept.weights * per_weight
    memory = int(_WORKER_BYTES + 4 * kept.weights + 16 * (parameters - kept.weights))
    if kept.once:
        return Estimate(parameters, learning, memory, seconds_once=passing / 3)
    return Estimate(parameters, learning + passing * 2 / 3, memory)


def _work_per_token(architecture: Architecture, task: TaskShape, hyper: Mapping[str, Any], parameters: int) -> float:
    """Weights that act on each token: all but the tables; those of a layer over all positions act once a record."""
    tables = 0 if task.one_hot else task.vocabulary * int(hyper.get("embedding", hyper.get("width", 0)))
    weights = max(1, parameters - tables)
    if task.fixed_length and architecture.name == "dnn":
        return weights / max(1, task.longest)
    if architecture.name == "text_cnn" and text_cnn.reads_positions(task, hyper):
        once = text_cnn.POSITION_UNITS * task.longest * int(hyper["embedding"])
        return weights - once + once / max(1, task.longest)
    return float(weights)
