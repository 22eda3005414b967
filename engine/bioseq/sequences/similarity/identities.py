"""What the identity of two sequences is over: the shorter one, but never over so few letters that chance makes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST = {4: 15, 20: 8}
"""Kinds of letters to the fewest over which identity is counted.

At an identity of 0.8 a pair then has at least 12 identical nucleotides, or 7 identical residues of peptides. Over the
shorter alone, two or three letters that happen to stand in another peptide are an identity of 1, and most peptides of
two to ten letters chain into one cluster. CD-HIT leaves out sequences of up to 10 letters (Li and Godzik 2006)."""
_ROUNDING = 1e-9


def identities(identical: NDArray[np.integer], shorter: NDArray[np.integer], kinds: int) -> NDArray[np.float64]:
    """Identical aligned letters over the letters that they are counted over, [0, 1], `(P,)`.

    Args:
        identical: Identical aligned letters of each pair, `(P,)`.
        shorter: Letters of the shorter sequence of each pair, `(P,)`.
        kinds: Residues of the molecule: 4 or 20.
    """
    found: NDArray[np.float64] = identical / np.maximum(shorter, _FEWEST[kinds])
    return found


def letters_needed(length: int, identity: float, kinds: int) -> int:
    """Identical letters from which two windows of one length have this identity; more than they have if never.

    Args:
        length: Of both, letters.
        identity: Wanted, [0, 1].
        kinds: Residues of the molecule: 4 or 20.
    """
    return math.ceil(identity * max(length, _FEWEST[kinds]) - _ROUNDING)
