"""Files as people have them: each verdict of `tests/corpus/people.json` says what is right, and the program does it.

A verdict has a `name`, the reason `why`, and the `files` of `tests/corpus/people` that are read together, with the
`options` of the reading. What is right:

- `verdict`: "records", or "error" for one clear sentence: its `code`, words that it holds (`says`, or one of
  `says_any`), and the end of its place (`where`, else the first file).
- `records` (id and sequence of each), or `ids`, `sequences`, `ids_begin` (how each id begins), `count`; `unique_ids`.
- `labels` (null for none), `label_counts`, or `groups`: labels of any name that part the records so.
- `splits` (0 none, 1 training, 2 validation, 3 test), `descriptions`, `molecule`.
- `findings` that must occur, `findings_any` (one of each list), `absent` ones that must not; `lines`: lines that a
  finding names; `told`: words that some finding holds.
- `without_empty`: records without letters are passed over. `compare`: "letters" passes over gaps, stops and case.
- `also_right`: further readings that are as right, where careful people differ.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bioseq.errors import BioseqError
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import Reading, ReadOptions, read_files
from bioseq.sequences.strand_twins import find_strand_twins

if TYPE_CHECKING:
    from bioseq.sequences.findings import Finding

CORPUS = Path(__file__).parents[2] / "corpus"
PEOPLE = CORPUS / "people"
VERDICTS: list[dict[str, Any]] = json.loads((CORPUS / "people.json").read_text(encoding="utf-8"))
TABLES = 70
FILES = 130
PATHS = {"label_sheet"}
"""Options that are files."""


def read(verdict: dict[str, Any]) -> Reading:
    options = {name: PEOPLE / value if name in PATHS else value for name, value in verdict.get("options", {}).items()}
    return read_files([FileRequest(str(PEOPLE / name)) for name in verdict["files"]], ReadOptions(**options))


def words_told(finding: Finding) -> str:
    details = (f"line {occurrence.line} {occurrence.detail}" for occurrence in finding.occurrences)
    return " ".join((finding.message, finding.remedy, *details))


def kept_rows(reading: Reading, right: dict[str, Any]) -> list[int]:
    lengths = reading.dataset.lengths
    return [row for row in range(len(reading.dataset)) if lengths[row] or not right.get("without_empty")]


def spell(sequence: str, right: dict[str, Any]) -> str:
    return re.sub(r"[-.~*]", "", sequence).upper() if right.get("compare") == "letters" else sequence


def check_records(reading: Reading, right: dict[str, Any], rows: list[int]) -> None:
    dataset = reading.dataset
    ids = [dataset.ids[row] for row in rows]
    sequences = [spell(dataset.sequence(row), right) for row in rows]
    if "records" in right:
        wanted = [[record, spell(sequence, right)] for record, sequence in right["records"]]
        assert [list(pair) for pair in zip(ids, sequences, strict=True)] == wanted
    if "ids" in right:
        assert ids == right["ids"]
    if "sequences" in right:
        assert sequences == [spell(sequence, right) for sequence in right["sequences"]]
    if "ids_begin" in right:
        assert [ids[place][: len(start)] for place, start in enumerate(right["ids_begin"])] == right["ids_begin"]
    if "count" in right:
        assert len(rows) == right["count"]
    if right.get("unique_ids"):
        assert len(set(ids)) == len(ids)


def check_classes(reading: Reading, right: dict[str, Any], rows: list[int]) -> None:
    dataset = reading.dataset
    labels = [dataset.label_names[code] if code >= 0 else None for code in dataset.labels[rows].tolist()]
    if "labels" in right:
        assert labels == right["labels"]
    if "label_counts" in right:
        assert Counter(labels) == right["label_counts"]
    if "groups" in right:
        pairs = set(zip(labels, right["groups"], strict=True))
        assert len(pairs) == len({own for own, _ in pairs}) == len({other for _, other in pairs})
    if "splits" in right:
        assert dataset.splits[rows].tolist() == right["splits"]
    if "descriptions" in right:
        assert [dataset.descriptions[row] for row in rows] == right["descriptions"]
    if "molecule" in right:
        assert reading.molecule == right["molecule"]


def check_findings(reading: Reading, right: dict[str, Any]) -> None:
    found: dict[str, str] = {}
    # Strands are compared where files are inspected or trained on, not whenever they are read.
    for finding in (*reading.findings, *find_strand_twins(reading.dataset, reading.molecule)):
        found[finding.code] = f"{found.get(finding.code, '')} {words_told(finding)}"
    assert set(right.get("findings", ())) <= set(found)
    for choice in right.get("findings_any", ()):
        assert set(choice) & set(found), f"one of {choice}, found {sorted(found)}"
    assert not set(right.get("absent", ())) & set(found)
    for code, lines in right.get("lines", {}).items():
        numbers = {int(number) for number in re.findall(r"\d+", found[code])}
        assert set(lines) <= numbers, found[code]
    told = " ".join(found.values()).casefold()
    for word in right.get("told", ()):
        assert word.casefold() in told, f"'{word}' in {told}"


def check_refusal(error: BioseqError, right: dict[str, Any], files: list[str]) -> None:
    text = f"{error} {error.remedy}"
    assert "\n" not in str(error)
    assert error.remedy
    assert right.get("where", files[0]) in error.where
    assert error.code == right.get("code", error.code)
    for word in right.get("says", ()):
        assert word.casefold() in text.casefold()
    if "says_any" in right:
        assert any(word.casefold() in text.casefold() for word in right["says_any"]), text


def check(verdict: dict[str, Any], right: dict[str, Any]) -> None:
    """Assert that reading the files gives what is right."""
    if right["verdict"] == "error":
        with pytest.raises(BioseqError) as refusal:
            read(verdict)
        check_refusal(refusal.value, right, verdict["files"])
        return
    reading = read(verdict)
    rows = kept_rows(reading, right)
    check_records(reading, right, rows)
    check_classes(reading, right, rows)
    check_findings(reading, right)


def test_every_file_has_a_verdict() -> None:
    sheets = {verdict["options"]["label_sheet"] for verdict in VERDICTS if "label_sheet" in verdict.get("options", {})}
    named = sheets | set(chain.from_iterable(verdict["files"] for verdict in VERDICTS))
    assert named == {path.name for path in PEOPLE.iterdir()}
    assert len({verdict["name"] for verdict in VERDICTS}) == len(VERDICTS) >= FILES
    assert sum(verdict["kind"] == "table" for verdict in VERDICTS) >= TABLES


def test_workbooks_hold_what_their_script_writes(tmp_path: Path) -> None:
    specification = importlib.util.spec_from_file_location("make_workbooks", CORPUS / "make_workbooks.py")
    assert specification is not None
    assert specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    for path in script.write_workbooks(tmp_path):
        assert path.read_bytes() == (PEOPLE / path.name).read_bytes(), path.name


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: str(verdict["name"]))
def test_a_file_is_read_rightly_or_refused_clearly(verdict: dict[str, Any]) -> None:
    failures = []
    for right in (verdict, *verdict.get("also_right", ())):
        try:
            check(verdict, right)
        except (AssertionError, BioseqError, pytest.fail.Exception) as failure:
            failures.append(failure)
        else:
            return
    raise failures[0]


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: str(verdict["name"]))
def test_findings_are_sentences_that_name_their_lines(verdict: dict[str, Any]) -> None:
    try:
        reading = read(verdict)
    except BioseqError as error:
        assert str(error)[0].isupper() or not str(error)[0].isalpha()  # noqa: PT017
        return
    # Strands are compared where files are inspected or trained on, not whenever they are read.
    for finding in (*reading.findings, *find_strand_twins(reading.dataset, reading.molecule)):
        assert finding.message[0].isupper() or not finding.message[0].isalpha()
        assert "{n}" not in finding.message
        assert "\n" not in finding.message + finding.remedy
        for occurrence in finding.occurrences:
            assert Path(occurrence.source).name in [*verdict["files"], *verdict.get("options", {}).values()]
            if occurrence.row >= 0:
                assert occurrence.line == reading.dataset.lines[occurrence.row] > 0
