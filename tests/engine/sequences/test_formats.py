"""Each format is recognised by its content and read: the same records as Biopython's, and what is wrong is told."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from Bio import AlignIO, SeqIO
from Bio.Align import MultipleSeqAlignment
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.files import FileRequest
from bioseq.sequences.formats import FORMATS, Format, list_formats
from bioseq.sequences.other_formats import READERS
from bioseq.sequences.reading import Reading, read_files
from bioseq.sequences.sniffing import sniff

if TYPE_CHECKING:
    from bioseq.sequences.findings import Finding

RESOURCES = Path(__file__).parents[3] / "resources"
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"


def read_text(folder: Path, text: str | bytes, name: str = "data.txt") -> Reading:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_files([FileRequest(str(path))])


def records(reading: Reading) -> list[tuple[str, str]]:
    dataset = reading.dataset
    return [(dataset.ids[row], dataset.sequence(row)) for row in range(len(dataset))]


def finding(reading: Reading, code: str) -> Finding:
    (found,) = [one for one in reading.findings if one.code == code]
    return found


def codes(reading: Reading) -> set[str]:
    return {one.code for one in reading.findings}


def form(reading: Reading) -> str:
    return reading.sources[0].format


def labels(reading: Reading) -> list[str | None]:
    return [reading.dataset.label_names[code] if code >= 0 else None for code in reading.dataset.labels.tolist()]


def test_each_format_has_facts_and_a_reader() -> None:
    assert set(FORMATS) == set(get_args(Format))
    assert set(READERS) == set(FORMATS) - {"fasta", "csv", "tsv", "xlsx"}
    assert list_formats().startswith("FASTA, FASTQ, GenBank, EMBL, UniProt text, PIR")
    assert list_formats().endswith("CSV, TSV or Excel (XLSX)")


def test_the_help_names_each_format() -> None:
    text = (RESOURCES / "help" / "files-and-labels.md").read_text(encoding="utf-8")
    assert [facts.title for facts in FORMATS.values() if facts.title not in text] == []


# Flat files

LOCUS = "LOCUS       {name:<16} {size:>11} bp    DNA     linear   BCT 05-JAN-2021\n"


def genbank(name: str, letters: str, *, size: int | None = None, end: str = "//\n") -> str:
    rows = "".join(
        f"{start + 1:>9} {' '.join(letters[start:][:60][part : part + 10] for part in range(0, 60, 10)).rstrip()}\n"
        for start in range(0, len(letters), 60)
    )
    first = LOCUS.format(name=name, size=len(letters) if size is None else size)
    return f"{first}DEFINITION  Something.\nACCESSION   {name}\nVERSION     {name}.1\nORIGIN\n{rows}{end}"


EMBL = """ID   X1; SV 1; linear; DNA; STD; PRO; 10 BP.
XX
AC   X1;
XX
SQ   Sequence 10 BP;
     acgtacgtac  10
//
"""
SWISS = """ID   AB0_TESTO              Reviewed;          30 AA.
AC   Q90000; P12345;
DT   28-JUN-2011, integrated into UniProtKB/Swiss-Prot.
DE   RecName: Full=Putative factor 0;
OS   Testus organismus.
SQ   SEQUENCE   30 AA;  6700 MW;  B4840739BF7D4121 CRC64;
     EFANQSCDKQ PNHVGKRIKG GWDWSNQLNQ
//
ID   AB1_TESTO              Unreviewed;          5 AA.
AC   A0A123;
SQ   SEQUENCE   5 AA;  500 MW;  B4840739BF7D4121 CRC64;
     MKVLL
