"""What a file is, told from its first bytes: its name does not matter."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bioseq.errors import BioseqError
from bioseq.sequences.archives import describe_broken_zip, describe_tar, describe_zip, is_workbook, is_zip, names_in_zip
from bioseq.sequences.foreign_files import Foreign, find_foreign_binary, find_foreign_headers, find_foreign_text
from bioseq.sequences.formats import LEADING_BLANKS
from bioseq.sequences.old_formats import is_intelligenetics
from bioseq.sequences.streams import Compression, compression_of, read_head
from bioseq.sequences.table_text import find_separator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.sequences.formats import Format

Kind = Literal["sequences", "config", "bundle", "run", "study", "unknown"]

HEAD = 1 << 16
"""Bytes looked at."""

_CONFIG = re.compile(r"^\s*schema\s*=\s*\d", re.MULTILINE)
_CONFIG_SECTION = re.compile(r"^\[\w+(?:\.\w+)*\]\s*$", re.MULTILINE)

_STARTS: tuple[tuple[re.Pattern[str], Format], ...] = (
    (re.compile(r"# STOCKHOLM\b"), "stockholm"),
    (re.compile(r"#NEXUS\b", re.IGNORECASE), "nexus"),
    (re.compile(r"##maf\b"), "maf"),
    (re.compile(r"CLUSTAL\b|(?:MUSCLE|PROBCONS|MSAPROBS) [(v\d].*|Kalign \(.*"), "clustal"),
    (re.compile(r"!!(?:AA|NA)_MULTIPLE_ALIGNMENT\b|PileUp\b|(?:.*\n){0,5}.* MSF: +\d+ +Type: "), "msf"),
    (re.compile(r"LOCUS +[^\t\n]+$", re.MULTILINE), "genbank"),
    (re.compile(r"ID   \S+ +(?:\w+; +)+(?:PRT; +)?\d+ +AA\."), "swiss"),
    (re.compile(r"ID   \w[^\t\n]*(?:;|\d (?:BP|AA)\b)"), "embl"),
    (re.compile(r"\d{1,9} +\d{1,9} *\n\s*\S+(?:[ \t]+|.{0,9})[A-Za-z*?-]"), "phylip"),
    (re.compile(r"\d{1,9}\t+\d{1,9}\s*\n[^\t\n]*[A-Za-z*?-][^\t\n]*\n"), "phylip"),
)
"""How text of these formats begins."""
_LATER_STARTS: tuple[tuple[re.Pattern[str], Format], ...] = (
    (re.compile(r"^LOCUS {2,}\S.* \d+ (?:bp|aa|rc)\b", re.MULTILINE), "genbank"),
    (re.compile(r"^ID   \S+; SV \d+; .* \d+ (?:BP|AA)\.", re.MULTILINE), "embl"),
)
"""First lines of records that may follow a heading of the whole file."""
_PIR_HEADER = re.compile(r"^>(?:P1|F1|D1|DL|DC|RL|RC|N1|N3|XX);", re.MULTILINE)
_LETTERS = re.compile(r"[A-Z*-]+")
_ZERO_SHARE = 0.75
_OLD_LETTERS = re.compile(r"[A-Za-z*.\- \t]+[12]?")


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
    if path.exists() and not path.is_file():
        # Such a thing may have no end, and cannot be read twice.
        raise BioseqError(
            "data.not_a_file",
            "This is a pipe or a device, not a file.",
            where=str(path),
            remedy="Save what comes out of it as a file, and choose that.",
        )
    packed = _packed_head(path)
    if is_zip(packed):
        return _sniff_zip(path)
    head = read_head(path, HEAD)
    compression = compression_of(packed)
    if not head:
        raise BioseqError("data.empty_file", "The file is empty.", where=str(path), remedy="Choose another file.")
    if compression and (compression_of(head) or is_zip(head)):
        raise BioseqError(
            "data.compressed_twice",
            "The file is compressed twice.",
            where=str(path),
            remedy="Unpack it once and load the result.",
        )
    foreign = find_foreign_binary(head) or describe_tar(head)
    if foreign:
        raise _foreign(path, foreign)
    encoding, bom = encoding_of(head)
    text = head[bom:].decode(encoding, "replace") if encoding != "utf-8" else head[bom:].decode("latin-1")
    return FileKind(_find_format(text, path, is_whole=len(head) < HEAD), compression, encoding, bom)


def classify(path: Path | str) -> Kind:
    """Which kind of thing a path is, cheaply enough to ask while a file hovers over the window.

    At most 64 KB are read. Whatever cannot be read is "unknown".
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _kind_of_folder(path)
        if is_zip(_packed_head(path)):
            return "bundle" if "bundle.json" in (names := names_in_zip(path)) else _kind_of_zip(names)
        head = read_head(path, HEAD)
        encoding, bom = encoding_of(head)
        if encoding == "utf-8" and _is_config(head[bom:].decode("utf-8", "replace")):
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
    # Text without a mark: of most letters in UTF-16, every second byte is zero.
    sample = head[: len(head[:1024]) & ~1]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if len(sample) >= 4 and not even and odd >= _ZERO_SHARE * len(sample) / 2:
        return "utf-16-le", 0
    if len(sample) >= 4 and not odd and even >= _ZERO_SHARE * len(sample) / 2:
        return "utf-16-be", 0
    return "utf-8", 0


