"""The presets that come with the program: legal, described, each for something of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.catalogue.registry import MODELS
from bioseq.config.checks import check
from bioseq.config.files import dumps, loads
from bioseq.config.presets import Preset, preset, presets, read_preset
from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule

if TYPE_CHECKING:
    from pathlib import Path

PRESETS = presets()
NAMES = [made.name for made in PRESETS]


@pytest.mark.parametrize("made", PRESETS, ids=NAMES)
def test_every_preset_makes_a_legal_configuration_that_a_file_keeps(made: Preset) -> None:
    molecule = (made.molecules or (Molecule.DNA,))[0]
    config = made.applied_to(Configuration.model_validate({"data": {"molecule": molecule.value}}))
    assert loads(dumps(config)) == config
    assert config.data.molecule == molecule.value
    assert [problem for problem in check(config) if problem.where != "data.files"] == []


def test_every_preset_says_what_it_is_for_in_words_of_its_own() -> None:
    for made in PRESETS:
        assert 8 <= len(made.title) <= 70, made.name
        assert made.description.endswith("."), made.name
        assert len(made.description) >= 40, made.name
    assert len({made.title for made in PRESETS}) == len(PRESETS)
    assert len({made.description for made in PRESETS}) == len(PRESETS)


def test_no_two_presets_set_the_same() -> None:
    assert len({(repr(made.values), made.molecules) for made in PRESETS}) == len(PRESETS)


def test_a_preset_keeps_files_splits_and_molecule_and_drops_settings_of_another_model() -> None:
    before = Configuration.model_validate(
        {
            "data": {"molecule": "rna", "files": ({"path": "a.fa"},)},
            "split": {"seed": 9},
            "model": {"name": "dnn", "hyper": {"hidden_1": 8}},
        }
    )
    after = preset("motifs").applied_to(before)
    assert (after.data, after.split) == (before.data, before.split)
    assert (after.model.name, after.model.hyper) == ("text_cnn", {})


def test_an_unknown_preset_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BioseqError) as caught:
        preset("motif")
    assert "motifs" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "title = ",
        'title = "t"\ndescription = "d"',
        'title = "t"\ndescription = "d"\n[model]\nname = "dnn"\n[data]\nlongest = 3',
        'title = "t"\ndescription = "d"\nmolecules = ["lipid"]\n[model]\nname = "dnn"',
    ],
    ids=["no TOML", "no model", "a foreign section", "an unknown molecule"],
)
def test_a_damaged_preset_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BioseqError, match="preset cannot be read"):
        read_preset(tmp_path / "broken.toml")


def test_there_are_enough_presets_and_nearly_every_model_has_one() -> None:
    assert len(PRESETS) >= 42
    # A pretrained encoder of one's own needs a folder of one's own.
    assert set(MODELS) - {made.model for made in PRESETS} <= {"pretrained"}