//
"""


def test_uniprot_text_is_read_with_accessions_as_ids(tmp_path: Path) -> None:
    reading = read_text(tmp_path, SWISS)
    assert records(reading) == [("Q90000", "EFANQSCDKQPNHVGKRIKGGWDWSNQLNQ"), ("A0A123", "MKVLL")]
    assert form(reading) == "swiss"
    assert reading.dataset.lines.tolist() == [1, 9]
    assert reading.dataset.descriptions[0] == "RecName: Full=Putative factor 0;"
    assert reading.molecule is Molecule.PROTEIN


def test_uniprot_text_of_old_releases_and_behind_blank_lines_is_uniprot_text(tmp_path: Path) -> None:
    old = SWISS.replace("Reviewed;          30 AA.", "STANDARD;      PRT;    30 AA.", 1)
    reading = read_text(tmp_path, f"\n\n{old}")
    assert (form(reading), len(reading.dataset), reading.dataset.lines.tolist()) == ("swiss", 2, [3, 11])


@pytest.mark.parametrize("cut", [40, 150, len(SWISS) - 3])
def test_uniprot_text_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(BioseqError, match="breaks the UniProt text format") as refusal:
        read_text(tmp_path, SWISS[:-cut] if cut < 200 else SWISS[: len(SWISS) - 3])
    assert refusal.value.code == "data.broken_file"


def test_lines_above_the_first_genbank_record_are_passed_over_and_told(tmp_path: Path) -> None:
    heading = "GBTST1.SEQ    Genetic Sequence Data Bank\n\n   2 loci,  40 bases, from   2 reported sequences\n\n"
    text = heading + genbank("X1", "acgta" * 4) + genbank("X2", "ggcca" * 4)
    reading = read_text(tmp_path, text)
    assert records(reading) == [("X1.1", "ACGTA" * 4), ("X2.1", "GGCCA" * 4)]
    assert finding(reading, "lines_above_heading").message == "4 lines stand above the first record."
    assert reading.dataset.lines.tolist() == [5, 12]
    assert not codes(read_text(tmp_path, genbank("X1", "acgta" * 4))) & {"lines_above_heading", "malformed_lines"}


def test_the_name_stands_in_where_there_is_no_accession(tmp_path: Path) -> None:
    first = EMBL.replace("ID   X1; SV 1; linear; DNA; STD; PRO;", "ID   MuDR-1_OS repbase;    DNA;    ORY;")
    first = first.replace("AC   X1;", "AC   .")
    reading = read_text(tmp_path, first + first.replace("MuDR-1", "MuDR-2"))
    assert records(reading) == [("MuDR-1_OS", "ACGTACGTAC"), ("MuDR-2_OS", "ACGTACGTAC")]
    assert "duplicate_ids" not in codes(reading)


def test_letters_that_the_first_line_announces_and_that_are_not_there_are_told(tmp_path: Path) -> None:
    text = genbank("X1", "acgt" * 5, size=200) + genbank("X2", "acgg" * 5, size=200) + genbank("X3", "acga" * 5)
    told = finding(read_text(tmp_path, text), "shorter_than_announced")
    assert told.message == "2 records hold fewer letters than their LOCUS line says: 20 of 200."
    assert [(one.record_id, one.detail) for one in told.occurrences] == [
        ("X1.1", "20 of 200 letters"),
        ("X2.1", "20 of 200 letters"),
    ]
    told = finding(read_text(tmp_path, EMBL.replace("10 BP.", "7 BP.")), "longer_than_announced")
    assert told.message == "1 record holds more letters than its ID line says: 10 instead of 7."
    assert "longer_than_announced" not in codes(read_text(tmp_path, EMBL))
    told = finding(read_text(tmp_path, SWISS.replace("     5 AA.", "     9 AA.")), "shorter_than_announced")
    assert told.message == "1 record holds fewer letters than its ID line says: 5 of 9."


def test_a_genbank_file_that_was_cut_off_says_where(tmp_path: Path) -> None:
    reading = read_text(tmp_path, genbank("X1", "acgt" * 5) + genbank("X2", "acgg" * 5, size=300, end=""))
    told = finding(reading, "shorter_than_announced")
    assert told.message == "The file is cut off: its last record holds 20 of 300 letters."
    assert [one.record_id for one in told.occurrences] == ["X2.1"]
    assert "shorter_than_announced" not in codes(read_text(tmp_path, genbank("X1", "acgt" * 5, end="")))


def test_records_without_letters_are_told(tmp_path: Path) -> None:
    contig = genbank("X2", "", size=60).replace("ORIGIN\n", "CONTIG      join(JX.1:1..60)\n")
    told = finding(read_text(tmp_path, genbank("X1", "acgt" * 5) + contig), "sequence_not_in_file")
    assert told.message == "1 record names a length but holds no letters."
    assert [one.record_id for one in told.occurrences] == ["X2.1"]
    alone = read_text(tmp_path, contig)
    assert {"sequence_not_in_file"} == codes(alone) & {"sequence_not_in_file", "names_without_letters"}


def test_gap_lines_that_browsers_save_are_unknown_letters_not_words(tmp_path: Path) -> None:
    text = genbank("X1", "acgt" * 5, size=75).replace(
        "//\n", "          [gap 50 bp]    Expand Ns\n       71 acgta\n//\n"
    )
    reading = read_text(tmp_path, text)
    assert records(reading) == [("X1.1", "ACGT" * 5 + "N" * 50 + "ACGTA")]
    assert finding(reading, "gap_lines").message.startswith("1 line stands for a gap")
    assert "shorter_than_announced" not in codes(reading)
    unknown = read_text(tmp_path, text.replace("[gap 50 bp]", "[gap unk100 bp]").replace("[gap 50 bp]", ""))
    assert records(unknown) == [("X1.1", "ACGT" * 5 + "ACGTA")]
    assert finding(unknown, "gap_lines").severity == "warning"
    huge = read_text(tmp_path, text.replace("[gap 50 bp]", "[gap 999999999 bp]"))
    assert len(huge.dataset.letters) == 25


def test_a_first_line_that_is_not_understood_is_told(tmp_path: Path) -> None:
    text = genbank("X1", "acgt" * 5).replace(
        LOCUS.format(name="X1", size=20), "LOCUS       RNA5 complete       20 bp\n"
    )
    assert "LOCUS line is not as GenBank has it" in finding(read_text(tmp_path, text), "malformed_lines").message


@pytest.mark.parametrize("tail", ["", "XX\n", "     acgtac", "garbage\n"])
def test_an_embl_file_that_was_cut_off_is_refused(tmp_path: Path, tail: str) -> None:
    with pytest.raises(BioseqError, match="breaks the EMBL format after record 1"):
        read_text(tmp_path, EMBL + EMBL[: EMBL.index("     acgt")] + tail)


# PIR and what came before `>`

PIR = """>P1;PRT0
kinase like protein 0 - Homo sapiens
FEKHNQWGWMNICATCTYRH
PFDKLEM*
>DL;X1|a|train
a gene
acgtacgtac *
"""


def test_pir_is_read_with_its_titles_apart_from_its_letters(tmp_path: Path) -> None:
    reading = read_text(tmp_path, PIR)
    assert records(reading) == [("PRT0", "FEKHNQWGWMNICATCTYRHPFDKLEM"), ("X1", "acgtacgtac")]
    assert form(reading) == "pir"
    assert list(reading.dataset.descriptions) == ["kinase like protein 0 - Homo sapiens", "a gene"]
    assert labels(reading) == [None, "a"]
    assert reading.dataset.lines.tolist() == [1, 5]


def test_remarks_behind_a_pir_sequence_are_passed_over(tmp_path: Path) -> None:
    text = PIR.replace("LEM*\n", "LEM*\nC;Species: Homo sapiens\nR;Someone\n\n") + "C;Accession: X1\n"
    assert records(read_text(tmp_path, text)) == [("PRT0", "FEKHNQWGWMNICATCTYRHPFDKLEM"), ("X1", "acgtacgtac")]


def test_a_pir_file_without_an_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="breaks the PIR format"):
        read_text(tmp_path, PIR.replace(" *", ""))


@pytest.mark.parametrize(
    "text",
    [
        ">P1;a\nMKVLLAGIVW\n>P1;b\nMKLPEFIQRW\n",
        ">P1;a\nMKVLLAGIVW*\n>P1;b\nMKLPEFIQRW*\n",
        ">P1;a\nMKVLLAGIVW\nMKVLLAGIVW*\n>P1;b\nMKLPEFIQRW\nMKLP*\n",
        ">XY;a\nwords of it\nMKVLLAGIVW*\n",
    ],
)
def test_fasta_with_names_like_those_of_pir_stays_fasta(tmp_path: Path, text: str) -> None:
    reading = read_text(tmp_path, text)
    assert form(reading) == "fasta"
    assert len(reading.dataset.letters) >= 20 or "XY" in text


def test_fasta_with_semicolons_is_read(tmp_path: Path) -> None:
    reading = read_text(tmp_path, ";r1|pos|train\n;a remark\nACGT ACGTAC\nGG1\n;r2|neg|test words\nACGATC1\n")
    assert records(reading) == [("r1", "ACGTACGTACGG"), ("r2", "ACGATC")]
    assert (form(reading), labels(reading)) == ("old_fasta", ["pos", "neg"])
    assert reading.dataset.splits.tolist() == [1, 3]
    assert reading.dataset.lines.tolist() == [1, 5]
    assert {"comment_lines", "end_marks"} <= codes(reading)
    plain = read_text(tmp_path, ";a\nMKVLL\n;b\nMKVIW*\n")
    assert records(plain) == [("a", "MKVLL"), ("b", "MKVIW*")]
    assert not {"comment_lines", "end_marks"} & codes(plain)


def test_intelligenetics_has_names_on_lines_of_their_own(tmp_path: Path) -> None:
    text = ";a remark\n;another\nB_SF2\nATGGAGCCAGTAGATCCTAG\nATGGAG1\n;\nHXB2R\nATGGAGCCAGTAGATCCTAGCCC1\n"
    reading = read_text(tmp_path, text)
    assert records(reading) == [("B_SF2", "ATGGAGCCAGTAGATCCTAGATGGAG"), ("HXB2R", "ATGGAGCCAGTAGATCCTAGCCC")]
    assert form(reading) == "ig"
    expected = [(record.id, str(record.seq)) for record in SeqIO.parse(io.StringIO(text), "ig")]
    assert records(reading) == expected


@pytest.mark.parametrize(
    "text", [";sequence;label\n0;ACGTACGTAC;x\n1;GGCCGGCCTT;y\n", ";a comment\nid,sequence\na,ACGTACGTAC\n"]
)
def test_a_table_that_begins_with_a_semicolon_stays_a_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    assert sniff(tmp_path / "t.csv").format == "csv"


# Alignments


def random_alignment(generator: random.Random, *, letters: str = AMINO_ACIDS) -> MultipleSeqAlignment:
    width = generator.randint(1, 150)
    rows = [
        SeqRecord(
            Seq("".join(generator.choices(letters + "-", k=width))), id=f"r{number}", description="", name=f"r{number}"
        )
        for number in range(generator.randint(1, 12))
    ]
    for row in rows:
        row.annotations["molecule_type"] = "protein" if letters == AMINO_ACIDS else "DNA"
    return MultipleSeqAlignment(rows)


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("clustal", "clustal"),
        ("stockholm", "stockholm"),
        ("phylip", "phylip"),
        ("phylip-relaxed", "phylip"),
        ("phylip-sequential", "phylip"),
        ("nexus", "nexus"),
    ],
)
def test_alignments_give_the_rows_that_biopython_wrote(written: str, expected: str, seed: int, tmp_path: Path) -> None:
    generator = random.Random(f"{written} {seed}")
    alignment = random_alignment(generator, letters=generator.choice([AMINO_ACIDS, "ACGT"]))
    text = io.StringIO()
    AlignIO.write([alignment], text, written)
    reading = read_text(tmp_path, text.getvalue())
    assert records(reading) == [(row.id, str(row.seq)) for row in alignment]
    assert form(reading) == expected
    assert "alignment" in codes(reading)
    lines = text.getvalue().split("\n")
    for row, line in enumerate(reading.dataset.lines.tolist()):
        assert reading.dataset.ids[row] in lines[line - 1]


CLUSTAL = """CLUSTAL O(1.2.4) multiple sequence alignment


