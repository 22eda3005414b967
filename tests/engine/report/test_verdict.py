"""Report, log and `metrics.json` say the findings of an evaluation in the same words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bioseq.config.schema import Configuration
from bioseq.evaluation.bootstrap import Interval
from bioseq.evaluation.results import Evaluation, Scores, write_evaluations
from bioseq.evaluation.verdict import findings_of
from bioseq.jobs.considerations import findings_told
from bioseq.protocol.events import LogEmitted, Warned
from bioseq.report.material import Judgement, Material
from bioseq.report.sections import sections_of
from bioseq.report.verdict import verdict

if TYPE_CHECKING:
    from pathlib import Path

GUESSING = {"roc_auc": Interval(0.52, 0.45, 0.59), "mcc": Interval(0.03, -0.1, 0.15)}
ABLE = {"roc_auc": Interval(0.9, 0.86, 0.94), "mcc": Interval(0.7, 0.6, 0.8), "accuracy": Interval(0.85, 0.8, 0.9)}


def evaluated(own: dict[str, Interval], simple: dict[str, Interval], **lead: Interval) -> Evaluation:
    def scored(name: str, title: str, intervals: dict[str, Interval]) -> Scores:
        figures = {name: one.value for name, one in intervals.items()}
        return Scores(name, title, figures, {}, ((80, 20), (20, 80)), intervals=intervals)

    baseline = scored("gradient_boosting", "Gradient boosting", simple)
    baseline.lead.update(lead)
    return Evaluation("test", ("no", "yes"), "yes", 0.5, 200, scored("model", "Text CNN", own), (baseline,))


CASES = {
    "evaluation.nothing_found": (evaluated(GUESSING, GUESSING), "bad"),
    "evaluation.better": (evaluated(ABLE, GUESSING, roc_auc=Interval(0.38, 0.3, 0.46)), "good"),
    "evaluation.worse": (evaluated(ABLE, ABLE, accuracy=Interval(-0.0054, -0.0084, -0.0024)), "bad"),
}


@pytest.mark.parametrize("code", CASES)
def test_all_renderings_say_the_same(code: str, tmp_path: Path) -> None:
    evaluation, tone = CASES[code]
    finding = findings_of(evaluation)[0]
    assert finding.code == code
    material = Material("run", Configuration(), judged={"test": Judgement(evaluation)})
    said = verdict(material)
    assert f"{finding.message} {finding.remedy}".rstrip() in said.text
    assert said.tone == tone
    told = next(findings_told(evaluation))
    assert isinstance(told, LogEmitted if code == "evaluation.better" else Warned)
    assert told.message.startswith(finding.message)
    write_evaluations(tmp_path / "metrics.json", {"test": evaluation})
    written = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["evaluations"]["test"]["findings"]
    assert [one["message"] for one in written] == [one.message for one in findings_of(evaluation)]
    warnings = next(section for section in sections_of(material) if section.name == "warnings")
    assert any(finding.message in str(block) for block in warnings.blocks) is (code != "evaluation.better")


def test_what_is_gravest_opens_the_report() -> None:
    evaluation, _ = CASES["evaluation.nothing_found"]
    text = verdict(Material("run", Configuration(), judged={"test": Judgement(evaluation)})).text
    assert text.startswith("Nothing that tells the classes apart was found: on 200 test records neither the model nor")
    assert "simple model" not in text.partition("guessing")[2]
