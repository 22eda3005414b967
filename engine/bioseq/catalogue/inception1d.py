"""Specification of `inception1d`: short and long filters side by side in every layer."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, reader_weights, reader_width
from bioseq.catalogue.convolutional import convolution, norm, norm_choice, summaries, summary_choice
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

KERNEL_SETS: Mapping[str, tuple[int, ...]] = MappingProxyType({"9,19,39": (9, 19, 39), "3,5,9": (3, 5, 9)})
ROUND = 3
"""Modules between two shortcuts."""


def branches(hyper: Mapping[str, Any]) -> int:
    """Groups of filters in a module: one per width, and one behind the largest of three neighbours."""
    return len(KERNEL_SETS[hyper["kernels"]]) + 1


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, modules, the projections of shortcuts, head; convolutions have no bias."""
    read, filters = reader_width(task, hyper["embedding"]), hyper["width"]
    width = filters * branches(hyper)
    total, inputs, shortcut_from = reader_weights(task, hyper["embedding"]), read, read
    for number in range(1, hyper["modules"] + 1):
        total += filters * inputs + sum(filters * filters * kernel for kernel in KERNEL_SETS[hyper["kernels"]])
        total += convolution(inputs, filters, 1, bias=False) + norm(width)
        inputs = width
        if number % ROUND == 0:
            total += convolution(shortcut_from, width, 1, bias=False) + norm(width)
            shortcut_from = width
    return int(total + head(width * summaries(hyper["pooling"]), task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Any combination of legal values can be built."""
    return ()


SPECIFICATION = Architecture(
    name="inception1d",
    title="InceptionTime",
    family=Family.CONVOLUTIONAL,
    summary="Looks for short and long patterns at once in every layer.",
    good_for="It is not known how long the patterns are; some thousands of records or more.",
    paper="Ismail Fawaz et al. 2020",
    doi="10.1007/s10618-020-00710-y",
    hyper=(
        embedding_width(32),
        HyperParameter("width", "Filters per group", "Patterns of each length in each module.", 32, 2, 256),
        HyperParameter(
            "modules",
            "Modules",
            "Layers of filters; every third is added to what came three before.",
            6,
            1,
            18,
            unit="modules",
        ),
        HyperParameter(
            "kernels",
            "Filter widths",
            "Letters or words that the filters of each group span; narrow ones suit short sequences.",
            "9,19,39",
            choices=(("9,19,39", "9, 19, 39 tokens"), ("3,5,9", "3, 5, 9 tokens")),
        ),
        norm_choice(),
        summary_choice("mean"),
        dropout(0.1),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Filters of 3 widths", "Mean", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.150e-9, floats_per_token=5_700),
    small={"embedding": 8, "width": 4, "modules": 3, "kernels": "3,5,9"},
)