a/1-12      ACGT-ACGTA 9
b           AC-TTACGTA 9
            ** * *****

a/1-12      CC
b           CG
            *
"""


def test_clustal_is_read_however_its_blanks_were_treated(tmp_path: Path) -> None:
    expected = [("a/1-12", "ACGT-ACGTACC"), ("b", "AC-TTACGTACG")]
    tidy = re.sub(r"[ \t]+$", "", CLUSTAL.replace("** * *****", ""), flags=re.MULTILINE)
    for text in (CLUSTAL, tidy, CLUSTAL.replace("\n", "\r\n"), CLUSTAL.rstrip(), CLUSTAL.replace("O(1.2.4)", "")):
        reading = read_text(tmp_path, text)
        assert records(reading) == expected
        assert reading.dataset.lines.tolist() == [4, 5]
    for program in ("MUSCLE (3.8) multiple sequence alignment", "PROBCONS version 1.12 multiple", "Kalign (2.0) x"):
        assert records(
            read_text(tmp_path, CLUSTAL.replace("CLUSTAL O(1.2.4) multiple sequence alignment", program))
        ) == (expected)


def test_two_clustal_alignments_in_a_file_are_both_read(tmp_path: Path) -> None:
    reading = read_text(tmp_path, CLUSTAL + "\n" + CLUSTAL.replace("a/1-12", "x/1-12"))
    assert [name for name, _ in records(reading)] == ["a/1-12", "b", "x/1-12", "b"]
    assert "2 alignments" in finding(reading, "alignment").remedy


@pytest.mark.parametrize(
    "text",
    [
        "CLUSTAL W (1.83)\n\n\n",
        CLUSTAL.replace("CG\n", "C\n"),
        CLUSTAL.replace("b           CG\n", ""),
        CLUSTAL.replace("a/1-12      CC\nb           CG", "b           CG\na/1-12      CC"),
        CLUSTAL.replace("b           AC-TTACGTA 9", "b"),
    ],
)
def test_a_broken_clustal_file_is_refused_at_once(tmp_path: Path, text: str) -> None:
    with pytest.raises(BioseqError, match="breaks the Clustal format"):
        read_text(tmp_path, text)


STOCKHOLM = """# STOCKHOLM 1.0
#=GF ID    Test
#=GS a/1-6 AC P12345.1

