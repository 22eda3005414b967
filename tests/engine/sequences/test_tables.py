"""Tables as people have them: rows, quotes, comments, headings and columns are read as they are meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from bioseq.errors import BioseqError
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import Reading, ReadOptions, read_files
from bioseq.sequences.table_text import find_separator, parse_table
from bioseq.sequences.workbooks import _fill_merged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PEPTIDES = ["WTMDFHWNGFLDADPAVLAK", "QNNIGPRKNDLGLNEGEEMD", "NIVFHNNKCSTKMPVDCPFK", "RLGFPKYQAWQETDKTAGEK"]


def read(path: Path, text: str | bytes, **options: Any) -> Reading:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_files([FileRequest(str(path))], ReadOptions(**options))


def read_table(tmp_path: Path, text: str | bytes, name: str = "t.csv", **options: Any) -> Reading:
    return read(tmp_path / name, text, **options)


def labels(reading: Reading) -> list[str | None]:
    names = reading.dataset.label_names
    return [names[code] if code >= 0 else None for code in reading.dataset.labels.tolist()]


def sequences(reading: Reading) -> list[str]:
    return [reading.dataset.sequence(row) for row in range(len(reading.dataset))]


def found(reading: Reading, code: str) -> list[str]:
    return [finding.message for finding in reading.findings if finding.code == code]


def taken(reading: Reading) -> dict[str, str]:
    return {choice.role: choice.taken for choice in reading.sources[0].choices}


def rows(separator: str = ",", heading: str = "id,sequence,label") -> list[str]:
    body = [f"s{n},{sequence},{'ab'[n % 2]}" for n, sequence in enumerate(PEPTIDES)]
    return [line.replace(",", separator) for line in (heading, *body)]


# ------------------------------------------------------------------ rows


def test_an_open_quote_swallows_no_rows(tmp_path: Path) -> None:
    lines = [*rows(heading="id,sequence,label,note"), f's9,{PEPTIDES[0]},b,"kept, whole"']
    lines[2] += ',"5 prime end'
    reading = read_table(tmp_path, "\n".join(lines))
    assert list(reading.dataset.ids) == ["s0", "s1", "s2", "s3", "s9"]
    assert found(reading, "open_quote") == ["A quotation mark has no partner in line 3."]


def test_a_cell_in_quotes_goes_on_in_the_next_line(tmp_path: Path) -> None:
    text = f'id,sequence,label,note\ns0,{PEPTIDES[0]},a,"two\nlines"\ns1,{PEPTIDES[1]},b,"a ""word"""\n'
    reading = read_table(tmp_path, text)
    assert list(reading.dataset.ids) == ["s0", "s1"]
    assert reading.dataset.lines.tolist() == [2, 4]
    assert not found(reading, "open_quote")


def test_tabs_know_no_quotes_but_whole_ones() -> None:
    stray = parse_table('id\tname\n1\t"putative\n2\tprotein"\n3\t"all, of it"\n')
    assert stray.rows == [["id", "name"], ["1", '"putative'], ["2", 'protein"'], ["3", "all, of it"]]
    whole = parse_table('"id"\t"name"\n"1"\t"a"\n')
    assert whole.rows == [["id", "name"], ["1", "a"]]
    within = parse_table('id\tname\n1\t"with\ttab"\n2\t"with\nline"\n')
    assert within.rows == [["id", "name"], ["1", "with\ttab"], ["2", "with\nline"]]


@pytest.mark.parametrize("separator", ["\t", ";", ",", "|"])
def test_the_separator_is_the_one_that_gives_even_rows(separator: str) -> None:
    assert find_separator(rows(separator)) == separator


def test_semicolons_within_cells_separate_nothing(tmp_path: Path) -> None:
    lines = rows(heading="id,sequence,GO;terms,label")
    lines[1:] = [line.replace(",a", ",GO:1;GO:2,a").replace(",b", ",GO:3;GO:4,b") for line in lines[1:]]
    reading = read_table(tmp_path, "\n".join(lines))
    assert labels(reading) == ["a", "b", "a", "b"]
    assert found(reading, "columns_not_used") == ["1 column is not used: GO;terms."]


