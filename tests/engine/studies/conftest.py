"""Studies of the tiny data with a motif; each trains a few small models in workers of its own, once for many tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.config.overrides import apply_overrides
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.jobs import StudyJob
from bioseq.studies.folder import StudyFolder, create_study
from bioseq.studies.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event

QUICK = ["evaluation.baseline=false", "evaluation.resamples=200", "training.epochs=2"]


@pytest.fixture(scope="session")
def quick_config(small_config: Configuration) -> Configuration:
    return apply_overrides(small_config, QUICK)


@pytest.fixture(scope="session")
def carry_out(quick_config: Configuration) -> Callable[..., list[Event]]:
    """Run a study to its end, in a new folder or going on in one; its events."""

    def carried_out(folder: Path, plan: Plan | None = None, *, control: Control | None = None) -> list[Event]:
        if plan is not None:
            create_study(plan, quick_config, folder)
        events: list[Event] = []
        run_job(StudyJob("study-1", str(folder)), control or Control(), events.append)
        return events

    return carried_out


@pytest.fixture(scope="session")
def comparison(
    carry_out: Callable[..., list[Event]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[StudyFolder, list[Event]]:
    """Two settings of one baseline, and one that is not legal, over two folds. Tests read it and change nothing."""
    folder = tmp_path_factory.mktemp("studies") / "compare"
    plan = Plan("compare", ("lr", "random_forest"), ("model.hyper.k=1,3,99",), folds=2, workers=2)
    return StudyFolder(folder), carry_out(folder, plan)
