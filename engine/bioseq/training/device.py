"""Where to compute, and with how many threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import psutil
import torch

from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Iterator

DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]

_SMALL_STEP = 2e8
"""Multiplications per step (weights times tokens) below which more threads make training slower, not faster."""
_MOST_THREADS = 8


def choose_device(choice: DeviceChoice = "auto") -> torch.device:
    """The device that was asked for; "auto" takes an accelerator when there is one.

    Raises:
        BioseqError: The device is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if choice == "auto":
        choice = next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there[choice]:
        words = {"cuda": "an NVIDIA graphics card", "mps": "an Apple graphics processor"}
        raise BioseqError(
            "device.not_there",
            f"The configuration asks for {words[choice]}, and there is none that torch can use.",
            where="training.device",
            remedy="Set the device to auto.",
        )
    return torch.device("cuda:0" if choice == "cuda" else choice)


def describe_device(device: torch.device) -> str:
    """The device in words: "cpu", "cuda:0 NVIDIA H200"."""
    return f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else str(device)


def choose_threads(choice: int, *, parameters: int, tokens_per_batch: float) -> int:
    """CPU threads for computing.

    Threads that wait for each other on a busy machine make small steps many times slower, so one core is left free and
    small models get one thread.

    Args:
        choice: What the person set; 0 leaves it to this function.
        parameters: Weights of the network.
        tokens_per_batch: Records of a batch times their median length.
    """
    if choice:
        return choice
    if parameters * tokens_per_batch < _SMALL_STEP:
        return 1
    cores = psutil.cpu_count(logical=False) or 1
    return max(1, min(cores - 1, _MOST_THREADS))


def peak_device_memory(device: torch.device) -> int:
    """Most memory held on the accelerator so far, bytes; 0 on the CPU."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0


def out_of_memory_in(error: BaseException) -> bool:
    """Whether an exception says that memory, on whatever device, ran out."""
    return any(
        isinstance(fault, torch.OutOfMemoryError | MemoryError)
        or (isinstance(fault, RuntimeError) and "allocate memory" in str(fault))
        for fault in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
