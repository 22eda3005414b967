"""Labels as people write them: marks of missing values, spellings, measured numbers, label sheets, names of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.file_names import find_labels, find_splits
from bioseq.sequences.files import FileRequest
from bioseq.sequences.label_findings import find_label_oddities, group_spellings
from bioseq.sequences.label_sheets import match_ids
from bioseq.sequences.label_texts import LabelRules, list_cut_names, name_cut, parse_cuts, parse_number
from bioseq.sequences.missing_labels import find_missing_marks
from bioseq.sequences.reading import Reading, ReadOptions, read_files
from bioseq.sequences.strand_twins import find_strand_twins

if TYPE_CHECKING:
    from pathlib import Path

PEPTIDE = "MKTAYIAKQRQISFVKSHFS"


def read(tmp_path: Path, names: list[str], **options: Any) -> Reading:
    path = tmp_path / "t.csv"
    rows = "".join(f"s{number},{PEPTIDE}{'ACDEFGHIKL'[number % 10]},{name}\n" for number, name in enumerate(names))
    path.write_text("id,sequence,label\n" + rows, encoding="utf-8")
    return read_files([FileRequest(str(path))], ReadOptions(**options))


def labels(reading: Reading) -> list[str | None]:
    names = reading.dataset.label_names
    return [names[code] if code >= 0 else None for code in reading.dataset.labels.tolist()]


def codes(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings}


@pytest.mark.parametrize(
    ("written", "marks", "classes"),
    [
        (["pos", "neg", "NaN", "N/A", "?", "#N/A", "None", "-"], {"NaN", "N/A", "?", "#N/A", "None", "-"}, set()),
        (["EU", "AS", "AF", "NA"], set(), {"NA"}),
        (["pos", "neg", "NA"], {"NA"}, set()),
        (["+", "-"], set(), {"-"}),
        (["+", "++", "-"], set(), {"-"}),
        (["toxic", "none"], set(), {"none"}),
    ],
)
def test_marks_of_missing_values_are_no_classes(written: list[str], marks: set[str], classes: set[str]) -> None:
    assert find_missing_marks(written) == (marks, classes)


def test_missing_labels_are_told(tmp_path: Path) -> None:
    reading = read(tmp_path, ["pos", "neg", "NaN", "pos", "neg"])
    assert labels(reading) == ["pos", "neg", None, "pos", "neg"]
    assert "missing_label_marks" in codes(reading)


def test_the_same_text_in_unicode_is_one_class(tmp_path: Path) -> None:
    reading = read(tmp_path, ["gr\u00fcn", "gru\u0308n", "blau", "blau"])
    assert reading.dataset.label_names == ("blau", "gr\u00fcn")


def test_spellings_of_one_class_are_told_and_not_joined(tmp_path: Path) -> None:
    reading = read(tmp_path, ["Positive", "positive", "negative", "nega tive"])
    assert len(reading.dataset.label_names) == 4
    assert "label_spellings" in codes(reading)


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["1", "1.0", "01", "-1"], [["1", "1.0", "01"]]),
        (["A", "\u0410", "B"], [["A", "\u0410"]]),
        (["+", "-"], []),
        (["non-AMP", "nonAMP", "AMP"], [["non-AMP", "nonAMP"]]),
        (["a1", "a2"], []),
    ],
)
def test_spellings_of_one_class_are_found(names: list[str], groups: list[list[str]]) -> None:
    assert group_spellings(names) == groups


def test_the_person_joins_renames_and_leaves_out(tmp_path: Path) -> None:
    rules = LabelRules({"pos": "AMP", "Pos": "AMP", "odd": ""})
    reading = read(tmp_path, ["pos", "Pos", "neg", "odd"], rules=rules)
    assert labels(reading) == ["AMP", "AMP", "neg", None]
    assert reading.sources[0].written_labels == {"pos": 1, "Pos": 1, "neg": 1, "odd": 1}


def test_measured_numbers_are_told_and_cut(tmp_path: Path) -> None:
    numbers = [f"{0.5 + number / 7:.3f}" for number in range(40)]
    reading = read(tmp_path, numbers)
    (finding,) = [finding for finding in reading.findings if finding.code == "measured_labels"]
    assert "40 different numbers from 0.5 to 6.071" in finding.message
    assert "few_per_class" not in codes(reading)
    cut = read(tmp_path, numbers, rules=LabelRules(cuts=(2.0, 4.0)))
    assert cut.dataset.label_names == tuple(sorted(list_cut_names((2.0, 4.0)), key=cut.dataset.label_names.index))
    assert labels(cut)[0] == "under 2"
    assert labels(cut)[-1] == "4 and more"
    assert labels(cut)[15] == "2 to 4"


def test_classes_that_are_whole_numbers_are_no_measured_values() -> None:
    dataset = Dataset.from_records(["ACGT"] * 90, labels=[str(number % 9) for number in range(90)])
    assert not list(find_label_oddities(dataset))


def test_a_value_at_a_cut_belongs_to_the_class_above() -> None:
    assert [name_cut(value, (5.0,)) for value in (4.999, 5.0)] == ["under 5", "5 and more"]
    assert parse_cuts("7.5; 5") == (5.0, 7.5)
    assert (parse_number("3,5"), parse_number("\u22122"), parse_number("nan"), parse_number("x")) == (
        3.5,
        -2,
        None,
        None,
    )
    with pytest.raises(ValueError, match="cuts must be numbers"):
        parse_cuts("5 5")


def test_several_labels_in_one_are_told() -> None:
    names = ["nuc", "cyt", "nuc;cyt", "cyt;mem", "mem", "nuc;mem"]
    dataset = Dataset.from_records(["ACGT"] * 60, labels=names * 10)
    (finding,) = find_label_oddities(dataset)
    assert finding.code == "several_labels"
    assert "'nuc', 'cyt', 'mem'" in finding.remedy or "'mem'" in finding.remedy


# ------------------------------------------------------------------ sheets


@pytest.mark.parametrize(
    ("sheet", "ids", "how"),
    [
        (["a", "b"], ["a", "b"], ""),
        (["NM_0001", "NM_0002"], ["NM_0001.2", "NM_0002.11"], "without the version behind the point"),
        (["P04637", "P38398"], ["sp|P04637|P53_HUMAN", "sp|P38398|BRCA1_HUMAN"], "by a part of the id between bars"),
        (["abc", "DEF"], ["ABC", "def"], "whatever their case"),
    ],
)
def test_ids_that_differ_in_form_are_matched(sheet: list[str], ids: list[str], how: str) -> None:
    assert match_ids(dict(zip(sheet, ["x", "y"], strict=True)), ids) == (["x", "y"], how)


def test_a_loose_match_that_is_not_clear_tells_nothing() -> None:
    assert match_ids({"A.1": "x", "A.2": "y"}, ["A.3"]) == ([""], "")


def test_the_label_column_that_was_named_counts(tmp_path: Path) -> None:
    (tmp_path / "s.fa").write_text(f">a\n{PEPTIDE}\n>b\n{PEPTIDE}W\n")
    (tmp_path / "sheet.csv").write_text("strain,group,clade\na,x,A\nb,y,B\n")
    fasta = [FileRequest(str(tmp_path / "s.fa"))]
    reading = read_files(fasta, ReadOptions(label_sheet=tmp_path / "sheet.csv", label_column="clade"))
    assert labels(reading) == ["A", "B"]
    with pytest.raises(BioseqError, match="no column 'country'"):
        read_files(fasta, ReadOptions(label_sheet=tmp_path / "sheet.csv", label_column="country"))


def test_a_label_sheet_may_stand_on_any_worksheet(tmp_path: Path) -> None:
    (tmp_path / "s.fa").write_text(f">a\n{PEPTIDE}\n>b\n{PEPTIDE}W\n")
    book = Workbook()
    about = book.active
    assert about is not None
    about.append(["How the strains were tested"])
    for row in (["strain", "class"], ["a", "A"], ["b", "B"]):
        (book["labels"] if "labels" in book.sheetnames else book.create_sheet("labels")).append(row)
    book.save(tmp_path / "labels.xlsx")
    reading = read_files([FileRequest(str(tmp_path / name)) for name in ("s.fa", "labels.xlsx")])
    assert labels(reading) == ["A", "B"]
    assert reading.label_sheet == str(tmp_path / "labels.xlsx")


# ------------------------------------------------------------------ headers and names of files


def test_a_class_may_hold_a_blank(tmp_path: Path) -> None:
    (tmp_path / "s.fa").write_text(f">s0|cell membrane|train\n{PEPTIDE}\n>s1|nucleus|test\n{PEPTIDE}W\n")
    reading = read_files([FileRequest(str(tmp_path / "s.fa"))])
    assert list(reading.dataset.ids) == ["s0", "s1"]
    assert labels(reading) == ["cell membrane", "nucleus"]
    assert reading.dataset.splits.tolist() == [Split.TRAIN, Split.TEST]


def test_blanks_around_a_class_are_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "s.fa").write_text(f">s0|pos|train\n{PEPTIDE}\n>s1| pos |train\n{PEPTIDE}W\n>s2|neg |test\n{PEPTIDE}\n")
    reading = read_files([FileRequest(str(tmp_path / "s.fa"))])
    assert list(reading.dataset.ids) == ["s0", "s1", "s2"]
    assert labels(reading) == ["pos", "pos", "neg"]


def test_what_follows_the_blank_is_the_class_where_all_headers_agree(tmp_path: Path) -> None:
    names = ["enhancer", "non promoter", "promoter"] * 4
    text = "".join(f">s{n} {name}\n{PEPTIDE}{'ACDEFGHIKLMN'[n]}\n" for n, name in enumerate(names))
    (tmp_path / "s.fa").write_text(text)
    reading = read_files([FileRequest(str(tmp_path / "s.fa"))])
    assert labels(reading) == names
    assert "labels_behind_blank" in codes(reading)
    (tmp_path / "s.fa").write_text(text + f">s99 Homo sapiens hemoglobin\n{PEPTIDE}\n")
    assert labels(read_files([FileRequest(str(tmp_path / "s.fa"))])) == [None] * 13


def test_a_split_word_in_the_name_of_a_file_counts_only_beside_its_twin() -> None:
    names = ["pos_train.fa", "pos_test.fa", "neg_train.fa", "neg_test.fa"]
    splits = find_splits(names)
    assert [splits[name] for name in names] == [Split.TRAIN, Split.TEST] * 2
    assert list(find_labels(names, splits).values()) == ["pos", "pos", "neg", "neg"]
    names = ["dev_enhancers.fa", "hk_enhancers.fa"]
    assert find_splits(names) == {}
    assert list(find_labels(names, {}).values()) == ["dev", "hk"]
    assert find_splits(["train.fa", "test.fa"]) == {"train.fa": Split.TRAIN, "test.fa": Split.TEST}
    assert find_splits(["latest_set.fa", "contest_set.fa"]) == {}


# ------------------------------------------------------------------ strands


def test_reverse_complements_are_counted() -> None:
    sequences = ["AACCGGTA", "TACCGGTT", "ACGT", "AACC", "aacc", "GGUU"]
    (finding,) = find_strand_twins(Dataset.from_records(sequences), Molecule.DNA)
    assert finding.count == 2
    assert [occurrence.row for occurrence in finding.occurrences] == [1, 5]
    assert not find_strand_twins(Dataset.from_records(sequences), Molecule.PROTEIN)
    assert not find_strand_twins(Dataset.from_records(["ACGT", "ACGT"]), Molecule.DNA)
