"""Named arrays in the safetensors format, read without torch and without pickle, within limits.

Format: 8 bytes length of the header (little endian), the header (JSON: name to dtype, shape, place), the data.
https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Weights = dict[str, "NDArray[Any]"]

_LARGEST_HEADER = 1 << 20
_MOST_TENSORS = 10_000


def pack_weights(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as safetensors."""
    return bytes(save({name: np.asarray(values, order="C") for name, values in weights.items()}))


def unpack_weights(content: bytes, *, where: str) -> Weights:
    """The arrays in safetensors.

    Raises:
        BioseqError: The content is damaged or out of bounds.
    """
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or size > min(_LARGEST_HEADER, len(content) - 8):
        raise _damaged(where)
    try:
        header = json.loads(content[8 : 8 + size])
        if not isinstance(header, dict) or len(header) > _MOST_TENSORS:
            raise _damaged(where)
        return dict(load(content))
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(where) from error


def check_numbers(weights: Mapping[str, NDArray[Any]], *, where: str, infinite: bool = False) -> None:
    """Refuse weights with which nothing can be computed: a training that went wrong, or a file that was changed.

    Args:
        weights: Name to array.
        where: Their file.
        infinite: Infinite ones do no harm.

    Raises:
        BioseqError: One is not a number (NaN), or is infinite.
    """
    for name, values in weights.items():
        if not np.issubdtype(values.dtype, np.inexact):
            continue
        if np.isnan(values).any() if infinite else not np.isfinite(values).all():
            raise BioseqError(
                "bundle.weights_undefined",
                f"The weights in this model file hold values that are not numbers (NaN or infinite, in {name[:80]}).",
                where=where,
                remedy="Copy the file again from where it came, or train again.",
            )


def _damaged(where: str) -> BioseqError:
    return BioseqError(
        "bundle.damaged_weights",
        "The weights in this model file are damaged.",
        where=where,
        remedy="Copy the file again from where it came, or train again.",
    )
