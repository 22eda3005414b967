"""Peptides written in three-letter codes: `Met-Ala-Gly`, `MetAlaGly`, `Met Ala Gly`, `H-Met-Ala-OH`.

Source of the codes: IUPAC-IUB 1984 as Biopython lists them. Codes in capitals alone, or in small letters alone, are
text that one-letter codes could spell too; they are believed where many stand, and no other letters.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from bioseq.errors import Severity
from bioseq.sequences.row_marks import RowMarks
from bioseq.sequences.wording import short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bioseq.sequences.records import Note

Style = Literal["mixed case", "parted", "one case"]

_NEARLY_ALL = 0.95
_ENOUGH: tuple[tuple[Style, int, int], ...] = (("mixed case", 3, 1), ("parted", 8, 3), ("one case", 20, 8))
"""Codes, and kinds of codes, from which text is believed to be codes: of three letters at random one in three hundred
is a code in capitals."""
_KNOWN = 0.8
"""Share of codes of a sequence that must be known; others, such as Aib, are read as unknown."""
_START = r"(?:(?:H2N|NH2|Ac|Acetyl|For|Boc|Fmoc|H)-)?"
_END = r"(?:-?(?:OH|NH2|COOH|CONH2))?-?"
_MIXED = re.compile(rf"{_START}((?:(?:[DL]-)?[A-Z][a-z][a-z]-?)+?){_END}")
_MIXED_CODE = re.compile(r"(?:[DL]-)?([A-Z][a-z][a-z])")
_PARTED = re.compile(r"[A-Z]{3}(?:-[A-Z]{3})+-?")
_JOINED = re.compile(r"(?:[A-Z]{3})+")
_OTHER_HAND = re.compile(r"(?:^|-)D-[A-Z][a-z][a-z]")
_SHOWN = 24


def may_be_codes(counts: NDArray[np.int64]) -> bool:
    """Whether letters may be three-letter codes, by how often each of the 256 codes occurs.

    The twenty amino acids are spelt without D, F, K, Q and W, which are a fifth of a protein's letters, and mostly
    with letters that nucleotides do not have.
    """
    folded = counts[65:91] + counts[97:123]
    total = int(folded.sum())
    absent, own = (sum(int(folded[ord(letter) - 65]) for letter in letters) for letters in ("DFKQW", "EHILMOPRSUVY"))
    return total > 0 and absent <= 0.05 * total and own >= 0.3 * total


def find_style(texts: Sequence[str], parted: Sequence[bool]) -> Style | None:
    """The way in which nearly all of these sequences are written in three-letter codes; None where they are not.

    Args:
        texts: Sequences without blanks; the first of a file are enough.
        parted: Of each, whether blanks stood between words of three letters.
    """
    full = [(text, apart) for text, apart in zip(texts, parted, strict=True) if text]
    for style, enough, kinds in _ENOUGH:
        found = [codes for text, apart in full if (codes := split_codes(text, style, parted=apart))]
        codes = [code for some in found for code in some]
        if found and len(found) >= _NEARLY_ALL * len(full) and len(codes) >= enough and len(set(codes)) >= kinds:
            return style
    return None


def split_codes(text: str, style: Style, *, parted: bool) -> list[str]:
    """The codes of a sequence, as "Met"; empty when it is not written in codes alone.

    Args:
        text: Without blanks.
        style: How codes are written in the file.
        parted: Blanks stood between words of three letters.
    """
    if style == "mixed case":
        whole = _MIXED.fullmatch(text)
        codes = _MIXED_CODE.findall(whole[1]) if whole else []
        return codes if sum(code in _table() for code in codes) >= _KNOWN * len(codes) else []
    if not (text.isupper() or text.islower()):
        return []
    capitals = text.upper()
    if _PARTED.fullmatch(capitals):
        codes = [code.capitalize() for code in capitals.strip("-").split("-")]
    elif (parted or style == "one case") and _JOINED.fullmatch(capitals):
        codes = [capitals[start : start + 3].capitalize() for start in range(0, len(capitals), 3)]
    else:
        return []
    return codes if all(code in _table() for code in codes) else []


class CodeReader:
    """Turns sequences into one-letter codes, and keeps account of it."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._read = RowMarks()
        self._unknown = RowMarks()
        self._other_hand = RowMarks()
        self._others = RowMarks()

    def read(self, row: int, text: str, *, parted: bool) -> str:
        """One letter for each code; the text as it is where it holds something else."""
        codes = split_codes(text, self._style, parted=parted)
        if not codes:
            if text:
                self._others.add(row, f"'{short_name(text, longest=_SHOWN)}'")
            return text
        letters = "".join(_table().get(code, "X") for code in codes)
        short = "..." if len(text) > _SHOWN else ""
        self._read.add(row, f"'{text[:_SHOWN]}{short}' as '{letters[: _SHOWN // 3]}{short}'")
        if unknown := next((code for code in codes if code not in _table()), ""):
            self._unknown.add(row, f"'{unknown}'")
        if _OTHER_HAND.search(text):
            self._other_hand.add(row, "")
        return letters

    @property
    def rows(self) -> list[int]:
        """The sequences that were turned into one-letter codes."""
        return self._read.rows

    def notes(self) -> tuple[Note, ...]:
        """What is told of it."""
        code = "three_letter_codes"
        return (
            *self._read.notes(
                code,
                Severity.INFO,
                "{n} [sequence is|sequences are] written in three-letter codes.",
                "They are read as one letter for each residue; what names the ends (H-, Ac-, -OH, -NH2) is left out.",
            ),
            *self._unknown.notes(
                code,
                Severity.WARNING,
                "{n} [sequence holds|sequences hold] three-letter codes of residues that are none of the usual ones.",
                "These residues are read as unknown (X).",
            ),
            *self._other_hand.notes(
                code,
                Severity.WARNING,
                "{n} [sequence holds|sequences hold] D-amino acids.",
                "They are read as the usual L-forms: one letter cannot tell them apart.",
            ),
            *self._others.notes(
                code,
                Severity.WARNING,
                "{n} [sequence is|sequences are] not written in three-letter codes alone, while most of the file are.",
                "They are read letter by letter. Look at them.",
            ),
        )


@cache
def _table() -> dict[str, str]:
    from Bio.Data.IUPACData import protein_letters_3to1_extended

    return {**protein_letters_3to1_extended, "Unk": "X", "Ter": "*"}
