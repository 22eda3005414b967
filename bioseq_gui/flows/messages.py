"""Something to say to the person, as a value that flows send and the window shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.errors import BioseqError


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        text: One or two sentences.
        severity: "info", "success", "warning" or "error".
        remedy: Text of the button that mends it.
        mend: What that button does.
        details: Longer text behind "Details".
    """

    text: str
    severity: str = "info"
    remedy: str = ""
    mend: Callable[[], object] | None = None
    details: str = ""


def of_error(error: BioseqError) -> Message:
    """The message that says an error."""
    details = "\n".join(problem.sentence() for problem in error.problems) if len(error.problems) > 1 else ""
    return Message(str(error), "error", details=details)
