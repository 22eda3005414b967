"""What is said of kept weights that are worth little."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bioseq.training.doubts import doubts_about
from bioseq.training.state import TrainingState

TRUTH = np.array([0] * 45 + [1] * 5)


def told(probability: np.ndarray, *, chooses: bool = False, value: float | None = 0.2) -> list[tuple[str, str]]:
    settings = SimpleNamespace(selection_metric="mcc")
    task = SimpleNamespace(
        settings=settings, label_names=("other", "site"), positive=1, threshold=0.5, chooses_threshold=chooses
    )
    state = TrainingState(epoch=9, best_epoch=7, best_value=value, best_loss=0.3)
    both = np.column_stack([1 - probability, probability])
    found = list(doubts_about(task, state, TRUTH, both, unit="epoch"))  # type: ignore[arg-type]
    assert all(warning.remedy and warning.where for warning in found)
    return [(warning.code, warning.message) for warning in found]


def chances(of_others: float, of_sites: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 0.01, len(TRUTH))
    return np.where(TRUTH == 1, of_sites, of_others) + noise


def test_weights_that_tell_the_classes_apart_are_kept_without_a_word() -> None:
    assert told(chances(0.2, 0.8)) == []


@pytest.mark.parametrize("probability", [np.full(50, 0.1), np.random.default_rng(0).random(50), chances(0.6, 0.4)])
def test_weights_that_are_no_better_than_a_constant_are_told(probability: np.ndarray) -> None:
    ((code, message),) = told(probability)
    assert code == "training.no_better_than_constant"
    assert "the epoch that is kept (7)" in message


def test_weights_that_answer_one_class_only_are_told_by_name_and_count() -> None:
    ((code, message),) = told(chances(0.1, 0.3))
    assert code == "training.one_class_answered"
    assert "'other' for all 50 records" in message


def test_one_class_at_a_threshold_that_is_yet_to_be_chosen_is_no_fault() -> None:
    assert told(chances(0.1, 0.3), chooses=True) == []


def test_a_metric_that_was_never_defined_is_told_by_name() -> None:
    ((code, message),) = told(chances(0.2, 0.8), value=None)
    assert code == "training.never_judged"
    assert message.startswith("MCC was not defined in any epoch")
