"""From a configuration and its records to what the training of a feature baseline takes; test records are not in it.

torch-free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines.descriptors import features_of
from bioseq.catalogue.descriptors import fault_in, settled
from bioseq.catalogue.registry import BASELINES
from bioseq.errors import BioseqError
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split
from bioseq.sequences.tokens import Vocabulary
from bioseq.training.inputs import check_classes, class_weights, positive_index, task_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.catalogue.descriptors import FeaturePlan
    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.config.schema import Configuration, TrainingSettings
    from bioseq.training.inputs import Records


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFeatures:
    """N records as a feature baseline reads them, with their classes.

    Attributes:
        features: `(N, F)`, float64.
        labels: Class of each, int64 `(N,)`.
        rows: Their numbers in the data set, `(N,)`.
    """

    features: csr_matrix
    labels: NDArray[np.int64]
    rows: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, places: NDArray[np.intp]) -> LabelledFeatures:
        """Some of the records."""
        return LabelledFeatures(self.features[places], self.labels[places], self.rows[places])


@dataclass(frozen=True, slots=True, eq=False)
class BaselineInput:
    """All that the training of a feature baseline is told.

    Attributes:
        architecture: Name in the catalogue.
        hyper: All settings; what the data decided is written out.
        task: Classes and longest record, letters.
        settings: How to train.
        vocabulary: Of single letters.
        label_names: The classes in order.
        plan: Which features.
        train: Records to learn from.
        validation: Records that choose; None when there are none.
        class_weights: Weight of each class, `(C,)`.
        positive: With two classes: the one that metrics speak of.
        threshold: With two classes: probability from which a record is called positive.
        chooses_threshold: Another threshold is chosen on validation once training is over.
        fewest_trees: Trees per round at least; boosting looks at all features again at the start of each round.
    """

    architecture: str
    hyper: HyperValues
    task: TaskShape
    settings: TrainingSettings
    vocabulary: Vocabulary
    label_names: tuple[str, ...]
    plan: FeaturePlan
    train: LabelledFeatures
    validation: LabelledFeatures | None
    class_weights: NDArray[np.float64]
    positive: int
    threshold: float
    chooses_threshold: bool
    fewest_trees: int = 1


def prepare_baseline(config: Configuration, loaded: Records) -> BaselineInput:
    """Features, classes, class weights and settings of a run.

    Raises:
        BioseqError: There is nothing to learn from, the features do not fit the records, or the configuration names a
            class that is not there.
    """
    dataset = loaded.dataset
    chosen = BASELINES[config.model.name]
    vocabulary = Vocabulary(loaded.molecule)
    task = task_of(dataset, vocabulary)
    hyper = chosen.resolve(config.model.hyper)
    plan = chosen.plan(hyper, loaded.molecule, longest=task.longest, fixed_length=task.fixed_length)
    message, remedy = fault_in(plan, fixed_length=task.fixed_length)
    if message:
        raise BioseqError("config.features_do_not_fit", message, where="model.hyper.features", remedy=remedy)
    labels = dataset.labels[(dataset.splits == Split.TRAIN) & (dataset.labels != NO_LABEL)].astype(np.int64)
    check_classes(labels, dataset.label_names)
    validation = _labelled_features(dataset, Split.VALIDATION, plan)
    return BaselineInput(
        architecture=chosen.name,
        hyper=settled(hyper, plan),
        task=task,
        settings=config.training,
        vocabulary=vocabulary,
        label_names=dataset.label_names,
        plan=plan,
        train=_labelled_features(dataset, Split.TRAIN, plan),
        validation=validation if len(validation) else None,
        class_weights=class_weights(config.training, labels, dataset.label_names),
        positive=positive_index(config.evaluation.positive_label, dataset.label_names),
        threshold=config.evaluation.threshold,
        chooses_threshold=config.evaluation.threshold_aim != "fixed",
    )


def _labelled_features(dataset: Dataset, split: Split, plan: FeaturePlan) -> LabelledFeatures:
    rows = np.flatnonzero((dataset.splits == split) & (dataset.labels != NO_LABEL)).astype(np.intp)
    chosen = dataset.take(rows)
    return LabelledFeatures(features_of(plan, chosen), chosen.labels.astype(np.int64), rows)
