"""DOME and REFORMS, filled in from a run; what only a person can know is marked.

Sources: Walsh et al. 2021, DOME: recommendations for supervised machine learning validation in biology, Nature Methods
18:1122-1127; Kapoor et al. 2024, REFORMS: consensus-based recommendations for machine-learning-based science, Science
Advances 10:eadk3452.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.catalogue.registry import BASELINES
from bioseq.catalogue.specification import Architecture
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.standing import standing_of
from bioseq.report import sentences
from bioseq.report.document import TO_FILL
from bioseq.report.plain import count, shown
from bioseq.report.sheet import interval
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from bioseq.report.material import Material


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a checklist.

    Attributes:
        code: Its number in the checklist.
        group: The part that it stands in.
        title: What is asked.
        answer: The answer, or `TO_FILL` with what is wanted.
    """

    code: str
    group: str
    title: str
    answer: str

    @property
    def filled(self) -> bool:
        """Nothing is left for a person to say."""
        return bool(self.answer) and TO_FILL not in self.answer


def _open(wanted: str) -> str:
    return f"{TO_FILL}: {wanted}"


def dome(material: Material) -> tuple[Item, ...]:
    """The 21 fields of DOME."""
    answers = (
        ("Data", "Provenance", _known(sentences.records(material)) + f" {TO_FILL}: where the data come from."),
        ("Data", "Dataset splits", _known(sentences.split(material))),
        ("Data", "Redundancy between data splits", _redundancy(material)),
        ("Data", "Availability of data", _open("where others can obtain the data.")),
        ("Optimization", "Algorithm", sentences.model(material)),
        ("Optimization", "Meta-predictions", _meta(material)),
        ("Optimization", "Data encoding", _known(sentences.encoding(material))),
        ("Optimization", "Parameters", _parameters(material)),
        ("Optimization", "Features", _features(material)),
        ("Optimization", "Fitting", _fitting(material)),
        ("Optimization", "Regularization", _regularisation(material)),
        ("Optimization", "Availability of configuration", _configuration()),
        ("Model", "Interpretability", _interpretability(material)),
        ("Model", "Output", _output(material)),
        ("Model", "Execution time", _execution(material)),
        ("Model", "Availability of software", _availability(material)),
        ("Evaluation", "Evaluation method", _known(_evaluation(material))),
        ("Evaluation", "Performance measures", _measures(material)),
        (
            "Evaluation",
            "Comparison",
            sentences.baselines(material) or _open("how simpler models perform on these records."),
        ),
        ("Evaluation", "Confidence", _confidence(material)),
        ("Evaluation", "Availability of evaluation", _open("where others can obtain the predictions and the report.")),
    )
    letters = {"Data": "D", "Optimization": "O", "Model": "M", "Evaluation": "E"}
    return _numbered(answers, letters)


