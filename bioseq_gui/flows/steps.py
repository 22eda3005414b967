"""How each step of the rail stands, from what the session holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from bioseq.errors import Severity
from bioseq.protocol.events import Phase
from bioseq.runs.history import Status
from bioseq_gui.widgets.rail import StepState
from bioseq_gui.widgets.text import number

if TYPE_CHECKING:
    from bioseq.runs.history import RunState
    from bioseq_gui.session import Session


def _tr(text: str) -> str:
    return QCoreApplication.translate("Steps", text)


def step_states(
    session: Session, *, reading: bool, predicting: bool, study_share: float | None = None
) -> dict[str, StepState]:
    """Name of each step to how it stands.

    Args:
        session: What is open.
        reading: Files are being read.
        predicting: A prediction is under way.
        study_share: How far the study under way is, [0, 1]; None while that is not known.
    """
    return {
        "data": _data(session, reading=reading, error=session.data_error),
        "model": _model(session),
        "training": _training(session),
        "results": _results(session),
        "compare": _compare(session, study_share),
        "prediction": _prediction(session, predicting=predicting),
        "runs": StepState(),
    }


def _data(session: Session, *, reading: bool, error: str) -> StepState:
    count = len(session.files)
    text = _tr("1 file") if count == 1 else _tr("{0} files").format(count)
    if not count:
        return StepState("ready", "", _tr("Drop files anywhere on the window"))
    if error:
        return StepState("wrong", text, error)
    if reading or session.inspection is None:
        return StepState("busy", _tr("reading"), _tr("The files are being read."))
    return StepState("done", text)


def _model(session: Session) -> StepState:
    if session.inspection is None:
        return StepState("unavailable", "", _tr("First give sequences on the Data page"))
    grave = [problem for problem in session.problems if problem.severity is Severity.ERROR]
    if grave:
        text = _tr("1 problem") if len(grave) == 1 else _tr("{0} problems").format(len(grave))
        return StepState("wrong", text, grave[0].sentence())
    return StepState("done", _tr("ready"))


def _training(session: Session) -> StepState:
    state = session.run_state
    if session.live:
        if state.phase is Phase.PAUSED:
            return StepState("busy", _tr("paused"))
        share = training_share(state)
        return StepState("busy", f"{share:.0%}" if share is not None else _tr("starting"))
    if session.run_folder is None:
        missing = session.inspection is None
        why = _tr("First give sequences on the Data page") if missing else _tr("Start the training on the Model page")
        return StepState("unavailable", "", why)
    words: dict[Status, StepState] = {
        Status.FINISHED: StepState("done", _tr("done")),
        Status.STOPPED: StepState("done", _tr("stopped")),
        Status.CANCELLED: StepState("ready", _tr("cancelled")),
    }
    return words.get(state.status, StepState("wrong", _tr("failed"), _tr("The last training did not end well")))


def _results(session: Session) -> StepState:
    if session.opened_run is None:
        return StepState("unavailable", "", _tr("Train a model, or open a run"))
    return StepState("done", _tr("shown"))


def _compare(session: Session, share: float | None) -> StepState:
    if session.studying:
        return StepState("busy", f"{share:.0%}" if share is not None else _tr("starting"))
    return StepState()


def _prediction(session: Session, *, predicting: bool) -> StepState:
    if predicting:
        return StepState("busy", _tr("predicting"))
    if session.prediction_table is not None:
        return StepState("done", _tr("{0} rows").format(number(len(session.prediction_table))))
    if session.model_path is None:
        return StepState("unavailable", "", _tr("Train a model, or drop one (a .bioseq file or a run folder)"))
    return StepState("ready", _tr("has a model"), _tr("A model is chosen: give it sequences"))


def training_share(state: RunState) -> float | None:
    """How far a training is, [0, 1]; None before its first step."""
    return state.share if state.step is not None else None
