"""Runs are made, listed quickly, named, binned and brought back; their state is told truly."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from bioseq.config import files as config_files
from bioseq.errors import BioseqError
from bioseq.protocol.events import JobStarted
from bioseq.runs import store
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status
from bioseq.runs.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration


def test_runs_made_in_one_second_have_folders_of_their_own(small_config: Configuration, tmp_path: Path) -> None:
    runs = [store.create_run(small_config, root=tmp_path) for _ in range(3)]
    assert len({run.path for run in runs}) == 3
    for run in runs:
        assert run.path.name.split("_")[1] == "text"
        assert config_files.load(run.config) == small_config


def test_the_environment_chooses_the_folder_of_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BIOSEQ_RUNS", str(tmp_path))
    assert store.runs_folder() == tmp_path
    monkeypatch.delenv("BIOSEQ_RUNS")
    assert store.runs_folder().name == "runs"


def test_a_folder_that_cannot_be_made_is_told_in_words(small_config: Configuration, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BioseqError, match="cannot be written"):
        store.create_run(small_config, root=tmp_path / "file")


def test_name_and_notes_are_kept_apart(empty_run: RunFolder) -> None:
    store.rename(empty_run, "First try")
    store.set_notes(empty_run, "Too few records.\nÄ")
    entry = store.read_entry(empty_run)
    assert entry is not None
    assert (entry.name, entry.notes, entry.status) == ("First try", "Too few records.\nÄ", Status.WAITING)


def test_a_binned_run_comes_back(empty_run: RunFolder) -> None:
    root = empty_run.path.parent
    place = store.discard(empty_run)
    assert store.list_runs(root) == ()
    assert store.restore(place) == empty_run
    assert [entry.path for entry in store.list_runs(root)] == [empty_run.path]
    place = store.discard(empty_run)
    assert store.empty_bin(root) == 1
    with pytest.raises(BioseqError, match="no longer in the bin"):
        store.restore(place)


def test_two_binned_runs_of_one_name_both_come_back(small_config: Configuration, tmp_path: Path) -> None:
    places = [store.discard(store.prepare_run(tmp_path / "run", small_config)) for _ in range(2)]
    assert len({store.restore(place).path for place in places}) == 2


def started_run(folder: Path, process_id: int) -> RunFolder:
    run = RunFolder(folder)
    with Journal(run.events) as journal:
        journal.append(JobStarted(job_id="j", time=time.time(), kind="train", folder="", process_id=process_id))
    return run


def test_a_run_whose_worker_is_gone_was_interrupted(tmp_path: Path) -> None:
    alive = store.read_entry(started_run(tmp_path / "alive", os.getpid()))
    gone = store.read_entry(started_run(tmp_path / "gone", 2**22 + 12345))
    assert alive is not None
    assert gone is not None
    assert alive.status is Status.RUNNING
    assert gone.status is Status.INTERRUPTED


def test_a_later_process_under_the_same_number_is_not_the_worker(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    with Journal(run.events) as journal:
        journal.append(JobStarted(job_id="j", time=1_000.0, kind="train", folder="", process_id=os.getpid()))
    entry = store.read_entry(run)
    assert entry is not None
    assert entry.status is Status.INTERRUPTED


def test_the_summary_is_only_a_cache(trained_run: RunFolder, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "copy")
    shutil.copytree(trained_run.path, run.path)
    cached = store.read_entry(run)
    (run.path / "summary.json").write_text("{ damaged", encoding="utf-8")
    folded = store.read_entry(run)
    assert repr(cached) == repr(folded)
    with Journal(run.events) as journal:
        journal.append(JobStarted(job_id="j", time=time.time(), kind="train", folder="", process_id=os.getpid()))
    (run.path / "summary.json").write_text((trained_run.path / "summary.json").read_text("utf-8"), encoding="utf-8")
    later = store.read_entry(run)
    assert later is not None
    assert later.status is Status.RUNNING


def test_what_is_no_run_is_passed_over(empty_run: RunFolder) -> None:
    root = empty_run.path.parent
    (root / "photographs").mkdir()
    (root / "letter.txt").write_text("", encoding="utf-8")
    assert [entry.path for entry in store.list_runs(root)] == [empty_run.path]
    assert store.list_runs(root / "nothing") == ()


def test_damaged_words_of_a_person_do_no_harm(empty_run: RunFolder) -> None:
    for content in ("[]", "{", json.dumps({"name": 3})):
        empty_run.notes.write_text(content, encoding="utf-8")
        assert store.read_entry(empty_run) is not None


def test_a_thousand_runs_are_listed_in_a_moment(trained_run: RunFolder, tmp_path: Path) -> None:
    for number in range(1_000):
        folder = tmp_path / f"run-{number}"
        folder.mkdir()
        for name in ("config.toml", "events.jsonl", "summary.json", "notes.json"):
            os.link(trained_run.path / name, folder / name)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        entries = store.list_runs(tmp_path)
        seconds.append(time.process_time() - start)
    assert len(entries) == 1_000
    assert min(seconds) < 0.3
