"""What was done in a run, in sentences in the past tense with its numbers: for methods, card and checklists."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.registry import BASELINES, ENSEMBLES
from bioseq.evaluation.calibration import AS_IT_IS
from bioseq.evaluation.metrics import CHOOSING, METRICS
from bioseq.evaluation.standing import standing_of
from bioseq.report.plain import count, duration, figure_text, shown
from bioseq.report.sheet import interval
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bioseq.catalogue.specification import HyperParameter, HyperValue
    from bioseq.evaluation.results import Evaluation, Scores
    from bioseq.report.material import Material

_MOLECULES = {"dna": "DNA", "rna": "RNA", "protein": "protein"}
_UNITS = {"dna": "nt", "rna": "nt", "protein": "residues"}
_MOST_NAMED_CLASSES = 6
"""Classes that are named within a sentence; of more, their number is told."""
_CLEANING = {
    "illegal_letters": {
        "drop": "records with illegal characters were excluded",
        "replace": "illegal characters were replaced by the unknown letter",
        "stop": "illegal characters were not accepted",
    },
    "ambiguous_letters": {
        "drop": "records with ambiguous letters were excluded",
        "replace": "ambiguous letters were read as unknown",
        "stop": "ambiguous letters were not accepted",
    },
    "gaps": {
        "replace": "",
        "remove": "gaps were left out",
    },
    "repeated_sequences": {
        "keep": "repeated sequences were kept",
        "drop": "only the first of repeated sequences was kept",
    },
    "conflicting_labels": {
        "keep": "sequences with conflicting labels were kept",
        "drop": "sequences with conflicting labels were excluded",
        "stop": "sequences with conflicting labels were not accepted",
    },
    "test_in_train": {
        "keep": "test sequences that also occurred in the training data were kept",
        "drop_from_train": "test sequences were removed from the training data",
        "drop_from_test": "training sequences were removed from the test data",
        "stop": "test sequences that also occurred in the training data were not accepted",
    },
}
"""What was done to faulty records, by setting and value; empty for what goes without saying."""
_AIMS = {
    "mcc": "to maximise the MCC",
    "youden": "to maximise the sum of sensitivity and specificity",
    "f1": "to maximise the F1",
    "sensitivity": "to reach a given sensitivity",
    "specificity": "to reach a given specificity",
}
_TOLD = ("accuracy", "balanced_accuracy", "sensitivity", "specificity", "f1", "mcc", "roc_auc", "pr_auc")


def molecule(material: Material) -> str:
    """What the sequences were made of: "DNA", "protein"."""
    named = str(material.data.get("molecule", "")) or material.config.data.molecule
    return _MOLECULES.get(named, "biological")


def file_names(material: Material) -> tuple[str, ...]:
    """Names of the data files, without folders: a report may travel."""
    paths = [file.path for file in material.config.data.files]
    return tuple(shown(PurePath(path.replace("\\", "/")).name) for path in paths)


def task(material: Material) -> str:
    """What was told apart."""
    names = [shown(label) for label in material.labels]
    kind = {0: "", 2: "binary "}.get(len(names), f"{len(names)}-class ")
    text = f"{kind}classification of {molecule(material)} sequences"
    return f"{text} ({listed(names)})" if 0 < len(names) <= _MOST_NAMED_CLASSES else text


def length(material: Material, number: float) -> str:
    """A length with its unit: "1 nt", "20 residues"."""
    named = str(material.data.get("molecule", "")) or material.config.data.molecule
    unit = _UNITS.get(named, "letters")
    return f"{number:,.0f} {unit.removesuffix('s') if number == 1 else unit}"


def output(material: Material) -> str:
    """What a prediction is."""
    names = [shown(label) for label in material.labels]
    classes = listed(names) if len(names) <= _MOST_NAMED_CLASSES else f"the {len(names)} classes"
    return f"A probability for each of {classes}."


def records(material: Material) -> str:
    """How many sequences there were, from where, how long."""
    total = int(material.data.get("records_used", 0))
    if not total:
        return ""
    text = f"The data set comprised {count(total, 'labelled sequence')}{_by_class(material)}"
    text += f", read from {listed(file_names(material), most=6)}."
    return f"{text} {_lengths(material)}".strip()


def _lengths(material: Material) -> str:
    found = material.lengths
    if found is None:
        return ""
    before, all_before = (
        ("After shortening, sequences", "After shortening, all") if found.shortened else ("Sequences", "All")
    )
    longest = length(material, found.longest)
    if found.shortest == found.longest:
        return f"{all_before} sequences were {longest} long."
    return f"{before} were {found.shortest:,} to {longest} long (median {found.median:,.0f})."


def cleaning(material: Material) -> str:
    """What happened to faulty records."""
    data = material.config.data
    read, used = int(material.data.get("records_read", 0)), int(material.data.get("records_used", 0))
    done = [word for name, words in _CLEANING.items() if (word := words[getattr(data, name)])]
    text = f"Records were checked before use: {'; '.join(done)}."
    if read > used:
        text += f" In all, {read - used:,} of {count(read, 'record')} {'was' if read - used == 1 else 'were'} excluded."
    if data.longest:
        text += f" Sequences longer than {length(material, data.longest)} were shortened to that length."
    return text


def split(material: Material) -> str:
    """How the records were divided."""
    counts = {name: sum(material.counts(name)) for name in ("train", "validation", "test")}
    if not counts["train"]:
        return ""
    parts = [f"{counts['train']:,} for training"]
    parts += [f"{counts['validation']:,} for validation"] if counts["validation"] else []
    parts += [f"{counts['test']:,} for testing"] if counts["test"] else []
    text = f"The records were divided into {listed(parts)}."
    return " ".join((text, *_split_rules(material, [name for name in ("test", "validation") if counts[name]])))


def _split_rules(material: Material, splits: list[str]) -> Iterator[str]:
    """How the records of these splits were chosen, one sentence for each way."""
    named = material.data.get("splits_named") or {}
    by_files = [name for name in splits if named.get(name)]
    drawn = [name for name in splits if name not in by_files]
    torn: list[str] = material.data.get("drawn_at_random", [])
    clustered = [] if not _by_clusters(material) else [name for name in drawn if name not in torn]
    at_random = [name for name in drawn if name not in clustered]
    seed = f"stratified by class (seed {material.config.split.seed})"
    if by_files:
        yield f"The {listed(by_files)} records were those designated in the files."
    if clustered:
        yield f"The {listed(clustered)} records were drawn as whole clusters of {_similar(material)}, {seed}."
    if at_random:
        too_large = " because the clusters of similar sequences were too large" if set(at_random) <= set(torn) else ""
        yield (
            f"The {listed(at_random)} records were drawn at random{too_large}, {seed}, with identical sequences kept "
            "together."
        )


def _by_clusters(material: Material) -> bool:
    """Whether clusters were to be drawn whole; those that were too large for a split were not."""
    torn = material.data.get("drawn_at_random", [])
    return bool(torn) or material.data.get("drawn", material.config.split.method) == "similarity"


def _similar(material: Material) -> str:
    identity = material.config.split.identity or (material.nearness.identity if material.nearness else 0.0)
    return f"similar sequences (at least {100 * identity:.0f} % identity)" if identity else "similar sequences"


def encoding(material: Material) -> str:
    """How letters became numbers."""
    if material.config.model.name in ENSEMBLES:
        return "Each member encoded the sequences in its own way."
    if material.config.model.name in BASELINES:
        settings = dict(hyper(material))
        named = [
            settings[name].lower() for name in ("Features", "And also") if settings.get(name, "Nothing") != "Nothing"
        ]
        return f"Each sequence was represented by engineered features: {listed(named)}." if named else ""
    tokens = material.config.tokens
    unit = "single letters" if tokens.kind == "letters" else f"overlapping {tokens.k}-mers"
    coding = "one-hot encoded" if tokens.coding == "one_hot" else "represented by embeddings learnt with the network"
    size = ""
    if material.model:
        size = f" (vocabulary of {material.model.vocabulary.size:,} tokens, including padding and unknown)"
    return f"Sequences were split into {unit}{size}, which were {coding}."


def citation(material: Material) -> str:
    """The paper of the model, as the catalogue has it: "Kim 2014, doi:10.3115/v1/D14-1181"."""
    chosen = material.specification
    if chosen is None:
        return ""
    doi = chosen.doi
    link = doi if doi.startswith("http") else f"doi:{doi}" if doi else ""
    return ", ".join(part for part in (chosen.paper, link) if part)


def model(material: Material) -> str:
    """Which model it was, how large, with which settings of its own."""
    source = citation(material)
    weights = f"{material.weights:,} weights" if material.weights else ""
    inside = "; ".join(part for part in (source, weights) if part)
    title = material.title
    if material.combines and material.specification is not None:
        title = material.specification.title
    text = f"The model was {_a(title)}{f' ({inside})' if inside else ''}"
    values = hyper(material)
    settings = "; ".join(f"{name.lower()} = {_lower(value)}" for name, value in values)
    return f"{text}. Its hyperparameters were {settings}." if settings else f"{text}."


def hyper(material: Material) -> tuple[tuple[str, str], ...]:
    """The model's own settings, resolved: title and value."""
    chosen = material.specification
    trained = material.trained
    known = trained is not None and (chosen is None or trained.architecture == chosen.name)
    values: dict[str, Any] = dict(trained.hyper if trained is not None and known else material.config.model.hyper)
    if chosen is None:
        return tuple((shown(name), shown(str(value))) for name, value in values.items())
    resolved = chosen.resolve(values)
    return tuple(
        (setting.title, _choice(setting, resolved[setting.name]))
        for setting in chosen.hyper
        if setting.kind != "folder"
    )


