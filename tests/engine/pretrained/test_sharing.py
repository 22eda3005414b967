"""Members around one frozen encoder: it is written once, held once, and reads each record once."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.jobs.runner import run_job
from bioseq.models.registry import build
from bioseq.prediction.ensembles import EnsemblePredictor
from bioseq.prediction.networks import NetworkPredictor
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs import bundle_members
from bioseq.runs.bundle import BundleContents, read_bundle, write_bundle
from bioseq.runs.bundle_members import IN_COMMON
from bioseq.runs.features import RecentVectors
from bioseq.runs.store import prepare_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.sequences.dataset import Dataset


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_members, "_LARGE", 64)


def run_around(config: Configuration, encoder: Path, folder: Path, seed: int) -> BundleContents:
    """The bundle of a run with a frozen encoder."""
    options = [
        "model.name=pretrained",
        f"model.hyper.folder={encoder}",
        "tokens.kind=kmers",
        "tokens.k=3",
        "evaluation.baseline=false",
        "training.epochs=1",
        f"training.seed={seed}",
    ]
    run = prepare_run(folder, apply_overrides(config, options))
    assert isinstance(run_job(TrainJob("job", str(run.path)), Control(), lambda _: None), JobFinished)
    return read_bundle(run.model)


@pytest.fixture
def pair(
    ensemble_of: Callable[..., BundleContents],
    small_config: Configuration,
    layouts: dict[str, Path],
    tmp_path: Path,
) -> BundleContents:
    """An ensemble of two models around one encoder, whose last layers differ."""
    first, second = (run_around(small_config, layouts["DNABERT-3"], tmp_path / f"run{seed}", seed) for seed in (1, 2))
    return ensemble_of(first, second)


@pytest.fixture
def records(small_config: Configuration) -> Dataset:
    return load_data(small_config).dataset


def files_in(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_encoder_is_written_once_and_every_member_comes_back_whole(pair: BundleContents, tmp_path: Path) -> None:
    path = tmp_path / "pair.bioseq"
    write_bundle(path, pair)
    files = files_in(path)
    parts = [name for name in files if name.endswith("model.safetensors") and name != "model.safetensors"]
    encoder = sum(values.nbytes for name, values in pair.members[0].weights.items() if name.startswith("encoder."))
    assert len(parts) == 2
    assert all(len(files[name]) < encoder / 4 for name in parts)
    assert encoder < len(files[IN_COMMON]) < 1.5 * encoder
    assert all(json.loads(files[f"members/0{number}/bundle.json"])["format"] in (2, 3) for number in (1, 2))
    assert json.loads(files["bundle.json"])["format"] in (1, 3)
    again = read_bundle(path)
    for member, kept in zip(again.members, pair.members, strict=True):
        assert member.weights.keys() == kept.weights.keys()
        assert all(np.array_equal(values, kept.weights[name]) for name, values in member.weights.items())
    mine, others = (member.weights for member in again.members)
    assert all((mine[name] is others[name]) is name.startswith("encoder.") for name in mine if mine[name].nbytes >= 64)


def test_members_around_one_encoder_hold_it_once_and_ask_it_once(
    pair: BundleContents, records: Dataset, tmp_path: Path, encoder_calls: list[int]
) -> None:
    paths = [tmp_path / f"{number}.bioseq" for number in (1, 2)]
    for path, member in zip(paths, pair.members, strict=True):
        write_bundle(path, member)
    alone = np.stack([load_predictor(path).chances(records) for path in paths])
    once = sum(encoder_calls) // 2
    encoder_calls.clear()
    write_bundle(tmp_path / "pair.bioseq", pair)
    together = load_predictor(tmp_path / "pair.bioseq")
    assert isinstance(together, EnsemblePredictor)
    assert np.allclose(together.member_chances(records), alone, atol=1e-6)
    assert sum(encoder_calls) <= once
    first, second = together.members
    assert isinstance(first, NetworkPredictor)
    assert isinstance(second, NetworkPredictor)
    assert first.network.encoder is second.network.encoder
    assert not np.allclose(alone[0], alone[1], atol=1e-4), "the last layers are their own"


def test_an_encoder_with_other_weights_is_not_shared_whatever_it_says_of_itself(pair: BundleContents) -> None:
    made = [build("pretrained", member.task, member.hyper) for member in pair.members]
    for network, member in zip(made, pair.members, strict=True):
        network.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in member.weights.items()})
    with torch.no_grad():
        next(made[1].encoder.parameters()).add_(1)
    assert not made[1].share_encoder(made[0])
    assert made[1].encoder is not made[0].encoder


def test_a_file_that_names_what_it_does_not_hold_is_refused(pair: BundleContents, tmp_path: Path) -> None:
    good = tmp_path / "good.bioseq"
    write_bundle(good, pair)
    files = files_in(good)
    about = json.loads(files["members/02/bundle.json"])
    names = about["in_common"]
    elsewhere = dict(zip(names, [*list(names.values())[1:], "x"], strict=True))
    renamed = json.dumps({**json.loads(about["task"]["encoder"]), "name": "another"})
    for spoilt in (
        {IN_COMMON: None},
        {"members/02/bundle.json": json.dumps({**about, "in_common": {next(iter(names)): "0" * 64}})},
        {"members/02/bundle.json": json.dumps({**about, "in_common": {**names, "more": next(iter(names.values()))}})},
        {"members/02/bundle.json": json.dumps({**about, "in_common": [1]})},
        {"members/02/bundle.json": json.dumps({**about, "in_common": {next(iter(names)): {}}})},
        {"members/02/bundle.json": json.dumps({**about, "in_common": elsewhere})},
        {"members/02/bundle.json": json.dumps({**about, "hyper": {**about["hyper"], "tuning": "full"}})},
        {"members/02/bundle.json": json.dumps({**about, "task": {**about["task"], "encoder": renamed}})},
        {"members/02/bundle.json": json.dumps({**about, "format": 4})},
    ):
        bad = tmp_path / "bad.bioseq"
        with zipfile.ZipFile(bad, "w") as archive:
            for name, content in {**files, **spoilt}.items():
                if content is not None:
                    archive.writestr(name, content)
        with pytest.raises(BioseqError) as caught:
            load_predictor(bad)
        assert caught.value.code.startswith("bundle.")
        assert caught.value.remedy


def test_vectors_in_memory_are_those_of_the_records_that_came_last() -> None:
    kept = RecentVectors(2, largest=3 * 8)
    for number in range(5):
        kept.add(bytes([number]), np.full(2, number, np.float32))
    assert kept.take([b"\x00", b"\x04"]).tolist() == [[0, 0], [4, 4]], "all of a batch are there"
    assert [bytes([number]) in kept for number in range(5)] == [False, False, True, True, True]
    with pytest.raises(KeyError):
        kept.take([b"\x00"])