def reforms(material: Material) -> tuple[Item, ...]:
    """The 32 items of REFORMS."""
    known = _known
    answers = (
        ("Study goals", "Population about which the claim is made", _open("the sequences that the claim is about.")),
        ("Study goals", "Motivation for choosing this population", _open("why these sequences.")),
        (
            "Study goals",
            "Motivation for the use of machine learning",
            _open("why a simpler rule would not do; see the baselines."),
        ),
        ("Reproducibility", "Dataset", known(_digests(material)) + f" {TO_FILL}: where the data are available."),
        ("Reproducibility", "Code", _availability(material)),
        ("Reproducibility", "Computing environment", known(sentences.software(material))),
        (
            "Reproducibility",
            "Documentation",
            ("The program's help describes every option; the report highlights those that differ from the defaults."),
        ),
        (
            "Reproducibility",
            "Reproduction script",
            (
                "The command `bioseq reproduce`, given the run or its model file, trains again "
                "with the same settings and compares the metrics."
            ),
        ),
        ("Data quality", "Data sources", known(listed(sentences.file_names(material))) + f". {TO_FILL}: their origin."),
        ("Data quality", "Sampling frame", _open("how the sequences were chosen.")),
        ("Data quality", "Why the data suit the question", _open("why these data answer the question.")),
        ("Data quality", "Outcome variable", f"{known(_outcome(material))} {TO_FILL}: how the labels were assigned."),
        ("Data quality", "Sample size", known(sentences.records(material))),
        ("Data quality", "Missing data", known(sentences.cleaning(material))),
        ("Data quality", "Why the data represent the population", _open("what the data do not cover.")),
        ("Preprocessing", "Excluded records", known(sentences.cleaning(material))),
        ("Preprocessing", "Impossible or corrupt records", _faults(material)),
        ("Preprocessing", "Transformations", known(sentences.encoding(material))),
        ("Modelling", "Model", sentences.model(material)),
        ("Modelling", "Justification of the model", _justification(material)),
        ("Modelling", "Evaluation method", known(_evaluation(material))),
        ("Modelling", "Model selection", sentences.training(material)),
        ("Modelling", "Hyper-parameters", _hyper(material)),
        ("Modelling", "Baselines", sentences.baselines(material) or _open("how simpler models perform.")),
        ("Data leakage", "Separation of training and test", known(sentences.split(material))),
        ("Data leakage", "Dependencies and duplicates", _redundancy(material)),
        (
            "Data leakage",
            "Legitimacy of features",
            ("Only the sequences themselves were used; ids, descriptions and the order of the records were not."),
        ),
        ("Metrics and uncertainty", "Metrics", _measures(material)),
        ("Metrics and uncertainty", "Uncertainty", _confidence(material)),
        ("Metrics and uncertainty", "Statistical tests", _tests(material)),
        ("Generalisability", "Evidence of external validity", _open("results on data from elsewhere, if any.")),
        ("Generalisability", "Where the claim may not hold", _open("sequences for which the model is not intended.")),
    )
    return _numbered(answers, {})


def _numbered(answers: tuple[tuple[str, str, str], ...], letters: dict[str, str]) -> tuple[Item, ...]:
    """Codes as in the papers: "D1" of DOME; part and letter, "2c", of REFORMS."""
    items: list[Item] = []
    groups: list[str] = []
    for group, title, answer in answers:
        groups.append(group)
        place, part = groups.count(group), len(dict.fromkeys(groups))
        code = f"{letters[group]}{place}" if letters else f"{part}{chr(ord('a') + place - 1)}"
        items.append(Item(code, group, title, answer.strip()))
    return tuple(items)


def _known(text: str) -> str:
    return text or _open("not known of this run.")


def _redundancy(material: Material) -> str:
    """Whether similar sequences are on both sides of the split."""
    if material.model is None:
        return _open("how similar test and training sequences are.")
    profile = material.model.profile
    text = (
        f"Identical sequences were kept on one side of the split; {count(profile.test_in_train, 'test sequence')} also "
        f"occurred in the training data, and {count(profile.repeats, 'record')} repeated an earlier sequence."
    )
    measured = sentences.similarity(material)
    return f"{text} {measured}".strip()


def _meta(material: Material) -> str:
    pretrained = any(setting.kind == "folder" for setting in getattr(material.specification, "hyper", ()))
    if pretrained:
        return "No. The model starts from a pretrained encoder, but takes no predictions of other programs as input."
    return "No. The model takes no predictions of other programs as input."


def _parameters(material: Material) -> str:
    if material.config.model.name in BASELINES:
        return f"{_settings_of(material)} set before fitting; the number of coefficients depends on the features."
    known = f"{material.weights:,} weights" if material.weights else "The number of weights is not known"
    return f"{known}; {_settings_of(material)} chosen before training."


def _settings_of(material: Material) -> str:
    return count(len(sentences.hyper(material)), "hyperparameter")


def _features(material: Material) -> str:
    if material.config.model.name in BASELINES:
        return f"{_known(sentences.encoding(material))} No features were selected by hand."
    return "The sequence alone: the network learns its features, and none were selected by hand."


def _fitting(material: Material) -> str:
    """Records beside weights, and what speaks for or against overfitting."""
    learnt = sum(material.counts("train"))
    best = material.state.best
    text = f"{learnt:,} training records"
    text += f" for {material.weights:,} weights" if material.weights else ""
    if best is not None and "loss" in best.train and "loss" in best.validation:
        text += (
            f"; with the weights that were kept, the loss was {best.train['loss']:.3f} on the training records and "
            f"{best.validation['loss']:.3f} on the validation records"
        )
    return f"{text}. To limit overfitting, the weights that performed best on the validation records were kept."


