"""Whole trainings around an encoder: frozen, with LoRA, in full, from scratch; and their bundles without the folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from bioseq.config import files as config_files
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
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
from bioseq.training.inputs import prepare
from bioseq.training.loop import CheckpointPolicy, TrainedModel, train
from bioseq.training.optimisers import build_optimiser, set_rate

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.runs.folder import RunFolder

WORDS = ["tokens.kind=kmers", "tokens.k=3", "evaluation.baseline=false"]


def whole_run(config: Configuration, folder: Path, *options: str) -> tuple[RunFolder, list[Event]]:
    """A run with these options, judged and bundled, and its events."""
    run = prepare_run(folder, apply_overrides(config, [*WORDS, *options]))
    events: list[Event] = []
    run_job(TrainJob("job", str(run.path)), Control(), events.append)
    return run, events


def trained(
    config: Configuration,
    *options: str,
    checkpoints: CheckpointPolicy | None = None,
    resume: bool = False,
    stop_after: int = 0,
) -> tuple[TrainedModel, list[Event]]:
    """Training alone, without judgement, figures and bundle."""
    config = apply_overrides(config, [*WORDS, *options])
    control = Control()
    training = train(prepare(config, load_data(config)), control, checkpoints=checkpoints, resume=resume)
    events: list[Event] = []
    while True:
        try:
            events.append(next(training))
        except StopIteration as end:
            return end.value, events
        if isinstance(events[-1], EpochFinished) and events[-1].epoch == stop_after:
            control.stop()


def same(one: TrainedModel, other: TrainedModel) -> bool:
    return all(torch.equal(one.state_dict[name], other.state_dict[name]) for name in one.state_dict)


@pytest.fixture
def around(layouts: dict[str, Path]) -> list[str]:
    return ["model.name=dnabert", f"model.hyper.folder={layouts['DNABERT-3']}", "model.hyper.rank=2"]


def test_a_frozen_encoder_runs_once_per_record_and_never_again(
    small_config: Configuration, around: list[str], encoder_calls: list[int]
) -> None:
    first, events = trained(small_config, *around, "training.epochs=5")
    assert len([event for event in events if isinstance(event, EpochFinished)]) == 5
    records = 108 + 20  # for training and for validation
    assert sum(encoder_calls) == records
    again, _ = trained(small_config, *around, "training.epochs=5")
    assert sum(encoder_calls) == records, "the second training found all on the disk"
    assert same(first, again)
    trained(small_config, *around, "training.epochs=1", "model.hyper.pooling=cls")
    assert sum(encoder_calls) == 2 * records, "another summary is another vector"


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
    assert sum(encoder_calls) == 7, "five records, two of which are read in two pieces"


FRESH = """
import sys
from pathlib import Path
import numpy as np
from bioseq.prediction.predict import load_predictor, predict_dataset, read_for
from bioseq.sequences.files import FileRequest
for run in sys.argv[2:]:
    predictor = load_predictor(Path(run) / "model.bioseq")
    reading = read_for(predictor.contents, (FileRequest(sys.argv[1]),))
    np.save(Path(run) / "found.npy", predict_dataset(predictor, reading.dataset).probabilities)