a/1-6 \t ACGT-AcG
#=GR a/1-6 SS HHHH-HHH
b        AC..TACG
#=GC RF  xxxxxxxx

a/1-6    CC
b        CG
//
"""


def test_stockholm_is_read_over_its_blocks(tmp_path: Path) -> None:
    reading = read_text(tmp_path, STOCKHOLM)
    assert records(reading) == [("a/1-6", "ACGT-AcGCC"), ("b", "AC..TACGCG")]
    several = read_text(tmp_path, STOCKHOLM + STOCKHOLM.replace("a/1-6", "c/1-6"))
    assert [name for name, _ in records(several)] == ["a/1-6", "b", "c/1-6", "b"]
    assert several.dataset.lines.tolist() == [5, 7, 17, 19]


def test_rows_of_one_name_stay_apart(tmp_path: Path) -> None:
    reading = read_text(tmp_path, "# STOCKHOLM 1.0\n\nsame ACGTACGT\nsame GGCCGGCC\n//\n")
    assert records(reading) == [("same", "ACGTACGT"), ("same", "GGCCGGCC")]
    assert "duplicate_ids" in codes(reading)


def test_stockholm_that_was_cut_off_within_a_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match=r"row 'b' has 9 columns, the first row 10") as refusal:
        read_text(tmp_path, STOCKHOLM[: STOCKHOLM.index("CG\n//") + 1])
    assert refusal.value.where.endswith("line 7")


def test_phylip_is_read_in_each_of_its_ways(tmp_path: Path) -> None:
    expected = [("Turkey", "AAGCTNGGGCATTT"), ("Salmo_gair", "AAGCCTTGGCAGTG")]
    strict = " 2 14\nTurkey    AAGCTNGGGC\nSalmo gairAAGCCTTGGC\n\nATTT\nAGTG\n"
    relaxed = "2 14\nTurkey AAGCTNGGGC ATTT\nSalmo_gair  AAGCCTTGGC AGTG\n"
    sequential = "2 14\nTurkey    AAGCTNGGGC\nATTT\nSalmo gairAAGCCTTGGC\nAGTG\n"
    for text in (strict, relaxed, sequential, relaxed.replace("\n", "\r\n"), relaxed.replace("2 14", "2\t14")):
        reading = read_text(tmp_path, text)
        assert records(reading) == expected
        assert form(reading) == "phylip"
        assert min(reading.dataset.lines.tolist()) > 1


@pytest.mark.parametrize(
    "text",
    [
        "2 14\na AAGCTNGGGCATTT\n",
        "2 14\na AAGCTNGGGCATTT\nb AAGCTNGGGCATT\n",
        "2 14\na AAGCTNGGGCATTT\nb ....T.........\n",
        "999999999 14\na AAGCTNGGGCATTT\nb AAGCTNGGGCATTT\n",
        "2 999999999\na AAGCTNGGGCATTT\nb AAGCTNGGGCATTT\n",
    ],
)
def test_phylip_that_does_not_hold_what_it_announces_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BioseqError, match="breaks the PHYLIP format"):
        read_text(tmp_path, text)


MSF = """!!AA_MULTIPLE_ALIGNMENT 1.0

  test.msf  MSF: 13  Type: P  January 01, 2021 12:00  Check: 0 ..

 Name: alpha/1-11 oo  Len:    13  Check: 10  Weight:  1.00
 Name: beta           Len:    13  Check: 20  Weight:  1.00

