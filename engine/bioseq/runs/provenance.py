"""What a result depends on and what came out: inputs, settings, versions, machine, seeds, times, fingerprints.

The record is written at the end of a run; `verification` holds the files against it. Its JSON schema is
`Provenance.model_json_schema()`. Never imports torch.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bioseq.errors import BioseqError
from bioseq.runs.digests import file_digest
from bioseq.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bioseq.config.schema import Configuration
    from bioseq.runs.folder import RunFolder

FORMAT = 2

_LIBRARIES = (
    "numpy",
    "torch",
    "scikit-learn",
    "safetensors",
    "pydantic",
    "matplotlib",
    "biopython",
    "transformers",
    "peft",
)
_SHA256 = r"^([0-9a-f]{64})?$"
_CHECKOUT = Path(__file__).parents[3]
_PATIENCE_SECONDS = 10


class _Part(BaseModel):
    """A part of the record; fields of newer programs are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Cores(_Part):
    """Processor cores; null where the system does not say."""

    physical: int | None = None
    logical: int | None = None


class Accelerator(_Part):
    """A graphics card."""

    name: str
    driver: str = ""
    memory: str = ""


class Input(_Part):
    """A data file."""

    path: str
    sha256: str = Field(pattern=_SHA256, description="of the file")
    records_sha256: str = Field("", pattern=_SHA256, description="of its records, however they are written down")
    bytes: int = Field(ge=0)
    format: str = ""
    records: int = Field(ge=0)
    residues: int = Field(ge=0)


class Provenance(_Part):
    """The record of one run; records of older programs have fewer facts."""

    format: int = Field(ge=1, le=FORMAT)
    program: str
    revision: str = Field("", description="of the program's sources; ends in -dirty when they were changed")
    python: str
    libraries: dict[str, str] = Field(description="those that results depend on most; empty text where not installed")
    packages: dict[str, str] = Field(default_factory=dict, description="all that are installed")
    system: str
    machine: str
    processor: str
    cores: Cores
    memory_bytes: int = Field(ge=0)
    device: str = Field(description="where it computed, in words")
    accelerators: tuple[Accelerator, ...] = ()
    threads: int = Field(ge=0)
    precision: str = ""
    seeds: dict[str, int]
    deterministic: bool = Field(True, description="only ways of computing that give the same result twice were used")
    nondeterministic_operations: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    config: dict[str, Any] = Field(default_factory=dict, description="resolved, all options")
    inputs: tuple[Input, ...] = ()
    counts: dict[str, Any] = Field(default_factory=dict, description="records read and used, per class and split")
    started: str
    ended: str
    wall_seconds: float = Field(0.0, ge=0)
    seconds: float = Field(0.0, ge=0, description="of training alone, pauses left out")
    warnings: tuple[str, ...] = ()
    results: dict[str, str] = Field(default_factory=dict, description="file in the run folder to its SHA-256")


def provenance(
    config: Configuration,
    *,
    started: float,
    device: str,
    threads: int,
    warnings: Sequence[str],
    data: dict[str, Any] | None = None,
    precision: str = "",
    seconds: float = 0.0,
    deterministic: bool = True,
    operations: Sequence[str] = (),
) -> Provenance:
    """The facts of a run that ends now; `with_results` adds the fingerprints of what it wrote.

    Args:
        config: Of the run.
        started: Seconds since 1970.
        device: Where it computed, in words.
        threads: Computing threads.
        warnings: What the person was warned of.
        data: Content of `data.json`: input files and counts.
        precision: "float32", "bfloat16", "float64".
        seconds: Of training alone, pauses left out.
        deterministic: The same computation gives the same result.
        operations: Those that may not, by name.
    """
    ended = datetime.now(UTC).timestamp()
    told = dict(data or {})
    files = told.pop("files", [])
    told.pop("format", None)
    return Provenance(
        format=FORMAT,
        program=VERSION,
        revision=revision(),
        python=platform.python_version(),
        libraries={name: _version(name) for name in _LIBRARIES},
        packages=dict(sorted(_packages())),
        system=platform.platform(),
        machine=platform.machine(),
        processor=_processor(),
        cores=Cores(physical=psutil.cpu_count(logical=False), logical=os.cpu_count()),
        memory_bytes=psutil.virtual_memory().total,
        device=device,
        accelerators=accelerators() if "cuda" in device.lower() or "gpu" in device.lower() else (),
        threads=threads,
        precision=precision,
        seeds={"split": config.split.seed, "training": config.training.seed},
        deterministic=deterministic,
        nondeterministic_operations=tuple(operations),
        command=(os.path.basename(sys.argv[0]), *sys.argv[1:]),  # noqa: PTH119 - text, not a place
        config=config.model_dump(mode="json"),
        inputs=tuple(Input(**file) for file in files),
        counts=told,
        started=_iso(started),
        ended=_iso(ended),
        wall_seconds=round(max(0.0, ended - started), 3),
        seconds=seconds,
        warnings=tuple(warnings),
    )


def with_results(record: Provenance, run: RunFolder) -> Provenance:
    """The record with the fingerprints of what lies in the run folder."""
    found = {path.relative_to(run.path).as_posix(): file_digest(path) for path in result_files(run)}
    return record.model_copy(update={"results": found})


def result_files(run: RunFolder) -> Iterator[Path]:
    """The files of a run that its record speaks for; figures and report are made from them again."""
    for path in (run.config, run.data, run.model, run.metrics, run.predictions, run.similarity):
        if path.is_file():
            yield path
    yield from sorted(run.evaluation.rglob("*.npy"))


def read_provenance(path: Path) -> Provenance:
    """The record of a run.

    Raises:
        BioseqError: There is none, or it is damaged.
    """
    try:
        return Provenance.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BioseqError(
            "run.no_provenance",
            "This run has no readable record of where its results come from.",
            where=str(path),
            remedy="Only runs that came to their end have one; train again, or resume the run.",
        ) from error


def revision() -> str:
    """The revision of the program's sources when it runs from a checkout; empty when it is installed."""
    git = shutil.which("git")
    if git is None or not (_CHECKOUT / ".git").exists():
        return ""
    return _output([git, "-C", str(_CHECKOUT), "describe", "--always", "--abbrev=40", "--dirty", "--exclude", "*"])


def accelerators() -> tuple[Accelerator, ...]:
    """The graphics cards that NVIDIA's driver knows; none where there is no such driver."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    told = _output([tool, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"])
    rows = [[cell.strip() for cell in line.split(",")] for line in told.splitlines()]
    return tuple(Accelerator(name=row[0], driver=row[1], memory=row[2]) for row in rows if len(row) == 3)


def _output(command: list[str]) -> str:
    """What a program says; empty when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _packages() -> Iterator[tuple[str, str]]:
    for package in distributions():
        name = package.metadata["Name"]
        if name:
            yield str(name), package.version


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a view of the system, not a file
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        return names[0] if names else platform.processor()
    except OSError:
        return platform.processor()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
