"""Files of other kinds are named as what they are, with what to do; tables of sequences are never taken for them."""

from __future__ import annotations

import bz2
import io
import os
import random
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import ReadOptions, read_files
from bioseq.sequences.sniffing import HEAD, classify, sniff

SAMPLES = Path(__file__).parents[3] / "resources" / "samples"
SAM_ROW = "r1\t0\tchr1\t1\t60\t10M\t*\t0\t0\tACGTACGTAC\tIIIIIIIIII\n"
VCF_ROW = "chr1\t100\trs1\tACGTACGTACG\tA\t50\tPASS\tDP=10;AF=0.5\n"


def refusal(folder: Path, data: str | bytes, name: str = "data.txt") -> BioseqError:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(BioseqError) as caught:
        sniff(path)
    assert caught.value.where.startswith(str(path))
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    assert classify(path) != "sequences"
    return caught.value


TEXTS = {
    "VCF": "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\nchr1\t1\t.\tACGTACGTAC\tA\n",
    "a VCF": "#CHROM\tPOS\tID\tREF\tALT\tQUAL\nchr1\t1\t.\tACGTACGTAC\tA\t.\nchr1\t5\t.\tACGTTCGTAC\tG\t.\n",
    "VCF file": VCF_ROW + VCF_ROW.replace("ACGTACGTACG", "G"),
    "a SAM": SAM_ROW,
    "SAM file": "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:1000\n" + SAM_ROW,
    "SAM": "@SQ\tSN:chr1\tLN:1000\n@SQ\tSN:chr2\tLN:900\n",
    "GFF": "##gff-version 3\nchr1\tx\tgene\t1\t100\t.\t+\t.\tID=a\n",
    "GTF": 'chr1\tx\texon\t1\t100\t0.5\t-\t.\tgene_id "a";\nchr1\tx\tCDS\t1\t90\t.\t-\t0\tgene_id "a";\n',
    "BED": "chr1\t10\t20\tpeak1\t100\t+\nchr2\t10\t20\tpeak2\t90\t-\n",
    "BED file": "chr1\t10\t20\nchrX\t30\t50\n",
    "bedGraph": "chr1\t10\t20\t1.5\nchr1\t20\t30\t0\n",
    "genome browser": "track name=x\nchr1\t10\t20\n",
    "BLAST": "q1\ts1\t98.5\t100\t1\t0\t1\t100\t5\t104\t1e-50\t180\nq1\ts2\t90\t80\t8\t0\t1\t80\t5\t84\t2e-20\t100.5\n",
    "report of BLAST": "BLASTP 2.12.0+\n\n\nQuery= x\n\n> s1\nLength=5\n",
    "BLAST or DIAMOND": "# BLASTN 2.12.0+\n# Query: q1\n# Fields: query id\nq1\ts1\n",
    "PAF": "q\t100\t0\t100\t+\ts\t200\t5\t105\t98\t100\t60\ttp:A:P\n" * 2,
    "Kraken report": " 50.00\t10\t10\tU\t0\tunclassified\n 50.00\t10\t0\tR\t1\troot\n",
    "by Kraken": "C\tr1\t562\t100\t562:20 0:5\nU\tr2\t0\t100\t0:66\n",
    ".fai": "chr1\t1000\t6\t60\t61\nchr2\t900\t1030\t60\t61\n",
    "HMM": "HMMER3/f [3.3.2 | Nov 2020]\nNAME  x\n",
    "HMMER": "# hmmsearch :: search profile(s) against a sequence database\n# HMMER 3.3\n>> a\n",
    "MEME": "MEME version 4\n\nALPHABET= ACGT\n",
    "JASPAR": ">MA0004.1\tArnt\nA  [ 4 19 0 0 ]\nC  [16 0 20 0 ]\n",
    "MEGA": "#mega\n!Title x;\n#a\nACGT\n#b\nACGA\n",
    "Mauve": "#FormatVersion Mauve1\n#Sequence1File\ta.fa\n> 1:1-4 + a.fa\nACGT\n> 2:1-4 + b.fa\nACGA\n=\n",
    "GCG": "!!NA_SEQUENCE 1.0\nx  Length: 4  Check: 1  ..\n  1 ACGT\n",
    "protein structure": "ATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N\n" * 3,
    "(PDB)": "REMARK 1 x\nATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N\n",
    "mmCIF": "data_9ABC\n#\n_entry.id   9ABC\n",
    "Newick": "((a:0.1,b:0.2)0.9:0.1,(c,d));\n",
    "tree": "[&R] (a,(b,c));",
    "web page": "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>",
    "a web page": "\n <HTML><body>Error 404</body></HTML>",
    "UniProt XML": '<?xml version="1.0"?>\n<uniprot xmlns="http://uniprot.org/uniprot"><entry/></uniprot>',
    "Excel 2003": '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    "JSON": '{"a": ["ACGT"]}',
    "a JSON": '[{"id": 1}]',
    "RTF": "{\\rtf1\\ansi ACGT}",
    "Git LFS": "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n",
    "link": "[InternetShortcut]\nURL=https://example.org/\n",
    "BibTeX": "@article{key,\n  title = {x}\n}\n",
    "ARFF": "@relation x\n@attribute a numeric\n",
    "CD-HIT": ">Cluster 0\n0\t120aa, >sp|P0|A... *\n1\t118aa, >sp|Q0|B... at 92.37%\n>Cluster 1\n0\t5nt, >x... *\n",
    "feature table": ">Feature gb|X1|\n1\t100\tgene\n\t\t\tgene\tabc\n",
    "quality": ">r1\n40 40 38 2\n40\n>r2\n30 -5\n",
    "accession": "P12345\nQ9H0H5\nA0A024R161\n",
    "accession numbers": "NM_000546.6\nNR_029478.1\n",
    "configuration": "schema = 1\n\n[data]\nfiles = []\n",
    "OBO/GAF": "!gaf-version: 2.2\nUniProtKB\tA\n",
    "chains": "chain 4900 chrY 58368225 + 25985403 25985638 chr5 151006098 - 43257292 43257528 1\n9 1 0\n",
    "BLAT": "psLayout version 3\n\nmatch\tmis-\n",
    "mass spectra": "BEGIN IONS\nPEPMASS=400\nEND IONS\n",
    "a script": "#!/usr/bin/env python\nprint(1)\n",
    "GFF annotation": "##sequence-region chr1 1 100\nchr1\tx\tgene\t1\t100\t.\t+\t.\tID=a\n",
    "GFA": "H\tVN:Z:1.0\nS\t1\tACGT\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_of_other_kinds_are_named(name: str, tmp_path: Path) -> None:
    word = {"OBO/GAF": "GAF", "a VCF": "VCF", "a SAM": "SAM", "a web page": "web page", "a JSON": "JSON"}.get(
        name, name
    )
    for text in (TEXTS[name], TEXTS[name].replace("\n", "\r\n"), "\n" + TEXTS[name]):
        error = refusal(tmp_path, text)
        assert error.code == "data.not_understood"
        assert word in error.message
        assert error.message.startswith("This is ")


def test_a_structure_names_the_address_of_its_sequences(tmp_path: Path) -> None:
    header = f"HEADER    {'OXYGEN TRANSPORT':<40}{'13-JAN-98':<9}   1A3N\nTITLE     X\n"
    assert "https://www.rcsb.org/fasta/entry/1A3N." in refusal(tmp_path, header).remedy
    assert "https://www.rcsb.org/fasta/entry/4HHB." in refusal(tmp_path, "data_4hhb\n#\n_entry.id 4HHB\n").remedy


def test_gff_with_sequences_says_where_they_are(tmp_path: Path) -> None:
    text = TEXTS["GFF"] + "##FASTA\n>chr1\nACGT\n"
    assert "below the line '##FASTA'" in refusal(tmp_path, text).remedy


BINARIES = {
    "PDF": b"%PDF-1.7\n%\xe2\xe3",
    "picture": b"\x89PNG\r\n\x1a\n\0\0",
    "a picture": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "HDF5": b"\x89HDF\r\n\x1a\n\0",
    "NumPy array": b"\x93NUMPY\x01\0v\0{'descr'",
    "pickle": b"\x80\x04\x95\x05\0\0\0",
    "SQLite": b"SQLite format 3\0\x10\0",
    "BAM": b"BAM\x01\0\0",
    "CRAM": b"CRAM\x03\0",
    "2bit": b"\x43\x27\x41\x1a\0\0\0\0",
    "ABI": b"ABIF\0\x65tdir",
    "SnapGene": b"\t\0\0\0\x0eSnapGene\0\x01",
    "Parquet": b"PAR1\x15\0\x15",
    "program": b"MZ\x90\0\x03\0",
    "7z": b"7z\xbc\xaf\x27\x1c\0\x04",
    "RAR": b"Rar!\x1a\x07\0",
    "compress": b"\x1f\x9d\x90abc",
    "macOS": b"\0\x05\x16\x07\0\x02\0\0",
    "R (RDS)": b"X\n\0\0\0\x03\0",
    "bigWig": b"\x26\xfc\x8f\x88\x04\0",
}


@pytest.mark.parametrize("name", BINARIES)
def test_binary_files_are_named(name: str, tmp_path: Path) -> None:
    error = refusal(tmp_path, BINARIES[name] + bytes(range(256)))
    assert name.removeprefix("a ") in error.message


@pytest.mark.parametrize(
    ("stream", "word"),
    [
        ("Workbook", "old Excel workbook"),
        ("WordDocument", "old Word"),
        ("EncryptedPackage", "password"),
        ("x", "Office"),
    ],
)
def test_old_office_files_are_told_apart(stream: str, word: str, tmp_path: Path) -> None:
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048))
    head[30:32], head[48:52] = (9).to_bytes(2, "little"), (1).to_bytes(4, "little")
    head[1024 : 1024 + 2 * len(stream)] = stream.encode("utf-16-le")
    error = refusal(tmp_path, bytes(head))
    assert word in error.message
    assert ("save it as XLSX" in error.remedy) == (stream in ("Workbook", "x"))


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, ">a\nACGT\n")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a.fa"], "a zip archive with one file, 'a.fa'"),
        (["notes.txt", "x/", "b.fasta"], "a zip archive with several files: 'b.fasta' and 'notes.txt'"),
        ([f"{n}.fa" for n in range(9)], "several files: '0.fa', '1.fa', '2.fa', '3.fa' and 5 more"),
        ([], "an empty zip archive"),
        (["word/document.xml", "[Content_Types].xml"], "a Word document"),
        (["ppt/presentation.xml"], "PowerPoint"),
        (["xl/workbook.bin"], "XLSB"),
        (["mimetype", "content.xml"], "an OpenDocument file"),
        (["Index/Document.iwa"], "Numbers"),
        (["archive/data.pkl"], "PyTorch"),
        (["x.npy", "y.npy"], "npz"),
        (["0f/metadata.yaml", "0f/data/dna-sequences.fasta"], "QIIME 2"),
    ],
)
def test_zip_archives_are_named_with_what_is_in_them(names: list[str], message: str, tmp_path: Path) -> None:
    assert message in refusal(tmp_path, zipped(*names)).message


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (["[Content_Types].xml", "xl/workbook.xml"], "workbook"),
        (["word/document.xml"], "Word"),
        (["a.fa"], "zip archive"),
    ],
)
def test_a_zip_archive_that_was_cut_off_is_damaged(names: list[str], word: str, tmp_path: Path) -> None:
    error = refusal(tmp_path, zipped(*names)[:-30])
    assert error.code == "data.damaged_file"
    assert word in error.message
    assert "damaged" in error.message