def test_a_beginning_that_ends_within_a_row_hides_no_separator(tmp_path: Path) -> None:
    """In UTF-16 the 64 KB that are looked at are 32,767 letters; here they end within the second record."""
    first = f'id;sequence;remark\ns0;{PEPTIDES[0]};"' + "a line\n" * 40
    first += "x" * (32_700 - len(first)) + '"\n'
    reading = read_table(tmp_path, f"{first}s1;{PEPTIDES[1] * 10};y\n".encode("utf-16"))
    assert sequences(reading) == [PEPTIDES[0], PEPTIDES[1] * 10]


def test_a_decimal_comma_separates_nothing(tmp_path: Path) -> None:
    text = "id;sequence;activity\n" + "".join(f"s{n};{text};{n},5\n" for n, text in enumerate(PEPTIDES))
    assert labels(read_table(tmp_path, text)) == ["0,5", "1,5", "2,5", "3,5"]


def test_the_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    reading = read_table(tmp_path, "sep=;\r\n" + "\r\n".join(rows(";")))
    assert labels(reading) == ["a", "b", "a", "b"]


def test_titles_above_the_heading_are_passed_over_and_told(tmp_path: Path) -> None:
    reading = read_table(tmp_path, "Supplementary Table 3. Peptides\n\n" + "\n".join(rows()))
    assert list(reading.dataset.ids) == ["s0", "s1", "s2", "s3"]
    assert reading.dataset.lines.tolist() == [4, 5, 6, 7]
    (message,) = found(reading, "lines_above_heading")
    assert "'Supplementary Table 3. Peptides'" in message


def test_a_first_record_in_small_letters_is_no_row_of_units(tmp_path: Path) -> None:
    text = f"id,sequence,label\ns0,mktaYIAKQRQ,a\ns1,{PEPTIDES[0]},b\ns2,{PEPTIDES[1]},a\n"
    assert list(read_table(tmp_path, text).dataset.ids) == ["s0", "s1", "s2"]
    text = f"id,sequence,label\nNo.,text,0/1\ns1,{PEPTIDES[0]},b\ns2,{PEPTIDES[1]},a\n"
    assert list(read_table(tmp_path, text).dataset.ids) == ["s1", "s2"]


@pytest.mark.parametrize("heading", ["#id\tsequence\tlabel", "# id\tsequence\tlabel"])
def test_a_comment_above_the_rows_may_be_the_heading(tmp_path: Path, heading: str) -> None:
    text = "\n".join(["# made by hand", heading, *rows("\t")[1:]])
    reading = read_table(tmp_path, text, "t.tsv")
    assert list(reading.dataset.ids) == ["s0", "s1", "s2", "s3"]
    assert labels(reading) == ["a", "b", "a", "b"]


def test_an_id_may_begin_with_the_mark_of_a_comment(tmp_path: Path) -> None:
    lines = rows()
    lines[2] = "#" + lines[2]
    reading = read_table(tmp_path, "\n".join(lines))
    assert list(reading.dataset.ids) == ["s0", "#s1", "s2", "s3"]


def test_uneven_rows_are_told_with_their_lines(tmp_path: Path) -> None:
    lines = rows()
    lines[2] = f"s1,extra,{PEPTIDES[1]},b"
    lines[3] += ",more"
    reading = read_table(tmp_path, "\n".join(lines))
    assert list(reading.dataset.ids) == ["s0", "s2", "s3"]
    assert found(reading, "ragged_rows") == [
        "The row in line 3 has other numbers of cells than there are columns, and is left out.",
        "The row in line 4 has other numbers of cells than there are columns.",
    ]


def test_empty_cells_that_a_program_does_not_write_are_no_fault(tmp_path: Path) -> None:
    lines = rows(heading="id,sequence,label,note,more")
    lines[2] += ",a note,,,"
    reading = read_table(tmp_path, "\n".join(lines))
    assert len(reading.dataset) == 4
    assert not found(reading, "ragged_rows")