def training(material: Material) -> str:
    """How it was trained."""
    settings = material.config.training
    if material.config.model.name in ENSEMBLES:
        return (
            "Its members were trained on the same training records and selected on the same validation records, each "
            "independently; the prediction is the mean of their probabilities."
        )
    if material.config.model.name in BASELINES:
        return f"It was fitted with a random seed of {settings.seed}. {_kept(material)}"
    loss = "focal loss" if settings.loss == "focal" else "cross-entropy"
    if settings.loss == "focal":
        loss += f" (gamma {settings.focal_gamma:g})"
    rate = {"cosine": "a cosine schedule", "plateau": "halving on plateaus", "constant": "no decay"}
    text = (
        f"It was trained with AdamW (Loshchilov and Hutter 2019; learning rate {settings.learning_rate:g} with "
        f"{rate.get(settings.schedule, settings.schedule)} and {100 * settings.warmup_fraction:g} % warm-up, weight "
        f"decay {settings.weight_decay:g}) in batches of {settings.batch_size:,} records to minimise the {loss}"
    )
    return f"{text}. {_kept(material)}{_extras(material)}"


def combination(material: Material) -> str:
    """What the answer is made of, where it is not the trained model alone."""
    if not material.combines:
        return ""
    return (
        "Its calibrated probabilities were combined with those of simple models fitted on the training and validation "
        "records (gradient boosting and logistic regression; number of trees and regularisation by cross-validation) "
        f"in a weighted geometric mean: {material.title}. The weights were fitted on validation records that none of "
        "the models had been fitted on, and drawn towards equal ones."
    )


