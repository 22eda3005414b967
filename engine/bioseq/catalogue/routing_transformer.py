"""Specification of `routing_transformer`: places look at places of their own kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.attention import SIZES, encoder_weights, size_problems
from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.sequences.profile import DataProfile

_WINDOW = 16


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, blocks, norm, head; the centres of the groups move by other means than gradients."""
    return encoder_weights(task, hyper, attention=4 * linear(hyper["width"], hyper["width"], bias=False))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:
    """There must be more tokens than a group holds, or there are no groups to choose from."""
    problems = size_problems(hyper)
    if hyper["window"] >= task.longest:
        problems.append(
            f"A group of {hyper['window']} places must be smaller than the longest sequence "
            f"({task.longest} tokens), or there is nothing to choose from."
        )
    return tuple(problems)


def unsuited(profile: DataProfile) -> str:
    """Short sequences have no groups."""
    if profile.longest > 4 * _WINDOW:
        return ""
    return f"The longest sequence has {profile.longest} letters: groups of places help where there are hundreds."


SPECIFICATION = Architecture(
    name="routing_transformer",
    title="Routing Transformer",
    family=Family.ATTENTION,
    summary="Sorts the places of a sequence into groups of like kind, which it learns, and lets each look at its own "
    "group.",
    good_for="Long sequences with many parts of a few kinds, such as repeats and domains.",
    paper="Roy et al. 2021",
    doi="10.1162/tacl_a_00353",
    hyper=(
        *SIZES,
        HyperParameter(
            "window",
            "Group size",
            "Places in each group, fewer than the longest sequence has. Larger groups see more and cost more.",
            _WINDOW,
            1,
            512,
            unit="tokens",
        ),
        HyperParameter(
            "commitment",
            "Commitment",
            "How strongly places are drawn to the middle of their group while training.",
            1e-4,
            0.0,
            1.0,
        ),
        dropout(0.1),
    ),
    cost=Cost.LINEARITHMIC,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Attention in groups", "Feed-forward", "Mean", "Classes"),
    extra="attention",
    modules=("routing_transformer",),
    unsuited=unsuited,
    work=Work(seconds_per_weight=0.26e-9, floats_per_token=4_900),
    small={"width": 16, "heads": 2, "layers": 1, "window": 8},
)
