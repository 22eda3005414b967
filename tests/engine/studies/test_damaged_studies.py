"""Whatever happens to the files of a study, whoever opens it is told in a sentence what cannot be read."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.studies.comparison_file import read_comparison
from bioseq.studies.folder import StudyFolder
from bioseq.studies.plan import Plan, load_study, save_study
from bioseq.studies.records import place_in_pool, save_folds
from bioseq.studies.standings import ranking_of
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Damage

FIGURES = {"loss": 0.3, "roc_auc": math.nan}
ENTRIES = tuple(
    Entry(
        number,
        "cnn",
        "Text CNN",
        ("model.name=text_cnn",),
        f"runs/{number:03d}_cnn",
        fold=number,
        state=EntryState.FINISHED,
        seconds=3.0,
        epochs=4,
        parameters=77,
        validation=FIGURES,
        metrics=FIGURES,
        split="validation",
    )
    for number in (1, 2)
)
ROW = {"name": "cnn", "title": "Text CNN", "value": 0.3, "entries": [1, 2], "note": "first"}
RESULTS = {
    "ranking": {"metric": "loss", "split": "validation", "rows": [ROW]},
    "why": ["Chosen: Text CNN."],
    "left_out": [{"title": "GCN", "reason": "Too slow."}],
    "run": "result",
    "folds": 2,
    "kept_back": 1.5,
    "weights": {"cnn": 1.0},
}
STATE = StudyState("best", ENTRIES, 9.0, RESULTS)


def test_what_a_study_remembers_comes_back(tmp_path: Path) -> None:
    STATE.save(tmp_path / "study.json")
    read = StudyState.open(tmp_path / "study.json")
    assert repr(read) == repr(STATE), "with NaN, which is not equal to itself"


def test_any_value_of_a_state_is_taken_or_refused_in_a_sentence(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "study.json"
    STATE.save(path)
    content = path.read_bytes()
    told = {}
    for what, broken in (*damage.versions(content), *damage.wholes(content)):
        path.write_bytes(broken)
        try:
            state = StudyState.open(path)
        except BioseqError as error:
            told[what] = error.message
            assert error.code in {"study.damaged", "study.newer"}, what  # noqa: PT017 - either outcome is right
            continue
        told[what] = ""
        assert [entry.number for entry in state.entries] == list(range(1, len(state.entries) + 1))
        json.dumps({**asdict(state)}, allow_nan=True)
        if state.kind == "best" and all(entry.fold in (1, 2) for entry in state.entries):
            ranking_of(state)
    damaged = [what for what, sentence in told.items() if sentence]
    assert len(damaged) > 300
    assert told["('entries', 0, 'epochs') is text"] == (
        'What this study remembers cannot be read: "entries.0.epochs" is not a whole number.'
    )
    assert told["('entries', 0, 'folder') is NUL"].endswith("entry 1 names a folder outside of the study.")
    assert told["('results', 'ranking', 'rows', 0, 'value') is text"] != ""
    assert told["('entries', 0, 'seconds') is null"] == "", "a figure that is not defined"
    assert told["('format',) is huge"] != ""


@pytest.mark.parametrize(
    "folder", ["/etc", "../outside", "runs/../../outside", "C:\\Windows", "\\\\host\\share", "a\0b"]
)
def test_an_entry_never_names_a_folder_outside_of_its_study(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "study.json"
    for name in ("folder", "data"):
        fields: dict[str, Any] = {**asdict(ENTRIES[0]), "metrics": {}, "validation": {}, name: folder}
        path.write_text(json.dumps({"format": 1, "kind": "best", "entries": [fields]}), encoding="utf-8")
        with pytest.raises(BioseqError, match="outside of the study"):
            StudyState.open(path)


def test_entries_under_other_numbers_are_refused(tmp_path: Path) -> None:
    StudyState("best", ENTRIES[::-1]).save(tmp_path / "study.json")
    with pytest.raises(BioseqError, match="entry 1 has the number 2"):
        StudyState.open(tmp_path / "study.json")


def test_any_plan_is_carried_out_or_refused_in_a_sentence(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "study.toml"
    save_study(path, Plan("compare", ("text_cnn",), ("training.learning_rate=0.1",), minutes=3.0), Configuration())
    whole = path.read_text(encoding="utf-8")
    start = whole.index("[study]")
    wrong = (
        "true",
        "-1",
        "1e308",
        "inf",
        "nan",
        "9" * 400,
        '""',
        '"abc"',
        f'"{"x" * 100_000}"',
        "[]",
        "{}",
        "2020-01-01",
    )
    deep = ("[" * 2_000 + "]" * 2_000,)
    for line in whole[start:].splitlines()[1:]:
        name, equals, _ = line.partition(" = ")
        for value in (*wrong, *deep) if equals else ():
            path.write_text(whole.replace(line, f"{name} = {value}"), encoding="utf-8")
            try:
                plan, _ = load_study(path)
            except BioseqError as error:
                assert error.message.endswith("."), (name, value)  # noqa: PT017 - either outcome is right
            else:
                assert plan.checked() == plan
    for what, broken in damage.wholes(whole.encode()):
        path.write_bytes(broken)
        with pytest.raises(BioseqError, match="There is no study here, or its file is damaged"):
            load_study(path)
        assert what
    path.write_text(whole.replace('kind = "compare"', 'kind = "guess"'), encoding="utf-8")
    with pytest.raises(BioseqError, match='damaged: "kind" is not a value that can stand there'):
        load_study(path)


def test_any_value_of_a_comparison_is_taken_or_refused_in_a_sentence(tmp_path: Path, damage: Damage) -> None:
    study = StudyFolder(tmp_path)
    figures = {"roc_auc": {"mean": 0.9, "sd": None, "low": 0.8, "high": None}}
    row = {"name": "cnn", "title": "Text CNN", "entries": [1], "figures": figures, "records": 12}
    more = {"validation": {"roc_auc": 0.9}, "seconds": 2.0, "parameters": 7, "note": ""}
    gap = {"roc_auc": {"value": 0.1, "low": 0.0, "high": 0.2, "level": 0.95}}
    pair = {"first": "cnn", "second": "cnn", "differences": gap, "only_first": 1, "only_second": 2}
    known = {"format": 1, "metric": "roc_auc", "split": "test", "order": "validation"}
    content = json.dumps({**known, "rows": [{**row, **more}], "pairs": [pair]}).encode()
    study.comparison.write_bytes(content)
    assert math.isnan(read_comparison(study)["rows"][0]["figures"]["roc_auc"]["high"])
    told = {}
    for what, broken in (*damage.versions(content), *damage.wholes(content)):
        study.comparison.write_bytes(broken)
        try:
            found = read_comparison(study)
        except BioseqError as error:
            told[what] = error.message
            assert error.code == "study.damaged_comparison", what  # noqa: PT017 - either outcome is right
        else:
            names = {row["name"]: row["title"] for row in found["rows"]}
            assert all(pair["first"] in names and pair["second"] in names for pair in found["pairs"]), what
    assert told["('rows', 0, 'records') is text"] == (
        'What the comparison of this study found cannot be read: "rows.0.records" is not a whole number.'
    )
    assert told["('pairs', 0, 'first') is text"].endswith("a pair names what is no row.")
    study.comparison.unlink()
    assert read_comparison(study) == {}


def test_damaged_folds_are_told(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "folds.npy"
    save_folds(path, [np.array([1, 2, 1, 2])])
    assert place_in_pool(path, 1, [2, 1]).tolist() == [1, 3, 0, 2]
    whole = path.read_bytes()
    versions = [b"", whole[:-1], whole[:40], b"PK\x03\x04" + whole, b"\x80\x04N.", bytes(200), b"[" * 1_000]
    for broken in versions:
        path.write_bytes(broken)
        with pytest.raises(BioseqError, match="The folds of this study cannot be read"):
            place_in_pool(path, 1, [1])
    path.write_bytes(whole)
    with pytest.raises(BioseqError, match="The folds"):
        place_in_pool(path, 2, [1])
