"""Specification of `linear_transformer`: attention whose time grows with the length alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.attention import SIZES, check, encoder_weights
from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, blocks, norm, head."""
    width = hyper["width"]
    return encoder_weights(task, hyper, attention=linear(width, 3 * width) + linear(width, width))


SPECIFICATION = Architecture(
    name="linear_transformer",
    title="Linear Transformer",
    family=Family.ATTENTION,
    summary="Lets every place look at every other in a simplified way that stays fast on long sequences.",
    good_for="Sequences of about 500 letters and more in which distant places act together; needs no extra package.",
    paper="Katharopoulos et al. 2020",
    doi="10.48550/arXiv.2006.16236",
    hyper=(*SIZES, dropout(0.1)),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Linear attention", "Feed-forward", "Mean", "Classes"),
    work=Work(seconds_per_weight=0.18e-9, floats_per_token=3_800),
    small={"width": 16, "heads": 2, "layers": 1},
)
