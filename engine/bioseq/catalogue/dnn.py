"""Specification of `dnn`: a plain network over all positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, head, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.sequences.profile import DataProfile

ONE_HOT_UP_TO = 64
"""Largest vocabulary for which "auto" takes one-hot letters."""
LARGEST_FIRST_LAYER = 200_000_000


def is_one_hot(task: TaskShape, hyper: Mapping[str, Any]) -> bool:
    """Whether tokens are read as indicators and not as learnt vectors."""
    chosen: str = hyper["input"]
    return task.one_hot or chosen == "one_hot" or (chosen == "auto" and task.vocabulary <= ONE_HOT_UP_TO)


def input_width(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Numbers per token: one per token but padding, or the embedding's width."""
    return task.vocabulary - 1 if is_one_hot(task, hyper) else int(hyper["embedding"])


def first_layer_inputs(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """All positions one after the other for a fixed length, else one mean over the positions."""
    return input_width(task, hyper) * (task.longest if task.fixed_length else 1)


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding (if any), two hidden layers, head."""
    embedding = 0 if is_one_hot(task, hyper) else task.vocabulary * hyper["embedding"]
    first = linear(first_layer_inputs(task, hyper), hyper["hidden_1"])
    second = linear(hyper["hidden_1"], hyper["hidden_2"])
    return int(embedding + first + second + head(hyper["hidden_2"], task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:
    """The first layer must fit in memory."""
    size = first_layer_inputs(task, hyper) * hyper["hidden_1"]
    if size > LARGEST_FIRST_LAYER:
        return (f"The first layer would have {size:,} weights; use letters as tokens, or a smaller hidden layer.",)
    return ()


def unsuited(profile: DataProfile) -> str:
    """Without one fixed length there are no positions to look at."""
    if profile.fixed_length:
        return ""
    return "The lengths vary: of each sequence it would see nothing but how often each letter occurs."


SPECIFICATION = Architecture(
    name="dnn",
    title="Plain network",
    family=Family.BASIC,
    summary="Looks at every position at once and learns which letters at which places speak for each class.",
    good_for="Windows of one fixed length around a site; very fast.",
    paper="Rumelhart, Hinton & Williams 1986",
    doi="10.1038/323533a0",
    hyper=(
        HyperParameter(
            "input",
            "Reads tokens as",
            "One-hot gives each letter its own indicator; embedding learns a vector for each token, better for k-mers.",
            "auto",
            choices=(("auto", "Choose"), ("one_hot", "One-hot"), ("embedding", "Embedding")),
        ),
        HyperParameter("embedding", "Embedding width", "Numbers per token when embedding is used.", 16, 2, 256),
        HyperParameter("hidden_1", "First hidden layer", "Units in the first layer.", 64, 2, 2048, unit="units"),
        HyperParameter("hidden_2", "Second hidden layer", "Units in the second layer.", 32, 2, 2048, unit="units"),
        HyperParameter(
            "input_dropout",
            "Letters hidden",
            "Share of inputs hidden at random while training, so that no single position is relied upon.",
            0.2,
            0.0,
            0.9,
        ),
        dropout(0.5),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Dense", "Dense", "Classes"),
    finds_motifs_anywhere=False,
    unsuited=unsuited,
    reads_one_hot=True,
    learns_tokens=lambda task, hyper: not is_one_hot(task, hyper),
    work=Work(seconds_per_weight=0.15e-9, floats_per_token=80),
    small={"hidden_1": 32, "hidden_2": 16},
)
