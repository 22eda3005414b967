"""Specification of `convnext1d`: wide filters over each channel alone, then a small network at each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.convolutional import (
    convolution,
    first_width,
    kernel_width,
    norm,
    summaries,
    summary_choice,
)
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

STEM_KERNEL = 7
EXPANSION = 4


def widths(hyper: Mapping[str, Any]) -> list[int]:
    """Channels of each stage: twice as many as in the one before."""
    return [hyper["width"] * 2**stage for stage in range(hyper["stages"])]


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, stem, blocks, the layers between stages, final norm, head."""
    inputs = hyper["width"]
    total = reader_weights(task, hyper["embedding"]) + norm(inputs)
    total += convolution(reader_width(task, hyper["embedding"]), inputs, STEM_KERNEL)
    for width in widths(hyper):
        total += norm(inputs) + convolution(inputs, width, 2) if inputs != width else 0
        block = convolution(1, width, hyper["kernel"]) + norm(width) + width
        block += linear(width, EXPANSION * width) + linear(EXPANSION * width, width)
        total += hyper["blocks"] * block
        inputs = width
    return int(total + norm(inputs) + head(inputs * summaries(hyper["pooling"]), task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Any combination of legal values can be built."""
    return ()


SPECIFICATION = Architecture(
    name="convnext1d",
    title="ConvNeXt",
    family=Family.CONVOLUTIONAL,
    summary="Smooths and compares neighbours channel by channel, then mixes the channels at each place.",
    good_for="A modern deep network of filters, for many records of medium or great length.",
    paper="Liu et al. 2022",
    doi="10.1109/CVPR52688.2022.01167",
    hyper=(
        embedding_width(32),
        first_width(64),
        HyperParameter(
            "stages",
            "Stages",
            "Each stage after the first has half the places and twice the channels.",
            2,
            1,
            4,
            unit="stages",
        ),
        HyperParameter("blocks", "Blocks per stage", "Layers in each stage.", 2, 1, 9, unit="blocks"),
        kernel_width(7, (5, 7, 9, 11, 15)),
        summary_choice("max_mean"),
        dropout(0.1),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Filters per channel", "Mixing", "Strongest and mean", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.070e-9, floats_per_token=3_700),
    small={"embedding": 8, "width": 8, "blocks": 1},
)
