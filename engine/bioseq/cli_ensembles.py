"""The command that makes one model of several: `bioseq ensemble`."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

Runs = Annotated[list[Path], typer.Argument(help="Folders of finished runs, two or more.")]
AsJson = Annotated[bool, typer.Option("--json", help="Results and errors as JSON on standard output.")]


class Desk(Protocol):
    """What the command line lends to this command."""

    def say(self, text: str) -> None:
        """A line on standard output."""

    def say_json(self, value: Any) -> None:
        """A value as JSON on standard output."""


def add_commands(app: typer.Typer, desk: Desk) -> None:
    """Add the command of this module to the command line."""

    @app.command("ensemble")
    def ensemble_command(
        runs: Runs,
        output: Annotated[
            Path, typer.Option("-o", "--output", help="A file *.bioseq for the model, or a new run folder.")
        ],
        weighted: Annotated[
            bool, typer.Option("--weighted", help="Weigh the runs by the validation records, not all the same.")
        ] = False,
        geometric: Annotated[
            bool,
            typer.Option(
                "--geometric", help="The geometric mean, weighed by the validation records: who is sure counts."
            ),
        ] = False,
        name: Annotated[str, typer.Option("--name", help="Name of the new model.")] = "",
        as_json: AsJson = False,
    ) -> int:
        """Make one model of finished runs: the mean of what they say, judged by their common test records."""
        from bioseq.catalogue.ensemble import GEOMETRIC, PLAIN, WEIGHTED
        from bioseq.prediction.combining import combine_runs
        from bioseq.runs.folder import RunFolder

        made = combine_runs(
            [RunFolder(run) for run in runs],
            output,
            combine=GEOMETRIC if geometric else WEIGHTED if weighted else PLAIN,
            name=name,
        )
        main = next(iter(made.evaluations.values()))
        if as_json:
            figures = {split: asdict(evaluation) for split, evaluation in made.evaluations.items()}
            desk.say_json({"path": str(output), "shares": made.shares, "evaluations": figures})
            return 0
        for part, share in zip(main.members, made.shares, strict=True):
            desk.say(f"{part.title}: share {share:.3f}, {_figures(part.metrics)}")
        desk.say(f"Together, on {main.records:,} {main.split} records: {_figures(main.model.metrics)}")
        desk.say(str(output))
        return 0


def _figures(metrics: dict[str, float]) -> str:
    shown = ("accuracy", "mcc", "roc_auc", "pr_auc", "loss")
    return ", ".join(f"{name} {metrics[name]:.4f}" for name in shown if math.isfinite(metrics.get(name, math.nan)))
