"""Which row of a table holds the names of its columns, and which column holds what.

Names and content decide together: a column named "protein" may hold names of proteins, and one named "type" the same
word in each row. The words are those of the field, in English and in Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.sequences.invisible import replace_unseen
from bioseq.sequences.labels import split_of
from bioseq.sequences.missing_labels import is_missing
from bioseq.sequences.wording import listed, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

ROLES = ("id", "sequence", "label", "split")

_SURE_SEQUENCES = (
    *("sequence", "seq", "sequences", "peptidesequence", "proteinsequence", "dnasequence", "rnasequence", "aasequence"),
    *("aaseq", "ntseq", "dnaseq", "rnaseq", "nucleotidesequence", "aminoacidsequence", "aminoacids", "residues"),
    *("sequenceaa", "sequencent", "fullsequence", "maturesequence", "epitopesequence", "peptideseq", "proteinseq"),
    *("序列", "氨基酸序列", "蛋白质序列", "蛋白序列", "核酸序列", "核苷酸序列", "多肽序列", "肽序列", "碱基序列"),
)
"""Names of columns that hold sequences, whatever the letters look like."""
_LIKELY_SEQUENCES = (
    *("peptide", "peptides", "protein", "dna", "rna", "text", "epitope", "cdr3", "cdr3aa", "junctionaa", "promoter"),
    *("maturepeptide", "window", "read", "primer", "probe", "guide", "sgrna", "grna", "oligo", "insert", "orf", "cds"),
    *("utr5", "utr3", "5utr", "3utr", "heavy", "light", "heavychain", "lightchain", "多肽", "肽", "蛋白质"),
)
"""Names of columns that hold sequences where their cells read so."""
_IDS = (
    *("id", "ids", "identifier", "accession", "acc", "seqid", "sequenceid", "recordid", "header", "entry", "name"),
    *("accessionnumber", "uniprotid", "uniprot", "entryname", "proteinid", "geneid", "peptideid", "transcriptid"),
    *("locustag", "locus", "genename", "genesymbol", "symbol", "gene", "sample", "sampleid", "samplename", "strain"),
    *(
        "isolate",
        "clone",
        "barcode",
        "pdbid",
        "pdbchain",
        "chain",
        "chainid",
        "pdb",
        "编号",
        "序号",
        "名称",
        "登录号",
        "标识符",
    ),
    *("样本", "样品", "基因", "蛋白名称"),
)
_LABELS = (
    *("label", "labels", "class", "classlabel", "classname", "category", "y", "target", "ytrue", "groundtruth"),
    *("type", "group", "activity", "outcome", "phenotype", "status", "location", "localization", "localisation"),
    *("subcellularlocation", "subcellularlocalization", "compartment", "function", "family", "response", "result"),
    *(
        "annotation",
        "clade",
        "subtype",
        "serotype",
        "marker",
        "标签",
        "类别",
        "分类",
        "类",
        "种类",
        "类型",
        "活性",
        "定位",
    ),
)
_SPLITS = (
    *("split", "set", "subset", "partition", "dataset", "datasetsplit", "fold", "usage", "数据集", "划分", "集合"),
    *("分组", "用途"),
)
_WORDS: dict[str, tuple[str, ...]] = {
    "id": _IDS,
    "sequence": (*_SURE_SEQUENCES, *_LIKELY_SEQUENCES),
    "label": _LABELS,
    "split": _SPLITS,
}
_KNOWN = frozenset((*_IDS, *_SURE_SEQUENCES, *_LABELS, *_SPLITS))
"""Words that name a column whatever stands below; those of `_LIKELY_SEQUENCES` may be classes, too."""
_ID_ENDINGS = frozenset({"id", "ids", "identifier", "identifiers", "accession", "accessions", "acc", "name", "code"})
"""Last word of a name by which a column holds ids where hardly two of its cells are equal: "Peptide ID"."""
_LEAST_DIFFERENT = 0.9
_NAMELESS = "column "
"""Columns without names of their own are called so, with their number."""
_SAMPLE = 200
_HEADING_ROWS = 30
"""So far down the names of columns are looked for."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_LETTERS = re.compile(r"[A-Za-z*\-.~]+")
_THREE_LETTERS = re.compile(r"(H-)?([A-Z][a-z]{2}[- ]?){3,}(OH|NH2)?")
_MOSTLY = 0.9
_LONG = 10
"""Letters on average from which a further column of sequences may be the other half of a pair."""
_LONGEST_NAMES = 7
"""Letters on average below which words in capitals may be names of genes."""
_SHORTEST = 4
_FEW_CLASSES = 20
_SURELY_NAMES = 2
"""Known names from which a row is one of names, whatever its other cells look like."""


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """Columns that the person named; empty to detect one.

    Attributes:
        id: Name of the column of ids.
        sequence: Name of the column of sequences.
        label: Name of the column of labels.
        split: Name of the column of splits.
        lenient: A named column that is not there is detected.
    """

    id: str = ""
    sequence: str = ""
    label: str = ""
    split: str = ""
    lenient: bool = False

    def by_role(self) -> dict[str, str]:
        """Role to the name of its column."""
        return {role: getattr(self, role) for role in ROLES}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the names of their columns.

    Attributes:
        names: Of each column, "column 3" where it has none.
        rows: Cells of each row, as they stand; there may be fewer or more than names.
        lines: 1-based line of each row.
        above: Lines above the names that are no rows.
    """

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    above: tuple[str, ...] = ()

    def column(self, number: int) -> list[str]:
        """Cells of a column, without blanks around them; empty where a row ends before it."""
        return [row[number].strip() if number < len(row) else "" for row in self.rows]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; None where none does.

    Attributes:
        sequence: Number of the column of sequences.
        id: Number of the column of ids.
        label: Number of the column of labels.
        split: Number of the column of splits.
        further_sequences: Other columns that hold sequences.
        further_labels: Columns that hold few kinds of words or numbers, so that they may be labels.
    """

    sequence: int
    id: int | None = None
    label: int | None = None
    split: int | None = None
    further_sequences: tuple[int, ...] = field(default=())
    further_labels: tuple[int, ...] = field(default=())

    def taken(self) -> dict[str, int | None]:
        """Role to number of its column."""
        return {"id": self.id, "sequence": self.sequence, "label": self.label, "split": self.split}


