"""The control with shuffled labels: what the same training finds when there is nothing to find.

The labels of the training and validation records change places, so that sequences say nothing of them; the test records
keep theirs. A model that learns nothing wrong then guesses. Ojala and Garriga 2010, Permutation Tests for Studying
Classifier Performance, JMLR 11:1833. Torch-free: the window reads these values.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.durable import write_json
from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import METRICS
from bioseq.json_values import Finite, ShortText, SmallCount, decode
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.wording import counted

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

_GUESSING = {"roc_auc": 0.5, "mcc": 0.0}
_ABOVE_GUESSING = 0.1
"""Mean distance from guessing from which shuffled labels are said to be learnt."""


@dataclass(frozen=True, slots=True)
class ShuffledControl:
    """Figures of a model, and of models that were taught shuffled labels, on the same test records.

    Attributes:
        metric: By which they are compared: "roc_auc" with two classes, "mcc" with more.
        own: Figure of the model.
        shuffled: Figures with shuffled labels, one for each shuffle done.
        epochs: Epochs at most for each of them: as many as the model itself was trained.
    """

    metric: ShortText
    own: Finite
    shuffled: tuple[Finite, ...]
    epochs: SmallCount

    @property
    def p_value(self) -> float:
        """Chance that shuffled labels do as well, counted cautiously: (1 + as good or better) / (1 + shuffles)."""
        return (1 + sum(value >= self.own for value in self.shuffled)) / (1 + len(self.shuffled))

    @property
    def learns_nothing(self) -> float:
        """The figure of one who guesses."""
        return _GUESSING[self.metric]

    @property
    def leaks(self) -> bool:
        """Shuffled labels are learnt: something but the sequences' own labels reaches the test."""
        return bool(self.shuffled) and float(np.mean(self.shuffled)) - self.learns_nothing > _ABOVE_GUESSING

    @property
    def sentence(self) -> str:
        """What was found, and how far it goes."""
        if not self.shuffled:
            return "No shuffle is done yet."
        title, count = METRICS[self.metric].title, len(self.shuffled)
        mean, spread = float(np.mean(self.shuffled)), float(np.std(self.shuffled))
        found = counted(f"With shuffled labels {title} is {mean:.3f} ± {spread:.3f} ({{n}} [shuffle|shuffles])", count)
        if self.leaks:
            return (
                f"{found}, far above guessing ({self.learns_nothing:g}): something besides the labels tells the "
                "classes of the test records. Look for test records that stand in the training data."
            )
        better = sum(value >= self.own for value in self.shuffled)
        if better:
            return counted(
                f"{found}; {{n}} of them [does|do] as well as the model ({self.own:.3f}): p = {self.p_value:.2f}. "
                "What the model tells may be chance.",
                better,
            )
        few = f", the smallest that {count} can give" if self.p_value > 0.05 else ""
        return f"{found}; the model's {self.own:.3f} lies above all of them: p = {self.p_value:.2g}{few}."

    def check(self) -> None:
        """Refuse what is no control.

        Raises:
            ValueError: A figure is not defined, or is none that this is measured by.
        """
        if self.metric not in _GUESSING or not all(map(math.isfinite, (self.own, *self.shuffled))):
            raise ValueError(self)

    def save(self, path: Path) -> None:
        """Write it as JSON, durably."""
        fields = {"format": 1, **asdict(self), "p_value": self.p_value}
        write_json(path, fields)

    @classmethod
    def open(cls, path: Path) -> ShuffledControl:
        """Read it.

        Raises:
            BioseqError: There is none, or the file is damaged.
        """
        try:
            made = decode(cls, path.read_bytes())
            made.check()
        except (OSError, ValueError) as error:
            raise BioseqError(
                "run.no_control",
                "This run holds no control with shuffled labels.",
                where=str(path),
                remedy="Check with shuffled labels first.",
            ) from error
        return made


def shuffled_labels(dataset: Dataset, seed: tuple[int, int]) -> NDArray[np.int16]:
    """The labels with those of the training records mixed among them, and those of the validation records too.

    Each split keeps as many records of each class as it has; test records keep their labels.
    """
    chance = np.random.default_rng(seed)
    labels = dataset.labels.copy()
    for split in (Split.TRAIN, Split.VALIDATION):
        rows = np.flatnonzero((dataset.splits == split) & (labels != NO_LABEL))
        labels[rows] = labels[chance.permutation(rows)]
    return labels
