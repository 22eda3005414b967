"""On how many folds the answer is chosen when a slow candidate has fewer than the others."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.catalogue.ensemble import MOST_MEMBERS
from bioseq.studies import choice
from bioseq.studies.predictions import Predictions
from bioseq.studies.standings import why
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from bioseq.studies.campaign import Campaign
    from bioseq.studies.folder import StudyFolder

RECORDS = 120
"""Of each fold."""


def told(entry: Entry, signal: float) -> Predictions:
    """What a model says of its fold: the truth as far as the signal goes, with noise of its own."""
    truth = np.random.default_rng(entry.fold).integers(0, 2, RECORDS)
    noise = np.random.default_rng([entry.number, 7]).normal(0, 1.5, RECORDS)
    chance = 1 / (1 + np.exp(-(signal * (2 * truth - 1) + noise)))
    return Predictions(truth, np.column_stack([1 - chance, chance]), 0.5, 1, "validation")


def campaign_of(signals: dict[str, tuple[float, int]], monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """A campaign whose candidates have a signal and so many folds."""

    def predictions_of(study: StudyFolder, entries: list[Entry]) -> Predictions:
        parts = [told(entry, signals[entry.variant][0]) for entry in entries]
        truth = np.concatenate([part.truth for part in parts])
        return Predictions(truth, np.concatenate([part.probabilities for part in parts]), 0.5, 1, "validation")

    monkeypatch.setattr(choice, "predictions_of", predictions_of)
    entries: list[Entry] = []
    for name, (signal, folds) in signals.items():
        for fold in range(1, folds + 1):
            entry = Entry(len(entries) + 1, name, name, (), f"runs/{len(entries) + 1}", fold=fold)
            part = told(entry, signal)
            loss = float(-np.log(part.probabilities[np.arange(RECORDS), part.truth]).mean())
            entries.append(replace(entry, state=EntryState.FINISHED, metrics={"loss": loss}, split="validation"))
    state = StudyState("best", tuple(entries), results={"folds": 5})
    base = SimpleNamespace(training=SimpleNamespace(seed=1))
    return SimpleNamespace(study=None, state=state, base=base)  # type: ignore[return-value]


def test_a_candidate_that_is_no_better_does_not_take_the_folds_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of({"quick": (1.0, 5), "other": (1.0, 5), "slow": (0.5, 2)}, monkeypatch)
    found = choice.chosen(campaign)
    assert found is not None
    assert found.folds == 5
    assert "slow" not in found.weights


def test_one_that_is_clearly_better_is_chosen_on_the_folds_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of({"quick": (1.0, 5), "other": (1.0, 5), "slow": (4.0, 2)}, monkeypatch)
    found = choice.chosen(campaign)
    assert found is not None
    assert found.folds == 2
    assert next(iter(found.weights)) == "slow"
    assert why(campaign.state, found)[-1].endswith("the choice was made by the first 2 of these parts.") == (
        len(found.weights) > 1
    )


def test_one_that_has_most_of_the_folds_takes_part_with_those(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of({"quick": (1.0, 5), "slow": (1.4, 3)}, monkeypatch)
    found = choice.chosen(campaign)
    assert found is not None
    assert found.folds == 5
    assert set(found.weights) == {"quick", "slow"}
    shares = choice.members_of(campaign.state, found)
    assert len(shares) == 8
    assert sum(shares.values()) == pytest.approx(1)


def test_further_folds_of_others_keep_out_none_that_has_most_of_the_usual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of({"quick": (1.0, 7), "other": (1.0, 6), "slow": (1.4, 3), "slower": (3.0, 2)}, monkeypatch)
    found = choice.chosen(campaign)
    assert found is not None
    assert found.folds == 3  # the slower one, which has most of these, is better beyond chance
    assert next(iter(found.weights)) == "slower"
    campaign = campaign_of({"quick": (1.0, 7), "other": (1.0, 6), "slow": (1.4, 3), "slower": (1.0, 2)}, monkeypatch)
    found = choice.chosen(campaign)
    assert found is not None
    assert found.folds == 7
    assert set(found.weights) == {"quick", "other", "slow"}
    assert len(choice.members_of(campaign.state, found)) == 16


def test_a_model_that_is_worth_nothing_does_not_stay_because_it_has_all_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of({"poor": (-1.0, 5), "good": (3.0, 4), "slow": (3.0, 3)}, monkeypatch)
    found = choice.chosen(campaign)
    assert found is not None
    assert found.folds == 4
    assert set(found.weights) == {"good", "slow"}
    assert found.single != "poor"


def test_fewer_folds_do_not_decide_against_a_model_that_has_only_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign = campaign_of({"quick": (1.0, 5), "late": (1.4, 5), "slow": (1.0, 2)}, monkeypatch)
    entries = [one for one in campaign.state.entries if one.variant != "late" or one.fold > 2]
    campaign.state = replace(campaign.state, entries=tuple(entries))
    found = choice.chosen(campaign)
    assert found is not None
    assert found.folds == 5
    assert set(found.weights) == {"quick", "late"}


def test_the_answer_has_no_more_models_than_an_ensemble_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of({f"candidate {number}": (0.8, 5) for number in range(12)}, monkeypatch)
    found = choice.chosen(campaign)
    assert found is not None
    assert len(found.weights) > MOST_MEMBERS // 10  # they make each other better
    assert len(choice.members_of(campaign.state, found)) <= MOST_MEMBERS


def test_nothing_is_chosen_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choice.chosen(campaign_of({}, monkeypatch)) is None
