"""Specification of `resnet1d`: deep convolutions with short cuts around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, reader_weights, reader_width
from bioseq.catalogue.convolutional import (
    convolution,
    first_width,
    kernel_width,
    norm,
    norm_choice,
    summaries,
    summary_choice,
)
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

STEM_KERNEL = 7


def widths(hyper: Mapping[str, Any]) -> list[int]:
    """Filters of each stage: twice as many as in the one before."""
    return [hyper["width"] * 2**stage for stage in range(hyper["stages"])]


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, stem, blocks with the projections of those that widen, head."""
    inputs, kernel = hyper["width"], hyper["kernel"]
    total = reader_weights(task, hyper["embedding"]) + norm(inputs)
    total += convolution(reader_width(task, hyper["embedding"]), inputs, STEM_KERNEL, bias=False)
    for width in widths(hyper):
        first = convolution(inputs, width, kernel, bias=False) + convolution(width, width, kernel, bias=False)
        projection = convolution(inputs, width, 1, bias=False) + norm(width) if inputs != width else 0
        later = 2 * convolution(width, width, kernel, bias=False) + 2 * norm(width)
        total += first + 2 * norm(width) + projection + (hyper["blocks"] - 1) * later
        inputs = width
    return int(total + head(inputs * summaries(hyper["pooling"]), task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Any combination of legal values can be built."""
    return ()


SPECIFICATION = Architecture(
    name="resnet1d",
    title="ResNet",
    family=Family.CONVOLUTIONAL,
    summary="Combines short patterns into longer ones over many layers, each of which corrects the one before.",
    good_for="Patterns of many parts in longer sequences, with some thousands of records or more.",
    paper="He et al. 2016",
    doi="10.1109/CVPR.2016.90",
    hyper=(
        embedding_width(32),
        first_width(64),
        HyperParameter(
            "stages",
            "Stages",
            "Each stage after the first looks at every second place and has twice the filters.",
            3,
            1,
            5,
            unit="stages",
        ),
        HyperParameter("blocks", "Blocks per stage", "Pairs of layers in each stage.", 2, 1, 8, unit="blocks"),
        kernel_width(3),
        norm_choice(),
        summary_choice("max_mean"),
        dropout(0.2),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Filters", "Residual filters", "Strongest and mean", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.032e-9, floats_per_token=2_900),
    small={"embedding": 8, "width": 8, "stages": 2, "blocks": 1},
)
