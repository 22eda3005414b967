"""Events and commands as JSON lines: one line, one value. What does not fit is refused with a sentence.

Numbers that JSON lacks (NaN, infinities) travel as null and come back as NaN.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from bioseq.errors import BioseqError
from bioseq.json_values import json_value, numbers
from bioseq.protocol import jobs
from bioseq.protocol.events import EVENT_TYPES, Event, Phase

_JOBS: dict[str, type[Any]] = {
    "inspect": jobs.InspectJob,
    "train": jobs.TrainJob,
    "study": jobs.StudyJob,
    "predict": jobs.PredictJob,
    "evaluate": jobs.EvaluateJob,
    "export": jobs.ExportJob,
    "measure": jobs.MeasureJob,
    "download": jobs.DownloadJob,
    "report": jobs.ReportJob,
    "verify": jobs.VerifyJob,
    "control": jobs.ControlJob,
    "similarity": jobs.SimilarityJob,
}
_CONTROLS: dict[str, type[Any]] = {
    "stop": jobs.Stop,
    "cancel": jobs.Cancel,
    "pause": jobs.Pause,
    "resume": jobs.Resume,
}
_METRIC_FIELDS = ("train", "validation", "metrics")
_LIST_FIELDS = {"problems", "rows"}


def encode_event(event: Event) -> str:
    """One event as a line of JSON, without the line break."""
    return json.dumps(
        {"event": type(event).__name__, **json_value(dataclasses.asdict(event))},
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )


def decode_event(line: str) -> Event:
    """The event in a line of JSON; fields of newer versions are passed over.

    Raises:
        BioseqError: The line is no event.
    """
    try:
        fields = json.loads(line)
        kind = EVENT_TYPES[fields.pop("event")]
        known = {field.name for field in dataclasses.fields(kind)}
        values = {name: value for name, value in fields.items() if name in known}
        for name in _METRIC_FIELDS:
            if isinstance(values.get(name), dict):
                values[name] = numbers(values[name])
        if "loss" in values and values["loss"] is None:
            values["loss"] = math.nan
        if "phase" in values:
            values["phase"] = Phase(values["phase"])
        for name in _LIST_FIELDS & values.keys():
            values[name] = tuple(values[name])
        return kind(**values)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BioseqError("protocol.bad_event", "This line is not an event of a job.", where=line[:200]) from error


def encode_command(command: jobs.Command) -> str:
    """One command as a line of JSON, without the line break."""
    match command:
        case jobs.Run(job):
            kind = next(name for name, type_ in _JOBS.items() if isinstance(job, type_))
            fields = {"command": "run", "kind": kind, **dataclasses.asdict(job)}
        case _:
            kind = next(name for name, type_ in _CONTROLS.items() if isinstance(command, type_))
            fields = {"command": kind, "job_id": command.job_id}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def decode_command(line: str) -> jobs.Command:
    """The command in a line of JSON.

    Raises:
        BioseqError: The line is no command.
    """
    try:
        fields = json.loads(line)
        name = fields.pop("command")
        if name != "run":
            control: jobs.Command = _CONTROLS[name](**fields)
            return control
        kind = _JOBS[fields.pop("kind")]
        if "files" in fields:
            fields["files"] = tuple(jobs.FileRequest(**file) for file in fields["files"])
        for name in ("models", "runs"):
            if name in fields:
                fields[name] = tuple(fields[name])
        return jobs.Run(kind(**fields))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BioseqError("protocol.bad_command", "This line is not a command.", where=line[:200]) from error
