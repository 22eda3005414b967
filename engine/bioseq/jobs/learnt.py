"""What a training job needs of a model, whichever kind it is: how it is prepared, learnt, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy as np
    from numpy.typing import NDArray

    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.protocol.control import Control
    from bioseq.protocol.events import Event
    from bioseq.runs.bundle import BundleContents
    from bioseq.runs.folder import RunFolder
    from bioseq.runs.weights import Weights
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.tokens import Vocabulary

    Predict = Callable[[Dataset, Callable[[int, int], None] | None], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """What training gives to the rest of the job.

    Attributes:
        predict: `(records, progress) -> ` probabilities of the classes, `(N, C)`.
        weights: All that was learnt, as named arrays.
        best_epoch: The epoch (of a feature baseline: the round) that they are of, 1-based.
        epochs: Epochs finished.
        reason: Why training ended, in words.
        stopped: The person ended it and keeps the best so far.
        cancelled: The person ended it and wants nothing of it.
        seconds: Time spent training, pauses left out.
        device: Where it was trained, in words.
        threads: CPU threads used.
        precision: "float32", "bfloat16", "float64".
        repeatable: The same training on the same machine gives the same weights.
        unrepeatable: Operations that were used and may give something else, by name.
        settled: Settings of the model that training changed: an ensemble that was stopped has fewer members.
        members: Of an ensemble: its members as they go into its bundle.
        parts: Of an ensemble: title and predictions of each member.
        part_weights: Weight of each part in the mean, in the order of `parts`; empty where it is not shown.
        title: What it is, for people, where that is more than its architecture: "Text CNN 60 %, boosting 40 %".
        validation_probabilities: Of the labelled validation records in order, by models that were not fitted on them,
            `(N, C)`; None where `predict` gives the same.
        prior_log_weights: Logarithm of the say that each class had in training beside the data, `(C,)`; empty where all
            had the same, and of an ensemble, whose members have their own undone.
    """

    predict: Predict
    weights: Weights
    best_epoch: int
    epochs: int
    reason: str
    stopped: bool
    cancelled: bool
    seconds: float
    device: str
    threads: int
    precision: str
    repeatable: bool = True
    unrepeatable: tuple[str, ...] = ()
    settled: HyperValues = field(default_factory=dict)
    members: tuple[BundleContents, ...] = ()
    parts: tuple[tuple[str, Predict], ...] = ()
    part_weights: tuple[float, ...] = ()
    title: str = ""
    validation_probabilities: NDArray[np.float32] | None = None
    prior_log_weights: tuple[float, ...] = ()


class Records(Protocol):
    """Labelled records, by their numbers in the data set."""

    @property
    def rows(self) -> NDArray[np.intp]:
        """Their numbers, `(N,)`."""

    def __len__(self) -> int: ...


class Lessons(Protocol):
    """What is learnt, prepared for one kind of model; the attributes are those of `training.inputs.TrainingInput`."""

    @property
    def architecture(self) -> str:
        """Name in the catalogue."""

    @property
    def hyper(self) -> HyperValues:
        """All settings of the model."""

    @property
    def task(self) -> TaskShape:
        """Classes and longest record."""

    @property
    def vocabulary(self) -> Vocabulary:
        """What the tokens mean."""

    @property
    def label_names(self) -> tuple[str, ...]:
        """The classes in order."""

    @property
    def train(self) -> Records:
        """Records to learn from."""

    @property
    def validation(self) -> Records | None:
        """Records that choose."""

    @property
    def positive(self) -> int:
        """With two classes: the one that metrics speak of."""

    @property
    def threshold(self) -> float:
        """With two classes: probability from which a record is called positive."""


class Teaching(Protocol):
    """One training: the lessons and how they are learnt."""

    @property
    def lessons(self) -> Lessons:
        """What is learnt."""

    @property
    def size(self) -> str:
        """How large the model is, in words: "12,345 weights"."""

    def learn(self, folder: RunFolder, control: Control, *, resume: bool) -> Generator[Event, None, Learnt]:
        """Train, as a generator of events."""