//

              1        10
alpha/1-11    ACDEF GHIKL
beta          AC~EF ..IKL

              11 13
alpha/1-11    MNP
beta          MN~
"""


def test_msf_is_read(tmp_path: Path) -> None:
    reading = read_text(tmp_path, MSF)
    assert records(reading) == [("alpha/1-11", "ACDEFGHIKLMNP"), ("beta", "AC~EF..IKLMN~")]
    assert form(reading) == "msf"
    headless = MSF.replace("!!AA_MULTIPLE_ALIGNMENT 1.0\n\n", "")
    assert len(read_text(tmp_path, headless).dataset) == 2
    assert len(read_text(tmp_path, MSF.replace("!!AA_MULTIPLE_ALIGNMENT 1.0", "PileUp")).dataset) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (MSF[: MSF.index("alpha/1-11    MNP")], "holds 10 of 13 columns"),
        (MSF.replace("beta          AC~EF ..IKL\n", "").replace("beta          MN~\n", ""), "2 rows are announced, 1"),
        (MSF.replace("beta  ", "gamma ", 1), "stands where 'gamma' is announced"),
    ],
)
def test_msf_that_does_not_hold_what_it_announces_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BioseqError, match=re.escape(reason)):
        read_text(tmp_path, text)


NEXUS = """#NEXUS
[ a comment ]
BEGIN TAXA;
  DIMENSIONS NTAX=3;
  TAXLABELS 'Homo sapiens' b_2 c;