def find_heading(
    rows: Sequence[list[str]],
    lines: Sequence[int],
    wanted: ColumnNames | None = None,
    comments: Sequence[tuple[int, list[str]]] = (),
) -> Table:
    """Find the row with the names of the columns; rows above it are none.

    Args:
        rows: All rows of a table.
        lines: 1-based line of each.
        wanted: Columns that the person named.
        comments: Lines with a `#`: the last above the first row may hold the names.
    """
    asked = {_tidy(name).casefold() for name in (wanted.by_role().values() if wanted else ()) if name}
    rows, lines = list(rows), list(lines)
    above = [(line, cells) for line, cells in comments if not lines or line < lines[0]]
    if above and rows and _count_names(above[-1][1], rows, asked):
        rows, lines = [above[-1][1], *rows], [above[-1][0], *lines]
        above = above[:-1]
    at = _heading_row(rows, asked)
    titles = [_join_cells(cells) for _, cells in above]
    if at is None:
        width = max((len(row) for row in rows), default=0)
        names = tuple(f"{_NAMELESS}{number + 1}" for number in range(width))
        return Table(names, rows, lines, tuple(titles))
    titles.extend(_join_cells(row) for row in rows[:at])
    below = at + 1
    if _is_units(rows, below):
        titles.append(_join_cells(rows[below]))
        below += 1
    names = _names(rows[at], rows[below:])
    return Table(names, rows[below:], lines[below:], tuple(titles))


def _heading_row(rows: Sequence[list[str]], asked: set[str]) -> int | None:
    widest = max((_count_filled(row) for row in rows[: 2 * _HEADING_ROWS]), default=0)
    best, most = None, 0
    for number, row in enumerate(rows[:_HEADING_ROWS]):
        names = _count_names(row, rows[number + 1 :], asked) if _count_filled(row) >= max(1, 0.5 * widest) else 0
        if names > most:
            best, most = number, names
        if any(looks_like_sequence(cell) for cell in row) and not names:
            break
    if best is not None:
        return best
    return 0 if len(rows) > 1 and _stands_above_sequences(rows) else None


def _stands_above_sequences(rows: Sequence[list[str]]) -> bool:
    """Whether a column has sequences in all rows but the first."""
    for column, name in enumerate(rows[0]):
        below = [row[column].strip() for row in rows[1:_SAMPLE] if column < len(row)]
        spelt = sum(len(cell) >= _SHORTEST and _is_spelt(cell) for cell in below)
        if name.strip() and not _is_spelt(name.strip()) and below and spelt >= _MOSTLY * len(below):
            return True
    return False


