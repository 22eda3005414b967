"""On request, only ways of computing that give the same result twice; what has none is named."""

from __future__ import annotations

import warnings

import pytest
import torch

from bioseq.training.seeding import repeatable


def test_the_switch_holds_within_the_block_only() -> None:
    torch.backends.cudnn.benchmark = True
    try:
        with repeatable(wanted=True):
            assert torch.are_deterministic_algorithms_enabled()
            assert torch.is_deterministic_algorithms_warn_only_enabled()
            assert not torch.backends.cudnn.benchmark
        assert not torch.are_deterministic_algorithms_enabled()
        assert torch.backends.cudnn.benchmark
    finally:
        torch.backends.cudnn.benchmark = False


def test_nothing_changes_when_it_is_not_wanted() -> None:
    with repeatable(wanted=False) as met:
        assert not torch.are_deterministic_algorithms_enabled()
    assert met == []


def names_met(*sentences: str) -> list[str]:
    with repeatable(wanted=True) as met:
        for sentence in sentences:
            warnings.warn(sentence, stacklevel=1)
    return met


def test_operations_without_such_a_way_are_named_once_and_other_warnings_go_on() -> None:
    names = ("cumsum_cuda_kernel", "scatter_add", "cumsum_cuda_kernel")
    told = [f"{name} does not have a deterministic implementation, but you set ..." for name in names]
    assert names_met(*told) == ["cumsum_cuda_kernel", "scatter_add"]
    with pytest.warns(UserWarning, match="something else"):
        names_met("something else")


def test_the_switch_is_off_after_a_fault() -> None:
    with pytest.raises(ValueError, match="oops"), repeatable(wanted=True):
        raise ValueError("oops")
    assert not torch.are_deterministic_algorithms_enabled()
