"""Holding a run against its own record: are inputs, model and results still what they were?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bioseq.config import files as config_files
from bioseq.config.loading import molecule_of, read_options_of, requests_of
from bioseq.errors import BioseqError
from bioseq.runs.digests import file_digest, records_digests
from bioseq.runs.provenance import read_provenance
from bioseq.sequences.reading import read_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.runs.folder import RunFolder
    from bioseq.runs.provenance import Input, Provenance

State = Literal["same", "rewritten", "changed", "missing", "unreadable"]

_WORDS: dict[State, str] = {
    "same": "unchanged",
    "rewritten": "written differently, but the records are the same",
    "changed": "changed",
    "missing": "missing",
    "unreadable": "cannot be read",
}


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one file.

    Attributes:
        kind: "input" for a data file, "result" for a file of the run.
        path: The data file, or the place in the run folder.
        state: How it is now; of an input whose file differs, "rewritten" when its records do not.
    """

    kind: Literal["input", "result"]
    path: str
    state: State

    @property
    def intact(self) -> bool:
        """It says what it said."""
        return self.state in ("same", "rewritten")

    @property
    def sentence(self) -> str:
        """The same in words."""
        return f"{Path(self.path).name if self.kind == 'input' else self.path}: {_WORDS[self.state]}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of a run.

    Attributes:
        checks: One per file.
    """

    checks: tuple[Check, ...]

    @property
    def intact(self) -> bool:
        """Everything says what it said."""
        return all(check.intact for check in self.checks)

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        wrong = [check for check in self.checks if not check.intact]
        if not wrong:
            return f"All {len(self.checks):,} files are what they were when the run ended."
        shown = "; ".join(check.sentence for check in wrong[:5])
        more = f"; and {len(wrong) - 5:,} more" if len(wrong) > 5 else ""
        return f"{len(wrong):,} of {len(self.checks):,} files are not what they were: {shown}{more}."


def verify(run: RunFolder, *, progress: Callable[[int, int], None] | None = None) -> Verification:
    """Fingerprint inputs and results again and compare.

    Args:
        run: A run that came to its end.
        progress: Called with files done and all files; may raise to end the work.

    Raises:
        BioseqError: The run has no record, or one of an older program without fingerprints.
    """
    record = read_provenance(run.provenance)
    if not record.results:
        raise BioseqError(
            "run.no_fingerprints",
            f"This run was recorded by an older program ({record.program}), which left no fingerprints.",
            where=str(run.path),
            remedy="Train again to have them.",
        )
    told = progress or (lambda _done, _total: None)
    total = len(record.inputs) + len(record.results)
    checks: list[Check] = []
    for one in record.inputs:
        told(len(checks), total)
        checks.append(Check("input", one.path, _state(Path(one.path), one.sha256)))
    for name, digest in record.results.items():
        told(len(checks), total)
        checks.append(Check("result", name, _state(run.path / name, digest)))
    told(total, total)
    return Verification(_with_records(run, record, tuple(checks)))


def _state(path: Path, digest: str) -> State:
    try:
        return "same" if file_digest(path) == digest else "changed"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"


def _with_records(run: RunFolder, record: Provenance, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Look into the inputs that changed: were they only written differently?"""
    changed = {check.path for check in checks if check.kind == "input" and check.state == "changed"}
    if not changed or any(check.kind == "input" and not check.intact and check.path not in changed for check in checks):
        return checks
    same = _unchanged_records(run, record.inputs)
    return tuple(Check("input", check.path, "rewritten") if check.path in changed & same else check for check in checks)


def _unchanged_records(run: RunFolder, inputs: tuple[Input, ...]) -> set[str]:
    """Paths of the inputs whose records are those of the record."""
    try:
        data = config_files.load(run.config).data
        reading = read_files(requests_of(data), read_options_of(data), molecule=molecule_of(data))
    except (BioseqError, OSError):
        return set()
    digests = dict(zip((source.path for source in reading.sources), records_digests(reading.dataset), strict=False))
    return {one.path for one in inputs if one.records_sha256 and digests.get(one.path) == one.records_sha256}
