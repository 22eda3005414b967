"""Specification of `text_cnn`: motif detectors of several widths, wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

KERNEL_SETS: dict[str, tuple[int, ...]] = {
    "1,2,4,8": (1, 2, 4, 8),
    "3,5,7": (3, 5, 7),
    "4,8,12,16": (4, 8, 12, 16),
    "8,12,16,24": (8, 12, 16, 24),
}
POSITION_UNITS = 64
PARTS = 4
"""Parts of a record whose strongest matches are kept with `pooling = "max_parts"`, beside that of the whole."""
_SUMMARIES = {"max": 1, "max_mean": 2, "max_parts": 1 + PARTS}


def reads_positions(task: TaskShape, hyper: Mapping[str, Any]) -> bool:
    """Whether a dense layer over all positions stands beside the filters."""
    return task.fixed_length and bool(hyper["positions"])


def summaries(hyper: Mapping[str, Any]) -> int:
    """Numbers kept of each filter: its strongest match, and if wanted its mean match or those in each part."""
    return _SUMMARIES[str(hyper["pooling"])]


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, filters, the dense layer over positions (if any), head."""
    width, filters = reader_width(task, hyper["embedding"]), hyper["filters"]
    kernels = KERNEL_SETS[hyper["kernels"]]
    convolutions = sum(filters * (width * kernel + 1) for kernel in kernels)
    positional = reads_positions(task, hyper)
    dense = linear(task.longest * width, POSITION_UNITS) if positional else 0
    features = filters * len(kernels) * summaries(hyper) + (POSITION_UNITS if positional else 0)
    return int(reader_weights(task, hyper["embedding"]) + convolutions + dense + head(features, task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:
    """The dense layer over positions must fit in memory."""
    size = task.longest * reader_width(task, hyper["embedding"]) * POSITION_UNITS
    if reads_positions(task, hyper) and size > 200_000_000:
        return (f"The layer over positions would have {size:,} weights; switch positions off.",)
    return ()


SPECIFICATION = Architecture(
    name="text_cnn",
    title="Text CNN",
    family=Family.CONVOLUTIONAL,
    summary="Learns short motifs of several widths and notes whether each occurs, wherever it stands.",
    good_for="Motifs decide: binding sites, peptides; a good first choice for any length.",
    paper="Kim 2014",
    doi="10.3115/v1/D14-1181",
    hyper=(
        embedding_width(32),
        HyperParameter(
            "filters", "Filters per width", "How many motifs of each width are learnt.", 128, 1, 2048, unit="filters"
        ),
        HyperParameter(
            "kernels",
            "Motif widths",
            "Letters that each motif spans. Wide ones suit DNA binding sites; narrow ones short peptides.",
            "1,2,4,8",
            choices=(
                ("1,2,4,8", "1, 2, 4, 8 letters"),
                ("3,5,7", "3, 5, 7 letters"),
                ("4,8,12,16", "4, 8, 12, 16 letters"),
                ("8,12,16,24", "8, 12, 16, 24 letters"),
            ),
        ),
        HyperParameter(
            "pooling",
            "Keep of each motif",
            "The strongest match says whether a motif occurs; the mean match also says how often, which matters when "
            "composition decides; the strongest match in each quarter says roughly where, which matters when motifs "
            "have an order or a usual place.",
            "max",
            choices=(
                ("max", "Strongest match"),
                ("max_mean", "Strongest and mean match"),
                ("max_parts", "Strongest match, in each quarter too"),
            ),
        ),
        HyperParameter(
            "positions",
            "Read positions too",
            "For sequences of one fixed length: also learn which letters at which places matter. Without effect when "
            "lengths vary.",
            True,
        ),
        dropout(0.5),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Filters", "Strongest match", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.012e-9, floats_per_token=160),
    small={"embedding": 8, "filters": 16},
)
