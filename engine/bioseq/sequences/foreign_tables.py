"""Tables without a heading that belong to a program: SAM, VCF, GFF, BED, hits of BLAST, reports of Kraken.

Any table of sequences must stay one, so each line that is looked at must have what the format asks for in each of its
columns, and where that is little, no column may look like sequences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTEGER = re.compile(r"\d{1,15}")
_SIGNED = re.compile(r"-?\d{1,15}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.")
_STRAND = re.compile(r"[-+.?]")
_ALLELES = re.compile(r"[ACGTNacgtn,*.]+|<\w+(?::\w+)*>")
_SEQUENCE = re.compile(r"[A-Za-z*-]{8,}")
_CHROMOSOME = re.compile(r"(?i:chr|scaffold|contig|N[CTZW]_)[\w.|-]*|\d{1,2}|[XYM]|MT")

About = Literal["reads", "variants", "places", "hits", "names"]
"""What a table is about, which tells what to do instead."""


class _TableKind(NamedTuple):
    """What a table of a program looks like.

    Attributes:
        name: What it is, with its article.
        columns: How many columns it has at least and at most; 0 for any.
        cells: What stands in each of these columns.
        about: What it is about.
        lines: Lines that are needed to tell.
        ends: Columns with the first and the last place of an interval; the same twice where there are none.
    """

    name: str
    columns: tuple[int, int]
    cells: dict[int, re.Pattern[str]]
    about: About = "places"
    lines: int = 2
    ends: tuple[int, int] = (0, 0)


_KINDS: tuple[_TableKind, ...] = (
    _TableKind(
        "a SAM file of alignments",
        (11, 0),
        {
            1: _INTEGER,
            3: _INTEGER,
            4: _INTEGER,
            5: re.compile(r"\*|(?:\d+[MIDNSHP=X])+"),
            7: _INTEGER,
            8: _SIGNED,
            9: re.compile(r"[A-Za-z=.*]+"),
        },
        about="reads",
        lines=1,
    ),
    _TableKind(
        "a VCF file of variants",
        (8, 0),
        {
            1: _INTEGER,
            3: re.compile(r"[ACGTNacgtn]+"),
            4: _ALLELES,
            5: _NUMBER,
            6: re.compile(r"[\w.;-]+"),
            7: re.compile(r"[\w.]+(?:=[^;]*)?(?:;[\w.]+(?:=[^;]*)?)*;?"),
        },
        about="variants",
    ),
    _TableKind(
        "GFF or GTF annotation",
        (8, 9),
        {
            2: re.compile(r"\S+"),
            3: _INTEGER,
            4: _INTEGER,
            5: _NUMBER,
            6: _STRAND,
            7: re.compile(r"[012.]"),
        },
        ends=(3, 4),
    ),
    _TableKind("a BED file of intervals", (6, 0), {1: _INTEGER, 2: _INTEGER, 4: _NUMBER, 5: _STRAND}, ends=(1, 2)),
    _TableKind("a BED file of intervals", (3, 3), {0: _CHROMOSOME, 1: _INTEGER, 2: _INTEGER}, ends=(1, 2)),
    _TableKind(
        "a file of signals along a genome (bedGraph)",
        (4, 4),
        {0: _CHROMOSOME, 1: _INTEGER, 2: _INTEGER, 3: _NUMBER},
        ends=(1, 2),
    ),
    _TableKind(
        "a list of hits (BLAST, DIAMOND or MMseqs2)",
        (12, 12),
        {2: _NUMBER, **dict.fromkeys(range(3, 10), _INTEGER), 10: _NUMBER, 11: _NUMBER},
        about="hits",
    ),
    _TableKind(
        "a file of alignments in PAF",
        (12, 0),
        {**dict.fromkeys((1, 2, 3, 6, 7, 8, 9, 10, 11), _INTEGER), 4: re.compile(r"[-+]")},
        about="hits",
    ),
    _TableKind(
        "a Kraken report",
        (6, 8),
        {0: re.compile(r"\s*\d{1,3}\.\d+"), 1: _INTEGER, 2: _INTEGER, -3: re.compile(r"[A-Z-]\d*"), -2: _INTEGER},
        about="names",
    ),
    _TableKind(
        "a list of reads classified by Kraken",
        (5, 5),
        {
            0: re.compile(r"[CU]"),
            3: re.compile(r"\d+(?:\|\d+)?"),
            4: re.compile(r"[\dA|]+:[\d|]+(?:\s+[\dA|]+:[\d|]+)*\s*"),
        },
        about="names",
    ),
    _TableKind("an index of a FASTA file (.fai)", (5, 5), dict.fromkeys(range(1, 5), _INTEGER), about="names", lines=1),
)


def find_foreign_table(lines: Sequence[str]) -> tuple[str, About] | None:
    """What a table of these lines is, with its article, and what it is about; None where that is not sure.

    Args:
        lines: Whole lines from its start, none of them blank; lines of comments are passed over.
    """
    rows = [line.rstrip("\r").split("\t") for line in lines if not line.startswith("#")]
    if not rows or len(rows[0]) < 3:
        return None
    kind = next((kind for kind in _KINDS if len(rows) >= kind.lines and all(_fits(row, kind) for row in rows)), None)
    # The reads of SAM are sequences; in the other kinds there are none.
    if kind is None or (kind.about != "reads" and _holds_sequences(rows)):
        return None
    return kind.name, kind.about


def _fits(row: Sequence[str], kind: _TableKind) -> bool:
    least, most = kind.columns
    if len(row) < least or (most and len(row) > most):
        return False
    if not all(pattern.fullmatch(row[column]) for column, pattern in kind.cells.items()):
        return False
    start, end = kind.ends
    if start != end:
        return int(row[start]) <= int(row[end])
    return "(.fai)" not in kind.name or _is_index_row(row)


def _is_index_row(row: Sequence[str]) -> bool:
    """Whether a row tells letters, offset, letters of a line and bytes of a line, as in the index of a FASTA file."""
    letters, offset, per_line, line_bytes = map(int, row[1:5])
    return offset >= len(row[0]) + 2 and 0 < per_line <= letters and 1 <= line_bytes - per_line <= 2


def _holds_sequences(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column of all rows may be one of sequences."""
    width = min(map(len, rows))
    return any(all(_SEQUENCE.fullmatch(row[column]) for row in rows) for column in range(width))