def _regularisation(material: Material) -> str:
    settings = material.config.training
    if material.config.model.name in BASELINES:
        return "Through the strength of the penalty or the number of trees, chosen on the validation records."
    dropout = [f"{name.lower()} {value}" for name, value in sentences.hyper(material) if "dropout" in name.lower()]
    parts = [*dropout, f"weight decay {settings.weight_decay:g}"]
    parts += [f"label smoothing {settings.label_smoothing:g}"] if settings.label_smoothing else []
    parts += [f"early stopping after {count(settings.patience, 'epoch')}"] if settings.patience else []
    return f"{listed(parts)}.".capitalize()


def _configuration() -> str:
    return "The report and the model file contain the whole configuration, which `bioseq train` can read."


def _interpretability(material: Material) -> str:
    chosen = material.specification
    if isinstance(chosen, Architecture) and chosen.gives_attention:
        return "A black box that reports its attention weights, which do not explain its predictions."
    if isinstance(chosen, Architecture):
        return "A black box: it gives no reasons for its predictions."
    return "The features are named, and the weights of linear models show which of them matter."


def _output(material: Material) -> str:
    return f"Classification. {sentences.output(material)} The predicted class follows from these."


def _execution(material: Material) -> str:
    taken = sentences.time_taken(material)
    return f"Training took {taken} on {sentences.machine(material)}." if taken else _open("how long training takes.")


def _availability(material: Material) -> str:
    version = material.facts.get("program") or (material.model.program if material.model else "")
    program = f"BioSeq Studio {version}".strip()
    return f"{program}, open source under the MIT licence, with a graphical and a command-line interface."


def _evaluation(material: Material) -> str:
    main = material.main
    if main is None:
        return ""
    kind = {
        "test": "Held-out test records, which were used once, after all choices had been made.",
        "validation": "Validation records, which were also used to select the weights: the metrics are optimistic.",
    }.get(main.evaluation.split, "Separate files.")
    return f"{kind} {sentences.split(material)}".strip()


def _measures(material: Material) -> str:
    main = material.main
    names = main.evaluation.model.metrics if main else ()
    return (
        f"{listed([METRICS[name].title for name in names if name in METRICS], most=20)}."
        if names
        else _open("performance measures.")
    )


def _confidence(material: Material) -> str:
    main = material.main
    if main is None:
        return _open("confidence intervals.")
    bounds = interval(main.evaluation.model, "mcc")
    if bounds:
        return f"Bootstrap 95 % confidence intervals for every metric; MCC: {bounds[0]:.3f} to {bounds[1]:.3f}."
    return _open("confidence intervals, or the spread over several seeds.")


def _tests(material: Material) -> str:
    """The paired comparison with the best simple model, and the control with shuffled labels."""
    main = material.main
    standing = standing_of(main.evaluation) if main else None
    said = [f"Paired bootstrap: {standing.sentence}"] if standing else []
    said += [material.control.sentence] if material.control and material.control.shuffled else []
    return " ".join(said) or _open("which tests support the claim, if any.")


def _digests(material: Material) -> str:
    files = material.data.get("files", ())
    return f"{count(len(files), 'file')}, listed with SHA-256 fingerprints under Provenance." if files else ""


def _faults(material: Material) -> str:
    warnings = [event.message for event in material.state.warnings if event.where.startswith("data.")]
    return " ".join(warnings) if warnings else "None were found beyond those handled by the rules above."


def _outcome(material: Material) -> str:
    labels = [shown(label) for label in material.labels]
    return f"{count(len(labels), 'class', 'classes')}: {listed(labels, most=60)}." if labels else ""


def _justification(material: Material) -> str:
    chosen = material.specification
    good = f"The program's advice on this model: {chosen.good_for} " if chosen else ""
    return f"{good}{TO_FILL}: why this model."


def _hyper(material: Material) -> str:
    told = "; ".join(f"{name.lower()}: {value}" for name, value in sentences.hyper(material))
    return f"{told[:1].upper()}{told[1:]}. Set before training, without using the test records." if told else "None."
