"""Runs are thrown away with a way back, and deleted for good only after a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.config.schema import Configuration
from bioseq.runs.store import binned_runs, create_run, list_runs
from bioseq_gui.flows.runs_flow import RunsFlow

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq_gui.flows.messages import Message
    from bioseq_gui.session import Session


@pytest.fixture
def said() -> list[Message]:
    return []


@pytest.fixture
def flow(session: Session, said: list[Message]) -> RunsFlow:
    made = RunsFlow(session, session)
    made.said.connect(said.append)
    return made


def test_a_run_in_the_trash_can_be_brought_back(flow: RunsFlow, said: list[Message], tmp_path: Path) -> None:
    run = create_run(Configuration(), root=tmp_path)
    flow.discard(run.path)
    assert not list_runs(tmp_path)
    mend = said[-1].mend
    assert mend is not None
    mend()
    assert [entry.path for entry in list_runs(tmp_path)] == [run.path]


def test_the_trash_is_emptied_only_after_a_yes(flow: RunsFlow, said: list[Message], tmp_path: Path) -> None:
    flow.empty_bin(tmp_path, lambda _: pytest.fail("nothing to ask about"))
    assert "empty" in said[-1].text
    for _ in range(2):
        flow.discard(create_run(Configuration(), root=tmp_path).path)
    asked: list[int] = []
    flow.empty_bin(tmp_path, lambda count: bool(asked.append(count)))
    assert asked == [2]
    assert len(binned_runs(tmp_path)) == 2
    flow.empty_bin(tmp_path, lambda _: True)
    assert binned_runs(tmp_path) == ()
    assert said[-1].severity == "success"