def _count_filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _count_names(row: Sequence[str], below: Sequence[list[str]], asked: set[str]) -> int:
    """How many cells of a row name columns; 0 where it is no row of names: it holds a sequence, or is a title."""
    cells = [_tidy(cell) for cell in row]
    other = [line for line in below[:_SAMPLE] if line != list(row)]
    known = sum(
        cell.casefold() in asked or _names_column(cell, [line[number].strip() for line in other if number < len(line)])
        for number, cell in enumerate(cells)
        if cell
    )
    # Names in capitals alone look like sequences, too: "COMPLEXITY".
    if known < _SURELY_NAMES and any(len(cell) >= _LONG and looks_like_sequence(cell) for cell in cells):
        return 0
    # A title such as "Dataset: ..." is no row of names unless it has as many cells as the rows have.
    wide = len(other[0]) if other else len(row)
    return known if len(cells) >= min(wide, 2) else 0


def _names_column(cell: str, below: Sequence[str]) -> bool:
    """Whether a cell is the name of the column below: a known word that does not stand there again."""
    keys = _keys(cell)
    if cell in below:
        return False
    if any(key in _KNOWN for key in keys):
        return True
    spelt = sum(_is_spelt(other) for other in below)
    return any(key in _LIKELY_SEQUENCES for key in keys) and bool(below) and spelt >= 0.5 * len(below)


def _is_units(rows: Sequence[list[str]], at: int) -> bool:
    """Whether a row below the names holds units or further names: it spells no sequence, while all that follow do."""
    if at + 3 > len(rows):
        return False
    further = [rows[number] for number in range(at + 1, min(len(rows), at + _SAMPLE))]
    for column in range(len(rows[at])):
        cells = [row[column].strip() for row in further if column < len(row)]
        spelt = bool(cells) and all(len(cell) > _SHORTEST and _is_spelt(cell) for cell in cells)
        unit = rows[at][column].strip()
        # Letters alone, in whatever case, may be a sequence unless they are few, and fewer than in any other row.
        if spelt and unit and not _is_spelt(unit):
            return not _LETTERS.fullmatch(unit) or len(unit) < min(_LONG, *(len(cell) for cell in cells))
    return False


def _names(heading: Sequence[str], rows: Sequence[list[str]]) -> tuple[str, ...]:
    """Name of each column; R leaves out that of the first, which holds the names of the rows."""
    names = [_tidy(cell) for cell in heading]
    widths = Counter(len(row) for row in rows[:_SAMPLE])
    if names and widths and set(widths) == {len(names) + 1} and _names_rows(rows[:_SAMPLE]):
        names = ["", *names]
    while len(names) > 1 and not names[-1] and not any(row[len(names) - 1 :] and row[len(names) - 1] for row in rows):
        names.pop()
    return tuple(name or f"{_NAMELESS}{number}" for number, name in enumerate(names, 1))


def _names_rows(rows: Sequence[list[str]]) -> bool:
    """Whether the first cells may be names of rows, and the last ones are no empty ones behind a separator."""
    return all(row[0].strip() for row in rows) and any(row[-1].strip() for row in rows)


def _join_cells(cells: Sequence[str]) -> str:
    return " ".join(cell.strip() for cell in cells if cell.strip())[:80]


def _tidy(cell: str) -> str:
    """A name without invisible characters and blanks around it."""
    kept = "".join(" " if letter.isspace() else letter for letter in cell if unicodedata.category(letter) != "Cf")
    return " ".join(kept.split())


def _keys(name: str) -> tuple[str, ...]:
    """How a name is looked up: letters alone, with and without what stands in brackets."""
    text = unicodedata.normalize("NFKC", name).casefold()
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", text)
    found = (re.sub(r"[\W_]", "", version) for version in (text, bare))
    return tuple(dict.fromkeys(key for key in found if key))


def looks_like_sequence(cell: str) -> bool:
    """Whether a cell reads like a sequence: letters in capitals, or nucleotides in any case."""
    cell = _plain(cell)
    if not _LETTERS.fullmatch(cell):
        return len(cell) >= _LONG and _is_notation(cell)
    if len(cell) < _LONG:
        return False
    return cell.isupper() or is_nucleic(cell)


