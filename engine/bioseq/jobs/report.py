"""Write the report of one run, or of several, and their figures for papers. Never imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.jobs.progress import relayed
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, JobStarted, Phase, PhaseChanged, Warned
from bioseq.report.figures import sheets_of
from bioseq.report.material import read_material
from bioseq.report.write import check_format, letters_of, write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import ReportJob
    from bioseq.report.material import Material

_DPIS = (300, 600)


def run(job: ReportJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; the report appears when it is complete."""
    destination = Path(job.destination)
    check_format(destination)
    yield JobStarted(job_id="", kind="report", folder=str(destination.parent))
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the runs")
    materials = yield from relayed(lambda progress: _read(job, progress), control, unit="runs")
    missing = ""
    if job.figures or destination.suffix.lower() == ".pdf":
        missing = yield from _warn(materials)
    if job.figures:
        yield PhaseChanged(job_id="", phase=Phase.WRITING, title="Drawing figures")
        yield from relayed(lambda progress: _draw(job, materials, progress), control, unit="figures")
        yield ArtefactWritten(job_id="", kind="figure", path=job.figures, title="Figures with their source data")
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title=f"Writing {destination.name}")
    yield from relayed(lambda _: write_report(destination, materials), control, unit="")
    yield ArtefactWritten(job_id="", kind="report", path=destination.name, title="Report")
    summary = {"runs": len(materials), "missing_letters": missing}
    yield JobFinished(job_id="", reason="report written", summary=summary)


def _read(job: ReportJob, progress: Callable[[int, int], None]) -> list[Material]:
    found = []
    for number, path in enumerate(job.runs):
        progress(number, len(job.runs))
        found.append(read_material(Path(path)))
    return found


def _warn(materials: list[Material]) -> Generator[Event, None, str]:
    """Say which letters cannot be drawn; gives the sentences, empty where all can."""
    message, remedy = letters_of(materials).warning
    if message:
        yield Warned(job_id="", code="report.missing_letters", message=message, remedy=remedy)
    return f"{message} {remedy}".strip()


def _draw(job: ReportJob, materials: list[Material], progress: Callable[[int, int], None]) -> None:
    """The figures of one run go into the folder itself, those of several into one folder each."""
    from bioseq.report.figure_files import write_sheets

    for number, material in enumerate(materials, start=1):
        folder = Path(job.figures) if len(materials) == 1 else Path(job.figures) / f"run-{number}"
        drawings = list(sheets_of(material))
        for drawn, _ in enumerate(write_sheets(folder, drawings, width_mm=job.width_mm, dpis=_DPIS)):
            progress(drawn + 1, len(drawings))
