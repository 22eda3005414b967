"""The catalogue describes what can be trained: names, settings with bounds and help, costs; it is free of torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bioseq.catalogue.estimate import estimate
from bioseq.catalogue.registry import ARCHITECTURES, architecture, specification
from bioseq.catalogue.specification import Architecture, HyperParameter, TaskShape
from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.profile import DataProfile, profile_of

EVERY = [pytest.param(specification, id=name) for name, specification in ARCHITECTURES.items()]
READY = [pytest.param(specification, id=name) for name, specification in ARCHITECTURES.items() if name != "pretrained"]
"""All that can be built without files."""
TASK = TaskShape(22, 2, 100, False)


@pytest.mark.parametrize("specification", EVERY)
def test_everything_that_the_gallery_shows_is_there(specification: Architecture) -> None:
    for text in (specification.title, specification.summary, specification.good_for, specification.paper):
        assert text
    assert specification.summary.endswith(".")
    assert len(specification.blocks) >= 3
    problems = specification.problems(specification.defaults(), TASK)
    assert [problem.code for problem in problems] == ["encoder.folder_needed"] * (specification.name == "pretrained")


@pytest.mark.parametrize("specification", EVERY)
def test_every_setting_has_help_and_bounds_that_hold_its_default(specification: Architecture) -> None:
    for setting in specification.hyper:
        assert setting.help.endswith(".")
        assert setting.problem_with(setting.default) == ""
        numeric = isinstance(setting.default, int | float) and not isinstance(setting.default, bool)
        assert not numeric or (setting.minimum is not None and setting.maximum is not None)


def test_an_unknown_model_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BioseqError, match="Did you mean text_cnn"):
        architecture("textcnn")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "whole number"),
        (1.5, "whole number"),
        ("8", "whole number"),
        (0, "below"),
        (99, "above"),
        (None, "whole"),
    ],
)
def test_a_bad_value_is_named_in_words(value: object, words: str) -> None:
    setting = HyperParameter("layers", "Layers", "Help.", 2, 1, 12)
    assert words in setting.problem_with(value)


def test_heads_that_do_not_share_the_width_are_said_before_anything_is_built() -> None:
    problems = architecture("transformer").problems({"width": 10, "heads": 4}, TASK)
    assert len(problems) == 1
    assert "cannot be shared evenly" in problems[0].message


@pytest.mark.parametrize("specification", READY)
def test_an_estimate_grows_with_records_and_length(specification: Architecture) -> None:
    def seconds(records: int, length: int) -> float:
        task = TaskShape(22, 2, length, False)
        made = estimate(specification, task, {}, records=records, batch_size=32, median_tokens=length)
        assert made.memory_bytes > 100_000_000
        return made.seconds_per_epoch

    assert seconds(1000, 100) < seconds(4000, 100)
    assert seconds(1000, 100) < seconds(1000, 1000)


def test_the_catalogue_is_free_of_torch() -> None:
    script = "import sys, bioseq.catalogue.registry, bioseq.catalogue.estimate; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_plain_network_says_that_it_does_not_suit_varying_lengths() -> None:
    def profile(*sequences: str) -> DataProfile:
        return profile_of(Dataset.from_records(list(sequences)), Molecule.DNA)

    plain = ARCHITECTURES["dnn"]
    assert plain.unsuited(profile("ACGT", "TTTT")) == ""
    assert "lengths vary" in plain.unsuited(profile("ACGT", "TTT"))


@pytest.mark.parametrize(
    ("members", "title"),
    [
        ("lr, lr, text_cnn", "Ensemble (2 × Logistic regression, Text CNN)"),
        ("lr, svm, text_cnn, tcn", "Ensemble (Logistic regression, Linear SVM, Text CNN, TCN)"),
        (
            "lr, svm, text_cnn, tcn, tcn, gru, gru, gru",
            "Ensemble (3 × GRU, 2 × TCN, Logistic regression and 2 others)",
        ),
    ],
)
def test_the_title_of_an_ensemble_names_few_kinds(members: str, title: str) -> None:
    """The heading of a result has place for the number of records too."""
    assert specification("ensemble").title_with({"members": members}) == title
