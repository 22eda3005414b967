"""Events and commands as JSON lines: one line, one value. What does not fit is refused with a sentence.

Numbers that JSON lacks (NaN, infinities) travel as null and come back as NaN.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import operator
from typing import TYPE_CHECKING, Annotated, Any

from bioseq.errors import BioseqError
from bioseq.json_values import DamagedError, damage_in, json_value, load_table
from bioseq.protocol import jobs
from bioseq.protocol.events import EVENT_TYPES, Event

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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
        event = event_in(line)
    except DamagedError as error:
        message = f"This line is not an event of a job: {error.reason}."
        raise BioseqError("protocol.bad_event", message, where=line[:200]) from error
    if event is None:
        message = "This line is an event that only newer programs know."
        raise BioseqError("protocol.unknown_event", message, where=line[:200])
    return event


def event_in(line: str) -> Event | None:
    """The event in a line of JSON, as `decode_event` reads it; None for a kind that only newer programs know.

    Raises:
        DamagedError: The line is no event.
    """
    from pydantic import ValidationError

    try:
        return _events().validate_json(line, strict=True)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "union_tag_invalid":
            return None
        raise damage_in(error) from error


@functools.cache
def _events() -> TypeAdapter[Event]:
    """Reads any event; which one it is, stands in it."""
    from pydantic import Discriminator, Tag, TypeAdapter

    kinds = [Annotated[kind, Tag(name)] for name, kind in EVENT_TYPES.items()]
    any_kind: Any = functools.reduce(operator.or_, kinds)
    return TypeAdapter(Annotated[any_kind, Discriminator(_read_kind)])


def _read_kind(fields: Any) -> str | None:
    kind = fields.get("event") if isinstance(fields, dict) else None
    return kind if isinstance(kind, str) else None


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
        fields = load_table(line)
        name = fields.pop("command")
        if name != "run":
            control: jobs.Command = _CONTROLS[name](**fields)
            return control
        kind = _JOBS[fields.pop("kind")]
        if "files" in fields:
            fields["files"] = tuple(jobs.FileRequest(**file) for file in fields["files"])
        for name in ("models", "runs", "columns"):
            if name in fields:
                fields[name] = tuple(fields[name])
        return jobs.Run(kind(**fields))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BioseqError("protocol.bad_command", "This line is not a command.", where=line[:200]) from error
