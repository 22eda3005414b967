"""Baselines that are fitted in a process of their own are the same, and the process ends with its job."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

from bioseq.jobs import baseline_process
from bioseq.jobs.baseline_process import BaselineFitting, BaselineTask
from bioseq.jobs.endings import Cancelled
from bioseq.protocol.control import Control
from bioseq.protocol.events import LogEmitted
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.reference_baselines import fit_reference_baselines


def a_task(count: int = 120) -> BaselineTask:
    """Records of which every fourth is for the test."""
    chance = np.random.default_rng(1)
    lengths = [36 if number % 8 == 0 else 30 for number in range(count)]  # some test records are longer
    sequences = ["".join(chance.choice(list("ACGT"), length)) for length in lengths]
    splits = [Split.TEST if number % 4 == 0 else Split.TRAIN for number in range(count)]
    labels = ["a" if chance.random() < 0.5 else "b" for _ in range(count)]
    return BaselineTask(Dataset.from_records(sequences, labels=labels, splits=splits), Molecule.DNA, None, seed=1)


@pytest.fixture
def in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioseq.training.reference_baselines.MAX_RECORDS", 60)
    monkeypatch.setattr(baseline_process, "MIN_RESIDUES", 0)
    monkeypatch.setattr(psutil, "cpu_count", lambda **_: 2)


def test_they_are_those_that_are_fitted_here(in_a_process: None) -> None:
    task = a_task()
    fitting = BaselineFitting(task, Control())
    assert not list(fitting.begin())
    events = fitting.result()
    try:
        while True:
            next(events)
    except StopIteration as end:
        found = end.value
    for one, other in zip(found, fit_reference_baselines(task.dataset, molecule=task.molecule), strict=True):
        assert one.title == other.title
        np.testing.assert_array_equal(one.predict(task.dataset), other.predict(task.dataset))
        if one.held_out is not None and other.held_out is not None:
            np.testing.assert_array_equal(one.held_out.rows, other.held_out.rows)
            np.testing.assert_array_equal(one.held_out.probabilities, other.held_out.probabilities)


def test_a_cancelled_job_leaves_no_process(in_a_process: None) -> None:
    control = Control()
    fitting = BaselineFitting(a_task(), control)
    list(fitting.begin())
    process = fitting._process
    assert process is not None
    watched = psutil.Process(process.pid)
    control.cancel()
    with pytest.raises(Cancelled):
        list(fitting.result())
    fitting.close()
    assert not watched.is_running()


def test_a_process_that_dies_is_replaced_by_fitting_here(in_a_process: None) -> None:
    fitting = BaselineFitting(a_task(), Control())
    list(fitting.begin())
    assert fitting._process is not None
    fitting._process.kill()
    events = list(fitting.result())
    assert any(isinstance(event, LogEmitted) and "ended early" in event.message for event in events)
    assert fitting._fitted
