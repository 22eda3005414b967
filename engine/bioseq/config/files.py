"""Configurations on the disk: loaded with absolute paths, saved with paths relative to the file.

A data file that lies in the folder of the configuration, below it, or beside that folder is written relative to it, so
that the folder can be moved as a whole; one that lies elsewhere keeps its absolute path.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.catalogue.registry import MODELS
from bioseq.config.reading import LARGEST, loads
from bioseq.config.writing import dumps
from bioseq.durable import write_bytes
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.config.schema import Configuration

__all__ = ["dumps", "load", "loads", "save"]


def load(path: Path) -> Configuration:
    """Read a configuration; paths in it become absolute.

    Raises:
        BioseqError: The file cannot be read, or is no legal configuration: see `loads`.
    """
    path = Path(path)
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - resolve() would follow links to another folder
    config = loads(_text(path), where=str(path))
    return _with_paths(config, lambda text: os.path.normpath(folder / text))


def save(config: Configuration, path: Path) -> None:
    """Write a configuration durably; paths in it are written relative to the file where they lie near it.

    Raises:
        BioseqError: The file cannot be written.
    """
    path = Path(path)
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - as in `load`
    try:
        write_bytes(path, dumps(_with_paths(config, lambda text: _relative(text, folder))).encode())
    except OSError as error:
        raise BioseqError(
            "config.cannot_write",
            f"The configuration cannot be written: {error.strerror or error}.",
            where=str(path),
            remedy="Choose another folder, or free some space.",
        ) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BioseqError(
            "config.unreadable",
            f"The configuration cannot be read: {reason}.",
            where=str(path),
            remedy="Check that the file is there and may be read.",
        ) from error
    if len(content) > LARGEST:
        raise BioseqError(
            "config.too_large",
            "The file is larger than 1 MB; a configuration has a few kilobytes.",
            where=str(path),
            remedy="Is it a data file? Give it as data.",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BioseqError(
            "config.not_text",
            f"The file is not text in UTF-8 (byte {error.start}).",
            where=str(path),
            remedy="Save it as UTF-8, or choose another file.",
        ) from error


def _with_paths(config: Configuration, changed: Callable[[str], str]) -> Configuration:
    def path(text: str) -> str:
        return changed(text) if text else ""

    files = tuple(file.model_copy(update={"path": path(file.path)}) for file in config.data.files)
    data = config.data.model_copy(update={"files": files, "label_sheet": path(config.data.label_sheet)})
    output = config.output.model_copy(update={"folder": path(config.output.folder)})
    known = MODELS.get(config.model.name)
    folders = {setting.name for setting in known.hyper if setting.kind == "folder"} if known else set()
    hyper = {
        name: path(value) if name in folders and isinstance(value, str) else value
        for name, value in config.model.hyper.items()
    }
    model = config.model.model_copy(update={"hyper": hyper})
    return config.model_copy(update={"data": data, "output": output, "model": model})


def _relative(text: str, folder: Path) -> str:
    absolute = Path(os.path.abspath(text))  # noqa: PTH100 - as in `load`
    for base, prefix in ((folder, Path()), (folder.parent, Path(".."))):
        if base != Path(base.anchor) and absolute.is_relative_to(base):
            return (prefix / absolute.relative_to(base)).as_posix()
    return absolute.as_posix()
