"""From a configuration and its records to what the training loop takes.

The loop chooses by validation alone: test records are not part of its input, so it cannot look at them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bioseq.catalogue.registry import architecture
from bioseq.catalogue.specification import HyperValues, TaskShape
from bioseq.errors import BioseqError
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split
from bioseq.sequences.tokens import TokenColumn, Vocabulary
from bioseq.sequences.wording import quoted
from bioseq.training.sampling import class_gains

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from bioseq.config.schema import AugmentationSettings, Configuration, Section, TrainingSettings
    from bioseq.sequences.alphabets import Molecule

_LATER = frozenset({"coding", "label_smoothing", "sampling", "adversarial", "flooding", "deterministic"})
"""Options that came after the first checkpoints were written: runs from before can still be resumed."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledTokens:
    """N records as a network reads them, with their classes.

    Attributes:
        tokens: Tokens of all records.
        labels: Class of each, int64 `(N,)`.
        rows: Their numbers in the data set, `(N,)`.
    """

    tokens: TokenColumn
    labels: NDArray[np.int64]
    rows: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingInput:
    """All that the training loop is told. There are no test records in it.

    Attributes:
        architecture: Name in the catalogue.
        hyper: All hyper-parameters, defaults filled in.
        task: Vocabulary, classes, longest input.
        settings: How to train.
        augmentation: How training records are changed, and which strands are read.
        vocabulary: What the tokens mean.
        label_names: The classes in order.
        train: Records to learn from.
        validation: Records that choose the best epoch; None when there are none.
        class_weights: Weight of each class in the loss, `(C,)`.
        positive: With two classes: the one that metrics speak of.
        threshold: With two classes: probability from which a record is called positive.
        chooses_threshold: Another threshold is chosen on validation once training is over.
        fingerprint: Hash of settings and records, by which a checkpoint knows its run.
    """

    architecture: str
    hyper: HyperValues
    task: TaskShape
    settings: TrainingSettings
    augmentation: AugmentationSettings
    vocabulary: Vocabulary
    label_names: tuple[str, ...]
    train: LabelledTokens
    validation: LabelledTokens | None
    class_weights: NDArray[np.float64]
    positive: int
    threshold: float
    chooses_threshold: bool
    fingerprint: str

    @property
    def prior_log_weights(self) -> tuple[float, ...]:
        """What weights and sampling did to the class frequencies; focal loss and smoothing do nothing to them."""
        gains = class_gains(self.train.labels, self.settings.sampling, len(self.label_names))
        return prior_log_weights(self.class_weights * gains)


class Records(Protocol):
    """Records that can be trained on: `config.loading.LoadedData`, or made-up ones.

    Attributes:
        dataset: Cleaned records with their splits.
        molecule: What they are made of.
    """

    @property
    def dataset(self) -> Dataset:
        """The records."""

    @property
    def molecule(self) -> Molecule:
        """Their molecule."""


def prepare(config: Configuration, loaded: Records) -> TrainingInput:
    """Tokens, classes, class weights and hyper-parameters of a run.

    Raises:
        BioseqError: There is nothing to learn from: no labelled training records, or one class only; or the
            configuration names a class that is not there.
    """
    dataset = loaded.dataset
    vocabulary = Vocabulary(loaded.molecule, config.tokens.kind, config.tokens.k)
    train = labelled_tokens(dataset, Split.TRAIN, vocabulary)
    check_classes(train.labels, dataset.label_names)
    validation = labelled_tokens(dataset, Split.VALIDATION, vocabulary)
    chosen = architecture(config.model.name)
    hyper = chosen.resolve(config.model.hyper)
    task = chosen.settle(task_of(dataset, vocabulary, one_hot=config.tokens.coding == "one_hot"), hyper)
    return TrainingInput(
        architecture=config.model.name,
        hyper=hyper,
        task=task,
        settings=config.training,
        augmentation=config.augmentation,
        vocabulary=vocabulary,
        label_names=dataset.label_names,
        train=train,
        validation=validation if len(validation) else None,
        class_weights=class_weights(config.training, train.labels, dataset.label_names),
        positive=positive_index(config.evaluation.positive_label, dataset.label_names),
        threshold=config.evaluation.threshold,
        chooses_threshold=config.evaluation.threshold_aim != "fixed",
        fingerprint=_fingerprint(config, train, validation, encoder=task.encoder),
    )


def labelled_tokens(dataset: Dataset, split: Split, vocabulary: Vocabulary) -> LabelledTokens:
    """The labelled records of a split, as tokens."""
    rows = np.flatnonzero((dataset.splits == split) & (dataset.labels != NO_LABEL))
    chosen = dataset.take(rows)
    return LabelledTokens(
        vocabulary.encode(chosen.letters, chosen.offsets), chosen.labels.astype(np.int64), rows.astype(np.intp)
    )


