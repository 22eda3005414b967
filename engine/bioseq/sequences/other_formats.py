"""Formats other than FASTA and tables: each is read from the text of the whole file."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alignment_formats import read_alignment
from bioseq.sequences.flat_files import read_flat_file
from bioseq.sequences.formats import FORMATS, LEADING_BLANKS, Format
from bioseq.sequences.old_formats import read_intelligenetics, read_old_fasta, read_pir
from bioseq.sequences.parsing import broken_file, letters_from_text, records_from_titles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bioseq.sequences.records import Records


def read_fastq(text: str, *, where: str = "") -> Records:
    """The records of a FASTQ file; qualities are left out.

    Raises:
        BioseqError: The text breaks the format.
    """
    from Bio.SeqIO.QualityIO import FastqGeneralIterator

    titles: list[str] = []
    sequences: list[bytes] = []
    name = FORMATS["fastq"].title
    try:
        for title, sequence, _ in FastqGeneralIterator(io.StringIO(text)):
            titles.append(title)
            sequences.append(letters_from_text(sequence))
    except ValueError as error:
        raise broken_file(name, error, where, done=len(titles)) from error
    if not titles:
        raise broken_file(name, "there is no record", where)
    return records_from_titles(titles, sequences, list(_lines_starting(text, titles)))


def _lines_starting(text: str, titles: list[str]) -> Iterator[int]:
    """The line of each title, in order."""
    lines = enumerate(io.StringIO(text), 1)
    for title in titles:
        wanted = "@" + title
        yield next((number for number, line in lines if line.rstrip() == wanted), 0)


READERS: Mapping[Format, Callable[..., Records]] = {
    "fastq": read_fastq,
    "genbank": partial(read_flat_file, form="genbank"),
    "embl": partial(read_flat_file, form="embl"),
    "swiss": partial(read_flat_file, form="swiss"),
    "pir": read_pir,
    "old_fasta": read_old_fasta,
    "ig": read_intelligenetics,
    "clustal": partial(read_alignment, form="clustal"),
    "stockholm": partial(read_alignment, form="stockholm"),
    "phylip": partial(read_alignment, form="phylip"),
    "msf": partial(read_alignment, form="msf"),
    "nexus": partial(read_alignment, form="nexus"),
    "maf": partial(read_alignment, form="maf"),
}
"""What reads the text of each of these formats; takes the text, and the file as `where`."""


def read_other_format(text: str, form: Format, *, where: str = "") -> Records:
    """The records of a file in one of the formats of `READERS`.

    Args:
        text: The file, with line feeds as line ends; blank lines may stand before its beginning.
        form: Its format.
        where: The file, for messages.

    Raises:
        BioseqError: The text breaks the format.
    """
    start = len(text) - len(text.lstrip(LEADING_BLANKS))
    records = READERS[form](text[start:], where=where)
    above = text.count("\n", 0, start)
    return replace(records, lines=np.where(records.lines > 0, records.lines + above, 0)) if above else records
