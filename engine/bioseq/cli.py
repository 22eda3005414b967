"""The command line: `bioseq --help` lists its commands; those that look back at runs stand in `cli_report`.

Exit status: 0 done, 1 a fault of the program, 2 something that the person can mend, 130 stopped. Results go to standard
output; progress and errors, in a sentence with the remedy, to standard error. With `--json` results and errors are JSON
objects on standard output; while a job runs, they are its events, one per line.

Libraries for computing are imported only by the commands that compute.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bioseq import cli_ensembles, cli_report, cli_similar, cli_studies
from bioseq.errors import BioseqError
from bioseq.json_values import json_value
from bioseq.protocol.events import Ending, JobFailed, JobFinished, JobStopped
from bioseq.sequences.files import FileRequest
from bioseq.sequences.formats import list_formats
from bioseq.sequences.wording import counted, listed, short_name
from bioseq.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bioseq.catalogue.specification import ModelSpecification
    from bioseq.config.inspection import Inspection
    from bioseq.config.schema import Configuration
    from bioseq.errors import Problem
    from bioseq.evaluation.results import Evaluation, Scores
    from bioseq.protocol.jobs import Job
    from bioseq.runs.folder import RunFolder
    from bioseq.runs.store import RunEntry
    from bioseq.sequences.findings import Finding
    from bioseq.sequences.records import Choice

DONE, FAULT, MENDABLE, STOPPED = 0, 1, 2, 130

_SEE_HELP = "Add --help to see how."
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""Newer versions of typer bring a click of their own, older ones use the library: this is the one in use."""

