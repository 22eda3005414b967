"""The session: edits, undo and redo, what counts as unsaved, what autofill leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioseq.config.inspection import Inspection, inspect_files
from bioseq.errors import BioseqError
from bioseq.protocol.events import JobFinished, JobStarted, Warned
from bioseq.runs.history import Status
from bioseq.sequences.files import FileRequest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq.sequences.dataset import Dataset
    from bioseq_gui.session import Session

EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("training.epochs"), st.integers(1, 50)),
        st.tuples(st.just("training.seed"), st.integers(0, 9)),
        st.tuples(st.just("split.test_fraction"), st.sampled_from([0.1, 0.2, 0.3])),
        st.tuples(st.just("output.name"), st.sampled_from(["", "first", "second"])),
    ),
    max_size=12,
)


@pytest.fixture
def inspected(tmp_path: Path) -> tuple[Inspection, Dataset]:
    path = tmp_path / "two.fasta"
    records = (
        f">r{row}|{'ab'[row % 2]}|train\n{'ACGT' * 5}{'AC'[row % 2] * 4}{'GT' * (row % 7)}\n" for row in range(40)
    )
    path.write_text("".join(records))
    return inspect_files([FileRequest(str(path))], {}, progress=None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(edits=EDITS)
def test_undoing_everything_and_redoing_it_changes_nothing(session: Session, edits: list[tuple[str, object]]) -> None:
    session.undo_stack.clear()
    start = session.configuration
    for path, value in edits:
        session.edit(path, value)
    end, steps = session.configuration, session.undo_stack.count()
    for _ in range(steps):
        session.undo_stack.undo()
    assert session.configuration == start
    for _ in range(steps):
        session.undo_stack.redo()
    assert session.configuration == end


def test_an_illegal_value_changes_nothing_and_says_why(session: Session) -> None:
    before = session.configuration
    with pytest.raises(BioseqError):
        session.edit("training.epochs", 0)
    assert session.configuration == before
    assert session.undo_stack.count() == 0


def test_edits_of_one_option_are_one_step_of_undo(session: Session) -> None:
    for epochs in (10, 20, 30):
        session.edit("training.epochs", epochs)
    session.edit("training.seed", 4)
    assert session.undo_stack.count() == 2


def test_an_edit_makes_the_session_dirty_and_undo_clean_again(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.dirty_changed):
        session.edit("training.epochs", 5)
    assert session.dirty
    session.undo_stack.undo()
    assert not session.dirty


def test_adding_files_and_the_autofill_that_follows_are_one_step(
    session: Session, inspected: tuple[Inspection, Dataset]
) -> None:
    empty = session.configuration
    inspection, dataset = inspected
    session.set_files([FileRequest(source.path) for source in inspection.sources])
    session.set_data(inspection, dataset)
    assert session.configuration == inspection.config
    assert not session.dirty
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert session.files == ()
    assert session.configuration == empty
    session.undo_stack.redo()
    assert session.configuration == inspection.config


def test_autofill_leaves_what_the_person_set(session: Session, inspected: tuple[Inspection, Dataset]) -> None:
    inspection, dataset = inspected
    session.edit("training.epochs", 3)
    session.set_files([FileRequest(source.path) for source in inspection.sources])
    session.set_data(inspection, dataset)
    assert session.configuration.training.epochs == 3
    assert session.configuration.data.files == inspection.config.data.files
    assert session.dirty
    session.forget_touched()
    assert session.configuration == inspection.config


def test_the_tokens_follow_a_pretrained_model_and_come_back_without_it(
    session: Session, inspected: tuple[Inspection, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bioseq.config.model_words.letters_per_word", lambda config, _: 6 if config.model.hyper.get("folder") else 0
    )
    session.set_data(*inspected)
    session.edit("model.name", "dnabert")
    assert session.configuration.tokens == inspected[0].config.tokens
    session.edit("model.hyper.folder", "/models/DNABERT-6")
    assert (session.configuration.tokens.kind, session.configuration.tokens.k) == ("kmers", 6)
    assert "words of 6 letters" in next(one.sentence for one in session.reasons if one.path == "tokens.k")
    session.set_data(*inspected)
    assert session.configuration.tokens.k == 6
    session.edit("model.name", "text_cnn")
    assert session.configuration.tokens == inspected[0].config.tokens
    session.undo_stack.undo()
    assert session.configuration.tokens.k == 6


def test_tokens_that_the_person_chose_stay_beside_a_pretrained_model(
    session: Session, inspected: tuple[Inspection, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bioseq.config.model_words.letters_per_word", lambda *_: 6)
    session.set_data(*inspected)
    session.edit("tokens.kind", "kmers")
    session.edit("tokens.k", 4)
    session.edit("model.name", "dnabert")
    assert session.configuration.tokens.k == 4


def test_problems_follow_the_configuration(
    session: Session, inspected: tuple[Inspection, Dataset], qtbot: QtBot
) -> None:
    inspection, dataset = inspected
    session.set_data(replace(inspection), dataset)
    with qtbot.waitSignal(session.problems_changed):
        session.edit("training.class_weights", "custom")
    assert any(problem.where == "training.custom_weights" for problem in session.problems)


def test_a_file_given_again_takes_the_new_role(session: Session) -> None:
    session.add_files([FileRequest("a.fa"), FileRequest("b.fa")])
    session.add_files([FileRequest("a.fa", "test")])
    assert session.files == (FileRequest("a.fa", "test"), FileRequest("b.fa"))


def test_events_fold_into_the_state_of_the_run(session: Session, tmp_path: Path) -> None:
    session.begin_run(tmp_path)
    assert session.live
    session.apply_events(
        [
            JobStarted(job_id="j", kind="train", folder=str(tmp_path), time=1.0),
            Warned(job_id="j", sequence=1, code="x", message="odd", time=2.0),
            JobFinished(job_id="j", sequence=2, time=3.0),
        ]
    )
    session.end_run()
    assert session.run_state.status is Status.FINISHED
    assert len(session.run_state.warnings) == 1
    assert not session.live


def test_a_run_whose_worker_vanished_is_interrupted(session: Session, tmp_path: Path) -> None:
    session.begin_run(tmp_path)
    session.apply_events([JobStarted(job_id="j", kind="train", folder=str(tmp_path), time=1.0)])
    session.end_run(interrupted=True)
    assert session.run_state.status is Status.INTERRUPTED
