"""Write the workbooks of `people` again: one for each way in which people spread sequences over a spreadsheet.

The letters are drawn with a fixed seed per workbook, so that every writing holds the same cells.
Run `python tests/corpus/make_workbooks.py`.
"""

from __future__ import annotations

import random
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.worksheet.worksheet import Worksheet

FOLDER = Path(__file__).parent / "people"
RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
HEADING = ("id", "sequence", "label")
WRITTEN = (2024, 5, 17, 12, 0, 0)
MAKERS: dict[str, Callable[[Workbook], None]] = {}


def workbook(name: str) -> Callable[[Callable[[Workbook], None]], Callable[[Workbook], None]]:
    """Have a function fill the workbook of this name."""

    def keep(fill: Callable[[Workbook], None]) -> Callable[[Workbook], None]:
        MAKERS[name] = fill
        return fill

    return keep


def peptides(seed: str, count: int, shortest: int = 14, longest: int = 22) -> list[str]:
    """Random peptides, the same for the same seed."""
    chance = random.Random(seed)
    return ["".join(chance.choices(RESIDUES, k=chance.randint(shortest, longest))) for _ in range(count)]


def in_turn(words: list[object], count: int) -> list[object]:
    """These words, over and over."""
    return [words[number % len(words)] for number in range(count)]


def ids(count: int, first: int = 1, stem: str = "P") -> list[str]:
    return [f"{stem}{number}" for number in range(first, first + count)]


def add_rows(sheet: Worksheet, heading: tuple[object, ...], *columns: list[object] | list[str]) -> None:
    """Append the names of columns and the cells of these columns."""
    sheet.append(heading)
    for cells in zip(*columns, strict=True):
        sheet.append(cells)


def first_sheet(book: Workbook, title: str = "Sheet1") -> Worksheet:
    sheet = book.worksheets[0]
    sheet.title = title
    return sheet


@workbook("class_per_sheet.xlsx")
def fill_class_per_sheet(book: Workbook) -> None:
    add_rows(first_sheet(book, "Toxic"), ("Name", "Sequence"), ids(6), peptides("toxic", 6))
    add_rows(book.create_sheet("Harmless"), ("Name", "Sequence"), ids(6, 7), peptides("harmless", 6))


@workbook("split_per_sheet.xlsx")
def fill_split_per_sheet(book: Workbook) -> None:
    labels = in_turn(["AMP", "non-AMP"], 8)
    add_rows(first_sheet(book, "Train"), HEADING, ids(8), peptides("split train", 8), labels)
    add_rows(book.create_sheet("Test"), HEADING, ids(4, 9), peptides("split test", 4), labels[:4])


@workbook("three_batches.xlsx")
def fill_three_batches(book: Workbook) -> None:
    labels = in_turn(["high", "low"], 4)
    for number, title in enumerate(("Batch 1", "Batch 2", "Batch 3")):
        sheet = first_sheet(book, title) if number == 0 else book.create_sheet(title)
        add_rows(sheet, HEADING, ids(4, 4 * number + 1), peptides(title, 4), labels)


@workbook("readme_first.xlsx")
def fill_readme_first(book: Workbook) -> None:
    sheet = first_sheet(book, "README")
    for line in ("Peptides of the screening of 2024", "Contact: lab@example.org", "Sequences are in one-letter code"):
        sheet.append([line])
    labels = in_turn(["active", "inactive"], 8)
    add_rows(book.create_sheet("Data"), HEADING, ids(8), peptides("readme", 8), labels)


@workbook("legend_last.xlsx")
def fill_legend_last(book: Workbook) -> None:
    labels = in_turn(["1", "0"], 8)
    add_rows(first_sheet(book, "Peptides"), HEADING, ids(8), peptides("legend", 8), labels)
    add_rows(book.create_sheet("Legend"), ("Code", "Meaning"), ["1", "0"], ["antimicrobial", "not antimicrobial"])


@workbook("hidden_sheet.xlsx")
def fill_hidden_sheet(book: Workbook) -> None:
    labels = in_turn(["a", "b"], 6)
    hidden = first_sheet(book, "old")
    add_rows(hidden, HEADING, ids(6, 101), peptides("hidden", 6), labels)
    add_rows(book.create_sheet("current"), HEADING, ids(6), peptides("shown", 6), labels)
    hidden.sheet_state = "hidden"
    book.active = 1


