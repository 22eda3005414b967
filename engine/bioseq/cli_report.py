"""Commands that look back at finished runs: `bioseq report | verify | reproduce`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from bioseq.protocol.events import Ending, JobFinished

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration
    from bioseq.protocol.jobs import Job
    from bioseq.report.reproduction import Reproduction
    from bioseq.runs.folder import RunFolder

DIFFERENT = 2
"""Exit status of a check that found something else than it should."""

Runs = Annotated[list[Path], typer.Argument(help="Folders of runs; several are compared.")]
AsJson = Annotated[bool, typer.Option("--json", help="Results and errors as JSON on standard output.")]


class Desk(Protocol):
    """What the command line lends to these commands."""

    def run_job(self, job: Job, *, as_json: bool) -> Ending:
        """Run a job in this process."""

    def status(self, ending: Ending, *, as_json: bool, told: bool = True) -> int:
        """The exit status that an ending means; `told`: its events were written as JSON already."""

    def job_id(self) -> str:
        """A name for a job."""

    def say(self, text: str) -> None:
        """A line on standard output."""

    def say_json(self, value: Any) -> None:
        """A value as JSON on standard output."""

    def new_run(self, config: Configuration, output: Path | None) -> RunFolder:
        """The folder of a new run."""


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

    @app.command("verify")
    def verify_command(
        run: Annotated[Path, typer.Argument(help="Folder of a run.")],
        as_json: AsJson = False,
    ) -> int:
        """Compare inputs, model and results of a run with its record; exit status 2 when they differ."""
        from bioseq.protocol.jobs import VerifyJob

        ending = desk.run_job(VerifyJob(desk.job_id(), str(run)), as_json=False)
        if not isinstance(ending, JobFinished):
            return desk.status(ending, as_json=as_json, told=False)
        if as_json:
            desk.say_json(ending.summary)
        else:
            for check in ending.summary["checks"]:
                desk.say(str(check["sentence"]))
            desk.say(str(ending.summary["sentence"]))
        return 0 if ending.summary["intact"] else DIFFERENT

    @app.command("reproduce")
    def reproduce_command(
        original: Annotated[Path, typer.Argument(help="A run folder or a file model.bioseq.")],
        data: Annotated[list[Path] | None, typer.Option("--data", help="Where its data files are now.")] = None,
        output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder of the new run.")] = None,
        as_json: AsJson = False,
    ) -> int:
        """Train again with the same settings and say whether all figures are identical; exit status 2 when not."""
        from bioseq.protocol.jobs import TrainJob
        from bioseq.report.reproduction import compare, configuration_of

        run = desk.new_run(configuration_of(original, data or ()), output)
        ending = desk.run_job(TrainJob(desk.job_id(), str(run.path)), as_json=False)
        if not isinstance(ending, JobFinished):
            return desk.status(ending, as_json=as_json, told=False)
        found = compare(original, run)
        if as_json:
            desk.say_json(_fields(found, run))
        else:
            desk.say(found.sentence)
            desk.say(str(run.path))
        return 0 if found.identical and found.same_data is not False else DIFFERENT


def _fields(found: Reproduction, run: RunFolder) -> dict[str, Any]:
    return {**asdict(found), "identical": found.identical, "sentence": found.sentence, "run": str(run.path)}
