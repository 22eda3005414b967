"""Checkpoints: all that a training needs to go on, on the disk, so that a crash at any instant harms none.

One checkpoint is two files: `NAME.safetensors` with every tensor, and `NAME.json`, written after it, with every number
and the SHA-256 of the tensors. A pair that is not whole is not a checkpoint. The last two are kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import safetensors.torch
from safetensors import SafetensorError

from bioseq.durable import write_bytes, write_json
from bioseq.json_values import load_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

FORMAT = 1
KEPT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """What a training needs to go on.

    Attributes:
        tensors: Group ("model", "best", "optimiser", "random", "epoch") and name to tensor.
        numbers: Everything else, as JSON values: "state", "random", "fingerprint".
    """

    tensors: dict[str, dict[str, Tensor]]
    numbers: dict[str, Any]


def save_checkpoint(folder: Path, name: str, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint durably, then remove all but the last two.

    Args:
        folder: Folder of the checkpoints; made if need be.
        name: Sorts after the names of all earlier ones.
        checkpoint: What to write.

    Returns:
        The file with the numbers.
    """
    flat = {
        f"{group}/{key}": tensor.detach().cpu().contiguous().clone()
        for group, tensors in checkpoint.tensors.items()
        for key, tensor in tensors.items()
    }
    content = safetensors.torch.save(flat)
    write_bytes(folder / f"{name}.safetensors", content)
    about = {"format": FORMAT, "sha256": hashlib.sha256(content).hexdigest(), **checkpoint.numbers}
    write_json(folder / f"{name}.json", about)
    for old in _names(folder)[KEPT:]:
        discard_checkpoint(folder, old)
    return folder / f"{name}.json"


def load_checkpoints(folder: Path | None) -> Iterator[tuple[str, Checkpoint | None]]:
    """The checkpoints of a folder (of none: nothing), newest first, each with its name; None for a damaged one."""
    if folder is None:
        return
    for name in _names(folder):
        yield name, _load(folder, name)


def discard_checkpoint(folder: Path | None, name: str) -> None:
    """Remove a checkpoint: the numbers first, because tensors without numbers are no checkpoint."""
    if folder is not None:
        (folder / f"{name}.json").unlink(missing_ok=True)
        (folder / f"{name}.safetensors").unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    """Names of the checkpoints, newest first."""
    return sorted((path.stem for path in folder.glob("*.json")), reverse=True)


def _load(folder: Path, name: str) -> Checkpoint | None:
    try:
        about = load_table((folder / f"{name}.json").read_bytes())
        content = (folder / f"{name}.safetensors").read_bytes()
        if about.pop("format") != FORMAT or about.pop("sha256") != hashlib.sha256(content).hexdigest():
            return None
        flat = safetensors.torch.load(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError):
        return None
    tensors: dict[str, dict[str, Tensor]] = {}
    for key, tensor in flat.items():
        group, _, name_in_group = key.partition("/")
        tensors.setdefault(group, {})[name_in_group] = tensor
    return Checkpoint(tensors, about)