def test_invisible_characters_hide_no_sequence(tmp_path: Path) -> None:
    lines = [line.replace(",", "\u200b,\u200b") for line in rows()]
    reading = read_table(tmp_path, "\ufeff" + "\n".join(lines))
    assert sequences(reading) == PEPTIDES
    assert labels(reading) == ["a", "b", "a", "b"]
    assert found(reading, "invisible_characters")


# ------------------------------------------------------------------ columns


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Accession Number,AA Sequence,Class", {"id": "Accession Number", "sequence": "AA Sequence", "label": "Class"}),
        ("locus_tag,Seq (5'->3'),outcome", {"id": "locus_tag", "sequence": "Seq (5'->3')", "label": "outcome"}),
        ("编号,序列,标签", {"id": "编号", "sequence": "序列", "label": "标签"}),
        ("strain,mature_peptide,phenotype", {"id": "strain", "sequence": "mature_peptide", "label": "phenotype"}),
        ("UniProt ID,CDR3.aa,target", {"id": "UniProt ID", "sequence": "CDR3.aa", "label": "target"}),
    ],
)
def test_usual_headings_are_known(tmp_path: Path, heading: str, expected: dict[str, str]) -> None:
    reading = read_table(tmp_path, "\n".join(rows(heading=heading)))
    assert {role: name for role, name in taken(reading).items() if role != "split"} == expected
    assert list(reading.dataset.ids) == ["s0", "s1", "s2", "s3"]


def test_a_column_of_names_is_no_column_of_sequences(tmp_path: Path) -> None:
    text = "id,protein,aa_seq,label\n" + "".join(f"{n},Insulin,{text},a\n" for n, text in enumerate(PEPTIDES))
    reading = read_table(tmp_path, text)
    assert taken(reading)["sequence"] == "aa_seq"
    assert sequences(reading) == PEPTIDES


def test_a_second_column_of_sequences_is_told(tmp_path: Path) -> None:
    text = "id,heavy,light,label\n" + "".join(
        f"{n},{text},{PEPTIDES[-1 - n]},{n % 2}\n" for n, text in enumerate(PEPTIDES)
    )
    reading = read_table(tmp_path, text)
    (message,) = found(reading, "second_sequence_column")
    assert "'light'; 'heavy' is" in message
    chosen = read_table(tmp_path, text, sequence_column="light")
    assert sequences(chosen) == PEPTIDES[::-1]


def test_a_column_with_one_word_is_no_label_where_another_is(tmp_path: Path) -> None:
    text = "id,sequence,type,location\n" + "".join(
        f"g{n},{text},protein,{'ab'[n % 2]}\n" for n, text in enumerate(PEPTIDES)
    )
    reading = read_table(tmp_path, text)
    assert taken(reading)["label"] == "location"
    assert found(reading, "columns_not_used") == ["1 column is not used: type."]


def test_columns_of_a_class_each_are_told(tmp_path: Path) -> None:
    text = "id,sequence,nucleus,membrane\n" + "".join(
        f"g{n},{text},{n % 2},{1 - n % 2}\n" for n, text in enumerate(PEPTIDES)
    )
    reading = read_table(tmp_path, text)
    assert labels(reading) == [None] * 4
    assert found(reading, "several_labels") == ["Several columns may hold labels: 'nucleus', 'membrane'."]


def test_names_that_stand_twice_are_told(tmp_path: Path) -> None:
    text = "id,sequence,label,label\n" + "".join(f"g{n},{s},{'ab'[n % 2]},x\n" for n, s in enumerate(PEPTIDES))
    reading = read_table(tmp_path, text)
    assert labels(reading) == ["a", "b", "a", "b"]
    assert found(reading, "duplicate_column_names")


def test_a_named_column_must_be_there_unless_the_names_are_of_other_files(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="has no column 'clade'"):
        read_table(tmp_path, "\n".join(rows()), label_column="clade")
    reading = read_table(tmp_path, "\n".join(rows()), label_column="clade", lenient=True)
    assert taken(reading)["label"] == "label"


def test_a_column_that_is_named_for_one_file_counts_there(tmp_path: Path) -> None:
    text = "id,sequence,label,other\n" + "".join(f"g{n},{s},a,{'xy'[n % 2]}\n" for n, s in enumerate(PEPTIDES))
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert labels(read_files([FileRequest(str(path), label_column="other")])) == ["x", "y", "x", "y"]


