"""What a file is, told from its first bytes: its name does not matter."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioseq.errors import BioseqError
from bioseq.sequences.streams import Compression, compression_of, read_head

Format = Literal["fasta", "fastq", "genbank", "embl", "csv", "tsv", "xlsx"]
Kind = Literal["sequences", "config", "bundle", "run", "study", "unknown"]

HEAD = 1 << 16
"""Bytes looked at."""

FORMATS = "FASTA, FASTQ, GenBank, EMBL, CSV, TSV or XLSX"

_CONFIG = re.compile(r"^\s*schema\s*=\s*\d", re.MULTILINE)

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<", "a web page or XML"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"{", "JSON"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"BAM\x01", "BAM alignments"),
    (b"CRAM", "CRAM alignments"),
    (b"##fileformat=VCF", "VCF variants"),
    (b"##gff", "GFF annotation"),
    (b"@HD\t", "SAM alignments"),
    (b"@SQ\t", "SAM alignments"),
    (b"CLUSTAL", "a Clustal alignment"),
    (b"#NEXUS", "a NEXUS file"),
    (b"# STOCKHOLM", "a Stockholm alignment"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
)


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is.

    Attributes:
        format: Format of the records.
        compression: "", "gzip", "bzip2", "xz" or "zstd".
        encoding: "utf-8" (also for plain ASCII and other 8-bit text), "utf-16-le", "utf-16-be", "utf-32-le",
            "utf-32-be"; empty for XLSX.
        bom_bytes: Bytes of the byte order mark at the start.
    """

    format: Format
    compression: Compression
    encoding: str = "utf-8"
    bom_bytes: int = 0


def sniff(path: Path | str) -> FileKind:
    """What a file of sequences is, by its content.

    Raises:
        BioseqError: It cannot be read, is empty, or is nothing that holds sequences.
    """
    path = Path(path)
    if path.is_dir():
        raise BioseqError(
            "data.is_a_folder", "This is a folder.", where=str(path), remedy="Choose the files that lie in it."
        )
    packed = _packed_head(path)
    head = read_head(path, HEAD)
    if packed.startswith(b"PK\x03\x04"):
        return _sniff_zip(path)
    compression = compression_of(packed)
    if not head:
        raise BioseqError("data.empty_file", "The file is empty.", where=str(path), remedy="Choose another file.")
    if compression and (compression_of(head) or head.startswith(b"PK\x03\x04")):
        raise BioseqError(
            "data.compressed_twice",
            "The file is compressed twice.",
            where=str(path),
            remedy="Unpack it once and load the result.",
        )
    encoding, bom = encoding_of(head)
    text = head[bom:].decode(encoding, "replace") if encoding != "utf-8" else head[bom:].decode("latin-1")
    return FileKind(_format_of(text, path), compression, encoding, bom)


def classify(path: Path | str) -> Kind:
    """Which kind of thing a path is, cheaply enough to ask while a file hovers over the window.

    At most 64 KB are read. Whatever cannot be read is "unknown".
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _kind_of_folder(path)
        if _packed_head(path).startswith(b"PK\x03\x04") and _is_bundle(path):
            return "bundle"
        head = read_head(path, HEAD)
        encoding, bom = encoding_of(head)
        if encoding == "utf-8" and _CONFIG.search(head[bom:].decode("utf-8", "replace")) and b"[" in head:
            first = head[bom:].lstrip()[:1]
            if first not in (b">", b"@", b";"):
                return "config"
        sniff(path)
    except (BioseqError, OSError):
        return "unknown"
    return "sequences"


def _kind_of_folder(path: Path) -> Kind:
    """What this program left in a folder; a configuration beside files of sequences makes none of it."""
    if (path / "study.toml").is_file():
        return "study"
    led = (path / "events.jsonl").is_file() or (path / "model.bioseq").is_file()
    return "run" if led and (path / "config.toml").is_file() else "unknown"


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding of text that begins with these bytes, and the length of its byte order mark."""
    marks = (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    )
    for mark, encoding in marks:
        if head.startswith(mark):
            return encoding, len(mark)
    # Text without a mark: every second byte of ASCII in UTF-16 is zero.
    sample = head[: len(head[:1024]) & ~1]
    if len(sample) >= 4 and sample[0] and all(b == 0 for b in sample[1::2]) and any(sample[0::2]):
        return "utf-16-le", 0
    if len(sample) >= 4 and sample[1] and all(b == 0 for b in sample[0::2]) and any(sample[1::2]):
        return "utf-16-be", 0
    return "utf-8", 0


