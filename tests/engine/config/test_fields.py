from __future__ import annotations

import pytest

from bioseq.config.differences import differences
from bioseq.config.fields import describe, describe_fields, sections, value_at, with_value
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile
from bioseq.errors import BioseqError


def test_every_option_of_the_schema_is_described_for_people() -> None:
    described = {field.path: field for field in describe_fields()}
    wanted = {f"{section}.{name}" for section, model in sections().items() for name in model.model_fields}
    assert set(described) == wanted
    for field in described.values():
        assert field.title[0].isupper() or field.title == "k-mers", field.path
        assert field.help.endswith("."), field.path
        if field.kind == "choice":
            assert field.choices, field.path
            assert field.default in field.choices, field.path
        if field.kind in ("int", "float"):
            assert field.minimum is not None, field.path
            assert field.maximum is not None, field.path


def test_the_choices_of_the_description_are_those_of_the_type() -> None:
    for field in describe_fields():
        for value in field.choices or {}:
            assert value_at(with_value(Configuration(), field.path, value), field.path) == value
        if field.kind == "choice":
            with pytest.raises(BioseqError):
                with_value(Configuration(), field.path, "something else")


def test_ranges_are_told_in_words() -> None:
    assert describe("training.epochs").range_text == "1 to 10000"
    assert describe("training.learning_rate").range_text == "above 0, at most 1"
    assert describe("evaluation.threshold").range_text == "above 0, below 1"


def test_a_change_makes_a_new_configuration_and_leaves_the_old_one() -> None:
    old = Configuration()
    new = with_value(old, "training.epochs", 5)
    assert (old.training.epochs, new.training.epochs) == (60, 5)
    assert with_value(new, "training.epochs", 60) == old


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("training.epochs", 0, "below the smallest"),
        ("training.epochs", 1.0, "not a whole number"),
        ("training.epochs", True, "not a whole number"),
        ("training.learning_rate", 0.0, "not above 0"),
        ("training.learning_rate", float("nan"), "finite"),
        ("training.schedule", "linear", "not one of"),
        ("output.name", "x" * 300, "longer than 200"),
        ("output.name", "a\nb", "line breaks"),
        ("training.epoch", 1, "'training.epochs'"),
        ("training.epochs.more", 1, "no such option"),
        ("nonsense", 1, "no such option"),
        ("model.hyper.dropout", 7.0, "above the largest"),
        ("model.hyper.dropuot", 0.1, "'dropout'"),
    ],
)
def test_an_illegal_change_is_refused_with_words(path: str, value: object, words: str) -> None:
    with pytest.raises(BioseqError) as raised:
        with_value(Configuration(), path, value)
    assert words in str(raised.value)


def test_entries_of_tables_are_set_read_and_taken_out() -> None:
    config = with_value(Configuration(), "model.hyper.dropout", 0.125)
    assert value_at(config, "model.hyper.dropout") == 0.125
    assert with_value(config, "model.hyper.dropout", None) == Configuration()
    config = with_value(Configuration(), "training.custom_weights.class 1.2", 3.0)
    assert config.training.custom_weights == {"class 1.2": 3.0}


def test_a_setting_that_is_left_out_has_the_architectures_default() -> None:
    config = Configuration()
    assert isinstance(value_at(config, "model.hyper.dropout"), float)


def test_another_model_keeps_only_the_settings_that_it_has_too() -> None:
    config = with_value(Configuration(), "model.hyper.dropout", 0.125)
    config = with_value(config, "model.hyper.filters", 32)
    changed = with_value(config, "model.name", "bilstm")
    assert changed.model.hyper == {"dropout": 0.125}


def test_overrides_take_the_type_of_the_option() -> None:
    config = apply_overrides(
        Configuration(),
        [
            "model.hyper.hidden=32",
            "training.epochs=5",
            "training.learning_rate=1e-2",
            "evaluation.baseline=no",
            "model.name=bilstm",
            "output.name='12'",
            "training.custom_weights.a b=2",
            "data.files=[{path='x.fa', role='train'}]",
        ],
    )
    assert config.training.epochs == 5
    assert config.training.learning_rate == 0.01
    assert config.evaluation.baseline is False
    assert config.model.name == "bilstm"
    assert config.model.hyper == {"hidden": 32}
    assert config.output.name == "12"
    assert config.training.custom_weights == {"a b": 2.0}
    assert config.data.files == (DataFile(path="x.fa", role="train"),)


def test_all_wrong_overrides_are_told_at_once() -> None:
    with pytest.raises(BioseqError) as raised:
        apply_overrides(Configuration(), ["training.epochs=many", "epochs=5", "training.patience", "a=b"])
    assert len(raised.value.problems) == 4
    assert "'training.epochs'" in str(raised.value)


def test_differences_speak_of_titles_and_labels() -> None:
    old = Configuration()
    new = apply_overrides(
        old, ["training.epochs=5", "training.schedule=plateau", "model.hyper.dropout=0.1", "evaluation.baseline=no"]
    )
    found = {difference.path: difference for difference in differences(old, new)}
    assert list(found) == ["model.hyper.dropout", "training.epochs", "training.schedule", "evaluation.baseline"]
    assert (found["training.epochs"].old, found["training.epochs"].new) == ("60 epochs", "5 epochs")
    assert (found["training.schedule"].old, found["training.schedule"].new) == ("Cosine", "On plateau")
    assert (found["evaluation.baseline"].old, found["evaluation.baseline"].new) == ("yes", "no")
    assert differences(new, new) == ()
