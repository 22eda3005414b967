"""Two similar sequences letter by letter, so that a person sees why they count as similar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bioseq.sequences.alphabets import ALPHABETS, Molecule

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

_MOST_CELLS = 16_000_000
"""Letters of one times letters of the other up to which two sequences are aligned."""
_UNKNOWN = "?"
_GAP = "-"
_COMPLEMENT = str.maketrans("ACGTUacgtuRYSWKMBDHVNryswkmbdhvn", "TGCAAtgcaaYRSWMKVHDBNyrswmkvhdbn")
_PRICES = {True: (1.0, -1.0, -2.0), False: (3.0, -1.0, -4.0)}
"""Of nucleotides or not: an identical letter, another one, a gap; those by which similar sequences are found."""


@dataclass(frozen=True, slots=True)
class PairAlignment:
    """The best local alignment of two sequences.

    Attributes:
        first: Aligned letters of the first, "-" where it has a gap.
        second: Of the second, as many; where `reversed`, those of its other strand.
        marks: "|" where both are the same, else a space; as many. `U` and `T` are the same, unknown letters never.
        first_start: Place of the first of these letters in the first sequence, from 1.
        second_start: The same in the second; where `reversed`, places fall from here.
        first_length: Letters of the whole first sequence.
        second_length: Of the whole second.
        reversed: The other strand of the second was read.
    """

    first: str
    second: str
    marks: str
    first_start: int
    second_start: int
    first_length: int
    second_length: int
    reversed: bool = False

    @property
    def identical(self) -> int:
        """Aligned letters that are the same."""
        return self.marks.count("|")

    def blocks(self, width: int) -> Iterator[tuple[str, str, str]]:
        """Lines of at most so many letters, three at a time, with the places of their first and last letters."""
        one, other = self.first_start, self.second_start
        step = -1 if self.reversed else 1
        digits = len(f"{max(self.first_length, self.second_length):,}")
        for start in range(0, len(self.first), width):
            above, below = self.first[start : start + width], self.second[start : start + width]
            next_one, next_other = one + _letters(above), other + step * _letters(below)
            yield (
                f"{one:>{digits},} {above} {next_one - 1:,}",
                f"{'':>{digits}} {self.marks[start : start + width]}".rstrip(),
                f"{other:>{digits},} {below} {next_other - step:,}",
            )
            one, other = next_one, next_other


def pair_alignment(
    first: str, second: str, molecule: Molecule, *, both_strands: bool = False, windows: bool = False
) -> PairAlignment | None:
    """Align two sequences, whatever their case.

    Args:
        first: Letters as read or cleaned.
        second: The same.
        molecule: What they are made of. Letters that are none of its residues are identical to none.
        both_strands: The reverse complement of the second is tried too; of nucleotides only.
        windows: Both are windows of one length: they are compared without gaps, moved by at most half their length.

    Returns:
        None when nothing of them can be aligned, they are too long for it, or hold what cannot be shown.
    """
    shown = first.isprintable() and second.isprintable()
    if not first or not second or not shown or len(first) * len(second) > _MOST_CELLS:
        return None
    align = _beside if windows else _aligned
    found = align(first, second, molecule)
    if both_strands and molecule is not Molecule.PROTEIN:
        other = align(first, second.translate(_COMPLEMENT)[::-1], molecule, reverse=True)
        if other is not None and (found is None or other.identical > found.identical):
            return other
    return found


def read_alignment(fields: dict[str, Any] | None) -> PairAlignment | None:
    """An alignment from the fields that a file holds of it; None where it holds none.

    Raises:
        ValueError: They do not fit together.
        TypeError: They are something else.
    """
    if fields is None:
        return None
    found = PairAlignment(**fields)
    places = found.first_start, found.second_start, found.first_length, found.second_length
    if any(type(place) is not int for place in places) or type(found.reversed) is not bool:
        raise TypeError("a place is no whole number")
    if not len(found.first) == len(found.second) == len(found.marks):
        raise ValueError("the lines of an alignment are of different lengths")
    if not all(line.isprintable() for line in (found.first, found.second, found.marks)):
        raise ValueError("an alignment is made of letters")
    return found


def _beside(first: str, second: str, molecule: Molecule, *, reverse: bool = False) -> PairAlignment | None:
    """Two sequences of one length, moved against each other to where most letters are the same."""
    plain = _plain(first, molecule), _plain(second, molecule)
    moves = sorted(range(-(len(first) // 2), len(first) // 2 + 1), key=abs)
    move = max(moves, key=lambda one: _marks(*_overlap(*plain, one)).count("|"))
    above, below = _overlap(first, second, move)
    marks = _marks(*_overlap(*plain, move))
    skipped, there = max(0, -move), max(0, move)
    start = len(second) - there if reverse else 1 + there
    found = PairAlignment(above, below, marks, 1 + skipped, start, len(first), len(second), reverse)
    return found if found.identical else None


def _overlap(first: str, second: str, move: int) -> tuple[str, str]:
    """What stands opposite a letter when the second begins so many letters before the first."""
    return first[max(0, -move) : len(first) - max(0, move)], second[max(0, move) : len(second) - max(0, -move)]


def _aligned(first: str, second: str, molecule: Molecule, *, reverse: bool = False) -> PairAlignment | None:
    from Bio.Align import PairwiseAligner

    match, mismatch, gap = _PRICES[molecule is not Molecule.PROTEIN]
    aligner = PairwiseAligner(
        mode="local", match_score=match, mismatch_score=mismatch, gap_score=gap, wildcard=_UNKNOWN
    )
    plain = _plain(first, molecule), _plain(second, molecule)
    best = next(iter(aligner.align(*plain)), None)
    if best is None or not best.score:
        return None
    ones, others = best.coordinates
    start = len(second) - int(others[0]) if reverse else int(others[0]) + 1
    above, below = _with_gaps(first, second, ones, others)
    marks = _marks(*_with_gaps(*plain, ones, others))
    return PairAlignment(above, below, marks, int(ones[0]) + 1, start, len(first), len(second), reverse)


def _marks(first: str, second: str) -> str:
    return "".join("|" if one == other != _UNKNOWN else " " for one, other in zip(first, second, strict=True))


def _with_gaps(first: str, second: str, ones: NDArray[np.intp], others: NDArray[np.intp]) -> tuple[str, str]:
    """The aligned letters, from the places where steps of the alignment begin and end."""
    above, below = [], []
    for place in range(len(ones) - 1):
        upper, lower = first[ones[place] : ones[place + 1]], second[others[place] : others[place + 1]]
        length = max(len(upper), len(lower))
        above.append(upper.ljust(length, _GAP))
        below.append(lower.ljust(length, _GAP))
    return "".join(above), "".join(below)


def _plain(letters: str, molecule: Molecule) -> str:
    """Capitals, T for U, and a mark that is identical to nothing for everything else."""
    letters, known = letters.upper(), set(ALPHABETS[molecule].residues)
    if molecule is not Molecule.PROTEIN:
        letters, known = letters.replace("U", "T"), set("ACGT")
    return "".join(letter if letter in known else _UNKNOWN for letter in letters)


def _letters(line: str) -> int:
    return len(line) - line.count(_GAP)
