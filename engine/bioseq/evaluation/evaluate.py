"""Judge a trained model and its baselines on labelled records, all on the same ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import BioseqError
from bioseq.evaluation.bootstrap import Resampling
from bioseq.evaluation.class_names import suggest_classes
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.paired_tests import p_of
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores
from bioseq.sequences.dataset import NO_LABEL
from bioseq.sequences.text_column import TextColumn
from bioseq.sequences.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from bioseq.evaluation.baselines import FittedBaseline
    from bioseq.evaluation.bootstrap import Drawn, Resamples
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]
    Predict = Callable[[Dataset, Progress | None], NDArray[np.float32]]


def judge(
    predict: Predict,
    dataset: Dataset,
    *,
    labels: tuple[str, ...],
    split: str,
    title: str,
    positive: int = -1,
    threshold: float = 0.5,
    seconds: float = 0.0,
    baselines: Sequence[FittedBaseline] = (),
    thresholds: Mapping[str, float] | None = None,
    resamples: Resamples | None = None,
    clusters: ArrayLike | None = None,
    progress: Progress | None = None,
) -> tuple[Evaluation, EvaluatedRecords]:
    """Predict labelled records and compare with the truth.

    Args:
        predict: `(records, progress) -> ` probabilities of the model, `(N, C)`.
        dataset: The records to judge by; those without a label, or with one that the model does not know, are left
            out.
        labels: The model's classes in order.
        split: What the records are: "test", "validation" or "files".
        title: Name of the model, for people.
        positive: With two classes: index of the one that sensitivity speaks of; -1 takes the last.
        threshold: With two classes: probability from which a record counts as positive.
        seconds: How long the model was trained.
        baselines: Predictors to compare with.
        thresholds: Name of a baseline to its own threshold; those that are not named have that of the model.
        resamples: How intervals are made; None makes none.
        clusters: Cluster of similar records that each record of the data set belongs to, `(N,)`, where it is known:
            whole clusters are drawn for the intervals.
        progress: Called with records done and all records; may raise to end the work.

    Raises:
        BioseqError: No record carries a class that the model knows.
    """
    known = truth_in(dataset, labels)
    rows = np.flatnonzero(known != NO_LABEL)
    if not len(rows):
        raise _nothing_known(dataset, labels)
    judged = dataset if len(rows) == len(dataset) else dataset.take(rows)
    truth = known[rows]
    chances = predict(judged, progress)
    by_baseline = {baseline.name: baseline.predict(judged) for baseline in baselines}
    positive = positive % len(labels)

    own_thresholds = thresholds or {}

    def figures(name: str, title: str, probabilities: NDArray[np.float32], seconds: float) -> Scores:
        own = own_thresholds.get(name, threshold)
        found = scores(truth, probabilities, threshold=own, positive=positive)
        per_class = dict(zip(labels, found.per_class_by_index, strict=True))
        confusion = tuple(tuple(row) for row in found.confusion.tolist())
        return Scores(name, title, found.metrics, per_class, confusion, seconds, own)

    evaluation = Evaluation(
        split=split,
        labels=labels,
        positive=labels[positive] if len(labels) == 2 else "",
        threshold=threshold,
        records=len(rows),
        model=figures("model", title, chances, seconds),
        baselines=tuple(
            figures(baseline.name, baseline.title, by_baseline[baseline.name], baseline.seconds)
            for baseline in baselines
        ),
    )
    kinds = None if clusters is None else np.asarray(clusters, np.int64)[rows]
    if resamples is not None:
        pulse = None if progress is None else lambda: progress(len(rows), len(rows))
        evaluation = with_intervals(
            evaluation, truth, {"model": chances, **by_baseline}, resamples, clusters=kinds, pulse=pulse
        )
    sequences = TextColumn(judged.letters, judged.offsets)
    return evaluation, EvaluatedRecords(judged.ids, sequences, truth, chances, by_baseline, kinds)


def _nothing_known(dataset: Dataset, labels: tuple[str, ...]) -> BioseqError:
    """Why no record can be evaluated: none has a label, or all labels are others than those of the model."""
    known = f"The model's classes are {quoted(labels)}."
    counts = np.bincount(dataset.labels[dataset.labels != NO_LABEL], minlength=len(dataset.label_names))
    found = [dataset.label_names[code] for code in np.argsort(-counts, kind="stable").tolist() if counts[code]]
    if not found:
        return BioseqError(
            "evaluation.no_labels", "No record carries a class.", remedy=f"Add the class of each record. {known}"
        )
    likely = suggest_classes(found, labels) or "Correct the labels, or choose a model that knows these classes."
    return BioseqError(
        "evaluation.no_labels",
        f"No record carries a class that the model knows: found {quoted(found)}.",
        remedy=f"{known} {likely}",
    )


def with_intervals(
    evaluation: Evaluation,
    truth: NDArray[np.integer],
    probabilities: Mapping[str, NDArray[np.float32]],
    resamples: Resamples,
    *,
    clusters: ArrayLike | None = None,
    pulse: Callable[[], None] | None = None,
) -> Evaluation:
    """The evaluation with an interval for each figure, and for how much more the model has than each baseline.

    Args:
        evaluation: The figures.
        truth: True class of each record, `(N,)`.
        probabilities: Name of the model and of each baseline to its probabilities, `(N, C)`.
        resamples: How intervals are made.
        clusters: Cluster of similar records that each record belongs to, `(N,)`, where it is known.
        pulse: Called now and then; may raise to end the work.
    """
    count = resamples.of(len(truth))
    drawing = Resampling(truth, clusters=clusters, resamples=count, seed=resamples.seed)
    positive = evaluation.labels.index(evaluation.positive) if evaluation.positive else 1

    def drawn(scores: Scores, *, per_class: bool = False) -> Drawn:
        return drawing.drawn(
            probabilities[scores.name],
            positive=positive,
            threshold=scores.threshold,
            per_class=per_class,
            pulse=pulse,
        )

    own = drawn(evaluation.model, per_class=True)
    each = [drawing.intervals(one, level=resamples.level) for one in own.per_class]
    baselines = []
    for baseline in evaluation.baselines:
        other = drawn(baseline)
        lead = drawing.intervals(own.minus(other), level=resamples.level)
        baselines.append(
            replace(
                baseline,
                intervals=drawing.intervals(other, level=resamples.level),
                lead=lead,
                lead_p={name: p_of(interval) for name, interval in lead.items()},
            )
        )
    return replace(
        evaluation,
        model=replace(
            evaluation.model,
            intervals=drawing.intervals(own, level=resamples.level),
            class_intervals=dict(zip(evaluation.labels, each, strict=True)),
        ),
        baselines=tuple(baselines),
        resamples=count,
        clusters=0 if clusters is None else len(np.unique(np.asarray(clusters))),
    )


def truth_in(dataset: Dataset, labels: tuple[str, ...]) -> NDArray[np.int16]:
    """The class of each record as an index into the model's classes, `NO_LABEL` where it has none, `(N,)`."""
    places = {label: number for number, label in enumerate(labels)}
    table = np.array([*(places.get(name, NO_LABEL) for name in dataset.label_names), NO_LABEL], np.int16)
    return table[dataset.labels]  # NO_LABEL is -1: the last place of the table
