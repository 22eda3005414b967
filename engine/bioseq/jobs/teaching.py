"""Which kind of model a configuration names, and how it is made ready to learn. torch is imported for networks only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.registry import BASELINES, ENSEMBLES
from bioseq.jobs import ensembles, feature_baselines

if TYPE_CHECKING:
    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.jobs.learnt import Teaching


def device_of(config: Configuration) -> str:
    """Where the model will be trained, in words.

    Raises:
        BioseqError: The device is not there.
    """
    if config.model.name in ENSEMBLES:
        return ensembles.device_of(config, device_of)
    if config.model.name in BASELINES:
        return feature_baselines.device_of(config)
    from bioseq.jobs import networks

    return networks.device_of(config)


def prepared(config: Configuration, loaded: LoadedData) -> Teaching:
    """The training of a run, ready to begin.

    Raises:
        BioseqError: There is nothing to learn from, or the settings do not fit the records.
    """
    if config.model.name in ENSEMBLES:
        return ensembles.prepared(config, loaded, prepared)
    if config.model.name in BASELINES:
        return feature_baselines.prepared(config, loaded)
    from bioseq.jobs import networks

    return networks.prepared(config, loaded)
