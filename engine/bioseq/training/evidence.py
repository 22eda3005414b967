"""Which view of the records tells their classes apart: cross-validated regressions on some of the training records.

Composition and length; k-mers wherever they stand, in DNA also those of both strands together; letters by position, or
at both ends where lengths differ; position and k-mers side by side. Each is a logistic regression with a fixed penalty
on features of `bioseq.baselines`, so that all of them take seconds. torch-free.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.baselines.descriptors import features_of
from bioseq.catalogue.reference_baselines import MAX_POSITIONS
from bioseq.catalogue.registry import BASELINES
from bioseq.config.evidence import Evidence, Probe
from bioseq.evaluation.baselines import stratified_sample
from bioseq.evaluation.metrics import scores
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.identity import sequence_groups
from bioseq.sequences.similarity.choices import usual_identity
from bioseq.sequences.similarity.clusters import cluster
from bioseq.sequences.similarity.windows import LONGEST_WINDOW
from bioseq.training.baseline_loop import computing_threads
from bioseq.training.cross_validation import assign_folds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.config.evidence import View
    from bioseq.config.loading import LoadedData
    from bioseq.sequences.dataset import Dataset

MAX_RECORDS = 3_000
MAX_RESIDUES = 1_500_000
"""Records and residues that are looked at, at most."""
_RELATED_RESIDUES = 200_000
"""Residues up to which relatives are looked for here, which takes a few seconds; of short windows, no time, all are."""
_LEAST_RECORDS = 1_000
"""So many are looked at, if they are there, even where that is too much to look for relatives."""
MIN_PER_CLASS = 10
"""Training records of the two largest classes, below which nothing is looked at."""
_FOLDS = 3
_SEED = 1
_PENALTIES = {"composition": 1.0, "kmers": 3.0, "canonical_kmers": 3.0, "position": 0.1, "position_and_kmers": 0.1}
"""C of each regression: rare features unscaled are fitted freely, letters by position with caution."""


def examine(loaded: LoadedData) -> Evidence | None:
    """The evidence in the records of a configuration; as `find_evidence`."""
    return find_evidence(loaded.dataset, loaded.molecule, clusters=loaded.clusters)


def find_evidence(
    dataset: Dataset, molecule: Molecule, *, clusters: NDArray[np.int64] | None = None
) -> Evidence | None:
    """Look at the labelled records that are not for the test.

    Args:
        dataset: Cleaned records with their splits.
        molecule: What they are made of.
        clusters: Cluster of similar records of each, `(N,)`, where they are known: a cluster is held out as a whole.
            Where they are not, they are looked for among the records that are looked at, if that takes a moment.

    Returns:
        What was found; None where there are too few records, or too few that differ.
    """
    rows = np.flatnonzero((dataset.splits != Split.TEST) & (dataset.labels != NO_LABEL))
    labelled = dataset.labels[rows]
    counts = np.sort(np.bincount(labelled, minlength=2))[::-1]
    if len(counts) < 2 or counts[1] < MIN_PER_CLASS:
        return None
    lengths = dataset.lengths[rows]
    mean_length = max(1.0, float(lengths.mean()))
    most = min(MAX_RECORDS, max(100, int(MAX_RESIDUES / mean_length)))
    if clusters is None and molecule is not Molecule.PROTEIN and not _are_windows(lengths):
        most = min(most, max(_LEAST_RECORDS, int(_RELATED_RESIDUES / mean_length)))
    chosen = rows[stratified_sample(labelled, most, _SEED)]
    records = dataset.take(chosen)
    labels = records.labels.astype(np.int64)
    groups = _group_relatives(records, molecule) if clusters is None else clusters[chosen]
    folds = assign_folds(labels, groups, np.zeros(len(labels), np.bool_), count=_FOLDS, seed=_SEED)
    classes = len(records.label_names)
    # Relatives say the same again: as many independent records as there are groups.
    counts = np.bincount(np.unique(np.column_stack([labels, groups]), axis=0)[:, 0], minlength=classes)
    with computing_threads(1):
        areas = {
            view: _auc(features_of(plan, records), labels, folds, _PENALTIES[view], classes)
            for view, plan in _plans(records, molecule)
        }
    probes = [Probe(view, auc, _standard_error(auc, counts)) for view, auc in areas.items()]
    known = tuple(one for one in probes if math.isfinite(one.auc))
    return Evidence(len(records), known) if known else None


def _group_relatives(records: Dataset, molecule: Molecule) -> NDArray[np.int64]:
    """The group of each record: with held-out relatives, letters by position would tell families and not classes."""
    lengths = records.lengths
    if not _are_windows(lengths) and int(lengths.sum()) > _RELATED_RESIDUES:
        return sequence_groups(records)
    identity = usual_identity(molecule, float(np.median(lengths)))
    return cluster(records, identity=identity, molecule=molecule, method="builtin").numbers


def _are_windows(lengths: NDArray[np.int64]) -> bool:
    """Whether relatives are looked for place by place, which is quick."""
    return int(lengths.min()) == int(lengths.max()) <= LONGEST_WINDOW


def _plans(records: Dataset, molecule: Molecule) -> Iterator[tuple[View, Any]]:
    lengths = records.lengths
    longest, fixed = int(lengths.max()), int(lengths.min()) == int(lengths.max())
    width, gap = (3, 1) if molecule is Molecule.PROTEIN else (6, 1)

    def plan(**hyper: str | int) -> Any:
        return BASELINES["lr"].plan(hyper, molecule, longest=longest, fixed_length=fixed)

    yield "composition", plan(features="kmers", k=1, more_features="length")
    yield "kmers", plan(features="gapped_kmers", shortest=width, k=width, gap=gap)
    if molecule is Molecule.DNA:
        yield "canonical_kmers", plan(features="gapped_rckmers", shortest=width, k=width, gap=gap)
    if fixed and longest <= MAX_POSITIONS:
        yield "position", plan(features="one_hot")
        yield "position_and_kmers", plan(features="one_hot", more_features="kmers")
    elif not fixed:
        yield "position", plan(features="ends_and_length")


def _auc(
    features: csr_matrix, labels: NDArray[np.int64], folds: NDArray[np.int64], strength: float, classes: int
) -> float:
    """Cross-validated ROC AUC; NaN where a fold has one class left to learn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import MaxAbsScaler

    found = np.zeros((len(labels), classes))
    scaled = MaxAbsScaler().fit_transform(features)
    for fold in np.unique(folds):
        held = folds == fold
        present = np.unique(labels[~held])
        if len(present) < 2:
            return math.nan
        model = LogisticRegression(C=strength, max_iter=200).fit(scaled[~held], labels[~held])
        found[np.ix_(held, model.classes_)] = model.predict_proba(scaled[held])
    return scores(labels, found).metrics["roc_auc"]


def _standard_error(auc: float, counts: NDArray[np.int64]) -> float:
    """Of a ROC AUC, by Hanley and McNeil 1982, equations 1 and 2; of the mean over classes that of the rarest."""
    rare = int(counts[counts > 0].min())
    rest = int(counts.sum()) - rare
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (rare - 1) * (first - auc**2) + (rest - 1) * (second - auc**2)
    return math.sqrt(max(spread, 0.0) / max(1, rare * rest))
