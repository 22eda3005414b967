"""Jobs: what a client asks a worker to do. Frozen values; on the wire one JSON line each (`protocol.wire`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from bioseq.sequences.files import FileRequest

__all__ = [
    "Cancel",
    "Command",
    "ControlJob",
    "DownloadJob",
    "EvaluateJob",
    "ExportJob",
    "FileRequest",
    "InspectJob",
    "Job",
    "MeasureJob",
    "Pause",
    "PredictJob",
    "ReportJob",
    "Resume",
    "Run",
    "SimilarityJob",
    "Stop",
    "StudyJob",
    "TrainJob",
    "VerifyJob",
]

SIMILARITY_FILE = "similar.json"
"""What a `SimilarityJob` leaves in its folder."""


@dataclass(frozen=True, slots=True)
class InspectJob:
    """Read and check files, fill in a configuration, and leave all of it in a folder (done by a light worker).

    `output/inspection.json` and `output/dataset/` are written; see `bioseq.config.inspection`.

    Attributes:
        job_id: Names the job in its events.
        files: What to read.
        output: The folder to write, new for each job.
        data_settings: Fields of `[data]` that the person has set and that reading must obey, as JSON values.
    """

    job_id: str
    files: tuple[FileRequest, ...]
    output: str
    data_settings: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrainJob:
    """Train, evaluate and bundle what `run_folder/config.toml` says; all results lie in that folder.

    Attributes:
        job_id: Names the job in its events.
        run_folder: A run folder with a resolved configuration.
        resume: Go on from the newest checkpoint in the folder.
        gathers: File that tells of models which were trained before: they are put together in place of a training
            (`bioseq.jobs.gathered`); empty to train.
        reports: Leave a report with figures, which takes some seconds; it can be made later too.
    """

    job_id: str
    run_folder: str
    resume: bool = False
    gathers: str = ""
    reports: bool = True


@dataclass(frozen=True, slots=True)
class StudyJob:
    """Do what `folder/study.toml` says: many trainings, compared (`bioseq.studies`); all results lie in that folder.

    The job trains nothing itself but starts workers of its own, so a light worker can run it. A study that was
    interrupted goes on where it was, and so do the trainings that it had under way.

    Attributes:
        job_id: Names the job in its events.
        folder: A study folder.
    """

    job_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class PredictJob:
    """Predict the records of files with a trained model.

    Attributes:
        job_id: Names the job in its events.
        model: A run folder or a bundle.
        files: What to predict.
        output: Folder for the columnar table (`bioseq.prediction.table`), new for each job.
    """

    job_id: str
    model: str
    files: tuple[FileRequest, ...]
    output: str


@dataclass(frozen=True, slots=True)
class EvaluateJob:
    """Evaluate a trained model on labelled files; writes `metrics.json` and `evaluation/`, as a run has them."""

    job_id: str
    model: str
    files: tuple[FileRequest, ...]
    output: str


@dataclass(frozen=True, slots=True)
class ExportJob:
    """Write a prediction table as a file for other programs (done by a light worker).

    Attributes:
        job_id: Names the job in its events.
        table: Folder of the columnar table.
        destination: The file to write; its extension tells the format: csv, tsv, xlsx, parquet, fasta.
        rows: `.npy` file with the row numbers to write, in order; empty for all.
        columns: Further columns: "description", "source", "sequence".
    """

    job_id: str
    table: str
    destination: str
    rows: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasureJob:
    """Measure what an epoch of networks costs on this machine, with made-up records as long as those of the data.

    Attributes:
        job_id: Names the job in its events.
        config: The configuration as JSON values; its settings hold for the model that it names.
        profile: The data's profile as JSON values.
        models: Names of the networks, measured one after the other.
    """

    job_id: str
    config: dict[str, object]
    profile: dict[str, object]
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimilarityJob:
    """Look for similar sequences in the files of a configuration (done by a light worker).

    `output/similar.json` is written; see `bioseq.config.kinship.Kinship`. Records are kept back as training would.

    Attributes:
        job_id: Names the job in its events.
        config: The configuration as JSON values, with its files.
        output: The folder to write, new for each job.
    """

    job_id: str
    config: dict[str, object]
    output: str


@dataclass(frozen=True, slots=True)
class ControlJob:
    """Train a run's configuration again with shuffled labels; `control.json` in its folder tells what came of it.

    Attributes:
        job_id: Names the job in its events.
        run_folder: A finished run.
        shuffles: How often, counted with those that were done before.
    """

    job_id: str
    run_folder: str
    shuffles: int = 5


@dataclass(frozen=True, slots=True)
class DownloadJob:
    """Fetch a pretrained encoder from the hub (done by a light worker).

    Attributes:
        job_id: Names the job in its events.
        name: Of the model on the hub: `facebook/esm2_t6_8M_UR50D`.
        folder: The folder to make; must not exist yet, or be empty.
    """

    job_id: str
    name: str
    folder: str


@dataclass(frozen=True, slots=True)
class VerifyJob:
    """Compare inputs, model and results of a run with its record (done by a light worker).

    The summary of the ending holds "intact", "sentence" and, for each file, "checks".

    Attributes:
        job_id: Names the job in its events.
        run: Folder of the run.
    """

    job_id: str
    run: str


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Write the report of runs (done by a light worker).

    Attributes:
        job_id: Names the job in its events.
        runs: Folders of the runs; several are compared.
        destination: The file to write; its extension tells what: html, pdf (the report), md, json (the model card).
        figures: Folder for the figures as SVG, PDF, PNG and CSV; empty for none.
        width_mm: Width of those figures, mm.
    """

    job_id: str
    runs: tuple[str, ...]
    destination: str
    figures: str = ""
    width_mm: int = 85


Job = (
    ControlJob
    | DownloadJob
    | InspectJob
    | TrainJob
    | PredictJob
    | EvaluateJob
    | ExportJob
    | MeasureJob
    | ReportJob
    | SimilarityJob
    | VerifyJob
    | StudyJob
)


@dataclass(frozen=True, slots=True)
class Run:
    """Start a job."""

    job: Job


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish the step under way, keep the best so far, evaluate."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Finish the step under way and discard the job."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold after the step under way."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""

    job_id: str


Command = Run | Stop | Cancel | Pause | Resume
