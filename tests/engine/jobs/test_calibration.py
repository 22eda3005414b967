"""A run's probabilities are calibrated and its threshold chosen on validation records, and both go with the model."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.errors import BioseqError
from bioseq.evaluation.bootstrap import Resamples, intervals
from bioseq.evaluation.calibration import AS_IT_IS, Calibration, fit_calibration, mean_probabilities
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

    from bioseq.sequences.dataset import Dataset

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
    assert card.temperature == evaluation.calibration.temperature != 1.0
    assert card.calibration == evaluation.calibration
    raw = card.calibration.undo(np.asarray(records.probabilities))
    assert fit_calibration(records.truth, raw).temperature == pytest.approx(card.temperature, rel=1e-3)


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
        for name in ("calibration", "threshold_aim", "resamples", "standing", "cautions"):
            evaluation.pop(name, None)
        for predictor in (evaluation["model"], *evaluation["baselines"]):
            for name in ("threshold", "intervals", "lead", "lead_p"):
                predictor.pop(name, None)
    old = tmp_path / "metrics.json"
    old.write_text(json.dumps(fields), encoding="utf-8")
    found = read_evaluations(old)["test"]
    for evaluation in fields["evaluations"].values():
        evaluation["temperature"] = 1.6
    old.write_text(json.dumps(fields), encoding="utf-8")
    assert read_evaluations(old)["test"].calibration == Calibration(1.6), "of programs that knew a temperature only"
    assert (found.calibration, found.threshold_aim, found.resamples) == (AS_IT_IS, "fixed", 0)
    assert found.model.intervals == found.baselines[0].lead == {}


ADDED = ("temperature", "bias", "prior_log_weights")


def test_a_model_file_without_a_temperature_gives_probabilities_as_they_are(
    runs: dict[str, RunFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = read_bundle(runs["lr"].model)
    write = json.dumps
    with monkeypatch.context() as patched:
        patched.setattr(
            "bioseq.runs.bundle.json.dumps",
            lambda fields, **options: write(
                {name: value for name, value in fields.items() if name not in ADDED}, **options
            ),
        )
        write_bundle(tmp_path / "old.bioseq", contents)
    assert read_bundle(tmp_path / "old.bioseq").calibration == AS_IT_IS
    for impossible in (
        *map(Calibration, (0.0, -1.0, 1e9)),
        Calibration(bias=(0.0,)),
        Calibration(prior_log_weights=(1e9, 0.0)),
    ):
        write_bundle(tmp_path / "bad.bioseq", replace(contents, calibration=impossible))
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
    assert (found.calibration, found.threshold, found.resamples) == (card.calibration, card.threshold, 200)
    interval = found.model.intervals["mcc"]
    assert interval.low < found.model.metrics["mcc"] < interval.high


WAYS = {
    "weights": ("lr", ("training.class_weights=balanced",), (1.0, 3.0)),
    "by hand": (
        "lr",
        ("training.class_weights=custom", "training.custom_weights.site=10", "training.custom_weights.other=2"),
        (1.0, 5.0),
    ),
    "smote": ("lr", ("model.hyper.resampling=smote",), (1.0, 3.0)),
    "boosting": ("hist_gradient_boosting", ("training.class_weights=balanced",), (1.0, 3.0)),
    "sampling": ("dnn", ("training.sampling=balanced",), (1.0, 3.0)),
    "both": ("dnn", ("training.sampling=oversampled", "training.class_weights=balanced"), (1.0, 9.0)),
    "focal": ("dnn", ("training.loss=focal",), ()),
}


@pytest.mark.parametrize("way", WAYS)
def test_probabilities_are_those_of_the_data_however_rare_classes_were_given_more_say(way: str, tmp_path: Path) -> None:
    model, settings, ratio = WAYS[way]
    fasta = noisy_fasta(tmp_path / "noisy.fasta", count=600)
    run, heard = trained(tmp_path, fasta, *settings, BARE, model=model)
    calibration = read_bundle(run.model).calibration
    weights = np.exp(calibration.prior_log_weights)
    assert weights / (weights.min() if len(weights) else 1) == pytest.approx(np.array(ratio), rel=0.05)
    for split, evaluation in read_evaluations(run.metrics).items():
        folder = run.evaluation / split
        records = EvaluatedRecords.open(folder if folder.is_dir() else run.evaluation)
        assert all(one.within for one in mean_probabilities(records.truth, records.probabilities)), split
        assert evaluation.calibration == calibration
    assert "evaluation.not_calibrated" not in [event.code for event in heard if isinstance(event, Warned)]
    found = load_predictor(run.model).chances(cleaned_for(read_bundle(run.model), dataset_of(fasta, run)).dataset)
    assert found[:, 1].mean() == pytest.approx(0.25, abs=0.06), "the model file knows it too"


def dataset_of(fasta: Path, run: RunFolder) -> Dataset:
    return read_for(read_bundle_card(run.model), (FileRequest(str(fasta)),)).dataset


def test_each_member_of_an_ensemble_is_freed_of_its_own_weights_before_the_mean(tmp_path: Path) -> None:
    fasta = noisy_fasta(tmp_path / "noisy.fasta", count=600)
    members = 'model.hyper.members="lr,dnn"'
    run, _ = trained(tmp_path, fasta, members, "training.class_weights=balanced", BARE, model="ensemble")
    contents = read_bundle(run.model)
    assert contents.calibration.prior_log_weights == ()
    for member in contents.members:
        assert np.ptp(member.calibration.prior_log_weights) == pytest.approx(math.log(3), abs=0.05)
        assert member.calibration == Calibration(prior_log_weights=member.calibration.prior_log_weights)
    records = EvaluatedRecords.open(run.evaluation)
    assert all(one.within for one in mean_probabilities(records.truth, records.probabilities))
    again = load_predictor(run.model).chances(cleaned_for(contents, dataset_of(fasta, run)).dataset)
    assert again[:, 1].mean() == pytest.approx(0.25, abs=0.06)


def test_without_validation_records_the_weights_of_training_are_undone_all_the_same(tmp_path: Path) -> None:
    fasta = noisy_fasta(tmp_path / "noisy.fasta")
    run, _ = trained(tmp_path, fasta, "split.validation_fraction=0", "training.class_weights=balanced", BARE)
    found = read_bundle_card(run.model).calibration
    assert (found.temperature, found.bias) == (1.0, ())
    assert np.ptp(found.prior_log_weights) == pytest.approx(math.log(3), abs=0.05)


def test_a_mean_probability_that_leaves_the_interval_of_the_prevalence_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the weights are undone, and wrongly, as if the fit had failed."""
    wrong = Calibration(prior_log_weights=(2.0, 0.0))
    monkeypatch.setattr("bioseq.jobs.calibration.fit_calibration", lambda *_args, **_named: wrong)
    _, heard = trained(tmp_path, noisy_fasta(tmp_path / "noisy.fasta"), BARE)
    (told,) = [event for event in heard if isinstance(event, Warned) and event.code == "evaluation.not_calibrated"]
    assert "'site'" in told.message
    assert "its prevalence 0.2" in told.message
    assert "95 % interval" in told.message


def test_neither_is_done_where_it_is_not_wanted(tmp_path: Path) -> None:
    run, _ = trained(
        tmp_path,
        noisy_fasta(tmp_path / "noisy.fasta"),
        "evaluation.calibrate=false",
        BARE,
        "training.class_weights=balanced",
    )
    test = read_evaluations(run.metrics)["test"]
    assert (test.calibration, test.threshold, test.threshold_aim) == (AS_IT_IS, 0.5, "fixed")
    assert read_bundle_card(run.model).calibration == AS_IT_IS


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
