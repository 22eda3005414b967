"""How many independent records a share of clustered records is worth.

Records of a cluster are told right or wrong together, so that n of them tell less of a share than n independent ones:
as much as n over the design effect, which follows from the sizes of the clusters and the intra-cluster correlation.
Where nearly all outcomes are equal they do not tell how alike they are; the scores behind them do. Needs numpy only.
Shapes: N records, K clusters.

Sources: Kish 1965, Survey Sampling, section 5.4 (design effect); Donner 1986, equation 2.3 (intra-cluster correlation
by analysis of variance); Pearson 1900 (the correlation of two outcomes that are normal scores above a threshold);
Korn and Graubard 1998 (effective records in the interval of a share, few clusters).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_WORTH = 4.0
"""Clusters with the rarer outcome that outcomes must have to count as much as the scores do."""
_NODES = 64
_LARGEST_CORRELATION = 0.999


def design_effect(outcome: NDArray[np.bool_], score: Floats, cluster: NDArray[np.integer]) -> float:
    """By how much the variance of a share is larger than that of independent records, at least 1.

    Args:
        outcome: What the share counts, `(N,)`.
        score: What the outcome was made from, by any rising function, `(N,)`: it tells how alike the records of a
            cluster are where the outcomes do not.
        cluster: Number of the cluster of each record, `(N,)`.
    """
    records = len(outcome)
    _, units = np.unique(cluster, return_inverse=True)
    sizes = np.bincount(units).astype(np.float64)
    if len(sizes) == records:
        return 1.0
    hits = float(np.count_nonzero(outcome))
    rarer = outcome if 2 * hits <= records else ~outcome
    seen = len(np.unique(units[rarer]))
    correlation = _WORTH * _of_outcomes(
        intraclass_correlation(score, units), (min(hits, records - hits) + 0.5) / (records + 1)
    )
    if seen:
        correlation += seen * intraclass_correlation(outcome.astype(np.float64), units)
    return 1 + (float(sizes @ sizes) / records - 1) * correlation / (_WORTH + seen)


def intraclass_correlation(values: Floats, units: NDArray[np.intp]) -> float:
    """Correlation of two records of one cluster, [0, 1]; 1 where no two records of all differ, so that nothing tells.

    Args:
        values: Of the records, `(N,)`.
        units: Cluster of each, 0 to K - 1, each there, `(N,)`.
    """
    sizes = np.bincount(units).astype(np.float64)
    records, clusters = len(values), len(sizes)
    if clusters < 2 or clusters == records:
        return 1.0
    means = np.bincount(units, weights=values) / sizes
    between = float(sizes @ (means - values.mean()) ** 2) / (clusters - 1)
    within = float(np.sum((values - means[units]) ** 2)) / (records - clusters)
    typical = (records - float(sizes @ sizes) / records) / (clusters - 1)
    spread = between + (typical - 1) * within
    return min(1.0, max(0.0, (between - within) / spread)) if spread > 0 else 1.0


def _of_outcomes(correlation: float, share: float) -> float:
    """Correlation of outcomes that are normal scores beyond a threshold, from that of the scores."""
    correlation = min(correlation, _LARGEST_CORRELATION)
    normal = NormalDist()
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    threshold, own = normal.inv_cdf(share), math.sqrt(1 - correlation)
    beyond = np.array([normal.cdf((threshold - math.sqrt(correlation) * node) / own) for node in nodes])
    both = float(weights @ beyond**2) / float(weights.sum())
    return min(1.0, max(0.0, (both - share**2) / (share * (1 - share))))
