"""What a training job leaves besides its results: the record of where they come from, figures, the report.

Never imports torch.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.durable import write_bytes, write_json
from bioseq.protocol.events import ArtefactWritten
from bioseq.report.card import card_markdown
from bioseq.report.figure_files import write_sheets
from bioseq.report.figures import sheets_of
from bioseq.report.html import to_html
from bioseq.report.material import Judgement, Material, read_material
from bioseq.report.sections import run_report
from bioseq.runs.digests import file_digest, records_digests
from bioseq.runs.history import RunState
from bioseq.runs.provenance import Provenance, provenance, with_results
from bioseq.sequences.dataset import Split

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.evaluation.results import Evaluation
    from bioseq.jobs.learnt import Learnt
    from bioseq.protocol.events import EpochFinished, Event, Warned
    from bioseq.runs.bundle import BundleContents
    from bioseq.runs.folder import RunFolder


_NAMES_KEPT = 100
"""Names of columns or worksheets that are written of a file."""


def data_record(loaded: LoadedData, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """The content of `data.json`: input files with their fingerprints, and counts.

    Args:
        loaded: The data, read.
        progress: Called with files done and all files; may raise to end the work.
    """
    sources = loaded.reading.sources
    digests = records_digests(loaded.reading.dataset)
    files = []
    for number, (source, records_digest) in enumerate(zip(sources, digests, strict=True)):
        progress(number, len(sources))
        files.append({
            "path": source.path,
            "sha256": file_digest(Path(source.path)),
            "records_sha256": records_digest,
            "bytes": source.bytes,
            "format": source.format,
            "records": source.records,
            "residues": source.residues,
            "labels_from": source.label_source,
            "taken": {choice.role: choice.taken for choice in source.choices},
            "not_taken": {
                choice.role: [name for name in choice.options if name != choice.taken][:_NAMES_KEPT]
                for choice in source.choices
                if choice.role in ("sheet", "sequence")
            },
            "findings": [
                {"code": finding.code, "severity": finding.severity.value, "message": finding.message}
                for finding in source.findings
            ],
        })  # fmt: skip
    return {
        "format": 1,
        "files": files,
        "molecule": loaded.molecule.value,
        "records_read": len(loaded.reading.dataset),
        "records_used": len(loaded.dataset),
        "labels": loaded.dataset.label_names,
        "classes_per_split": loaded.profile.class_counts,
        "splits_named": {
            split.name.lower(): bool((loaded.reading.dataset.splits == split).any())
            for split in (Split.TEST, Split.VALIDATION)
        },
        "label_sheet": loaded.reading.label_sheet,
        "cleaning": [
            {"code": finding.code, "count": finding.count, "message": finding.message}
            for finding in loaded.cleaned_findings
        ],
        "drawn": loaded.drawn,
        "drawn_at_random": [split.name.lower() for split in loaded.torn],
        "lengths": _lengths(loaded),
    }


def _lengths(loaded: LoadedData) -> dict[str, float]:
    """Lengths of the records before any was shortened, letters."""
    shortest, median, longest = np.quantile(loaded.cleaned.lengths, (0.0, 0.5, 1.0))
    return {"shortest": int(shortest), "median": float(median), "longest": int(longest)}


def record_of(
    config: Configuration, data: dict[str, Any], trained: Learnt, *, started: float, warnings: Sequence[str]
) -> Provenance:
    """The record of a run whose model is trained and judged; `leave_record` completes it."""
    return provenance(
        config,
        started=started,
        device=trained.device,
        threads=trained.threads,
        warnings=warnings,
        data=data,
        precision=trained.precision,
        seconds=trained.seconds,
        deterministic=trained.repeatable,
        operations=trained.unrepeatable,
    )


def with_card(
    contents: BundleContents,
    record: Provenance,
    data: dict[str, Any],
    evaluations: Iterable[Evaluation],
    *,
    epochs: Sequence[EpochFinished],
    warnings: Sequence[Warned],
) -> BundleContents:
    """The bundle with its model card."""
    material = Material(
        name=contents.name,
        config=contents.config,
        model=contents,
        data=data,
        facts=record.model_dump(mode="json"),
        judged={evaluation.split: Judgement(evaluation) for evaluation in evaluations},
        state=RunState(epochs=tuple(epochs), warnings=tuple(warnings)),
    )
    inputs = {PurePath(one.path).name: one.records_sha256 for one in record.inputs}
    return replace(contents, card=card_markdown(material), inputs=inputs)


def leave_record(run: RunFolder, record: Provenance) -> Generator[Event, None, None]:
    """Write the record, with the time and with the fingerprints of what lies in the folder by now."""
    ended = datetime.now(UTC)
    started = datetime.fromisoformat(record.started)
    completed = record.model_copy(
        update={
            "ended": ended.isoformat(timespec="seconds"),
            "wall_seconds": round(max(0.0, (ended - started).total_seconds()), 3),
        }
    )
    write_json(run.provenance, with_results(completed, run).model_dump(mode="json"))
    yield ArtefactWritten(job_id="", kind="provenance", path=run.provenance.name, title="Versions and machine")


def leave_report(run: RunFolder) -> Generator[Event, None, None]:
    """Draw the figures, as SVG and CSV, and write the report."""
    material = read_material(run.path)
    drawings: dict[str, bytes] = {}
    for sheet, contents in write_sheets(run.figures, sheets_of(material), kinds=("svg",)):
        drawings[sheet.name] = contents["svg"]
        yield ArtefactWritten(job_id="", kind="figure", path=f"{run.figures.name}/{sheet.name}.svg", title=sheet.title)
    write_bytes(run.report, to_html(run_report(material), drawings=drawings).encode("utf-8", "replace"))
    yield ArtefactWritten(job_id="", kind="report", path=run.report.name, title="Report")
