"""Plans and the variants that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.studies.plan import Plan, load_study, save_study, values_of, variants_of

if TYPE_CHECKING:
    from pathlib import Path


def test_each_model_is_combined_with_each_value() -> None:
    plan = Plan("compare", ("lr", "text_cnn"), ("training.learning_rate=0.001,0.01", "tokens.k=2,3"))
    variants = variants_of(Configuration(), plan)
    assert len(variants) == len({variant.name for variant in variants}) == 8
    config = variants[-1].of(Configuration())
    assert (config.model.name, config.training.learning_rate, config.tokens.k) == ("text_cnn", 0.01, 3)


def test_a_value_with_commas_stands_in_quotes() -> None:
    assert values_of('model.hyper.kernels="1,2,4,8","3,5,7"') == (
        ("model.hyper.kernels", "1,2,4,8"),
        ("model.hyper.kernels", "3,5,7"),
    )


def test_the_title_of_a_variant_names_what_differs() -> None:
    (variant,) = variants_of(Configuration(), Plan("compare", ("text_cnn",), ("model.hyper.filters=16",)))
    assert variant.title == "Text CNN, filters per width 16"


@pytest.mark.parametrize("text", ["training.learning_rate", "training.learning_rat=1,2", "=3"])
def test_what_varies_must_be_an_option_with_values(text: str) -> None:
    with pytest.raises(BioseqError):
        variants_of(Configuration(), Plan("compare", vary=(text,)))


@pytest.mark.parametrize(
    "plan",
    [
        Plan("compare", seeds=0),
        Plan("compare", folds=1),
        Plan("compare", repeats=0),
        Plan("best", minutes=-1),
        Plan("compare", models=("no_such_model",)),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(plan: Plan) -> None:
    with pytest.raises(BioseqError):
        plan.checked()


def test_plan_and_base_configuration_are_read_as_they_were_written(tmp_path: Path) -> None:
    plan = Plan("compare", ("lr", "dnn"), ("tokens.k=2,3",), seeds=3, folds=5, repeats=2, minutes=1.5)
    base = variants_of(Configuration(), Plan("compare", ("dnn",), ("training.epochs=7",)))[0].of(Configuration())
    save_study(tmp_path / "study.toml", plan, base)
    assert load_study(tmp_path / "study.toml") == (plan, base)


def test_a_file_that_is_no_study_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[model]\nname = 'lr'\n", encoding="utf-8")
    with pytest.raises(BioseqError, match="no study"):
        load_study(tmp_path / "study.toml")
