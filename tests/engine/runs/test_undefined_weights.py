"""A model whose weights are not numbers is refused by whoever opens it, with one sentence."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq import cli
from bioseq.errors import BioseqError
from bioseq.runs.bundle import read_bundle, read_bundle_card, write_bundle
from bioseq.runs.weights import check_numbers, pack_weights, unpack_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.runs.bundle import BundleContents
    from bioseq.runs.folder import RunFolder


def spoil(source: Path, target: Path, value: float, *, inside: str = "") -> Path:
    """A copy of a bundle in which one number of one array of floats is another."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    place = f"{inside}model.safetensors"
    weights = {name: values.copy() for name, values in unpack_weights(members[place], where="").items()}
    name = next(name for name, values in weights.items() if values.dtype.kind == "f" and values.size)
    weights[name].flat[0] = value
    members[place] = pack_weights(weights)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_network_with_a_weight_that_is_no_number_is_refused(
    trained_run: RunFolder, tmp_path: Path, value: float
) -> None:
    path = spoil(trained_run.model, tmp_path / "spoilt.bioseq", value)
    with pytest.raises(BioseqError, match=r"not numbers \(NaN or infinite, in ") as caught:
        read_bundle(path)
    assert caught.value.code == "bundle.weights_undefined"
    assert caught.value.where == str(path)
    assert read_bundle_card(path).label_names == ("motif", "plain"), "what it is can still be told"


def test_any_other_number_does_no_harm(trained_run: RunFolder, tmp_path: Path) -> None:
    largest = float(np.finfo(np.float32).max)
    assert read_bundle(spoil(trained_run.model, tmp_path / "odd.bioseq", largest)).label_names == ("motif", "plain")


def test_a_member_of_an_ensemble_is_looked_at_too(
    trained_run: RunFolder, ensemble_of: Callable[..., BundleContents], tmp_path: Path
) -> None:
    member = read_bundle(trained_run.model)
    whole = tmp_path / "whole.bioseq"
    write_bundle(whole, ensemble_of(member, replace(member, name="second")))
    assert len(read_bundle(whole).members) == 2
    with pytest.raises(BioseqError, match="not numbers"):
        read_bundle(spoil(whole, tmp_path / "spoilt.bioseq", np.nan, inside="members/02/"))


def test_a_tree_may_compare_with_infinity_and_never_with_nan() -> None:
    check_numbers({"threshold": np.array([np.inf, 1.0])}, where="", infinite=True)
    check_numbers({"left": np.array([3]), "values": np.array([0.5])}, where="")
    with pytest.raises(BioseqError, match="in threshold"):
        check_numbers({"threshold": np.array([np.nan, 1.0])}, where="", infinite=True)


def test_every_command_that_opens_a_model_ends_with_the_sentence(
    trained_run: RunFolder, own_run: RunFolder, labelled_fasta: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = spoil(trained_run.model, tmp_path / "spoilt.bioseq", np.nan)
    shutil.copy(model, own_run.model)
    table, together = tmp_path / "predictions.csv", tmp_path / "together"
    for command in (
        ["predict", model, labelled_fasta, "-o", table],
        ["evaluate", model, labelled_fasta],
        ["ensemble", trained_run.path, own_run.path, "-o", together],
    ):
        assert cli.main([str(word) for word in command]) == cli.MENDABLE
        error = capsys.readouterr().err
        assert "hold values that are not numbers" in error
        assert "Traceback" not in error
    assert not table.exists()
    assert not (together / "model.bioseq").exists()
