"""The short list suits the data and the time."""

from __future__ import annotations

import random

import pytest

from bioseq.catalogue.registry import BASELINES, MODELS
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.profile import DataProfile, profile_of
from bioseq.studies.candidates import candidates_for
from bioseq.studies.spaces import as_text

LETTERS = {Molecule.DNA: "ACGT", Molecule.RNA: "ACGU", Molecule.PROTEIN: "ACDEFGHIKLMNPQRSTVWY"}


def profile(molecule: Molecule, *, shortest: int, longest: int, records: int = 200) -> DataProfile:
    chance = random.Random(1)
    sequences = [
        "".join(chance.choices(LETTERS[molecule], k=chance.randint(shortest, longest))) for _ in range(records)
    ]
    labels = [chance.choice("ab") for _ in sequences]
    return profile_of(Dataset.from_records(sequences, labels=labels, splits=[Split.TRAIN] * records), molecule)


PROFILES = {
    "sites": profile(Molecule.DNA, shortest=41, longest=41),
    "peaks": profile(Molecule.DNA, shortest=100, longest=250),
    "families": profile(Molecule.RNA, shortest=40, longest=400),
    "peptides": profile(Molecule.PROTEIN, shortest=5, longest=40),
    "proteins": profile(Molecule.PROTEIN, shortest=200, longest=2000),
}


@pytest.mark.parametrize("name", PROFILES)
def test_the_list_is_diverse_and_everything_on_it_can_be_trained(name: str) -> None:
    chosen, _ = candidates_for(Configuration(), PROFILES[name], records=1_000, seconds=2_000)
    configs = [candidate.variant.of(Configuration()) for candidate in chosen]
    models = {config.model.name for config in configs}
    assert {"lr", "random_forest", "hist_gradient_boosting", "text_cnn"} <= models
    assert len({MODELS[model].family for model in models}) >= 3
    assert len({candidate.variant.name for candidate in chosen}) == len(chosen) >= 8


@pytest.mark.parametrize("name", PROFILES)
def test_with_less_time_only_the_first_are_tried_and_the_rest_is_told(name: str) -> None:
    long, _ = candidates_for(Configuration(), PROFILES[name], records=20_000, seconds=100_000)
    short, left = candidates_for(Configuration(), PROFILES[name], records=20_000, seconds=30)
    assert 1 <= len(short) < len(long)
    assert any("not enough time" in one.reason for one in left)
    assert {one.variant.name for one in short} <= {one.variant.name for one in long}


def test_one_costly_network_does_not_take_the_time_of_all_others() -> None:
    chosen, left = candidates_for(Configuration(), PROFILES["proteins"], records=500, seconds=540)
    names = {candidate.variant.name for candidate in chosen}
    assert {"lstm_attention-exchanged", "hist_gradient_boosting-length"} <= names
    assert {"TextRCNN, letters exchanged", "InceptionTime, letters exchanged"} <= {one.title for one in left}
    base = apply_overrides(Configuration(), ["model.name=text_rcnn"])
    given, _ = candidates_for(base, PROFILES["proteins"], records=500, seconds=540)
    assert given[1].variant.name == "text_rcnn"


def test_the_model_of_the_configuration_is_tried_with_its_own_settings() -> None:
    base = apply_overrides(Configuration(), ["model.name=gru", "training.epochs=3"])
    base = apply_overrides(base, [f"model.hyper.{MODELS['gru'].hyper[0].name}=24"])
    chosen, _ = candidates_for(base, PROFILES["sites"], records=1_000, seconds=2_000)
    own = chosen[1].variant.of(base.model_copy(update={"model": Configuration().model}))
    assert own.model == base.model


def test_no_two_candidates_share_a_name() -> None:
    base = apply_overrides(Configuration(), ["model.name=text_cnn", "model.hyper.filters=16"])
    chosen, _ = candidates_for(base, PROFILES["peptides"], records=1_000, seconds=2_000)
    names = [candidate.variant.name for candidate in chosen]
    assert {"text_cnn-given", "text_cnn-exchanged"} <= set(names)
    assert len(set(names)) == len(names)
    hyper = {candidate.variant.name: candidate.variant.of(base).model.hyper for candidate in chosen}
    assert hyper["text_cnn-exchanged"] == {"pooling": "max_mean"}
    assert hyper["text_cnn-given"] == {"filters": 16}


