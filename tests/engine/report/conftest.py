"""A run by hand, whose labels and ids come from a stranger with bad intentions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.evaluate import judge
from bioseq.protocol.events import EpochFinished, Warned
from bioseq.report.material import Judgement, Material, read_material
from bioseq.runs.history import RunState
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bioseq.runs.folder import RunFolder

HOSTILE = (
    "</svg><script>alert(1)</script>",
    "_$\\frac{x$ & \"quotes\" 'more' --> ]]>",
    "\u202egnp.exe\x07\ud83d [a](javascript:x) | `b` 标签",
)


def hostile_names(count: int) -> tuple[str, ...]:
    """So many labels that try to be more than text."""
    return HOSTILE[:count]


def material_of(labels: tuple[str, ...], *, records: int = 60, name: str = "run") -> Material:
    """A judged run with these classes, made without training."""
    chance = np.random.default_rng(7)
    truth = np.arange(records) % len(labels)
    dataset = Dataset.from_records(
        ["".join(chance.choice(list("ACGT"), 12)) for _ in range(records)],
        ids=[f"<img src=x onerror=alert({row})>" for row in range(records)],
        labels=[labels[code] for code in truth],
    )
    order = [dataset.label_names.index(label) for label in labels]
    chances = chance.dirichlet(np.ones(len(labels)), records)
    chances[np.arange(records), truth] += 1.0
    chances = (chances / chances.sum(axis=1, keepdims=True))[:, np.argsort(order)].astype(np.float32)
    evaluation, judged = judge(
        predictor(chances),
        dataset,
        labels=dataset.label_names,
        split="test",
        title="Text CNN",
        positive=1,
        threshold=0.5,
    )
    config = Configuration(data=DataSettings(files=(DataFile(path=f"/home/somebody/{labels[0]}.fasta"),)))
    data = {
        "files": [{"path": "/home/somebody/x.fasta", "sha256": "0" * 64, "bytes": 1, "records": records}],
        "molecule": "dna",
        "records_read": records,
        "records_used": records,
        "labels": list(dataset.label_names),
        "classes_per_split": {"train": [30] * len(labels), "test": [records // len(labels)] * len(labels)},
    }
    return Material(
        name=name,
        config=config,
        data=data,
        judged={"test": Judgement(evaluation, judged)},
        state=RunState(epochs=epochs(5), warnings=(warned(f"Label {labels[0]} is odd."),)),
    )


def predictor(chances: NDArray[np.float32]) -> Callable[..., NDArray[np.float32]]:
    """One that gives these probabilities."""
    return lambda _records, _progress=None: chances


def epochs(count: int) -> tuple[EpochFinished, ...]:
    """So many epochs of falling loss."""
    return tuple(
        EpochFinished(
            job_id="j",
            epoch=number,
            epochs=count,
            train={"loss": 1 / number, "mcc": 1 - 1 / number},
            validation={"loss": 1.1 / number, "mcc": 0.9 - 1 / number},
            learning_rate=1e-3,
            seconds=0.1,
            best_epoch=count,
            improved=True,
            epochs_without_improvement=0,
            patience=10,
            selection_metric="loss",
        )
        for number in range(1, count + 1)
    )


def warned(message: str) -> Warned:
    """A warning with this text."""
    return Warned(job_id="j", code="test", message=message, remedy="<b>Look</b>.")


@pytest.fixture(scope="session")
def hostile() -> Material:
    """Two classes with hostile names."""
    return material_of(hostile_names(2), name=HOSTILE[0])


@pytest.fixture(scope="session")
def hostile_many() -> Material:
    """Three classes with hostile names."""
    return replace(material_of(hostile_names(3)), name="three")


@pytest.fixture(scope="session")
def trained_material(shared_run: RunFolder) -> Material:
    """A run that was trained."""
    return read_material(shared_run.path)
