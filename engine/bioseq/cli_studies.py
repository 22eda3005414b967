"""Commands that train many times: `bioseq compare | search | best`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from bioseq.errors import BioseqError
from bioseq.json_values import numbers
from bioseq.protocol.events import Ending, JobFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.schema import Configuration
    from bioseq.protocol.jobs import Job
    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.plan import Plan

Config = Annotated[Path, typer.Argument(help="A configuration; with --resume the folder of a study.")]
Inputs = Annotated[list[Path], typer.Argument(help="A configuration, or data files; with --resume a study's folder.")]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="An option, as training.epochs=5.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Folder of the study.")]
GoOn = Annotated[bool, typer.Option("--resume", help="Go on with a study that was stopped or interrupted.")]
Workers = Annotated[int, typer.Option("--workers", help="Trainings at the same time; 0 chooses by the cores.")]
Models = Annotated[str, typer.Option("--models", help="Names from `bioseq models`, separated by commas.")]
AsJson = Annotated[bool, typer.Option("--json", help="Results and errors as JSON on standard output.")]

_NO_CHANGE = {"config", "files", "--output", "--resume", "--json"}
"""What may be said when a study goes on: where it lies and how its results are told."""
_SHOWN = ("accuracy", "mcc", "roc_auc", "pr_auc")


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

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows as a table."""

    def base(self, paths: Sequence[Path], overrides: list[str] | None) -> Configuration:
        """The configuration in a file, or one that suits data files, with options changed."""

    def show_figures(self, run: Path) -> None:
        """The figures of a run as a table."""


def add_commands(app: typer.Typer, desk: Desk) -> None:
    """Add the commands of this module to the command line."""

    @app.command("compare")
    def compare_command(
        context: typer.Context,
        config: Config,
        models: Models = "",
        seeds: Annotated[int, typer.Option("--seeds", help="Trainings of each with different seeds.")] = 1,
        folds: Annotated[int, typer.Option("--folds", help="Parts for cross-validation; 0 for none.")] = 0,
        repeats: Annotated[int, typer.Option("--repeats", help="How often the folds are drawn anew.")] = 1,
        vary: Annotated[
            list[str] | None,
            typer.Option("--vary", help="An option and its values, as training.learning_rate=0.001,0.0003."),
        ] = None,
        overrides: Overrides = None,
        output: Output = None,
        workers: Workers = 0,
        resume: GoOn = False,
        as_json: AsJson = False,
    ) -> int:
        """Train several models or settings on the same records and compare them. The last line is the study folder."""
        from bioseq.studies.plan import Plan

        plan = Plan("compare", split_names(models), tuple(vary or ()), seeds, folds, repeats, workers=workers)
        study = _study(context, desk, [config], plan, overrides, output, resume=resume)
        ending = _carried_out(desk, study, as_json=as_json)
        if not as_json and not isinstance(ending, JobFailed):
            show_comparison(desk, study)
            desk.say(str(study.path))
        return desk.status(ending, as_json=as_json)

    @app.command("search")
    def search_command(
        context: typer.Context,
        config: Config,
        models: Models = "",
        minutes: Annotated[float, typer.Option("--minutes", help="Time for all, by the clock; 0 sets none.")] = 0.0,
        trials: Annotated[int, typer.Option("--trials", help="Trials of each search at most; 0 sets none.")] = 0,
        folds: Annotated[int, typer.Option("--folds", help="Folds kept out in turn (nested); 0 is quick.")] = 0,
        overrides: Overrides = None,
        output: Output = None,
        workers: Workers = 0,
        resume: GoOn = False,
        as_json: AsJson = False,
    ) -> int:
        """Search for the best settings of models. The last line is the folder of the winner's run."""
        from bioseq.studies.plan import Plan
        from bioseq.studies.trials import check_installed

        check_installed()
        plan = Plan("search", split_names(models), folds=folds, minutes=minutes, trials=trials, workers=workers)
        study = _study(context, desk, [config], plan, overrides, output, resume=resume)
        ending = _carried_out(desk, study, as_json=as_json)
        if not as_json and not isinstance(ending, JobFailed):
            show_search(desk, study)
            desk.say(str(study.result if study.result.exists() else study.path))
        return desk.status(ending, as_json=as_json)

    @app.command("best")
    def best_command(
        context: typer.Context,
        files: Inputs,
        minutes: Annotated[float, typer.Option("--minutes", help="Time for all, by the clock.")] = 10.0,
        models: Annotated[str, typer.Option("--models", help="Names to choose among; empty chooses.")] = "",
        encoder: Annotated[
            Path | None, typer.Option("--encoder", help="Folder of a pretrained model to try beside them.")
        ] = None,
        overrides: Overrides = None,
        output: Output = None,
        workers: Workers = 0,
        resume: GoOn = False,
        as_json: AsJson = False,
    ) -> int:
        """Find the best model for the data in a given time. The last line is the folder of the resulting run."""
        from bioseq.studies.plan import Plan

        folder = str(encoder.expanduser().absolute()) if encoder is not None else ""
        plan = Plan("best", split_names(models), minutes=minutes, workers=workers, encoder=folder)
        study = _study(context, desk, files, plan, overrides, output, resume=resume)
        ending = _carried_out(desk, study, as_json=as_json)
        if not as_json and not isinstance(ending, JobFailed):
            show_choice(desk, study)
            desk.say(str(study.result if study.result.exists() else study.path))
        return desk.status(ending, as_json=as_json)


