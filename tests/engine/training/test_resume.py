"""A training that was killed anywhere and resumed ends with the same weights, bit by bit, as one that was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished, Warned
from bioseq.training.checkpoint import load_checkpoints
from bioseq.training.loop import CheckpointPolicy, train

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

pytestmark = pytest.mark.usefixtures("every_step_reported", "no_flush")


@pytest.fixture
def no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after every step, without waiting for the disk each time."""
    monkeypatch.setattr("bioseq.durable.os.fsync", lambda _: None)


MODELS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("text_cnn", {"filters": 8, "embedding": 8, "kernels": "3,5,7"}),
    ("lstm_attention", {"embedding": 8, "hidden": 8}),
)


def killed_after(lab: SimpleNamespace, job: Any, folder: Path, events: int, *, resume: bool = False) -> None:
    """Run until so many events have come, then end without a word, as a killed process does."""
    training = train(job, Control(), checkpoints=always(folder), resume=resume)
    for _ in range(events):
        next(training)
    training.close()


def always(folder: Path) -> CheckpointPolicy:
    return CheckpointPolicy(folder / "checkpoints", within_epoch_seconds=0.0, between_seconds=0.0)


@pytest.mark.parametrize(("model", "hyper"), MODELS)
def test_killed_at_random_points_the_final_weights_are_the_same(
    lab: SimpleNamespace, tmp_path: Path, model: str, hyper: dict[str, Any]
) -> None:
    job = lab.job(lab.planted(60), model=model, hyper=hyper, epochs=4, batch_size=8, schedule="plateau")
    whole = lab.run(job, checkpoints=always(tmp_path / "whole"))
    expected = lab.weights_hash(whole.model)
    figures = {event.epoch: (event.train, event.validation) for event in whole.of(EpochFinished)}
    for number, events in enumerate(np.random.default_rng(1).integers(2, len(whole.events), 10).tolist()):
        folder = tmp_path / str(number)
        killed_after(lab, job, folder, events)
        np.random.default_rng(number).random(5)
        told = lab.run(job, checkpoints=always(folder), resume=True)
        assert lab.weights_hash(told.model) == expected, f"killed after {events} events"
        for event in told.of(EpochFinished):
            assert (event.train, event.validation) == figures[event.epoch]


ALL_TRICKS: dict[str, Any] = {
    "tokens": {"kind": "kmers", "k": 3},
    "augmentation": {
        "reverse_complement": 0.5,
        "both_strands": True,
        "substitution": 0.1,
        "masking": 0.1,
        "shift": 3,
    },
    "label_smoothing": 0.1,
    "sampling": "oversampled",
    "adversarial": 0.5,
    "flooding": 0.6,
    "loss": "focal",
}


def test_with_all_that_is_drawn_or_added_the_final_weights_are_the_same(lab: SimpleNamespace, tmp_path: Path) -> None:
    job = lab.job(lab.planted(60), epochs=3, batch_size=8, **ALL_TRICKS)
    whole = lab.run(job, checkpoints=always(tmp_path / "whole"))
    figures = {event.epoch: (event.train, event.validation) for event in whole.of(EpochFinished)}
    for events in np.random.default_rng(2).integers(2, len(whole.events), 5).tolist():
        killed_after(lab, job, tmp_path / str(events), events)
        np.random.default_rng(events).random(5)
        told = lab.run(job, checkpoints=always(tmp_path / str(events)), resume=True)
        assert lab.weights_hash(told.model) == lab.weights_hash(whole.model), f"killed after {events} events"
        for event in told.of(EpochFinished):
            assert (event.train, event.validation) == figures[event.epoch]


def test_killed_again_and_again_the_final_weights_are_the_same(lab: SimpleNamespace, tmp_path: Path) -> None:
    job = lab.job(epochs=3)
    expected = lab.weights_hash(lab.run(job).model)
    killed_after(lab, job, tmp_path, 9)
    for events in (7, 11, 5):
        killed_after(lab, job, tmp_path, events, resume=True)
    assert lab.weights_hash(lab.run(job, checkpoints=always(tmp_path), resume=True).model) == expected


