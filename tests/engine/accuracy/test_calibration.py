"""The probabilities of whole trainings are true, whichever way rare classes were given more say (small benchmark)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from types import ModuleType

_BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "bench_calibration.py"
_SEEDS, _RATIO = 4, 10
_WAYS = [
    ("lr", "weights"),
    ("lr", "smote"),
    ("hist_gradient_boosting", "weights"),
    ("random_forest", "weights"),
    ("text_cnn", "weights"),
    ("text_cnn", "oversampling"),
    ("text_cnn", "focal"),
    ("ensemble", "weights"),
]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    described = importlib.util.spec_from_file_location("bench_calibration", _BENCHMARK)
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    sys.modules[described.name] = module  # dataclasses look their module up
    described.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("model", "way"), _WAYS)
def test_the_mean_probability_of_a_rare_class_is_its_prevalence(
    benchmark: ModuleType, model: str, way: str, tmp_path: Path
) -> None:
    found = [
        benchmark.reached(tmp_path, model=model, way=way, ratio=_RATIO, seed=seed, counts=benchmark.COUNTS)
        for seed in range(1, _SEEDS + 1)
    ]
    assert sum(one.within for one in found) >= _SEEDS - 1
    assert np.mean([one.loss for one in found]) < np.mean([one.base_loss for one in found])
    assert np.mean([one.ece for one in found]) < 0.06