def tarred(names: list[str], *, mode: str = "w:gz", size: int = 8) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, io.BytesIO(b"A" * size))
    return packed.getvalue()


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "w"])
def test_tar_archives_are_named_with_what_is_in_them(mode: str, tmp_path: Path) -> None:
    error = refusal(tmp_path, tarred(["readme", "x/a.fa", "x/b.fa.gz"], mode=mode))
    assert error.message == (
        "This is a tar archive with several files: 'x/a.fa', 'x/b.fa.gz' and 'readme', not a file of sequences."
    )
    assert "with one file, 'a.fa'" in refusal(tmp_path, tarred(["a.fa"], mode=mode)).message
    large = refusal(tmp_path, tarred(["a.fa", "b.fa"], mode=mode, size=HEAD))
    assert "'a.fa' and perhaps more" in large.message


HOSTILE_TAR = tarfile.TarInfo("x").tobuf(tarfile.GNU_FORMAT)


@given(data=st.binary(max_size=1200), place=st.integers(0, 511), byte=st.integers(0, 255))
@settings(max_examples=100)
def test_hostile_archives_do_no_more_than_be_refused(
    data: bytes, place: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("hostile") / "data"
    head = bytearray(HOSTILE_TAR)
    head[place] = byte
    for start in (bytes(head), b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        path.write_bytes(start + data)
        try:
            sniff(path)
        except BioseqError as error:
            assert error.remedy  # noqa: PT017


def test_damaged_bzip2_is_refused_however_it_is_read(tmp_path: Path) -> None:
    generator = random.Random(3)
    text = "".join(f">r{n}\n{''.join(generator.choices('ACGT', k=900))}\n" for n in range(3000)).encode()
    packed = bytearray(bz2.compress(text))
    assert len(packed) > 2 * HEAD
    path = tmp_path / "x.fa.bz2"
    for place in (30, len(packed) - 2000):
        damaged = bytearray(packed)
        damaged[place : place + 8] = b"\xff" * 8
        path.write_bytes(damaged)
        with pytest.raises(BioseqError) as caught:
            read_files([FileRequest(str(path))])
        assert caught.value.code == "data.damaged_file"
        assert classify(path) in ("unknown", "sequences")
    path.write_bytes(packed)
    assert len(read_files([FileRequest(str(path))]).dataset) == 3000


def test_a_packed_file_with_an_empty_first_member_is_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "x.fa.bz2"
    path.write_bytes(bz2.compress(b"") + bz2.compress(b">a\nACGT\n"))
    assert len(read_files([FileRequest(str(path))]).dataset) == 1


TABLES = {
    "bed_with_sequences": "chr1\t10\t22\tACGTACGTACGT\t0\t+\nchr1\t40\t52\tGGCCGGCCGGCC\t0\t-\n",
    "places_and_sequences": "chr1\t10\t20\tACGTACGTAC\nchr2\t10\t20\tGGCCGGCCTT\n",
    "getfasta": "chr1:10-20\tACGTACGTAC\nchr1:30-40\tGGCCGGCCTT\n",
    "sam_with_heading": "name\tflag\tchr\tpos\tq\tcigar\ta\tb\tc\tseq\tqual\n" + SAM_ROW,
    "vcf_with_sequences": "#CHROM\tPOS\tID\tREF\tALT\tsequence\n" + "chr1\t1\ta\tA\tG\tACGTACGTAC\n" * 2,
    "pairs": VCF_ROW.replace("\tA\t", "\tACGTACGTAAA\t") * 2,
    "hits_with_sequences": "q\ts\t98\t10\t0\t0\t1\t10\t1\t10\t1e-5\t20\tACGTACGTAC\n" * 2,
    "names_like_programs": "MZ\tsequence\nPAR1\tACGTACGTAC\nBMP2\tGGCCGGCCTT\n",
    "helix_or_sheet": "H\ta\tACGTACGTAC\nS\tb\tGGCCGGCCTT\n",
    "clustal_as_a_name": "CLUSTALW\tACGTACGTAC\nb\tGGCCGGCCTT\n",
    "locus_alone": "LOCUS\tsequence\nb0001\tACGTACGTAC\n",
    "locus_as_a_heading": "locus_tag\tsequence\nb0001\tACGTACGTAC\n",
    "marks_in_names": "id,sequence,label\n>s1,ACGTACGTAC,x\n>s2,GGCCGGCCTT,y\n",
    "accession_first": "P12345\tMKVLLAGIVW\nQ9H0H5\tMKLPEFIQRW\n",
    "numbers_as_headings": "12\t34\ns1\tACGTACGTAC\ns2\tGGCCGGCCTT\n",
    "id_as_a_heading": "ID   x\tsequence\na\tMKVLLAGIVW\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_sequences_stays_a_table(name: str, tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text(TABLES[name])
    assert sniff(path).format in ("csv", "tsv")
    assert classify(path) == "sequences"


def test_a_label_sheet_of_numbers_is_no_bed_file(tmp_path: Path) -> None:
    (tmp_path / "x.fa").write_text(">s1\nACGTACGTAC\n>s2\nGGCCGGCCTT\n")
    (tmp_path / "labels.tsv").write_text("s1\t0\t1\ns2\t1\t2\n")
    assert sniff(tmp_path / "labels.tsv").format == "tsv"
    options = ReadOptions(label_sheet=tmp_path / "labels.tsv")
    assert read_files([FileRequest(str(tmp_path / "x.fa"))], options).dataset.label_names


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.fasta")), ids=lambda path: path.stem)
def test_the_bundled_samples_are_fasta(path: Path) -> None:
    assert sniff(path).format == "fasta"


@pytest.mark.parametrize(
    "text",
    [
        ">" + "(" * HEAD,
        "(" * 2 * HEAD,
        "(," * HEAD,
        "((((,,,," * 4000 + "\n" * HEAD,
        "a\t1\t" + "[" * HEAD,
        "chr1\t1\t.\tA\tC\t.\tPASS\t" + "a" * HEAD + "!\n" * 9,
        "C\tr\t1\t1\t" + "1" * HEAD + "\n" * 9,
        ">P1;a\n" + "A\n" * HEAD,
        ";" * HEAD,
        ";a\n" * HEAD,
        "1 1\n" * HEAD,
        "-" * HEAD + "!",
        ">a\n" + "-" * HEAD + "!",
        "LOCUS " + "1 " * HEAD,
        "ID   " + "a; " * HEAD,
        "HEADER" + " " * HEAD,
        "REMARK 1\n" * HEAD,
        "MSF: \n" * HEAD,
        " " * 2 * HEAD,
        "\n" * HEAD + ">a\nACGT\n",
        "#" * HEAD + "\nACGT",
        "begin data;" * HEAD,
        "#NEXUS\n" + "begin taxa;" * 20_000,
    ],
)
def test_hostile_beginnings_take_no_time(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(text)
    start = time.monotonic()
    try:
        read_files([FileRequest(str(path))])
    except BioseqError as error:
        assert error.remedy  # noqa: PT017
    assert time.monotonic() - start < 5


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes here")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BioseqError, match="a pipe or a device"):
        sniff(tmp_path / "pipe")


def test_recognising_a_file_is_cheap(tmp_path: Path) -> None:
    path = tmp_path / "x.fa"
    path.write_text("".join(f">r{n}|a|train\n{'ACGT' * 50}\n" for n in range(2000)))
    start = time.perf_counter()
    for _ in range(100):
        sniff(path)
    assert time.perf_counter() - start < 2
