"""The answer of a run is the trained model together with the baselines, weighted by held-out records, or it alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, read_evaluations
from bioseq.jobs import combination
from bioseq.jobs.combination import percentages
from bioseq.jobs.runner import run_job
from bioseq.prediction.predict import load_predictor, predict_files
from bioseq.protocol.control import Control
from bioseq.protocol.events import Event, JobFinished, LogEmitted, Warned
from bioseq.protocol.jobs import ReportJob, TrainJob
from bioseq.runs.bundle import read_bundle
from bioseq.runs.store import prepare_run
from bioseq.sequences.files import FileRequest
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.runs.folder import RunFolder


def write_fasta(path: Path, *, motif: str = "TATAAT", count: int = 400, seed: int = 1) -> Path:
    """Half of the records hold the motif anywhere; every fifth is for the test."""
    chance = random.Random(seed)
    lines = []
    for number in range(count):
        letters = "".join(chance.choices("ACGT", k=40))
        if number % 2 and motif:
            place = chance.randrange(0, 34)
            letters = letters[:place] + motif + letters[place + 6 :]
        split = "test" if number // 2 % 5 == 0 else "train"
        lines.append(f">r{number}|{'site' if number % 2 else 'other'}|{split}\n{letters}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def train(folder: Path, fasta: Path, *overrides: str) -> tuple[RunFolder, list[Event]]:
    config = Configuration(data=DataSettings(files=(DataFile(path=str(fasta)),)))
    settings = ["training.epochs=3", "training.threads=1", "model.name=text_cnn", "split.validation_fraction=0.25"]
    settings += ["model.hyper.filters=16", "evaluation.resamples=200", "evaluation.similar_records=false"]
    run = prepare_run(folder, apply_overrides(config, [*settings, *overrides]))
    heard: list[Event] = []
    run_job(TrainJob("job", str(run.path)), Control(), heard.append)
    assert isinstance(heard[-1], JobFinished), heard[-1]
    return run, heard


def messages(heard: list[Event]) -> str:
    return "\n".join(event.message for event in heard if isinstance(event, LogEmitted | Warned))


@pytest.fixture(scope="module")
def combined(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, list[Event]]:
    """A run whose answer is a combination."""
    folder = tmp_path_factory.mktemp("combined")
    return train(folder / "runs", write_fasta(folder / "motif.fasta"), "model.combine=true")


@pytest.fixture(scope="module")
def evaluations(combined: tuple[RunFolder, list[Event]]) -> dict[str, Evaluation]:
    return read_evaluations(combined[0].metrics)


def test_the_title_says_what_the_answer_is_made_of(
    combined: tuple[RunFolder, list[Event]], evaluations: dict[str, Evaluation]
) -> None:
    title = evaluations["test"].model.title
    parts = title.split(", ")
    assert len(parts) >= 2
    assert sum(int(part.rsplit(" ", 2)[1]) for part in parts) == 100
    assert f"The answer combines {listed(parts)}." in messages(combined[1])


def test_each_part_stands_beside_the_answer_with_its_own_metrics(evaluations: dict[str, Evaluation]) -> None:
    parts = evaluations["test"].members
    shown = [f"{part.title} {100 * part.weight:.0f} %" for part in parts]
    assert shown == evaluations["test"].model.title.split(", ")
    assert all(0 <= part.metrics["accuracy"] <= 1 for part in parts)


def test_the_bundle_predicts_what_was_evaluated(combined: tuple[RunFolder, list[Event]], tmp_path: Path) -> None:
    run, _ = combined
    kept = EvaluatedRecords.open(run.evaluation)
    contents = read_bundle(run.model)
    assert contents.architecture == "ensemble"
    assert contents.hyper["combine"] == "geometric"
    again = tmp_path / "again.fasta"
    rows = range(len(kept.ids))
    again.write_text("".join(f">{kept.ids[row]}\n{kept.sequences[row]}\n" for row in rows), encoding="utf-8")
    table = predict_files(load_predictor(run.path), [FileRequest(str(again))], tmp_path / "table")
    np.testing.assert_allclose(table.probabilities, kept.probabilities, atol=1e-5)


def test_validation_records_are_answered_by_models_that_were_not_fitted_on_them(
    combined: tuple[RunFolder, list[Event]], evaluations: dict[str, Evaluation], tmp_path: Path
) -> None:
    """In the end the baselines were fitted on them: asked again they would know their classes far too well."""
    run, _ = combined
    kept = EvaluatedRecords.open(run.evaluation / "validation")
    again = tmp_path / "validation.fasta"
    rows = range(len(kept.ids))
    again.write_text("".join(f">{kept.ids[row]}\n{kept.sequences[row]}\n" for row in rows), encoding="utf-8")
    table = predict_files(load_predictor(run.path), [FileRequest(str(again))], tmp_path / "table")
    asked_again = table.probabilities
    held_out, fitted = (scores(kept.truth, found).metrics["loss"] for found in (kept.probabilities, asked_again))
    assert fitted < held_out
    boosting = next(one for one in evaluations["validation"].baselines if one.name == "gradient_boosting")
    assert boosting.metrics["accuracy"] < 1.0


def test_the_report_says_how_the_answer_was_made(combined: tuple[RunFolder, list[Event]], tmp_path: Path) -> None:
    target = tmp_path / "report.md"
    heard: list[Event] = []
    run_job(ReportJob("report", (str(combined[0].path),), str(target)), Control(), heard.append)
    text = target.read_text(encoding="utf-8")
    assert "were combined with those of simple models" in text
    assert "The model was a Text CNN" in text


def test_one_switch_gives_the_network_alone(tmp_path: Path) -> None:
    run, _ = train(tmp_path / "runs", write_fasta(tmp_path / "motif.fasta", count=160), "model.combine=false")
    assert read_bundle(run.model).architecture == "text_cnn"
    assert not read_evaluations(run.metrics)["test"].members


def test_where_nothing_beats_the_class_frequencies_the_network_stands_alone(tmp_path: Path) -> None:
    noise = write_fasta(tmp_path / "noise.fasta", motif="")
    run, heard = train(tmp_path / "runs", noise, "model.combine=true")
    assert read_bundle(run.model).architecture == "text_cnn"
    assert "the answer is Text CNN alone" in messages(heard)


def test_a_network_that_knows_nothing_takes_no_part(tmp_path: Path) -> None:
    """With a learning rate near 0 it stays at its random weights; the baselines answer."""
    fasta = write_fasta(tmp_path / "motif.fasta")
    run, _ = train(tmp_path / "runs", fasta, "model.combine=true", "training.learning_rate=1e-7")
    contents = read_bundle(run.model)
    assert contents.architecture == "ensemble"
    assert "text_cnn" not in [member.architecture for member in contents.members]
    assert read_evaluations(run.metrics)["test"].model.metrics["roc_auc"] > 0.8


def test_without_validation_records_the_network_stands_alone_and_it_is_said(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "motif.fasta", count=160)
    run, heard = train(tmp_path / "runs", fasta, "model.combine=true", "split.validation_fraction=0")
    assert read_bundle(run.model).architecture == "text_cnn"
    assert [event.code for event in heard if isinstance(event, Warned)].count("combination.no_validation") == 1


def test_percentages_sum_to_a_hundred() -> None:
    assert percentages(np.array([1 / 3, 1 / 3, 1 / 3])) == [34, 33, 33]
    assert percentages(np.array([0.604, 0.396])) == [60, 40]
    assert percentages(np.array([1.0])) == [100]


def candidate(held_out: np.ndarray) -> combination._Candidate:
    return combination._Candidate("model", None, held_out.astype(np.float32), None, knows=True)  # type: ignore[arg-type]


def test_a_baseline_of_next_to_no_weight_is_left_out_and_not_the_network() -> None:
    """The network knows the last third of the records alone, and is far better there than a baseline that hardly is."""
    chance = np.random.default_rng(1)
    labels = chance.integers(0, 2, 600)
    own = np.full((600, 2), np.nan)
    right = np.where(chance.random(200) < 0.97, labels[400:], 1 - labels[400:])
    own[400:] = np.where(np.arange(2) == right[:, None], 0.97, 0.03)
    weak = np.where(np.arange(2) == np.where(chance.random(600) < 0.55, labels, 1 - labels)[:, None], 0.55, 0.45)
    wrong = 1 - weak
    members, weights = combination._choose([candidate(own), candidate(wrong)], labels)
    assert members == [0]
    assert weights.tolist() == [1.0]
    assert 0 in combination._choose([candidate(own), candidate(weak)], labels)[0]