def _kept(material: Material) -> str:
    settings = material.config.training
    best, epochs = material.state.best, len(material.state.epochs)
    stage = "round" if material.state.in_rounds else "epoch"
    by = CHOOSING[settings.selection_metric].title.lower() if settings.selection_metric in CHOOSING else "loss"
    text = f"Training was limited to at most {count(settings.epochs, stage)}"
    if settings.patience:
        text += f", with early stopping after {count(settings.patience, stage)} without improvement"
    if best is None:
        return f"{text}."
    chosen = f", the best by {by} on the validation records" if best.validation else ""
    return f"{text}. The weights of {stage} {best.epoch:,} of {epochs:,} were kept{chosen}."


def _extras(material: Material) -> str:
    """Regularisation, weights of classes, sampling, augmentation: those that were used."""
    settings, augmentation = material.config.training, material.config.augmentation
    used = [
        ("gradients were clipped to a norm of {0:g}", settings.clip_norm),
        ("labels were smoothed ({0:g})", settings.label_smoothing),
        ("adversarial training (FGM) was used with a strength of {0:g}", settings.adversarial),
        ("flooding kept the loss above {0:g}", settings.flooding),
        ("training sequences were reverse-complemented with probability {0:g}", augmentation.reverse_complement),
        ("letters were substituted at random with probability {0:g}", augmentation.substitution),
        ("letters were masked with probability {0:g}", augmentation.masking),
        ("sequences were shifted by up to {0:g} letters", augmentation.shift),
    ]
    said = [words.format(value) for words, value in used if value]
    if settings.class_weights != "none":
        how = "with weights set by hand" if settings.class_weights == "custom" else "inversely to their frequency"
        said.append(f"classes were weighted {how}")
    if settings.sampling != "all":
        kind = "drawn evenly from all classes" if settings.sampling == "balanced" else "repeated in rare classes"
        said.append(f"training records were {kind}")
    if augmentation.both_strands:
        said.append("predictions were averaged over both strands")
    text = listed(said)
    return f" {text[0].upper()}{text[1:]}." if text else ""


