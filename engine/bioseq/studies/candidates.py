"""The short list of "Find the best model": diverse models that suit the data, strong and quick ones first.

The order is a judgement: models that did well on the validation records of several public sets, and cost little, come
first (`resources/help/development/zoo.md`). It decides what is tried when the time is short, and nothing else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.catalogue.baselines import FeatureBaseline
from bioseq.catalogue.encoder_folder import read_folder
from bioseq.catalogue.encoder_words import word_length
from bioseq.catalogue.registry import ARCHITECTURES, BASELINES, specification
from bioseq.config.autofill import records_per_class
from bioseq.config.fields import value_at
from bioseq.config.suitability import why_unsuited
from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.studies.costs import cost
from bioseq.studies.plan import Variant
from bioseq.studies.spaces import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile

_LARGEST_SHARE = 1 / 10
"""Of the time for all first trainings, that one network may need for its own: with more it would be stopped before it
tells anything, and others would get none for its sake."""
NO_CLASS_WEIGHTS = ("training.class_weights=none", "training.selection_metric=loss")
_FAR_RARER = 10
"""Largest class to smallest, from which class weights are for trees alone."""
_LONG = 100
"""Letters from which binding motifs, and wide filters, are worth looking for in nucleic acids."""


_Listed = tuple[str, str, tuple[str, ...]]
"""Name, title and settings of a variant."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model to try.

    Attributes:
        variant: How it differs from the base configuration.
    """

    variant: Variant


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One model that is not tried.

    Attributes:
        title: For people.
        reason: Why, a sentence.
        asked: A person has asked for it.
    """

    title: str
    reason: str
    asked: bool = False


def candidates_for(
    base: Configuration,
    profile: DataProfile,
    *,
    records: int,
    seconds: float,
    models: Sequence[str] = (),
    encoder: str = "",
) -> tuple[tuple[Candidate, ...], tuple[LeftOut, ...]]:
    """What to try, in order, and what not.

    Args:
        base: Settings that all share; its own model, with its settings, is always tried if it can be.
        profile: What the data are like.
        records: Records that one training learns from.
        seconds: What all first trainings may take together, thread-seconds.
        models: Names to choose among; empty chooses.
        encoder: Folder of a pretrained model to try beside them; empty for none.

    Raises:
        BioseqError: The folder holds no pretrained model that can read these records.
    """
    pretrained = [_pretrained(base, profile, encoder)] if encoder else []
    chosen: list[Candidate] = []
    left: list[LeftOut] = []
    spent = 0.0
    seen: list[Configuration] = []
    for variant in _with_second(_listed(base, profile, models), pretrained):
        try:
            config = variant.of(base)
            reason = why_unsuited(specification(config.model.name), config, profile)
        except BioseqError as error:
            left.append(LeftOut(variant.title, error.message))
            continue
        if config in seen:
            continue
        seen.append(config)
        least, _ = cost(config, profile, records)
        if variant in pretrained:
            reason = _too_slow(least, seconds)
        elif not reason and chosen and not models and config.model != base.model:
            network = config.model.name in ARCHITECTURES
            if spent + least > seconds or (network and least > _LARGEST_SHARE * seconds):
                reason = "There is not enough time to train it to any good."
        if reason:
            left.append(LeftOut(variant.title, reason, asked=variant in pretrained))
            continue
        spent += least
        chosen.append(Candidate(variant))
    return tuple(chosen), tuple(left)


def _with_second(listed: Iterable[_Listed], second: Iterable[Variant]) -> Iterator[Variant]:
    """The variants of a list, with others behind the first of them."""
    for place, (name, title, settings) in enumerate(listed):
        yield Variant(name, title, settings)
        if not place:
            yield from second


def _pretrained(base: Configuration, profile: DataProfile, folder: str) -> Variant:
    """The candidate that reads by a pretrained model, which learns nothing itself.

    Raises:
        BioseqError: The folder holds none that can read these records.
    """
    place = Path(folder).expanduser().absolute()
    length = word_length(read_folder(str(place)).words, profile.molecule)
    settings = (
        "model.name=pretrained",
        *(("model.hyper={}",) if base.model.hyper else ()),
        f"model.hyper.folder={as_text(str(place))}",
        *(("tokens.kind=kmers", f"tokens.k={length}") if length > 1 else ("tokens.kind=letters",)),
        *(f"{path}=0" for path in _NOT_FOR_FROZEN if value_at(base, path)),
    )
    chosen = specification("pretrained")
    variant = Variant(chosen.name, f"{chosen.title}, {place.name}", settings)
    config = variant.of(base)
    if reason := why_unsuited(chosen, config, profile):
        raise BioseqError(
            "study.bad_encoder",
            f"The pretrained model cannot be tried: {reason}",
            where=folder,
            remedy="Choose another folder, or none.",
        )
    return variant


