"""What frozen encoders said of records, kept on the disk: an encoder that does not learn need run only once per record.

A store belongs to one encoder with its weights, tokens and windows; its name is a hash of them. Within it, a record is
known by a hash of its tokens, so that it is found again in any data set. A store is a folder of pairs of files,
`*.vectors.npy` and `*.keys.npy`; the keys are written last, and a pair that is not whole is thrown away. Together the
stores take no more than a given space: those that were not used for longest go first. No pickle, no torch.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from platformdirs import user_cache_path

from bioseq.durable import durable_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

KEY_BYTES = 16

_LARGEST = 8 << 30
"""Bytes that all stores may take together."""
_LARGEST_IN_MEMORY = 256 << 20
"""Bytes of vectors that are kept while several models read the same records in turn."""
_UNSAVED_RECORDS = 512
_UNSAVED_SECONDS = 10.0
"""More work than this is not lost when the program is killed."""


def features_folder() -> Path:
    """Where the stores lie; `BIOSEQ_CACHE_HOME` in the environment names another place for all caches."""
    override = os.environ.get("BIOSEQ_CACHE_HOME")
    return (Path(override) if override else user_cache_path("bioseq-studio")) / "features"


class RecentVectors:
    """Vectors of the records that came last, in memory alone; to be used like a `FeatureStore`.

    Args:
        width: Numbers per record.
        largest: Bytes that all may take together.
    """

    def __init__(self, width: int, *, largest: int = _LARGEST_IN_MEMORY) -> None:
        self._most = max(1, largest // (4 * width))
        self._vectors: dict[bytes, NDArray[np.float32]] = {}

    def __contains__(self, key: bytes) -> bool:
        return key in self._vectors

    def add(self, key: bytes, vector: NDArray[np.float32]) -> None:
        """Take in the vector `(D,)` of a record."""
        self._vectors[key] = np.asarray(vector, np.float32).copy()

    def take(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """The vectors of records that are all there, `(N, D)`; then, where there are too many, the oldest go.

        Raises:
            KeyError: One is not there.
        """
        vectors = np.stack([self._vectors[key] for key in keys])
        for oldest in list(islice(self._vectors, max(0, len(self._vectors) - self._most))):
            del self._vectors[oldest]
        return vectors

    def save_when_due(self, *, idle: bool = False) -> None:
        """Nothing is written."""

    def save(self) -> None:
        """Nothing is written."""


class FeatureStore:
    """Vectors of records by one encoder.

    Attributes:
        folder: Where they lie.
        width: Numbers per record.
    """

    def __init__(self, folder: Path, width: int, *, largest: int = _LARGEST) -> None:
        self.folder = folder
        self.width = width
        self._largest = largest
        self._places: dict[bytes, tuple[int, int]] = {}
        self._parts: list[NDArray[np.float32]] = []
        self._unsaved: dict[bytes, NDArray[np.float32]] = {}
        self._saved_at = time.monotonic()
        self._usable = True

    @classmethod
    def open(cls, name: str, width: int) -> FeatureStore:
        """The store of this name among those of the person, with what it holds already."""
        store = cls(features_folder() / name, width)
        store.load()
        return store

    def __len__(self) -> int:
        return len(self._places) + len(self._unsaved)

    def __contains__(self, key: bytes) -> bool:
        return key in self._places or key in self._unsaved

    def load(self) -> None:
        """Read what lies in the folder; a part that is damaged is removed."""
        for keys_path in sorted(self.folder.glob("*.keys.npy")):
            vectors_path = keys_path.with_name(keys_path.name.replace(".keys.", ".vectors."))
            try:
                keys = np.load(keys_path, allow_pickle=False)
                vectors = np.load(vectors_path, mmap_mode="r", allow_pickle=False)
                whole = _is_whole(keys, vectors, self.width)
            except (OSError, ValueError, EOFError):
                whole = False
            if whole:
                self._admit(keys, vectors)
            else:
                self._discard(keys_path, vectors_path)
        if self._parts:
            self._mark_used()

    def add(self, key: bytes, vector: NDArray[np.float32]) -> None:
        """Take in the vector `(D,)` of a record."""
        self._unsaved[key] = np.asarray(vector, np.float32).copy()

    def take(self, keys: Sequence[bytes]) -> NDArray[np.float32]:
        """The vectors of records that are all there, `(N, D)`.

        Raises:
            KeyError: One is not there.
        """
        vectors = np.empty((len(keys), self.width), np.float32)
        for row, key in enumerate(keys):
            if key in self._unsaved:
                vectors[row] = self._unsaved[key]
            else:
                part, place = self._places[key]
                vectors[row] = self._parts[part][place]
        return vectors

    def save_when_due(self, *, idle: bool = False) -> None:
        """Write new vectors when there are many, when the last writing is some time ago, or when nothing new comes."""
        late = time.monotonic() - self._saved_at >= _UNSAVED_SECONDS
        if self._unsaved and (idle or late or len(self._unsaved) >= _UNSAVED_RECORDS):
            self.save()

    def save(self) -> None:
        """Write new vectors durably; where that cannot be, they stay in memory, and the log says so."""
        self._saved_at = time.monotonic()
        if not self._unsaved or not self._usable:
            return
        keys = np.frombuffer(b"".join(self._unsaved), np.uint8).reshape(-1, KEY_BYTES)
        vectors = np.stack(list(self._unsaved.values()))
        stem = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        try:
            self._check_room(vectors.nbytes)
            for part, values in (("vectors", vectors), ("keys", keys)):
                with durable_file(self.folder / f"{stem}.{part}.npy") as file:
                    np.save(file, values, allow_pickle=False)
            mapped = np.load(self.folder / f"{stem}.vectors.npy", mmap_mode="r", allow_pickle=False)
        except OSError as error:
            self._usable = False
            logging.getLogger(__name__).warning("features are not kept on the disk: %s", error)
            return
        self._admit(keys, mapped)
        self._unsaved.clear()
        self._mark_used()
        self._make_room()

    def _check_room(self, more: int) -> None:
        if _size(self.folder) + more > self._largest:
            raise OSError("the space for features is full")

    def _admit(self, keys: NDArray[np.uint8], vectors: NDArray[np.float32]) -> None:
        number = len(self._parts)
        self._parts.append(vectors)
        for row, key in enumerate(keys):
            self._places[key.tobytes()] = (number, row)

    def _mark_used(self) -> None:
        try:
            os.utime(self.folder)
        except OSError as error:
            logging.getLogger(__name__).warning("the time of use of features is not kept: %s", error)

    def _make_room(self) -> None:
        """Remove the stores that were not used for longest until all together fit."""
        stores = sorted((path for path in self.folder.parent.iterdir() if path.is_dir()), key=_used)
        sizes = {path: _size(path) for path in stores}
        for path in stores:
            if sum(sizes.values()) <= self._largest:
                return
            if path != self.folder:
                shutil.rmtree(path, ignore_errors=True)
                sizes.pop(path)

    def _discard(self, *paths: Path) -> None:
        for path in paths:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                logging.getLogger(__name__).warning("a damaged part of the features stays: %s", error)


def _is_whole(keys: NDArray[Any], vectors: NDArray[Any], width: int) -> bool:
    return (
        keys.dtype == np.uint8
        and vectors.dtype == np.float32
        and keys.ndim == vectors.ndim == 2
        and keys.shape[1] == KEY_BYTES
        and vectors.shape == (len(keys), width)
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.npy")) if folder.is_dir() else 0


def _used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0