def result(material: Material) -> str:
    """What it reached on the records that count."""
    main = material.main
    if main is None:
        return ""
    evaluation = main.evaluation
    where = {
        "test": f"On the {evaluation.records:,} test records, which played no part in training or selection,",
        "validation": f"On the {evaluation.records:,} validation records, which were also used to select the weights,",
    }.get(evaluation.split, f"On {evaluation.records:,} records")
    text = f"{where} the model reached {figures(evaluation.model)}"
    if evaluation.positive:
        text += f" (positive class {shown(evaluation.positive)}, {_threshold(evaluation)})"
    text += "."
    if evaluation.calibration != AS_IT_IS:
        text += f" Probabilities were calibrated on the validation records: {evaluation.calibration.in_words()}."
    if evaluation.resamples:
        text += f" Confidence intervals were obtained from {evaluation.resamples:,} bootstrap resamples."
    return text


def _threshold(evaluation: Evaluation) -> str:
    text = f"threshold {evaluation.threshold:.3g}"
    if evaluation.threshold_aim == "fixed":
        return text
    aim = _AIMS.get(evaluation.threshold_aim, f"for {evaluation.threshold_aim.replace('_', ' ')}")
    return f"{text}, chosen on the validation records {aim}"


def figures(scores: Scores, names: tuple[str, ...] = _TOLD) -> str:
    """Figures of merit in words, with their intervals: "an MCC of 0.912 (95 % CI 0.870 to 0.951)"."""
    told = []
    for name in names:
        value = scores.metrics.get(name, math.nan)
        if not math.isfinite(value):
            continue
        title = METRICS[name].title
        title = title if title.isupper() or " AUC" in title or title == "F1" else title.lower()
        bounds = interval(scores, name)
        spread = f" (95 % CI {bounds[0]:.3f} to {bounds[1]:.3f})" if bounds else ""
        told.append(f"{_article(title)} {title} of {value:.3f}{spread}")
    return listed(told) or "no defined metric"


