"""Quantiles of Student's t, which bounds of few records are wider by."""

from __future__ import annotations

from statistics import NormalDist

_LEAST_FREEDOM = 4


def student_quantile(level: float, freedom: int) -> float:
    """Standard errors on either side: the quantile of Student's t (Abramowitz and Stegun 1964, equation 26.7.5).

    Args:
        level: Share of the distribution between minus and plus the quantile, (0, 1).
        freedom: Degrees of freedom; fewer than 4 count as 4.
    """
    z, n = NormalDist().inv_cdf((1 + level) / 2), max(freedom, _LEAST_FREEDOM)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3