def _is_notation(cell: str) -> bool:
    """Whether a cell spells a sequence in another way: in groups of letters with blanks, or in three-letter codes."""
    groups = cell.split()
    if len(groups) > 1 and all(group.isalpha() and (group.isupper() or is_nucleic(group)) for group in groups):
        return len({len(group) for group in groups[:-1]}) == 1
    return bool(_THREE_LETTERS.fullmatch(cell))


def is_nucleic(cell: str) -> bool:
    """Whether a cell has no letters but those of nucleotides, in any case."""
    return set(cell.upper()) <= set("ACGTUN")


def choose_columns(table: Table, wanted: ColumnNames, *, where: str = "") -> Columns:
    """Tell which column holds what.

    Args:
        table: The rows under their names.
        wanted: Columns that the person named; these are taken.
        where: The file, for messages.

    Raises:
        BioseqError: A named column is not there, or none holds sequences.
    """
    named = {role: find_named(table, name, where, lenient=wanted.lenient) for role, name in wanted.by_role().items()}
    sequence = named["sequence"]
    found = find_sequences(table)
    if sequence is None:
        candidates = [number for number in found if number not in named.values()]
        if not candidates:
            raise BioseqError(
                "data.no_sequence_column",
                "No column of the table holds sequences.",
                where=where,
                remedy=f"Name the column 'sequence'; there are: {list_names(table.names)}.",
            )
        sequence = candidates[0]
    taken = {sequence, *(number for number in named.values() if number is not None)}
    split = _take(named["split"], _find_split(table, taken), taken)
    label = _take(named["label"], find_label(table, taken), taken)
    identity = _take(named["id"], find_ids(table, taken), taken)
    further = tuple(number for number in found if number not in taken and _may_be_partner(table, number, sequence))
    return Columns(sequence, identity, label, split, further, _like_labels(table, taken | set(further)))


def _take(named: int | None, found: int | None, taken: set[int]) -> int | None:
    number = found if named is None else named
    if number is not None:
        taken.add(number)
    return number


def find_named(table: Table, name: str, where: str = "", *, lenient: bool = False) -> int | None:
    """The column of this name; None for an empty one, or where there is none and that is no fault.

    Raises:
        BioseqError: There is none.
    """
    if not name:
        return None
    key = _tidy(name).casefold()
    matching = [number for number, own in enumerate(table.names) if own.casefold() == key]
    if not matching and lenient:
        return None
    if not matching:
        raise BioseqError(
            "data.no_such_column",
            f"The table has no column '{name}'.",
            where=where,
            remedy=f"Its columns are: {list_names(table.names)}.",
        )
    return matching[0]


def list_names(names: Sequence[str], most: int = 12) -> str:
    """Names of columns for a message; of many the first, and how many more."""
    return listed([short_name(name) for name in names], most=most, last=", ")


def find_sequences(table: Table) -> list[int]:
    """Columns that hold sequences, the one that is most likely meant first.

    A column whose name says so comes first, then one whose letters say so; of several the first one of long cells.
    """
    ranked: list[tuple[int, float, int]] = []
    for number, name in enumerate(table.names):
        cells = [cell for cell in table.column(number)[: 5 * _SAMPLE] if cell and not is_missing(cell)][:_SAMPLE]
        keys = _keys(name)
        sure = any(key in _SURE_SEQUENCES for key in keys)
        likely = sure or any(key in _LIKELY_SEQUENCES for key in keys)
        if not cells:
            if sure:
                ranked.append((3, 0.0, -number))
            continue
        letters = sum(bool(_LETTERS.fullmatch(_plain(cell))) or _is_notation(_plain(cell)) for cell in cells) / len(
            cells
        )
        spelt = sum(_is_spelt(cell) for cell in cells) / len(cells)
        length = sum(map(len, cells)) / len(cells)
        rank_length = min(length, _LONG)
        if sure and letters >= 0.5:
            ranked.append((3 if spelt >= 0.5 else 1, rank_length, -number))
        elif spelt >= _MOSTLY and length >= (2 if likely else _SHORTEST) and not _names_records(keys, cells):
            ranked.append((2 if likely else 1, rank_length, -number))
    return [-number for _, _, number in sorted(ranked, reverse=True)]


def _plain(cell: str) -> str:
    """A cell with plain blanks and hyphens for those of print."""
    return cell.strip() if cell.isascii() else replace_unseen(cell).strip()


