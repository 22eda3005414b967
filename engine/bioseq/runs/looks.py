"""How often the test records of a run were evaluated: each time makes the figures on them worth a little less."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bioseq.durable import write_json

if TYPE_CHECKING:
    from bioseq.runs.folder import RunFolder

_FORMAT = 1


def looks_at_test(run: RunFolder) -> int:
    """How often the test records of a finished run were evaluated; training itself does it once."""
    try:
        looks = json.loads(run.looks.read_text(encoding="utf-8"))["looks"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 1
    return looks if type(looks) is int and looks >= 1 else 1


def count_look_at_test(run: RunFolder) -> int:
    """Note that the test records of a run are evaluated once more.

    Returns:
        How often they were evaluated before.

    Raises:
        OSError: The run folder cannot be written.
    """
    before = looks_at_test(run)
    write_json(run.looks, {"format": _FORMAT, "looks": before + 1})
    return before
