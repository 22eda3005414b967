"""Files become one data set: labels from headers, file names, columns or a sheet, and nothing changes in silence."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from Bio import SeqIO
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Split
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import Reading, ReadOptions, expand_paths, read_files, read_parts
from bioseq.sequences.sniffing import classify, sniff

PLAIN = ">a\nACGTACGTACGTACGTACGTACGTACGTACGT\n>b\nGGCCGGCCTTGGCCGGCCTTGGCCGGCCTTAA\n"
CSV = "id,sequence\ne,ACGTNNRY\nf,acgu\n"
SAMPLES = Path(__file__).parents[3] / "resources" / "samples"


def read(*paths: Path, options: ReadOptions | None = None, molecule: Molecule | None = None) -> Reading:
    return read_files([FileRequest(str(path)) for path in paths], options, molecule=molecule)


def made(folder: Path, name: str, text: str = PLAIN) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def parsed(path: Path, form: str) -> list[SeqRecord]:
    with path.open(encoding="utf-8") as file:
        return list(SeqIO.parse(file, form))


def labels(reading: Reading) -> list[str | None]:
    return [reading.dataset.label_names[code] if code >= 0 else None for code in reading.dataset.labels.tolist()]


def codes(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("form", ["fasta", "fasta-2line", "fastq", "genbank", "embl"])
def test_random_files_give_the_records_that_biopython_gives(form: str, seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    path = tmp_path / "random.txt"
    records = []
    for number in range(generator.randint(1, 30)):
        sequence = "".join(generator.choices("ACGTN", k=generator.randint(1, 300)))
        record = SeqRecord(Seq(sequence), id=f"r{number}.1", description=f"words of {number}")
        record.annotations["molecule_type"] = "DNA"
        if form == "fastq":
            record.letter_annotations["phred_quality"] = [30] * len(sequence)
        records.append(record)
    SeqIO.write(records, path, form)
    expected = [(record.id, str(record.seq)) for record in parsed(path, form)]
    dataset = read(path).dataset
    assert [(dataset.ids[row], dataset.sequence(row)) for row in range(len(dataset))] == expected


@pytest.mark.parametrize("sample", ["splice_junctions", "promoters", "antimicrobial_peptides", "m1a_sites"])
def test_the_bundled_samples_give_the_records_that_biopython_gives(sample: str) -> None:
    path = SAMPLES / f"{sample}.fasta"
    reading = read(path)
    expected = [(record.id, str(record.seq)) for record in parsed(path, "fasta")]
    dataset = reading.dataset
    words = ["?", "train", "val", "test"]
    rebuilt = [(f"{dataset.ids[row]}|{label}", dataset.sequence(row)) for row, label in enumerate(labels(reading))]
    assert rebuilt == [(identity.rsplit("|", 1)[0], sequence) for identity, sequence in expected]
    assert all(
        identity.rsplit("|", 1)[1].startswith(words[split])
        for (identity, _), split in zip(expected, dataset.splits.tolist(), strict=True)
    )
    assert reading.sources[0].label_source == "header"


@given(data=st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused_in_one_sentence(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "data"
    path.write_bytes(data)
    assert classify(path) in ("sequences", "config", "bundle", "unknown")
    try:
        reading = read(path)
    except BioseqError as error:
        assert error.where  # noqa: PT017
        assert error.remedy  # noqa: PT017
    else:
        assert len(reading.dataset) > 0


starts = st.sampled_from(["@r\nACGT\n+\nIIII\n", "LOCUS  x", "ID   X;", "id,sequence\n", "PK\x03\x04", ">a\n", "seq\n"])


@given(start=starts, rest=st.text(st.sampled_from("ACGT@+I\n,;\t\"'/|>x9 "), max_size=120))
@settings(max_examples=200)
def test_files_that_begin_well_and_go_wrong_are_read_or_refused(
    start: str, rest: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("wrong") / "data"
    path.write_text(start + rest, encoding="utf-8")
    try:
        reading = read(path)
    except BioseqError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert len(reading.dataset.ids) == len(reading.dataset)


def test_a_reading_knows_how_often_each_letter_occurs_in_all_its_files(tmp_path: Path) -> None:
    files = [made(tmp_path, "a.fa"), made(tmp_path, "b.fa", ">c\nAC GT\nnn-\n>d\n"), made(tmp_path, "c.csv", CSV)]
    requests = [FileRequest(str(path)) for path in files]
    for dataset in (read_files(requests).dataset, *read_parts(requests)):
        assert dataset.counts is not None
        assert np.array_equal(dataset.counts, np.bincount(dataset.letters, minlength=256))


def test_one_file_per_class_gives_labels_by_their_names(tmp_path: Path) -> None:
    reading = read(made(tmp_path, "human_positive.fa"), made(tmp_path, "human_negative.fa"))
    assert labels(reading) == ["positive"] * 2 + ["negative"] * 2
    assert "labels_from_file_names" in codes(reading)
    assert [source.label_source for source in reading.sources] == ["file", "file"]


def test_file_names_give_class_and_split_at_once(tmp_path: Path) -> None:
    names = ["train_pos.fa", "train_neg.fa", "test_pos.fa", "test_neg.fa"]
    reading = read(*(made(tmp_path, name) for name in names))
    assert labels(reading) == [word for word in ("pos", "neg", "pos", "neg") for _ in range(2)]
    assert reading.dataset.splits.tolist() == [1] * 4 + [3] * 4
    assert [source.role for source in reading.sources] == ["train", "train", "test", "test"]


def test_names_that_tell_only_a_split_give_no_labels(tmp_path: Path) -> None:
    reading = read(made(tmp_path, "train.fa"), made(tmp_path, "test.fa"))
    assert reading.dataset.label_names == ()


def test_a_file_named_test_sets_the_split_of_labelled_records(tmp_path: Path) -> None:
    table = "id,sequence,label\na,ACGTACGTAC,x\nb,GGCCGGCCTT,y\n"
    reading = read(made(tmp_path, "train.csv", table), made(tmp_path, "test.csv", table))
    assert reading.dataset.splits.tolist() == [1, 1, 3, 3]


def test_one_unlabelled_file_gets_no_label_from_its_name(tmp_path: Path) -> None:
    reading = read(made(tmp_path, "positive.fa"))
    assert labels(reading) == [None, None]
    assert reading.sources[0].label_source == "none"


def test_files_to_predict_get_no_labels_from_their_names(tmp_path: Path) -> None:
    paths = [made(tmp_path, "first.fa"), made(tmp_path, "second.fa")]
    reading = read_files([FileRequest(str(path), role="predict") for path in paths])
    assert reading.dataset.label_names == ()


def test_what_the_person_says_of_a_file_counts_and_is_said(tmp_path: Path) -> None:
    path = made(tmp_path, "set.fa", ">a|1|train\nACGT\n>b|0|test\nGGCC\n")
    reading = read_files([FileRequest(str(path), role="test", label="1")])
    assert labels(reading) == ["1", "1"]
    assert reading.dataset.splits.tolist() == [3, 3]
    assert {"label_of_file_counts", "role_of_file_counts"} <= codes(reading)


def test_labels_come_from_a_sheet(tmp_path: Path) -> None:
    sheet = made(tmp_path, "labels.tsv", "accession\tclass\nb\tyes\na\tno\n")
    reading = read(made(tmp_path, "set.fa"), options=ReadOptions(label_sheet=sheet))
    assert labels(reading) == ["no", "yes"]
    assert reading.sources[0].label_source == "sheet"


def test_a_sheet_without_column_names_is_understood(tmp_path: Path) -> None:
    sheet = made(tmp_path, "labels.csv", "a,no\nb,yes\n")
    assert labels(read(made(tmp_path, "set.fa"), options=ReadOptions(label_sheet=sheet))) == ["no", "yes"]


def test_a_sheet_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    sheet = made(tmp_path, "labels.csv", "id,label\na,no\na,yes\n")
    with pytest.raises(BioseqError, match="two labels"):
        read(made(tmp_path, "set.fa"), options=ReadOptions(label_sheet=sheet))


def test_a_sheet_of_other_records_is_pointed_out(tmp_path: Path) -> None:
    sheet = made(tmp_path, "labels.csv", "id,label\nx,no\ny,yes\n")
    assert "sheet_does_not_match" in codes(read(made(tmp_path, "s.fa"), options=ReadOptions(label_sheet=sheet)))


def test_labels_can_be_left_aside(tmp_path: Path) -> None:
    path = made(tmp_path, "set.fa", ">a|1|train\nACGT\n>b|0|test\nGGCC\n")
    assert labels(read(path, options=ReadOptions(label_source="none"))) == [None, None]
    with pytest.raises(BioseqError, match="none is named"):
        read(path, options=ReadOptions(label_source="sheet"))


def test_named_columns_count_and_a_wrong_name_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    path = made(tmp_path, "t.csv", "key,first,second,kind\na,ACGTACGTAC,GGGGGGGGGG,x\nb,CCCCCCCCCC,TTTTTTTTTT,y\n")
    chosen = ReadOptions(id_column="key", sequence_column="second", label_column="kind")
    reading = read(path, options=chosen)
    assert reading.dataset.sequence(0) == "GGGGGGGGGG"
    assert labels(reading) == ["x", "y"]
    assert list(reading.dataset.ids) == ["a", "b"]
    with pytest.raises(BioseqError, match="key, first, second, kind"):
        read(path, options=ReadOptions(sequence_column="third"))


def test_a_workbook_is_read(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (
        ["Name", "Sequence", "Class", "Set"],
        ["a", "MKVLLAGIVWQ", 1, "train"],
        ["b", "MKLPEF IQRW", 2, "test"],
    ):
        book.active.append(row)
    book.save(tmp_path / "set.bin")
    reading = read(tmp_path / "set.bin")
    assert labels(reading) == ["1", "2"]
    assert reading.dataset.splits.tolist() == [1, 3]
    assert reading.sources[0].format == "xlsx"
    assert reading.dataset.lines.tolist() == [2, 3]
    assert reading.molecule is Molecule.PROTEIN


def test_several_files_stand_one_after_the_other(tmp_path: Path) -> None:
    first = made(tmp_path, "x.fa", ">a|10|train\nACGT\n>b|2|train\nacgt\n")
    second = made(tmp_path, "y.fa", ">c|2|test one\nGGC1\n")
    reading = read(first, second)
    dataset = reading.dataset
    assert dataset.label_names == ("2", "10")
    assert labels(reading) == ["10", "2", "2"]
    assert dataset.source_starts.tolist() == [0, 2, 3]
    assert list(dataset.descriptions) == ["", "", "one"]
    assert [source.records for source in reading.sources] == [2, 1]
    assert reading.sources[0].label_counts == {"2": 1, "10": 1}
    assert reading.sources[1].split_counts == {"test": 1}
    assert {f.code for f in reading.sources[1].findings} >= {"illegal_letters"}
    assert "illegal_letters" not in {f.code for f in reading.sources[0].findings}


def test_an_unlabelled_file_among_labelled_ones_is_taken_for_prediction(tmp_path: Path) -> None:
    reading = read(made(tmp_path, "x.fa", ">a|1|train\nACGT\n>b|0|train\nGGCC\n"), made(tmp_path, "new.fa"))
    assert [source.role for source in reading.sources] == ["train", "predict"]


def test_proteins_among_dna_are_pointed_out(tmp_path: Path) -> None:
    reading = read(made(tmp_path, "x.fa"), made(tmp_path, "y.fa", ">p\nMKVLLAGIVWQMKLPEFIQRW\n"))
    assert "molecules_differ" in codes(reading)


def test_nucleotide_letters_in_a_protein_file_are_an_open_question(tmp_path: Path) -> None:
    path = made(tmp_path, "set.faa", ">a\n" + "GATAGATACAGGATAC" * 20 + "\n")
    assert "molecule_uncertain" in codes(read(path))
    overridden = read(path, molecule=Molecule.PROTEIN)
    assert overridden.molecule is Molecule.PROTEIN
    assert overridden.molecule_confidence == 1.0
    assert "molecule_uncertain" not in codes(overridden)


def test_progress_rises_to_the_whole_and_may_end_the_reading(tmp_path: Path) -> None:
    paths = [made(tmp_path, "a.fa"), made(tmp_path, "b.fa")]
    told: list[tuple[int, int]] = []
    requests = [FileRequest(str(path)) for path in paths]
    read_files(requests, progress=lambda done, total: told.append((done, total)))
    total = sum(path.stat().st_size for path in paths)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (total, total)

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_files(requests, progress=cancel)


def test_a_reading_can_be_saved_and_opened_by_another_process(tmp_path: Path) -> None:
    dataset = read(made(tmp_path, "set.fa", ">a|1|train x\nACGT\n>b|0|test\nGGCC\n")).dataset
    dataset.save(tmp_path / "dataset")
    opened = type(dataset).open(tmp_path / "dataset")
    assert list(opened.ids) == ["a", "b"]
    assert np.array_equal(opened.letters, dataset.letters)
    assert opened.splits.tolist() == [Split.TRAIN, Split.TEST]


def test_no_files_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="No files"):
        read_files([])
    with pytest.raises(BioseqError, match="cannot be found"):
        read(tmp_path / "none.fa")
    with pytest.raises(BioseqError, match="folder"):
        read(tmp_path)


def test_folders_are_expanded_to_the_files_of_sequences_in_them(tmp_path: Path) -> None:
    wanted = [made(tmp_path, "in/a2.fa"), made(tmp_path, "in/a10.fa"), made(tmp_path, "in/deep/b.txt")]
    made(tmp_path, "in/.hidden.fa")
    made(tmp_path, "in/notes.md", "# Notes\n")
    assert expand_paths([tmp_path / "in", wanted[0]]) == wanted
    made(tmp_path, "in/runs/first/config.toml", "schema = 1\n")
    made(tmp_path, "in/runs/first/events.jsonl", "{}\n")
    made(tmp_path, "in/runs/first/data/table.fa")
    made(tmp_path, "in/search/study.toml", "[study]\n")
    made(tmp_path, "in/search/data/fold_1.fa")
    assert expand_paths([tmp_path / "in"]) == wanted
    with pytest.raises(BioseqError, match="runs and studies are passed over"):
        expand_paths([tmp_path / "in" / "search"])
    made(tmp_path, "other/notes.md", "# Notes\n")
    with pytest.raises(BioseqError, match="holds no file"):
        expand_paths([tmp_path / "other"])
    with pytest.raises(BioseqError, match="no such file"):
        expand_paths([tmp_path / "none"])


def test_things_are_classified_for_a_hovering_file(tmp_path: Path) -> None:
    import zipfile

    config = made(tmp_path, "x.toml", "# My run\nschema = 1\n\n[data]\nmolecule = 'dna'\n")
    with zipfile.ZipFile(tmp_path / "m.bioseq", "w") as archive:
        archive.writestr("bundle.json", "{}")
    made(tmp_path, "run/config.toml", "schema = 1\n")
    made(tmp_path, "run/events.jsonl", "{}\n")
    made(tmp_path, "study/study.toml", "[study]\n")
    made(tmp_path, "both/config.toml", "schema = 1\n")
    made(tmp_path, "both/a.fa")
    assert classify(config) == "config"
    assert classify(tmp_path / "m.bioseq") == "bundle"
    assert classify(tmp_path / "run") == "run"
    assert classify(tmp_path / "study") == "study"
    assert classify(tmp_path / "both") == "unknown"
    assert classify(made(tmp_path, "a.anything")) == "sequences"
    assert classify(made(tmp_path, "a.md", "# Words\n")) == "unknown"
    assert classify(tmp_path / "none") == "unknown"
    with pytest.raises(BioseqError, match="trained model"):
        sniff(tmp_path / "m.bioseq")


def table_and_fasta(folder: Path, sheet: str, *, name: str = "labels.csv") -> list[FileRequest]:
    """Eight records without labels, and a table beside them."""
    (folder / "plain.fa").write_text("".join(f">s{n}\n{'ACGT' * 5}{'ACGT'[n % 4] * (n + 1)}\n" for n in range(8)))
    (folder / name).write_text(sheet)
    return [FileRequest(str(folder / name)), FileRequest(str(folder / "plain.fa"))]


LABELS = "".join(f"s{n},{'ab'[n % 2]}\n" for n in range(8))


@pytest.mark.parametrize("heading", ["id,label", "Sequence ID,Class", "accession,type", "gene_id,target"])
def test_a_table_without_sequences_beside_a_fasta_is_its_label_sheet(tmp_path: Path, heading: str) -> None:
    requests = table_and_fasta(tmp_path, f"{heading}\n{LABELS}")
    reading = read_files(requests)
    assert reading.label_sheet == requests[0].path
    assert [source.path for source in reading.sources] == [requests[1].path]
    assert [source.label_source for source in reading.sources] == ["sheet"]
    names = reading.dataset.label_names
    assert [names[code] for code in reading.dataset.labels] == ["a", "b"] * 4
    (finding,) = [one for one in reading.findings if one.code == "label_sheet_found"]
    assert "'labels.csv'" in finding.message
    assert "8 of 8 records" in finding.message


def test_a_table_with_sequences_beside_a_fasta_is_no_label_sheet(tmp_path: Path) -> None:
    rows = "".join(f"t{n},{'GATTACA' * 3},{'ab'[n % 2]}\n" for n in range(4))
    reading = read_files(table_and_fasta(tmp_path, f"id,sequence,label\n{rows}"))
    assert reading.label_sheet == ""
    assert len(reading.sources) == 2


@pytest.mark.parametrize(
    ("sheet", "options"),
    [
        ("weight,colour\n" + "".join(f"{n},red\n" for n in range(8)), None),
        (f"id,label\n{LABELS}", ReadOptions(label_source="header")),
    ],
)
def test_a_table_without_sequences_that_tells_no_labels_is_refused(
    tmp_path: Path, sheet: str, options: ReadOptions | None
) -> None:
    with pytest.raises(BioseqError) as refusal:
        read_files(table_and_fasta(tmp_path, sheet), options)
    assert refusal.value.code == "data.no_sequence_column"


def test_headers_of_two_parts_in_one_file_per_class_give_the_classes_behind_the_bars(tmp_path: Path) -> None:
    for name in ("pos", "neg"):
        records = "".join(f">{name}{n}|{name.upper()}\n{'ACGT' * 5}{'ACGT'[n % 4] * (n + 1)}\n" for n in range(4))
        (tmp_path / f"{name}.fa").write_text(records)
    reading = read_files([FileRequest(str(tmp_path / "pos.fa")), FileRequest(str(tmp_path / "neg.fa"))])
    assert reading.dataset.label_names == ("NEG", "POS")
    assert [source.label_source for source in reading.sources] == ["header", "header"]
    assert list(reading.dataset.ids)[:2] == ["pos0", "pos1"]


def test_headers_of_two_parts_are_left_alone_where_labels_are_to_come_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "x.fa").write_text("".join(f">s{n}|{n % 2}\n{'ACGT' * 5}\n" for n in range(8)))
    requests = [FileRequest(str(tmp_path / "x.fa"))]
    assert read_files(requests).dataset.ids[0] == "s0"
    assert read_files(requests, ReadOptions(label_source="none")).dataset.ids[0] == "s0|0"
    assert not read_files(requests, ReadOptions(label_source="none")).dataset.label_names
