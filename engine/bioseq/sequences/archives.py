"""What lies in archives: zip files of many kinds, and tar. Names are read, nothing is unpacked."""

from __future__ import annotations

import tarfile
import zipfile
from typing import TYPE_CHECKING

from bioseq.sequences.foreign_files import Foreign
from bioseq.sequences.formats import COMPRESSION_ENDINGS, FORMATS
from bioseq.sequences.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BLOCK = 512
_NAMES_TOLD = 4
_MOST_NAMES = 1_000
_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ENDINGS = tuple(ending for facts in FORMATS.values() for ending in facts.endings)


def is_zip(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a zip archive."""
    return head.startswith(_MARKS)


def names_in_zip(path: Path) -> list[str]:
    """Names of the files in a zip archive; none where it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def is_workbook(names: Sequence[str]) -> bool:
    """Whether a zip archive of these files is a workbook that is read."""
    return any(name.startswith("xl/") for name in names) and "xl/workbook.bin" not in names


def describe_zip(names: Sequence[str]) -> Foreign:
    """What a zip archive of these files is, where it is no workbook and no bundle."""
    known = set(names)
    firsts = {name.split("/")[0] for name in names}
    if "xl/workbook.bin" in known:
        return Foreign("a binary workbook (XLSB)", "Open it and save it as XLSX or CSV.")
    if "word" in firsts:
        return Foreign("a Word document", "Copy the sequences into a plain text file as FASTA, or into a table.")
    if "ppt" in firsts:
        return Foreign("a PowerPoint presentation", "Copy the sequences into a plain text file as FASTA.")
    if "mimetype" in known and "content.xml" in known:
        return Foreign("an OpenDocument file", "If it is a table, save it as XLSX or CSV.")
    if "Index/Document.iwa" in known or "Index.zip" in known:
        return Foreign("a document of Apple Numbers or Pages", "Export the table from it as Excel or CSV.")
    if any(name.endswith("/data.pkl") for name in names):
        return Foreign("a file of PyTorch", "Save the sequences as FASTA or as a table (CSV, TSV or XLSX).")
    if known and all(name.endswith(".npy") for name in names):
        return Foreign("NumPy arrays (npz)", "Save the sequences as FASTA or as a table (CSV, TSV or XLSX).")
    if any(name.endswith("/metadata.yaml") and name.count("/") == 1 for name in names):
        return Foreign("a QIIME 2 artifact", "Export it with 'qiime tools export' and choose the file in it.")
    return _archive("a zip archive", [name for name in names if not name.endswith("/")])


def describe_broken_zip(head: bytes) -> str:
    """What a zip archive is that cannot be opened, by the names in it that can be seen."""
    if b"xl/" in head:
        return "workbook"
    if b"word/" in head:
        return "Word document"
    if b"docProps/" in head or b"[Content_Types].xml" in head:
        return "workbook or document"
    return "model" if b"bundle.json" in head else "zip archive"


def describe_tar(head: bytes) -> Foreign | None:
    """What a tar archive holds, by the names that its first bytes show; None where it is none."""
    names: list[str] = []
    place, is_cut, is_tar = 0, False, False
    while place + _BLOCK <= len(head) and head[place] and len(names) < _MOST_NAMES:
        try:
            member = tarfile.TarInfo.frombuf(head[place : place + _BLOCK], "utf-8", "replace")
        except tarfile.HeaderError:
            break
        is_tar = True
        if member.isreg():
            names.append(member.name)
        if member.size < 0:
            break
        place += _BLOCK * (1 + -(-member.size // _BLOCK))
        is_cut = place + _BLOCK > len(head)
    return _archive("a tar archive", names, is_cut=is_cut) if is_tar else None


def _archive(name: str, names: Sequence[str], *, is_cut: bool = False) -> Foreign:
    """An archive with the first names in it, those of files that may hold sequences before the others."""
    if not names:
        return Foreign(name if is_cut else f"an empty {name.split(' ', 1)[1]}", "Choose another file.")
    if len(names) == 1 and not is_cut:
        return Foreign(f"{name} with one file, {quoted(names)}", "Unpack it and choose that file.")
    ordered = sorted(names, key=lambda one: not _may_hold_sequences(one))
    # Where the archive goes on beyond what was read, their number is not known.
    told = f"{quoted(ordered[:_NAMES_TOLD])} and perhaps more" if is_cut else quoted(ordered, most=_NAMES_TOLD)
    return Foreign(f"{name} with several files: {told}", "Unpack it and choose the files in it.")


def _may_hold_sequences(name: str) -> bool:
    plain = name.lower()
    for ending in COMPRESSION_ENDINGS:
        plain = plain.removesuffix(ending)
    return plain.endswith(_ENDINGS)