import huggingface_hub.constants
assert huggingface_hub.constants.HF_HUB_OFFLINE, "nobody has told the library to stay offline"
"""


def test_bundles_need_no_folder_tell_no_place_and_predict_bit_equally_offline(
    small_config: Configuration, layouts: dict[str, Path], labelled_fasta: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "private" / "My DNABERT"
    shutil.copytree(layouts["DNABERT-3"], folder)
    options = ["model.name=dnabert", f"model.hyper.folder={folder}", "model.hyper.rank=2", "training.epochs=2"]
    runs = {}
    for tuning in ("frozen", "full", "lora"):
        runs[tuning], events = whole_run(small_config, tmp_path / tuning, *options, f"model.hyper.tuning={tuning}")
        assert isinstance(events[-1], JobFinished), events[-1]
    shutil.rmtree(folder)
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    arguments = [sys.executable, "-c", FRESH, str(labelled_fasta), *(str(run.path) for run in runs.values())]
    subprocess.run(arguments, check=True, capture_output=True, env={**environment, "OMP_NUM_THREADS": "1"})
    for tuning, words in {"frozen": "frozen", "full": "fine-tuned", "lora": "LoRA"}.items():
        run, contents = runs[tuning], read_bundle(runs[tuning].model)
        assert contents.model_title == f"DNABERT (My DNABERT, {words})"
        assert contents.hyper["folder"] == ""
        with zipfile.ZipFile(run.model) as archive:
            assert all(b"private" not in archive.read(name) for name in archive.namelist())
        reading = read_for(contents, (FileRequest(str(labelled_fasta)),))
        expected = predict_dataset(load_predictor(run.model), reading.dataset).probabilities
        assert np.array_equal(np.load(run.path / "found.npy"), expected)
        evaluation = read_evaluations(run.metrics)["test"]
        assert evaluation.model.title == contents.model_title
        positive = evaluation.labels.index(evaluation.positive)
        told = np.loadtxt(run.predictions, delimiter=",", skiprows=1, usecols=3 + positive)
        ids = [line.split(",")[0] for line in run.predictions.read_text().splitlines()[1:]]
        rows = [list(reading.dataset.ids).index(name) for name in ids]
        assert np.allclose(told, expected[rows, positive], atol=1e-5)
    make_hostile(runs["frozen"].model, tmp_path / "hostile.bioseq", folder="/a/place/that/would/fail")
    assert load_predictor(tmp_path / "hostile.bioseq").contents.hyper["folder"] == ""


def make_hostile(good: Path, bad: Path, *, folder: str) -> None:
    """A bundle that tries to make this machine read a folder."""
    with zipfile.ZipFile(good) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(members["bundle.json"])
    about["hyper"]["folder"] = folder
    with zipfile.ZipFile(bad, "w") as archive:
        for name, content in {**members, "bundle.json": json.dumps(about).encode()}.items():
            archive.writestr(name, content)


def test_lora_learns_few_weights_and_the_encoder_keeps_its_own(
    small_config: Configuration, around: list[str], layouts: dict[str, Path], words_task: Any, tmp_path: Path
) -> None:
    policy = CheckpointPolicy(tmp_path / "checkpoints")
    options = ["model.hyper.tuning=lora", "training.epochs=3"]
    model, events = trained(small_config, *around, *options, checkpoints=policy)
    untouched = build("dnabert", words_task, {"folder": str(layouts["DNABERT-3"])}).state_dict()
    for name, values in model.state_dict.items():
        if ".base_layer." in name:
            assert torch.equal(values, untouched[name.replace(".base_layer.", ".")]), name
    assert any(values.abs().sum() > 0 for name, values in model.state_dict.items() if "lora_B" in name)
    (_, checkpoint), *_ = load_checkpoints(policy.folder)
    assert checkpoint is not None
    assert all("lora" in name or not name.startswith("encoder.") for name in checkpoint.tensors["model"])
    losses = [event.train["loss"] for event in events if isinstance(event, EpochFinished)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("tuning", ["frozen", "lora", "full"])
def test_stopped_and_resumed_the_weights_are_the_same(
    small_config: Configuration, around: list[str], tmp_path: Path, tuning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [*around, f"model.hyper.tuning={tuning}", "training.epochs=3"]
    whole, _ = trained(small_config, *options)
    policy = CheckpointPolicy(tmp_path / "checkpoints", within_epoch_seconds=0.0)
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "another cache"))
    trained(small_config, *options, checkpoints=policy, stop_after=1)
    resumed, events = trained(small_config, *options, checkpoints=policy, resume=True)
    assert [event.epoch for event in events if isinstance(event, EpochFinished)] == [2, 3]
    assert same(whole, resumed)


def test_killed_within_the_first_epoch_a_frozen_training_ends_with_the_same_weights(
    small_config: Configuration, around: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [*around, "training.epochs=2", "training.batch_size=8"]
    whole, _ = trained(small_config, *options)
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "another cache"))
    policy = CheckpointPolicy(tmp_path / "checkpoints", within_epoch_seconds=0.0)
    config = apply_overrides(small_config, [*WORDS, *options])
    training = train(prepare(config, load_data(config)), Control(), checkpoints=policy)
    for _ in range(9):  # some checkpoints of the first epoch, then no more word
        next(training)
    training.close()
    resumed, _ = trained(small_config, *options, checkpoints=policy, resume=True)
    assert same(whole, resumed)


def test_with_other_weights_in_the_folder_a_run_is_not_resumed(
    small_config: Configuration, layouts: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "encoder"
    shutil.copytree(layouts["DNABERT-3"], folder)
    options = ["model.name=dnabert", f"model.hyper.folder={folder}", "training.epochs=1"]
    policy = CheckpointPolicy(tmp_path / "checkpoints")
    trained(small_config, *options, checkpoints=policy)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(BioseqError) as caught:
        trained(small_config, *options, checkpoints=policy, resume=True)
    assert caught.value.code == "checkpoint.other_run"


def test_a_folder_that_has_moved_does_not_hinder_resuming(
    small_config: Configuration, layouts: dict[str, Path], tmp_path: Path
) -> None:
    policy = CheckpointPolicy(tmp_path / "checkpoints")
    for place, resume in (("here", False), ("there", True)):
        shutil.copytree(layouts["DNABERT-3"], tmp_path / place / "encoder")
        options = ["model.name=dnabert", f"model.hyper.folder={tmp_path / place / 'encoder'}", "training.epochs=1"]
        trained(small_config, *options, checkpoints=policy, resume=resume)
        shutil.rmtree(tmp_path / place)


def test_from_scratch_is_said_everywhere(small_config: Configuration, tmp_path: Path) -> None:
    sizes = [f"model.hyper.{name}={value}" for name, value in {"width": 8, "heads": 2, "feed_forward": 16}.items()]
    run, events = whole_run(small_config, tmp_path / "run", "model.name=dnabert", *sizes, "training.epochs=1")
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


def test_a_run_warns_of_missing_weights_and_counts_what_is_learnt(
    small_config: Configuration, copied: Any, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    folder = copied("DNABERT-3")
    weights = load_file(folder / "model.safetensors")
    weights.pop("bert.embeddings.LayerNorm.bias")
    save_file(weights, folder / "model.safetensors")
    options = ["model.name=dnabert", f"model.hyper.folder={folder}", "training.epochs=1"]
    run, events = whole_run(small_config, tmp_path / "run", *options)
    assert isinstance(events[-1], JobFinished)
    assert "encoder.missing_weights" in {event.code for event in events if isinstance(event, Warned)}
    assert any("embeddings.LayerNorm.bias" in text for text in json.loads(run.provenance.read_text())["warnings"])
    counts = [event.message for event in events if isinstance(event, LogEmitted) and "weights" in event.message]
    norm, head = 2 * 16, 2 * 17
    assert any(f"of which {norm + head} are learnt" in text for text in counts), counts


def test_a_folder_that_is_wrong_fails_in_words_before_anything_is_built(
    small_config: Configuration, tmp_path: Path
) -> None:
    _, events = whole_run(small_config, tmp_path / "run", "model.name=dnabert", "model.hyper.folder=/nowhere/at/all")
    assert isinstance(events[-1], JobFailed)
    assert (events[-1].code, events[-1].where) == ("encoder.no_folder", "model.hyper.folder")
    assert events[-1].remedy


def test_the_folder_in_a_configuration_is_relative_to_it(small_config: Configuration, tmp_path: Path) -> None:
    config = apply_overrides(small_config, ["model.name=dnabert", f"model.hyper.folder={tmp_path / 'encoders' / 'x'}"])
    config_files.save(config, tmp_path / "config.toml")
    assert 'folder = "encoders/x"' in (tmp_path / "config.toml").read_text()
    assert config_files.load(tmp_path / "config.toml").model.hyper["folder"] == str(tmp_path / "encoders" / "x")
