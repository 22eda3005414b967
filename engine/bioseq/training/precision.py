"""With how many bits to compute: bfloat16 where it is faster, float32 elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

PrecisionChoice = Literal["auto", "float32", "bfloat16"]

_FIRST_WITH_BFLOAT16 = (8, 0)
"""Compute capability of the first NVIDIA cards that multiply bfloat16 natively."""


def choose_precision(choice: PrecisionChoice, device: torch.device) -> torch.dtype:
    """The number format of the heavy operations; weights, loss and metrics are always float32."""
    if choice == "auto":
        native = device.type == "cuda" and torch.cuda.get_device_capability(device) >= _FIRST_WITH_BFLOAT16
        return torch.bfloat16 if native else torch.float32
    return torch.bfloat16 if choice == "bfloat16" else torch.float32


def computing_in(precision: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """A context in which networks compute in this precision."""
    if precision is torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=precision)
