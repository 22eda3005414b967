"""Similar sequences are looked for before a training: in what the files keep back, and in what would be drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.inspection import configuration_for
from bioseq.config.kinship import SIZES, Kinship
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import ArtefactWritten, JobFinished, JobStopped, Progressed
from bioseq.protocol.jobs import FileRequest, Run, SimilarityJob
from bioseq.protocol.wire import decode_command, encode_command

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.events import Event

FAMILIES, MEMBERS = 20, 4


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "cache"))


def families(path: Path, *, marked: bool) -> Path:
    """Families of four, one of which is a copy; where marked, the first half's first members are test records."""
    chance = np.random.default_rng(3)
    lines = []
    for family in range(FAMILIES):
        parent = np.append(list("CCCC"), chance.choice(list("ACGT"), 56))
        for member in range(MEMBERS):
            letters = parent.copy()
            letters[: 2 * max(0, member - 1)] = "A"
            split = "test" if marked and member == 0 and family < FAMILIES / 2 else "train"
            lines.append(f">f{family}m{member}|{family % 2}|{split}\n{''.join(letters)}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def job_of(file: Path, output: Path, *settings: str) -> SimilarityJob:
    config = apply_overrides(configuration_for((FileRequest(str(file)),), {}), list(settings))
    return SimilarityJob("s", config.model_dump(mode="json"), str(output))


def look(job: SimilarityJob, tmp_path: Path) -> tuple[list[Event], Kinship]:
    sent = decode_command(encode_command(Run(job)))
    assert sent == Run(job)
    heard: list[Event] = []
    ending = run_job(job, Control(), heard.append)
    assert isinstance(ending, JobFinished), ending
    return heard, Kinship.open(tmp_path / "out" / "similar.json")


def test_relatives_of_records_that_the_files_keep_back_are_counted(tmp_path: Path) -> None:
    file = families(tmp_path / "marked.fasta", marked=True)
    heard, found = look(job_of(file, tmp_path / "out", "split.validation_fraction=0"), tmp_path)
    assert [event.path for event in heard if isinstance(event, ArtefactWritten)] == ["similar.json"]
    steps = [event.done for event in heard if isinstance(event, Progressed) and event.unit == "comparisons"]
    assert steps == sorted(steps)
    assert (found.records, found.clusters, found.copies, found.drawn) == (80, FAMILIES, FAMILIES, "")
    (side,) = found.sides
    assert (side.split, side.records, side.similar, side.copies, side.drawn) == ("test", 10, 10, 10, False)
    assert side.counts == (*(0 for _ in range(19)), 10)
    assert (found.clusters_across, found.training_across) == (10, 30)
    assert dict(zip(SIZES, found.by_size, strict=True))[3] == 80


def test_what_training_would_draw_at_random_has_relatives_and_by_similarity_none(tmp_path: Path) -> None:
    file = families(tmp_path / "plain.fasta", marked=False)
    _, random = look(job_of(file, tmp_path / "out", "split.method=random"), tmp_path)
    assert random.drawn == "random"
    assert {side.split for side in random.sides if side.drawn} == {"test", "validation"}
    assert random.across > random.kept_back / 2
    _, whole = look(job_of(file, tmp_path / "out", "split.method=similarity"), tmp_path)
    assert whole.drawn == "similarity"
    assert whole.kept_back > 0
    assert (whole.across, whole.clusters_across, whole.training_across) == (0, 0, 0)


def test_validation_like_a_named_test_is_shown_as_training_draws_it(tmp_path: Path) -> None:
    file = families(tmp_path / "marked.fasta", marked=True)
    asked = ("split.method=similarity", "split.like_named_test=true")
    _, found = look(job_of(file, tmp_path / "out", *asked), tmp_path)
    assert found.drawn == "like_test"
    (side,) = (side for side in found.sides if side.drawn)
    assert side.split == "validation"
    assert side.similar > side.records / 2


def test_a_cancelled_look_leaves_nothing(tmp_path: Path) -> None:
    control = Control()
    control.cancel()
    job = job_of(families(tmp_path / "plain.fasta", marked=False), tmp_path / "out")
    ending = run_job(job, control, lambda _: None)
    assert isinstance(ending, JobStopped)
    assert ending.cancelled
    assert not (tmp_path / "out").exists()


def test_what_was_found_is_read_as_it_was_written_and_damage_is_told(tmp_path: Path) -> None:
    _, found = look(job_of(families(tmp_path / "plain.fasta", marked=False), tmp_path / "out"), tmp_path)
    again = tmp_path / "again.json"
    replace(found, mixed=7).save(again)
    assert Kinship.open(again) == replace(found, mixed=7)
    again.write_text("{}", encoding="utf-8")
    with pytest.raises(BioseqError, match="cannot be read"):
        Kinship.open(again)
