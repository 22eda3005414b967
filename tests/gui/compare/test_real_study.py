"""The whole way with a real engine: data, one click, two small trainings, results; the same again from the folder."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bioseq.runs.history import Status
from bioseq_gui.pages.compare import ComparePage

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application

_PATIENCE_MS = 600_000


def motif_file(folder: Path) -> Path:
    chance = random.Random(1)
    lines = []
    for number in range(60):
        around = "".join(chance.choices("ACGT", k=14))
        letters = around[:7] + ("TATAAT" if number % 2 else "GCGCGC") + around[7:]
        lines += [f">r{number}|{number % 2}|{'training' if number % 3 else 'testing'}", letters]
    path = folder / "sites.fasta"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_comparison_from_the_click_to_the_winner_and_again_from_its_folder(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    session, flow = application.session, application.study_flow
    application.open_paths([motif_file(tmp_path)])
    qtbot.waitUntil(lambda: session.inspection is not None, timeout=_PATIENCE_MS)
    for path, value in (("evaluation.baseline", False), ("evaluation.resamples", 200)):
        session.edit(path, value)
    application.show_page("compare")
    page = application.page("compare")
    assert isinstance(page, ComparePage)
    page.choose("compare")
    way = page.start.compare
    way.models.tick(("lr",))
    way.vary.choose("model.hyper.k", "1, 2")
    assert page.frame.primary.isEnabled(), page.frame.primary.toolTip()
    page.frame.primary.click()
    assert session.studying
    assert not application.actions["train"].isEnabled()
    assert application.actions["stop"].isEnabled()
    with qtbot.waitSignal(flow.found, timeout=_PATIENCE_MS):
        pass
    assert flow.story.run.status is Status.FINISHED
    live, folder = flow.story, flow.folder
    assert folder is not None
    page._show()
    assert page.study.winner.isVisible()
    assert page.study.ranking.ranking.rowCount() == 2
    assert page.study.tests.tests.rowCount() == 1
    page.frame.primary.click()
    assert application.window.page == "results"
    assert session.opened_run is not None
    assert session.opened_run.parent == folder / "runs"
    assert not session.studying
    flow.close()
    with qtbot.waitSignal(flow.found, timeout=_PATIENCE_MS):
        flow.open(folder)
    assert flow.story.entries == live.entries
    assert flow.story.ranking == live.ranking
    qtbot.waitUntil(lambda: not application.engine._leaving, timeout=_PATIENCE_MS)


def test_the_button_on_the_model_page_leads_to_the_best_model(application: Application) -> None:
    model = application.page("model")
    model.best.click()  # type: ignore[attr-defined]  # the Model page
    assert application.window.page == "compare"
    page = application.page("compare")
    assert isinstance(page, ComparePage)
    assert page.start.way is page.start.best


def test_closing_the_window_during_a_study_asks_first(application: Application) -> None:
    asked: list[object] = []

    def refuse(window: object) -> bool:
        asked.append(window)
        return False

    application._ask_to_interrupt = refuse
    application.session.set_studying(True)
    application.window.close()
    assert asked
    assert application.window.isVisible()
    application.session.set_studying(False)