def _too_slow(least: float, seconds: float) -> str:
    """Why a pretrained model is not tried for which the time is short, with how much is needed; empty for no reason."""
    if least <= seconds:
        return ""
    return (
        f"To read the records by it takes about {math.ceil(least / 60):,} min of one core, more than the "
        f"{seconds / 60:.0f} min for all first trainings. Give more time, or choose a smaller model."
    )


def _listed(base: Configuration, profile: DataProfile, models: Sequence[str]) -> Iterator[_Listed]:
    """Name, title, settings, the most promising first; the model of the base configuration stands second."""
    own = _own(base)
    if models:
        for name in models:
            chosen = specification(name)
            settings = (f"model.name={chosen.name}", *_as_they_are(base, profile, chosen.name))
            yield own if chosen.name == base.model.name else (chosen.name, chosen.title, settings)
        return
    defaults = ("model.hyper={}",) if base.model.hyper else ()
    ranked = list(_nucleic(profile) if profile.molecule is not Molecule.PROTEIN else _protein(profile))
    for place, (name, title, hyper) in enumerate(ranked):
        if place == 1 and base.model.name in (*ARCHITECTURES, *BASELINES):
            yield own
        model, _, _ = name.partition("-")
        yield name, title, (f"model.name={model}", *_as_they_are(base, profile, model), *defaults, *hyper)


def _as_they_are(base: Configuration, profile: DataProfile, model: str) -> tuple[str, ...]:
    """Settings with which the records of all classes count alike, for models that are better for it here.

    The choice is made by log loss, which was lower without weights where classes are very unlike in size; trees, which
    learn little from a rare class without, are better with them (`resources/help/development/best.md`).
    """
    chosen = specification(model)
    if isinstance(chosen, FeatureBaseline) and chosen.grows_trees:
        return ()
    counts = [count for count in records_per_class(profile) if count]
    training = base.training
    filled_in = training.class_weights == "balanced" and training.selection_metric in ("calibrated_loss", "mcc")
    if not filled_in or not counts or max(counts) < _FAR_RARER * min(counts):
        return ()
    return NO_CLASS_WEIGHTS


def _own(base: Configuration) -> tuple[str, str, tuple[str, ...]]:
    """The model of the base configuration, with its settings."""
    title = specification(base.model.name).title_with(base.model.hyper)
    settings = tuple(f"model.hyper.{key}={as_text(value)}" for key, value in base.model.hyper.items())
    named = (f"{base.model.name}-given", f"{title}, as given") if settings else (base.model.name, title)
    return *named, (f"model.name={base.model.name}", *settings)


_WIDE = ('model.hyper.kernels="8,12,16,24"', "model.hyper.pooling=max_mean")
_NOT_FOR_FROZEN = (
    "augmentation.substitution",
    "augmentation.masking",
    "augmentation.shift",
    "training.adversarial",
)
"""What a frozen encoder would have to read all records anew for, in each epoch, or cannot learn by."""
_BOTH_STRANDS = ("augmentation.reverse_complement=0.5", "augmentation.both_strands=true")
"""Where a protein binds does not hang on the strand that was read; validation tells whether that holds here."""
_EXCHANGED = "augmentation.substitution=0.1"
"""Proteins that differ by what evolution exchanges mostly do the same; with few of them that is worth telling."""
_PROTEIN_NETWORKS = (
    "lstm_attention",
    "bilstm",
    "cnn_bilstm",
    "rnn_cnn",
    "text_rcnn",
    "inception1d",
    "gin",
    "bigru_attention",
    "convnext1d",
)
_GAPS = ("model.hyper.features=kmers", "model.hyper.more_features=cksnap")
_PAIRS = ("model.hyper.features=one_hot", "model.hyper.more_features=pairs_by_position")
_ENDS = ("model.hyper.features=kmers", "model.hyper.more_features=ends")
"""Whole molecules end where nature put it; where pieces were cut out, validation tells that ends say nothing."""
_FREE = "model.hyper.strength=30"
"""With many rare words 30 and 100 are as good, and 10 nearly; to try them all would take the time of other models."""
_SIXES = ("model.hyper.shortest=6", "model.hyper.k=6", _FREE)
_TRIPLES = ("model.hyper.shortest=3", "model.hyper.k=3", _FREE)
_BOOSTED_ENDS: _Listed = ("hist_gradient_boosting-ends", "Gradient boosting on words and both ends", _ENDS)
_RANDOMISED: _Listed = (
    "random_forest-random",
    "Randomised trees on words and both ends",
    (*_ENDS, "model.hyper.thresholds=random", "model.hyper.tried=0.1", "model.hyper.trees=500"),
)


