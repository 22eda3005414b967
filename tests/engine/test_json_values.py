"""A figure that is not defined goes through JSON and comes back."""

from __future__ import annotations

import json
import math

import pytest

from bioseq.durable import write_json
from bioseq.json_values import json_value, numbers


def test_what_is_not_finite_becomes_null_however_deep():
    value = {"a": math.nan, 3: [1.5, (math.inf, -math.inf)], "b": {"c": "text", "d": None, "e": True}}
    assert json_value(value) == {"a": None, "3": [1.5, [None, None]], "b": {"c": "text", "d": None, "e": True}}


def test_figures_come_back_with_nan_for_null(tmp_path):
    write_json(tmp_path / "figures.json", {"auc": math.nan, "mcc": 0.25, "count": 3})
    found = numbers(json.loads((tmp_path / "figures.json").read_text(encoding="utf-8")))
    assert math.isnan(found["auc"])
    assert (found["mcc"], found["count"]) == (0.25, 3.0)


def test_no_figures_are_no_figures():
    assert numbers(None) == {}


@pytest.mark.parametrize("hostile", [{"mcc": "high"}, {"mcc": [1]}, ["mcc"]])
def test_what_is_no_number_is_refused(hostile):
    with pytest.raises((ValueError, TypeError, AttributeError)):
        numbers(hostile)
