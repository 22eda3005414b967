"""Specification of `reformer`: each place looks at the places that resemble it, found by hashing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.attention import SIZES, encoder_weights, size_problems
from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.sequences.profile import DataProfile


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, blocks, norm, head; queries and keys share one projection, and the hash directions are not trained."""
    width = hyper["width"]
    return encoder_weights(task, hyper, attention=2 * linear(width, width, bias=False) + linear(width, width))


def padded_length(length: int, bucket: int) -> int:
    """Tokens to which a hashed record of so many tokens is padded: two buckets, doubled until they hold it."""
    padded = 2 * bucket
    while padded < length:
        padded *= 2
    return padded


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """The check of the sizes that all such encoders share."""
    return tuple(size_problems(hyper))


def unsuited(_profile: DataProfile) -> str:
    """It was measured slower than plain attention at every length."""
    return "It is slower than the transformer at every length measured here, up to 4,096 letters; it saves memory only."


SPECIFICATION = Architecture(
    name="reformer",
    title="Reformer",
    family=Family.ATTENTION,
    summary="Lets each place look at the places that resemble it, which it finds by hashing. Slower here than the "
    "transformer at every length measured.",
    good_for="Comparing with published work; in practice Performer and Linformer are faster on long sequences.",
    paper="Kitaev et al. 2020",
    doi="10.48550/arXiv.2001.04451",
    hyper=(
        *SIZES,
        HyperParameter(
            "bucket",
            "Bucket size",
            "Places that are compared with each other after hashing. Larger finds more and costs more.",
            64,
            2,
            512,
            unit="tokens",
        ),
        HyperParameter(
            "hashes",
            "Hash rounds",
            "How often places are sorted anew, so that what one round missed another finds.",
            4,
            1,
            16,
            unit="rounds",
        ),
        HyperParameter(
            "full_up_to",
            "Full attention up to",
            "Records of at most so many tokens are read without hashing: faster there, and exact.",
            512,
            0,
            4096,
            unit="tokens",
        ),
        dropout(0.1),
    ),
    cost=Cost.LINEARITHMIC,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Hashed attention", "Feed-forward", "Mean", "Classes"),
    extra="attention",
    modules=("reformer_pytorch",),
    unsuited=unsuited,
    work=Work(seconds_per_weight=0.34e-9, floats_per_token=3_400),
    small={"width": 16, "heads": 2, "layers": 1},
)