# ------------------------------------------------------------------ worksheets


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> Path:
    book = Workbook()
    del book["Sheet"]
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
        if name in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


def sheet_rows(some: Sequence[str]) -> list[list[str]]:
    return [["Name", "Sequence"], *([f"p{n}", text] for n, text in enumerate(some))]


def test_a_worksheet_per_class_tells_the_classes(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "w.xlsx", {"About": [["A legend"]], "amp": sheet_rows(PEPTIDES[:2]), "non": sheet_rows(PEPTIDES[2:])}
    )
    reading = read_files([FileRequest(str(path))])
    assert labels(reading) == ["amp", "amp", "non", "non"]
    assert sequences(reading) == PEPTIDES
    assert found(reading, "other_worksheets") == ["1 worksheet is not read: About."]
    one = read_files([FileRequest(str(path), sheet="non")])
    assert sequences(one) == PEPTIDES[2:]


def test_a_worksheet_per_split_tells_the_splits(tmp_path: Path) -> None:
    table = [["id", "sequence", "label"], *([f"s{n}", text, "ab"[n % 2]] for n, text in enumerate(PEPTIDES))]
    path = workbook(tmp_path / "w.xlsx", {"train": table, "test": table})
    reading = read_files([FileRequest(str(path))])
    assert reading.dataset.splits.tolist() == [1] * 4 + [3] * 4


def test_worksheets_with_other_columns_are_not_read_in_silence(tmp_path: Path) -> None:
    other = [["seq", "note"], *([text, "x"] for text in PEPTIDES)]
    path = workbook(tmp_path / "w.xlsx", {"first": sheet_rows(PEPTIDES), "second": other})
    reading = read_files([FileRequest(str(path))])
    assert found(reading, "other_worksheets") == ["1 worksheet is not read: second. They hold 4 rows with sequences."]
    with pytest.raises(BioseqError, match="no worksheet 'third'"):
        read_files([FileRequest(str(path), sheet="third")])


def test_a_hidden_worksheet_is_passed_over(tmp_path: Path) -> None:
    sheets = {"old": sheet_rows(PEPTIDES[:1]), "new": sheet_rows(PEPTIDES)}
    reading = read_files([FileRequest(str(workbook(tmp_path / "w.xlsx", sheets, hidden=["old"])))])
    assert len(reading.dataset) == 4
    assert found(reading, "other_worksheets") == ["1 worksheet is not read: old (hidden)."]


def test_names_of_columns_that_stand_again_in_a_worksheet_are_no_record(tmp_path: Path) -> None:
    table = [*sheet_rows(PEPTIDES[:2]), *sheet_rows(PEPTIDES[2:])]
    reading = read_files([FileRequest(str(workbook(tmp_path / "w.xlsx", {"all": table})))])
    assert sequences(reading) == PEPTIDES
    assert found(reading, "heading_repeated") == ["1 row is the names of the columns once more (line 4)."]


def test_merged_cells_that_a_workbook_makes_up_take_no_time() -> None:
    cells = {1: ["a"], 2: [""], 5: [""]}
    ranges = [(1, 1, 1, 9_999_999)] * 100_000
    assert [note.code for note in _fill_merged(cells, ranges)] == ["merged_cells_filled"]
    assert cells == {1: ["a"], 2: ["a"], 5: ["a"]}


def test_what_cells_of_a_worksheet_hide_is_told(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "sequence", "label"])
    for n, text in enumerate(PEPTIDES):
        sheet.append([f"s{n}", text, "a" if n == 0 else "b" if n == 2 else None])
    sheet.append(["s4", "=B2", "#N/A"])
    sheet.merge_cells("C2:C3")
    sheet.merge_cells("C4:C5")
    book.save(tmp_path / "w.xlsx")
    reading = read_files([FileRequest(str(tmp_path / "w.xlsx"))])
    assert labels(reading) == ["a", "a", "b", "b", None]
    assert found(reading, "merged_cells_filled") == ["2 cells are merged with the ones above them."]
    assert found(reading, "formula_without_value") == ["1 cell holds a formula without a stored value: B6."]
