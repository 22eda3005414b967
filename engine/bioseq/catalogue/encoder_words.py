"""The words of a pretrained encoder, and which of them our tokens are.

An encoder of sequences knows single residues ("A", "▁A"), or all words of k letters ("ATGCAA"). Its vocabulary is read
from the files that tokenizers leave behind; the tokenizers themselves are not needed, because the cutting is always the
same: letter by letter, or word by word. A vocabulary of pieces of varying length cannot be read so, and is refused.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bioseq.catalogue.encoder_families import EncoderFamily
    from bioseq.catalogue.specification import TaskShape

_LARGEST = 16 << 20
_MOST_WORDS = 1_000_000
_LONGEST_WORD = 6
_UNKNOWN = ("[UNK]", "<unk>", "<UNK>", "unk")
_BEFORE_A_WORD = "▁"
"""SentencePiece writes a word's beginning with this mark."""
_ANY_RESIDUE = {Molecule.PROTEIN: "X", Molecule.DNA: "N", Molecule.RNA: "N"}


def read_words(folder: Path, names: set[str], *, size: int) -> dict[str, int]:
    """The words of a folder's vocabulary with their numbers; words out of the encoder's bounds are left out.

    Args:
        folder: The folder.
        names: The files in it.
        size: Rows of the encoder's table.

    Raises:
        BioseqError: There is no vocabulary, or it cannot be read.
    """
    for name, read in _READERS.items():
        if name in names:
            try:
                with (folder / name).open("rb") as file:
                    words = read(file.read(_LARGEST))
            except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
                raise _fault("bad_words", f"{name} cannot be read.", "Download or copy the folder again.") from error
            return {_plain(word): number for word, number in words.items() if 0 <= number < size}
    raise _fault(
        "no_words",
        f"The folder holds no vocabulary ({', '.join(_READERS)}).",
        "Download the folder again, with the files of its tokenizer.",
    )


def token_numbers(
    words: Mapping[str, int], family: EncoderFamily, task: TaskShape, *, pad: int
) -> tuple[tuple[int, ...], int]:
    """The encoder's number for each of our tokens, and how many of our tokens make one step of its.

    Letters that are no residue (U, Z, O, B in proteins; N and other codes in DNA) are the encoder's "any residue" where
    it has one, else its unknown token. RNA is read as DNA by an encoder that spells with T, and the other way round.

    Raises:
        BioseqError: The encoder reads other words than the task has.
    """
    molecule = Molecule(task.molecule)
    length = word_length(words, molecule)
    if not length:
        raise _fault(
            "other_words",
            f"The words of this model are not the letters of {molecule.text}, nor all its words of one length.",
            "Choose a model that reads single residues, or overlapping words of one length.",
        )
    if length == 1 and molecule is not Molecule.PROTEIN and word_length(words, Molecule.PROTEIN) == 1:
        raise _fault(
            "other_molecule",
            f"This model has read proteins; {molecule.text} means nothing to it, though the letters look alike.",
            f"Choose a model of {molecule.text}.",
        )
    if length != task.word_length:
        kind = f'tokens.kind = "kmers" and tokens.k = {length}' if length > 1 else 'tokens.kind = "letters"'
        what = f"words of {length} letters" if length > 1 else "single letters"
        raise BioseqError(
            "encoder.other_tokens",
            f"This model reads {what}.",
            where="tokens.k" if length > 1 else "tokens.kind",
            remedy=f"Set {kind}.",
        )
    unknown = _unknown(words, molecule) if length == 1 else _first(words, _UNKNOWN)
    if unknown < 0:
        raise _fault("no_unknown", "The vocabulary has no token for what is unknown.", "Choose another model.")
    vocabulary = Vocabulary(molecule, "kmers" if length > 1 else "letters", length)
    numbers = tuple(_number(words, word) for word in vocabulary.words)
    return (pad, unknown, *numbers), (length if family.words_side_by_side else 1)


