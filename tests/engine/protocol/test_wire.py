"""Events and commands survive the wire, whatever they hold; what is no event is refused with a sentence."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.protocol import events, jobs
from bioseq.protocol.control import Control
from bioseq.protocol.wire import decode_command, decode_event, encode_command, encode_event

text = st.text(max_size=30)
numbers = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(0, 10**9)
stamp = {"job_id": text, "sequence": whole, "time": numbers}
metrics = st.dictionaries(text, numbers, max_size=4)

any_event = st.one_of(
    st.builds(events.JobStarted, kind=text, folder=text, details=st.dictionaries(text, text, max_size=3), **stamp),
    st.builds(events.PhaseChanged, phase=st.sampled_from(events.Phase), title=text, **stamp),
    st.builds(events.Progressed, done=whole, total=whole, unit=text, seconds_left=st.none() | numbers, **stamp),
    st.builds(events.StepDone, epoch=whole, epochs=whole, step=whole, steps=whole, loss=numbers, **stamp),
    st.builds(
        events.EpochFinished,
        epoch=whole,
        epochs=whole,
        train=metrics,
        validation=metrics,
        learning_rate=numbers,
        seconds=numbers,
        best_epoch=whole,
        improved=st.booleans(),
        epochs_without_improvement=whole,
        patience=whole,
        selection_metric=text,
        **stamp,
    ),
    st.builds(events.ArtefactWritten, kind=text, path=text, title=text, **stamp),
    st.builds(events.Warned, code=text, message=text, remedy=text, where=text, **stamp),
    st.builds(events.LogEmitted, level=text, message=text, **stamp),
    st.builds(events.JobFinished, reason=text, summary=st.dictionaries(text, numbers, max_size=3), **stamp),
    st.builds(events.JobStopped, cancelled=st.booleans(), resumable=st.booleans(), **stamp),
    st.builds(events.JobFailed, code=text, message=text, where=text, remedy=text, details=text, **stamp),
)


@given(any_event)
def test_an_event_comes_back_as_it_went_in_one_line(event: events.Event) -> None:
    line = encode_event(event)
    assert "\n" not in line
    assert decode_event(line) == event


def test_numbers_that_json_lacks_come_back_as_nan() -> None:
    event = events.StepDone(job_id="a", epoch=1, epochs=1, step=1, steps=1, loss=math.inf)
    decoded = decode_event(encode_event(event))
    assert isinstance(decoded, events.StepDone)
    assert math.isnan(decoded.loss)


def test_fields_of_a_newer_version_are_passed_over() -> None:
    line = encode_event(events.LogEmitted(job_id="a", level="info", message="b"))
    assert decode_event(line[:-1] + ',"later":1}') == decode_event(line)


@given(st.text(max_size=60))
def test_any_other_line_is_refused_with_a_sentence(line: str) -> None:
    for decode in (decode_event, decode_command):
        with pytest.raises(BioseqError):
            decode(line)


any_file = st.builds(jobs.FileRequest, path=text, role=st.sampled_from(["auto", "train", "predict"]), label=text)
any_command = st.one_of(
    st.builds(jobs.Run, st.builds(jobs.TrainJob, job_id=text, run_folder=text, resume=st.booleans())),
    st.builds(
        jobs.Run,
        st.builds(
            jobs.PredictJob, job_id=text, model=text, files=st.lists(any_file, max_size=3).map(tuple), output=text
        ),
    ),
    st.builds(jobs.Run, st.builds(jobs.ControlJob, job_id=text, run_folder=text, shuffles=st.integers(1, 99))),
    st.builds(jobs.Run, st.builds(jobs.ExportJob, job_id=text, table=text, destination=text, rows=text)),
    st.builds(jobs.Stop, text),
    st.builds(jobs.Cancel, text),
    st.builds(jobs.Pause, text),
    st.builds(jobs.Resume, text),
)


@given(any_command)
def test_a_command_comes_back_as_it_went(command: jobs.Command) -> None:
    assert decode_command(encode_command(command)) == command


def test_stop_and_cancel_end_a_pause() -> None:
    for end in (Control.stop, Control.cancel, Control.resume):
        control = Control()
        control.pause()
        assert control.pause_requested
        end(control)
        control.wait_while_paused()
        assert not control.pause_requested