def split_names(text: str) -> tuple[str, ...]:
    """The names in "a, b,c"."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def show_comparison(desk: Desk, study: StudyFolder) -> None:
    """The table of a comparison, what orders it, and what the tests say of the first two."""
    from bioseq.studies.comparison_file import read_comparison

    found = read_comparison(study)
    if not found:
        return
    rows = found["rows"]
    names = [name for name in _SHOWN if any(row["figures"].get(name, {}).get("mean") is not None for row in rows)]
    records = max((row["records"] for row in rows), default=0)
    metric, split = found["metric"], found["split"]
    beside = found.get("order", split) != split
    header = (f"{records:,} {split} records", *([f"{metric} on validation"] if beside else []), *names)
    desk.table((*header, "seconds", "weights", "note"), [_cells(row, names, metric if beside else "") for row in rows])
    if beside and len(rows) > 1:
        desk.say(f"Ordered by {metric} on validation records; the {split} records judge and choose nothing.")
    for pair in found["pairs"][:1]:
        desk.say(_sentence(pair, {row["name"]: row["title"] for row in rows}, found["metric"], len(found["pairs"])))


def _cells(row: dict[str, Any], names: Sequence[str], chosen_by: str) -> tuple[str, ...]:
    """One row; with the figure on validation that orders it, where it is not the one that judges."""
    figures = [_figure(row["figures"].get(name)) for name in names]
    value = row["validation"].get(chosen_by) if chosen_by else None
    ordered = [] if not chosen_by else ["-" if value is None else f"{value:.3f}"]
    weights = f"{row['parameters']:,}" if row["parameters"] else "-"
    return (row["title"], *ordered, *figures, f"{row['seconds']:.1f}", weights, row["note"])


def _figure(figure: dict[str, float | None] | None) -> str:
    """Mean, spread and bounds, as far as there are any: 0.912 ± 0.010 (0.890 to 0.930)."""
    if figure is None or figure["mean"] is None:
        return "-"
    spread = f" ± {figure['sd']:.3f}" if figure["sd"] is not None else ""
    bounds = f" ({figure['low']:z.3f} to {figure['high']:z.3f})" if figure["low"] is not None else ""
    return f"{figure['mean']:.3f}{spread}{bounds}"


def _sentence(pair: dict[str, Any], titles: dict[str, str], metric: str, pairs: int) -> str:
    """What the paired bootstrap says of two variants, allowing for all pairs."""
    from bioseq.evaluation.bootstrap import Interval
    from bioseq.evaluation.metrics import METRICS
    from bioseq.evaluation.paired_tests import assess
    from bioseq.evaluation.standing import signed

    found = assess(metric, Interval(**numbers(pair["differences"][metric])), comparisons=pairs)
    first, second = titles[pair["first"]], titles[pair["second"]]
    text = f"{first} less {second}: {METRICS[metric].title} {signed(found.interval.value)}"
    if not found.interval.defined:
        return f"{text}; whether that is chance cannot be told."
    better = first if found.interval.value > 0 else second
    said = f"{better} is better" if found.significant else "no clear difference"
    allowance = f", allowing for {pairs} pairs" if pairs > 1 else ""
    low, high = signed(found.interval.low), signed(found.interval.high)
    return f"{text} ({100 * found.interval.level:g} % interval {low} to {high}, p = {found.p:.2g}{allowance}): {said}."


def show_search(desk: Desk, study: StudyFolder) -> None:
    """The best trials, what the procedure gives on folds that were kept out, and the figures of the winner."""
    from bioseq.studies.state import StudyState

    results = StudyState.open(study.state).results
    ranking = results.get("ranking", {"metric": "loss", "rows": ()})
    told = [(f"{row['value']:.4f}", row["title"], row["note"]) for row in ranking["rows"]]
    desk.table((f"{ranking['metric']} on validation", "settings", "note"), told)
    show_comparison(desk, study)
    desk.say(results["label"])
    if study.result.exists():
        desk.show_figures(study.result)


def show_choice(desk: Desk, study: StudyFolder) -> None:
    """The candidates in order, the words of why, and the figures of the result."""
    from bioseq.studies.state import StudyState

    results = StudyState.open(study.state).results
    rows = results.get("ranking", {}).get("rows", ())
    told = [(row["title"], "-" if row["value"] is None else f"{row['value']:.4f}", row["note"]) for row in rows]
    desk.table(("candidate", "log loss on validation", "why"), told)
    for sentence in results.get("why", ()):
        desk.say(sentence)
    show_rivals(desk, study, str(rows[0]["name"]) if rows else "")
    if study.result.exists():
        desk.show_figures(study.result)


def show_rivals(desk: Desk, study: StudyFolder, first: str) -> None:
    """What the paired tests say of this candidate and each other one, where several can be compared."""
    from bioseq.studies.comparison_file import read_comparison

    found = read_comparison(study)
    if not found:
        return
    titles = {row["name"]: row["title"] for row in found["rows"]}
    for pair in found["pairs"]:
        if first in (pair["first"], pair["second"]):
            desk.say(_sentence(pair, titles, found["metric"], len(found["pairs"])))
    desk.say(
        f"Assessment on the {found['split']} records, which also chose the answer: what was chosen looks a little too "
        "good there."
    )


def _carried_out(desk: Desk, study: StudyFolder, *, as_json: bool) -> Ending:
    from bioseq.protocol.jobs import StudyJob

    return desk.run_job(StudyJob(desk.job_id(), str(study.path)), as_json=as_json)


def _study(
    context: typer.Context,
    desk: Desk,
    files: Sequence[Path],
    plan: Plan,
    overrides: list[str] | None,
    output: Path | None,
    *,
    resume: bool,
) -> StudyFolder:
    """A new study, or the one to go on with.

    Raises:
        BioseqError: There is none to go on with, it would have to be changed, or something is wrong with the plan.
    """
    from bioseq.studies.folder import create_study

    if not resume:
        return create_study(plan, desk.base(files, overrides), output)
    changed = _given(context) - _NO_CHANGE
    if changed or len(files) > 1:
        raise BioseqError(
            "study.resume_unchanged",
            "A study goes on with its own settings and data.",
            where=", ".join(sorted(changed)),
            remedy="Name the folder of the study and leave everything else out, or start a new study.",
        )
    return _known_study(plan, output or files[0])


def _given(context: typer.Context) -> set[str]:
    """The options that were given on the command line, by their long names."""
    return {
        max(parameter.opts, key=len)
        for parameter in context.command.params
        if (source := context.get_parameter_source(parameter.name or "")) is not None and source.name == "COMMANDLINE"
    }


def _known_study(plan: Plan, place: Path) -> StudyFolder:
    """The study in a folder, to go on with.

    Raises:
        BioseqError: There is none, or it is of another kind.
    """
    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.plan import load_study

    study = StudyFolder(place if place.is_dir() else place.parent)
    known, _ = load_study(study.plan)
    if known.kind != plan.kind:
        raise BioseqError(
            "study.other_kind",
            f"This study is of another kind: {known.kind}.",
            where=str(study.path),
            remedy=f"Go on with it by: bioseq {known.kind} {study.path} --resume.",
        )
    return study
