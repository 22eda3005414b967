"""Settings filled in from the data: what a knowledgeable colleague would choose, and why.

Few rules, each with a reason that is shown beside the value. They look at counts and lengths only (`DataProfile`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.registry import MODELS
from bioseq.config.differences import value_text
from bioseq.config.fields import describe, with_value
from bioseq.config.label_names import names_a_negative
from bioseq.config.model_choice import LONG_MEDIAN, choose_model
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.similarity.choices import seconds_for, usual_identity

if TYPE_CHECKING:
    from collections.abc import Collection

    from bioseq.config.evidence import Evidence
    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile

_LABEL_SOURCES = {
    "header": "The header of each record tells its class: >id|label|split or >id|label.",
    "file": "Each file holds the records of one class, and its name tells which.",
    "column": "A column of the table tells the class of each record.",
    "sheet": "The separate sheet tells the class of each id.",
}
_IMBALANCE = 3.0
"""Largest class to smallest, from which rare classes need more say."""
_EVEN = 1.25
_ENOUGH_TO_CHOOSE = 5
"""Validation records of the rarer class from which they may choose a threshold."""
_LONGEST_USED = 1_000
"""Letters beyond which time and memory on an ordinary machine suffer most."""
_CLUSTERS_S = 60.0
"""Seconds that clusters of similar sequences may take by themselves."""
_FEW_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an option has its value.

    Attributes:
        path: The option: "model.name".
        value_text: The value as shown: "Text CNN".
        sentence: The reason, one or two sentences.
    """

    path: str
    value_text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Autofilled:
    """A configuration that suits the data.

    Attributes:
        config: Filled in.
        reasons: One for each option that was chosen, in the order in which a person would decide.
    """

    config: Configuration
    reasons: tuple[Reason, ...]


def autofill(
    profile: DataProfile,
    given: Configuration,
    *,
    label_sources: Collection[str] = (),
    evidence: Evidence | None = None,
    strand_twins: int = 0,
    alignment: str = "",
) -> Autofilled:
    """Choose settings for data.

    Args:
        profile: What the data are like.
        given: What is set already: files, policies and all options that are no matter of the data stay as they are.
        label_sources: Where the labels of each file were found ("header", "file", "column", "sheet", "none").
        evidence: What the training records show of what tells the classes apart; None where nobody has looked, or there
            are too few.
        strand_twins: Records that are the reverse complement of another.
        alignment: Why the gaps of the records are those of an alignment (`aligned_gaps.tell_alignment`); empty where
            they are not, or there are none.
    """
    choices = _Choices(given)
    _choose_molecule(choices, profile)
    _choose_label_source(choices, set(label_sources) - {"none"})
    if alignment:
        choices.choose("data.gaps", "remove", alignment)
    _choose_split(choices, profile)
    _choose_strands(choices, strand_twins)
    _choose_length(choices, profile)
    _choose_model(choices, profile, evidence)
    _choose_duration(choices, profile)
    _choose_balance(choices, profile)
    _choose_positive(choices, profile)
    _choose_threshold(choices, profile)
    return Autofilled(choices.config, tuple(choices.reasons))