def baselines(material: Material) -> str:
    """What simple models reached on the same records."""
    main = material.main
    if main is None or not main.evaluation.baselines:
        return ""
    told = []
    for one in main.evaluation.baselines:
        mcc, area = figure_text(one.metrics.get("mcc")), figure_text(one.metrics.get("roc_auc"))
        told.append(f"{shown(one.title)} (MCC {mcc}, ROC AUC {area})")
    text = f"Simple models trained and evaluated on the same records were: {'; '.join(told)}."
    standing = standing_of(main.evaluation)
    return f"{text} {standing.sentence}" if standing else text


def software(material: Material) -> str:
    """Program, libraries, machine."""
    facts = material.facts
    if not facts:
        return ""
    libraries = facts.get("libraries", {})
    titles = {"torch": "PyTorch", "numpy": "NumPy", "scikit-learn": "scikit-learn"}
    named = [f"{title} {libraries[name]}" for name, title in titles.items() if libraries.get(name)]
    program = f"BioSeq Studio {facts.get('program', '')}".strip()
    revision = str(facts.get("revision", ""))
    program += f" (revision {revision[:12]})" if revision else ""
    text = f"All computations were carried out with {program}, Python {facts.get('python', '')}"
    text += f", {listed(named)}" if named else ""
    return f"{text}, on {machine(material)}; the random seed was {material.config.training.seed}."


def machine(material: Material) -> str:
    """Where it was computed: processor or graphics card, and threads."""
    facts = material.facts
    device = str(facts.get("device", ""))
    processor = str(facts.get("processor", "")) or "an unnamed processor"
    threads = count(int(facts.get("threads", 1) or 1), "thread")
    if device.lower() in ("", "cpu"):
        return f"{shown(processor)} ({threads})"
    return f"{shown(device)} with {shown(processor)}"


def time_taken(material: Material) -> str:
    """How long training took; empty when not known."""
    seconds = float(material.facts.get("seconds", 0.0) or 0.0)
    return duration(seconds) if seconds else ""


def _by_class(material: Material) -> str:
    labels = [str(label) for label in material.data.get("labels", ())]
    totals = [0] * len(labels)
    for split_name in ("unassigned", "train", "validation", "test"):
        for place, number in enumerate(material.counts(split_name)):
            totals[place] += number
    if not labels:
        return ""
    if len(labels) > _MOST_NAMED_CLASSES:
        return f" in {len(labels)} classes of {min(totals):,} to {max(totals):,} sequences"
    return f" ({listed([f'{number:,} {shown(label)}' for label, number in zip(labels, totals, strict=False)])})"


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case int():
            return f"{value:,}"
        case _:
            return shown(str(value))


def _choice(setting: HyperParameter, value: HyperValue) -> str:
    """A value by its label, where it is one of a choice; what the program chose by itself is said to be automatic."""
    label = dict(setting.choices).get(value, "")
    return "automatic" if label == "Choose" else shown(label) or _value(value)


def _lower(text: str) -> str:
    """A text as it stands within a sentence: "Strongest match" begins small, "SMOTE" does not."""
    return text if text[1:2].isupper() else f"{text[:1].lower()}{text[1:]}"


def _a(title: str) -> str:
    return f"{_article(title)} {title}"


def _article(word: str) -> str:
    """The article of a word, by how it is spoken: "an MCC", "an LSTM", "a ROC AUC"."""
    if word[:2].isupper() or word == "F1":
        return "an" if word[0] in "AEFHILMNOSX" else "a"
    return "an" if word[:1].lower() in "aeiou" else "a"


def similarity(material: Material) -> str:
    """How like the judged records are to those of the training; empty where it was not measured."""
    found = material.nearness
    if found is None:
        return ""
    without = found.figures_without.get("model", {}).get("mcc", math.nan)
    text = f"{found.sentence} They were compared by {found.method}."
    if found.similar and math.isfinite(without):
        text += f" Without these records, the MCC of the model was {without:.3f}."
    return text