app = typer.Typer(
    name="bioseq",
    help="Train and use deep-learning classifiers of DNA, RNA and protein sequences.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Files = Annotated[list[Path], typer.Argument(help=f"Files or folders: {list_formats()}.")]
Model = Annotated[Path, typer.Argument(help="A run folder or a file model.bioseq.")]
AsJson = Annotated[bool, typer.Option("--json", help="Results and errors as JSON on standard output.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. The console script exits with it."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    # What libraries log and warn of goes to the log of the run, not between the lines for people.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.captureWarnings(capture=True)
    try:
        status = app(args=spread_values(given, "--data"), prog_name="bioseq", standalone_mode=False)
    except BioseqError as error:
        return _tell_error(error.to_dict(), str(error), as_json=as_json, status=MENDABLE)
    except (typer.Abort, KeyboardInterrupt):
        return STOPPED
    except _UsageError as error:
        message = str(error.format_message())  # type: ignore[attr-defined]
        fields = {"code": "usage", "message": message, "where": "", "remedy": _SEE_HELP}
        return _tell_error(fields, f"{message} {_SEE_HELP}", as_json=as_json, status=MENDABLE)
    except BrokenPipeError:
        # The reader of a pipe has gone: nothing more to say, and nothing to flush into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 - the border: every fault is told, with its status
        message = f"A fault of the program: {type(error).__name__}: {error}"
        fields = {"code": "fault", "message": message, "where": "", "remedy": "Please report it."}
        sys.stderr.write(traceback.format_exc())
        return _tell_error(fields, message, as_json=as_json, status=FAULT)
    return status if isinstance(status, int) else DONE


def spread_values(arguments: Sequence[str], option: str) -> list[str]:
    """`--data a b` as `--data a --data b`: an option that takes all values up to the next option."""
    spread: list[str] = []
    taking = first = False
    for position, argument in enumerate(arguments):
        if argument == "--":
            return [*spread, *arguments[position:]]
        if argument == option:
            taking = first = True
        elif argument.startswith("-") and argument != "-":
            taking = False
        elif taking and not first:
            spread.append(option)
        else:
            first = False
        spread.append(argument)
    return spread


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say the version.")] = False,
) -> None:
    if version:
        _say(f"bioseq {VERSION}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        _say(context.get_help())


@app.command("inspect")
def inspect_command(files: Files, as_json: AsJson = False) -> int:
    """Say what is in the files: counts, lengths, labels, problems."""
    found = _inspect(files, _remark if as_json else _say)
    if as_json:
        _say_json(_inspection_fields(found))
    else:
        _show_inspection(found)
    return DONE


@app.command("config")
def config_command(
    files: Files,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write.")] = None,
    preset: Annotated[str, typer.Option("--preset", help="Take model and training from a preset.")] = "",
    as_json: AsJson = False,
) -> int:
    """Write a configuration that suits the data, with the reason for each choice."""
    from bioseq.config import files as config_files
    from bioseq.config import presets

    chosen = presets.preset(preset) if preset else None
    found = _inspect(files, _remark)
    config, reasons = found.config, found.reasons
    if chosen is not None:
        config = chosen.applied_to(config)
        reasons = tuple(reason for reason in reasons if chosen.leaves(reason.path))
    if output is not None:
        config_files.save(config, output)
    if as_json:
        told = [asdict(reason) for reason in reasons]
        findings = [asdict(finding) for finding in found.findings]
        _say_json({"config": config.model_dump(mode="json"), "reasons": told, "findings": findings})
        return DONE
    _say_findings(found.findings, _remark)
    for reason in reasons:
        _remark(f"{reason.path} = {reason.value_text}: {reason.sentence}")
    _say(str(output) if output is not None else config_files.dumps(config))
    return DONE


@app.command("train")
def train_command(
    config: Annotated[Path, typer.Argument(help="A configuration; with --resume also the folder of a run.")],
    data: Annotated[list[Path] | None, typer.Option("--data", help="Files in place of those it names.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="An option, as training.epochs=5.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder of the run.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint.")] = False,
    as_json: AsJson = False,
) -> int:
    """Train a classifier. The last line is the run folder; Ctrl-C stops and keeps the best so far."""
    from bioseq.protocol.jobs import TrainJob

    if resume:
        run = _run_to_resume(config, output, changed=bool(data or overrides))
    else:
        run = _new_run(_configuration(config, data, overrides), output)
    ending = _run_job(TrainJob(_job_id(), str(run.path), resume=resume), as_json=as_json)
    if not as_json:
        _show_figures(run)
        _say(str(run.path))
    return _status(ending, as_json=as_json)


@app.command("predict")
def predict_command(
    model: Model,
    files: Files,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="csv, tsv, xlsx, parquet or fasta. For spreadsheets xlsx: names stay text there, while of csv and tsv "
            "a spreadsheet may turn names such as SEPT2, 2E10 or 00123 into dates and numbers.",
        ),
    ],
    columns: Annotated[
        str, typer.Option("--columns", help="Further columns, with commas between: description,source,sequence.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Predict the records of files, in their order. Columns: id, predicted, probability, p_<label>..., flag.

    Of an ensemble then: member_sd, members_agreeing, members (how far its members are apart, and how many agree).
    Then what --columns names; the description is added where several records have one name.
    """
    from bioseq.prediction.export import check_columns, format_of
    from bioseq.protocol.jobs import ExportJob, PredictJob

    format_of(output)
    further = check_columns(cli_studies.split_names(columns))
    with tempfile.TemporaryDirectory(prefix="bioseq-") as scratch:
        requests = _requests(files, role="predict")
        predicted = _run_job(PredictJob(_job_id(), str(model), requests, scratch), as_json=as_json)
        if not isinstance(predicted, JobFinished):
            return _status(predicted, as_json=as_json)
        written = _run_job(ExportJob(_job_id(), scratch, str(output), columns=further), as_json=as_json)
    if isinstance(written, JobFinished) and not as_json:
        _remark(_describe_predictions(predicted.summary))
        _say(str(output))
    return _status(written, as_json=as_json)


@app.command("evaluate")
def evaluate_command(model: Model, files: Files, as_json: AsJson = False) -> int:
    """Judge a model by labelled files."""
    from bioseq.evaluation.results import read_evaluations
    from bioseq.protocol.jobs import EvaluateJob
    from bioseq.runs.folder import RunFolder

    with tempfile.TemporaryDirectory(prefix="bioseq-") as scratch:
        job = EvaluateJob(_job_id(), str(model), _requests(files), scratch)
        ending = _run_job(job, as_json=False)
        if not isinstance(ending, JobFinished):
            return _status(ending, as_json=as_json, told=False)
        metrics = RunFolder(Path(scratch)).metrics
        if as_json:
            fields = json.loads(metrics.read_text(encoding="utf-8"))["evaluations"]["files"]
            told = {name: ending.summary[name] for name in ("findings", "file_findings")}
            _say(json.dumps({**fields, **told}))
        else:
            evaluation = read_evaluations(metrics)["files"]
            level = f"{100 * next(iter(evaluation.model.intervals.values())).level:g} % interval"
            bounds = {name: interval.bounds_text() for name, interval in evaluation.model.intervals.items()}
            rows = [(name, f"{value:.4f}", bounds.get(name, "")) for name, value in evaluation.model.metrics.items()]
            _table(("figure", "value", level), rows)
            _say_verdict(evaluation)
    return DONE


@app.command("control")
def control_command(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run.")],
    shuffles: Annotated[int, typer.Option("--shuffles", min=1, max=1_000, help="How often labels are shuffled.")] = 5,
    as_json: AsJson = False,
) -> int:
    """Train a run's configuration with shuffled labels: what it finds where there is nothing to find."""
    from bioseq.evaluation.shuffling import ShuffledControl
    from bioseq.protocol.jobs import ControlJob
    from bioseq.runs.folder import RunFolder

    ending = _run_job(ControlJob(_job_id(), str(run), shuffles), as_json=as_json)
    if isinstance(ending, JobFinished) and not as_json:
        _say(ShuffledControl.open(RunFolder(run).control).sentence)
    return _status(ending, as_json=as_json)


@app.command("presets")
def presets_command(as_json: AsJson = False) -> int:
    """List the presets: named settings for kinds of questions, for `bioseq config --preset`."""
    from bioseq.config.presets import presets

    if as_json:
        _say_json([{**asdict(made), "values": dict(made.values)} for made in presets()])
        return DONE
    rows = [(made.name, made.title, made.model, made.description) for made in presets()]
    _table(("name", "title", "model", "when"), rows)
    return DONE


@app.command("models")
def models_command(
    as_json: AsJson = False,
    download: Annotated[
        str, typer.Option("--download", help="Fetch this pretrained model from the hub, as owner/model.")
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The new folder for it.")] = None,
    check: Annotated[str, typer.Option("--check", help="Examine this network by the contract that all keep.")] = "",
) -> int:
    """List the models that can be trained, networks before feature baselines; download or examine one."""
    if download:
        return _download(download, output, as_json=as_json)
    if check:
        return _examine(check, as_json=as_json)
    from bioseq.catalogue.registry import MODELS, PLUGINS

    for fault in PLUGINS.faults:
        sys.stderr.write(f"{fault.sentence()}\n")

    if as_json:
        _say_json([_model_fields(model) for model in MODELS.values()])
        return DONE
    rows = [(item.name, item.title, item.family.value, _cost_of(item), item.good_for) for item in MODELS.values()]
    _table(("name", "title", "family", "cost", "good for"), rows)
    return DONE


def _examine(name: str, *, as_json: bool) -> int:
    """Run the contract over one network; every rule is told, and one that is broken makes the status 2."""
    from bioseq.models.contract import Subject, examine

    verdicts = []
    for rule, fault in examine(Subject.of(name)):
        verdicts.append({"rule": rule.code, "sentence": rule.sentence, "kept": not fault, "fault": fault})
        if not as_json:
            _say(f"{rule.code:4s}{'broken' if fault else 'kept':8s}{rule.sentence}{f': {fault}' if fault else ''}")
    if as_json:
        _say_json(verdicts)
    return DONE if all(verdict["kept"] for verdict in verdicts) else MENDABLE


def _download(name: str, output: Path | None, *, as_json: bool) -> int:
    from bioseq.protocol.jobs import DownloadJob

    folder = output or Path(name.rpartition("/")[2])
    ending = _run_job(DownloadJob(_job_id(), name, str(folder)), as_json=as_json)
    if isinstance(ending, JobFinished) and not as_json:
        _say(str(folder))
    return _status(ending, as_json=as_json)


@app.command("runs")
def runs_command(
    folder: Annotated[Path | None, typer.Argument(help="Folder of runs; the program's own by default.")] = None,
    as_json: AsJson = False,
) -> int:
    """List the runs, newest first."""
    from bioseq.runs.store import list_runs

    entries = list_runs(folder)
    if as_json:
        _say_json([_run_fields(entry) for entry in entries])
        return DONE
    rows = [
        (
            f"{datetime.fromtimestamp(entry.started, UTC):%Y-%m-%d %H:%M}" if entry.started else "",
            entry.name,
            entry.status.value,
            entry.model_title,
            entry.fault
            or ", ".join(f"{name} {entry.metrics[name]:.3f}" for name in ("mcc", "roc_auc") if name in entry.metrics),
            str(entry.path),
        )
        for entry in entries
    ]
    _table(("started (UTC)", "name", "status", "model", "figures", "folder"), rows)
    return DONE


# ---------------------------------------------------------------------------------------------------------- jobs


class _Desk:
    """What commands in modules of their own need of this one."""

    def run_job(self, job: Job, *, as_json: bool) -> Ending:
        """Run a job in this process."""
        return _run_job(job, as_json=as_json)

    def status(self, ending: Ending, *, as_json: bool, told: bool = True) -> int:
        """The exit status that an ending means."""
        return _status(ending, as_json=as_json, told=told)

    def job_id(self) -> str:
        """A name for a job."""
        return _job_id()

    def say(self, text: str) -> None:
        """A line on standard output."""
        _say(text)

    def say_json(self, value: Any) -> None:
        """A value as JSON on standard output."""
        _say_json(value)

    def new_run(self, config: Configuration, output: Path | None) -> RunFolder:
        """The folder of a new run."""
        return _new_run(config, output)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows as a table."""
        _table(header, rows)

    def base(self, paths: Sequence[Path], overrides: list[str] | None) -> Configuration:
        """The configuration in a file, or one that suits data files, with options changed."""
        from bioseq.config.overrides import apply_overrides

        if len(paths) == 1 and paths[0].suffix == ".toml":
            return _configuration(paths[0], None, overrides)
        found = _inspect(paths, _remark)
        _say_findings(found.findings, _remark)
        return apply_overrides(found.config, overrides or ())

    def requests(self, files: Sequence[Path]) -> tuple[FileRequest, ...]:
        """Files named on the command line, as they are read."""
        return tuple(_requests(files))

    def show_figures(self, run: Path) -> None:
        """The figures of a run as a table."""
        from bioseq.runs.folder import RunFolder

        _show_figures(RunFolder(run))


cli_report.add_commands(app, _Desk())
cli_studies.add_commands(app, _Desk())
cli_ensembles.add_commands(app, _Desk())
cli_similar.add_commands(app, _Desk())


def _run_job(job: Job, *, as_json: bool) -> Ending:
    """Run a job in this process; Ctrl-C asks it to stop, a second one to cancel, a third ends the program."""
    from bioseq.jobs.console import reporter_for
    from bioseq.jobs.runner import run_job
    from bioseq.protocol.control import Control

    # Before torch is imported: idle OpenMP threads that spin make a busy small machine many times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    control = Control()
    with _interrupts(control.stop, control.cancel), reporter_for(as_json=as_json) as reporter:
        return run_job(job, control, reporter.emit)


@contextmanager
def _interrupts(first: Any, second: Any) -> Iterator[None]:
    asks = iter((first, second))

    def interrupted(_number: int, _frame: object) -> None:
        ask = next(asks, None)
        if ask is None:
            raise KeyboardInterrupt
        ask()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _status(ending: Ending, *, as_json: bool, told: bool = True) -> int:
    """The exit status that an ending means; a failure is told, as an object unless its event was one already."""
    match ending:
        case JobFailed():
            status = FAULT if ending.code.startswith("fault") else MENDABLE
            fields = {name: getattr(ending, name) for name in ("code", "message", "where", "remedy")}
            if ending.details and status == FAULT:
                sys.stderr.write(ending.details)
            place = f"{ending.where}: " if ending.where else ""
            sentence = f"{place}{ending.message} {ending.remedy}".strip()
            return _tell_error(fields, sentence, as_json=as_json and not told, status=status)
        case JobStopped():
            return STOPPED
        case _:
            return DONE


def _configuration(path: Path, data: list[Path] | None, overrides: list[str] | None) -> Configuration:
    from bioseq.config import files as config_files
    from bioseq.config.fields import with_value
    from bioseq.config.inspection import files_of
    from bioseq.config.overrides import apply_overrides

    config = config_files.load(path)
    if data:
        config = with_value(config, "data.files", files_of(_requests(data)))
    return apply_overrides(config, overrides or ())


def _new_run(config: Configuration, output: Path | None) -> RunFolder:
    from bioseq.runs import store
    from bioseq.runs.folder import RunFolder

    if output is None:
        return store.create_run(config)
    if RunFolder(output).events.exists():
        raise BioseqError(
            "run.exists",
            "This folder holds a run already.",
            where=str(output),
            remedy="Name another folder, or add --resume to go on with this run.",
        )
    return store.prepare_run(output, config)


def _run_to_resume(config: Path, output: Path | None, *, changed: bool) -> RunFolder:
    from bioseq.runs.folder import RunFolder

    if changed:
        raise BioseqError(
            "run.resume_unchanged",
            "A run is resumed with its own settings and data.",
            remedy="Leave out --data and --set, or start a new run.",
        )
    run = RunFolder(output or (config if config.is_dir() else config.parent))
    if not run.config.exists():
        raise BioseqError(
            "run.missing", "There is no run here.", where=str(run.path), remedy="Name the folder of a run."
        )
    return run


def _inspect(paths: Sequence[Path], say: Callable[[str], None]) -> Inspection:
    """What is in files.

    Raises:
        BioseqError: They cannot be used; what was found in them is said before.
    """
    from bioseq.config.inspection import inspect_files
    from bioseq.training.evidence import examine

    try:
        found, _ = inspect_files(_requests(paths), {}, examine=examine)
    except BioseqError as error:
        if error.code == "data.nothing_left":
            _say_findings(error.problems, say)
        raise
    return found


def _requests(paths: Sequence[Path], *, role: Any = "auto") -> tuple[FileRequest, ...]:
    from bioseq.sequences.reading import expand_paths

    return tuple(FileRequest(str(path), role) for path in expand_paths(tuple(paths)))


def _job_id() -> str:
    return f"cli-{os.getpid()}-{time.time_ns()}"


# ---------------------------------------------------------------------------------------------------------- output


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _remark(text: str) -> None:
    """A line for people beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _say_json(value: Any) -> None:
    _say(json.dumps(json_value(value), ensure_ascii=False, allow_nan=False))


def _tell_error(fields: dict[str, Any], sentence: str, *, as_json: bool, status: int) -> int:
    if as_json:
        _say_json({"error": fields})
    sys.stderr.write(f"Error: {sentence}\n")
    sys.stderr.flush()
    return status


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows as a table on a terminal, as tab-separated lines elsewhere."""
    if not sys.stdout.isatty():
        for row in (header, *rows):
            _say("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for title in header:
        table.add_column(title)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def _show_inspection(found: Inspection) -> None:
    rows = [
        (
            Path(source.path).name,
            source.format,
            f"{source.records:,}",
            f"{source.shortest:,} / {source.median:,.0f} / {source.longest:,}",
            source.molecule.value,
            _counts_in_words({label or "no label": count for label, count in source.label_counts.items()}),
            ", ".join(f"{split} {count:,}" for split, count in source.split_counts.items()),
        )
        for source in found.sources
    ]
    _table(("file", "format", "records", "shortest / median / longest", "molecule", "labels", "splits"), rows)
    for source in found.sources:
        taken = _choices_in_words(source.choices) if source.choices else _LABEL_SOURCES.get(source.label_source, "")
        if taken:
            _say(f"{Path(source.path).name}: {taken}")
    _say_findings(found.findings, _say)


def _say_findings(findings: Iterable[Finding | Problem], say: Callable[[str], None]) -> None:
    """What was found in files, a line each: "warning: 2 records have no letters. They are left out."."""
    for finding in findings:
        say(f"{finding.severity.value}: {finding.message} {finding.remedy}".rstrip())


_LABEL_SOURCES = {
    "header": "classes from the headers",
    "file": "class from the name of the file, or set for it",
    "sheet": "classes from the label sheet",
}


def _choices_in_words(choices: Sequence[Choice]) -> str:
    """What was taken of a table: "sequences from 'aa_seq', classes from 'label', ids from 'id'"."""
    words = {"sequence": "sequences", "label": "classes", "id": "ids", "split": "splits"}
    taken = {choice.role: choice.taken for choice in choices}
    parts = [f"{word} from '{taken[role]}'" for role, word in words.items() if taken.get(role)]
    sheet = [f"worksheet '{taken['sheet']}'"] if taken.get("sheet") else []
    return ", ".join(parts + sheet)


def _counts_in_words(counts: dict[str, int]) -> str:
    """Classes with their records: "neg 12, pos 17"; of many the first and how many more."""
    return listed([f"{short_name(label)} {count:,}" for label, count in counts.items()], last=", ")


def _describe_predictions(summary: dict[str, Any]) -> str:
    """What a prediction gave: "30 records: neg 12, pos 17; 1 without prediction; 4 flagged"."""
    counts = _counts_in_words(summary["predicted"])
    more = (("without_prediction", "without prediction"), ("flagged", "flagged"))
    told = [f"{summary[name]:,} {words}" for name, words in more if summary[name]]
    return "; ".join([counted("{n} [record|records]: ", summary["records"]) + counts, *told])


def _inspection_fields(found: Inspection) -> dict[str, Any]:
    fields = asdict(found)
    fields["config"] = found.config.model_dump(mode="json")
    return fields


def _show_figures(run: RunFolder) -> None:
    from bioseq.evaluation.results import read_evaluations

    if not run.metrics.exists():
        return
    evaluation = next(iter(read_evaluations(run.metrics).values()))
    predictors = (evaluation.model, *evaluation.baselines)
    names = [name for name in ("accuracy", "mcc", "roc_auc", "pr_auc") if name in evaluation.model.metrics]
    rows = [(item.title, *(_with_bounds(item, name) for name in names)) for item in predictors]
    _table((f"{evaluation.records:,} {evaluation.split} records", *names), rows)
    _say_verdict(evaluation)


def _say_verdict(evaluation: Evaluation) -> None:
    from bioseq.evaluation.verdict import findings_of

    for finding in findings_of(evaluation):
        _say(f"{finding.message} {finding.remedy}".rstrip())


def _with_bounds(scores: Scores, name: str) -> str:
    """A figure with its interval, where there is one: "0.9420 (0.902 to 0.971)"."""
    interval = scores.intervals.get(name)
    text = f"{scores.metrics[name]:.4f}"
    return f"{text} ({interval.bounds_text()})" if interval is not None and interval.defined else text


def _cost_of(model: ModelSpecification) -> str:
    """How time grows with the length of the sequences; features are counted letter by letter."""
    from bioseq.catalogue.specification import Architecture, Cost

    return (model.cost if isinstance(model, Architecture) else Cost.LINEAR).value


def _model_fields(architecture: ModelSpecification) -> dict[str, Any]:
    return {
        "name": architecture.name,
        "title": architecture.title,
        "family": architecture.family.value,
        "summary": architecture.summary,
        "good_for": architecture.good_for,
        "paper": architecture.paper,
        "doi": architecture.doi,
        "cost": _cost_of(architecture),
        "hyper": [asdict(parameter) for parameter in architecture.hyper],
    }


def _run_fields(entry: RunEntry) -> dict[str, Any]:
    return {**asdict(entry), "path": str(entry.path), "status": entry.status.value}


if __name__ == "__main__":
    sys.exit(main())
