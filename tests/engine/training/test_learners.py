"""Feature-based models fitted at once are those that are learnt round by round."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bioseq.catalogue.registry import BASELINES
from bioseq.training.baseline_learners import LEARNERS, Lesson


@pytest.mark.parametrize("name", list(LEARNERS))
def test_a_fit_at_once_is_that_of_so_many_rounds(name: str) -> None:
    chance = np.random.default_rng(2)
    labels = np.arange(90) % 3
    features = csr_matrix(chance.random((90, 6)) + 0.4 * (labels[:, None] == np.arange(6) % 3))
    given = {"trees": 24} if BASELINES[name].grows_trees else {}
    lesson = Lesson(
        features=features,
        labels=labels,
        weights=np.ones(90),
        present=np.arange(3),
        judge_features=None,
        judge_labels=None,
        class_weights=np.ones(3),
        hyper=BASELINES[name].resolve(given),
        seed=1,
        fewest_trees=8,
    )
    rounds = LEARNERS[name](lesson, 1)
    for _ in range(2):
        rounds.advance()
    at_once = LEARNERS[name](lesson, 1).fit(2)
    np.testing.assert_array_equal(at_once.probabilities(features), rounds.result(2).probabilities(features))
    assert not np.array_equal(at_once.probabilities(features), rounds.result(1).probabilities(features))
