"""Letters as the numbers that a network reads: one per residue, or one per overlapping word of k letters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.ragged import offsets_of, translated
from bioseq.sequences.text_column import gather_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAD = 0
"""Fills the end of shorter sequences in a batch; never a token of a sequence."""
UNKNOWN = 1
"""Any letter or word that is not spelt with residues alone."""
_SPECIAL = 2
_BASES = 4

_LONGEST_WORD = {Molecule.DNA: 6, Molecule.RNA: 6, Molecule.PROTEIN: 3}

_KINDS: dict[str, Literal["letters", "kmers"]] = {"letters": "letters", "kmers": "kmers"}

_BLOCK = 1 << 22
_IN_CACHE = 1 << 18
"""Letters encoded by arithmetic in one go, so that all its steps find them in the cache."""
_OTHER_CASE, _SPREAD, _TOP_BITS = np.uint8(32), np.uint8(107), np.uint8(5)
_ALL_CODES = np.arange(256, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class TokenColumn:
    """N rows of tokens in one buffer.

    Attributes:
        tokens: Tokens of all records, one after the other, `(tokens,)`: uint8 when the vocabulary has at most 256
            words, else uint16.
        offsets: Where each record's tokens start, and the end of the last, int64 `(N + 1,)`.
    """

    tokens: NDArray[np.uint8] | NDArray[np.uint16]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens per record, `(N,)`, at least 1 each."""
        return np.diff(self.offsets)

    def row(self, number: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """The tokens of one record."""
        return self.tokens[self.offsets[number] : self.offsets[number + 1]]

    def take(self, rows: NDArray[np.intp]) -> TokenColumn:
        """The column with these rows only, in this order."""
        tokens, offsets = gather_rows(self.tokens, self.offsets, rows)
        return TokenColumn(tokens, offsets)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that a network knows, numbered: 0 padding, 1 unknown, then the words in alphabet order.

    Attributes:
        molecule: What the words are made of.
        kind: Single letters, or overlapping words.
        k: Letters per word; 1 for single letters.
    """

    molecule: Molecule
    kind: Literal["letters", "kmers"] = "letters"
    k: int = 1

    def __post_init__(self) -> None:
        """Check that there are not too many words.

        Raises:
            BioseqError: The words are too long for the molecule.
        """
        longest = _LONGEST_WORD[self.molecule]
        if self.kind == "kmers" and not 1 <= self.k <= longest:
            raise BioseqError(
                "config.word_length",
                f"Words of {self.k} letters are not possible for {self.molecule.value}.",
                where="tokens.k",
                remedy=f"Choose a word length from 1 to {longest}.",
            )
        if self.kind == "letters" and self.k != 1:
            object.__setattr__(self, "k", 1)

    @property
    def size(self) -> int:
        """Number of tokens, with padding and unknown."""
        return _SPECIAL + int(len(ALPHABETS[self.molecule].residues) ** self.k)

    @property
    def words(self) -> tuple[str, ...]:
        """The words, in the order of their tokens, without padding and unknown."""
        return tuple("".join(word) for word in product(ALPHABETS[self.molecule].residues, repeat=self.k))

    def to_dict(self) -> dict[str, Any]:
        """The vocabulary as a JSON object."""
        return {"molecule": self.molecule.value, "kind": self.kind, "k": self.k}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Vocabulary:
        """The inverse of `to_dict`.

        Raises:
            BioseqError: The object describes no vocabulary.
        """
        try:
            return cls(Molecule(fields["molecule"]), _KINDS[fields["kind"]], int(fields["k"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BioseqError("bundle.bad_vocabulary", "The description of the tokens is not understood.") from error

    def encode(
        self, letters: NDArray[np.uint8], offsets: NDArray[np.int64], *, counts: NDArray[np.int64] | None = None
    ) -> TokenColumn:
        """The tokens of records: L letters give L - k + 1 words.

        Upper and lower case are the same letter; `U` and `T` are the same residue in DNA and RNA. A record that is
        shorter than k letters gives one unknown token, so that each record has at least one.

        Args:
            letters: Letters of all records, ASCII codes, `(residues,)`.
            offsets: Row starts and the last end, `(N + 1,)`.
            counts: How often each code occurs in `letters`, `(256,)`, where readers have counted them: single bases
                are then encoded three times as fast.
        """
        column = self._letter_column(letters, offsets, counts) if self.k == 1 else self._word_column(letters, offsets)
        return _with_short_rows(column, np.diff(offsets) < self.k)

    def spell(self, column: TokenColumn) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Letters that give these tokens again, the inverse of `encode`: letters `(residues,)` and offsets `(N + 1,)`.

        A letter that no known word covers is spelt as unknown. A record that was too short for one word comes back as
        k unknown letters, which again give one unknown token.
        """
        residues = np.frombuffer(ALPHABETS[self.molecule].residues.encode(), np.uint8)
        unknown = ord(ALPHABETS[self.molecule].unknown)
        if self.k == 1:
            table = np.full(self.size, unknown, np.uint8)
            table[_SPECIAL:] = residues
            return table[column.tokens], column.offsets
        offsets = column.offsets - column.offsets[0] + np.arange(len(column) + 1) * (self.k - 1)
        letters = np.full(int(offsets[-1]), unknown, np.uint8)
        known = np.flatnonzero(column.tokens >= _SPECIAL)
        words = column.tokens[known].astype(np.int64) - _SPECIAL
        starts = known + np.repeat(np.arange(len(column)) * (self.k - 1), column.lengths)[known]
        for place in range(self.k - 1, -1, -1):
            words, digits = np.divmod(words, len(residues))
            letters[starts + place] = residues[digits]
        return letters, offsets

    def complements(self) -> NDArray[np.int64]:
        """Token to the token of its reverse complement, `(size,)`; padding and unknown are their own.

        Raises:
            BioseqError: Proteins have no other strand.
        """
        if self.molecule is Molecule.PROTEIN:
            raise BioseqError(
                "config.no_other_strand",
                "Proteins have no other strand.",
                where="augmentation",
                remedy="Switch off what reads the other strand; it is for DNA and RNA.",
            )
        words = np.arange(self.size - _SPECIAL)
        turned = np.zeros_like(words)
        for _ in range(self.k):
            words, last = np.divmod(words, _BASES)
            turned = turned * _BASES + (_BASES - 1 - last)  # A C G T: the complement stands at the mirrored place
        return np.concatenate([[PAD, UNKNOWN], turned + _SPECIAL])

    def _codes(self) -> NDArray[np.uint8]:
        """Table `(256,)` from letter to the residue's number; 255 for all others."""
        codes = np.full(256, 255, np.uint8)
        for number, residue in enumerate(ALPHABETS[self.molecule].residues):
            codes[ord(residue)] = codes[ord(residue.lower())] = number
        if self.molecule is not Molecule.PROTEIN:
            codes[ord("U")] = codes[ord("u")] = codes[ord("T")] = codes[ord("t")] = 3
        return codes

    def _letter_column(
        self, letters: NDArray[np.uint8], offsets: NDArray[np.int64], counts: NDArray[np.int64] | None
    ) -> TokenColumn:
        codes = self._codes()
        table = np.where(codes == 255, UNKNOWN, codes.astype(np.int64) + _SPECIAL).astype(np.uint8)
        part = letters[offsets[0] : offsets[-1]]
        # Exact: the arithmetic is taken only where it gives what the table gives for each letter that occurs.
        if counts is not None and not counts[_base_tokens(_ALL_CODES) != table].any():
            return TokenColumn(_base_tokens(part), offsets - offsets[0])
        return TokenColumn(translated(part, table.tobytes()), offsets - offsets[0])

    def _word_column(self, letters: NDArray[np.uint8], offsets: NDArray[np.int64]) -> TokenColumn:
        dtype: type[np.uint8 | np.uint16] = np.uint8 if self.size <= 256 else np.uint16
        part = letters[offsets[0] : offsets[-1]]
        words: NDArray[Any] = np.full(len(part), UNKNOWN, dtype)
        for start in range(0, max(0, len(part) - self.k + 1), _BLOCK):
            block = part[start : start + _BLOCK + self.k - 1]
            words[start : start + len(block) - self.k + 1] = self._words_of(block)
        starts = offsets - offsets[0]
        kept = np.maximum(np.diff(starts) - self.k + 1, 0)
        ends = starts[:-1] + kept
        # Words that would reach into the next record are cut out.
        inside = np.zeros(len(part) + 1, np.int8)
        np.add.at(inside, starts[:-1], 1)
        np.add.at(inside, ends, -1)
        return TokenColumn(words[np.cumsum(inside[:-1], dtype=np.int8).view(np.bool_)], offsets_of(kept))

    def _words_of(self, block: NDArray[np.uint8]) -> NDArray[np.int64]:
        codes = self._codes()[block]
        count = len(block) - self.k + 1
        base = len(ALPHABETS[self.molecule].residues)
        values = np.zeros(count, np.int64)
        known = np.ones(count, np.bool_)
        for place in range(self.k):
            letters = codes[place : place + count]
            values = values * base + letters
            known &= letters != 255
        return np.where(known, values + _SPECIAL, UNKNOWN)


def _base_tokens(letters: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Tokens of A, C, G, T, U and N in either case by arithmetic on bytes; of most other letters wrong ones.

    A letter times its other case is the same for both cases. Of that product modulo 256, times 107, the three highest
    bits happen to be the token of a base, and `UNKNOWN` for N. Four steps over bytes that lie in the cache take a third
    of the time of a look into a table for each.
    """
    written = np.empty(len(letters), np.uint8)
    for start in range(0, len(letters), _IN_CACHE):
        block, tokens = letters[start : start + _IN_CACHE], written[start : start + _IN_CACHE]
        np.bitwise_xor(block, _OTHER_CASE, out=tokens)
        np.multiply(tokens, block, out=tokens)
        np.multiply(tokens, _SPREAD, out=tokens)
        np.right_shift(tokens, _TOP_BITS, out=tokens)
    return written


def _with_short_rows(column: TokenColumn, short: NDArray[np.bool_]) -> TokenColumn:
    """The column in which each row marked as too short is one unknown token."""
    if not np.any(short):
        return column
    lengths = np.where(short, 1, np.diff(column.offsets))
    offsets = offsets_of(lengths)
    tokens = np.full(int(offsets[-1]), UNKNOWN, column.tokens.dtype)
    long_rows = np.flatnonzero(~short)
    source, source_offsets = gather_rows(column.tokens, column.offsets, long_rows)
    places = np.arange(source_offsets[-1]) + np.repeat(
        offsets[long_rows] - source_offsets[:-1], np.diff(source_offsets)
    )
    tokens[places] = source
    return TokenColumn(tokens, offsets)
