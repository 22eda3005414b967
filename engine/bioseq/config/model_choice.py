"""Which model is recommended for records, by what they show (`config.evidence`) and how long they are.

The measurements behind the choice: `resources/help/development/one-click.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from bioseq.catalogue.specification import HyperValue
    from bioseq.config.evidence import Evidence, Probe
    from bioseq.sequences.profile import DataProfile

LONG_MEDIAN = 1_000
"""Median length, letters, above which a network would read a small part of most records: feature models read all."""
_WIDE_FROM = 50
"""Letters from which motifs of nucleic acids are wide enough, and far enough apart, for wide filters."""
_QUARTERS_FROM = 24
"""Letters from which a quarter of a record of nucleic acids has room for a motif."""
_POSITION_DECIDES = 0.85
"""ROC AUC of letters by position from which a plain network over all positions is enough."""
_LITTLE = 0.01
"""Difference in ROC AUC that is too small to choose by."""
_CLEAR = 0.05


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model with its settings.

    Attributes:
        name: In the catalogue.
        sentence: Why, with what was seen.
        hyper: Settings of its own that differ from its defaults, each with the reason.
        augmentation: Options of `[augmentation]`, each with the reason.
    """

    name: str
    sentence: str
    hyper: dict[str, tuple[HyperValue, str]] = field(default_factory=dict)
    augmentation: dict[str, tuple[HyperValue, str]] = field(default_factory=dict)


def choose_model(profile: DataProfile, evidence: Evidence | None) -> ModelChoice:
    """The model for records.

    Args:
        profile: What the records are like.
        evidence: What they show; None where they are too few to show anything.
    """
    seen = _describe_evidence(evidence)
    if profile.median_length > LONG_MEDIAN:
        return ModelChoice(
            "hist_gradient_boosting",
            f"{seen} Half of the sequences have more than {LONG_MEDIAN:,} letters: k-mers of the whole length tell "
            "more than a network that reads a part.",
        )
    if evidence is not None and _position_decides(profile, evidence):
        return ModelChoice("dnn", f"{seen} So a plain network that reads every position is enough, and quick.")
    where = "motifs wherever they stand and letters by position" if profile.fixed_length else "motifs anywhere"
    choice = ModelChoice("text_cnn", f"{seen} This network sees {where}.")
    nucleic = profile.molecule is not Molecule.PROTEIN
    if nucleic and profile.median_length >= _WIDE_FROM:
        why = "Binding motifs are 6 to 20 letters wide, and some stand in pairs."
        choice.hyper["kernels"] = "8,12,16,24", why
    if nucleic and profile.median_length >= _QUARTERS_FROM:
        choice.hyper["pooling"] = "max_parts", "Motifs may have an order or a usual place, as near a start site."
    if evidence is not None and _is_strand_symmetric(evidence):
        canonical, plain = evidence.auc("canonical_kmers"), evidence.auc("kmers")
        why = (
            f"k-mers of both strands together tell the classes apart as well as those of one (ROC AUC {canonical:.2f} "
            f"and {plain:.2f}): the strand does not matter."
        )
        choice.augmentation["reverse_complement"] = 0.5, why
        choice.augmentation["both_strands"] = True, why
    return choice


def _position_decides(profile: DataProfile, evidence: Evidence) -> bool:
    position, kmers = evidence.auc("position"), evidence.auc("kmers")
    beside = evidence.auc("position_and_kmers")
    decides = position >= _POSITION_DECIDES and position > kmers + _CLEAR and position >= beside - _LITTLE
    return profile.fixed_length and decides


def _is_strand_symmetric(evidence: Evidence) -> bool:
    """Both strands together are as good as one, and k-mers say something at all."""
    both, one = evidence.probe("canonical_kmers"), evidence.probe("kmers")
    return both is not None and one is not None and both.above_chance and both.auc > one.auc


_NAMES = {"kmers": "k-mers", "position": "positions", "composition": "composition"}


def _describe_evidence(evidence: Evidence | None) -> str:
    """What was seen, with the numbers, as a sentence."""
    if evidence is None:
        return "There are too few training records to see what tells the classes apart."
    shown: list[Probe] = [one for name in _NAMES if (one := _find_strongest(evidence, name)) is not None]
    telling = [one for one in shown if one.above_chance]
    silent = [one for one in shown if not one.above_chance]
    place = f"In {evidence.records:,} training records"
    if not telling:
        areas = listed([f"{one.auc:.2f} by {_NAMES[_name(one)]}" for one in silent])
        return f"{place} nothing was seen that tells the classes apart: ROC AUC {areas}."
    telling.sort(key=lambda one: -one.auc)
    verb = "tell" if _is_plural(telling) else "tells"
    rest = f"; {_join_probes(silent)} {'do' if _is_plural(silent) else 'does'} not" if silent else ""
    return f"{place} {_join_probes(telling, 'ROC AUC ')} {verb} the classes apart{rest}."


def _find_strongest(evidence: Evidence, name: str) -> Probe | None:
    plain = evidence.probe(name)  # type: ignore[arg-type]
    if name != "kmers":
        return plain
    both = evidence.probe("canonical_kmers")
    return both if plain is None or (both is not None and both.auc > plain.auc) else plain


def _name(probe: Probe) -> str:
    return "kmers" if probe.view == "canonical_kmers" else probe.view


def _is_plural(probes: list[Probe]) -> bool:
    return len(probes) > 1 or _name(probes[0]) != "composition"


def _join_probes(probes: list[Probe], unit: str = "") -> str:
    return listed(
        [f"{_NAMES[_name(one)]} ({unit if not number else ''}{one.auc:.2f})" for number, one in enumerate(probes)]
    )
