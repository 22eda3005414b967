"""Tokens are those that a plain loop over letters gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences import tokens
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.tokens import PAD, UNKNOWN, Vocabulary

vocabularies = st.one_of(
    st.builds(Vocabulary, st.sampled_from(Molecule)),
    st.builds(Vocabulary, st.sampled_from([Molecule.DNA, Molecule.RNA]), st.just("kmers"), st.integers(1, 6)),
    st.builds(Vocabulary, st.just(Molecule.PROTEIN), st.just("kmers"), st.integers(1, 3)),
)
sequences = st.lists(st.text(st.sampled_from("ACGTUNacgtuXMKL-*"), max_size=15), max_size=12)


def naive(vocabulary: Vocabulary, sequence: str) -> list[int]:
    words = {word: number for number, word in enumerate(vocabulary.words, 2)}
    text = sequence.upper()
    if vocabulary.molecule is not Molecule.PROTEIN:
        own = ALPHABETS[vocabulary.molecule].residues[3]
        text = text.replace("U", own).replace("T", own)
    k = vocabulary.k
    return [words.get(text[at : at + k], UNKNOWN) for at in range(len(text) - k + 1)] or [UNKNOWN]


@given(vocabularies, sequences)
def test_tokens_equal_those_of_a_plain_loop(vocabulary: Vocabulary, texts: list[str]) -> None:
    dataset = Dataset.from_records(texts)
    column = vocabulary.encode(dataset.letters, dataset.offsets)
    assert [column.row(row).tolist() for row in range(len(column))] == [naive(vocabulary, text) for text in texts]
    assert column.offsets[-1] == len(column.tokens)


@given(
    st.builds(Vocabulary, st.sampled_from(Molecule)),
    st.sampled_from(["ACGT", "ACGTUNacgtun", "ACGTUNacgtunR", "ACGT-", "ACDEFGHIKLMNPQRSTVWYX"]),
    st.data(),
)
def test_tokens_are_the_same_whether_letters_were_counted_or_not(
    vocabulary: Vocabulary, letters: str, data: st.DataObject
) -> None:
    texts = data.draw(st.lists(st.text(st.sampled_from(letters), max_size=15), max_size=12))
    dataset = Dataset.from_records(texts)
    counts = np.bincount(dataset.letters, minlength=256)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_IN_CACHE", 4)
        counted = vocabulary.encode(dataset.letters, dataset.offsets, counts=counts)
    plain = vocabulary.encode(dataset.letters, dataset.offsets)
    assert np.array_equal(counted.tokens, plain.tokens)
    assert np.array_equal(counted.offsets, plain.offsets)
    assert counted.tokens.dtype == plain.tokens.dtype


@pytest.mark.parametrize("molecule", list(Molecule))
def test_each_byte_among_bases_has_the_token_of_the_table(molecule: Molecule) -> None:
    for code in range(256):
        letters = np.frombuffer(b"ACGTUNacgtun" + bytes([code]), np.uint8)
        offsets = np.array([0, len(letters)])
        counts = np.bincount(letters, minlength=256)
        counted = Vocabulary(molecule).encode(letters, offsets, counts=counts)
        assert np.array_equal(counted.tokens, Vocabulary(molecule).encode(letters, offsets).tokens), code


@pytest.mark.parametrize("molecule", [Molecule.DNA, Molecule.RNA])
def test_counted_bases_and_n_need_no_table(molecule: Molecule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "translated", None)
    letters = np.frombuffer(b"ACGTUNacgtun", np.uint8)
    column = Vocabulary(molecule).encode(letters, np.array([0, 12]), counts=np.bincount(letters, minlength=256))
    assert column.tokens.tolist() == [2, 3, 4, 5, 5, UNKNOWN] * 2


@given(vocabularies, sequences)
def test_words_across_blocks_are_not_lost(vocabulary: Vocabulary, texts: list[str]) -> None:
    dataset = Dataset.from_records(texts)
    whole = vocabulary.encode(dataset.letters, dataset.offsets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_BLOCK", 5)
        assert np.array_equal(vocabulary.encode(dataset.letters, dataset.offsets).tokens, whole.tokens)


@given(vocabularies, sequences, st.data())
def test_taking_rows_equals_encoding_them(vocabulary: Vocabulary, texts: list[str], data: st.DataObject) -> None:
    dataset = Dataset.from_records(texts)
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, len(texts) - 1)))) if texts else [], np.intp)
    taken = vocabulary.encode(dataset.letters, dataset.offsets).take(rows)
    part = dataset.take(rows)
    expected = vocabulary.encode(part.letters, part.offsets)
    assert np.array_equal(taken.tokens, expected.tokens)
    assert np.array_equal(taken.offsets, expected.offsets)
    assert np.array_equal(taken.lengths, np.diff(taken.offsets))


@given(vocabularies)
def test_a_vocabulary_survives_a_trip_through_its_description(vocabulary: Vocabulary) -> None:
    assert Vocabulary.from_dict(vocabulary.to_dict()) == vocabulary
    assert vocabulary.size == len(vocabulary.words) + 2
    assert UNKNOWN != PAD


def test_letters_take_one_byte_and_long_words_two() -> None:
    dataset = Dataset.from_records(["ACGTACGT"])
    assert Vocabulary(Molecule.DNA).encode(dataset.letters, dataset.offsets).tokens.dtype == np.uint8
    assert Vocabulary(Molecule.DNA, "kmers", 6).encode(dataset.letters, dataset.offsets).tokens.dtype == np.uint16


@pytest.mark.parametrize(("molecule", "k"), [(Molecule.DNA, 7), (Molecule.PROTEIN, 4), (Molecule.RNA, 0)])
def test_words_of_an_impossible_length_are_refused(molecule: Molecule, k: int) -> None:
    with pytest.raises(BioseqError, match="Words of"):
        Vocabulary(molecule, "kmers", k)


@pytest.mark.parametrize(
    "fields", [{}, {"molecule": "dna", "kind": "syllables", "k": 1}, {"molecule": "dna", "kind": "kmers", "k": "x"}]
)
def test_a_broken_description_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(BioseqError, match="not understood"):
        Vocabulary.from_dict(fields)
