"""Files written so that a crash at any instant harms none, and damaged ones kept out of the way of new ones.

A file is written under a temporary name, flushed to the disk, renamed over the old one, and the folder flushed: after a
crash there is either the old file or the new one, whole.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from bioseq.json_values import json_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def durable_file(path: Path, *, settle: bool = True) -> Iterator[BinaryIO]:
    """Open a file for writing; it takes its name only when the block ends without an exception and all is on disk.

    Args:
        path: Where it will be.
        settle: Flush the folder as well. Who writes several files into one flushes it once, by `sync_folder`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        # "x" makes the file with the permissions that others in a shared folder expect; tempfile would lock them out.
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if settle:
        sync_folder(path.parent)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file durably."""
    with durable_file(path) as file:
        file.write(content)


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON, durably; a number that is not finite becomes null (`json_value`).

    What is no Unicode, as a byte in the name of a file that is no UTF-8, is written as the escape that JSON has for it.
    """
    text = json.dumps(json_value(value), indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, text.encode("utf-8", "backslashreplace") + b"\n")


def move_aside(path: Path) -> Path:
    """Give a damaged file a name that says what it is and when it was found, so that another can take its place.

    No file is overwritten, neither an older damaged one.

    Returns:
        Where it is now.

    Raises:
        OSError: It cannot be renamed.
    """
    stem = f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    aside, number = path.with_name(stem), 2
    while os.path.lexists(aside):
        aside, number = path.with_name(f"{stem}-{number}"), number + 1
    return path.rename(aside)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
