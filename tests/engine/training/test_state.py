"""Which epoch is kept, and how long training waits for a better one."""

from __future__ import annotations

import math

import pytest

from bioseq.training.state import TrainingState


def judged(metric: str, *epochs: tuple[float, float]) -> tuple[TrainingState, list[int]]:
    """A state after epochs of (metric, validation loss), and the epochs without improvement after each."""
    state, waited = TrainingState(), []
    for value, loss in epochs:
        state.epoch += 1
        state.judge(metric, value, loss=loss)
        waited.append(state.without_improvement)
    return state, waited


@pytest.mark.parametrize("value", [0.0, 0.9, math.nan])
def test_a_metric_that_does_not_move_costs_no_patience_while_the_loss_falls(value: float) -> None:
    state, waited = judged("f1", (value, 0.7), (value, 0.6), (value, 0.5), (value, 0.4))
    assert waited == [0, 0, 0, 0]
    assert state.best_epoch == 4


@pytest.mark.parametrize("value", [0.0, math.nan])
def test_a_metric_that_does_not_move_costs_patience_once_the_loss_rises(value: float) -> None:
    state, waited = judged("mcc", (value, 0.5), (value, 0.6), (value, 0.55), (value, 0.49), (value, 0.7))
    assert waited == [0, 1, 2, 0, 1]
    assert state.best_epoch == 4


def test_a_metric_that_gets_worse_costs_patience_whatever_the_loss_does() -> None:
    state, waited = judged("mcc", (0.5, 0.7), (0.4, 0.6), (0.3, 0.5))
    assert waited == [0, 1, 2]
    assert state.best_epoch == 1


def test_after_a_lucky_first_epoch_training_goes_on_while_nothing_is_answered_and_the_loss_falls() -> None:
    state, waited = judged("f1", (0.1, 0.7), (0.0, 0.6), (0.0, 0.5), (0.0, 0.4), (0.6, 0.3))
    assert waited == [0, 1, 0, 0, 0]
    assert state.best_epoch == 5


def test_of_equal_epochs_the_one_with_the_lower_loss_is_kept() -> None:
    assert judged("accuracy", (0.8, 0.5), (0.9, 0.6), (0.9, 0.4), (0.9, 0.45))[0].best_epoch == 3


def test_a_metric_that_is_to_be_low_is_best_where_it_is_lowest() -> None:
    assert judged("calibrated_loss", (0.8, 0.9), (0.5, 1.2), (0.6, 0.7))[0].best_epoch == 2


def test_an_epoch_whose_metric_is_defined_is_better_than_one_whose_metric_is_not() -> None:
    state, _ = judged("mcc", (math.nan, 0.2), (0.01, 0.9), (math.nan, 0.1))
    assert (state.best_epoch, state.best_value) == (2, 0.01)


def test_a_state_goes_through_json_and_one_from_before_the_loss_was_kept_is_read() -> None:
    state, _ = judged("mcc", (math.nan, 0.2), (math.nan, 0.1))
    assert TrainingState.from_dict(state.to_dict()) == state
    later = {"best_loss", "last_value", "lowest_loss"}
    old = TrainingState.from_dict({name: value for name, value in state.to_dict().items() if name not in later})
    old.epoch += 1
    assert not old.judge("mcc", math.nan, loss=0.5), "without its loss a tie stays with the earlier epoch"
    assert old.judge("mcc", 0.3, loss=0.5)
