"""Parts of records have the bounds of adaptive pooling, and what stands around them is read."""

from __future__ import annotations

import torch
from torch.nn import functional

from bioseq.models.layers.parts import cut_parts, find_parts, mark_parts


def test_parts_are_those_of_adaptive_pooling() -> None:
    values = torch.rand(1, 1, 11)
    for length in range(1, 12):
        mask = torch.arange(11).unsqueeze(0) < length
        inside = mark_parts(mask, 4)
        assert inside.any(2).all()
        ours = values.masked_fill(~inside, -1).amax(2)
        assert torch.equal(ours, functional.adaptive_max_pool1d(values[..., :length], 4)[0])


def test_places_before_the_first_real_one_belong_to_no_part() -> None:
    mask = torch.tensor([[False, True, True, True, True, False]])
    starts, ends = find_parts(mask, 2)
    assert (starts.tolist(), ends.tolist()) == ([[1, 3]], [[3, 5]])


def test_a_part_has_the_letters_around_it() -> None:
    padded = torch.tensor([[9, 1, 2, 3, 4, 5, 9], [9, 1, 2, 3, 9, 9, 9]])  # one hidden letter on either side
    mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    tokens, real = cut_parts(padded, mask, 2)
    assert tokens.tolist() == [[9, 1, 2, 3, 4], [2, 3, 4, 5, 9], [9, 1, 2, 3, 9], [1, 2, 3, 9, 9]]
    assert real.sum(1).tolist() == [3, 3, 2, 2]
