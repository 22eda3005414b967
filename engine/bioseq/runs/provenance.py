"""What a result depends on besides configuration and data: versions, machine, seeds, threads, times."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import psutil

from bioseq.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.schema import Configuration

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


def provenance(
    config: Configuration,
    *,
    started: float,
    device: str,
    threads: int,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """The facts as a JSON object.

    Args:
        config: Of the run.
        started: Seconds since 1970.
        device: Where it computed, in words.
        threads: Computing threads.
        warnings: What the person was warned of.
    """
    return {
        "format": 1,
        "program": VERSION,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": {"physical": psutil.cpu_count(logical=False), "logical": os.cpu_count()},
        "memory_bytes": psutil.virtual_memory().total,
        "device": device,
        "threads": threads,
        "seeds": {"split": config.split.seed, "training": config.training.seed},
        "command": [os.path.basename(sys.argv[0]), *sys.argv[1:]],  # noqa: PTH119 - text, not a place
        "started": _iso(started),
        "ended": _iso(datetime.now(UTC).timestamp()),
        "warnings": list(warnings),
    }


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
