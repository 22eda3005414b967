"""What speaks against a run's figures is told as it ends, and stays with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.bootstrap import Interval
from bioseq.evaluation.results import Evaluation, Scores
from bioseq.evaluation.standing import standing_of
from bioseq.evaluation.verdict import findings_of
from bioseq.jobs.considerations import considered, findings_fields
from bioseq.protocol.events import Event, LogEmitted, Warned

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.loading import LoadedData


def loaded_with_leak(path: Path, choice: str) -> LoadedData:
    """A hundred training and a hundred test records; 30 of the latter are repeated among the former."""
    chance = np.random.default_rng(1)
    sequences = ["".join(chance.choice(list("ACGT"), 40)) for _ in range(170)]
    rows = [(sequences[row], "train") for row in range(100)] + [(sequences[row + 70], "test") for row in range(100)]
    lines = [f">r{n}|{'ab'[n % 2]}|{split}\n{letters}\n" for n, (letters, split) in enumerate(rows)]
    path.write_text("".join(lines), encoding="utf-8")
    config = Configuration(data=DataSettings(files=(DataFile(path=str(path)),)))
    return load_data(apply_overrides(config, [f"data.test_in_train={choice}"]))


def evaluation(lead: Interval) -> Evaluation:
    figures = {"roc_auc": 0.9, "mcc": 0.7}
    confusion = ((45, 5), (5, 45))
    model = Scores("model", "Network", figures, {}, confusion)
    simple = Scores("gradient_boosting", "Gradient boosting", {**figures, "roc_auc": 0.85}, {}, confusion)
    return Evaluation("test", ("a", "b"), "b", 0.5, 100, model, (replace(simple, lead={"roc_auc": lead}),))


def told(judged: Evaluation, loaded: LoadedData) -> tuple[list[Event], Evaluation]:
    events: list[Event] = []
    steps = considered(judged, loaded)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


@pytest.mark.parametrize(("choice", "leaks"), [("keep", True), ("drop_from_train", False)])
def test_test_records_that_are_kept_in_training_are_told(tmp_path: Path, choice: str, leaks: bool) -> None:
    loaded = loaded_with_leak(tmp_path / "leak.fasta", choice)
    events, found = told(evaluation(Interval(0.05, 0.01, 0.09)), loaded)
    codes = [event.code for event in events if isinstance(event, Warned)]
    assert ("evaluation.test_in_train" in codes) is leaks
    assert [one.code for one in findings_of(found) if one.severity != "info"] == codes
    standing = standing_of(found)
    assert standing is not None
    assert standing.verdict == "better"
    quiet = [event.message for event in events if isinstance(event, LogEmitted)]
    assert standing.sentence in quiet
    assert any("one file" in message for message in quiet)


def test_a_model_that_is_not_better_is_told_as_a_warning(tmp_path: Path) -> None:
    loaded = loaded_with_leak(tmp_path / "leak.fasta", "drop_from_train")
    for lead, code in (
        (Interval(0.05, -0.01, 0.11), "evaluation.not_better"),
        (Interval(-0.1, -0.2, -0.01), "evaluation.worse"),
    ):
        events, found = told(evaluation(lead), loaded)
        warned = next(event for event in events if isinstance(event, Warned))
        assert warned.code == code
        assert ("simple model" in warned.remedy) is (code == "evaluation.worse")
        assert findings_fields(found)[0]["code"] == code


def test_without_simple_models_only_the_cautions_are_told(tmp_path: Path) -> None:
    loaded = loaded_with_leak(tmp_path / "leak.fasta", "keep")
    events, found = told(replace(evaluation(Interval(0, 0, 0)), baselines=()), loaded)
    assert standing_of(found) is None
    assert [event.code for event in events if isinstance(event, Warned)] == ["evaluation.test_in_train"]
