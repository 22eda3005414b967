"""FASTA text in parts of whole records, so that a file need not fit into memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bioseq.sequences.fasta import read_fasta, unix_lines
from bioseq.sequences.fasta_lines import ODD_HEADER
from bioseq.sequences.sequence_text import TextHabits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bioseq.sequences.records import Records

_LINE_OF_HEADER = re.compile(rb"(?:^|(?<=\n))(" + ODD_HEADER.pattern + rb")")

PART_BYTES = 8 << 20
"""Text of a part: enough that what is done once a part does not weigh, little beside what a network needs."""


class FastaPart(NamedTuple):
    """Some records of a file.

    Attributes:
        text: Their text, whole lines; the first part also holds what stands before the first record.
        lines_before: Lines of the file that stand before it.
    """

    text: bytes
    lines_before: int


def read_fasta_in_parts(blocks: Iterable[bytes], *, where: str = "") -> Iterator[Records]:
    """The records of a FASTA file, some at a time; the first tell how the sequences of all are written.

    Args:
        blocks: The text, cut anywhere, with any line ends.
        where: The file, for messages.

    Raises:
        BioseqError: As `read_fasta`.
    """
    habits = TextHabits()
    for part in fasta_parts(blocks):
        yield read_fasta([part.text], where=where, habits=habits, lines_before=part.lines_before)


def fasta_parts(blocks: Iterable[bytes], *, part_bytes: int = PART_BYTES) -> Iterator[FastaPart]:
    """Cut a file between records, at least one part; a record that is longer than a part makes its part longer.

    Args:
        blocks: The text, cut anywhere, with any line ends.
        part_bytes: Text that a part holds, about.
    """
    held: list[bytes] = []
    length, wanted, lines_before = 0, part_bytes, 0
    for block in unix_lines(blocks):
        held.append(block)
        length += len(block)
        if length < wanted:
            continue
        text = b"".join(held)
        cut = _last_record(text)
        if cut:
            yield FastaPart(text[:cut], lines_before)
            lines_before += text.count(b"\n", 0, cut)
            held, length, wanted = [text[cut:]], len(text) - cut, part_bytes
        else:
            # Doubled, so that a long record is not searched again with each block.
            held, wanted = [text], 2 * length
    yield FastaPart(b"".join(held), lines_before)


def _last_record(text: bytes) -> int:
    """Where the last record begins; 0 when no other stands before it."""
    cut = text.rfind(b"\n>") + 1
    if cut and (text.startswith(b">") or text.find(b"\n>", 0, cut) >= 0):
        return cut
    begins = [found.start(1) for found in _LINE_OF_HEADER.finditer(text)]
    return begins[-1] if len(begins) > 1 else 0