def word_length(words: Mapping[str, int], molecule: Molecule) -> int:
    """Letters per word, if all words of some length are there; the longest such; 0 when there is none."""
    residues = ALPHABETS[molecule].residues
    longest = _LONGEST_WORD if molecule is not Molecule.PROTEIN else 3
    for length in range(longest, 0, -1):
        if len(residues) ** length > len(words):
            continue
        spelt = Vocabulary(molecule, "kmers" if length > 1 else "letters", length).words
        if all(_number(words, word) >= 0 for word in spelt):
            return length
    return 0


def special(words: Mapping[str, int], candidates: tuple[str, ...]) -> int:
    """The number of the first of these tokens that there is; -1 when there is none."""
    return _first(words, candidates)


def _number(words: Mapping[str, int], word: str) -> int:
    for spelling in (word, word.replace("U", "T"), word.replace("T", "U"), word.lower()):
        if spelling in words:
            return words[spelling]
    return -1


def _unknown(words: Mapping[str, int], molecule: Molecule) -> int:
    return _first(words, (_ANY_RESIDUE[molecule], *_UNKNOWN))


def _first(words: Mapping[str, int], candidates: tuple[str, ...]) -> int:
    return next((words[word] for word in candidates if word in words), -1)


def _plain(word: str) -> str:
    return word.removeprefix(_BEFORE_A_WORD) if len(word) > 1 else word


def _from_lines(content: bytes) -> dict[str, int]:
    """`vocab.txt`: one word a line, numbered from 0."""
    lines = content.decode("utf-8").splitlines()
    if len(lines) > _MOST_WORDS:
        raise ValueError("too many words")
    return {word.strip(): number for number, word in reversed(list(enumerate(lines)))}


def _from_object(content: bytes) -> dict[str, int]:
    """`vocab.json`: an object of word and number."""
    return _numbered(json.loads(content).items())


def _from_tokenizer(content: bytes) -> dict[str, int]:
    """`tokenizer.json` of the tokenizers library: the model's words, and those added later."""
    fields = json.loads(content)
    vocabulary = fields["model"]["vocab"]
    pairs = vocabulary.items() if isinstance(vocabulary, dict) else ((item[0], n) for n, item in enumerate(vocabulary))
    added = ((item["content"], item["id"]) for item in fields.get("added_tokens") or ())
    return {**_numbered(pairs), **_numbered(added)}


def _numbered(pairs: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for word, number in pairs:
        if not isinstance(word, str) or type(number) is not int or len(found) > _MOST_WORDS:
            raise ValueError("no word with its number")
        found[word] = number
    return found


def _from_sentencepiece(content: bytes) -> dict[str, int]:
    """`spiece.model`: a protocol buffer whose field 1, repeated, holds the pieces; field 1 of each is its text.

    Source: sentencepiece_model.proto; https://protobuf.dev/programming-guides/encoding.
    """
    pieces = (value for field, value in _fields(content) if field == 1 and isinstance(value, bytes))
    words: dict[str, int] = {}
    for number, piece in enumerate(pieces):
        texts = [value for field, value in _fields(piece) if field == 1 and isinstance(value, bytes)]
        words.setdefault(texts[0].decode("utf-8"), number)
    return words


def _fields(content: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Number and value of each field of a protocol buffer message."""
    place = 0
    while place < len(content):
        key, place = _varint(content, place)
        match key & 7:
            case 0:
                value, place = _varint(content, place)
                yield key >> 3, value
                continue
            case 1:
                length = 8
            case 2:
                length, place = _varint(content, place)
            case 5:
                length = 4
            case _:
                raise ValueError("unknown kind of field")
        if place + length > len(content):
            raise ValueError("cut short")
        yield key >> 3, content[place : place + length]
        place += length


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
        if shift > 63:
            raise ValueError("a number without end")


_READERS = {
    "vocab.txt": _from_lines,
    "tokenizer.json": _from_tokenizer,
    "vocab.json": _from_object,
    "spiece.model": _from_sentencepiece,
}


def _fault(code: str, message: str, remedy: str) -> BioseqError:
    return BioseqError(f"encoder.{code}", message, where="model.hyper.folder", remedy=remedy)