def _nucleic(profile: DataProfile) -> Iterator[_Listed]:
    fixed, wide = profile.fixed_length, profile.median_length >= _LONG
    pieces = profile.molecule is Molecule.DNA and not fixed
    yield ("hist_gradient_boosting", "Gradient boosting", ()) if fixed else _BOOSTED_ENDS
    yield "text_cnn-mean", "Text CNN, strongest and mean match", ("model.hyper.pooling=max_mean",)
    yield from _by_position() if fixed else _by_words(both_strands=pieces)
    if pieces:
        yield (
            "text_cnn-both",
            "Text CNN, both strands",
            ("model.hyper.pooling=max_mean", *_BOTH_STRANDS),
        )
    if wide and profile.molecule is Molecule.DNA:
        yield "text_cnn-strands", "Text CNN with wide motifs, both strands", (*_WIDE, *_BOTH_STRANDS)
    if wide:
        yield "text_cnn-wide", "Text CNN with wide motifs", _WIDE
    if not fixed:
        yield "hist_gradient_boosting-gaps", "Gradient boosting on words and gapped pairs", _GAPS
    if fixed:
        yield "performer", "Performer", ()
        yield "linformer", "Linformer", ()
    yield "cnn_bilstm", "CNN and BiLSTM", ()
    yield "inception1d", "Inception", ()
    if pieces:
        yield "cnn_bilstm-strands", "CNN and BiLSTM, both strands", _BOTH_STRANDS
    yield "rnn_cnn", "RNN and CNN", ()
    yield "bigru_attention", "BiGRU with attention", ()
    yield "convnext1d", "ConvNeXt", ()
    yield "tcn", "Temporal convolutions", ()
    yield "text_rcnn", "Recurrent CNN", ()


def _by_position() -> Iterator[_Listed]:
    yield "random_forest-pairs", "Random forest on letters and pairs by position", _PAIRS
    yield (
        "lr-both",
        "Logistic regression on letters and words",
        ("model.hyper.features=one_hot", "model.hyper.more_features=kmers", "model.hyper.k=3"),
    )
    yield "dnn", "Plain network", ()
    yield "hist_gradient_boosting-pairs", "Gradient boosting on letters and pairs by position", _PAIRS
    yield "lr-pairs", "Logistic regression on letters and pairs by position", _PAIRS
    yield (
        "hist_gradient_boosting-both",
        "Gradient boosting on letters and words",
        ("model.hyper.features=one_hot", "model.hyper.more_features=kmers"),
    )


def _by_words(*, both_strands: bool) -> Iterator[_Listed]:
    yield (
        "lr-gapped",
        "Logistic regression on words of 6 letters with gaps",
        ("model.hyper.features=gapped_kmers", *_SIXES, "model.hyper.gap=2"),
    )
    yield _RANDOMISED
    yield (
        "lr-words",
        "Logistic regression on words of up to 6 letters and both ends",
        (*_ENDS, "model.hyper.k=6"),
    )
    if both_strands:
        yield (
            "lr-strands",
            "Logistic regression on words of 5 to 8 letters, both strands",
            ("model.hyper.features=rckmers", "model.hyper.shortest=5", "model.hyper.k=8"),
        )
        yield (
            "lr-gapped-strands",
            "Logistic regression on words of 6 letters with gaps, both strands",
            ("model.hyper.features=gapped_rckmers", *_SIXES, "model.hyper.gap=1"),
        )


def _protein(profile: DataProfile) -> Iterator[_Listed]:
    yield "hist_gradient_boosting", "Gradient boosting", ()
    yield (
        "text_cnn-exchanged",
        "Text CNN, strongest and mean match, letters exchanged",
        ("model.hyper.pooling=max_mean", _EXCHANGED),
    )
    yield "random_forest", "Random forest", ()
    yield (
        "random_forest-chemistry",
        "Random forest on words and chemistry",
        ("model.hyper.features=kmers", "model.hyper.more_features=ctdc"),
    )
    yield (
        "hist_gradient_boosting-length",
        "Gradient boosting on counted words and chemistry",
        ("model.hyper.features=kmers", "model.hyper.word_values=counts", "model.hyper.more_features=ctdc"),
    )
    yield _BOOSTED_ENDS
    yield _RANDOMISED
    yield (
        "rbf_svm-groups",
        "Gaussian SVM on pairs and ends",
        ("model.hyper.features=cksaagp", "model.hyper.more_features=ends"),
    )
    yield "rbf_svm-ends", "Gaussian SVM on words and ends", _ENDS
    yield (
        "lr-words",
        "Logistic regression on words of up to 3 letters",
        ("model.hyper.features=kmers", "model.hyper.k=3"),
    )
    yield (
        "lr-gapped",
        "Logistic regression on words of 3 letters with gaps",
        ("model.hyper.features=gapped_kmers", *_TRIPLES, "model.hyper.gap=1"),
    )
    yield "lr", "Logistic regression", ()
    if profile.fixed_length:
        yield "dnn-exchanged", "Plain network, letters exchanged", (_EXCHANGED,)
    for name in _PROTEIN_NETWORKS:
        yield f"{name}-exchanged", f"{ARCHITECTURES[name].title}, letters exchanged", (_EXCHANGED,)
