"""How long a training takes, guessed before it has begun: what is worth starting, and how much to keep for the end.

The rates are of one thread of a common server processor, fitted to 70 feature baselines on nine sets of 657 to 15,778
records (`tests/benchmarks/bench_costs.py`): 69 of them are within a factor of two and a half, or two seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.baselines import FeatureBaseline
from bioseq.catalogue.estimate import estimate
from bioseq.catalogue.reference_baselines import reference_baselines
from bioseq.catalogue.registry import ARCHITECTURES, BASELINES, specification
from bioseq.config.checks import task_shape

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile

_FEWEST_EPOCHS, _LIKELY_EPOCHS = 8, 30
"""Of a network: with fewer it is not worth starting; with so many it has mostly ended."""
_NETWORK_BEGINS = 3.0
"""Seconds before the first epoch."""
_BOOSTING, _FOREST, _LINEAR, _KERNEL = (3.0, 2.5e-6), (1.5, 6e-7), (0.3, 8e-8), (0.3, 4e-7)
"""Seconds to begin, and for each number of a record and class, all trees together, a linear model once; with a kernel
for each pair of records and class, all strengths together."""
_FITS = 2
"""Times that a baseline is fitted in effect: large ones, which decide, on the validation records and then on all."""
_STRENGTHS = 4
"""Times that a linear model learns while it tries strengths, in effect: cautious ones are quick, free ones end soon."""


def cost(config: Configuration, profile: DataProfile, records: int) -> tuple[float, float]:
    """Thread-seconds that a training takes to be worth anything, and that it likely takes in all.

    Args:
        config: Of the training.
        profile: What the data are like.
        records: Records that it learns from.
    """
    chosen = specification(config.model.name)
    if isinstance(chosen, FeatureBaseline):
        return (seconds := _baseline(chosen, config.model.hyper, profile, records)), seconds
    found = ARCHITECTURES[chosen.name]
    expected = estimate(
        found,
        task_shape(config, profile),
        config.model.hyper,
        records=records,
        batch_size=config.training.batch_size,
        median_tokens=profile.median_length,
    )
    epochs = min(config.training.epochs, _LIKELY_EPOCHS)
    once = _NETWORK_BEGINS + expected.seconds_once
    return once + min(epochs, _FEWEST_EPOCHS) * expected.seconds_per_epoch, once + epochs * expected.seconds_per_epoch


def simple_models_cost(profile: DataProfile, records: int) -> float:
    """Thread-seconds that the baselines take that a result is compared with, cross-validation included, at most."""
    listed = reference_baselines(profile.molecule, longest=profile.longest, fixed_length=profile.fixed_length)
    return _FITS * sum(_baseline(BASELINES[one.model], one.hyper, profile, records) for one in listed)


def _baseline(chosen: FeatureBaseline, hyper: Mapping[str, Any], profile: DataProfile, records: int) -> float:
    longest = max(1, profile.longest)
    plan = chosen.plan(hyper, profile.molecule, longest=longest, fixed_length=profile.shortest == longest)
    classes = len(profile.label_names)
    scored = classes if classes > 2 else 1
    if chosen.compares_records:
        begins, rate = _KERNEL
        return begins + rate * records**2 * scored
    if chosen.grows_trees:
        begins, rate = _FOREST if chosen.name == "random_forest" else _BOOSTING
        return begins + rate * records * plan.width * scored
    begins, rate = _LINEAR
    times = 1 if chosen.resolve(hyper)["strength"] else _STRENGTHS
    return begins + rate * times * records * plan.filled(profile.residues / max(1, profile.records)) * scored
