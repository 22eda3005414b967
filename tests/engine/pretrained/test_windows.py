"""Long records in overlapping pieces: every token is read, pieces are full, and the mean weighs them alike."""

from __future__ import annotations

from itertools import pairwise

import torch
from hypothesis import given
from hypothesis import strategies as st

from bioseq.models.layers.windows import cut, gathered, mean_over_pieces, weights_over_records

LENGTHS = st.lists(st.integers(1, 90), min_size=1, max_size=6)
WINDOWS = st.integers(1, 40)
OVERLAPS = st.floats(0.0, 0.75)


@given(LENGTHS, WINDOWS, OVERLAPS)
def test_pieces_cover_every_token_and_are_full(lengths: list[int], window: int, overlap: float) -> None:
    pieces = cut(torch.tensor(lengths), window, overlap)
    stride = max(1, round(window * (1 - overlap)))
    for record, length in enumerate(lengths):
        own = pieces.owners == record
        starts, sizes = pieces.starts[own].tolist(), pieces.sizes[own].tolist()
        covered = {place for start, size in zip(starts, sizes, strict=True) for place in range(start, start + size)}
        assert covered == set(range(length))
        assert set(sizes) == {min(window, length)}
        steps = [after - before for before, after in pairwise(starts)]
        assert all(0 < step <= stride for step in steps)
        assert all(step == stride for step in steps[:-1])
    assert pieces.owners.tolist() == sorted(pieces.owners.tolist())


@given(LENGTHS, WINDOWS, OVERLAPS)
def test_tokens_of_pieces_are_those_of_the_records(lengths: list[int], window: int, overlap: float) -> None:
    tokens = torch.arange(len(lengths))[:, None] * 1000 + torch.arange(max(lengths))
    pieces = cut(torch.tensor(lengths), window, overlap)
    values, real = gathered(tokens, pieces)
    for row, (owner, start, size) in enumerate(zip(*pieces, strict=True)):
        expected = tokens[owner, start : start + size]
        assert torch.equal(values[row][real[row]], expected)


def test_a_record_is_the_mean_of_its_pieces() -> None:
    pieces = cut(torch.tensor([5, 9, 2]), 4, 0.5)
    assert pieces.starts.tolist() == [0, 1, 0, 2, 4, 5, 0]
    vectors = torch.arange(7.0)[:, None].expand(7, 3)
    assert mean_over_pieces(vectors, pieces, 3)[:, 0].tolist() == [0.5, 3.5, 6.0]


def test_weights_of_tokens_in_several_pieces_are_averaged() -> None:
    pieces = cut(torch.tensor([6]), 4, 0.5)
    weights = torch.tensor([[1.0, 1.0, 2.0, 2.0], [4.0, 4.0, 1.0, 1.0]])
    spread = weights_over_records(weights, pieces, 1, 8)
    assert torch.allclose(spread * 10, torch.tensor([[1.0, 1.0, 3.0, 3.0, 1.0, 1.0, 0.0, 0.0]]))


def test_records_that_fit_are_one_piece_each() -> None:
    pieces = cut(torch.tensor([3, 4, 1]), 4, 0.25)
    assert pieces.owners.tolist() == [0, 1, 2]
    vectors = torch.randn(3, 2)
    assert mean_over_pieces(vectors, pieces, 3) is vectors
