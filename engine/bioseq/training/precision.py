"""With how many bits to compute: bfloat16 where it is faster, float32 elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from bioseq.catalogue.specification import Family

PrecisionChoice = Literal["auto", "float32", "bfloat16"]

_FIRST_WITH_BFLOAT16 = (8, 0)
"""Compute capability of the first NVIDIA cards that multiply bfloat16 natively."""
_FASTER_ON_CPU = (Family.RECURRENT, Family.CONVOLUTIONAL)
"""Measured on a processor with bfloat16 instructions: 1.3 to 3.3 and 1.1 to 1.4 times faster; attention: slower."""


def choose_precision(choice: PrecisionChoice, device: torch.device, family: Family) -> torch.dtype:
    """The number format of the heavy operations; weights, loss and metrics are always float32.

    Args:
        choice: What the person set.
        device: Where the network computes.
        family: What kind of network it is.
    """
    if choice == "auto":
        match device.type:
            case "cuda":
                faster = torch.cuda.get_device_capability(device) >= _FIRST_WITH_BFLOAT16
            case "cpu":
                faster = family in _FASTER_ON_CPU and _native_on_cpu()
            case _:
                faster = False
        choice = "bfloat16" if faster else "float32"
    return torch.bfloat16 if choice == "bfloat16" else torch.float32


def computing_in(precision: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """A context in which networks compute in this precision."""
    if precision is torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=precision)


def _native_on_cpu() -> bool:
    """The processor multiplies bfloat16 itself; where it does not, torch emulates it, slowly."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
