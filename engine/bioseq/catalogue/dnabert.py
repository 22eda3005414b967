"""Specification of `dnabert`: BERT over overlapping words of DNA, with published weights or small and from scratch."""

from __future__ import annotations

from bioseq.catalogue import encoder_settings
from bioseq.catalogue.specification import Architecture, Cost, Family, Work
from bioseq.sequences.alphabets import Molecule

SPECIFICATION = Architecture(
    name="dnabert",
    title="DNABERT",
    family=Family.PRETRAINED,
    summary="Reads overlapping words of DNA with a network that has read a genome before and knows what goes together.",
    good_for="Few labelled DNA records and the published weights at hand; without them a small network from scratch.",
    paper="Ji et al. 2021",
    doi="10.1093/bioinformatics/btab083",
    hyper=(
        *encoder_settings.folder_settings(weights="DNABERT (words of 3 to 6 letters)", needed=False),
        *encoder_settings.scratch_settings(width=64, layers=2),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=True,
    count_parameters=encoder_settings.count_parameters,
    check=encoder_settings.checked_by(families=("bert",), molecules=("dna", "rna"), words="kmers"),
    blocks=("Words", "Embedding", "Attention", "Feed-forward", "Mean", "Classes"),
    extra="pretrained",
    small={"width": 24, "heads": 2, "feed_forward": 48},
    modules=("transformers",),
    molecules=(Molecule.DNA, Molecule.RNA),
    work=Work(),
    settle=encoder_settings.settle,
    doubts=encoder_settings.doubts,
    kept=encoder_settings.kept,
    variant=encoder_settings.variant,
)