@pytest.mark.parametrize(
    ("model", "hyper"),
    [("routing_transformer", {"window": 8}), ("reformer", {"full_up_to": 8, "bucket": 4}), ("performer", {})],
)
def test_what_packages_keep_beside_their_weights_is_resumed_too(
    lab: SimpleNamespace, tmp_path: Path, model: str, hyper: dict[str, Any]
) -> None:
    hyper = {"width": 8, "heads": 2, "layers": 1, **hyper}
    job = lab.job(lab.planted(60), model=model, hyper=hyper, epochs=2, batch_size=8)
    killed_after(lab, job, tmp_path, 11)
    resumed = lab.run(job, checkpoints=always(tmp_path), resume=True)
    assert lab.weights_hash(resumed.model) == lab.weights_hash(lab.run(job).model)


def test_stopped_and_resumed_the_final_weights_are_the_same(lab: SimpleNamespace, tmp_path: Path) -> None:
    job, control = lab.job(epochs=3), Control()
    control.stop()
    stopped = lab.run(job, control=control, checkpoints=always(tmp_path))
    assert stopped.model.stopped
    resumed = lab.run(job, checkpoints=always(tmp_path), resume=True)
    assert lab.weights_hash(resumed.model) == lab.weights_hash(lab.run(job).model)


def test_a_finished_training_that_is_resumed_gives_its_weights_at_once(lab: SimpleNamespace, tmp_path: Path) -> None:
    job = lab.job(epochs=2)
    first = lab.run(job, checkpoints=CheckpointPolicy(tmp_path / "checkpoints"))
    again = lab.run(job, checkpoints=CheckpointPolicy(tmp_path / "checkpoints"), resume=True)
    assert again.of(EpochFinished) == []
    assert again.model.reason == "all epochs done"
    assert lab.weights_hash(again.model) == lab.weights_hash(first.model)


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty_json", "missing"])
def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(
    lab: SimpleNamespace, tmp_path: Path, damage: str
) -> None:
    job = lab.job(epochs=3)
    killed_after(lab, job, tmp_path, 20)
    folder = tmp_path / "checkpoints"
    newest = max(folder.glob("*.safetensors"))
    content = bytearray(newest.read_bytes())
    match damage:
        case "truncate":
            newest.write_bytes(content[:-100])
        case "flip":
            content[-50] ^= 1
            newest.write_bytes(content)
        case "empty_json":
            newest.with_suffix(".json").write_text("")
        case "missing":
            newest.unlink()
    told = lab.run(job, checkpoints=always(tmp_path), resume=True)
    assert [event.code for event in told.of(Warned) if event.code.startswith("checkpoint")] == ["checkpoint.damaged"]
    assert lab.weights_hash(told.model) == lab.weights_hash(lab.run(job).model)


def test_without_any_checkpoint_training_starts_again_and_says_so(lab: SimpleNamespace, tmp_path: Path) -> None:
    told = lab.run(lab.job(epochs=1), checkpoints=always(tmp_path), resume=True)
    assert [event.code for event in told.of(Warned) if event.code.startswith("checkpoint")] == ["checkpoint.none"]
    assert told.model.epochs == 1


def test_a_checkpoint_of_other_settings_or_records_is_refused(lab: SimpleNamespace, tmp_path: Path) -> None:
    killed_after(lab, lab.job(epochs=3), tmp_path, 12)
    for other in (lab.job(epochs=3, learning_rate=0.5), lab.job(lab.planted(seed=9), epochs=3)):
        with pytest.raises(BioseqError) as caught:
            lab.run(other, checkpoints=always(tmp_path), resume=True)
        assert caught.value.code == "checkpoint.other_run"


def test_the_last_two_checkpoints_are_kept(lab: SimpleNamespace, tmp_path: Path) -> None:
    lab.run(lab.job(epochs=4), checkpoints=always(tmp_path))
    files = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert len(files) == 4
    names = [name for name, checkpoint in load_checkpoints(tmp_path / "checkpoints") if checkpoint is not None]
    assert names[0] == "epoch-00004-step-0000000"
    assert len(names) == 2


def test_a_new_training_voids_the_checkpoints_of_an_earlier_one(lab: SimpleNamespace, tmp_path: Path) -> None:
    lab.run(lab.job(epochs=4), checkpoints=always(tmp_path))
    killed_after(lab, lab.job(epochs=3), tmp_path, 5)
    names = [name for name, _ in load_checkpoints(tmp_path / "checkpoints")]
    assert all(name.startswith("epoch-00000") for name in names)


def test_no_pickle_is_in_a_checkpoint(lab: SimpleNamespace, tmp_path: Path) -> None:
    lab.run(lab.job(epochs=1), checkpoints=always(tmp_path))
    assert {path.suffix for path in (tmp_path / "checkpoints").iterdir()} == {".json", ".safetensors"}
