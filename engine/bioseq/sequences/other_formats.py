"""FASTQ, GenBank and EMBL, read by Biopython; their records become columns."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Literal

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.labels import parse_headers
from bioseq.sequences.records import Note, Records, records_from_columns
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_fastq(text: str, *, where: str = "") -> Records:
    """The records of a FASTQ file; qualities are left out.

    Raises:
        BioseqError: The text breaks the format.
    """
    from Bio.SeqIO.QualityIO import FastqGeneralIterator

    titles: list[str] = []
    sequences: list[bytes] = []
    try:
        for title, sequence, _ in FastqGeneralIterator(io.StringIO(text)):
            titles.append(title)
            sequences.append(_bytes(sequence))
    except ValueError as error:
        raise _broken("FASTQ", error, where, len(titles)) from error
    if not titles:
        raise _broken("FASTQ", "there is no record", where, 0)
    headers = parse_headers(TextColumn.from_strings(titles))
    labels = [headers.label_texts[code] if code >= 0 else None for code in headers.label_codes.tolist()]
    return records_from_columns(
        sequences,
        list(headers.ids),
        list(headers.descriptions),
        list(_lines_starting(text, titles)),
        labels=labels,
        splits=headers.splits.tolist(),
        notes=headers.notes,
    )


def read_annotated(text: str, form: Literal["genbank", "embl"], *, where: str = "") -> Records:
    """The records of a GenBank or EMBL file: accession, definition and letters; features are left out.

    Raises:
        BioseqError: The text breaks the format.
    """
    from Bio import BiopythonWarning, SeqIO
    from Bio.Seq import UndefinedSequenceError

    ids: list[str] = []
    descriptions: list[str] = []
    sequences: list[bytes] = []
    missing: list[int] = []
    name = "GenBank" if form == "genbank" else "EMBL"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BiopythonWarning)
        try:
            for record in SeqIO.parse(io.StringIO(text), form):
                ids.append(record.id or "")
                descriptions.append(record.description or "")
                try:
                    sequences.append(bytes(record.seq))
                except UndefinedSequenceError:
                    missing.append(len(sequences))
                    sequences.append(b"")
        # Biopython's parsers let errors of many kinds through on broken files.
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError) as error:
            raise _broken(name, error, where, len(ids)) from error
    if not ids:
        raise _broken(name, "there is no record", where, 0)
    mark = "LOCUS" if form == "genbank" else "ID  "
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith(mark)]
    lines = (lines + [0] * len(ids))[: len(ids)]
    notes = _missing_note(missing)
    return records_from_columns(sequences, ids, descriptions, lines, notes=notes)


def _missing_note(rows: list[int]) -> tuple[Note, ...]:
    if not rows:
        return ()
    return (
        Note(
            "sequence_not_in_file",
            Severity.WARNING,
            "{n} records name a length but hold no letters.",
            "Fetch the file again with its sequences.",
            tuple(rows),
        ),
    )


def _bytes(sequence: str) -> bytes:
    return sequence.encode("latin-1", "replace").translate(None, b" \t\v\f")


def _lines_starting(text: str, titles: list[str]) -> Iterator[int]:
    """The line of each title, in order."""
    lines = enumerate(text.splitlines(), 1)
    for title in titles:
        wanted = "@" + title
        yield next((number for number, line in lines if line.rstrip() == wanted), 0)


def _broken(name: str, reason: object, where: str, done: int) -> BioseqError:
    after = f" after record {done}" if done else ""
    text = " ".join(str(reason).split())[:300].rstrip(".")
    return BioseqError(
        "data.broken_file",
        f"The file breaks the {name} format{after}: {text}.",
        where=where,
        remedy="Mend it there, or fetch it again.",
    )
