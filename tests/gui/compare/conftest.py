"""Fabricated studies: their events, and what their folders hold in the end."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bioseq.protocol.events import (
    EntryAdvanced,
    EntryChanged,
    Event,
    JobFinished,
    JobStarted,
    LogEmitted,
    Phase,
    PhaseChanged,
    RankingChanged,
)
from bioseq.protocol.wire import encode_event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

JOB = "study-1"


class Teller:
    """Makes the events of one study, numbered and a second apart.

    Attributes:
        events: All so far.
    """

    def __init__(self, kind: str = "best", minutes: float = 10.0) -> None:
        self.events: list[Event] = []
        details = {"study": kind, "title": kind, "data": ["sites.fasta"], "minutes": minutes}
        self.say(JobStarted(job_id="", kind="study", folder="", details=details))
        self.say(PhaseChanged(job_id="", phase=Phase.TRAINING, title="Training"))

    def say(self, event: Event) -> Event:
        number = len(self.events)
        self.events.append(replace(event, job_id=JOB, sequence=number, time=1_000.0 + number))
        return self.events[-1]

    def entry(
        self,
        number: int,
        title: str,
        state: str = "waiting",
        *,
        stage: str = "screening",
        reason: str = "",
        **figures: float,
    ) -> Event:
        return self.say(
            EntryChanged(
                job_id="",
                entry=number,
                title=title,
                folder=f"runs/{number:03d}",
                state=state,
                reason=reason,
                stage=stage,
                seconds=10.0 * number if state in ("finished", "stopped") else 0.0,
                validation=figures,
                metrics=figures,
                split="validation" if figures else "",
            )
        )

    def epoch(self, number: int, epoch: int, loss: float, *, epochs: int = 10) -> Event:
        figures = {"loss": loss, "roc_auc": 1.0 - loss / 2, "mcc": 1.0 - loss, "accuracy": 1.0 - loss / 3}
        return self.say(
            EntryAdvanced(job_id="", entry=number, epoch=epoch, epochs=epochs, train=figures, validation=figures)
        )

    def rank(
        self,
        rows: Sequence[tuple[str, float | None, Sequence[int]]],
        metric: str = "loss",
        split: str = "validation",
        tested: Sequence[float | None] = (),
    ) -> None:
        told = tuple(
            {
                "name": title,
                "title": title,
                "value": value,
                "entries": list(entries),
                "note": "why it stands there",
                "judged": tested[place] if tested else None,
            }
            for place, (title, value, entries) in enumerate(rows)
        )
        judged = "test" if tested else ""
        self.say(RankingChanged(job_id="", metric=metric, split=split, rows=told, judged=judged))

    def log(self, message: str) -> None:
        self.say(LogEmitted(job_id="", level="info", message=message))

    def finish(self) -> None:
        newest = next((event for event in reversed(self.events) if isinstance(event, RankingChanged)), None)
        ranking = {"rows": list(newest.rows)} if newest is not None else {}
        self.say(JobFinished(job_id="", reason="all done", summary={"ranking": ranking, "entries": {"finished": 2}}))

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "study.toml").write_text("[study]\n", encoding="utf-8")
        lines = "".join(f"{encode_event(event)}\n" for event in self.events)
        (folder / "events.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture
def teller() -> Teller:
    """A study "Find the best model" that has begun."""
    return Teller()


@pytest.fixture
def compared() -> Teller:
    """A comparison of two models, each trained twice, that has ended."""
    made = Teller("compare", minutes=0.0)
    for number, title in enumerate(("Text CNN", "Text CNN", "Random forest", "Random forest"), 1):
        made.entry(number, title, stage="compare")
    for number, title in enumerate(("Text CNN", "Text CNN", "Random forest", "Random forest"), 1):
        made.entry(number, title, "running", stage="compare")
        made.epoch(number, 1, 0.5 + number / 100)
        made.epoch(number, 2, 0.4 + number / 100)
        made.entry(number, title, "finished", stage="compare", loss=0.4, roc_auc=0.9 + number / 100)
    rows = (("Random forest", 0.935, (3, 4)), ("Text CNN", 0.915, (1, 2)))
    made.rank(rows, "roc_auc", tested=(0.95, 0.90))
    made.finish()
    return made


@pytest.fixture
def comparison_file() -> dict[str, object]:
    """What the engine writes of that comparison."""

    def figure(mean: float) -> dict[str, float | None]:
        return {"mean": mean, "sd": 0.01, "low": mean - 0.05, "high": min(1.0, mean + 0.04)}

    rows = [
        {"name": "rf", "title": "Random forest", "entries": [3, 4], "figures": {"roc_auc": figure(0.95)}},
        {"name": "cnn", "title": "Text CNN", "entries": [1, 2], "figures": {"roc_auc": figure(0.90)}},
    ]
    for row in rows:
        row |= {"records": 120, "seconds": 3.0, "parameters": 0, "note": ""}
    pair = {
        "first": "rf",
        "second": "cnn",
        "differences": {"roc_auc": {"value": 0.05, "low": 0.01, "high": 0.09, "level": 0.95}},
        "p_bootstrap": {"roc_auc": 0.01},
        "adjusted_bootstrap": {"roc_auc": 0.01},
        "p_delong": 0.004,
        "adjusted_delong": 0.004,
        "p_mcnemar": 0.2,
        "adjusted_mcnemar": None,
        "only_first": 9,
        "only_second": 3,
    }
    known = {"metric": "roc_auc", "split": "test", "order": "validation"}
    return {"format": 1, **known, "rows": rows, "pairs": [pair]}


@pytest.fixture
def comparison_folder(tmp_path: Path, compared: Teller, comparison_file: dict[str, object]) -> Path:
    """The folder of that comparison."""
    folder = tmp_path / "runs" / "studies" / "20260101-000000_compare"
    compared.write(folder)
    (folder / "comparison.json").write_text(json.dumps(comparison_file), encoding="utf-8")
    (folder / "comparison.csv").write_text("name,title\nrf,Random forest\n", encoding="utf-8")
    return folder


@pytest.fixture
def many(teller: Teller) -> Teller:
    """Twenty-four models under way, with forty epochs each."""
    for number in range(1, 25):
        teller.entry(number, f"Model {number}")
    for number in range(1, 25):
        teller.entry(number, f"Model {number}", "running")
        for epoch in range(1, 41):
            teller.epoch(number, epoch, 0.2 + number / 100 + math.exp(-epoch / 8), epochs=60)
    return teller