def test_a_position_network_is_left_out_where_lengths_vary() -> None:
    chosen, _ = candidates_for(Configuration(), PROFILES["peaks"], records=1_000, seconds=2_000)
    assert "dnn" not in {candidate.variant.name for candidate in chosen}
    asked, left = candidates_for(Configuration(), PROFILES["peaks"], records=9, seconds=9, models=("dnn", "lr"))
    assert [candidate.variant.name for candidate in asked] == ["lr"]
    assert left[0].reason


@pytest.mark.parametrize("name", PROFILES)
def test_what_differs_in_length_is_read_at_its_ends_and_windows_by_position(name: str) -> None:
    chosen, _ = candidates_for(Configuration(), PROFILES[name], records=1_000, seconds=2_000)
    settings = {setting for candidate in chosen for setting in candidate.variant.settings}
    assert ("model.hyper.more_features=ends" in settings) is (name != "sites")
    assert ("model.hyper.more_features=pairs_by_position" in settings) is (name == "sites")
    assert ("model.hyper.features=rckmers" in settings) is (name == "peaks")
    assert ("model.hyper.features=gapped_rckmers" in settings) is (name == "peaks")
    assert ("model.hyper.features=gapped_kmers" in settings) is (name != "sites")


@pytest.mark.parametrize("name", PROFILES)
def test_networks_read_proteins_with_letters_exchanged_as_evolution_does(name: str) -> None:
    chosen, _ = candidates_for(Configuration(), PROFILES[name], records=1_000, seconds=2_000)
    configs = [one.variant.of(Configuration()) for one in chosen if one.variant.name.endswith("-exchanged")]
    assert bool(configs) is (PROFILES[name].molecule is Molecule.PROTEIN)
    assert {config.augmentation.substitution for config in configs} <= {0.1}
    assert not {config.model.name for config in configs} & set(BASELINES)


def rare(share: int) -> DataProfile:
    """Peptides, one in so many of the rarer class."""
    sequences = ["".join(random.Random(number).choices(LETTERS[Molecule.PROTEIN], k=20)) for number in range(200)]
    labels = ["a" if number % share else "b" for number in range(200)]
    return profile_of(Dataset.from_records(sequences, labels=labels, splits=[Split.TRAIN] * 200), Molecule.PROTEIN)


@pytest.mark.parametrize("metric", ["calibrated_loss", "mcc"])
def test_only_trees_have_class_weights_where_one_class_is_very_rare(metric: str) -> None:
    base = apply_overrides(Configuration(), ["training.class_weights=balanced", f"training.selection_metric={metric}"])
    chosen, _ = candidates_for(base, rare(20), records=200, seconds=2_000)
    own, *others = sorted(chosen, key=lambda candidate: candidate.variant.name != base.model.name)
    assert own.variant.of(base).training == base.training
    for candidate in others:
        config = candidate.variant.of(base)
        trees = config.model.name in ("random_forest", "hist_gradient_boosting")
        assert (config.training.class_weights, config.training.selection_metric) == (
            ("balanced", metric) if trees else ("none", "loss")
        ), candidate.variant.name
    asked, _ = candidates_for(base, rare(20), records=200, seconds=2_000, models=["lr", "random_forest"])
    assert [one.variant.of(base).training.class_weights for one in asked] == ["none", "balanced"]


@pytest.mark.parametrize(
    ("share", "settings"),
    [
        (6, ["training.class_weights=balanced", "training.selection_metric=mcc"]),
        (20, ["training.class_weights=balanced", "training.selection_metric=pr_auc"]),
    ],
)
def test_class_weights_stay_where_classes_are_less_unlike_or_a_person_chose(share: int, settings: list[str]) -> None:
    base = apply_overrides(Configuration(), settings)
    chosen, _ = candidates_for(base, rare(share), records=200, seconds=2_000)
    assert all(candidate.variant.of(base).training == base.training for candidate in chosen)


def test_only_models_that_are_asked_for_are_tried() -> None:
    chosen, _ = candidates_for(Configuration(), PROFILES["sites"], records=900, seconds=1, models=("lr", "hgb"))
    assert [candidate.variant.settings[0] for candidate in chosen] == [
        "model.name=lr",
        "model.name=hist_gradient_boosting",
    ]
    assert set(BASELINES) >= {candidate.variant.name for candidate in chosen}


@pytest.mark.parametrize("folder", ["C:\\models\\esm2", 'a "name"', "it's\\here", "/plain/place", "Ä\\u00e9"])
def test_a_text_comes_through_as_it_is_written_as_a_setting(folder: str) -> None:
    config = apply_overrides(Configuration(), ["model.name=pretrained", f"model.hyper.folder={as_text(folder)}"])
    assert config.model.hyper["folder"] == folder