END;
BEGIN CHARACTERS;
  DIMENSIONS NCHAR=12;
  FORMAT DATATYPE=DNA INTERLEAVE MISSING=? GAP=- MATCHCHAR=.;
  MATRIX
  'Homo sapiens'  ACGTACGTAC
  b_2             ....T.....
  c               ....-.....

  'Homo sapiens'  AC
  b_2             ..
  c               .?
  ;
END;
BEGIN TREES;
  TREE one = (a,(b,c));
END;
"""


def test_nexus_is_read_with_what_its_signs_stand_for(tmp_path: Path) -> None:
    reading = read_text(tmp_path, NEXUS)
    assert records(reading) == [("Homo_sapiens", "ACGTACGTACAC"), ("b_2", "ACGTTCGTACAC"), ("c", "ACGT-CGTACA?")]
    assert reading.dataset.lines.tolist() == [11, 12, 13]
    assert "underscores" in finding(reading, "alignment").remedy


def test_nexus_has_rows_on_several_lines_and_signs_of_its_own(tmp_path: Path) -> None:
    text = """#nexus
begin data; [one [line]
dimensions ntax=2 nchar=12; format datatype=protein gap=~ missing=N;
[ what follows
  is the matrix ]
matrix
'it''s one'
  ACDEF
  GHIK~MN
b ACDEF GHIKLMN
;
options gapmode=missing;
end;
begin trees; tree a = (b,c); end;
"""
    reading = read_text(tmp_path, text)
    assert records(reading) == [("it's_one", "ACDEFGHIK-MN"), ("b", "ACDEFGHIKLMN")]
    assert reading.dataset.lines.tolist() == [7, 10]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("  'Homo sapiens'  AC\n", "", "of 12 columns"),
        ("'Homo sapiens'  ACGT", "'Homo sapiens  ACGT", "columns"),
        ("NCHAR=12", "NCHAR=999999999", "of 999,999,999 columns"),
        ("ACGTACGTAC", "{AC}CGTACGTAC", "of 12 columns"),
        ("DATATYPE=DNA", "DATATYPE=DNA TRANSPOSE", "'transpose' is not read"),
    ],
)
def test_nexus_that_breaks_its_word_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(BioseqError, match="breaks the NEXUS format") as refusal:
        read_text(tmp_path, NEXUS.replace(old, new, 1))
    assert reason in refusal.value.message


def test_nexus_without_sequences_is_named(tmp_path: Path) -> None:
    trees = "#NEXUS\n" + NEXUS[NEXUS.index("BEGIN TREES") :]
    for text in (trees, NEXUS.replace("DATATYPE=DNA", "DATATYPE = Standard")):
        with pytest.raises(BioseqError, match="a NEXUS file without sequences"):
            read_text(tmp_path, text)
    with pytest.raises(BioseqError, match="has no end"):
        read_text(tmp_path, NEXUS[: NEXUS.index("  ;\nEND")])


def test_maf_is_read(tmp_path: Path) -> None:
    text = (
        "##maf version=1\n# a remark\n\na score=23262.0\ns hg18.chr7 27578828 8 + 158545518 AAA-GGGAA\n"
        "s panTro1.chr6 28741140 8 + 161576975 AAA-GGGAT\n\n"
    )
    reading = read_text(tmp_path, text)
    assert records(reading) == [("hg18.chr7", "AAA-GGGAA"), ("panTro1.chr6", "AAA-GGGAT")]
    assert reading.dataset.lines.tolist() == [5, 6]


@pytest.mark.parametrize(
    "text",
    [
        ">a\nAC--GT\n>b\nACCCGT\n",
        ">a\nAC..GTac\n>b\nACCCGTac\n",
        "#A3M#\n>a\nAC-GT\n>b\nACaaCGT\n",
        "#6\t1\n>a\nAC-GT\n",
    ],
)
def test_aligned_fasta_a2m_and_a3m_stay_fasta(tmp_path: Path, text: str) -> None:
    assert form(read_text(tmp_path, text)) == "fasta"


def test_labels_stand_in_the_names_of_an_alignment_too(tmp_path: Path) -> None:
    text = "CLUSTAL W\n\nr1|pos|train ACGT-ACG\nr2|neg|test  AC-TTACG\n"
    reading = read_text(tmp_path, text)
    assert labels(reading) == ["pos", "neg"]
    assert list(reading.dataset.ids) == ["r1", "r2"]


# All formats

SAMPLES = {
    "genbank": genbank("X1", "acgt" * 30) + genbank("X2", "ggca" * 20),
    "embl": EMBL,
    "swiss": SWISS,
    "pir": PIR,
    "old_fasta": ";a\nMKVLL\n;b\nMKVIW*\n",
    "ig": ";x\nB_SF2\nATGGAGCCAGTAGATCCTAG\nATGGAG1\n",
    "clustal": CLUSTAL,
    "stockholm": STOCKHOLM,
    "phylip": "2 14\nTurkey AAGCTNGGGC ATTT\nSalmo_gair  AAGCCTTGGC AGTG\n",
    "msf": MSF,
    "nexus": NEXUS,
    "maf": "##maf version=1\na score=1\ns x.1 0 8 + 100 AAA-GGGAA\ns y.1 0 8 + 100 AAA-GGGAT\n\n",
    "fastq": "@r1\nACGT\n+\nIIII\n",
}


def test_every_reader_has_a_sample() -> None:
    assert set(SAMPLES) == set(READERS)


@pytest.mark.parametrize("name", SAMPLES)
def test_formats_are_recognised_packed_in_utf16_and_with_any_line_ends(name: str, tmp_path: Path) -> None:
    text = SAMPLES[name]
    expected = records(read_text(tmp_path, text))
    assert expected
    ways = [
        gzip.compress(text.encode()),
        bz2.compress(text.encode()),
        text.encode("utf-16"),
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("\n", "\r\n").encode(),
        text.replace("\n", "\r").encode(),
        b"\n\n" + text.encode(),
    ]
    for way in ways:
        reading = read_text(tmp_path, way)
        assert form(reading) == name
        assert records(reading) == expected


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
@settings(max_examples=60, deadline=2000)
def test_damaged_files_of_each_format_are_read_or_refused_in_one_sentence(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = SAMPLES[name]
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.sampled_from([0, 1, 3, 40, len(text)]))
    put = data.draw(st.text(st.sampled_from("ACGT;>*\n /=#[](){}'\"9\t\0"), max_size=12))
    broken = text[:start] + put + text[start + length :]
    try:
        reading = read_text(tmp_path_factory.mktemp("broken"), broken)
    except BioseqError as error:
        assert error.remedy  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert len(reading.dataset) > 0


def test_a_file_of_names_alone_says_so(tmp_path: Path) -> None:
    assert (
        finding(read_text(tmp_path, ">\n"), "names_without_letters").message == "The file has 1 header without letters."
    )
    told = finding(read_text(tmp_path, ">a\n>b\n\n>c"), "names_without_letters")
    assert told.message == "The file has 3 headers without letters."
    assert "names_without_letters" not in codes(read_text(tmp_path, ">a\n>b\nA\n"))
