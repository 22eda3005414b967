"""Specification of `protbert`: BERT over residues, with published weights or small and from scratch."""

from __future__ import annotations

from bioseq.catalogue import encoder_settings
from bioseq.catalogue.specification import Architecture, Cost, Family, Work
from bioseq.sequences.alphabets import Molecule

SPECIFICATION = Architecture(
    name="protbert",
    title="ProtBERT",
    family=Family.PRETRAINED,
    summary="Reads residues with a network that has read millions of proteins before and knows what goes together.",
    good_for="Few labelled proteins and the published weights at hand; without them a small network from scratch.",
    paper="Elnaggar et al. 2021",
    doi="10.1109/TPAMI.2021.3095381",
    hyper=(
        *encoder_settings.folder_settings(weights="ProtBERT (420 M weights)", needed=False),
        *encoder_settings.scratch_settings(width=64, layers=2),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=True,
    count_parameters=encoder_settings.count_parameters,
    check=encoder_settings.checked_by(families=("bert",), molecules=("protein",), words="letters"),
    blocks=("Residues", "Embedding", "Attention", "Feed-forward", "Mean", "Classes"),
    extra="pretrained",
    small={"width": 24, "heads": 2, "feed_forward": 48},
    modules=("transformers",),
    molecules=(Molecule.PROTEIN,),
    work=Work(),
    settle=encoder_settings.settle,
    doubts=encoder_settings.doubts,
    kept=encoder_settings.kept,
    variant=encoder_settings.variant,
)
