"""What the readers of text formats share: records from names and letters, and the error for a broken file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.sequences.labels import parse_headers
from bioseq.sequences.records import Note, Records, records_from_columns
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

_BLANKS = b" \t\v\f\r\n"


def records_from_titles(
    titles: Sequence[str], sequences: Sequence[bytes], lines: Sequence[int], *, notes: tuple[Note, ...] = ()
) -> Records:
    """Records whose names may hold a label and a split, as headers of FASTA do.

    Args:
        titles: Name and description of each record, with a blank between.
        sequences: Letters of each.
        lines: 1-based line of each; 0 where it is not known.
        notes: What the reader saw.
    """
    headers = parse_headers(TextColumn.from_strings(titles))
    labels = [headers.label_texts[code] if code >= 0 else None for code in headers.label_codes.tolist()]
    return records_from_columns(
        sequences,
        list(headers.ids),
        list(headers.descriptions),
        lines,
        labels=labels,
        splits=headers.splits.tolist(),
        notes=notes + headers.notes,
    )


def letters_from_text(sequence: str) -> bytes:
    """The letters of a piece of sequence text, one byte each, without blanks."""
    return sequence.encode("latin-1", "replace").translate(None, _BLANKS)


def find_lines(text: str, pattern: re.Pattern[str]) -> list[tuple[int, re.Match[str]]]:
    """All matches of a pattern, each with the 1-based line on which it begins."""
    found: list[tuple[int, re.Match[str]]] = []
    line, counted_to = 1, 0
    for match in pattern.finditer(text):
        line += text.count("\n", counted_to, match.start())
        counted_to = match.start()
        found.append((line, match))
    return found


def broken_file(name: str, reason: object, where: str, *, done: int = 0) -> BioseqError:
    """The error for a file that breaks its format.

    Args:
        name: Title of the format.
        reason: What the parser says.
        where: The file.
        done: Records that were read before.
    """
    after = f" after record {done:,}" if done else ""
    text = " ".join(str(reason).split())[:300].rstrip(".")
    return BioseqError(
        "data.broken_file",
        f"The file breaks the {name} format{after}{': ' if text else ''}{text}.",
        where=where,
        remedy="Mend it there, or fetch it again.",
    )