def _is_spelt(cell: str) -> bool:
    cell = _plain(cell)
    if _LETTERS.fullmatch(cell):
        return cell.isupper() or is_nucleic(cell)
    return _is_notation(cell)


def _names_records(keys: tuple[str, ...], cells: Sequence[str]) -> bool:
    """Whether short words in capitals are names, as those of genes are, by the name of their column."""
    short = sum(map(len, cells)) / len(cells) < _LONGEST_NAMES
    return short and (not keys or any(key in _IDS or key in _LABELS or key in _SPLITS for key in keys))


def _may_be_partner(table: Table, number: int, sequence: int) -> bool:
    """Whether a further column of sequences is the other half of a pair: no copy of the one that is read."""
    cells, own = table.column(number)[:_SAMPLE], table.column(sequence)[:_SAMPLE]
    filled = [cell for cell in cells if cell]
    long_enough = bool(filled) and sum(map(len, filled)) / len(filled) >= _LONG
    named = any(key in _WORDS["sequence"] for key in _keys(table.names[number]))
    return (long_enough or named) and cells != own


def _find_split(table: Table, taken: set[int]) -> int | None:
    """The column that says train or test: by its cells, and by its name where some of them do."""
    for number, name in enumerate(table.names):
        if number in taken:
            continue
        cells = set(table.column(number)) - {""}
        known = sum(split_of(cell) is not None for cell in cells)
        if cells and known == len(cells):
            return number
        if known and any(key in _SPLITS for key in _keys(name)):
            return number
    return None


def _find_by_words(table: Table, words: Sequence[str], taken: set[int]) -> list[int]:
    """Columns named by one of these words, in the order of the words."""
    place = {word: number for number, word in reversed(list(enumerate(words)))}
    found = [
        (min(place[key] for key in known), number)
        for number, name in enumerate(table.names)
        if number not in taken and (known := [key for key in _keys(name) if key in place])
    ]
    return [number for _, number in sorted(found)]


def find_label(table: Table, taken: set[int]) -> int | None:
    """The column named like labels; one that holds the same word in each row only where no other is so named."""
    named = _find_by_words(table, _LABELS, taken)
    telling = [number for number in named if len({cell for cell in table.column(number) if cell}) > 1]
    if named or not all(name.startswith(_NAMELESS) for name in table.names):
        return next(iter(telling or named), None)
    # Where no column has a name, the only one with few kinds of words is the label.
    like = _like_labels(table, taken)
    return like[0] if len(like) == 1 else None


def find_ids(table: Table, taken: set[int]) -> int | None:
    """The column that names the records: by its name, by the end of its name, or the first one of distinct words."""
    named = _find_by_words(table, _IDS, taken)
    distinct = [number for number in named if _tells_apart(table, number)]
    if distinct:
        return distinct[0]
    for number, name in enumerate(table.names):
        words = _WORD.findall(name)
        if number not in taken and words and words[-1].casefold() in _ID_ENDINGS and _tells_apart(table, number):
            return number
    if named:
        return named[0]
    free = (number for number in range(len(table.names)) if number not in taken)
    return next((number for number in free if _holds_distinct_words(table.column(number))), None)


def _holds_distinct_words(cells: Sequence[str]) -> bool:
    """Whether each cell is another word with a letter in it."""
    words = all(any(map(str.isalpha, cell)) and len(cell.split()) == 1 for cell in cells)
    return bool(cells) and words and len(set(cells)) == len(cells)


def _tells_apart(table: Table, number: int) -> bool:
    cells = table.column(number)
    return bool(cells) and all(cells) and len(set(cells)) >= _LEAST_DIFFERENT * len(cells)


def _like_labels(table: Table, taken: set[int]) -> tuple[int, ...]:
    """Columns that are not taken and hold few kinds of words or numbers, each several times."""
    found = []
    for number in range(len(table.names)):
        if number in taken:
            continue
        kinds = Counter(cell for cell in table.column(number) if cell)
        if 2 <= len(kinds) <= min(_FEW_CLASSES, len(table.rows) // 2) and min(kinds.values()) >= 2:
            found.append(number)
    return tuple(found)


def names_label_sheet(table: Table) -> bool:
    """Whether a table has a column of ids and one of labels, and none of sequences: it is the label sheet of others."""
    if not table.rows or find_sequences(table):
        return False
    label = find_label(table, set())
    return label is not None and find_ids(table, {label}) is not None
