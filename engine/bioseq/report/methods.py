"""The methods paragraph: what was done, ready for a paper, with the numbers of the run and the papers to cite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.registry import BASELINES
from bioseq.report import sentences

if TYPE_CHECKING:
    from bioseq.report.material import Material


def methods_paragraph(material: Material) -> str:
    """One paragraph in the past tense; what is not known of the run is left out, never made up."""
    opening = f"A model was trained for {sentences.task(material)}."
    told = (
        opening,
        sentences.records(material),
        sentences.cleaning(material),
        sentences.split(material),
        sentences.similarity(material),
        sentences.encoding(material),
        sentences.model(material),
        sentences.training(material),
        sentences.combination(material),
        sentences.result(material),
        sentences.baselines(material),
        sentences.software(material),
    )
    return " ".join(sentence for sentence in told if sentence)


def references(material: Material) -> tuple[str, ...]:
    """The papers that the paragraph names, in the order in which it names them."""
    libraries = material.facts.get("libraries", {})
    network = material.config.model.name not in BASELINES
    found = [sentences.citation(material)]
    if network:
        found.append("Loshchilov and Hutter 2019, Decoupled weight decay regularization, ICLR, arXiv:1711.05101")
        found.append("Paszke et al. 2019, PyTorch, NeurIPS, arXiv:1912.01703")
    if libraries.get("scikit-learn"):
        found.append("Pedregosa et al. 2011, Scikit-learn, Journal of Machine Learning Research 12:2825-2830")
    found.append("Harris et al. 2020, Array programming with NumPy, Nature 585:357-362, doi:10.1038/s41586-020-2649-2")
    return tuple(reference for reference in found if reference)