def not_understood(path: Path | str, what: str, remedy: str = "") -> BioseqError:
    """The error for a file that holds no sequences that we can read."""
    return BioseqError(
        "data.not_understood", what, where=str(path), remedy=remedy or f"Save the sequences as {FORMATS}."
    )


def _packed_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise BioseqError(
            "data.unreadable_file",
            f"The file cannot be read: {error.strerror or error}.",
            where=str(path),
            remedy="Check that it exists and that you may read it.",
        ) from error


def _names_in_zip(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def _is_bundle(path: Path) -> bool:
    return "bundle.json" in _names_in_zip(path)


def _sniff_zip(path: Path) -> FileKind:
    names = _names_in_zip(path)
    if any(name.startswith("xl/") for name in names):
        return FileKind("xlsx", "", "")
    if "bundle.json" in names:
        raise not_understood(
            path, "This is a trained model, not sequences.", "Drop it on the Prediction page to predict with it."
        )
    if any(name.startswith("word/") for name in names):
        raise not_understood(path, "This is a Word document, not plain text.")
    if "mimetype" in names and "content.xml" in names:
        raise not_understood(path, "This is an OpenDocument file.", "Save the table as CSV or XLSX.")
    raise not_understood(path, "This is a zip archive.", "Unpack it and choose the files in it.")


def _format_of(text: str, path: Path) -> Format:
    start = text.lstrip("\ufeff \t\r\n\v\f\0")
    if not start:
        raise BioseqError(
            "data.empty_file", "The file holds nothing but blanks.", where=str(path), remedy="Choose another file."
        )
    if start.startswith(">") or _after_comments(start).startswith(">"):
        return "fasta"
    for mark, name in _FOREIGN:
        if start.startswith(mark.decode("latin-1")):
            raise not_understood(path, f"This is {name}, not a file of sequences.")
    if start.startswith("@"):
        return "fastq"
    if re.match(r"LOCUS\s", start):
        return "genbank"
    if re.match(r"ID   ", start):
        return "embl"
    if re.search(r"^>", _unix(start), re.MULTILINE):
        # Text before the first header: the reader says where.
        return "fasta"
    return _table_format(start, path)


def _after_comments(text: str) -> str:
    lines = io.StringIO(_unix(text))
    return next((line for line in lines if line.strip() and line[0] not in ";#!"), "")


def _table_format(text: str, path: Path) -> Format:
    if "\0" in text or _binary_share(text) > 0.05:
        raise not_understood(path, "This is no text.")
    lines = [line for line in _unix(text).split("\n")[:20] if line.strip() and not line.startswith("#")]
    if lines and delimiter_of(lines):
        return "tsv" if delimiter_of(lines) == "\t" else "csv"
    if lines and all(re.fullmatch(r"[A-Za-z*\-.]+", line.strip()) for line in lines):
        if lines[0].strip().lower() in ("sequence", "seq", "sequences", "peptide", "protein", "dna", "rna"):
            return "csv"
        raise BioseqError(
            "data.no_header",
            "No record begins with a header.",
            where=f"{path}, line 1",
            remedy="Put a line '>name' before each sequence.",
        )
    raise not_understood(path, "The file holds no sequences in a known form.")


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def delimiter_of(lines: list[str]) -> str:
    """What separates the columns of a table: tab, semicolon, comma or bar; empty when nothing does."""
    for delimiter in "\t;,|":
        if all(delimiter in line for line in lines):
            return delimiter
    first = lines[0]
    return next((delimiter for delimiter in "\t;,|" if delimiter in first), "")


def _binary_share(text: str) -> float:
    odd = sum(1 for letter in text[:4096] if ord(letter) < 32 and letter not in "\t\r\n\f\v\x1a")
    return odd / max(1, min(len(text), 4096))
