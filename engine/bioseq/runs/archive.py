"""Zip archives from strangers, read with suspicion: nothing is unpacked to the disk, and nothing is believed unchecked.

Refused: absolute and drive paths, UNC, `..`, backslashes, links and devices, names that Windows reserves, trailing dots
and blanks, control characters, names that are equal after case folding or Unicode normalisation, encryption, rare
compression, nested archives, too many members, too many bytes, too high a ratio. Sizes are counted while reading.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_RESERVED = {
    *("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"),
    *(f"{device}{number}" for device in ("COM", "LPT") for number in "0123456789¹²³"),
}
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
_UNIX = 3
_CHUNK = 1 << 20
_RATIO_MATTERS_FROM = 1 << 20
_NESTED = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold.

    Attributes:
        members: Files.
        bytes: All files unpacked.
        ratio: Unpacked bytes per packed byte of one file, from a megabyte on.
    """

    members: int = 10_000
    bytes: int = 4 << 30
    ratio: int = 200


def read_members(
    path: Path,
    wanted: Collection[str],
    *,
    limits: ArchiveLimits | None = None,
) -> dict[str, bytes]:
    """Read some files of an archive after checking all of it.

    Args:
        path: The archive.
        wanted: Names to read; those that are not there are left out.
        limits: How much it may hold.

    Returns:
        Name to content.

    Raises:
        BioseqError: It is no archive, is damaged, or holds something that has no business in it.
    """
    limits = limits or ArchiveLimits()
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check(members, limits, path)
            left = limits.bytes
            contents = {}
            for member in members:
                if member.filename in wanted:
                    contents[member.filename] = _read(archive, member, min(left, limits.bytes), limits.ratio, path)
                    left -= len(contents[member.filename])
            return contents
    except OSError as error:
        raise BioseqError(
            "bundle.unreadable",
            f"The file cannot be read: {error.strerror or error}.",
            where=str(path),
            remedy="Check that it is there and may be read.",
        ) from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise _refused(path, "it is damaged, or no model file") from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise _refused(path, "it is damaged") from error
        raise


def _check(members: list[zipfile.ZipInfo], limits: ArchiveLimits, path: Path) -> None:
    if len(members) > limits.members:
        raise _refused(path, f"it holds more than {limits.members} files")
    if sum(member.file_size for member in members) > limits.bytes:
        raise _refused(path, "it is too large when unpacked")
    seen: set[str] = set()
    for member in members:
        if fault := _fault_of_member(member, limits):
            raise _refused(path, fault)
        key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", member.filename).casefold())
        if key in seen:
            raise _refused(path, "two of its files have the same name")
        seen.add(key)


def _fault_of_member(member: zipfile.ZipInfo, limits: ArchiveLimits) -> str:
    # zipfile turns the system's separator into "/" and cuts at NUL; `orig_filename` is what the file says.
    if fault := fault_of_name(member.orig_filename):
        return fault
    mode = member.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if kind not in (0, stat.S_IFREG) and not (stat.S_ISDIR(mode) and member.is_dir()):
        return "it holds a link or a device"
    if member.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if member.compress_type not in _METHODS:
        return "it is packed in an unusual way"
    if member.file_size > max(_RATIO_MATTERS_FROM, member.compress_size * limits.ratio):
        return "it unpacks to far more than its size"
    return ""


def fault_of_name(name: str) -> str:
    """What is wrong with the name of a file in an archive; empty when it is harmless anywhere."""
    if "\\" in name:
        return "a name in it holds a backslash"
    if name.startswith("/") or (len(name) > 1 and name[1] == ":"):
        return "a name in it leads to another place"
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} or letter in '<>:"|?*' for letter in name):
        return "a name in it holds forbidden letters"
    parts = name.removesuffix("/").split("/")
    for part in parts:
        if part in {"", ".", ".."}:
            return "a name in it leads to another place"
        if part != part.rstrip(". "):
            return "a name in it ends with a dot or a blank"
        if part.split(".")[0].rstrip(" ").upper() in _RESERVED:
            return "a name in it is reserved"
    if len(name) > 1_024:
        return "a name in it is too long"
    return ""


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, cap: int, ratio: int, path: Path) -> bytes:
    allowed = min(cap, max(_RATIO_MATTERS_FROM, member.compress_size * ratio), member.file_size)
    content = bytearray()
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            content += chunk
            if len(content) > allowed:
                raise _refused(path, "it unpacks to more than it says")
    if len(content) != member.file_size:
        raise _refused(path, "it is cut short")
    if bytes(content[:4]) in _NESTED:
        raise _refused(path, "it holds another archive")
    return bytes(content)


def _refused(path: Path, why: str) -> BioseqError:
    return BioseqError(
        "bundle.refused",
        f"This model file was not opened: {why}.",
        where=str(path),
        remedy="Use a file model.bioseq that this program has written, from a source that you trust.",
    )
