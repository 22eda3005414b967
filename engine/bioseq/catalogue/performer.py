"""Specification of `performer`: attention by random features, in time that grows with the length alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.attention import SIZES, check, encoder_weights
from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, blocks, norm, head; the random directions are not trained."""
    return encoder_weights(task, hyper, attention=4 * linear(hyper["width"], hyper["width"]))


SPECIFICATION = Architecture(
    name="performer",
    title="Performer",
    family=Family.ATTENTION,
    summary="Lets every place look at every other like the transformer, by a shortcut that stays fast on long "
    "sequences.",
    good_for="Sequences of about 500 letters and more in which distant places act together.",
    paper="Choromanski et al. 2021",
    doi="10.48550/arXiv.2009.14794",
    hyper=(
        *SIZES,
        HyperParameter(
            "features",
            "Random features",
            "Random directions that stand in for full attention, per head. More come closer to it and cost more.",
            32,
            1,
            512,
            unit="features",
        ),
        dropout(0.1),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Random-feature attention", "Feed-forward", "Mean", "Classes"),
    extra="attention",
    modules=("performer_pytorch",),
    work=Work(seconds_per_weight=0.23e-9, floats_per_token=6_300),
    small={"width": 16, "heads": 2, "layers": 1},
)
