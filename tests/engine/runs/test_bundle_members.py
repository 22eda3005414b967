"""The bundle of an ensemble holds those of its members, and is refused when they are not what it says."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.runs.bundle import BundleContents, read_bundle, read_bundle_card, write_bundle
from bioseq.runs.bundle_members import weights_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.runs.folder import RunFolder


@pytest.fixture
def ensemble(trained_run: RunFolder, ensemble_of: Callable[..., BundleContents]) -> BundleContents:
    """An ensemble of one and the same network, twice."""
    network = read_bundle(trained_run.model)
    return ensemble_of(network, network, shares=(0.25, 0.75))


def test_members_come_back_as_they_were(ensemble: BundleContents, tmp_path: Path) -> None:
    path = tmp_path / "m.bioseq"
    write_bundle(path, ensemble)
    again = read_bundle(path)
    assert len(again.members) == 2
    for member, kept in zip(again.members, ensemble.members, strict=True):
        assert member.hyper == kept.hyper
        assert {name: values.tobytes() for name, values in member.weights.items()} == {
            name: values.tobytes() for name, values in kept.weights.items()
        }
    card = read_bundle_card(path)
    assert [member.weights for member in card.members] == [{}, {}]
    with zipfile.ZipFile(path) as archive:
        assert "its members, Text CNN, Text CNN" in archive.read("card.md").decode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: replace(made, members=made.members[:1]),
        lambda made: replace(made, members=()),
        lambda made: replace(made, hyper={**made.hyper, "members": "text_cnn, dnn"}),
        lambda made: replace(made, hyper={**made.hyper, "members": "text_cnn, ensemble"}),
        lambda made: replace(made, weights=weights_of([1.0])),
        lambda made: replace(made, weights=weights_of([2.0, -1.0])),
        lambda made: replace(made, weights=weights_of([np.nan, 1.0])),
        lambda made: replace(made, weights={**made.weights, "more": np.zeros(1)}),
        lambda made: replace(made, members=(made.members[0], replace(made.members[1], label_names=("x", "y")))),
    ],
    ids=["one gone", "none", "another name", "nested", "few shares", "below zero", "no number", "more", "classes"],
)
def test_members_that_are_not_what_the_ensemble_says_are_refused(
    ensemble: BundleContents, tmp_path: Path, spoil: Callable[[BundleContents], BundleContents]
) -> None:
    path = tmp_path / "bad.bioseq"
    write_bundle(path, spoil(ensemble))
    with pytest.raises(BioseqError) as caught:
        read_bundle(path)
    assert caught.value.code in {"bundle.damaged", "bundle.bad_settings"}


def test_a_member_is_examined_like_any_model_file(ensemble: BundleContents, tmp_path: Path) -> None:
    """A hostile member is refused: too large a task, an archive within, a name that leads elsewhere."""
    good = tmp_path / "good.bioseq"
    write_bundle(good, ensemble)

    def rewritten(name: str, change: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w") as target:
            for item in source.namelist():
                target.writestr(*change(item, source.read(item)))
        return path

    def enormous(item: str, content: bytes) -> tuple[str, bytes]:
        if item != "members/02/bundle.json":
            return item, content
        about = json.loads(content)
        about["task"]["longest"] = 10**12
        return item, json.dumps(about).encode()

    def archive_within(item: str, content: bytes) -> tuple[str, bytes]:
        return item, b"PK\x03\x04" + content if item == "members/01/model.safetensors" else content

    def leading_out(item: str, content: bytes) -> tuple[str, bytes]:
        return item.replace("members/02/card.md", "members/../../card.md"), content

    for number, change in enumerate((enormous, archive_within, leading_out)):
        with pytest.raises(BioseqError):
            read_bundle(rewritten(f"{number}.bioseq", change))
