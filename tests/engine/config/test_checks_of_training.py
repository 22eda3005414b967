"""Options that contradict each other, the chosen network or the molecule are told, each at its place."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from pydantic import ValidationError

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.catalogue.specification import Kept
from bioseq.config import checks
from bioseq.config.checks import check
from bioseq.config.epochs import records_per_epoch
from bioseq.config.schema import Configuration
from bioseq.errors import Problem, Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.profile import DataProfile

A_PROFILE = DataProfile(
    molecule=Molecule.DNA,
    molecule_confidence=1.0,
    records=1_000,
    residues=41_000,
    label_names=("no", "yes"),
    class_counts={"train": (400, 400), "validation": (100, 100)},
    unlabelled=0,
    length_quantiles=(41.0,) * 9,
    length_edges=(40.5, 41.5),
    length_counts={"no": (500,), "yes": (500,)},
    fixed_length=True,
    letters="ACGT",
    composition={},
    gc={},
    repeats=0,
    test_in_train=0,
)


def found(code: str, *, profile: DataProfile | None = None, **sections: Any) -> list[Problem]:
    """The problems of this kind."""
    sections.setdefault("data", {"files": [{"path": "a.fa"}], "molecule": "dna"})
    return [problem for problem in check(Configuration.model_validate(sections), profile) if problem.code == code]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_one_hot_is_refused_by_networks_that_do_not_read_it_and_by_no_other(name: str) -> None:
    told = found("config.one_hot_not_read", tokens={"coding": "one_hot"}, model={"name": name})
    assert bool(told) is not ARCHITECTURES[name].reads_one_hot
    assert all(problem.where == "tokens.coding" and problem.remedy for problem in told)
    assert not found("config.one_hot_not_read", model={"name": name})


@pytest.mark.parametrize(
    ("molecule", "k", "largest"),
    [("dna", 4, None), ("dna", 5, 4), ("rna", 6, 4), ("protein", 2, None), ("protein", 3, 2)],
)
def test_one_hot_words_that_are_too_many_are_refused_with_the_largest_that_fits(
    molecule: str, k: int, largest: int | None
) -> None:
    data = {"files": [{"path": "a.fa"}], "molecule": molecule}
    told = found("config.too_many_indicators", data=data, tokens={"kind": "kmers", "k": k, "coding": "one_hot"})
    assert [f"at most {largest} letters" in problem.remedy for problem in told] == ([] if largest is None else [True])
    assert not found("config.too_many_indicators", data=data, tokens={"kind": "kmers", "k": k})


def test_words_are_refused_by_a_network_that_reads_letters_only(monkeypatch: pytest.MonkeyPatch) -> None:
    letters_only = dataclasses.replace(ARCHITECTURES["text_cnn"], token_kinds=("letters",))
    monkeypatch.setattr(checks, "ARCHITECTURES", {**ARCHITECTURES, "text_cnn": letters_only})
    (told,) = found("config.tokens_not_read", tokens={"kind": "kmers"}, model={"name": "text_cnn"})
    assert told.where == "tokens.kind"
    assert "single letters" in told.remedy
    assert not found("config.tokens_not_read", model={"name": "text_cnn"})


def test_balancing_twice_is_doubtful() -> None:
    (told,) = found("config.balanced_twice", training={"sampling": "balanced", "class_weights": "balanced"})
    assert told.severity is Severity.WARNING
    assert not found("config.balanced_twice", training={"sampling": "balanced"})
    assert not found("config.balanced_twice", training={"class_weights": "balanced"})


@pytest.mark.parametrize("option", [{"reverse_complement": 0.5}, {"both_strands": True}])
def test_proteins_have_no_other_strand_to_read(option: dict[str, Any]) -> None:
    data = {"files": [{"path": "a.fa"}], "molecule": "protein"}
    (told,) = found("config.no_other_strand", data=data, augmentation=option)
    assert told.where == f"augmentation.{next(iter(option))}"
    assert told.severity is Severity.ERROR
    for molecule in ("dna", "rna", "auto"):
        assert not found("config.no_other_strand", data={**data, "molecule": molecule}, augmentation=option)


def test_a_shift_beyond_the_shortest_record_is_doubtful() -> None:
    code = "config.shifted_too_far"
    assert [found(code, profile=A_PROFILE, augmentation={"shift": shift}) != [] for shift in (0, 40, 41)] == [
        False,
        False,
        True,
    ]


def test_adversarial_training_needs_learnt_vectors() -> None:
    code, trick = "config.no_learnt_vectors", {"adversarial": 0.5}
    (told,) = found(code, profile=A_PROFILE, training=trick, tokens={"coding": "one_hot"})
    assert told.where == "training.adversarial"
    assert told.severity is Severity.ERROR
    assert found(code, profile=A_PROFILE, training=trick, model={"name": "dnn"})  # it reads single letters as one-hot
    assert not found(code, profile=A_PROFILE, training=trick, model={"name": "dnn", "hyper": {"input": "embedding"}})
    assert not found(code, profile=A_PROFILE, training=trick)
    assert not found(code, profile=A_PROFILE, tokens={"coding": "one_hot"})


def test_records_that_are_new_each_time_make_a_frozen_encoder_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = dataclasses.replace(ARCHITECTURES["text_cnn"], kept=lambda _task, _hyper: Kept(weights=9, once=True))
    monkeypatch.setattr(checks, "ARCHITECTURES", {**ARCHITECTURES, "text_cnn": frozen})
    (told,) = found("config.nothing_remembered", profile=A_PROFILE, augmentation={"masking": 0.1})
    assert (told.where, told.severity) == ("augmentation.masking", Severity.WARNING)
    assert not found("config.nothing_remembered", profile=A_PROFILE, augmentation={"reverse_complement": 0.5})


@pytest.mark.parametrize(
    "option",
    [
        {"training": {"flooding": -0.1}},
        {"training": {"adversarial": -1.0}},
        {"training": {"label_smoothing": 0.6}},
        {"training": {"sampling": "twice"}},
        {"augmentation": {"reverse_complement": 1.1}},
        {"augmentation": {"shift": -1}},
    ],
)
def test_values_out_of_bounds_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Configuration.model_validate(option)


def test_repeated_records_count_in_the_length_of_an_epoch() -> None:
    counts = {"train": (300, 40, 0), "validation": (9, 9, 9)}
    profile = dataclasses.replace(A_PROFILE, label_names=("a", "b", "c"), class_counts=counts)
    lengths = {
        sampling: records_per_epoch(Configuration.model_validate({"training": {"sampling": sampling}}), profile)
        for sampling in ("all", "balanced", "oversampled")
    }
    assert lengths == {"all": 340, "balanced": 340, "oversampled": 600}


def test_a_feature_baseline_is_not_told_of_what_only_networks_do() -> None:
    options = {"tokens": {"coding": "one_hot"}, "training": {"sampling": "balanced", "class_weights": "balanced"}}
    told = check(Configuration.model_validate({"model": {"name": "lr"}, **options}))
    assert {problem.code for problem in told} == {"config.no_files"}
