"""Errors for people: what happened, where, what to do.

A fault that the person can mend is a `BioseqError`: a value with a stable code, a sentence, a place and a remedy.
A programming mistake stays an ordinary exception. This module imports nothing of the program.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a problem matters."""

    INFO = "info"
    """Worth knowing; nothing to do."""
    WARNING = "warning"
    """The job runs, but the result may mislead."""
    ERROR = "error"
    """The job cannot run until it is mended."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault found while checking something, so that all of them can be shown at once.

    Attributes:
        code: Stable name of the kind of fault, dotted: `config.unknown_key`.
        message: One sentence: what is wrong.
        where: The place: a configuration path (`training.epochs`), or a file with a line; empty when there is none.
        remedy: One sentence: what to do about it; empty when the message says it all.
        severity: How much it matters.
    """

    code: str
    message: str
    where: str = ""
    remedy: str = ""
    severity: Severity = Severity.ERROR

    def sentence(self) -> str:
        """Place, message and remedy as one line of text."""
        place = f"{self.where}: " if self.where else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.message}{remedy}"


class BioseqError(Exception):
    """Something that the person can mend, said in one sentence, with the remedy.

    Attributes:
        code: Stable dotted name of the kind of fault: `data.empty_file`.
        message: What happened.
        where: File, line, record or configuration path; may be empty.
        remedy: What to do.
        problems: All single faults, when there are several (a configuration with three wrong fields).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        where: str = "",
        remedy: str = "",
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(code, message, where, remedy)
        self.code = code
        self.message = message
        self.where = where
        self.remedy = remedy
        self.problems = problems

    @classmethod
    def from_problem(cls, problem: Problem) -> BioseqError:
        """The error that says what the problem says."""
        return cls(problem.code, problem.message, where=problem.where, remedy=problem.remedy, problems=(problem,))

    def __str__(self) -> str:
        return Problem(self.code, self.message, self.where, self.remedy).sentence()

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.code, self.message, self.where, self.remedy, self.problems)

    def to_dict(self) -> dict[str, Any]:
        """The error as a JSON object: code, message, where, remedy, problems."""
        return {
            "code": self.code,
            "message": self.message,
            "where": self.where,
            "remedy": self.remedy,
            "problems": [asdict(problem) for problem in self.problems],
        }


def _rebuild(code: str, message: str, where: str, remedy: str, problems: tuple[Problem, ...]) -> BioseqError:
    return BioseqError(code, message, where=where, remedy=remedy, problems=problems)