class _Choices:
    """The configuration so far, with the reasons."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.reasons: list[Reason] = []

    def choose(self, path: str, value: Any, sentence: str) -> None:
        self.config = with_value(self.config, path, value)
        shown = str(value) if path.startswith("model.hyper.") else value_text(describe(path), value)
        self.reasons.append(Reason(path, shown, sentence))


def _choose_molecule(choices: _Choices, profile: DataProfile) -> None:
    word = profile.molecule.text
    share = f"{100 * profile.molecule_confidence:.4g} % of the {profile.residues:,} letters read as {word}."
    choices.choose("data.molecule", profile.molecule.value, share)


def _choose_label_source(choices: _Choices, found: set[str]) -> None:
    """Files that tell their labels in different ways are left to detection, file by file."""
    if choices.config.data.label_source == "auto" and len(found) == 1:
        source = found.pop()
        choices.choose("data.label_source", source, _LABEL_SOURCES[source])


def _choose_split(choices: _Choices, profile: DataProfile) -> None:
    split = choices.config.split
    if tests := profile.named("test"):
        share = f"Not used: the files name {tests:,} test records, which are kept for the final test."
    elif split.test_fraction:
        share = f"The files name no test records, so {_share(split.test_fraction)} is kept back for the final test."
    else:
        share = "No record is kept back for a final test."
    choices.choose("split.test_fraction", split.test_fraction, share)
    if validation := profile.named("validation"):
        sentence = f"Not used: the files name {validation:,} validation records, which watch the training."
        choices.choose("split.validation_fraction", split.validation_fraction, sentence)
    elif records_per_class(profile) and min(records_per_class(profile)) < 20:
        sentence = "The smallest class has few records: a larger share watches the training, or chance decides."
        choices.choose("split.validation_fraction", 0.2, sentence)
    else:
        sentence = "Enough to see when the network stops improving; identical sequences stay on one side."
        choices.choose("split.validation_fraction", split.validation_fraction, sentence)
    _choose_likeness(choices, profile)


def _share(fraction: float) -> str:
    return "a fifth" if fraction == 0.2 else f"a share of {fraction:.3g}"


def _choose_likeness(choices: _Choices, profile: DataProfile) -> None:
    identity = usual_identity(profile.molecule, profile.median_length)
    if seconds_for(profile) <= _CLUSTERS_S:
        sentence = (
            "Similar sequences stay on one side, so that the result tells how the model does with sequences that are "
            "new to it."
        )
        choices.choose("split.method", "similarity", sentence)
    else:
        sentence = f"Looking for clusters of similar sequences among {profile.records:,} would take minutes."
        choices.choose("split.method", "random", sentence)
    what = "Proteins" if profile.molecule is Molecule.PROTEIN else profile.molecule.text
    sentence = f"{what} of a median of {profile.median_length:,.0f} letters are mostly related from there on."
    choices.choose("split.identity", identity, sentence)


def _choose_strands(choices: _Choices, twins: int) -> None:
    """Both strands count as one where there are twins, so that these are not torn apart by the split."""
    if twins:
        share = f"{twins:,} records are" if twins > 1 else "1 record is"
        sentence = f"{share} the reverse complement of another: the two stay on one side of the split."
        choices.choose("split.both_strands", True, sentence)


def _choose_length(choices: _Choices, profile: DataProfile) -> None:
    if profile.longest <= _LONGEST_USED:
        sentence = f"The longest sequence has {profile.longest:,} letters: all can be used."
        choices.choose("data.longest", 0, sentence)
        return
    if profile.median_length > LONG_MEDIAN:
        sentence = (
            f"Half of the sequences have more than {LONG_MEDIAN:,} letters: they are read whole, by features of the "
            "whole length."
        )
        choices.choose("data.longest", 0, sentence)
        return
    upper = profile.length_quantiles[6]
    longest = _LONGEST_USED if upper >= _LONGEST_USED else max(100, int(-(-upper // 100) * 100))
    left_out = 100 * _fraction_beyond(profile, longest)
    sentence = (
        f"Sequences have up to {profile.longest:,} letters, half of them at most {profile.median_length:,.0f}. "
        f"Longer ones keep both ends, where signals often stand; it saves time and memory. About "
        f"{left_out:.2g} % of all letters are left out."
    )
    choices.choose("data.longest", longest, sentence)


def _fraction_beyond(profile: DataProfile, longest: int) -> float:
    """About which fraction of all letters lies beyond a length, from the histogram of lengths."""
    middles = [(low + high - 1) / 2 for low, high in pairwise(profile.length_edges)]
    counts = [sum(column) for column in zip(*profile.length_counts.values(), strict=True)]
    total = sum(middle * count for middle, count in zip(middles, counts, strict=True))
    beyond = sum(max(0.0, middle - longest) * count for middle, count in zip(middles, counts, strict=True))
    return float(beyond / max(1.0, total))


def _choose_model(choices: _Choices, profile: DataProfile, evidence: Evidence | None) -> None:
    chosen = choose_model(profile, evidence)
    choices.choose("tokens.kind", "letters", "Networks find the k-mers that matter by themselves.")
    choices.choose("model.name", chosen.name, chosen.sentence)
    known = MODELS[chosen.name].defaults()
    for setting, (value, why) in chosen.hyper.items():
        if setting in known:
            choices.choose(f"model.hyper.{setting}", value, why)
    for setting, (value, why) in chosen.augmentation.items():
        choices.choose(f"augmentation.{setting}", value, why)
    sentence = (
        "Simple models are fitted beside it anyway; together they are seldom worse than the best of them, and often "
        "better. Off gives this model alone."
    )
    choices.choose("model.combine", True, sentence)


def _choose_duration(choices: _Choices, profile: DataProfile) -> None:
    records = training_records(profile)
    batch = 32 if records < 2_000 else 64 if records < 20_000 else 128
    choices.choose(
        "training.batch_size",
        batch,
        f"{records:,} training records give {-(-records // batch):,} steps an epoch with this size.",
    )
    choices.choose(
        "training.learning_rate",
        1e-3,
        "The usual start for AdamW with networks of this size; the schedule lowers it towards the end.",
    )
    epochs, patience = (100, 20) if records < 5_000 else (60, 12) if records < 50_000 else (30, 6)
    choices.choose(
        "training.epochs",
        epochs,
        "An upper limit: training ends by itself when it stops improving.",
    )
    choices.choose(
        "training.patience",
        patience,
        "With few records the validation figures jump about, so it waits longer before it ends."
        if records < 5_000
        else "With this many records the validation figures are steady, so it need not wait long.",
    )


def _choose_balance(choices: _Choices, profile: DataProfile) -> None:
    counts = [count for count in records_per_class(profile) if count]
    ratio = max(counts) / min(counts) if counts else 1.0
    if ratio >= _IMBALANCE and len(counts) > 2:
        sentence = (
            f"The largest class has {ratio:.3g} times the records of the smallest: rare classes get more weight while "
            "the model is trained. The probabilities are set right afterwards."
        )
        choices.choose("training.class_weights", "balanced", sentence)
    else:
        sentence = (
            f"The largest class has {ratio:.3g} times the records of the other. Weights would not tell the classes "
            "apart any better; where the line is drawn is chosen on validation records instead."
            if ratio >= _IMBALANCE
            else "The classes have about as many records each."
            if ratio < _EVEN
            else f"The largest class has {ratio:.2g} times the records of the smallest: too little to need weights."
        )
        choices.choose("training.class_weights", "none", sentence)
    _choose_best_epoch(choices, rare=ratio >= _IMBALANCE)


def _choose_best_epoch(choices: _Choices, *, rare: bool) -> None:
    """By log loss once calibrated, where probabilities are calibrated (`resources/help/development/best.md`)."""
    if choices.config.evaluation.calibrate:
        sentence = (
            "Log loss is the steadiest figure; once calibrated it looks past a model that gets too sure of itself "
            "while it still learns to tell the classes apart."
        )
        choices.choose("training.selection_metric", "calibrated_loss", sentence)
    elif rare:
        sentence = "It counts rare classes in full, while accuracy looks good by naming the largest class only."
        choices.choose("training.selection_metric", "mcc", sentence)
    else:
        choices.choose("training.selection_metric", "loss", "It is the steadiest figure for classes of similar size.")


def _choose_positive(choices: _Choices, profile: DataProfile) -> None:
    """With two classes of which one is called a negative: the other is what people look for."""
    if len(profile.label_names) != 2:
        return
    pairs = (profile.label_names, profile.label_names[::-1])
    found = [pair for pair in pairs if names_a_negative(*pair)]
    if len(found) != 1:
        return
    background, positive = found[0]
    sentence = f"By its name {background!r} is the background class, so {positive!r} is what is looked for."
    choices.choose("evaluation.positive_label", positive, sentence)


def _choose_threshold(choices: _Choices, profile: DataProfile) -> None:
    """With two classes of very unlike size one half is rarely the best line between them."""
    counts = [count for count in records_per_class(profile) if count]
    if len(profile.label_names) != 2 or len(counts) != 2 or max(counts) < _IMBALANCE * min(counts):
        return
    watching = _validation_records(choices.config, profile)
    if watching < _ENOUGH_TO_CHOOSE:
        return
    sentence = (
        f"One class is rarer than the other, so the threshold is chosen where the MCC of the validation records is "
        f"greatest: about {watching:,} of the rarer class choose it."
    )
    choices.choose("evaluation.threshold_aim", "mcc", sentence)


def _validation_records(config: Configuration, profile: DataProfile) -> int:
    """About how many records of the rarer class watch the training: as given, or as will be kept back."""
    given = profile.class_counts.get("validation", ())
    if sum(given):
        return min(given)
    return int(min(records_per_class(profile)) * config.split.validation_fraction)


def records_per_class(profile: DataProfile) -> tuple[int, ...]:
    """Records of each class that training may see (all but the test records), in the order of `label_names`."""
    seen = [classes for split, classes in profile.class_counts.items() if split != "test"]
    return tuple(sum(column) for column in zip(*seen, strict=True))


def training_records(profile: DataProfile) -> int:
    """Labelled records that training sees; before a split is drawn, all that may be drawn for it."""
    counts = {split: sum(classes) for split, classes in profile.class_counts.items()}
    return counts.get("train", 0) or counts.get("unassigned", 0)
