"""The formats of files of sequences: one table of their names and of how the names of such files end.

Only its content tells what a file is; endings are looked at where a name is taken apart, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal[
    "fasta",
    "fastq",
    "genbank",
    "embl",
    "swiss",
    "pir",
    "old_fasta",
    "ig",
    "clustal",
    "stockholm",
    "phylip",
    "msf",
    "nexus",
    "maf",
    "csv",
    "tsv",
    "xlsx",
]
Group = Literal["sequences", "alignment", "table"]


@dataclass(frozen=True, slots=True)
class FormatFacts:
    """What is to be known of a format.

    Attributes:
        title: Its name, for people.
        group: What such a file is: plain sequences, rows of an alignment, or a table.
        endings: How names of such files usually end.
    """

    title: str
    group: Group
    endings: tuple[str, ...]


FORMATS: dict[Format, FormatFacts] = {
    "fasta": FormatFacts(
        "FASTA",
        "sequences",
        (".fasta", ".fa", ".fna", ".ffn", ".faa", ".frn", ".fas", ".fsa", ".mpfa", ".pep", ".a2m", ".a3m", ".afa"),
    ),
    "fastq": FormatFacts("FASTQ", "sequences", (".fastq", ".fq")),
    "genbank": FormatFacts("GenBank", "sequences", (".gb", ".gbk", ".gbff", ".genbank", ".gp", ".gpff", ".seq")),
    "embl": FormatFacts("EMBL", "sequences", (".embl", ".em", ".dat")),
    "swiss": FormatFacts("UniProt text", "sequences", (".swiss", ".sp")),
    "pir": FormatFacts("PIR", "sequences", (".pir", ".nbrf", ".ali")),
    "old_fasta": FormatFacts("FASTA with ';'", "sequences", ()),
    "ig": FormatFacts("IntelliGenetics", "sequences", (".ig",)),
    "clustal": FormatFacts("Clustal", "alignment", (".aln", ".clustal", ".clw")),
    "stockholm": FormatFacts("Stockholm", "alignment", (".sto", ".stk", ".sth", ".stockholm")),
    "phylip": FormatFacts("PHYLIP", "alignment", (".phy", ".phylip", ".ph")),
    "msf": FormatFacts("MSF", "alignment", (".msf",)),
    "nexus": FormatFacts("NEXUS", "alignment", (".nex", ".nexus", ".nxs")),
    "maf": FormatFacts("MAF", "alignment", (".maf",)),
    "csv": FormatFacts("CSV", "table", (".csv",)),
    "tsv": FormatFacts("TSV", "table", (".tsv", ".tab")),
    "xlsx": FormatFacts("Excel (XLSX)", "table", (".xlsx", ".xlsm")),
}
"""Every format that is read, in the order in which people are told of them."""

LEADING_BLANKS = "\ufeff \t\r\n\v\f\0"
"""What may stand before the beginning of a text without meaning anything."""
COMPRESSION_ENDINGS = (".gz", ".bgz", ".bz2", ".xz", ".zst")


def list_formats() -> str:
    """The titles of all formats as one text: `FASTA, FASTQ, ... or Excel (XLSX)`."""
    titles = [facts.title for facts in FORMATS.values()]
    return f"{', '.join(titles[:-1])} or {titles[-1]}"


def format_title(name: str) -> str:
    """The title of a format, for people; the name itself where there is no such format."""
    return next((facts.title for form, facts in FORMATS.items() if form == name), name)
