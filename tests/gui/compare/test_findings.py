"""What a study found is read from its folder; a folder that holds nothing, or something damaged, finds nothing."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from bioseq.evaluation.bootstrap import Interval
from bioseq.evaluation.results import Evaluation, Scores, write_evaluations
from bioseq.evaluation.verdict import findings_of
from bioseq.protocol.events import JobStopped
from bioseq.runs.history import Status
from bioseq.studies.state import Entry, EntryState, StudyState
from bioseq_gui.pages import compare_words as words
from bioseq_gui.studies.findings import PairedTest, read_findings
from bioseq_gui.studies.shelf import list_studies, read_study

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Teller


def scores(name: str, title: str, auc: float, lead: float | None = None) -> Scores:
    interval = Interval(auc, auc - 0.05, auc + 0.04)
    known = {} if lead is None else {"roc_auc": Interval(lead, lead - 0.02, lead + 0.02)}
    p = {} if lead is None else {"roc_auc": 0.01}
    return Scores(
        name, title, {"roc_auc": auc}, {}, ((5, 1), (2, 4)), intervals={"roc_auc": interval}, lead=known, lead_p=p
    )


@pytest.fixture
def result() -> Evaluation:
    simple = (scores("lr", "Logistic regression", 0.85, 0.06), scores("gb", "Gradient boosting", 0.90, 0.01))
    members = (scores("member_1", "Text CNN", 0.88),)
    return Evaluation(
        "test", ("no", "yes"), "yes", 0.5, 12, scores("model", "Mean of 2", 0.91), simple, members=members
    )


@pytest.fixture
def best_folder(tmp_path: Path, teller: Teller, result: Evaluation) -> Path:
    folder = tmp_path / "studies" / "20260101-000000_best"
    teller.entry(1, "Text CNN", "finished", loss=0.3)
    teller.rank((("Text CNN", 0.3, (1,)),))
    teller.finish()
    teller.write(folder)
    entry = Entry(1, "cnn", "Text CNN", (), "runs/001", state=EntryState.FINISHED, parameters=77, metrics={"loss": 0.3})
    told = {"why": ["Chosen: Text CNN."], "left_out": [{"title": "GCN", "reason": "Too slow."}], "run": "result"}
    StudyState("best", (entry,), results=told).save(folder / "study.json")
    (folder / "result").mkdir()
    write_evaluations(folder / "result" / "metrics.json", {"test": result})
    return folder


def test_a_comparison_has_bars_with_intervals_and_paired_tests(comparison_folder: Path) -> None:
    found = read_findings(comparison_folder)
    assert [bar.title for bar in found.bars] == ["Random forest", "Text CNN"]
    assert found.bars[0].figures["roc_auc"] == pytest.approx((0.95, 0.90, 0.99))
    (test,) = found.tests
    assert (test.first, test.second, test.only_first) == ("Random forest", "Text CNN", 9)
    assert (test.low, test.high) == pytest.approx((0.01, 0.09)), "one pair: as wide as alone"
    assert test.p == pytest.approx(0.0143, abs=1e-4)
    assert test.clear
    assert (found.records, found.split, found.metric) == (120, "test", "roc_auc")
    assert (
        words.comparison_sentence(found)
        == "Ordered by ROC AUC on validation records; the test records judge and choose nothing. "
        "Clearly better in ROC AUC than the other model."
    )


def test_a_winner_by_validation_that_the_test_finds_behind_is_not_called_better(comparison_folder: Path) -> None:
    content = json.loads((comparison_folder / "comparison.json").read_text(encoding="utf-8"))
    content["pairs"][0]["differences"]["roc_auc"] = {"value": -0.05, "low": -0.09, "high": -0.01}
    (comparison_folder / "comparison.json").write_text(json.dumps(content), encoding="utf-8")
    sentence = words.comparison_sentence(read_findings(comparison_folder))
    assert sentence.endswith("These records say otherwise: in ROC AUC the first is clearly behind Text CNN.")


def test_the_best_model_stands_beside_its_members_and_the_simple_models(best_folder: Path) -> None:
    found = read_findings(best_folder)
    assert [bar.role for bar in found.bars] == ["result", "member", "simple", "simple"]
    assert found.run == best_folder / "result"
    assert found.why == ("Chosen: Text CNN.",)
    assert found.left_out == (("GCN", "Too slow."),)
    assert found.parameters == {1: 77}


def test_candidates_of_the_best_are_tested_on_validation_beside_the_result(
    best_folder: Path, comparison_file: dict[str, object]
) -> None:
    content = {**comparison_file, "split": "validation"}
    (best_folder / "comparison.json").write_text(json.dumps(content), encoding="utf-8")
    found = read_findings(best_folder)
    (test,) = found.rival_tests
    assert (test.first, test.second) == ("Random forest", "Text CNN")
    assert found.rival_records == 120
    assert [bar.role for bar in found.bars] == ["result", "member", "simple", "simple"]
    assert (found.split, found.records, found.run) == ("test", 12, best_folder / "result")


def test_tests_against_simple_models_are_corrected_for_their_number(best_folder: Path) -> None:
    found = read_findings(best_folder)
    clear, unclear = found.tests
    assert unclear.p == pytest.approx(2 * 0.327, abs=1e-3)
    assert unclear.high - unclear.low > 0.04, "the interval allows for both"
    assert [(test.clear, test.p < 0.05) for test in (clear, unclear)] == [(True, True), (False, False)]


def test_headline_and_table_say_the_same_of_a_pair(best_folder: Path, result: Evaluation) -> None:
    """Alone the interval leaves out 0; where three pairs are looked at it does not, in the table as in the verdict."""
    for lead, clear in ((0.0205, False), (0.03, True)):
        simple = tuple(scores(f"s{n}", f"Simple {n}", 0.9 - n / 100, lead) for n in range(3))
        judged = replace(result, baselines=simple, members=())
        write_evaluations(best_folder / "result" / "metrics.json", {"test": judged})
        first = read_findings(best_folder).tests[0]
        assert (first.clear, first.p < 0.05) == (clear, clear)
        codes = {one.code for one in findings_of(judged)}
        assert ("evaluation.better" in codes, "evaluation.not_better" in codes) == (clear, not clear)
        assert judged.baselines[0].lead["roc_auc"].low > 0


def test_a_folder_without_anything_finds_nothing(tmp_path: Path) -> None:
    found = read_findings(tmp_path)
    assert found.bars == ()
    assert found.result is None
    assert found.run is None


def test_damaged_files_find_nothing(comparison_folder: Path) -> None:
    (comparison_folder / "comparison.json").write_text("{", encoding="utf-8")
    (comparison_folder / "study.json").write_text("[]", encoding="utf-8")
    assert read_findings(comparison_folder).bars == ()


def test_what_mattered_in_a_search_is_read_with_the_largest_share_first(tmp_path: Path) -> None:
    shares = {"trial": {"text_cnn": {"model.hyper.dropout": 0.2, "training.learning_rate": 0.8}}}
    (tmp_path / "importance.json").write_text(json.dumps({"format": 1, "searches": shares}), encoding="utf-8")
    assert read_findings(tmp_path).importance == (("learning rate", 0.8), ("dropout", 0.2))


def test_no_clear_difference_is_said_so(comparison_folder: Path) -> None:
    found = read_findings(comparison_folder)
    unsure = PairedTest(**{**asdict(found.tests[0]), "low": -0.01})
    sentence = words.comparison_sentence(type(found)(**{**_fields(found), "tests": (unsure,)}))
    assert sentence.endswith(" No clear difference in ROC AUC from Text CNN: more records would tell.")


def _fields(found: object) -> dict[str, object]:
    return {name: getattr(found, name) for name in found.__dataclass_fields__}  # type: ignore[attr-defined]


def test_an_undefined_p_is_no_clear_difference() -> None:
    assert not PairedTest("a", "b", "roc_auc", 0.1, math.nan, math.nan, math.nan).clear


def test_the_shelf_lists_studies_newest_first(best_folder: Path, comparison_folder: Path, tmp_path: Path) -> None:
    listed = list_studies(best_folder.parent)
    assert [entry.path for entry in listed] == [best_folder]
    (entry,) = listed
    assert (entry.kind, entry.status, entry.leader, entry.trainings) == ("best", Status.FINISHED, "Text CNN", 2)
    assert entry.data_names == ("sites.fasta",)
    assert not entry.resumable
    assert list_studies(tmp_path / "nowhere") == ()
    assert read_study(comparison_folder.parent) is None


def test_a_study_whose_process_is_gone_was_interrupted_and_can_go_on(tmp_path: Path, teller: Teller) -> None:
    teller.entry(1, "Text CNN", "running")
    teller.write(tmp_path)
    entry = read_study(tmp_path)
    assert entry is not None
    assert entry.status is Status.INTERRUPTED
    assert entry.resumable


def test_a_stopped_study_can_go_on_and_a_discarded_one_cannot(tmp_path: Path, teller: Teller) -> None:
    for cancelled, status in ((False, Status.STOPPED), (True, Status.CANCELLED)):
        told = type(teller)()
        told.say(JobStopped(job_id="", cancelled=cancelled, resumable=not cancelled))
        told.write(tmp_path / str(cancelled))
        entry = read_study(tmp_path / str(cancelled))
        assert entry is not None
        assert entry.status is status
        assert entry.resumable is not cancelled


def test_the_title_of_the_winner_says_what_it_is_made_of(best_folder: Path, teller: Teller, result: Evaluation) -> None:
    from dataclasses import replace

    from bioseq_gui.studies.story import tell

    found, story = read_findings(best_folder), tell(teller.events)
    one, two = scores("a", "Text CNN", 0.9), scores("b", "Inception", 0.9)
    numbered = tuple(
        replace(scores, title=f"Member {number} of 3: {scores.title}")
        for number, scores in enumerate((one, two, one), 1)
    )
    expected = (
        ((), "The best model: Mean of 2"),
        ((one, one), "The best model: Text CNN, trained 2 times"),
        ((one, two, one), "The best model: Text CNN and Inception together"),
        (numbered, "The best model: Text CNN and Inception together"),
    )
    for members, title in expected:
        told = replace(found, result=replace(result, members=members))
        assert words.winner_title(story, told, ()) == title
