"""Why a model does not suit data, in a sentence, before anyone chooses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.baselines import FeatureBaseline
from bioseq.catalogue.ensemble import Ensemble
from bioseq.config.checks import task_shape
from bioseq.config.ensembles import member_configurations
from bioseq.config.requirements import what_is_missing

if TYPE_CHECKING:
    from bioseq.catalogue.specification import HyperValues, ModelSpecification
    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile


def why_unsuited(model: ModelSpecification, config: Configuration, profile: DataProfile | None) -> str:
    """Why a model does not suit the data and settings, a sentence; empty when it does.

    Args:
        model: The network, feature baseline or ensemble.
        config: Its settings are looked at when it is the chosen one, else its defaults.
        profile: What the data are like; None when there are none yet.
    """
    if missing := what_is_missing(model, profile):
        return missing
    if profile is None:
        return ""
    if sentence := model.unsuited(profile):
        return sentence
    hyper = config.model.hyper if config.model.name == model.name else {}
    if isinstance(model, Ensemble) and not model.problems(hyper):
        return _why_unsuited_members(model, config, hyper, profile)
    problems = model.problems(hyper, task_shape(config, profile))
    if not problems and isinstance(model, FeatureBaseline):
        problems = model.data_problems(hyper, profile, most_letters=config.data.longest)
    return problems[0].message if problems else ""


def _why_unsuited_members(ensemble: Ensemble, config: Configuration, hyper: HyperValues, profile: DataProfile) -> str:
    """The reason of the first member that does not suit, with its name."""
    chosen = config.model.model_copy(update={"name": ensemble.name, "hyper": hyper})
    for member in member_configurations(config.model_copy(update={"model": chosen})):
        model = ensemble.known[member.model.name]
        if reason := why_unsuited(model, member, profile):
            return f"{model.title}, a member: {reason}"
    return ""
