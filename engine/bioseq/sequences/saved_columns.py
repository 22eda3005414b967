"""Columns of numbers and of text that the program saved as `.npy` files, opened again and checked."""

from __future__ import annotations

import zipfile
import zlib
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.json_values import DamagedError
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FAULTS = (
    OSError,
    ValueError,
    EOFError,
    OverflowError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TokenError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What numpy raises at a file that is not there or damaged."""


def open_column(path: Path, *, mapped: bool = True) -> NDArray[Any]:
    """One column.

    Args:
        path: Its file.
        mapped: Leave it on the disk and read it as it is used.

    Raises:
        FileNotFoundError: It is not there.
        DamagedError: It cannot be read.
    """
    try:
        return np.lib.format.open_memmap(path, mode="r") if mapped else _read(path)
    except FileNotFoundError:
        raise
    except FAULTS as error:
        raise DamagedError(f"{path.name} is damaged") from error


def _read(path: Path) -> NDArray[Any]:
    with path.open("rb") as file:
        column: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return column


def open_columns(folder: Path, *, mapped: bool = True) -> dict[str, NDArray[Any]]:
    """All columns in a folder by their names, without their endings.

    Raises:
        DamagedError: One cannot be read.
    """
    return {path.stem: open_column(path, mapped=mapped) for path in sorted(folder.glob("*.npy"))}


def text_in(columns: Mapping[str, NDArray[Any]], text: str, offsets: str) -> TextColumn:
    """The column of text whose letters and offsets are two of these.

    Args:
        columns: As `open_columns` gives them.
        text: Name of that with the letters.
        offsets: Name of that with the offsets.

    Raises:
        DamagedError: One is not there, or they do not fit together.
    """
    letters, bounds = column_of(columns, text, np.uint8), column_of(columns, offsets, np.int64)
    check_bounds(bounds, len(letters), offsets)
    return TextColumn(letters, bounds)


def column_of(columns: Mapping[str, NDArray[Any]], name: str, kind: type[np.generic], width: int = 0) -> NDArray[Any]:
    """One of these columns.

    Args:
        columns: As `open_columns` gives them.
        name: Its name.
        kind: What its values are.
        width: Values in each row; 0 for one that is no table.

    Raises:
        DamagedError: It is not there, or holds something else.
    """
    column = columns.get(name)
    shape = () if width == 0 else (width,)
    if column is None or column.dtype != kind or column.ndim == 0 or column.shape[1:] != shape:
        raise DamagedError(f"{name}.npy is missing or holds something else")
    return column


def check_bounds(bounds: NDArray[np.int64], length: int, name: str) -> None:
    """Refuse offsets that do not ascend within what they are offsets of.

    Raises:
        DamagedError: They do not.
    """
    if not len(bounds) or bounds[0] < 0 or bounds[-1] > length or np.any(bounds[1:] < bounds[:-1]):
        raise DamagedError(f"{name}.npy does not fit the other columns")
