"""Made-up training records for rare classes: SMOTE (Chawla et al. 2002) and ADASYN (He et al. 2008).

Both work on features, so they are for feature baselines; they see training records only. Needs imbalanced-learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.catalogue.baselines import too_few_to_balance
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


def resampled(
    kind: str,
    features: csr_matrix,
    labels: NDArray[np.int64],
    *,
    neighbours: int,
    seed: int,
    label_names: tuple[str, ...],
) -> tuple[csr_matrix, NDArray[np.int64]]:
    """The records, followed by made-up ones of the rarer classes.

    Args:
        kind: "smote", "adasyn", or "none" for the records as they are.
        features: `(N, F)`; distances between rows decide who is whose neighbour.
        labels: Class of each, `(N,)`.
        neighbours: How many neighbours are looked at.
        seed: Of what is drawn.
        label_names: For the sentence when there are too few.

    Raises:
        BioseqError: A rare class has no more records than `neighbours`, the package is missing, or ADASYN finds no
            record near another class.
    """
    if kind == "none":
        return features, labels
    present, counts = np.unique(labels, return_counts=True)
    for label, count in zip(present.tolist(), counts.tolist(), strict=True):
        if count <= neighbours and count < counts.max():
            problem = too_few_to_balance(kind, label_names[label], count, neighbours)
            raise BioseqError.from_problem(problem)
    sampler = _sampler(kind, neighbours, seed)
    try:
        made, their_labels = sampler.fit_resample(features, labels)
    except (ValueError, RuntimeError) as error:
        raise BioseqError(
            "training.not_balanced",
            f"{kind.upper()} could not make records of the rarer classes: none of them lies near another class.",
            where="model.hyper.resampling",
            remedy="Choose SMOTE, class weights, or nothing.",
        ) from error
    return made.tocsr(), np.asarray(their_labels, np.int64)


def _sampler(kind: str, neighbours: int, seed: int) -> Any:
    try:
        from imblearn.over_sampling import ADASYN, SMOTE
    except ImportError as error:
        raise BioseqError(
            "model.package_missing",
            f"{kind.upper()} needs a package that is not installed: imbalanced-learn.",
            where="model.hyper.resampling",
            remedy='Install it with: pip install "bioseq-studio[balance]"',
        ) from error
    if kind == "smote":
        return SMOTE(k_neighbors=neighbours, random_state=seed)
    return ADASYN(n_neighbors=neighbours, random_state=seed)
