"""A run's probabilities are calibrated and its threshold chosen on validation records, and both go with the model."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.errors import BioseqError
from bioseq.evaluation.bootstrap import Resamples, intervals
from bioseq.evaluation.calibration import fit_temperature, tempered
from bioseq.evaluation.evaluate import with_intervals
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, read_evaluations
from bioseq.evaluation.thresholds import choose_threshold
from bioseq.jobs.runner import run_job
from bioseq.prediction.flags import cleaned_for
from bioseq.prediction.predict import load_predictor, read_for
from bioseq.protocol.control import Control
from bioseq.protocol.events import Event, JobFinished, Warned
from bioseq.protocol.jobs import EvaluateJob, TrainJob
from bioseq.runs.bundle import read_bundle, read_bundle_card, write_bundle
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import prepare_run
from bioseq.sequences.files import FileRequest

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MODELS = ("dnn", "lr")
BARE = "evaluation.baseline=false"


def noisy_fasta(path: Path, *, count: int = 300, seed: int = 1, splits: tuple[str, ...] = ("train", "test")) -> Path:
    """One record in four is of the class that is looked for, and its motif is often missing: nobody can be sure."""
    chance = random.Random(seed)
    lines = []
    for number in range(count):
        letters = "".join(chance.choices("ACGT", k=24))
        rare = number % 4 == 0
        if chance.random() < (0.7 if rare else 0.2):
            letters = letters[:10] + "TATAAT" + letters[16:]
        split = splits[number % len(splits)] if len(splits) != 2 else splits[number % 5 == 0]
        lines.append(f">r{seed}-{number}|{'site' if rare else 'other'}|{split}\n{letters}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def trained(folder: Path, fasta: Path, *overrides: str, model: str = "lr") -> tuple[RunFolder, list[Event]]:
    config = Configuration(data=DataSettings(files=(DataFile(path=str(fasta)),)))
    settings = ["training.epochs=4", "training.threads=1", "split.validation_fraction=0.3", "output.name=Noisy"]
    settings += ["evaluation.resamples=200", "evaluation.positive_label=site", f"model.name={model}"]
    run = prepare_run(folder, apply_overrides(config, [*settings, *overrides]))
    heard: list[Event] = []
    run_job(TrainJob("job", str(run.path)), Control(), heard.append)
    assert isinstance(heard[-1], JobFinished), heard[-1]
    return run, heard


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    """A network and a feature baseline, trained on the same noisy records."""
    folder = tmp_path_factory.mktemp("calibrated")
    fasta = noisy_fasta(folder / "noisy.fasta")
    return {model: trained(folder / "runs", fasta, "evaluation.threshold_aim=mcc", model=model)[0] for model in MODELS}


def validation_of(run: RunFolder) -> tuple[Evaluation, EvaluatedRecords]:
    return read_evaluations(run.metrics)["validation"], EvaluatedRecords.open(run.evaluation / "validation")


@pytest.mark.parametrize("model", MODELS)
def test_the_temperature_is_that_of_the_validation_records(runs: dict[str, RunFolder], model: str) -> None:
    evaluation, records = validation_of(runs[model])
    card = read_bundle_card(runs[model].model)
    assert card.temperature == evaluation.temperature != 1.0
    raw = tempered(np.asarray(records.probabilities), 1 / card.temperature)
    assert fit_temperature(records.truth, raw) == pytest.approx(card.temperature, rel=1e-3)


@pytest.mark.parametrize("model", MODELS)
def test_the_threshold_is_chosen_by_the_validation_records_and_judged_by_the_test_records(
    runs: dict[str, RunFolder], model: str
) -> None:
    evaluation, records = validation_of(runs[model])
    positive = evaluation.labels.index("site")
    wanted = choose_threshold(records.truth == positive, records.probabilities[:, positive], "mcc")
    assert wanted is not None
    test = read_evaluations(runs[model].metrics)["test"]
    assert read_bundle_card(runs[model].model).threshold == test.threshold == wanted.threshold
    assert test.threshold_aim == "mcc"
    kept = EvaluatedRecords.open(runs[model].evaluation)
    found = scores(kept.truth, kept.probabilities, threshold=test.threshold, positive=positive)
    assert test.model.metrics == pytest.approx(found.metrics, nan_ok=True)
    assert {baseline.threshold for baseline in test.baselines} != {test.threshold}, "each simple model has its own"
    assert test.baselines[-1].threshold == read_evaluations(runs[model].metrics)["validation"].baselines[-1].threshold


@pytest.mark.parametrize("model", MODELS)
def test_a_fresh_reading_of_the_model_says_the_same_bits(runs: dict[str, RunFolder], model: str) -> None:
    records = EvaluatedRecords.open(runs[model].evaluation)
    predictor = load_predictor(runs[model].model)
    files = [FileRequest(file.path) for file in _config(runs[model]).data.files]
    dataset = cleaned_for(predictor.contents, read_for(predictor.contents, files).dataset).dataset
    places = {dataset.ids[row]: row for row in range(len(dataset))}
    rows = np.array([places[records.ids[row]] for row in range(len(records.truth))])
    np.testing.assert_array_equal(predictor.chances(dataset.take(rows)), records.probabilities)


def _config(run: RunFolder) -> Configuration:
    from bioseq.config.files import load

    return load(run.config)


def test_every_figure_has_its_interval_and_every_simple_model_its_difference(runs: dict[str, RunFolder]) -> None:
    for split, evaluation in read_evaluations(runs["dnn"].metrics).items():
        folder = runs["dnn"].evaluation / split
        records = EvaluatedRecords.open(folder if folder.is_dir() else runs["dnn"].evaluation)
        bare = replace(evaluation, model=replace(evaluation.model, intervals={}))
        chances: dict[str, NDArray[np.float32]] = {"model": records.probabilities, **records.baselines}
        again = with_intervals(bare, records.truth, chances, Resamples(200, 0.95, 1))
        assert evaluation.resamples == 200
        assert repr(evaluation.model.intervals) == repr(again.model.intervals)
        for one in evaluation.baselines:
            gap = evaluation.model.metrics["roc_auc"] - one.metrics["roc_auc"]
            assert one.lead["roc_auc"].value == pytest.approx(gap)
            assert 0 < one.lead_p["roc_auc"] <= 1


def test_figures_of_older_programs_still_open(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    fields = json.loads(runs["lr"].metrics.read_text(encoding="utf-8"))
    for evaluation in fields["evaluations"].values():
        for name in ("temperature", "threshold_aim", "resamples", "standing", "cautions"):
            evaluation.pop(name, None)
        for predictor in (evaluation["model"], *evaluation["baselines"]):
            for name in ("threshold", "intervals", "lead", "lead_p"):
                predictor.pop(name, None)
    old = tmp_path / "metrics.json"
    old.write_text(json.dumps(fields), encoding="utf-8")
    found = read_evaluations(old)["test"]
    assert (found.temperature, found.threshold_aim, found.resamples) == (1.0, "fixed", 0)
    assert found.model.intervals == found.baselines[0].lead == {}


def test_a_model_file_without_a_temperature_gives_probabilities_as_they_are(
    runs: dict[str, RunFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = read_bundle(runs["lr"].model)
    write = json.dumps
    with monkeypatch.context() as patched:
        patched.setattr(
            "bioseq.runs.bundle.json.dumps",
            lambda fields, **options: write(
                {name: value for name, value in fields.items() if name != "temperature"}, **options
            ),
        )
        write_bundle(tmp_path / "old.bioseq", contents)
    assert read_bundle(tmp_path / "old.bioseq").temperature == 1.0
    for impossible in (0.0, -1.0, 1e9):
        write_bundle(tmp_path / "bad.bioseq", replace(contents, temperature=impossible))
        with pytest.raises(BioseqError, match="damaged"):
            read_bundle(tmp_path / "bad.bioseq")


def test_labelled_files_are_judged_with_intervals_at_the_temperature_of_the_model(
    runs: dict[str, RunFolder], tmp_path: Path
) -> None:
    heard: list[Event] = []
    fresh = noisy_fasta(tmp_path / "fresh.fasta", seed=2, count=120)
    job = EvaluateJob("job", str(runs["lr"].model), (FileRequest(str(fresh)),), str(tmp_path / "out"))
    run_job(job, Control(), heard.append)
    assert isinstance(heard[-1], JobFinished), heard[-1]
    found = read_evaluations(RunFolder(tmp_path / "out").metrics)["files"]
    card = read_bundle_card(runs["lr"].model)
    assert (found.temperature, found.threshold, found.resamples) == (card.temperature, card.threshold, 200)
    interval = found.model.intervals["mcc"]
    assert interval.low < found.model.metrics["mcc"] < interval.high


def test_neither_is_done_where_it_is_not_wanted(tmp_path: Path) -> None:
    run, _ = trained(tmp_path, noisy_fasta(tmp_path / "noisy.fasta"), "evaluation.calibrate=false", BARE)
    test = read_evaluations(run.metrics)["test"]
    assert (test.temperature, test.threshold, test.threshold_aim) == (1.0, 0.5, "fixed")
    assert read_bundle_card(run.model).temperature == 1.0


def test_without_validation_records_the_given_threshold_is_used_and_that_is_told(tmp_path: Path) -> None:
    fasta = noisy_fasta(tmp_path / "noisy.fasta", count=120)
    run, heard = trained(
        tmp_path,
        fasta,
        "split.validation_fraction=0",
        "evaluation.threshold_aim=youden",
        "evaluation.threshold=0.4",
        BARE,
    )
    assert "evaluation.no_threshold_chosen" in [event.code for event in heard if isinstance(event, Warned)]
    assert read_evaluations(run.metrics)["test"].threshold == 0.4


def test_where_clusters_are_known_they_are_drawn_whole(tmp_path: Path) -> None:
    """Each record has three close relatives, so there are far fewer clusters than records to judge by."""
    chance = random.Random(4)
    lines = []
    for family in range(60):
        label = ("other", "site")[family % 2]
        founder = "".join(chance.choices("ACGT", k=60))
        if label == "site" or chance.random() < 0.2:
            founder = founder[:27] + "TATAAT" + founder[33:]
        for copy in range(4):
            place = chance.randrange(20)
            letters = founder[:place] + chance.choice("ACGT") + founder[place + 1 :]
            lines.append(f"f{family}-{copy},{letters},{label}\n")
    table = tmp_path / "families.csv"
    table.write_text("".join(["id,sequence,label\n", *lines]), encoding="utf-8")
    run, _ = trained(tmp_path, table, "split.method=similarity", "split.test_fraction=0.4", BARE)
    test = read_evaluations(run.metrics)["test"]
    assert 10 <= test.clusters <= test.records / 3
    records = EvaluatedRecords.open(run.evaluation)
    positive = test.labels.index("site")
    alone = intervals(records.truth, records.probabilities, positive=positive, threshold=test.threshold, resamples=200)[
        "accuracy"
    ]
    together = test.model.intervals["accuracy"]
    assert together.high - together.low > 1.2 * (alone.high - alone.low)