def not_understood(path: Path | str, what: str, remedy: str = "") -> BioseqError:
    """The error for a file that holds no sequences that we can read."""
    usual = "Save the sequences as FASTA or as a table (CSV, TSV or XLSX)."
    return BioseqError("data.not_understood", what, where=str(path), remedy=remedy or usual)


def _foreign(path: Path, foreign: Foreign) -> BioseqError:
    return not_understood(path, f"This is {foreign.name}, not a file of sequences.", foreign.remedy)


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


def _kind_of_zip(names: Sequence[str]) -> Kind:
    return "sequences" if is_workbook(names) else "unknown"


def _sniff_zip(path: Path) -> FileKind:
    names = names_in_zip(path)
    if is_workbook(names):
        return FileKind("xlsx", "", "")
    if "bundle.json" in names:
        raise not_understood(
            path, "This is a trained model, not sequences.", "Drop it on the Prediction page to predict with it."
        )
    head = read_head(path, HEAD)
    if not names and not head.startswith(b"PK\x05\x06"):
        raise BioseqError(
            "data.damaged_file",
            f"The {describe_broken_zip(head)} is damaged or cut off.",
            where=str(path),
            remedy="Fetch or copy it again.",
        )
    raise _foreign(path, describe_zip(names))


def _is_config(text: str) -> bool:
    """Whether a text is a configuration of this program."""
    return text.lstrip()[:1] not in (">", "@", ";") and bool(_CONFIG.search(text) and _CONFIG_SECTION.search(text))


def _find_format(text: str, path: Path, *, is_whole: bool) -> Format:
    start = text.lstrip(LEADING_BLANKS)
    if not start:
        raise BioseqError(
            "data.empty_file", "The file holds nothing but blanks.", where=str(path), remedy="Choose another file."
        )
    start = _unix(start)
    if start.startswith(">"):
        return _format_with_headers(start, path)
    found = next((form for pattern, form in _STARTS if pattern.match(start)), None)
    if found:
        return found
    foreign = find_foreign_text(start, is_whole=is_whole)
    if foreign:
        raise _foreign(path, foreign)
    first = _first_after_comments(start)
    if first.startswith(">"):
        return _format_with_headers(start[start.index(first) :], path)
    if start.startswith("@"):
        return "fastq"
    if start.startswith(";") and _is_old_fasta(start):
        return "ig" if is_intelligenetics(start, is_whole=is_whole) else "old_fasta"
    found = next((form for pattern, form in _LATER_STARTS if pattern.search(start)), None)
    if found:
        return found
    if re.search(r"^>", start, re.MULTILINE) and not _is_table_with_marks(start):
        # Text before the first header: the reader says where.
        return "fasta"
    return _find_table_format(start, path, is_whole=is_whole)


def _format_with_headers(start: str, path: Path) -> Format:
    """The format of text that begins with `>`."""
    foreign = find_foreign_headers(start)
    if foreign:
        raise _foreign(path, foreign)
    return "pir" if _PIR_HEADER.match(start) and _is_pir(start) else "fasta"


def _is_pir(start: str) -> bool:
    """Whether each record that is seen whole has a title line, and most end in `*`, as PIR asks for."""
    records = [record.rstrip("\n").split("\n") for record in re.split(r"^>", start, flags=re.MULTILINE)[1:]]
    whole = records[:-1] or records
    if not all(_PIR_HEADER.match(f">{record[0]}") and len(record) > 2 for record in whole):
        return False
    titles = sum(not _LETTERS.fullmatch(record[1]) or len(record[1]) < len(record[2]) - 1 for record in whole)
    ends = sum(any(line.rstrip().endswith("*") for line in record[2:]) for record in whole)
    return titles > len(whole) / 2 or (ends > len(whole) / 2 and titles > 0)


def _is_old_fasta(start: str) -> bool:
    """Whether lines behind `;` stand before lines of letters, as in FASTA before it had `>`."""
    lines = [line for line in start.split("\n")[:-1] or [start] if line.strip()]
    others = [line.rstrip() for line in lines if not line.startswith(";")]
    # A table may begin with ';' where its first column has no name.
    if not others or any(";" in line for line in others) or any(line.startswith(">") for line in others):
        return False
    return sum(map(bool, map(_OLD_LETTERS.fullmatch, others))) >= len(others) / 2


def _is_table_with_marks(start: str) -> bool:
    """Whether lines that begin with `>` are rows of a table, whose names someone took over from FASTA."""
    lines = [line for line in start.split("\n")[:20] if line.strip() and not line.startswith("#")]
    delimiter = find_separator(lines)
    return bool(delimiter) and len(lines) > 1 and len({line.count(delimiter) for line in lines}) == 1


def _first_after_comments(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip() and line[0] not in ";#!"), "")


def _find_table_format(start: str, path: Path, *, is_whole: bool) -> Format:
    if "\0" in start or _binary_share(start) > 0.05:
        raise not_understood(path, "This is no text.")
    if _is_config(start):
        raise not_understood(
            path, "This is a configuration of this program, not sequences.", "Open it as a configuration."
        )
    lines = start.split("\n")
    whole = lines if is_whole or len(lines) == 1 else lines[:-1]  # the last one may be cut
    if separator := find_separator(whole):
        return "tsv" if separator == "\t" else "csv"
    lines = [line for line in whole[:20] if line.strip() and not line.startswith("#")]
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
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _binary_share(text: str) -> float:
    odd = sum(1 for letter in text[:4096] if ord(letter) < 32 and letter not in "\t\r\n\f\v\x1a")
    return odd / max(1, min(len(text), 4096))
