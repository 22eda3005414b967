"""Exported files hold ids as text in their order, run no formula in a spreadsheet, and appear only when complete."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest

from bioseq.errors import BioseqError
from bioseq.prediction import export as module
from bioseq.prediction import export_blocks
from bioseq.prediction.delimited import cells, rows_of
from bioseq.prediction.export import export
from bioseq.prediction.export_blocks import columns_of, flag_text
from bioseq.prediction.spreadsheet_texts import SpreadsheetTexts
from bioseq.prediction.table import Flag, MemberVotes, Origin, PredictionTable, written_table
from bioseq.sequences.text_column import TextColumn
from bioseq.spreadsheets import comma_separated, harmless

if TYPE_CHECKING:
    from pathlib import Path

IDS = ["SEPT2", "=1+1", "+cmd", "-cmd", "@here", "1e5", "007", "ünï🧬", 'comma, "quote"\ttab', "-3.5"]
COLUMNS = ["id", "predicted", "probability", "p_-1", "p_=x", "flag"]


@pytest.fixture
def table() -> PredictionTable:
    count = len(IDS)
    positive = np.linspace(0.1, 0.9, count, dtype=np.float32)
    probabilities = np.column_stack([1 - positive, positive])
    predicted = (positive >= 0.5).astype(np.int16)
    flags = np.zeros(count, np.uint8)
    predicted[3], probabilities[3], flags[3] = -1, np.nan, Flag.EMPTY
    flags[4] = Flag.ILLEGAL_LETTERS | Flag.LONGER_THAN_TRAINED
    return PredictionTable(
        ids=TextColumn.from_strings(IDS),
        sequences=TextColumn.from_strings(["ACGT" * 30 if id_ != "-cmd" else "" for id_ in IDS]),
        labels=("-1", "=x"),
        predicted=predicted,
        probabilities=probabilities,
        flags=flags,
        truth=np.full(count, -1, np.int16),
    )


@pytest.mark.parametrize(("name", "delimiter"), [("out.csv", ","), ("out.tsv", "\t")])
def test_delimited_files_hold_every_row(table: PredictionTable, tmp_path: Path, name: str, delimiter: str) -> None:
    export(table, tmp_path / name)
    with (tmp_path / name).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=delimiter)
    assert header == COLUMNS
    assert [harmless(id_) for id_ in IDS] == [row[0] for row in rows]
    assert [row[1] for row in rows] == ["'=x" if code == 1 else "-1" if code == 0 else "" for code in table.predicted]
    numbers = np.array([[float(value or "nan") for value in row[3:5]] for row in rows], np.float32)
    assert np.array_equal(numbers, table.probabilities, equal_nan=True)
    assert rows[3][2:] == ["", "", "", "empty"]
    assert rows[4][5] == "illegal_letters;longer_than_trained"


def test_no_cell_of_a_delimited_file_starts_a_formula(table: PredictionTable, tmp_path: Path) -> None:
    export(table, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        for cell in (cell for row in csv.reader(file) for cell in row):
            if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
                float(cell)


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_rows_are_those_that_pythons_writer_would_write(delimiter: str) -> None:
    ids = ["", "a", "a,b", 'say "x"', "two\nlines", "\ttab", "-1", "-x", "ü", "x" * 500, "\x01"]
    others = [np.array([b"", b"0.5", b"nine"] * 4)[: len(ids)], np.array([b"end"] * len(ids))]
    expected = io.StringIO()
    writer = csv.writer(expected, delimiter=delimiter, lineterminator="\n")
    rows = zip(ids, *(column.astype(str) for column in others), strict=True)
    writer.writerows((harmless(id_), *more) for id_, *more in rows)
    column = TextColumn.from_strings(["before", *ids]).take(np.arange(1, len(ids) + 1))
    assert rows_of([cells(column, delimiter), *others], delimiter).decode() == expected.getvalue()


def test_ids_that_are_not_utf_8_are_marked_so(table: PredictionTable, tmp_path: Path) -> None:
    ids = TextColumn.from_strings(["\udc80", *IDS[1:]])
    export(replace(table, ids=ids), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1].startswith("\ufffd,")


def test_plain_numbers_are_no_formulas() -> None:
    for text in ("-1", "+1", "-3.5", "1e5", "-2e-7"):
        assert harmless(text) == text
    for text in ("-1+1", "=1", "+A1", "@SUM(A1)", "--1", "\t=1", "-"):
        assert harmless(text) == f"'{text}"


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers(table: PredictionTable, tmp_path: Path) -> None:
    export(table, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Predictions"]
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == COLUMNS
    assert [row[0].value for row in rows[1:]] == IDS
    assert {row[0].data_type for row in rows[1:]} == {"s"}
    assert rows[1][2].data_type == "n"
    assert rows[4][2].value is None
    assert next(row[1].value for row in rows[1:]) == "-1"


def test_parquet_keeps_types_and_order(table: PredictionTable, tmp_path: Path) -> None:
    export(table, tmp_path / "out.parquet")
    read = pq.read_table(tmp_path / "out.parquet")
    assert read.column_names == COLUMNS
    assert read["id"].to_pylist() == IDS
    assert str(read["probability"].type) == "float"
    assert read["p_=x"].to_pylist()[3] is None


def test_fasta_keeps_letters_and_says_the_scores(table: PredictionTable, tmp_path: Path) -> None:
    export(table, tmp_path / "out.fasta")
    records = (tmp_path / "out.fasta").read_text(encoding="utf-8").removeprefix(">").split("\n>")
    assert records[0].splitlines()[0] == "SEPT2 predicted=-1 probability=0.9"
    assert "".join(records[0].splitlines()[1:]) == "ACGT" * 30
    assert max(len(line) for line in records[0].splitlines()[1:]) == 80
    assert records[3].strip() == "-cmd flag=empty"


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx", "parquet", "fasta"])
def test_chosen_rows_come_in_the_chosen_order(
    table: PredictionTable, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_blocks, "_ROWS", 2)
    seen: list[tuple[int, int]] = []
    path = tmp_path / f"out.{kind}"
    export(table, path, rows=np.array([6, 0, 5, 7, 6]), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]
    expected = ["007", "SEPT2", "1e5", "ünï🧬", "007"]
    match kind:
        case "csv" | "tsv":
            lines = path.read_text(encoding="utf-8").splitlines()[1:]
            found = [line.split("," if kind == "csv" else "\t")[0] for line in lines]
        case "xlsx":
            found = [row[0] for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2, values_only=True)]
        case "parquet":
            found = pq.read_table(path)["id"].to_pylist()
        case _:
            lines = path.read_text(encoding="utf-8").splitlines()
            found = [line[1:].split()[0] for line in lines if line.startswith(">")]
    assert found == expected


def test_a_file_appears_only_when_it_is_complete(table: PredictionTable, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "out.csv").write_text("older", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        export(table, tmp_path / "out.csv", progress=interrupt)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_more_rows_than_a_spreadsheet_holds_are_refused(table: PredictionTable, tmp_path: Path) -> None:
    rows = np.zeros(module.MOST_XLSX_ROWS + 1, np.intp)
    with pytest.raises(BioseqError, match="1,048,575 rows at most"):
        export(table, tmp_path / "out.xlsx", rows=rows)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out", "out.docx", "out.csv.gz"])
def test_unknown_formats_are_refused_with_those_that_are_known(
    table: PredictionTable, tmp_path: Path, name: str
) -> None:
    with pytest.raises(BioseqError, match=r"\.xlsx"):
        export(table, tmp_path / name)


def test_a_place_that_cannot_be_written_is_told_in_words(table: PredictionTable, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BioseqError, match="cannot be written"):
        export(table, tmp_path / "file" / "out.csv")


def test_columns_and_flags_have_stable_names() -> None:
    assert columns_of(("a", "b")) == ("id", "predicted", "probability", "p_a", "p_b", "flag")
    assert flag_text(0) == ""
    assert flag_text(63).split(";") == [
        "illegal_letters",
        "ambiguous_letters",
        "shorter_than_trained",
        "longer_than_trained",
        "empty",
        "shortened",
    ]


@pytest.fixture
def of_an_ensemble(table: PredictionTable) -> PredictionTable:
    spread = np.linspace(0, 0.25, len(table), dtype=np.float32)
    agreeing = np.where(table.predicted < 0, 0, 2).astype(np.uint8)
    return replace(table, votes=MemberVotes(3, agreeing, np.where(table.predicted < 0, np.nan, spread)))


def test_what_members_say_is_kept_with_the_table_and_only_where_there_are_members(
    table: PredictionTable, of_an_ensemble: PredictionTable, tmp_path: Path
) -> None:
    of_an_ensemble.save(tmp_path)
    votes, wanted = PredictionTable.open(tmp_path).votes, of_an_ensemble.votes
    assert votes is not None
    assert wanted is not None
    assert votes.count == 3
    assert np.array_equal(votes.agreeing, wanted.agreeing)
    assert np.array_equal(votes.spread, wanted.spread.astype(np.float32), equal_nan=True)
    table.save(tmp_path)  # the same folder, with a model that has no members
    assert PredictionTable.open(tmp_path).votes is None


def test_files_of_an_ensemble_tell_its_spread_behind_the_usual_columns(
    of_an_ensemble: PredictionTable, tmp_path: Path
) -> None:
    rows = np.array([2, 3])
    for name in ("out.csv", "out.xlsx", "out.parquet", "out.fasta"):
        export(of_an_ensemble, tmp_path / name, rows=rows)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        header, second, third = csv.reader(file)
    assert header == [*COLUMNS, "member_sd", "members_agreeing", "members"]
    assert float(second[6]) == pytest.approx(0.5 / 9, rel=1e-6)
    assert second[7:] == ["2", "3"]
    assert third[6:] == ["", "", "3"]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Predictions"]
    assert [cell.value for cell in sheet[2]][6:] == [pytest.approx(0.5 / 9, rel=1e-6), 2, 3]
    assert [cell.value for cell in sheet[3]][6:] == [None, None, 3]
    columns = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert columns["members_agreeing"] == [2, None]
    assert "members_agreeing=2/3" in (tmp_path / "out.fasta").read_text(encoding="utf-8").splitlines()[0]


def test_the_true_class_stands_behind_all_others_where_it_is_asked_for(
    of_an_ensemble: PredictionTable, tmp_path: Path
) -> None:
    table = replace(of_an_ensemble, truth=np.resize(np.array([1, -1], np.int16), len(of_an_ensemble)))
    for name in ("out.csv", "out.tsv", "out.xlsx", "out.parquet", "out.fasta"):
        export(table, tmp_path / name, rows=np.array([2, 3]), with_truth=True)
    for name, delimiter in (("out.csv", ","), ("out.tsv", "\t")):
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter=delimiter))
        assert rows[0] == list(columns_of(table.labels, ensemble=True, with_truth=True))
        assert [row[-1] for row in rows] == ["true_class", "'=x", ""]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Predictions"]
    assert [sheet[row][-1].value for row in (1, 2)] == ["true_class", "=x"]
    columns = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert columns["true_class"] == ["=x", ""]
    heads = [line for line in (tmp_path / "out.fasta").read_text(encoding="utf-8").splitlines() if line[0] == ">"]
    assert heads[0].endswith(" true_class==x")
    assert "true_class" not in heads[1]


def test_tables_for_spreadsheets_hold_no_formula_and_leave_numbers_alone() -> None:
    assert comma_separated([["=1+1", "@a", "-b", "\tc", "-0.5", "+3e-5"], [-0.5, 7, "", "x-y"]]) == (
        "'=1+1,'@a,'-b,'\tc,-0.5,+3e-5\n-0.5,7,,x-y\n"
    )


@pytest.fixture
def with_origin(table: PredictionTable) -> PredictionTable:
    """Rows with what stands beside their ids, from two files of one name in different folders and a third."""
    texts = ["", "=cmd, first", 'say "x"', "Korea/X-1", "", "\ttab", "ä", "", "", "last"]
    starts = np.array([0, 4, 7, len(table)])
    origin = Origin(("/one/a.fa", "/two/a.fa", "/one/b.fa"), starts)
    return replace(table, descriptions=TextColumn.from_strings(texts), origin=origin)


@pytest.mark.parametrize(("name", "delimiter"), [("out.csv", ","), ("out.tsv", "\t")])
def test_delimited_files_hold_description_file_and_sequence_where_asked_for(
    with_origin: PredictionTable, tmp_path: Path, name: str, delimiter: str
) -> None:
    export(with_origin, tmp_path / name, further=("sequence", "source", "description"), with_truth=True)
    with (tmp_path / name).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=delimiter)
    assert header == [*COLUMNS, "true_class", "description", "source", "sequence"]
    assert [row[0] for row in rows] == [harmless(id_) for id_ in IDS]
    assert with_origin.descriptions is not None
    assert [row[7] for row in rows] == [harmless(text) for text in with_origin.descriptions]
    assert [row[8] for row in rows] == 4 * ["/one/a.fa"] + 3 * ["/two/a.fa"] + 3 * ["b.fa"]
    assert [row[9] for row in rows] == list(with_origin.sequences)


def test_other_formats_hold_them_too(with_origin: PredictionTable, tmp_path: Path) -> None:
    rows = np.array([9, 3, 1])
    for name in ("out.xlsx", "out.parquet", "out.fasta"):
        export(with_origin, tmp_path / name, rows=rows, further=("description", "source", "sequence"))
    expected = [
        ("last", "b.fa", "ACGT" * 30),
        ("Korea/X-1", "/one/a.fa", ""),
        ("=cmd, first", "/one/a.fa", "ACGT" * 30),
    ]
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Predictions"]
    values = [tuple(cell.value or "" for cell in line)[-3:] for line in sheet.iter_rows(min_row=2)]
    assert values == expected
    assert sheet["G4"].data_type == "s"
    columns = pq.read_table(tmp_path / "out.parquet").to_pydict()
    assert list(zip(columns["description"], columns["source"], columns["sequence"], strict=True)) == expected
    heads = [line for line in (tmp_path / "out.fasta").read_text(encoding="utf-8").splitlines() if line[0] == ">"]
    assert heads[0].endswith(" source=b.fa description=last")
    assert "sequence=" not in heads[0]


def test_descriptions_are_added_where_names_are_repeated_and_that_is_said(
    with_origin: PredictionTable, tmp_path: Path
) -> None:
    ids = [*IDS[:-2], "SEPT2", "SEPT2"]
    repeated = replace(with_origin, ids=TextColumn.from_strings(ids))
    told = {one.code: one for one in export(repeated, tmp_path / "out.csv")}
    assert told["description_added"].message == (
        "2 records have the name of an earlier one, so the column 'description' is added."
    )
    header = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == ",".join([*("'=x" if name == "=x" else name for name in COLUMNS), "description"])
    assert "description_added" not in {one.code for one in export(with_origin, tmp_path / "out.csv")}
    assert "description_added" not in {
        one.code for one in export(repeated, tmp_path / "out.csv", further=("description",))
    }
    nothing_beside = replace(repeated, descriptions=TextColumn.from_strings([""] * len(ids)))
    assert "description_added" not in {one.code for one in export(nothing_beside, tmp_path / "out.csv")}


def test_columns_that_there_are_not_are_refused_with_those_that_there_are(
    table: PredictionTable, tmp_path: Path
) -> None:
    with pytest.raises(BioseqError, match="description, source and sequence"):
        export(table, tmp_path / "out.csv", further=("length",))
    for name in ("description", "source"):
        with pytest.raises(BioseqError, match="Predict again"):
            export(table, tmp_path / "out.csv", further=(name,))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["csv", "fasta"])
def test_long_sequences_are_written_in_blocks_of_bounded_letters(
    table: PredictionTable, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(table, tmp_path / f"once.{kind}", further=("sequence",))
    monkeypatch.setattr(export_blocks, "_LETTERS", 250)
    blocks = export_blocks.ExportBlocks(
        table, None, None, with_truth=False, further=("sequence",), whole_sequences=True
    )
    assert [len(block.codes) for block in blocks] == [2, 3, 2, 2, 1]
    export(table, tmp_path / f"parts.{kind}", further=("sequence",))
    assert (tmp_path / f"parts.{kind}").read_bytes() == (tmp_path / f"once.{kind}").read_bytes()


def test_ids_that_a_spreadsheet_would_change_are_counted_and_named(table: PredictionTable, tmp_path: Path) -> None:
    plain = replace(table, labels=("neg", "01"))
    for name in ("out.csv", "out.tsv"):
        told = {one.code: one for one in export(plain, tmp_path / name)}
        assert told["ids_converted"].message == (
            "A spreadsheet shows 3 ids of this file as dates or numbers: 'SEPT2', '1e5' and '007'."
        )
        assert "XLSX" in told["ids_converted"].remedy
        assert told["ids_guarded"].message == (
            "4 ids begin as a formula does and have an apostrophe in front in this file, such as '=1+1', '+cmd' and "
            "'-cmd'."
        )
        assert told["classes_converted"].message.endswith("as dates or numbers: '01'.")
    for name in ("out.xlsx", "out.parquet", "out.fasta"):
        assert export(plain, tmp_path / name) == ()
    only_some = export(plain, tmp_path / "out.csv", rows=np.array([7, 8]))
    assert [one.code for one in only_some] == ["classes_converted"]


def test_ids_are_judged_by_their_text_wherever_they_lie_in_the_buffer() -> None:
    texts = SpreadsheetTexts()
    texts.add(TextColumn.from_strings(["x1", "a", "", "MARCH1", "DE", "C1", "2E10", "marker", "J", "x" * 300]))
    texts.add(TextColumn.from_strings(["0", "seq7", "SEPT2", "1-2"]).take(np.array([3, 1])))
    texts.add(TextColumn.from_strings([]))
    (found,) = texts.findings(())
    assert found.count == 3
    assert found.message.endswith(": 'MARCH1', '2E10' and '1-2'.")


def test_a_line_break_in_a_name_begins_no_record_of_its_own(table: PredictionTable, tmp_path: Path) -> None:
    ids = TextColumn.from_strings(["two\n>lines", *IDS[1:]])
    export(replace(table, ids=ids), tmp_path / "out.fasta")
    lines = (tmp_path / "out.fasta").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(">two >lines predicted=")
    assert sum(line.startswith(">") for line in lines) == len(IDS)


def test_descriptions_and_files_are_kept_with_the_table(with_origin: PredictionTable, tmp_path: Path) -> None:
    with written_table(tmp_path / "both", with_origin.labels) as add:
        add(with_origin)
        add(replace(with_origin, origin=Origin(("/one/b.fa",), np.array([0, len(with_origin)]))))
    found = PredictionTable.open(tmp_path / "both")
    assert found.origin is not None
    assert found.origin.sources == ("/one/a.fa", "/two/a.fa", "/one/b.fa")
    assert found.origin.starts.tolist() == [0, 4, 7, 20]
    assert found.origin.file_numbers(np.array([0, 3, 4, 19])).tolist() == [0, 0, 1, 2]
    assert found.has_descriptions
    assert found.descriptions is not None
    assert found.descriptions[13] == "Korea/X-1"
    with written_table(tmp_path / "neither", with_origin.labels) as add:
        add(replace(with_origin, descriptions=None, origin=None))
    found = PredictionTable.open(tmp_path / "neither")
    assert found.descriptions is None
    assert found.origin is None
