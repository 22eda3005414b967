"""Any legal configuration survives the trip through a file; nothing illegal comes out as anything but a sentence."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioseq.config.fields import FieldDescription, describe_fields, sections, value_at, with_value
from bioseq.config.files import dumps, loads
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile
from bioseq.errors import BioseqError

QUICK = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40)
hyper_values = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
data_files = st.builds(DataFile, path=texts, role=st.sampled_from(["auto", "train", "validation", "test"]), label=texts)


def legal_values(field: FieldDescription) -> st.SearchStrategy[Any]:
    low, high = field.minimum, field.maximum
    match field.kind:
        case "int":
            assert low is not None
            assert high is not None
            return st.integers(int(low), int(high))
        case "float":
            return st.floats(
                low, high, exclude_min=field.exclusive_minimum, exclude_max=field.exclusive_maximum, allow_nan=False
            )
        case "bool":
            return st.booleans()
        case "choice":
            return st.sampled_from(list(field.choices or {}))
        case "files":
            return st.lists(data_files, max_size=3).map(tuple)
        case "table" if field.path == "model.hyper":
            return st.dictionaries(texts, hyper_values, max_size=4)
        case "table" if field.path == "data.classes":
            return st.dictionaries(texts, texts, max_size=4)
        case "text" if field.path == "data.label_cuts":
            return st.sampled_from(["", "5", "-1.5 0 7e3"])
        case "table":
            return st.dictionaries(texts, st.floats(allow_nan=False, allow_infinity=False), max_size=4)
        case _:
            return texts


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    values: dict[str, dict[str, Any]] = {section: {} for section in sections()}
    for field in describe_fields():
        values[field.section][field.name] = draw(legal_values(field))
    return Configuration(**{name: model(**values[name]) for name, model in sections().items()})


@QUICK
@given(configurations())
def test_any_legal_configuration_survives_the_file_and_the_bytes_stay(config: Configuration) -> None:
    text = dumps(config)
    loaded = loads(text)
    assert loaded == config
    assert dumps(loaded) == text


@QUICK
@given(st.data(), st.sampled_from(describe_fields()))
def test_any_legal_value_can_be_set_and_read_back(data: st.DataObject, field: FieldDescription) -> None:
    value = data.draw(legal_values(field))
    changed = with_value(Configuration(), field.path, value)
    assert value_at(changed, field.path) == value


def refusal(text: str) -> str:
    """Why the text is refused; empty when it is read."""
    try:
        loads(text)
    except BioseqError as error:
        return str(error)
    return ""


junk = st.recursive(
    st.one_of(
        st.none().map(lambda _: "1979-05-27T07:32:00Z"),
        st.integers().map(str),
        st.floats().map(lambda number: str(number) if math.isfinite(number) else "nan"),
        st.booleans().map(lambda value: str(value).lower()),
        st.text(max_size=20).map(lambda text: '"' + text.replace("\\", "").replace('"', "") + '"'),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(st.sampled_from(["path", "role", "a", '"b.c"', "epochs"]), inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{key} = {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=6,
)
names = st.sampled_from([field.path for field in describe_fields()] + ["schema", "data", "model.hyper.x", "nonsense"])


@QUICK
@given(st.lists(st.tuples(names, junk), max_size=6))
def test_random_toml_raises_nothing_but_a_sentence(lines: list[tuple[str, str]]) -> None:
    text = "schema = 1\n" + "\n".join(f"{name} = {value}" for name, value in lines)
    assert refusal(text).isprintable()


@QUICK
@given(st.text(max_size=300))
def test_random_text_raises_nothing_but_a_sentence(text: str) -> None:
    for prefix in ("", "schema = 1\n", "schema = 1\n[model.hyper]\n"):
        assert refusal(prefix + text).isprintable()


@QUICK
@given(st.lists(st.tuples(names, st.text(max_size=30)), max_size=4))
def test_random_overrides_raise_nothing_but_a_sentence(pairs: list[tuple[str, str]]) -> None:
    with contextlib.suppress(BioseqError):
        assert apply_overrides(Configuration(), [f"{name}={value}" for name, value in pairs])


@pytest.mark.parametrize("cut", range(0, 10_000, 397))
def test_a_file_cut_short_anywhere_is_read_or_refused_with_a_sentence(cut: int) -> None:
    assert refusal(dumps(Configuration())[:cut]).isprintable()
