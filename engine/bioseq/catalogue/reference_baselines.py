"""The baselines that every trained model is compared with: feature-based models with fixed settings. torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bioseq.sequences.alphabets import Molecule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import HyperValue

MAX_POSITIONS = 300
"""Letters of records of one length up to which a baseline reads each position; longer ones have too many features."""
COMPOSITION, KMER_REGRESSION, REGRESSION, BOOSTING = (
    "composition",
    "kmer_regression",
    "logistic_regression",
    "gradient_boosting",
)
NAMES = (COMPOSITION, KMER_REGRESSION, REGRESSION, BOOSTING)
SHORT_TITLES: Mapping[str, str] = MappingProxyType({
    COMPOSITION: "Length and letters",
    KMER_REGRESSION: "k-mer regression",
    REGRESSION: "Logistic regression",
    BOOSTING: "Gradient boosting",
})  # fmt: skip
"""Name to a title of few words; the whole title also says which features are read."""


@dataclass(frozen=True, slots=True)
class ReferenceBaseline:
    """One baseline.

    Attributes:
        name: Its name in the results.
        model: The feature-based model that it is.
        hyper: Settings that differ from that one's own.
    """

    name: str
    model: str
    hyper: Mapping[str, HyperValue]


def reference_baselines(molecule: Molecule, *, longest: int, fixed_length: bool) -> tuple[ReferenceBaseline, ...]:
    """The baselines for a set of records, the quickest first.

    Together they see composition and length, k-mers wherever they stand and, in records of one length, letters by
    position with k-mers beside them (the evidence: `resources/help/development/one-click.md`).

    Args:
        molecule: What the records are made of.
        longest: Letters of the longest record.
        fixed_length: All records have that many.
    """
    # Gapped k-mers are those of gkm-SVM (Ghandi et al. 2014): 6 bases among 8, or 3 amino acids among 4.
    width, gap = (3, 1) if molecule is Molecule.PROTEIN else (6, 2)
    gapped: dict[str, HyperValue] = {"features": "gapped_kmers", "shortest": width, "k": width, "gap": gap}
    by_position = fixed_length and longest <= MAX_POSITIONS
    first, second = ("one_hot", "kmers") if by_position else ("kmers", "ends_and_length")
    # Roots of shares suit a regression, and trees do not care: one set of features serves both.
    both: dict[str, HyperValue] = {"features": first, "more_features": second, "word_values": "root"}
    counts: dict[str, HyperValue] = {"features": "kmers", "k": 1, "more_features": "length"}
    return (
        ReferenceBaseline(COMPOSITION, "lr", MappingProxyType(counts)),
        # Among so many rare features a free regression and a cautious one are as good: C is not searched.
        ReferenceBaseline(KMER_REGRESSION, "lr", MappingProxyType({**gapped, "strength": 3.0})),
        ReferenceBaseline(REGRESSION, "lr", MappingProxyType(both)),
        ReferenceBaseline(
            BOOSTING,
            "hist_gradient_boosting",
            MappingProxyType({**both, "trees": 60, "learning_rate": 0.2, "leaves": 10}),
        ),
    )
