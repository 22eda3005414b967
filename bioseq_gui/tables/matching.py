"""Which rows of a text column hold a piece of text or a motif: a search through the bytes of all rows at once. No Qt.

The buffer is gone through in pieces that fit the processor's cache; the pickiest places of a pattern decide where a
closer look is worth while.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import Molecule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.sequences.text_column import TextColumn

_PIECE = 1 << 18
_DENSE_STEPS = 2

_NUCLEOTIDE_CODES = {
    "A": "A",
    "C": "C",
    "G": "G",
    "T": "TU",
    "U": "TU",
    "R": "AG",
    "Y": "CTU",
    "S": "CG",
    "W": "ATU",
    "K": "GTU",
    "M": "AC",
    "B": "CGTU",
    "D": "AGTU",
    "H": "ACTU",
    "V": "ACG",
    "N": "ACGTU",
}
_PROTEIN_CODES = {"B": "BDN", "Z": "ZEQ", "J": "JIL", "X": "ACDEFGHIKLMNPQRSTVWY"}
_WILDCARDS = ".*?"


def text_pattern(text: str) -> tuple[bytes, ...]:
    """A text as sets of bytes, one set per byte, ASCII letters in either case."""
    return tuple(bytes({byte, *bytes([byte]).swapcase()}) for byte in text.encode("utf-8", "surrogateescape"))


def motif_pattern(motif: str, molecule: Molecule) -> tuple[bytes, ...]:
    """A motif as sets of letters: IUPAC codes stand for what they mean, T for U and U for T, `.` for any letter."""
    codes = _PROTEIN_CODES if molecule is Molecule.PROTEIN else _NUCLEOTIDE_CODES
    sets = []
    for letter in motif.upper():
        if letter in _WILDCARDS:
            sets.append(bytes(range(256)))
        elif not letter.isspace():
            sets.append(_either_case(letter + codes.get(letter, "")))
    return tuple(sets)


def rows_with(text: TextColumn, pattern: Sequence[bytes]) -> NDArray[np.bool_]:
    """Which rows hold the pattern somewhere.

    Args:
        text: N rows.
        pattern: The bytes that may stand at each place.

    Returns:
        True where a row holds it, `(N,)`; an empty pattern is held by every row.
    """
    found = np.zeros(len(text), bool)
    if not pattern:
        return ~found
    offsets = np.asarray(text.offsets)
    first, last = int(offsets[0]) if len(text) else 0, int(offsets[-1])
    for start in range(first, last, _PIECE):
        piece = np.asarray(text.buffer[start : min(start + _PIECE + len(pattern) - 1, last)])
        places = _places(piece, pattern)
        if len(places) > len(piece) >> 5:
            _mark_many(found, offsets, places, start, width=len(pattern), span=len(piece))
        elif len(places):
            places += start
            rows = np.searchsorted(offsets, places, "right") - 1
            found[rows[places + len(pattern) <= offsets[rows + 1]]] = True
    return found


def _mark_many(
    found: NDArray[np.bool_], offsets: NDArray[np.int64], places: NDArray[np.intp], start: int, *, width: int, span: int
) -> None:
    """Mark the rows of many hits: a row is hit when the count of hits grows between its first and last legal place."""
    hits = np.zeros(span + 1, np.int32)
    hits[places + 1] = 1
    np.cumsum(hits, out=hits)
    first = max(int(np.searchsorted(offsets, start, "right")) - 1, 0)
    last = int(np.searchsorted(offsets, start + span, "left"))
    low = np.clip(offsets[first:last] - start, 0, span)
    high = np.clip(offsets[first + 1 : last + 1] - width + 1 - start, 0, span)
    found[first:last] |= hits[np.maximum(high, low)] > hits[low]


def _either_case(letters: str) -> bytes:
    return bytes(sorted({*letters.upper().encode("utf-8"), *letters.lower().encode("utf-8")}))


def _places(piece: NDArray[np.uint8], pattern: Sequence[bytes]) -> NDArray[np.intp]:
    """Where the pattern starts in a piece of the buffer, ascending."""
    count = len(piece) - len(pattern) + 1
    if count <= 0:
        return np.zeros(0, np.intp)
    # Few letters allowed at a place leave few candidates: such places are looked at first.
    order = sorted(
        (place for place, letters in enumerate(pattern) if len(letters) < 256), key=lambda p: len(pattern[p])
    )
    candidates = np.ones(count, bool)
    for place in order[:_DENSE_STEPS]:
        candidates &= _one_of(piece[place : place + count], pattern[place])
    places = np.flatnonzero(candidates)
    for place in order[_DENSE_STEPS:]:
        places = places[_one_of(piece[places + place], pattern[place])]
    return places


def _one_of(letters: NDArray[np.uint8], allowed: bytes) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = letters == allowed[0]
    for other in allowed[1:]:
        result |= letters == other
    return result
