"""The Training page: live and reopened alike, every way to end, requests answered at once, cheap."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from bioseq.evaluation.metrics import CHOOSING
from bioseq.protocol.events import EpochFinished, Event, JobStarted, Phase, PhaseChanged, StepDone, Warned
from bioseq.runs.history import RunState, Status, fold, read_events, read_state
from bioseq_gui.pages.training import TrainingPage
from bioseq_gui.plots.figure import Line, Points
from bioseq_gui.plots.live_curves import LiveCurves, Viewing
from bioseq_gui.plots.smoothing import smoothed
from bioseq_gui.widgets.text import duration

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.plots.base import Plot
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

RECORDED = Path(__file__).parents[1] / "corpus" / "events"
RUN = Path("runs/one")


def events(name: str) -> list[Event]:
    return list(read_events(RECORDED / f"{name}.jsonl"))


def page_for(qtbot: QtBot, session: Session, theme: Theme, *, now: float = 0.0) -> TrainingPage:
    page = TrainingPage(session, theme, clock=lambda: now)
    qtbot.addWidget(page)
    page.resize(1100, 720)
    with qtbot.waitExposed(page):
        page.show()
    return page


def drawn(qtbot: QtBot, page: TrainingPage) -> None:
    """Wait until the page has caught up with the session."""
    qtbot.waitUntil(lambda: not page._timer.isActive() and not page.curves._timer.isActive(), timeout=2_000)


def lines(plot: Plot) -> dict[str, Line]:
    assert plot.figure is not None
    return {layer.name: layer for layer in plot.figure.layers if isinstance(layer, Line)}


def widget_state(page: TrainingPage) -> dict[str, object]:
    return {
        "panel": page.panel.texts,
        "message": page.frame.message.text,
        "actions": [page.frame.primary.text(), page.frame.secondary.text(), page.cancel.isHidden()],
        "warnings": page.warnings.texts,
        "log": page.log.text,
        "patience": page.panel._patience.shown,
        "loss": {name: (line.x.tolist(), line.y.tolist()) for name, line in lines(page.curves.loss).items()},
        "metric": {name: (line.x.tolist(), line.y.tolist()) for name, line in lines(page.curves.merit).items()},
        "view": page.curves.loss.canvas.getViewBox().viewRange() if page.curves.loss.canvas else None,
    }


@pytest.mark.parametrize("name", ["finished", "stopped", "cancelled", "failed", "interrupted"])
def test_a_reopened_run_looks_exactly_as_it_looked_live(
    name: str, qtbot: QtBot, session: Session, theme: Theme
) -> None:
    told = events(name)
    live = page_for(qtbot, session, theme, now=told[-1].time)
    session.begin_run(RUN)
    for place, event in enumerate(told):
        session.apply_events([event])
        if place % 25 == 0:
            qtbot.wait(1)
    session.end_run(interrupted=name == "interrupted")
    drawn(qtbot, live)

    from bioseq_gui.session import Session as Another

    reopened_session = Another()
    reopened = page_for(qtbot, reopened_session, theme, now=told[-1].time + 86_400)
    reopened_session.show_run(RUN, read_state(RECORDED / f"{name}.jsonl"))
    drawn(qtbot, reopened)
    assert widget_state(live) == widget_state(reopened)
    reopened_session.deleteLater()


def test_the_curves_are_the_numbers_of_the_events(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    session.show_run(RUN, fold(events("finished")))
    drawn(qtbot, page)
    finished = [event for event in events("finished") if isinstance(event, EpochFinished)]
    shown = lines(page.curves.loss)
    assert shown["Validation"].x.tolist() == [event.epoch for event in finished]
    assert shown["Validation"].y.tolist() == [event.validation["loss"] for event in finished]
    assert shown["Training"].y.tolist() == [event.train["loss"] for event in finished]
    page.curves.choose(Viewing(metric="mcc"))
    assert lines(page.curves.merit)["Validation"].y.tolist() == [event.validation["mcc"] for event in finished]


def test_smoothing_shows_the_raw_curve_behind_and_marks_the_best_epoch(
    qtbot: QtBot, session: Session, theme: Theme
) -> None:
    page = page_for(qtbot, session, theme)
    session.show_run(RUN, fold(events("finished")))
    page.curves.choose(Viewing(metric="accuracy", logarithmic=True, smoothing=0.6))
    drawn(qtbot, page)
    shown = lines(page.curves.loss)
    raw = shown["Validation, raw"]
    assert raw.faint
    np.testing.assert_allclose(shown["Validation"].y, smoothed(raw.y, 0.6))
    assert page.curves.loss.figure is not None
    assert page.curves.loss.figure.y.logarithmic
    assert "Best: epoch 23" in page.curves.loss.legend.names


def test_the_empty_page_says_what_to_do(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    assert page._stack.currentIndex() == 0
    assert page.frame.primary.isHidden()
    assert page.cancel.isHidden()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("finished", "no improvement for 12 epochs"),
        ("stopped", "Stopped on your request. The model of epoch 12"),
        ("cancelled", "discarded"),
        ("failed", "Set the batch size to 1,024 or less."),
        ("interrupted", "interrupted"),
    ],
)
def test_every_ending_is_said_in_a_sentence(
    name: str, words: str, qtbot: QtBot, session: Session, theme: Theme
) -> None:
    page = page_for(qtbot, session, theme)
    session.show_run(RUN, read_state(RECORDED / f"{name}.jsonl"))
    drawn(qtbot, page)
    assert words in page.frame.message.text


@pytest.mark.parametrize("name", ["failed", "interrupted"])
def test_a_run_that_broke_off_offers_to_resume(name: str, qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    session.show_run(RUN, read_state(RECORDED / f"{name}.jsonl"))
    drawn(qtbot, page)
    assert page.frame.primary.text() == "Resume"
    with qtbot.waitSignal(page.resume_requested):
        qtbot.mouseClick(page.frame.primary, Qt.MouseButton.LeftButton)


def test_a_finished_run_leads_to_its_results(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    session.show_run(RUN, fold(events("finished")))
    drawn(qtbot, page)
    with qtbot.waitSignal(page.results_requested):
        qtbot.mouseClick(page.frame.primary, Qt.MouseButton.LeftButton)


def test_stop_and_cancel_are_two_buttons_that_say_what_they_do_and_answer_at_once(
    qtbot: QtBot, session: Session, theme: Theme
) -> None:
    page = page_for(qtbot, session, theme)
    session.begin_run(RUN, fold(events("finished")[:100]))
    drawn(qtbot, page)
    assert page.frame.primary.toolTip() == "Finish the step, keep the best model so far and evaluate it."
    assert page.cancel.toolTip() == "End now and discard this run."
    with qtbot.waitSignal(page.stop_requested):
        qtbot.mouseClick(page.frame.primary, Qt.MouseButton.LeftButton)
    assert page.frame.primary.text() == "Stopping…"
    assert not page.frame.primary.isEnabled()
    assert page.panel.texts["state"].startswith("Stopping")
    assert page.cancel.isEnabled()
    with qtbot.waitSignal(page.cancel_requested):
        qtbot.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    assert page.cancel.text() == "Cancelling…"


def test_pause_turns_into_resume_when_the_run_holds(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    session.begin_run(RUN, fold(events("paused")[:-1]))
    drawn(qtbot, page)
    with qtbot.waitSignal(page.pause_requested):
        qtbot.mouseClick(page.frame.secondary, Qt.MouseButton.LeftButton)
    assert page.frame.secondary.text() == "Pausing…"
    session.apply_events([events("paused")[-1]])
    drawn(qtbot, page)
    assert page.frame.secondary.text() == "Resume"
    assert page.panel.texts["state"] == "Paused"
    with qtbot.waitSignal(page.resume_requested):
        qtbot.mouseClick(page.frame.secondary, Qt.MouseButton.LeftButton)


def test_elapsed_and_left_tick_only_while_the_run_is_live(qtbot: QtBot, session: Session, theme: Theme) -> None:
    state = fold(events("finished")[:100])
    now = [state.last_time]
    page = TrainingPage(session, theme, clock=lambda: now[0])
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    session.begin_run(RUN, state)
    drawn(qtbot, page)
    assert page._ticker.isActive()
    before = page.panel.texts
    now[0] += 7
    page._ticker.timeout.emit()
    assert page.panel.texts["elapsed"] == duration(state.seconds + 7)
    assert page.panel.texts["left"] != before["left"]
    session.end_run(interrupted=True)
    drawn(qtbot, page)
    assert not page._ticker.isActive()


def test_the_first_batches_move_the_curve_before_an_epoch_is_done(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    told = events("finished")
    first_steps = told[: 1 + next(place for place, event in enumerate(told) if isinstance(event, StepDone))]
    session.begin_run(RUN, fold(first_steps))
    drawn(qtbot, page)
    step = first_steps[-1]
    assert isinstance(step, StepDone)
    assert page.curves.loss.series["This epoch so far: Loss (nats)"].tolist() == [step.loss]  # type: ignore[union-attr]
    assert page.panel.texts["batch"] == "Batch 4 of 21"


def test_warnings_are_shown_newest_last_and_all_on_request(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    state = fold(events("finished"))
    more = tuple(Warned(job_id="j", code="w", message=f"Warning {number}.") for number in range(5))
    session.show_run(RUN, dataclasses.replace(state, warnings=more))
    drawn(qtbot, page)
    assert page.warnings.texts == tuple(f"Warning {number}." for number in range(5))
    assert page.warnings._more.text() == "Show 2 more"


def test_a_hidden_page_draws_nothing_and_catches_up_when_it_is_shown(
    qtbot: QtBot, session: Session, theme: Theme
) -> None:
    page = TrainingPage(session, theme)
    qtbot.addWidget(page)
    session.begin_run(RUN)
    for event in events("finished")[:60]:
        session.apply_events([event])
    assert page.curves.loss.canvas is None
    assert not page._timer.isActive()
    assert not page._ticker.isActive()
    with qtbot.waitExposed(page):
        page.show()
    drawn(qtbot, page)
    assert page.curves.loss.canvas is not None
    assert page.panel.texts["epoch"].startswith("Epoch")


def long_run(count: int) -> RunState:
    draw = np.random.default_rng(1)
    falling = 0.3 + np.exp(-np.arange(count) / 900) + draw.normal(0, 0.02, count)
    epochs = tuple(
        EpochFinished(
            job_id="j",
            epoch=number + 1,
            epochs=count,
            train={"loss": float(falling[number]), "accuracy": 0.9},
            validation={"loss": float(falling[number] + 0.1), "accuracy": 0.8},
            learning_rate=1e-3,
            seconds=0.5,
            best_epoch=count // 2,
            improved=False,
            epochs_without_improvement=0,
            patience=0,
            selection_metric="loss",
        )
        for number in range(count)
    )
    started = JobStarted(job_id="j", kind="train", folder="f")
    return RunState(status=Status.RUNNING, started=started, phase=Phase.TRAINING, epochs=epochs)


def test_the_star_stands_where_the_loss_once_calibrated_is_lowest(qtbot: QtBot, theme: Theme) -> None:
    """It grows too sure from epoch 5 on, and better at telling the classes apart until epoch 9."""
    curves = LiveCurves(theme)
    qtbot.addWidget(curves)
    with qtbot.waitExposed(curves):
        curves.show()
    state = long_run(12)
    told = tuple(
        dataclasses.replace(
            epoch,
            validation={"loss": 0.5 + abs(epoch.epoch - 5) / 10, "calibrated_loss": 0.4 + abs(epoch.epoch - 9) / 10},
            best_epoch=min(epoch.epoch, 9),
            improved=epoch.epoch <= 9,
            selection_metric="calibrated_loss",
        )
        for epoch in state.epochs
    )
    curves.show_state(dataclasses.replace(state, epochs=told))
    qtbot.waitUntil(lambda: len(lines(curves.loss)) == 3)
    drawn_lines = lines(curves.loss)
    assert drawn_lines["Validation"].y.argmin() == 4
    assert drawn_lines["Validation, once calibrated"].y.argmin() == 8
    assert curves.loss.figure is not None
    star = next(one for one in curves.loss.figure.layers if isinstance(one, Points) and one.marker == "star")
    assert (star.x[0], star.y[0]) == (9.0, pytest.approx(0.4))
    curves.show_state(long_run(12))
    qtbot.waitUntil(lambda: set(lines(curves.loss)) == {"Training", "Validation"})


@pytest.mark.parametrize("metric", list(CHOOSING))
def test_nothing_beside_the_curves_is_cut_off_however_long_its_name(
    metric: str, qtbot: QtBot, session: Session, theme: Theme
) -> None:
    page = page_for(qtbot, session, theme)
    state = long_run(12)
    told = [
        dataclasses.replace(one, validation={**one.validation, metric: 0.5}, selection_metric=metric)
        for one in state.epochs
    ]
    session.show_run(RUN, dataclasses.replace(state, epochs=tuple(told)))
    drawn(qtbot, page)
    assert CHOOSING[metric].title in page.panel.texts["best"]
    assert page.panel.minimumSizeHint().width() <= page.panel.width() <= 300


def test_a_frame_with_ten_thousand_epochs_costs_a_few_milliseconds(qtbot: QtBot, theme: Theme) -> None:
    curves = LiveCurves(theme)
    qtbot.addWidget(curves)
    curves.resize(760, 540)
    with qtbot.waitExposed(curves):
        curves.show()
    state = long_run(10_000)
    curves.choose(Viewing(smoothing=0.9))
    curves.show_state(state)
    qtbot.waitUntil(lambda: not curves._timer.isActive())
    costs = []
    for number in range(12):
        last = state.epochs[-1]
        more = (*state.epochs, dataclasses.replace(last, epoch=last.epoch + 1, epochs=last.epochs + 1))
        state = dataclasses.replace(state, epochs=more)
        curves._state = state
        start = time.perf_counter()
        curves._draw()
        curves.loss.canvas.viewport().repaint()  # type: ignore[union-attr]
        curves.merit.canvas.viewport().repaint()  # type: ignore[union-attr]
        costs.append(time.perf_counter() - start)
        assert len(lines(curves.loss)["Validation"].x) == 10_001 + number
    # The goal is 10 ms on a quiet machine; the limit leaves room for a busy one.
    assert sorted(costs)[len(costs) // 4] < 0.04, costs


def test_a_thousand_events_in_a_burst_are_drawn_at_most_twenty_times_a_second(
    qtbot: QtBot, session: Session, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_for(qtbot, session, theme)
    session.begin_run(RUN)
    frames: list[float] = []
    show = page.curves.show_state
    monkeypatch.setattr(page.curves, "show_state", lambda state: (frames.append(time.perf_counter()), show(state)))
    told = events("finished")
    for event in told[:-1]:
        session.apply_events([event])
        qtbot.wait(1)
    spent = len(told) * 0.001
    drawn(qtbot, page)
    assert frames
    gaps = np.diff(frames)
    assert len(frames) < len(told)
    assert not len(gaps) or gaps.min() > 0.04, (spent, gaps.min())


def test_a_resumed_run_replaces_the_epochs_after_its_checkpoint(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme)
    state = fold(events("interrupted"))
    session.begin_run(RUN, state)
    drawn(qtbot, page)
    assert len(lines(page.curves.loss)["Validation"].x) == 18
    again = next(event for event in events("finished") if isinstance(event, EpochFinished) and event.epoch == 16)
    session.apply_events([JobStarted(job_id="j", kind="train", folder="f", resumed=True)])
    session.apply_events([PhaseChanged(job_id="j", phase=Phase.TRAINING)])
    session.apply_events([dataclasses.replace(again, validation={**again.validation, "loss": 0.123})])
    drawn(qtbot, page)
    qtbot.waitUntil(lambda: len(lines(page.curves.loss)["Validation"].x) == 16)
    assert lines(page.curves.loss)["Validation"].y[-1] == 0.123
