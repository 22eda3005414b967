"""Feature baselines are listed apart from the networks, and say what speaks against them before anything is trained."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bioseq.catalogue.descriptors import DESCRIPTORS
from bioseq.catalogue.registry import ARCHITECTURES, BASELINES, ENSEMBLES, MODELS, own_name, specification
from bioseq.catalogue.specification import Family
from bioseq.config.checks import check
from bioseq.config.fields import describe_fields, with_value
from bioseq.config.files import dumps, loads
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.config.suitability import why_unsuited
from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.profile import DataProfile, profile_of

if TYPE_CHECKING:
    from bioseq.catalogue.baselines import FeatureBaseline

EVERY = [pytest.param(baseline, id=name) for name, baseline in BASELINES.items()]


def profile(*, molecule: Molecule = Molecule.DNA, lengths: tuple[int, ...] = (20,), rare: int = 10) -> DataProfile:
    letters = "ACGT" if molecule is Molecule.DNA else "ACDEFGHIKLMNPQRSTVWY"
    count = 40
    sequences = [(letters * 20)[place : place + lengths[place % len(lengths)]] for place in range(count)]
    labels = ["rare" if place < rare else "usual" for place in range(count)]
    return profile_of(Dataset.from_records(sequences, labels=labels, splits=[Split.TRAIN] * count), molecule)


def configured(name: str, **hyper: object) -> Configuration:
    data = DataSettings(files=(DataFile(path="a.fasta"),))
    return Configuration.model_validate({"data": data, "model": {"name": name, "hyper": hyper}})


def faults(config: Configuration, data: DataProfile) -> dict[str, str]:
    return {problem.code: problem.message for problem in check(config, data) if problem.severity == "error"}


@pytest.mark.parametrize("baseline", EVERY)
def test_everything_that_the_gallery_shows_is_there(baseline: FeatureBaseline) -> None:
    assert baseline.family is Family.FEATURES
    for text in (baseline.title, baseline.summary, baseline.good_for, baseline.paper, baseline.doi):
        assert text
    assert baseline.summary.endswith(".")
    assert baseline.problems(baseline.defaults()) == ()
    for setting in baseline.hyper:
        assert setting.help.endswith(".")
        assert setting.problem_with(setting.default) == ""
    assert set(baseline.unused_options) <= {field.path for field in describe_fields()}


def test_they_stand_after_the_networks_and_never_among_them() -> None:
    assert not set(ARCHITECTURES) & set(BASELINES)
    assert list(MODELS) == [*ARCHITECTURES, *BASELINES, *ENSEMBLES]
    assert specification("lr") is BASELINES["lr"]
    assert specification("text_cnn") is ARCHITECTURES["text_cnn"]
    with pytest.raises(BioseqError, match="no model named"):
        specification("no such model")


@pytest.mark.parametrize("baseline", EVERY)
def test_an_alias_means_the_model_itself(baseline: FeatureBaseline) -> None:
    for alias in baseline.aliases:
        assert own_name(alias) == baseline.name
        assert specification(alias) is baseline
        config = with_value(configured("text_cnn", filters=8, dropout=0.1), "model.name", alias)
        assert config.model.name == baseline.name
        assert config.model.hyper == {}
        assert loads(f'schema = 1\n[model]\nname = "{alias}"\n').model.name == baseline.name


@pytest.mark.parametrize("baseline", EVERY)
def test_a_configuration_is_written_with_its_settings_and_read_again(baseline: FeatureBaseline) -> None:
    config = configured(baseline.name, features="dnc", neighbours=3)
    text = dumps(config)
    assert 'features = "dnc"' in text
    assert "resampling" in text
    assert loads(text) == config


@pytest.mark.parametrize("baseline", EVERY)
def test_left_to_choose_it_fits_any_data(baseline: FeatureBaseline) -> None:
    config = configured(baseline.name)
    for molecule in (Molecule.DNA, Molecule.PROTEIN):
        for lengths in ((20,), (20, 7)):
            data = profile(molecule=molecule, lengths=lengths)
            assert faults(config, data) == {}
            assert why_unsuited(baseline, config, data) == ""


@pytest.mark.parametrize("name", list(DESCRIPTORS))
def test_features_are_checked_against_molecule_and_lengths(name: str) -> None:
    descriptor = DESCRIPTORS[name]
    config = configured("lr", features=name)
    for molecule in (Molecule.DNA, Molecule.PROTEIN):
        for lengths in ((20,), (20, 7)):
            fits = molecule in descriptor.molecules and not (descriptor.by_position and len(lengths) > 1)
            data = profile(molecule=molecule, lengths=lengths)
            assert (faults(config, data) == {}) is fits
            assert (why_unsuited(BASELINES["lr"], config, data) == "") is fits


def test_sequences_that_are_cut_to_one_length_may_be_read_by_position() -> None:
    config = configured("lr", features="one_hot")
    data = profile(lengths=(20, 30))
    assert "config.features_do_not_fit" in faults(config, data)
    assert faults(with_value(config, "data.longest", 20), data) == {}


def test_words_too_long_for_the_molecule_are_told() -> None:
    protein = profile(molecule=Molecule.PROTEIN)
    assert "too many" in faults(configured("lr", features="kmers", k=4), protein)["config.features_do_not_fit"]
    assert faults(configured("lr", features="kmers", k=3), protein) == {}
    assert faults(configured("lr", features="kmers", k=6), profile()) == {}


def test_what_only_networks_need_is_no_fault_of_a_baseline() -> None:
    config = with_value(with_value(configured("lr"), "tokens.kind", "kmers"), "tokens.k", 6)
    protein = profile(molecule=Molecule.PROTEIN)
    assert faults(config, protein) == {}
    assert "config.word_too_long" in faults(with_value(config, "model.name", "text_cnn"), protein)
    assert "config.large_batch" not in {problem.code for problem in check(configured("lr"), profile())}


def test_trees_that_would_not_fit_in_memory_are_refused_and_linear_models_are_not() -> None:
    many = replace(profile(lengths=(20, 7)), class_counts={"train": (100_000, 100_000)})
    hyper = {"features": "kmers", "k": 6}
    assert "5,460 features" in faults(configured("random_forest", **hyper), many)["config.too_many_features"]
    assert faults(configured("lr", **hyper), many) == {}


def test_more_words_with_gaps_than_fit_in_memory_are_refused() -> None:
    """The letters count that are left when sequences are shortened."""
    many = replace(profile(lengths=(20, 70)), records=150_000, residues=5_000_000)
    gapped = configured("lr", features="gapped_kmers", shortest=6, k=6, gap=2)
    assert "105,000,000 words with gaps" in faults(gapped, many)["config.too_many_features"]
    assert faults(with_value(gapped, "data.longest", 30), many) == {}
    assert faults(configured("lr", features="kmers", k=6), many) == {}


def test_more_records_than_can_be_compared_with_each_other_are_refused() -> None:
    few, many = (replace(profile(), class_counts={"train": (half, half)}) for half in (4_000, 4_001))
    assert faults(configured("rbf_svm"), few) == {}
    assert "each two of 8,002 records" in faults(configured("rbf_svm"), many)["config.too_many_records"]
    assert faults(configured("svm"), many) == {}


def test_too_few_records_to_balance_are_told_before_training() -> None:
    config = configured("lr", resampling="adasyn")
    message = faults(config, profile(rare=5))["config.too_few_to_balance"]
    assert "ADASYN looks at 5 neighbours" in message
    assert "class 'rare' has 5 training records" in message
    assert faults(config, profile(rare=6)) == {}
    assert faults(configured("lr", resampling="adasyn", neighbours=4), profile(rare=5)) == {}


def test_a_missing_package_is_told_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "imblearn" else found(name))
    problems = check(configured("lr", resampling="smote"), profile())
    (missing,) = [problem for problem in problems if problem.code == "model.package_missing"]
    assert missing.remedy == 'Install it with: pip install "bioseq-studio[balance]"'
    assert faults(configured("lr"), profile()) == {}
