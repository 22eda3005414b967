"""Members that read the same features have them computed once, and say what each says alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines import classifier
from bioseq.config.overrides import apply_overrides
from bioseq.jobs.runner import run_job
from bioseq.prediction.ensembles import EnsemblePredictor
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.store import prepare_run
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bioseq.config.schema import Configuration


def test_members_with_the_same_features_say_what_each_says_alone(
    small_config: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = ["model.name=ensemble", 'model.hyper.members="lr,svm,hist_gradient_boosting"']
    run = prepare_run(tmp_path / "run", apply_overrides(small_config, members))
    assert isinstance(run_job(TrainJob("job", str(run.path)), Control(), lambda _: None), JobFinished)
    predictor = load_predictor(run.path)
    assert isinstance(predictor, EnsemblePredictor)
    plans = [member.classifier.plan for member in predictor.members]  # type: ignore[attr-defined]  # feature models
    records = Dataset.from_records(["ACGTTATAATGC" * 3, "GGGCCATATTTACG" * 2])
    alone = np.stack([member.chances(records) for member in predictor.members])
    computed: list[object] = []
    compute = classifier.features_of

    def note(plan: object, dataset: Dataset) -> object:
        computed.append(plan)
        return compute(plan, dataset)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(classifier, "features_of", note)
    done: list[tuple[int, int]] = []
    together = predictor.member_chances(records, lambda *steps: done.append(steps))
    np.testing.assert_array_equal(together, alone)
    assert len(computed) == len(set(plans)) < len(plans)
    assert done[-1] == (2, 2)
