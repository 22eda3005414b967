"""Device, threads and precision are chosen with care, and what is not there is said."""

from __future__ import annotations

import pytest
import torch

from bioseq.catalogue.specification import Family
from bioseq.errors import BioseqError
from bioseq.training.device import choose_device, choose_threads, describe_device, out_of_memory_in, peak_device_memory
from bioseq.training.precision import choose_precision, computing_in

CPU = torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_device_that_is_not_there_is_an_error_with_the_remedy() -> None:
    with pytest.raises(BioseqError) as caught:
        choose_device("cuda")
    assert caught.value.code == "device.not_there"
    assert "auto" in caught.value.remedy


def test_the_cpu_is_always_there() -> None:
    assert choose_device("cpu") == CPU
    assert describe_device(CPU) == "cpu"
    assert peak_device_memory(CPU) == 0
    assert choose_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize(
    ("cores", "choice", "parameters", "tokens", "expected"),
    [
        (2, 0, 10_000_000, 4_000, 1),
        (16, 0, 10_000_000, 4_000, 8),
        (4, 0, 10_000_000, 4_000, 3),
        (16, 0, 20_000, 2_000, 1),
        (2, 5, 20_000, 2_000, 5),
        (None, 0, 10_000_000, 4_000, 1),
    ],
)
def test_threads_leave_a_core_free_and_small_models_get_one(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, choice: int, parameters: int, tokens: int, expected: int
) -> None:
    monkeypatch.setattr("bioseq.training.device.psutil.cpu_count", lambda **_: cores)
    assert choose_threads(choice, parameters=parameters, tokens_per_batch=tokens) == expected


@pytest.mark.parametrize("native", [True, False])
def test_bfloat16_is_chosen_on_the_cpu_only_where_it_was_measured_to_be_faster(
    monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.setattr("bioseq.training.precision._native_on_cpu", lambda: native)
    faster = {family for family in Family if choose_precision("auto", CPU, family) is torch.bfloat16}
    assert faster == ({Family.RECURRENT, Family.CONVOLUTIONAL} if native else set())
    assert choose_precision("float32", CPU, Family.RECURRENT) is torch.float32
    assert choose_precision("bfloat16", CPU, Family.ATTENTION) is torch.bfloat16


def test_networks_compute_in_the_chosen_precision() -> None:
    layer, vector = torch.nn.Linear(4, 4), torch.ones(1, 4)
    with computing_in(torch.bfloat16, CPU):
        assert layer(vector).dtype is torch.bfloat16
    with computing_in(torch.float32, CPU):
        assert layer(vector).dtype is torch.float32


def test_lack_of_memory_is_recognised_through_its_causes() -> None:
    outer = RuntimeError("outer")
    outer.__cause__ = torch.OutOfMemoryError("inner")
    assert out_of_memory_in(outer)
    assert out_of_memory_in(MemoryError())
    assert not out_of_memory_in(RuntimeError("shapes do not fit"))