@workbook("empty_first_sheet.xlsx")
def fill_empty_first_sheet(book: Workbook) -> None:
    first_sheet(book)
    add_rows(book.create_sheet("Sheet2"), HEADING, ids(6), peptides("second", 6), in_turn(["a", "b"], 6))


@workbook("merged_labels.xlsx")
def fill_merged_labels(book: Workbook) -> None:
    sheet = first_sheet(book)
    labels: list[object] = ["bacteria", None, None, None, "fungi", None, None, None]
    add_rows(sheet, ("label", "id", "sequence"), labels, ids(8), peptides("merged", 8))
    sheet.merge_cells("A2:A5")
    sheet.merge_cells("A6:A9")


@workbook("merged_heading.xlsx")
def fill_merged_heading(book: Workbook) -> None:
    sheet = first_sheet(book)
    sheet.append(["Peptide", None, "Result"])
    add_rows(sheet, ("Name", "Sequence", "Class"), ids(6), peptides("heading", 6), in_turn(["a", "b"], 6))
    sheet.merge_cells("A1:B1")


@workbook("formula_sequences.xlsx")
def fill_formula_sequences(book: Workbook) -> None:
    sheet = first_sheet(book)
    add_rows(sheet, HEADING, ids(4), [f"=UPPER(F{row})" for row in range(2, 6)], in_turn(["a", "b"], 4))


@workbook("formula_labels.xlsx")
def fill_formula_labels(book: Workbook) -> None:
    formulas = [f'=IF(LEN(B{row})>17,"long","short")' for row in range(2, 8)]
    add_rows(first_sheet(book), HEADING, ids(6), peptides("formula labels", 6), formulas)


@workbook("dates_as_ids.xlsx")
def fill_dates_as_ids(book: Workbook) -> None:
    names: list[object] = ["TP53", date(2024, 9, 2), "KRAS", date(2024, 3, 1), "ALK", "MET"]
    add_rows(first_sheet(book), ("gene", "sequence", "label"), names, peptides("dates", 6), in_turn(["a", "b"], 6))


@workbook("numbers_as_text.xlsx")
def fill_numbers_as_text(book: Workbook) -> None:
    names = [f"{number:05d}" for number in range(1, 7)]
    add_rows(first_sheet(book), HEADING, names, peptides("numbers", 6), in_turn(["1", "0"], 6))


@workbook("numbers_as_numbers.xlsx")
def fill_numbers_as_numbers(book: Workbook) -> None:
    names: list[object] = [1001, 1002, 1003.0, 1004, 1005, 1006.0]
    add_rows(first_sheet(book), HEADING, names, peptides("floats", 6), in_turn([1.0, 0, 1, 0.0], 6))


@workbook("error_cells.xlsx")
def fill_error_cells(book: Workbook) -> None:
    labels: list[object] = ["pos", "neg", "pos", "neg", "pos", "neg", "#N/A", "#REF!", "#N/A"]
    add_rows(first_sheet(book), HEADING, ids(9), peptides("errors", 9), labels)


@workbook("truth_values.xlsx")
def fill_truth_values(book: Workbook) -> None:
    add_rows(first_sheet(book), HEADING, ids(6), peptides("truth", 6), in_turn([True, False], 6))


@workbook("table_off_the_corner.xlsx")
def fill_table_off_the_corner(book: Workbook) -> None:
    sheet = first_sheet(book)
    rows = [HEADING, *zip(ids(6), peptides("corner", 6), in_turn(["a", "b"], 6), strict=True)]
    for down, cells in enumerate(rows, 5):
        for right, cell in enumerate(cells, 3):
            sheet.cell(down, right, cell)


@workbook("title_and_notes.xlsx")
def fill_title_and_notes(book: Workbook) -> None:
    sheet = first_sheet(book, "Table S1")
    sheet.append(["Table S1. Peptides and their activity against E. coli"])
    sheet.append([])
    add_rows(sheet, HEADING, ids(6), peptides("notes", 6), in_turn(["active", "inactive"], 6))
    sheet.append([])
    sheet.append(["Active: MIC below 16 µg/ml."])
    sheet.merge_cells("A1:C1")


