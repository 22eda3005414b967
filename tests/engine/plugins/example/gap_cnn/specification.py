"""What the architecture is. No torch here: this is read by the window too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, reader_weights, reader_width
from bioseq.catalogue.plugins import Plugin
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF = 3
"""Letters of each half of a motif."""


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, one convolution of two halves, head."""
    width = reader_width(task, hyper["embedding"])
    filters = 2 * hyper["filters"] * (width * HALF) + hyper["filters"]
    return int(reader_weights(task, hyper["embedding"]) + filters + head(hyper["filters"], task))


def check(_task: TaskShape, _hyper: Mapping[str, Any]) -> tuple[str, ...]:
    """All legal values go together."""
    return ()


SPECIFICATION = Architecture(
    name="gap_cnn",
    title="Gapped motifs",
    family=Family.CONVOLUTIONAL,
    summary="Learns motifs of two halves with a gap between them, wherever they stand.",
    good_for="Binding sites of dimers: two short words at a fixed distance.",
    paper="A worked example",
    doi="",
    hyper=(
        embedding_width(16),
        HyperParameter("filters", "Motifs", "How many gapped motifs are learnt.", 64, 1, 1024, unit="motifs"),
        HyperParameter("gap", "Gap", "Letters between the halves.", 2, 0, 20, unit="letters"),
        dropout(0.3),
    ),
    check=check,
    blocks=("Letters", "Embedding", "Gapped filters", "Strongest match", "Classes"),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    reads_one_hot=True,
    small={"embedding": 8, "filters": 24, "gap": 0},
)

PLUGIN = Plugin(SPECIFICATION, "gap_cnn.network:GapCnn")
