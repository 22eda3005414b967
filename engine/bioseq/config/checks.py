"""What is wrong with a configuration as a whole: options that contradict each other, the catalogue, or the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.registry import ARCHITECTURES, BASELINES, ENSEMBLES, MODELS
from bioseq.catalogue.specification import TaskShape
from bioseq.config.ensembles import ensemble_problems, member_names
from bioseq.config.fields import suggestion
from bioseq.errors import Problem, Severity
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.wording import counted, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bioseq.catalogue.specification import Architecture
    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile

_LONGEST_WORD = {Molecule.DNA: 6, Molecule.RNA: 6, Molecule.PROTEIN: 3}
_FEW_PER_CLASS = 5
_MOST_INDICATORS = 400
"""Words that each may have an indicator of its own: all pairs of amino acids, or all 256 words of four nucleotides."""


def check(config: Configuration, profile: DataProfile | None = None, *, trained: bool = False) -> tuple[Problem, ...]:
    """Everything that is wrong or doubtful, in the order of the schema.

    Args:
        config: Legal option by option.
        profile: What the data are like, when they are known.
        trained: The members of an ensemble were trained before, each with settings of its own: what members would be
            trained by here does not matter.
    """
    found = [*_data_problems(config)]
    if config.model.name in ENSEMBLES:
        found += _model_problems(config, profile)
        if not trained:
            found += ensemble_problems(config, profile, lambda member: _problems_of_model(member, profile))
    else:
        found += _problems_of_model(config, profile)
    found += [*_training_problems(config), *_sampling_problems(config)]
    found += _augmentation_problems(config, profile)
    if profile is not None:
        found += [*_class_problems(profile), *_label_problems(config, profile), *_split_problems(config, profile)]
    return tuple(found)


def _problems_of_model(config: Configuration, profile: DataProfile | None) -> list[Problem]:
    """What the model of a configuration cannot read, be or do."""
    return [*_token_problems(config, profile), *_model_problems(config, profile)]


def _trains_network(config: Configuration) -> bool:
    """Whether options of networks matter: the model, or a member of an ensemble, is none of the feature baselines."""
    return not set(member_names(config) or (config.model.name,)) <= set(BASELINES)


def task_shape(config: Configuration, profile: DataProfile) -> TaskShape:
    """What the network will be built for, as far as the profile tells it."""
    letters = len(ALPHABETS[profile.molecule].residues)
    k = config.tokens.k if config.tokens.kind == "kmers" else 1
    longest = min(profile.longest, config.data.longest) if config.data.longest else profile.longest
    shortest = min(profile.shortest, longest)
    return TaskShape(
        vocabulary=2 + letters**k,
        classes=max(2, len(profile.label_names)),
        longest=max(1, longest - k + 1),
        fixed_length=shortest == longest,
        one_hot=config.tokens.coding == "one_hot",
        molecule=profile.molecule.value,
        word_length=k,
    )


def _data_problems(config: Configuration) -> Iterator[Problem]:
    data = config.data
    if not data.files:
        yield Problem("config.no_files", "There are no data yet.", "data.files", "Add files with labelled sequences.")
    if any(not file.path for file in data.files):
        yield Problem("config.no_path", "A data file has no path.", "data.files", "Name the file or take it out.")
    if data.label_source == "sheet" and not data.label_sheet:
        yield Problem(
            "config.no_sheet", "Labels are to come from a sheet, but none is named.", "data.label_sheet",
            "Choose the sheet of ids and labels.",
        )  # fmt: skip


def _token_problems(config: Configuration, profile: DataProfile | None) -> Iterator[Problem]:
    if config.model.name in BASELINES:  # they read letters, whatever tokens a network would read
        return
    if (chosen := ARCHITECTURES.get(config.model.name)) is not None:
        yield from _reading_problems(config, chosen)
    molecule = _molecule(config, profile)
    if config.tokens.kind != "kmers" or molecule is None:
        return
    letters, k = len(ALPHABETS[molecule].residues), config.tokens.k
    if k > _LONGEST_WORD[molecule]:
        yield Problem(
            "config.word_too_long",
            f"There would be {letters**k:,} words, far more than any data fill.",
            "tokens.k",
            f"Choose {_LONGEST_WORD[molecule]} or less for {molecule.value}.",
        )
    elif config.tokens.coding == "one_hot" and letters**k > _MOST_INDICATORS:
        fits = max(length for length in range(1, k) if letters**length <= _MOST_INDICATORS)
        yield Problem(
            "config.too_many_indicators",
            f"One-hot tokens would be {letters**k:,} numbers wide, one for each word of {k} letters.",
            "tokens.coding",
            f"Choose learnt vectors, or words of at most {fits} letters for {molecule.value}.",
        )


def _reading_problems(config: Configuration, network: Architecture) -> Iterator[Problem]:
    """What the network cannot read."""
    if config.tokens.kind not in network.token_kinds:
        kinds = {"letters": "single letters", "kmers": "k-mers"}
        yield Problem(
            "config.tokens_not_read", f"{network.title} does not read {kinds[config.tokens.kind]}.", "tokens.kind",
            f"Choose {' or '.join(kinds[kind] for kind in network.token_kinds)}, or another model.",
        )  # fmt: skip
    if config.tokens.coding == "one_hot" and not network.reads_one_hot:
        yield Problem(
            "config.one_hot_not_read", f"{network.title} learns a vector for each token and reads no one-hot tokens.",
            "tokens.coding", "Choose learnt vectors, or a convolutional, recurrent or graph network.",
        )  # fmt: skip


def _molecule(config: Configuration, profile: DataProfile | None) -> Molecule | None:
    """What the sequences are made of; None as long as nobody has said or seen it."""
    if profile is not None:
        return profile.molecule
    return None if config.data.molecule == "auto" else Molecule(config.data.molecule)


def _model_problems(config: Configuration, profile: DataProfile | None) -> Iterator[Problem]:
    chosen = MODELS.get(config.model.name)
    if chosen is None:
        yield Problem(
            "config.unknown_model",
            f"There is no model named {config.model.name!r}.",
            "model.name",
            suggestion(config.model.name, MODELS) or f"There are: {', '.join(MODELS)}.",
        )
        return
    task = task_shape(config, profile) if profile else None
    found = chosen.problems(config.model.hyper, task)
    yield from found
    if task is not None and not found and chosen.name in ARCHITECTURES:
        network = ARCHITECTURES[chosen.name]
        yield from network.doubts(task, network.resolve(config.model.hyper))
        yield from _learning_problems(config, network, task)
    if profile is not None and not found and chosen.name in BASELINES:
        yield from BASELINES[chosen.name].data_problems(config.model.hyper, profile, most_letters=config.data.longest)


def _learning_problems(config: Configuration, network: Architecture, task: TaskShape) -> Iterator[Problem]:
    """What the chosen network, with legal settings, cannot learn by, or learns slowly by."""
    hyper = network.resolve(config.model.hyper)
    if config.training.adversarial and not network.learns_tokens(task, hyper):
        yield Problem(
            "config.no_learnt_vectors",
            f"Adversarial training pushes learnt vectors of tokens; {network.title} learns none with these settings.",
            "training.adversarial",
            "Set it to 0, or let the network learn vectors: no one-hot tokens, no frozen encoder.",
        )
    changed = config.augmentation
    again = [name for name in ("substitution", "masking", "shift") if getattr(changed, name)]
    if again and network.kept(task, hyper).once:
        yield Problem(
            "config.nothing_remembered",
            "Training records are new in each epoch, so the frozen encoder has to read all of them each time.",
            f"augmentation.{again[0]}", "It is much faster without exchanged, hidden and shifted letters.",
            Severity.WARNING,
        )  # fmt: skip


def _training_problems(config: Configuration) -> Iterator[Problem]:
    training = config.training
    if training.class_weights == "custom" and not training.custom_weights:
        yield Problem(
            "config.no_weights", "Class weights are by hand, but none is given.", "training.custom_weights",
            "Give each class a weight, or choose balanced.",
        )  # fmt: skip
    for label, weight in training.custom_weights.items():
        if not weight > 0:
            yield Problem(
                "config.bad_weight", f"The weight of {label!r} is {weight:g}; it must be above 0.",
                "training.custom_weights",
            )  # fmt: skip


def _sampling_problems(config: Configuration) -> Iterator[Problem]:
    training = config.training
    if not _trains_network(config) or training.sampling == "all" or training.class_weights == "none":
        return
    yield Problem(
        "config.balanced_twice",
        "Rare classes are drawn more often, and classes have weights on top of that.",
        "training.sampling",
        "Choose one of the two, unless the weights are meant to go beyond an equal say.",
        Severity.WARNING,
    )


def _augmentation_problems(config: Configuration, profile: DataProfile | None) -> Iterator[Problem]:
    chosen = config.augmentation
    if not _trains_network(config):
        return
    strands = {"reverse_complement": chosen.reverse_complement > 0, "both_strands": chosen.both_strands}
    if _molecule(config, profile) is Molecule.PROTEIN:
        for name in (name for name, wanted in strands.items() if wanted):
            yield Problem(
                "config.no_other_strand", "Proteins have no other strand.", f"augmentation.{name}",
                "Switch it off; it is for DNA and RNA.",
            )  # fmt: skip
    if profile is not None and chosen.shift >= profile.shortest:
        yield Problem(
            "config.shifted_too_far",
            f"The shortest sequence has {profile.shortest:,} letters, and may be moved by up to {chosen.shift:,}.",
            "augmentation.shift", "Choose a small part of the usual length.", Severity.WARNING,
        )  # fmt: skip


def _class_problems(profile: DataProfile) -> Iterator[Problem]:
    if len(profile.label_names) < 2:
        what = "carry no labels" if not profile.label_names else f"all belong to one class, {profile.label_names[0]!r}"
        yield Problem(
            "data.one_class", f"The records {what}; a classifier needs at least two classes.", "data.label_source",
            "Say where the labels stand, or add files of another class.",
        )  # fmt: skip
        return
    usable = [classes for split, classes in profile.class_counts.items() if split != "test"]
    sizes = dict(zip(profile.label_names, (sum(column) for column in zip(*usable, strict=True)), strict=True))
    yield from _few_records([name for name, count in sizes.items() if not count], "no records", Severity.ERROR)
    few = {name: count for name, count in sizes.items() if 0 < count < _FEW_PER_CLASS}
    for count in sorted(set(few.values())):
        records = counted("{n} [record|records]", count)
        yield from _few_records([name for name in few if few[name] == count], records, Severity.WARNING)


def _few_records(names: Sequence[str], records: str, severity: Severity) -> Iterator[Problem]:
    """Classes that have so few records to train on; none when there are no such classes."""
    if not names:
        return
    if len(names) == 1:
        message = f"Class {quoted(names)} has {records} to train on."
    else:
        message = f"{len(names):,} classes have {records} to train on: {quoted(names)}."
    remedy = counted("Add records of [this class or leave it out|these classes or leave them out].", len(names))
    yield Problem("data.few_records", message, "data.files", remedy, severity)


def _label_problems(config: Configuration, profile: DataProfile) -> Iterator[Problem]:
    names = profile.label_names
    positive = config.evaluation.positive_label
    if positive and positive not in names:
        yield Problem(
            "config.unknown_label", f"No record has the class {positive!r}.", "evaluation.positive_label",
            suggestion(positive, names) or f"The classes are {quoted(names)}.",
        )  # fmt: skip
    if config.evaluation.threshold_aim != "fixed" and len(names) > 2:
        yield Problem(
            "config.no_threshold", f"With {len(names)} classes the most probable one is told: there is no threshold.",
            "evaluation.threshold_aim", "Leave it at the given threshold.", Severity.WARNING,
        )  # fmt: skip
    if config.training.class_weights != "custom":
        return
    for label in config.training.custom_weights:
        if label not in names:
            yield Problem(
                "config.unknown_label", f"A weight is given to {label!r}, which no record has.",
                "training.custom_weights", suggestion(label, names),
            )  # fmt: skip
    missing = [name for name in names if name not in config.training.custom_weights]
    if missing and config.training.custom_weights:
        yield Problem(
            "config.missing_weight", f"No weight is given to {quoted(missing)}.",
            "training.custom_weights", "Give each class a weight.",
        )  # fmt: skip


def _split_problems(config: Configuration, profile: DataProfile) -> Iterator[Problem]:
    counts = {split: sum(classes) for split, classes in profile.class_counts.items()}
    if config.split.validation_fraction == 0 and not counts.get("validation"):
        yield Problem(
            "config.no_validation",
            "No records are kept back to watch the training, so it cannot tell which epoch is best.",
            "split.validation_fraction", "Keep back a tenth or more.", Severity.WARNING,
        )  # fmt: skip
    if config.split.test_fraction == 0 and not counts.get("test"):
        yield Problem(
            "config.no_test", "No records are kept back for the final judgement.", "split.test_fraction",
            "Keep back a fifth, or add a test file.", Severity.WARNING,
        )  # fmt: skip
    train = counts.get("train", 0)
    if train and config.training.batch_size > train and _trains_network(config):
        yield Problem(
            "config.large_batch", f"A batch holds more than all {train:,} training records.", "training.batch_size",
            "Smaller batches learn more per epoch.", Severity.WARNING,
        )  # fmt: skip
