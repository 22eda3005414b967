"""Files of other kinds, told by how they begin: named as what they are, with what to do.

A name is given only where the beginning leaves no doubt. Marks of binary files that are also letters need a byte that
no text has.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bioseq.sequences.foreign_tables import About, find_foreign_table

_HEAD = 4096
"""Letters in which marks of text formats are looked for."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR_SHIFT, _FIRST_DIRECTORY = 30, 48
_MOST_DIRECTORY = 1 << 14


class Foreign(NamedTuple):
    """A kind of file that holds no sequences that are read.

    Attributes:
        name: What it is, with its article: "a PDF document".
        remedy: What to do; empty for the usual one.
    """

    name: str
    remedy: str = ""


_UNPACK = "Unpack it and choose the files in it."
_UNPACK_ONE = "Unpack it and choose what comes out."
_AS_FASTA = "Save its sequences as FASTA in the program that it comes from, and choose that file."
_AS_XLSX = "Open it and save it as XLSX or CSV."
_AS_TEXT = "Copy the sequences into a plain text file as FASTA, or into a table saved as CSV or XLSX."
_DOWNLOAD = "The file itself was not fetched; perhaps a login or an error page came in its place. Fetch it again."
_OF_GENOME = "It names places, not letters. Take their sequences from the genome, for example with bedtools getfasta."
_READS = "Save its reads as FASTA or FASTQ, for example with samtools fasta."
_OF_VARIANTS = (
    "It names variants, not sequences. Take the sequences around them from the genome, for example with bcftools "
    "consensus or bedtools getfasta."
)
_TABLE = "Save the sequences as FASTA or as a table (CSV, TSV or XLSX)."
_QUERIES = "It lists similarities; choose the file of the sequences that were compared."
_MODEL = "It describes a family of sequences; choose the sequences or the alignment that it was made from."
_NAMES = "It tells of sequences but does not hold them; choose their FASTA or FASTQ file."
_REMEDIES: dict[About, str] = {
    "reads": _READS,
    "variants": _OF_VARIANTS,
    "places": _OF_GENOME,
    "hits": _QUERIES,
    "names": _NAMES,
}
_STRUCTURE = "Fetch its sequences as FASTA: at rcsb.org under 'Download Files', 'FASTA Sequence'."

