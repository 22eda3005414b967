"""Commands that tell of finished runs: `bioseq report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from bioseq.protocol.events import Ending, JobFinished

if TYPE_CHECKING:
    from bioseq.protocol.jobs import Job

Runs = Annotated[list[Path], typer.Argument(help="Folders of runs; several are compared.")]
AsJson = Annotated[bool, typer.Option("--json", help="Results and errors as JSON on standard output.")]


class Desk(Protocol):
    """What the command line lends to these commands."""

    def run_job(self, job: Job, *, as_json: bool) -> Ending:
        """Run a job in this process."""

    def status(self, ending: Ending, *, as_json: bool) -> int:
        """The exit status that an ending means."""

    def job_id(self) -> str:
        """A name for a job."""

    def say(self, text: str) -> None:
        """A line on standard output."""


def add_commands(app: typer.Typer, desk: Desk) -> None:
    """Add the commands of this module to the command line."""

    @app.command("report")
    def report_command(
        runs: Runs,
        output: Annotated[
            Path, typer.Option("-o", "--output", help="html or pdf: the report; md or json: the model card.")
        ],
        figures: Annotated[
            Path | None, typer.Option("--figures", help="Folder for figures as SVG, PDF, PNG, with their data as CSV.")
        ] = None,
        width: Annotated[int, typer.Option("--width", help="Width of those figures, mm: 85, 114 or 174.")] = 85,
        as_json: AsJson = False,
    ) -> int:
        """Write the report of a run, or of several with a comparison: one file that needs nothing else."""
        from bioseq.protocol.jobs import ReportJob

        job = ReportJob(
            desk.job_id(),
            tuple(str(run) for run in runs),
            str(output),
            figures=str(figures) if figures else "",
            width_mm=width,
        )
        ending = desk.run_job(job, as_json=as_json)
        if isinstance(ending, JobFinished) and not as_json:
            desk.say(str(output))
        return desk.status(ending, as_json=as_json)
