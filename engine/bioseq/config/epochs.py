"""How many records an epoch of a configuration holds, as far as the profile of the data tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.config.autofill import training_records

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile


def records_per_epoch(config: Configuration, profile: DataProfile) -> int:
    """Training records that an epoch goes through, repeated ones counted each time; at least 1."""
    records = training_records(profile)
    if config.training.sampling == "oversampled":
        counts = profile.class_counts.get("train", ())
        counts = counts if sum(counts) else profile.class_counts.get("unassigned", ())
        records = max(counts, default=0) * sum(count > 0 for count in counts)
    return max(1, records)
