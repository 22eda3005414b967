"""Random files with oddities mixed in, read by the program and by well-known libraries: both tell the same records.

FASTA, FASTQ, GenBank and EMBL are compared with Biopython, CSV and TSV with pandas. Each file follows from its number,
so that a failure can be repeated; the slow run takes thousands per format.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from Bio import SeqIO
from Bio.Seq import Seq
from Bio.SeqFeature import FeatureLocation, SeqFeature
from Bio.SeqIO.FastaIO import SimpleFastaParser
from Bio.SeqRecord import SeqRecord

from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import ReadOptions, read_files, read_parts

if TYPE_CHECKING:
    from pathlib import Path

RESIDUES = {"dna": "ACGT", "rna": "ACGU", "protein": "ACDEFGHIKLMNPQRSTVWY"}
SPLITS = {
    "train": Split.TRAIN,
    "Test": Split.TEST,
    "validation": Split.VALIDATION,
    "dev": Split.VALIDATION,
}
CLASSES = ["pos", "neg", "class_3", "β-lactamase(2)", "膜蛋白", "cell-wall"]
WORDS = ["kinase", "putative", "β-subunit", "5'-phosphate", "K-12", "膜", "(EC", "1.1.1.1)", "strain", "x=3", "Ünal"]
BATCH = 25
"""Files per test."""


def batches(files: int, slow: int) -> list[object]:
    """Numbers of first files; those of the slow run follow those of the default run."""
    usual = [pytest.param(first, id=f"from{first}") for first in range(0, files, BATCH)]
    later = range(files, slow, 20 * BATCH)
    return usual + [pytest.param(first, id=f"from{first}", marks=pytest.mark.slow) for first in later]


def numbers(first: int, files: int) -> range:
    return range(first, first + (BATCH if first < files else 20 * BATCH))


@dataclass
class Rows:
    """What a file holds, one entry per record."""

    ids: list[str]
    sequences: list[str]
    descriptions: list[str] | None = None
    labels: list[str | None] | None = None
    splits: list[int] | None = None


def rows_read(dataset: Dataset) -> Rows:
    """What the program read."""
    count = range(len(dataset))
    return Rows(
        [dataset.ids[row] for row in count],
        [dataset.sequence(row) for row in count],
        [dataset.descriptions[row] for row in count],
        [dataset.label_names[code] if code >= 0 else None for code in dataset.labels.tolist()],
        dataset.splits.tolist(),
    )


def check(read: Rows, expected: Rows, text: str) -> None:
    """Assert that all that is expected was read; the text of the file is shown where it was not."""
    for name, values in vars(expected).items():
        if values is not None:
            assert getattr(read, name) == values, f"{name} differ in\n{text!r}"


def draw_letters(chance: random.Random, kind: str, shortest: int, longest: int) -> str:
    letters = "".join(chance.choices(RESIDUES[kind], k=chance.randint(shortest, longest)))
    if chance.random() < 0.1:
        letters = letters.lower()
    elif chance.random() < 0.1:
        middle = len(letters) // 2
        letters = letters[:middle] + letters[middle:].lower()
    return letters


def draw_words(chance: random.Random, most: int = 6) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(0, most)))


def end_lines(chance: random.Random, text: str) -> str:
    """The same with other line ends, and perhaps without the last."""
    ends = chance.choice(["\n", "\n", "\r\n", "\r"])
    if chance.random() < 0.3:
        text = text.rstrip("\n")
    return text.replace("\n", ends)


def encode(chance: random.Random, text: str) -> bytes:
    encoding = chance.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"])
    return text.encode(encoding)


def pack(chance: random.Random, content: bytes) -> bytes:
    how = chance.choice([bytes, bytes, bytes, gzip.compress, bz2.compress])
    return how(content)


# ------------------------------------------------------------------------------------------------ FASTA


def draw_header(chance: random.Random, number: int) -> str:
    stem = chance.choice(["seq_", "sp|P", "chr1:", "Ü", "肽", "gi|7|ref|NP_"]) + str(number)
    if chance.random() < 0.5:
        stem += f"|{chance.choice(CLASSES)}|{chance.choice(list(SPLITS))}"
    if chance.random() < 0.6:
        stem += chance.choice([" ", "\t"]) + f"{number} " + draw_words(chance) + " end"
    return stem


def draw_fasta(chance: random.Random) -> str:
    kind = chance.choice(list(RESIDUES))
    lines = [chance.choice([";", "#"]) + " made by hand"] * chance.choice([0, 0, 0, 1, 3])
    width = chance.choice([7, 60, 80, 10_000])
    for number in range(chance.randint(1, 14)):
        lines.append(">" + draw_header(chance, number))
        letters = draw_letters(chance, kind, 0 if chance.random() < 0.1 else 21, 160)
        for start in range(0, len(letters), width):
            blanks = chance.choice(["", "", "", " ", "\t", "   "])
            lines.append(letters[start : start + width] + blanks)
            if chance.random() < 0.05:
                lines.append("")
        if chance.random() < 0.2:
            lines.extend(["", ""])
    return "\n".join(lines) + "\n"


def split_header(title: str) -> tuple[str, str, str | None, int]:
    """Id, description, label and split of a header, by the rule of the help: `>id|label|split description`."""
    head, _, description = title.replace("\t", " ", 1).partition(" ") if "\t" in title else title.partition(" ")
    parts = head.split("|")
    if len(parts) >= 3 and parts[-1] in SPLITS:
        return "|".join(parts[:-2]), description, parts[-2], int(SPLITS[parts[-1]])
    return head, description, None, int(Split.UNASSIGNED)


def expect_fasta(text: str) -> Rows:
    kept = "".join(line for line in io.StringIO(text) if not line.startswith((";", "#")))
    pairs = list(SimpleFastaParser(io.StringIO(kept)))
    headers = [split_header(title) for title, _ in pairs]
    ids, descriptions, labels, splits = (list(column) for column in zip(*headers, strict=True))
    return Rows(ids, ["".join(letters.split()) for _, letters in pairs], descriptions, labels, splits)


FASTA = 200


@pytest.mark.parametrize("first", batches(FASTA, 6_000))
def test_fasta_is_read_as_biopython_reads_it(tmp_path: Path, first: int) -> None:
    for number in numbers(first, FASTA):
        chance = random.Random(f"fasta {number}")
        text = draw_fasta(chance)
        path = tmp_path / "random.fasta"
        path.write_bytes(pack(chance, encode(chance, end_lines(chance, text))))
        expected = expect_fasta(text)
        check(rows_read(read_files([FileRequest(str(path))]).dataset), expected, text)
        parts = [rows_read(part) for part in read_parts([FileRequest(str(path))])]
        assert [record for part in parts for record in part.ids] == expected.ids, text
        assert [letters for part in parts for letters in part.sequences] == expected.sequences, text


# ------------------------------------------------------------------------------------------------ FASTQ


def draw_fastq(chance: random.Random) -> str:
    kind = chance.choice(["dna", "rna"])
    wrapped = chance.random() < 0.2
    lines = []
    for number in range(chance.randint(1, 12)):
        title = draw_header(chance, number).rstrip()
        letters = draw_letters(chance, kind, 21, 150)
        qualities = "".join(chr(chance.randint(33, 73)) for _ in letters)
        if chance.random() < 0.2:
            qualities = chance.choice("@+>#") + qualities[1:]
        cut = len(letters) // 2 if wrapped else len(letters)
        lines.append("@" + title)
        lines.extend(part for part in (letters[:cut], letters[cut:]) if part)
        lines.append("+" + (title if chance.random() < 0.3 else ""))
        lines.extend(part for part in (qualities[:cut], qualities[cut:]) if part)
    return "\n".join(lines) + "\n"


FASTQ = 150


@pytest.mark.parametrize("first", batches(FASTQ, 4_000))
def test_fastq_is_read_as_biopython_reads_it(tmp_path: Path, first: int) -> None:
    for number in numbers(first, FASTQ):
        chance = random.Random(f"fastq {number}")
        text = draw_fastq(chance)
        path = tmp_path / "random.fastq"
        ends = chance.choice(["\n", "\r\n"])
        path.write_bytes(pack(chance, text.replace("\n", ends).encode()))
        records = list(SeqIO.parse(io.StringIO(text), "fastq"))
        headers = [split_header(record.description) for record in records]
        ids, descriptions, labels, splits = (list(column) for column in zip(*headers, strict=True))
        expected = Rows(ids, [str(record.seq) for record in records], descriptions, labels, splits)
        check(rows_read(read_files([FileRequest(str(path))]).dataset), expected, text)


# ------------------------------------------------------------------------------------- GenBank and EMBL


def draw_annotated(chance: random.Random, form: str) -> str:
    kind = chance.choice(["DNA", "RNA", "protein"] if form == "genbank" else ["DNA", "RNA"])
    records = []
    for number in range(chance.randint(1, 6)):
        letters = draw_letters(chance, "protein" if kind == "protein" else "dna", 20, 400).upper()
        name = f"{chance.choice(['AB', 'NC_', 'XP_'])}{chance.randint(10_000, 99_999)}{number}"
        record = SeqRecord(Seq(letters), f"{name}.{chance.randint(1, 3)}", name, draw_ascii(chance, number))
        record.annotations = {"molecule_type": kind, "organism": "Testus organismus", "keywords": ["", "made up"]}
        for _ in range(chance.randint(0, 3)):
            place = FeatureLocation(0, chance.randint(1, len(letters)), chance.choice([1, -1]))
            note = draw_ascii(chance, number) * chance.choice([1, 5])
            record.features.append(SeqFeature(place, "misc_feature", qualifiers={"note": [note]}))
        records.append(record)
    held = io.StringIO()
    SeqIO.write(records, held, form)
    return held.getvalue()


def draw_ascii(chance: random.Random, number: int) -> str:
    words = chance.choices(["kinase", "putative", "ORIGIN", "complete", "genome,", "LOCUS-like", "strain", "x"], k=5)
    return f"record {number} " + " ".join(words * chance.choice([1, 3]))


def add_oddities(chance: random.Random, text: str, form: str) -> str:
    """Blanks at the ends of lines, blank lines between records, other line ends, a heading of a release."""
    if chance.random() < 0.3:
        text = "\n".join(line + " " * chance.choice([0, 0, 2]) for line in text.split("\n")).rstrip(" ")
    if chance.random() < 0.3:
        text = text.replace("\n//\n", "\n//\n\n\n")
    if chance.random() < 0.2:
        text = "\n\n" + text
    if form == "genbank" and chance.random() < 0.2:
        text = "GBTST1.SEQ          Genetic Sequence Data Bank\n\n       3 loci\n\n" + text
    return text.replace("\n", chance.choice(["\n", "\r\n"]))


ANNOTATED = 75


@pytest.mark.parametrize("form", ["genbank", "embl"])
@pytest.mark.parametrize("first", batches(ANNOTATED, 2_500))
def test_flat_files_are_read_as_biopython_reads_them(tmp_path: Path, form: str, first: int) -> None:
    for number in numbers(first, ANNOTATED):
        chance = random.Random(f"{form} {number}")
        text = draw_annotated(chance, form)
        path = tmp_path / f"random.{form}"
        path.write_bytes(pack(chance, add_oddities(chance, text, form).encode()))
        records = list(SeqIO.parse(io.StringIO(text), form))
        expected = Rows(
            [record.id for record in records],
            [str(record.seq) for record in records],
            [record.description for record in records],
        )
        check(rows_read(read_files([FileRequest(str(path))]).dataset), expected, text)


# ------------------------------------------------------------------------------------------- CSV and TSV

NAMES = {
    "id": ["id", "ID", "Accession", "protein_id", "名称"],
    "sequence": ["sequence", "Sequence", "seq", "aa_seq", "序列"],
    "label": ["label", "Class", "类别"],
    "split": ["split", "Split"],
}
FILLERS = ["note", "organism", "remark; or not", "length, aa", "value", "备注"]


def draw_note(chance: random.Random, separator: str, *, breaks: bool) -> str:
    """Text of a cell that holds whatever people write there."""
    kind = chance.random()
    if kind < 0.2:
        return ""
    if kind < 0.25:
        return draw_words(chance, 6) + " long " * 400 + "end"
    parts = chance.choices([*WORDS, separator, ",", ";", '"so-called"', "a\tb" if separator == "\t" else "a b"], k=4)
    return ("\n" if breaks and chance.random() < 0.3 else " ").join(parts).strip()


def draw_table(chance: random.Random, separator: str) -> tuple[dict[str, str], list[list[str]]]:
    """The names of the columns by what they hold, and all rows, the first of which has the names."""
    roles = ["id", "sequence", "label", "split", *chance.sample(FILLERS, chance.randint(0, 3))]
    chance.shuffle(roles)
    names = {role: chance.choice(NAMES[role]) if role in NAMES else role for role in roles}
    kind = chance.choice(list(RESIDUES))
    breaks = chance.random() < 0.3
    rows = [[names[role] for role in roles]]
    for number in range(chance.randint(3, 25)):
        cells = {
            "id": chance.choice(["P", "Ü", "肽", "NM_00"]) + f"{number}{chance.choice(['', '.1', '|x', chr(39)])}",
            "sequence": draw_letters(chance, kind, 21, 90 if chance.random() < 0.9 else 3_000),
            "label": chance.choice(CLASSES) if chance.random() < 0.9 else "",
            "split": chance.choice(list(SPLITS)) if chance.random() < 0.8 else "",
        }
        notes = {role: draw_note(chance, separator, breaks=breaks) for role in roles if role not in cells}
        rows.append([{**cells, **notes}[role] for role in roles])
    return names, rows


def write_quoted(chance: random.Random, rows: list[list[str]], separator: str) -> str:
    held = io.StringIO()
    quoting = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(held, delimiter=separator, quoting=quoting, lineterminator="\n").writerows(rows)
    return held.getvalue()


def expect_table(text: str, names: dict[str, str], separator: str, quoting: int) -> Rows:
    frame = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, quoting=quoting)
    cells = {role: [str(cell).strip() for cell in frame[names[role]]] for role in NAMES}
    splits = [int(SPLITS[word]) if word else int(Split.UNASSIGNED) for word in cells["split"]]
    return Rows(cells["id"], cells["sequence"], None, [label or None for label in cells["label"]], splits)


def check_table(path: Path, names: dict[str, str], expected: Rows, text: str, *, told: bool) -> None:
    """Read a table, the columns found or told, and assert that it holds what is expected."""
    columns = {f"{role}_column": names[role] for role in NAMES} if told else {}
    reading = read_files([FileRequest(str(path))], ReadOptions(**columns))
    check(rows_read(reading.dataset), expected, text)
    assert not {finding.code for finding in reading.findings} & {"open_quote", "ragged_rows"}, text


TABLES = 150


@pytest.mark.parametrize("first", batches(TABLES, 6_000))
@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_quoted_tables_are_read_as_pandas_reads_them(tmp_path: Path, separator: str, first: int) -> None:
    for number in numbers(first, TABLES)[:: 2 if first < TABLES else 1]:
        chance = random.Random(f"table {separator} {number}")
        names, rows = draw_table(chance, separator)
        text = write_quoted(chance, rows, separator)
        if chance.random() < 0.2:
            text += "\n\n"
        path = tmp_path / "random.csv"
        path.write_bytes(pack(chance, encode(chance, end_lines(chance, text))))
        expected = expect_table(text, names, separator, csv.QUOTE_MINIMAL)
        check_table(path, names, expected, text, told=chance.random() < 0.5)


@pytest.mark.parametrize("first", batches(TABLES, 6_000))
def test_tables_with_tabs_and_stray_quotes_are_read_as_pandas_reads_them_without_quoting(
    tmp_path: Path, first: int
) -> None:
    for number in numbers(first, TABLES):
        chance = random.Random(f"stray {number}")
        names, rows = draw_table(chance, "|")
        plain = [[" ".join(cell.split()) for cell in row] for row in rows]
        for row in plain[1:]:
            for column, cell in enumerate(row):
                if plain[0][column] in FILLERS and chance.random() < 0.3:
                    row[column] = chance.choice(['"' + cell, cell + '"', 'the "' + cell, '5" ' + cell])
        text = "\n".join("\t".join(row) for row in plain) + "\n"
        path = tmp_path / "random.tsv"
        path.write_bytes(pack(chance, encode(chance, end_lines(chance, text))))
        expected = expect_table(text, names, "\t", csv.QUOTE_NONE)
        check_table(path, names, expected, text, told=chance.random() < 0.5)


def pad(chance: random.Random, cell: str) -> str:
    return " " * chance.randint(0, 2) + cell + " " * chance.randint(0, 2)


@pytest.mark.parametrize("first", batches(TABLES, 6_000))
def test_blanks_around_cells_change_nothing(tmp_path: Path, first: int) -> None:
    for number in numbers(first, TABLES):
        chance = random.Random(f"blanks {number}")
        names, rows = draw_table(chance, ",")
        plain = [[" ".join(cell.replace(",", " ").replace('"', "").split()) for cell in row] for row in rows]
        text = "\n".join(",".join(pad(chance, cell) for cell in row) for row in plain) + "\n"
        expected = expect_table("\n".join(",".join(row) for row in plain), names, ",", csv.QUOTE_NONE)
        path = tmp_path / "random.csv"
        path.write_bytes(encode(chance, end_lines(chance, text)))
        check_table(path, names, expected, text, told=chance.random() < 0.5)
