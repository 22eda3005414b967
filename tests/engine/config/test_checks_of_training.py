"""Options that contradict each other, the chosen network or the molecule are told, each at its place."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.config import checks
from bioseq.config.checks import check
from bioseq.config.schema import Configuration
from bioseq.errors import Problem, Severity


def found(code: str, **sections: Any) -> list[Problem]:
    """The problems of this kind."""
    sections.setdefault("data", {"files": [{"path": "a.fa"}], "molecule": "dna"})
    return [problem for problem in check(Configuration.model_validate(sections)) if problem.code == code]


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


def test_a_feature_baseline_is_not_told_of_what_only_networks_do() -> None:
    options = {"tokens": {"coding": "one_hot"}, "training": {"sampling": "balanced", "class_weights": "balanced"}}
    told = check(Configuration.model_validate({"model": {"name": "lr"}, **options}))
    assert {problem.code for problem in told} == {"config.no_files"}
