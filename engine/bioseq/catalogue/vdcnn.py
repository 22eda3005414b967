"""Specification of `vdcnn`: a very deep stack of narrow convolutions."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.convolutional import convolution, norm, norm_choice
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

KERNEL = 3
BLOCKS: Mapping[int, tuple[int, int, int, int]] = MappingProxyType(
    {9: (1, 1, 1, 1), 17: (2, 2, 2, 2), 29: (5, 5, 2, 2), 49: (8, 8, 5, 3)}
)
"""Blocks of two convolutions in each of the four stages, by depth (Conneau et al. 2017, table 2)."""


def stages(hyper: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Filters and blocks of each stage: twice the filters of the one before."""
    return [(hyper["width"] * 2**stage, blocks) for stage, blocks in enumerate(BLOCKS[hyper["depth"]])]


def dense_inputs(hyper: Mapping[str, Any]) -> int:
    """Numbers that the two dense layers read: the strongest few of each filter."""
    return int(hyper["width"] * 8 * hyper["strongest"])


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, first convolution, blocks, projections of shortcuts that widen, two dense layers, head."""
    inputs = hyper["width"]
    total = reader_weights(task, hyper["embedding"])
    total += convolution(reader_width(task, hyper["embedding"]), inputs, KERNEL)
    for width, blocks in stages(hyper):
        for _ in range(blocks):
            total += convolution(inputs, width, KERNEL, bias=False) + convolution(width, width, KERNEL, bias=False)
            total += 2 * norm(width)
            if hyper["shortcut"] and inputs != width:
                total += convolution(inputs, width, 1, bias=False) + norm(width)
            inputs = width
    hidden = hyper["hidden"]
    return int(total + linear(dense_inputs(hyper), hidden) + linear(hidden, hidden) + head(hidden, task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """The first dense layer must fit in memory."""
    size = dense_inputs(hyper) * hyper["hidden"]
    if size > 200_000_000:
        return (f"The first dense layer would have {size:,} weights; keep fewer values per filter or fewer units.",)
    return ()


SPECIFICATION = Architecture(
    name="vdcnn",
    title="VDCNN",
    family=Family.CONVOLUTIONAL,
    summary="Reads single letters through many narrow layers, until each layer sees long stretches.",
    good_for="Longer sequences with very many records; the deeper, the more records it needs.",
    paper="Conneau et al. 2017",
    doi="10.18653/v1/E17-1104",
    hyper=(
        embedding_width(16),
        HyperParameter(
            "depth",
            "Depth",
            "Layers of filters. The paper found 29 best for millions of texts; begin with 9.",
            9,
            9,
            49,
            choices=((9, "9 layers"), (17, "17 layers"), (29, "29 layers"), (49, "49 layers")),
        ),
        HyperParameter(
            "width",
            "Filters",
            "Patterns that the first of four stages can tell apart; each later stage has twice as many.",
            64,
            2,
            256,
            unit="filters",
        ),
        HyperParameter(
            "shortcut", "Shortcuts", "Add the input of each pair of layers to its output; helps at depth 49.", False
        ),
        norm_choice(),
        HyperParameter(
            "strongest",
            "Values kept of each filter",
            "The strongest matches of each filter that are kept, wherever they stand.",
            8,
            1,
            64,
        ),
        HyperParameter(
            "hidden",
            "Dense units",
            "Units of the two dense layers at the end; the paper has 2048, for millions of records.",
            256,
            2,
            4096,
            unit="units",
        ),
        dropout(0.2),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Filters", "4 deep stages of filters", "8 strongest", "Dense layers", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.012e-9, floats_per_token=2_100),
    small={"embedding": 8, "width": 8, "hidden": 32},
)
