"""The loss has the value of its formula, and alpha, gamma and class weights all matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from bioseq.config.schema import TrainingSettings
from bioseq.errors import BioseqError
from bioseq.training.inputs import class_weights
from bioseq.training.losses import ClassificationLoss, build_loss, loss_in_words


def logits_of(*chances: float) -> torch.Tensor:
    """Two-class logits whose probability of class 1 is given."""
    return torch.tensor([[math.log(1 - chance), math.log(chance)] for chance in chances])


def test_focal_loss_has_its_closed_form() -> None:
    """One record of class 1 told with .8, one of class 0 told with 1 - .3, alpha (.9, .1) and gamma 2."""
    found = ClassificationLoss([0.9, 0.1], 2.0)(logits_of(0.8, 0.3), torch.tensor([1, 0]))
    by_hand = (0.1 * 0.2**2 * -math.log(0.8) + 0.9 * 0.3**2 * -math.log(0.7)) / 2
    assert found.item() == pytest.approx(by_hand, rel=1e-5)


def test_swapping_alpha_changes_the_loss_by_the_ratio_of_the_alphas() -> None:
    """All records are of class 1: the loss is proportional to its alpha (the predecessor gave the same twice)."""
    logits, labels = logits_of(0.8, 0.3, 0.6), torch.tensor([1, 1, 1])
    high, low = (ClassificationLoss(alpha, 2.0)(logits, labels).item() for alpha in ([0.1, 0.9], [0.9, 0.1]))
    assert high / low == pytest.approx(9, rel=1e-5)


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=8), st.floats(0, 5), st.floats(0.05, 4), st.floats(0.05, 4))
def test_focal_loss_equals_its_definition(chances: list[float], gamma: float, first: float, second: float) -> None:
    labels = [number % 2 for number in range(len(chances))]
    true_chances = [chance if label else 1 - chance for chance, label in zip(chances, labels, strict=True)]
    alphas = [(first, second)[label] for label in labels]
    by_hand = np.mean([alpha * (1 - p) ** gamma * -math.log(p) for alpha, p in zip(alphas, true_chances, strict=True)])
    found = ClassificationLoss([first, second], gamma)(logits_of(*chances), torch.tensor(labels))
    assert found.item() == pytest.approx(by_hand, rel=2e-3, abs=1e-6)


def test_gamma_zero_is_cross_entropy() -> None:
    logits, labels = torch.randn(20, 4), torch.randint(0, 4, (20,))
    expected = functional.cross_entropy(logits, labels)
    torch.testing.assert_close(ClassificationLoss([1.0] * 4, 0.0)(logits, labels), expected)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
@pytest.mark.parametrize("smoothing", [0.1, 0.4])
def test_a_smoothed_label_is_spread_over_all_classes(gamma: float, smoothing: float) -> None:
    """Two classes, weights (.9, .1): by hand, class by class."""

    def of_class(chance: float) -> float:
        return (1 - chance) ** gamma * -math.log(chance)

    found = ClassificationLoss([0.9, 0.1], gamma, smoothing=smoothing)(logits_of(0.8, 0.3), torch.tensor([1, 0]))
    most, least = 1 - smoothing / 2, smoothing / 2
    first = 0.1 * (most * of_class(0.8) + least * of_class(0.2))
    second = 0.9 * (most * of_class(0.7) + least * of_class(0.3))
    assert found.item() == pytest.approx((first + second) / 2, rel=1e-5)


def test_smoothed_cross_entropy_is_that_of_torch() -> None:
    logits, labels = torch.randn(20, 4), torch.randint(0, 4, (20,))
    expected = functional.cross_entropy(logits, labels, label_smoothing=0.2)
    torch.testing.assert_close(ClassificationLoss([1.0] * 4, smoothing=0.2)(logits, labels), expected)


def test_a_smoothed_loss_is_least_where_the_network_is_not_quite_sure() -> None:
    """With two classes and s = .2 the best answer to any label is .9, not 1."""
    chances = torch.linspace(0.5, 0.999, 500)
    loss = ClassificationLoss([1.0, 1.0], smoothing=0.2)
    found = [loss(logits_of(chance), torch.tensor([1])).item() for chance in chances.tolist()]
    assert chances[int(np.argmin(found))].item() == pytest.approx(0.9, abs=2e-3)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_gradients_are_finite_however_sure_the_network_is(gamma: float, smoothing: float) -> None:
    logits = torch.tensor([[60.0, -60.0], [-60.0, 60.0], [60.0, -60.0]], requires_grad=True)
    ClassificationLoss([0.3, 0.7], gamma, smoothing=smoothing)(logits, torch.tensor([0, 0, 1])).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_the_gradient_of_a_batch_is_the_sum_of_those_of_its_parts() -> None:
    logits, labels = torch.randn(6, 3), torch.tensor([0, 1, 2, 2, 2, 1])
    loss = ClassificationLoss([0.2, 1.0, 3.0], 1.5, smoothing=0.1)
    whole = loss(logits, labels)
    parts = loss(logits[:2], labels[:2]) * 2 / 6 + loss(logits[2:], labels[2:]) * 4 / 6
    torch.testing.assert_close(whole, parts)


def test_balanced_weights_give_each_class_the_same_say() -> None:
    settings = TrainingSettings(class_weights="balanced")
    labels = np.array([0] * 90 + [1] * 10)
    weights = class_weights(settings, labels, ("a", "b"))
    assert weights.tolist() == pytest.approx([100 / 180, 5.0])
    assert weights[labels].mean() == pytest.approx(1)
    absent = class_weights(settings, labels, ("a", "b", "never seen"))
    assert absent[2] == 1


def test_weights_by_hand_go_by_class_name() -> None:
    settings = TrainingSettings(class_weights="custom", custom_weights={"b": 3.0})
    assert class_weights(settings, np.array([0, 1]), ("a", "b")).tolist() == [1, 3]


@pytest.mark.parametrize("weights", [{"c": 1.0}, {"a": -1.0}])
def test_weights_of_unknown_classes_and_below_zero_are_refused(weights: dict[str, float]) -> None:
    settings = TrainingSettings(class_weights="custom", custom_weights=weights)
    with pytest.raises(BioseqError) as caught:
        class_weights(settings, np.array([0, 1]), ("a", "b"))
    assert caught.value.where == "training.custom_weights"


def test_settings_choose_the_loss() -> None:
    assert build_loss(TrainingSettings(loss="focal", focal_gamma=1.5), [1.0, 1.0]).gamma == 1.5
    assert build_loss(TrainingSettings(loss="cross_entropy", focal_gamma=1.5), [1.0, 1.0]).gamma == 0
    assert build_loss(TrainingSettings(label_smoothing=0.1), [1.0, 1.0]).smoothing == 0.1


def test_words_say_which_loss_is_reported() -> None:
    assert loss_in_words(TrainingSettings()) == "cross-entropy"
    settings = TrainingSettings(loss="focal", focal_gamma=1.5, label_smoothing=0.1, class_weights="balanced")
    assert loss_in_words(settings) == "focal (gamma 1.5), labels smoothed by 0.1, classes weighted"