_MARKS: tuple[tuple[bytes, Foreign], ...] = (
    (b"%PDF-", Foreign("a PDF document", _AS_TEXT)),
    (b"\x89PNG\r\n\x1a\n", Foreign("a picture")),
    (b"\xff\xd8\xff", Foreign("a picture")),
    (b"GIF87a", Foreign("a picture")),
    (b"GIF89a", Foreign("a picture")),
    (b"II*\0", Foreign("a picture")),
    (b"MM\0*", Foreign("a picture")),
    (b"BAM\x01", Foreign("a BAM file of alignments", _READS)),
    (b"CRAM\x02", Foreign("a CRAM file of alignments", _READS)),
    (b"CRAM\x03", Foreign("a CRAM file of alignments", _READS)),
    (b"BCF\x02", Foreign("a BCF file of variants", _OF_VARIANTS)),
    (b"TBI\x01", Foreign("an index of a packed table (.tbi)", "Choose the file that it belongs to.")),
    (b"BAI\x01", Foreign("an index of a BAM file (.bai)", "Choose the file that it belongs to.")),
    (b"CSI\x01", Foreign("an index of a packed table (.csi)", "Choose the file that it belongs to.")),
    (b"\x7fELF", Foreign("a program")),
    (b"SQLite format 3\0", Foreign("an SQLite database", _TABLE)),
    (b"\x93NUMPY", Foreign("a NumPy array", _TABLE)),
    (b"\x89HDF\r\n\x1a\n", Foreign("an HDF5 file", _TABLE)),
    (b"\x8bPOD\r\n\x1a\n", Foreign("a POD5 file of nanopore signals", "Call the bases first and choose the FASTQ.")),
    (b"ARROW1\0", Foreign("an Arrow table", "Save the table as CSV or XLSX.")),
    (b"RDX2\n", Foreign("a workspace of R", "In R, write the table with write.csv.")),
    (b"RDX3\n", Foreign("a workspace of R", "In R, write the table with write.csv.")),
    (b"X\n\0\0\0", Foreign("an object of R (RDS)", "In R, write the table with write.csv.")),
    (b"MATLAB 5.0 MAT-file", Foreign("a file of Matlab", "In Matlab, write the table with writetable.")),
    (b"\x80\x02", Foreign("a Python pickle", _TABLE)),
    (b"\x80\x03", Foreign("a Python pickle", _TABLE)),
    (b"\x80\x04\x95", Foreign("a Python pickle", _TABLE)),
    (b"\x80\x05\x95", Foreign("a Python pickle", _TABLE)),
    (b"Rar!\x1a\x07", Foreign("a RAR archive", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Foreign("a 7z archive", _UNPACK)),
    (b"\x1f\x9d", Foreign("a file packed with compress (.Z)", _UNPACK_ONE)),
    (b"\x04\x22\x4d\x18", Foreign("a file packed with LZ4", _UNPACK_ONE)),
    (b"LZIP\x01", Foreign("a file packed with lzip", _UNPACK_ONE)),
    (b"\x1a\x41\x27\x43", Foreign("a 2bit genome", "Turn it into FASTA with twoBitToFa.")),
    (b"\x43\x27\x41\x1a", Foreign("a 2bit genome", "Turn it into FASTA with twoBitToFa.")),
    (b"\x26\xfc\x8f\x88", Foreign("a bigWig file of signals", _OF_GENOME)),
    (b"\x88\x8f\xfc\x26", Foreign("a bigWig file of signals", _OF_GENOME)),
    (b"\xeb\xf2\x89\x87", Foreign("a bigBed file of intervals", _OF_GENOME)),
    (b"\x87\x89\xf2\xeb", Foreign("a bigBed file of intervals", _OF_GENOME)),
    (b".scf\0", Foreign("a chromatogram (SCF trace)", _AS_FASTA)),
    (b"\xaeZTR\r\n\x1a\n", Foreign("a chromatogram (ZTR trace)", _AS_FASTA)),
    (b".sff\0", Foreign("an SFF file of reads", "Turn it into FASTQ with sff2fastq.")),
    (b"\t\0\0\0\x0eSnapGene", Foreign("a SnapGene file", "In SnapGene, export it as FASTA or GenBank.")),
    (b"\0\x05\x16\x07", Foreign("a file that macOS keeps beside another", "Choose the one without '._' in its name.")),
    (b"\0\0\0\x01Bud1", Foreign("a file in which macOS keeps how a folder looks", "Choose the files of sequences.")),
    (b"L\0\0\0\x01\x14\x02\0", Foreign("a shortcut of Windows", "Choose the file that it leads to.")),
    (b"\xca\xfe\xba\xbe", Foreign("a program")),
    (b"\xcf\xfa\xed\xfe", Foreign("a program")),
)
_LETTER_MARKS: tuple[tuple[bytes, Foreign], ...] = (
    (b"PAR1", Foreign("a Parquet table", "Save the table as CSV or XLSX.")),
    (b"ABIF", Foreign("a chromatogram (ABI trace)", _AS_FASTA)),
    (b"MZ", Foreign("a program")),
    (b"BM", Foreign("a picture")),
    (b"RIFF", Foreign("a picture, a sound or a film")),
    (b"ID3", Foreign("a sound")),
    (b"OggS", Foreign("a sound")),
)
"""Marks that a text may begin with too."""


def find_foreign_binary(head: bytes) -> Foreign | None:
    """What a file that begins with these bytes is, where it is a known kind of binary file."""
    for mark, foreign in _MARKS:
        if head.startswith(mark):
            return foreign
    if head.startswith(_OLE):
        return _office_kind(head)
    if b"\0" in head[:_HEAD]:
        if head[4:8] == b"ftyp":
            return Foreign("a picture or a film")
        return next((foreign for mark, foreign in _LETTER_MARKS if head.startswith(mark)), None)
    return None


def _office_kind(head: bytes) -> Foreign:
    """What an old Office file is, by the names in its directory, of which the start of the file tells the place."""
    shift = min(int.from_bytes(head[_SECTOR_SHIFT : _SECTOR_SHIFT + 2], "little"), 16)
    place = (int.from_bytes(head[_FIRST_DIRECTORY : _FIRST_DIRECTORY + 4], "little") + 1) << shift
    # Where the directory lies beyond what was read, the names may be elsewhere in it all the same.
    directory = head[place : place + _MOST_DIRECTORY] or head
    kinds = (
        ("EncryptedPackage", Foreign("a workbook or document with a password", "Save it again without the password.")),
        ("Workbook", Foreign("an old Excel workbook (XLS)", _AS_XLSX)),
        ("Book", Foreign("an old Excel workbook (XLS)", _AS_XLSX)),
        ("WordDocument", Foreign("an old Word document", _AS_TEXT)),
    )
    names = (name.encode("utf-16-le") for name, _ in kinds)
    found = next((kind for name, (_, kind) in zip(names, kinds, strict=True) if name in directory), None)
    return found or Foreign("an old Office document", "If it is a workbook, open it and save it as XLSX or CSV.")


class _Pattern(NamedTuple):
    """How a kind of text begins."""

    start: re.Pattern[str]
    foreign: Foreign


def _pattern(start: str, name: str, remedy: str = "") -> _Pattern:
    return _Pattern(re.compile(start), Foreign(name, remedy))


_PDB_LINE = r"(?:ATOM  |HETATM|SEQRES|REMARK|CRYST1|COMPND|SOURCE|EXPDTA|AUTHOR|TITLE )"
_PDB = rf"HEADER    .{{40}}|(?:{_PDB_LINE}|MODEL )[ \d](?:[^\n]*\n)+?{_PDB_LINE}[ \d]"

_TEXTS: tuple[_Pattern, ...] = (
    _pattern(r"\{\\rtf", "a text document (RTF)", _AS_TEXT),
    _pattern(r"##fileformat=VCF|#CHROM\tPOS\tID\tREF\tALT(?!.*(?:[Ss]eq|SEQ))", "a VCF file of variants", _OF_VARIANTS),
    _pattern(r"##g[fvt]f|#gff|##sequence-region\s", "GFF annotation", _OF_GENOME),
    _pattern(r"@(?:HD|SQ|RG|PG|CO)\t[A-Z]{2}:", "a SAM file of alignments", _READS),
    _pattern(r"track\s+\w+=|browser\s+(?:position|hide|pack)", "a track of a genome browser", _OF_GENOME),
    _pattern(r"(?:fixed|variable)Step\s+chrom=", "a track of a genome browser", _OF_GENOME),
    _pattern(r"HMMER[23][./ ]|INFERNAL1/|HH(?:search|m) \d", "a profile of a family (HMM)", _MODEL),
    _pattern(r"#\s(?:hmmsearch|hmmscan|phmmer|jackhmmer|nhmmer|cmsearch|cmscan)\s::", "a report of HMMER", _QUERIES),
    _pattern(r"(?:#\s*)?T?BLAST[NPX]\s+\d|#\s+(?:DIAMOND|MMseqs)\s+v?\d", "a report of BLAST or DIAMOND", _QUERIES),
    _pattern(r"#{10,}\n#\sProgram:", "a report of EMBOSS", _QUERIES),
    _pattern(r"MEME version \d|#MEME|\*{10,}\nMEME", "a file of motifs (MEME)", _MODEL),
    _pattern(r"#mega\b", "an alignment of MEGA", "In MEGA, export it as FASTA."),
    _pattern(r"#FormatVersion Mauve", "a genome alignment of Mauve (XMFA)", "Save the aligned pieces as FASTA."),
    _pattern(r"!!(?:NA|AA)_SEQUENCE\b", "a GCG sequence", "Turn it into FASTA, for example with seqret of EMBOSS."),
    _pattern(_PDB, "a protein structure (PDB)", _STRUCTURE),
    _pattern(r"data_\S*\s+(?:#\s+)?(?:_|loop_)", "a structure (mmCIF)", _STRUCTURE),
    _pattern(r"!ga[fp]-version", "a list of gene functions (GAF)", _TABLE),
    _pattern(r"version https://git-lfs", "a pointer of Git LFS, not the file", "Fetch the file with 'git lfs pull'."),
    _pattern(r"\[InternetShortcut\]", "a link to a web page", "Fetch the file that it leads to."),
    _pattern(r"@(?:relation|RELATION)\s", "a table of Weka (ARFF)", "Save the table as CSV."),
    _pattern(r"@\w+\{[^\n]*,", "a list of references (BibTeX)"),
    _pattern(r"==== Secondary Structure Definition", "a DSSP file", _STRUCTURE),
    _pattern(r"chain \d+ \S+ \d+ [-+] ", "a file of chains between genomes", _OF_GENOME),
    _pattern(r"psLayout version", "a list of hits of BLAT (PSL)", _QUERIES),
    _pattern(r"BEGIN IONS\n", "a list of mass spectra (MGF)", _TABLE),
    _pattern(r"#!\s*/(?:usr|bin)/", "a script"),
    _pattern(r"H\tVN:Z:", "an assembly graph (GFA)", "Turn its segments into FASTA with gfatools gfa2fa."),
    _pattern(r"AS \d+ \d+\s+CO ", "an assembly (ACE)", "Save its contigs as FASTA."),
    _pattern(r"BEGIN_SEQUENCE ", "a chromatogram (PHD)", _AS_FASTA),
)  # fmt: skip
_XML: tuple[tuple[str, Foreign], ...] = (
    ("<!doctype html", Foreign("a web page", _DOWNLOAD)),
    ("<html", Foreign("a web page", _DOWNLOAD)),
    ("<head", Foreign("a web page", _DOWNLOAD)),
    ("<body", Foreign("a web page", _DOWNLOAD)),
    ("<table", Foreign("a web page", "Open it and save its table as XLSX or CSV.")),
    ("schemas-microsoft-com:office:spreadsheet", Foreign("an XML workbook of Excel 2003", _AS_XLSX)),
    ("<uniprot", Foreign("UniProt XML", "Fetch the same from UniProt as FASTA.")),
    ("<gbset", Foreign("GenBank XML", "Fetch the same from NCBI as FASTA or GenBank.")),
    ("<gbseq", Foreign("GenBank XML", "Fetch the same from NCBI as FASTA or GenBank.")),
    ("<insdset", Foreign("GenBank XML", "Fetch the same from NCBI as FASTA or GenBank.")),
    ("<tseqset", Foreign("FASTA as XML (TinySeq)", "Fetch the same from NCBI as FASTA.")),
    ("<blastoutput", Foreign("a report of BLAST", _QUERIES)),
    ("<seqxml", Foreign("SeqXML", _AS_FASTA)),
    ("<phyloxml", Foreign("a tree (phyloXML)")),
    ("<nex:nexml", Foreign("a tree (NeXML)")),
    ("<svg", Foreign("a picture")),
)
_TREE_MARK = re.compile(r"(?:\[&[RUru]\]\s*)?\(")
_MANY = 20
_NUMBERS = re.compile(r"[-\d.\s]*\d[-\d.\s]*")
_JSON = re.compile(r'(?:\{\s*["}]|\[\s*(?:[\[{"\]]|-?\d+(?:\.\d+)?\s*[,\]]))')
_ENTRY = re.compile(r"HEADER    .{40}.{9}   ([0-9][A-Za-z0-9]{3})\b|data_([0-9][A-Za-z0-9]{3})\b")
_ACCESSIONS = re.compile(
    r"(?:[OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2}|[A-Z]{1,2}_?\d{5,9}|[A-Z]{3}\d{5,7}|"
    r"(?:GC[AF]|rs|ENS[A-Z]*[GTPE])_?\d{4,})(?:[.-]\d{1,3})?"
)


def find_foreign_text(start: str, *, is_whole: bool) -> Foreign | None:
    """What a text that begins so is, where it is a known kind that holds no sequences that are read.

    Args:
        start: The text from its first letter that is no blank, with line feeds as line ends.
        is_whole: Nothing follows it.
    """
    head = start[:_HEAD]
    if head.startswith("<"):
        low = head.lower()
        found = next((foreign for mark, foreign in _XML if mark in low), None)
        return found or Foreign("a web page or XML", "Save the sequences as FASTA or as a table (CSV, TSV or XLSX).")
    if head.startswith(("{", "[")) and _JSON.match(head):
        return Foreign("JSON", _TABLE)
    for pattern in _TEXTS:
        if pattern.start.match(head):
            return _with_place(pattern.foreign, start)
    if _is_tree(start, is_whole=is_whole):
        return Foreign("a tree (Newick)", "It names sequences but does not hold them; choose their alignment.")
    return _foreign_lines(start, is_whole=is_whole)


def find_foreign_headers(start: str) -> Foreign | None:
    """What a text is in which lines begin with `>` as in FASTA, where no letters follow them."""
    first, _, rest = start.partition("\n")
    second = rest.partition("\n")[0]
    if first.startswith(">Cluster ") and re.match(r"\d+\t\d+(?:aa|nt), >.*\.\.\. (?:\*|at )", second):
        return Foreign("a CD-HIT cluster list", "Choose the FASTA file that CD-HIT wrote beside it.")
    if re.match(r">Feature\s+\S", first) and re.match(r"[<>]?\d+\t[<>]?\d+\t\w", second):
        return Foreign("a feature table of GenBank", "Choose the FASTA file that it belongs to.")
    if re.match(r"\s*[ACGT]\s*\[[\s\d.]+\]\s*$", second):
        return Foreign("a file of motifs (JASPAR)", _MODEL)
    lines = [line for line in start[:_HEAD].split("\n") if line.strip() and not line.startswith(">")]
    if lines and all(map(_NUMBERS.fullmatch, lines)):
        return Foreign("a file of quality values or other numbers", "Choose the FASTA file that it belongs to.")
    return None


def _foreign_lines(start: str, *, is_whole: bool) -> Foreign | None:
    lines = start.split("\n")
    lines = [line for line in (lines if is_whole else lines[:-1]) if line.strip()][:100]
    table = find_foreign_table(lines)
    if table:
        name, about = table
        return Foreign(name, _REMEDIES[about])
    if lines and all(_ACCESSIONS.fullmatch(line.strip()) for line in lines):
        return Foreign(
            "a list of accession numbers", "Fetch their sequences as FASTA from the database that they belong to."
        )
    return None


def _is_tree(start: str, *, is_whole: bool) -> bool:
    if not _TREE_MARK.match(start) or "\t" in start[:_HEAD]:
        return False
    if is_whole:
        return start.rstrip().endswith(";") and 0 < start.count("(") == start.count(")")
    return start.count("(", 0, _HEAD) > _MANY and start.count(",", 0, _HEAD) > _MANY


def _with_place(foreign: Foreign, start: str) -> Foreign:
    """The same with the place of its sequences, where the file tells it."""
    entry = _ENTRY.match(start) if foreign.remedy == _STRUCTURE else None
    if entry:
        address = f"https://www.rcsb.org/fasta/entry/{(entry[1] or entry[2]).upper()}"
        return Foreign(foreign.name, f"Fetch its sequences as FASTA: {address}.")
    if "GFF" in foreign.name and "\n##FASTA" in start:
        return Foreign(foreign.name, "Its sequences stand below the line '##FASTA': save that part as a FASTA file.")
    return foreign