@workbook("measured_values.xlsx")
def fill_measured_values(book: Workbook) -> None:
    chance = random.Random("values")
    values: list[object] = [round(chance.uniform(4, 9), 3) for _ in range(24)]
    add_rows(first_sheet(book), ("id", "sequence", "target"), ids(24), peptides("measured", 24), values)


@workbook("chinese.xlsx")
def fill_chinese(book: Workbook) -> None:
    labels = in_turn(["抗菌肽", "非抗菌肽"], 6)
    splits: list[object] = ["训练", "训练", "训练", "训练", "测试", "测试"]
    add_rows(
        first_sheet(book, "数据"),
        ("编号", "序列", "类别", "数据集"),
        ids(6, 1, "肽"),
        peptides("中文", 6),
        labels,
        splits,
    )


@workbook("pandas_index.xlsx")
def fill_pandas_index(book: Workbook) -> None:
    index: list[object] = list(range(6))
    labels = in_turn(["a", "b"], 6)
    add_rows(first_sheet(book), (None, *HEADING), index, ids(6), peptides("pandas", 6), labels)


@workbook("pair_of_chains.xlsx")
def fill_pair_of_chains(book: Workbook) -> None:
    heavy = ["EVQLVESGG" + letters for letters in peptides("heavy chain", 6)]
    light = ["DIQMTQSPS" + letters for letters in peptides("light chain", 6)]
    add_rows(first_sheet(book), ("id", "VH", "VL", "label"), ids(6), heavy, light, in_turn(["binder", "none"], 6))


@workbook("empty_rows_and_columns.xlsx")
def fill_empty_rows_and_columns(book: Workbook) -> None:
    sheet = first_sheet(book)
    add_rows(sheet, HEADING, ids(6), peptides("empty rows", 6), in_turn(["a", "b"], 6))
    sheet.insert_rows(4)
    sheet.insert_cols(2)
    sheet["J40"].number_format = "0.00"


@workbook("line_breaks_in_cells.xlsx")
def fill_line_breaks_in_cells(book: Workbook) -> None:
    broken = [letters[:8] + "\n" + letters[8:] for letters in peptides("broken cells", 6)]
    add_rows(first_sheet(book), HEADING, ids(6), broken, in_turn(["a", "b"], 6))


@workbook("no_sequences.xlsx")
def fill_no_sequences(book: Workbook) -> None:
    add_rows(first_sheet(book), ("sample", "height", "weight"), ids(4), ["12", "14", "11", "9"], ["3", "4", "3", "2"])


@workbook("labels_of_fasta.xlsx")
def fill_labels_of_fasta(book: Workbook) -> None:
    first_sheet(book, "Notes").append(["Labels were given by two people."])
    names = [f"WP_{number:06d}" for number in range(1, 9)]
    add_rows(book.create_sheet("Labels"), ("Protein ID", "Class"), names, in_turn(["a", "b"], 8))


@workbook("formula_with_values.xlsx")
def fill_formula_with_values(book: Workbook) -> None:
    fill_formula_labels(book)


def store_values(sheet: str) -> str:
    """Put values beside the formulas of column C, as a spreadsheet that computed them does."""
    lengths = {str(row): len(letters) for row, letters in enumerate(peptides("formula labels", 6), 2)}

    def with_value(match: re.Match[str]) -> str:
        value = "long" if lengths[match[1]] > 17 else "short"
        return f'<c r="C{match[1]}" t="str"><f>{match[2]}</f><v>{value}</v></c>'

    return re.sub(r'<c r="C(\d+)"><f>(.*?)</f><v ?(?:/>|></v>)</c>', with_value, sheet)


def tidy(path: Path) -> None:
    """Pack a workbook again without the time of writing, so that it is the same whenever it is written."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    stamp = "{}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*WRITTEN)
    members["docProps/core.xml"] = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", stamp, members["docProps/core.xml"])
    if path.name == "formula_with_values.xlsx":
        members["xl/worksheets/sheet1.xml"] = store_values(members["xl/worksheets/sheet1.xml"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, WRITTEN), content, zipfile.ZIP_DEFLATED)


def write_workbooks(folder: Path = FOLDER) -> list[Path]:
    """Write all workbooks into a folder."""
    for name, fill in MAKERS.items():
        book = Workbook()
        fill(book)
        book.save(folder / name)
        tidy(folder / name)
    return [folder / name for name in MAKERS]


if __name__ == "__main__":
    write_workbooks()
