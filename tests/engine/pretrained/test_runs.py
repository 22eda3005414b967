"""Whole trainings around an encoder: frozen, with LoRA, in full, from scratch; and their bundles without the folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from bioseq.config import files as config_files
from bioseq.config.overrides import apply_overrides
from bioseq.evaluation.results import read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.models.registry import build
from bioseq.prediction.predict import load_predictor, predict_dataset, read_for
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished, Event, JobFailed, JobFinished, JobStarted, LogEmitted, Warned
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.bundle import read_bundle
from bioseq.runs.store import prepare_run
from bioseq.sequences.files import FileRequest
from bioseq.training.checkpoint import load_checkpoints
from bioseq.training.optimisers import build_optimiser, set_rate

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.runs.folder import RunFolder

WORDS = ["tokens.kind=kmers", "tokens.k=3"]


def trained(
    config: Configuration, folder: Path, *options: str, control: Control | None = None
) -> tuple[RunFolder, Any]:
    """A run with these options, and its events."""
    run = prepare_run(folder, apply_overrides(config, [*WORDS, "evaluation.baseline=false", *options]))
    events: list[Event] = []
    run_job(TrainJob("job", str(run.path)), control or Control(), events.append)
    return run, events


@pytest.fixture
def around(layouts: dict[str, Path]) -> list[str]:
    return ["model.name=dnabert", f"model.hyper.folder={layouts['DNABERT-3']}"]


@pytest.fixture
def encoder_calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Records that went through an encoder."""
    from bioseq.models import encoder

    calls: list[int] = []
    real = encoder.states_of

    def counted(network: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        calls.append(len(ids))
        return real(network, ids, mask)

    monkeypatch.setattr(encoder, "states_of", counted)
    return calls


def test_a_frozen_encoder_runs_once_per_record_and_never_again(
    small_config: Configuration, around: list[str], tmp_path: Path, encoder_calls: list[int]
) -> None:
    run, events = trained(small_config, tmp_path / "one", *around, "training.epochs=5")
    assert isinstance(events[-1], JobFinished), events[-1]
    records = json.loads(run.data.read_text())["records_used"]
    assert encoder_calls == [1] * records
    trained(small_config, tmp_path / "two", *around, "training.epochs=2")
    assert encoder_calls == [1] * records, "the second run found all on the disk"
    trained(small_config, tmp_path / "three", *around, "training.epochs=1", "model.hyper.pooling=cls")
    assert encoder_calls == [1] * (2 * records), "another summary is another vector"


def test_frozen_runs_with_one_seed_are_equal_with_and_without_the_store(
    small_config: Configuration, around: list[str], tmp_path: Path
) -> None:
    runs = [trained(small_config, tmp_path / name, *around, "training.epochs=2")[0] for name in ("one", "two")]
    first, second = (read_bundle(run.model).weights for run in runs)
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_the_same_sequence_has_one_vector_whatever_stands_beside_it(
    layouts: dict[str, Path], words_task: Any, encoder_calls: list[int]
) -> None:
    torch.manual_seed(0)
    network = build("dnabert", words_task, {"folder": str(layouts["DNABERT-3"])}).eval()
    network.remember_features()
    tokens = torch.randint(2, 66, (6, 60))
    tokens[5] = tokens[0]
    mask = torch.arange(60) < torch.tensor([20, 60, 1, 33, 47, 20])[:, None]
    with torch.no_grad():
        together = network(tokens, mask).embedding
        again = network(tokens[[3, 0]], mask[[3, 0]]).embedding
    assert torch.equal(together[5], together[0])
    assert torch.equal(again, together[[3, 0]])
    assert len(encoder_calls) == 5


FRESH = """
import sys
from pathlib import Path
import numpy as np
from bioseq.prediction.predict import load_predictor, predict_dataset, read_for
from bioseq.sequences.files import FileRequest
predictor = load_predictor(Path(sys.argv[1]))
reading = read_for(predictor.contents, (FileRequest(sys.argv[2]),))
np.save(sys.argv[3], predict_dataset(predictor, reading.dataset).probabilities)
"""


@pytest.mark.parametrize("tuning", ["frozen", "lora"])
def test_a_bundle_needs_no_folder_and_tells_no_place(
    small_config: Configuration,
    layouts: dict[str, Path],
    labelled_fasta: Path,
    tmp_path: Path,
    tuning: str,
) -> None:
    folder = tmp_path / "private" / "My DNABERT"
    shutil.copytree(layouts["DNABERT-3"], folder)
    options = [
        "model.name=dnabert",
        f"model.hyper.folder={folder}",
        f"model.hyper.tuning={tuning}",
        "model.hyper.rank=2",
    ]
    run, events = trained(small_config, tmp_path / "run", *options, "training.epochs=2")
    assert isinstance(events[-1], JobFinished), events[-1]
    shutil.rmtree(folder)
    contents = read_bundle(run.model)
    words = {"frozen": "frozen", "lora": "LoRA"}[tuning]
    assert contents.model_title == f"DNABERT (My DNABERT, {words})"
    assert contents.hyper["folder"] == ""
    with zipfile.ZipFile(run.model) as archive:
        assert all(b"private" not in archive.read(name) for name in archive.namelist())
    predictor = load_predictor(run.model)
    reading = read_for(contents, (FileRequest(str(labelled_fasta)),))
    expected = predict_dataset(predictor, reading.dataset).probabilities
    arguments = [sys.executable, "-c", FRESH, str(run.model), str(labelled_fasta), str(tmp_path / "found.npy")]
    subprocess.run(arguments, check=True, capture_output=True)
    assert np.array_equal(np.load(tmp_path / "found.npy"), expected)
    evaluation = read_evaluations(run.metrics)["test"]
    assert evaluation.model.title == contents.model_title
    positive = evaluation.labels.index(evaluation.positive)
    told = np.loadtxt(run.predictions, delimiter=",", skiprows=1, usecols=3 + positive)
    ids = [line.split(",")[0] for line in run.predictions.read_text().splitlines()[1:]]
    rows = [list(reading.dataset.ids).index(name) for name in ids]
    assert np.allclose(told, expected[rows, positive], atol=1e-5)


def test_lora_learns_few_weights_and_the_encoder_keeps_its_own(
    small_config: Configuration, around: list[str], layouts: dict[str, Path], tmp_path: Path
) -> None:
    options = ["model.hyper.tuning=lora", "model.hyper.rank=2", "training.epochs=3"]
    run, events = trained(small_config, tmp_path / "run", *around, *options)
    weights = read_bundle(run.model).weights
    untouched = build("dnabert", read_bundle(run.model).task, {"folder": str(layouts["DNABERT-3"])}).state_dict()
    for name, values in weights.items():
        if ".base_layer." in name:
            assert np.array_equal(values, untouched[name.replace(".base_layer.", ".")].numpy()), name
    assert any(np.abs(values).sum() > 0 for name, values in weights.items() if "lora_B" in name)
    (_, checkpoint), *_ = load_checkpoints(run.checkpoints)
    assert checkpoint is not None
    assert all("lora" in name or not name.startswith("encoder.") for name in checkpoint.tensors["model"])
    losses = [event.train["loss"] for event in events if isinstance(event, EpochFinished)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("tuning", ["frozen", "lora", "full"])
def test_killed_and_resumed_the_weights_are_the_same(
    small_config: Configuration, around: list[str], tmp_path: Path, tuning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [*around, f"model.hyper.tuning={tuning}", "model.hyper.rank=2", "training.epochs=3"]
    whole, _ = trained(small_config, tmp_path / "whole", *options)
    run = prepare_run(tmp_path / "cut", apply_overrides(small_config, [*WORDS, "evaluation.baseline=false", *options]))
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "another cache"))
    control = Control()

    def stop_early(event: Event) -> None:
        if isinstance(event, EpochFinished) and event.epoch == 1:
            control.stop()

    run_job(TrainJob("first", str(run.path)), control, stop_early)
    ending = run_job(TrainJob("second", str(run.path), resume=True), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    first, second = read_bundle(whole.model).weights, read_bundle(run.model).weights
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_with_other_weights_in_the_folder_a_run_is_not_resumed(
    small_config: Configuration, layouts: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(layouts["DNABERT-3"], folder)
    options = ["model.name=dnabert", f"model.hyper.folder={folder}", "training.epochs=1"]
    run, _ = trained(small_config, tmp_path / "run", *options)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    ending = run_job(TrainJob("second", str(run.path), resume=True), Control(), lambda _: None)
    assert isinstance(ending, JobFailed)
    assert ending.code == "checkpoint.other_run"


def test_from_scratch_is_said_everywhere(small_config: Configuration, tmp_path: Path) -> None:
    sizes = [f"model.hyper.{name}={value}" for name, value in {"width": 8, "heads": 2, "feed_forward": 16}.items()]
    run, events = trained(small_config, tmp_path / "run", "model.name=dnabert", *sizes, "training.epochs=1")
    title = "DNABERT (from scratch)"
    assert next(event for event in events if isinstance(event, JobStarted)).details["model"] == title
    assert f"Training {title}" in {getattr(event, "title", "") for event in events}
    assert title in run.log.read_text(encoding="utf-8")
    assert read_evaluations(run.metrics)["test"].model.title == title
    assert read_bundle(run.model).model_title == title
    with zipfile.ZipFile(run.model) as archive:
        assert title in archive.read("card.md").decode()


def test_pretrained_weights_learn_more_slowly_than_what_is_new(
    layouts: dict[str, Path], words_task: Any, small_config: Configuration
) -> None:
    hyper = {"folder": str(layouts["DNABERT-3"]), "tuning": "full", "encoder_rate": 0.05}
    network = build("dnabert", words_task, hyper)
    optimiser = build_optimiser(network, small_config.training)
    set_rate(optimiser, 1e-3)
    rates = {id(value): group["lr"] for group in optimiser.param_groups for value in group["params"]}
    for name, value in network.named_parameters():
        assert rates[id(value)] == pytest.approx(5e-5 if name.startswith("encoder.") else 1e-3), name


def test_doubts_about_the_folder_are_warnings_of_the_run(
    small_config: Configuration, copied: Any, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    folder = copied("DNABERT-3")
    weights = load_file(folder / "model.safetensors")
    weights.pop("bert.embeddings.LayerNorm.bias")
    save_file(weights, folder / "model.safetensors")
    options = ["model.name=dnabert", f"model.hyper.folder={folder}", "training.epochs=1"]
    run, events = trained(small_config, tmp_path / "run", *options)
    assert isinstance(events[-1], JobFinished)
    assert "encoder.missing_weights" in {event.code for event in events if isinstance(event, Warned)}
    assert any("embeddings.LayerNorm.bias" in text for text in json.loads(run.provenance.read_text())["warnings"])


def test_a_folder_that_is_wrong_fails_in_words_before_anything_is_built(
    small_config: Configuration, tmp_path: Path
) -> None:
    _, events = trained(small_config, tmp_path / "run", "model.name=dnabert", "model.hyper.folder=/nowhere/at/all")
    assert isinstance(events[-1], JobFailed)
    assert (events[-1].code, events[-1].where) == ("encoder.no_folder", "model.hyper.folder")
    assert events[-1].remedy


def test_the_log_counts_what_is_learnt(small_config: Configuration, around: list[str], tmp_path: Path) -> None:
    _, events = trained(small_config, tmp_path / "run", *around, "training.epochs=1")
    counts = [event.message for event in events if isinstance(event, LogEmitted) and "weights" in event.message]
    learnt = 2 * 16 + 2 * 17
    assert any(f"of which {learnt} are learnt" in text for text in counts), counts


def test_the_folder_in_a_configuration_is_relative_to_it(small_config: Configuration, tmp_path: Path) -> None:
    config = apply_overrides(small_config, ["model.name=dnabert", f"model.hyper.folder={tmp_path / 'encoders' / 'x'}"])
    config_files.save(config, tmp_path / "config.toml")
    assert 'folder = "encoders/x"' in (tmp_path / "config.toml").read_text()
    assert config_files.load(tmp_path / "config.toml").model.hyper["folder"] == str(tmp_path / "encoders" / "x")
