"""What `inspection.json` holds of what was found in files, read again with every value checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from bioseq.config.autofill import Reason
from bioseq.config.evidence import Evidence
from bioseq.json_values import DamagedError, Finite, decode
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.files import Role
from bioseq.sequences.findings import Finding
from bioseq.sequences.profile import DataProfile
from bioseq.sequences.reading import SourceReport

if TYPE_CHECKING:
    from pathlib import Path


class InspectionFile(BaseModel):
    """The values of the file; see `bioseq.config.inspection.Inspection` for what they mean.

    Attributes:
        format: Version of the file.
        sources: One report per file.
        findings: What is odd or wrong.
        profile: Of all records.
        config: The settings that were filled in, as TOML.
        reasons: Why they are so.
        molecule: What the records are made of.
        molecule_confidence: Share of letters that agree with it, [0, 1].
        preview: How a split that is shown was drawn; empty where there is none.
        evidence: What tells the classes apart; None where nobody looked.
    """

    format: int
    sources: tuple[SourceReport, ...]
    findings: tuple[Finding, ...]
    profile: DataProfile
    config: str
    reasons: tuple[Reason, ...]
    molecule: Molecule
    molecule_confidence: Finite
    preview: str = ""
    evidence: Evidence | None = None


# `SourceReport` names the roles of files for type checkers alone.
InspectionFile.model_rebuild(force=True, _types_namespace={**globals(), "Role": Role})


def read_inspection_file(path: Path, *, written_as: int) -> InspectionFile:
    """Read the file.

    Args:
        path: The file.
        written_as: The version that this program writes; no other is read.

    Raises:
        OSError: It is not there.
        DamagedError: It holds something else.
    """
    found = decode(InspectionFile, path.read_bytes())
    if found.format != written_as:
        raise DamagedError("it was written by another version")
    return found
