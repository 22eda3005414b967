"""Random numbers: set from one seed, saved in a checkpoint, put back by a resumed run."""

from __future__ import annotations

import os
import random
import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_REPEATABLE = re.compile(r"(\S+) does not have a deterministic implementation")


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch on all devices: libraries draw from any of them."""
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the global generator is the one that libraries use
    torch.manual_seed(seed)


@contextmanager
def repeatable(*, wanted: bool) -> Iterator[list[str]]:
    """Within the block, compute in ways that give the same result twice, where there are such ways.

    Args:
        wanted: False changes nothing.

    Yields:
        Names of the operations that were used and have none, as they are met.
    """
    met: list[str] = []
    if not wanted:
        yield met
        return
    # cuBLAS reads this when it is first used on a graphics card.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    benchmark = torch.backends.cudnn.benchmark
    tell = warnings.showwarning

    def told(message: Warning | str, *place: Any, **more: Any) -> None:
        found = _NOT_REPEATABLE.search(str(message))
        if found is None:
            tell(message, *place, **more)
        elif found[1] not in met:
            met.append(found[1])

    with warnings.catch_warnings():
        warnings.filterwarnings("always", message=".*does not have a deterministic implementation")
        warnings.showwarning = told
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
        try:
            yield met
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])
            torch.backends.cudnn.benchmark = benchmark


def random_tensors() -> dict[str, Tensor]:
    """The states of torch's generators, by device."""
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states |= {f"cuda:{number}": state for number, state in enumerate(torch.cuda.get_rng_state_all())}
    return states


def random_numbers() -> dict[str, Any]:
    """The states of Python's and numpy's generators, as JSON values."""
    version, numbers, gauss = random.getstate()
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return {"python": [version, list(numbers), gauss], "numpy": [name, np.asarray(keys).tolist(), *rest]}


def restore_random(tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
    """Put back what `random_tensors` and `random_numbers` gave; states of devices that are not here are passed over."""
    version, words, gauss = numbers["python"]
    random.setstate((version, tuple(words), gauss))
    name, keys, *rest = numbers["numpy"]
    np.random.set_state((name, np.array(keys, np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(tensors["cpu"])
    for number in range(torch.cuda.device_count()):
        if f"cuda:{number}" in tensors:
            torch.cuda.set_rng_state(tensors[f"cuda:{number}"], number)