def task_of(dataset: Dataset, vocabulary: Vocabulary, *, one_hot: bool = False) -> TaskShape:
    """What a network for these records must know: lengths are those of all records, so that all of them fit."""
    lengths = np.maximum(dataset.lengths - vocabulary.k + 1, 1)
    return TaskShape(
        vocabulary=vocabulary.size,
        classes=len(dataset.label_names),
        longest=int(lengths.max(initial=1)),
        fixed_length=bool(len(lengths) and lengths.min() == lengths.max()),
        one_hot=one_hot,
        molecule=vocabulary.molecule.value,
        word_length=vocabulary.k,
    )


def class_weights(
    settings: TrainingSettings, labels: NDArray[np.int64], label_names: tuple[str, ...]
) -> NDArray[np.float64]:
    """Weight of each class in the loss, `(C,)`; balanced weights average to 1 over the records.

    Raises:
        BioseqError: Weights by hand name an unknown class or are negative.
    """
    if settings.class_weights == "balanced":
        counts = np.bincount(labels, minlength=len(label_names)).astype(np.float64)
        present = np.count_nonzero(counts)
        return np.where(counts > 0, len(labels) / (present * np.maximum(counts, 1)), 1.0)
    weights = np.ones(len(label_names))
    if settings.class_weights == "custom":
        for name, weight in settings.custom_weights.items():
            if name not in label_names or weight < 0:
                raise BioseqError(
                    "config.bad_class_weight",
                    f"There is no class {name!r}."
                    if name not in label_names
                    else f"The weight of {name!r} is negative.",
                    where="training.custom_weights",
                    remedy=f"The classes are {quoted(label_names)}; weights are 0 or more.",
                )
            weights[label_names.index(name)] = weight
    return weights


def prior_log_weights(weights: NDArray[np.float64]) -> tuple[float, ...]:
    """Logarithm of the say that each class had in training beside the data, for `evaluation.calibration`.

    Empty where all have the same. A class of weight 0 was not learnt, which nothing undoes: it counts as weight 1.

    Args:
        weights: Say of one record of each class, by weights, sampling and made-up records together, `(C,)`.
    """
    told = np.log(np.where(weights > 0, weights, 1.0))
    return () if np.allclose(told, told[0], rtol=0, atol=1e-12) else tuple(told.tolist())


def positive_index(positive_label: str, label_names: tuple[str, ...]) -> int:
    """Index of the positive class: the one named, or the last.

    Raises:
        BioseqError: The named class is not there.
    """
    if not positive_label:
        return len(label_names) - 1
    if positive_label not in label_names:
        raise BioseqError(
            "config.unknown_class",
            f"There is no class {positive_label!r}.",
            where="evaluation.positive_label",
            remedy=f"The classes are {quoted(label_names)}.",
        )
    return label_names.index(positive_label)


def check_classes(labels: NDArray[np.int64], label_names: tuple[str, ...]) -> None:
    """Check that there is something to learn.

    Raises:
        BioseqError: There are no labelled training records, or they are all of one class.
    """
    if not len(labels):
        raise BioseqError(
            "data.nothing_to_train",
            "There are no labelled records to train on.",
            remedy="Add files whose records name their class, or one file per class.",
        )
    present = np.unique(labels)
    if len(present) < 2:
        raise BioseqError(
            "data.one_class",
            f"All training records are of one class, {label_names[int(present[0])]!r}.",
            remedy="Add training records of at least one more class.",
        )


def _known_to_all(section: Section, exclude: Collection[str] = ()) -> dict[str, Any]:
    """The options of a section that can matter to a checkpoint: later ones at their defaults change nothing."""
    values = section.model_dump(exclude=set(exclude))
    fields = type(section).model_fields
    return {name: value for name, value in values.items() if name not in _LATER or value != fields[name].default}


def _fingerprint(config: Configuration, *parts: LabelledTokens, encoder: str) -> str:
    """Hash of everything that decides the weights; not of file paths, device and threads."""
    settings: dict[str, Any] = {
        "tokens": _known_to_all(config.tokens),
        "model": config.model.model_dump(exclude={"combine"}),  # what the answer is made of decides no weight
        "training": _known_to_all(config.training, exclude={"device", "threads"}),
        "evaluation": config.evaluation.model_dump(include={"positive_label", "threshold"}),
    }
    if changed := config.augmentation.model_dump(exclude_defaults=True):
        settings["augmentation"] = changed
    if encoder:
        settings["encoder"] = encoder
        settings["model"]["hyper"].pop("folder", None)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for part in parts:
        for column in (part.tokens.tokens, part.tokens.offsets, part.labels):
            digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
