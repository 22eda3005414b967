"""Specification of `pretrained`: any encoder of the closed list, from a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue import encoder_settings
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def variant(hyper: Mapping[str, Any], task: TaskShape | None) -> str:
    """Which weights, and what became of them; nothing while no folder is chosen."""
    return "" if encoder_settings.is_from_scratch(task, hyper) else encoder_settings.variant(hyper, task)


SPECIFICATION = Architecture(
    name="pretrained",
    title="Pretrained encoder",
    family=Family.PRETRAINED,
    summary="Reads sequences with a network of your choice that has read millions of others before: ESM-2, ProtT5.",
    good_for="Few labelled records, and a folder with a published model: BERT, RoFormer, ESM-2 or the encoder of a T5.",
    paper="Lin et al. 2023",
    doi="10.1126/science.ade2574",
    hyper=encoder_settings.folder_settings(weights="a BERT, RoFormer, ESM-2 or T5 encoder", needed=True),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=True,
    count_parameters=encoder_settings.count_parameters,
    check=encoder_settings.checked_by(needed=True),
    blocks=("Letters", "Pretrained encoder", "Mean", "Norm", "Classes"),
    extra="pretrained",
    modules=("transformers",),
    work=Work(),
    settle=encoder_settings.settle,
    doubts=encoder_settings.doubts,
    kept=encoder_settings.kept,
    learns_tokens=encoder_settings.learns_tokens,
    variant=variant,
)
