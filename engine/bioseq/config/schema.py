"""The configuration of a run: every option once, with its type, bounds, unit, default and help.

The file format, its comments, the check, the form in the window, `--set` on the command line and the reference page
all come from these fields. A configuration is frozen; a change makes a new one. Paths in a file are relative to it.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bioseq.sequences.label_texts import parse_cuts

SCHEMA_VERSION: Final = 1

MetricName = Literal["loss", "calibrated_loss", "accuracy", "balanced_accuracy", "f1", "mcc", "roc_auc", "pr_auc"]
ThresholdAim = Literal["fixed", "mcc", "youden", "f1", "sensitivity", "specificity"]


def option(
    default: Any,
    *,
    title: str,
    help: str,  # noqa: A002 - the word that the form and the file use
    unit: str = "",
    advanced: bool = False,
    choices: dict[str, str] | None = None,
    logarithmic: bool = False,
    **bounds: Any,
) -> Any:
    """Describe one option.

    Args:
        default: Value when nothing is said; a callable makes a new one each time.
        title: Label in the form, sentence case.
        help: What it does and when to change it, for a biologist: one or two sentences.
        unit: Unit of a number: "letters", "records", "epochs".
        advanced: Shown only on request.
        choices: For a `Literal`: value to label.
        logarithmic: A slider or search over it is logarithmic.
        **bounds: `ge`, `gt`, `le`, `lt`, `max_length` of pydantic.
    """
    extra: dict[str, Any] = {
        "unit": unit,
        "advanced": advanced,
        "choices": choices or {},
        "logarithmic": logarithmic,
    }
    factory = {"default_factory": default} if callable(default) else {"default": default}
    return Field(title=title, description=help, json_schema_extra=extra, **factory, **bounds)


class Section(BaseModel):
    """A frozen group of options; unknown keys are faults, not silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _printable(cls, value: Any) -> Any:
        """Texts are one line without control characters, so that they can be shown, and written as a line of TOML."""
        texts = [value] if isinstance(value, str) else [*value, *value.values()] if isinstance(value, dict) else []
        for text in texts:
            if isinstance(text, str) and any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
                raise ValueError("control characters and line breaks are not allowed in a text")
        return value


class DataFile(Section):
    """One file and what it is for."""

    path: str = option("", title="File", help="Path of the file, relative to this configuration.")
    role: Literal["auto", "train", "validation", "test"] = option(
        "auto",
        title="Use as",
        help="What the records are for; auto takes it from the headers.",
        choices={"auto": "As its headers say", "train": "Train", "validation": "Validation", "test": "Test"},
    )
    label: str = option(
        "",
        title="Class",
        help="Class of all records in the file; empty when the records tell theirs.",
        max_length=200,
    )
    sheet: str = option(
        "",
        title="Worksheet",
        help="Worksheet of a workbook that is read; empty to read those with sequences.",
        max_length=200,
        advanced=True,
    )
    id_column: str = option(
        "", title="Id column", help="Column with the ids in this file; empty to detect it.", advanced=True
    )
    sequence_column: str = option(
        "", title="Sequence column", help="Column with the sequences in this file; empty to detect it.", advanced=True
    )
    label_column: str = option(
        "", title="Label column", help="Column with the labels in this file; empty to detect it.", advanced=True
    )
    split_column: str = option(
        "",
        title="Split column",
        help="Column that says train, validation or test in this file; empty to detect it.",
        advanced=True,
    )


class DataSettings(Section):
    """Which records, what they are made of, and what happens to faulty ones."""

    files: tuple[DataFile, ...] = option(tuple, title="Files", help="The files with the sequences.", max_length=10_000)
    molecule: Literal["auto", "dna", "rna", "protein"] = option(
        "auto",
        title="Molecule",
        help="What the sequences are made of. Auto decides from all letters.",
        choices={"auto": "Detect", "dna": "DNA", "rna": "RNA", "protein": "Protein"},
    )
    label_source: Literal["auto", "header", "file", "column", "sheet", "none"] = option(
        "auto",
        title="Labels from",
        help="Where the class of a record stands: in its header (>id|label|split), in one file per class, "
        "in a table column, or in a separate sheet of id and label.",
        choices={
            "auto": "Detect",
            "header": "Header",
            "file": "One file per class",
            "column": "Table column",
            "sheet": "Separate sheet",
            "none": "No labels",
        },
    )
    label_sheet: str = option(
        "",
        title="Label sheet",
        help="CSV, TSV or XLSX with a column of ids and a column of labels.",
        advanced=True,
    )
    id_column: str = option(
        "", title="Id column", help="Name of the column with the ids; empty to detect it.", advanced=True
    )
    sequence_column: str = option(
        "",
        title="Sequence column",
        help="Name of the column with the sequences; empty to detect it.",
        advanced=True,
    )
    label_column: str = option(
        "",
        title="Label column",
        help="Name of the column with the labels; empty to detect it.",
        advanced=True,
    )
    split_column: str = option(
        "",
        title="Split column",
        help="Name of the column that says train, validation or test; empty to detect it.",
        advanced=True,
    )
    classes: dict[str, str] = option(
        dict,
        title="Classes",
        help="Label as the files write it to the class that it means: one name for several labels joins them, an empty "
        "name leaves their records without label. Labels that are not named stay as they are.",
        max_length=10_000,
        advanced=True,
    )
    label_cuts: str = option(
        "",
        title="Cut numbers at",
        help="Numbers at which measured labels are cut into classes, with blanks between them: 5 7.5 makes three "
        "classes. Empty where labels are classes.",
        max_length=1_000,
        advanced=True,
    )
    illegal_letters: Literal["drop", "replace", "stop"] = option(
        "replace",
        title="Illegal letters",
        help="What to do with records that hold letters which no residue has: leave the record out, "
        "replace the letter by unknown, or stop.",
        choices={"drop": "Leave the record out", "replace": "Replace by unknown", "stop": "Stop"},
        advanced=True,
    )
    ambiguous_letters: Literal["drop", "replace", "stop"] = option(
        "replace",
        title="Ambiguous letters",
        help="What to do with IUPAC codes such as N, R, Y (X, B, Z in proteins) and with rare amino acids (U, O): "
        "leave the record out, read the letter as unknown, or stop.",
        choices={"drop": "Leave the record out", "replace": "Read as unknown", "stop": "Stop"},
        advanced=True,
    )
    gaps: Literal["replace", "remove"] = option(
        "replace",
        title="Gaps",
        help="What to do with the gaps of aligned sequences ('-', '.' or '~'): treat each as an illegal letter, or "
        "leave them out, which gives the sequences as they were before they were aligned.",
        choices={"replace": "As illegal letters", "remove": "Leave the gaps out"},
        advanced=True,
    )
    repeated_sequences: Literal["keep", "drop"] = option(
        "keep",
        title="Repeated sequences",
        help="Whether a sequence that stands several times with the same label and split is kept each time or once.",
        choices={"keep": "Keep all", "drop": "Keep the first"},
        advanced=True,
    )
    conflicting_labels: Literal["keep", "drop", "stop"] = option(
        "keep",
        title="One sequence, two labels",
        help="What to do with a training sequence that carries different labels: keep all, leave all out, or stop.",
        choices={"keep": "Keep all", "drop": "Leave all out", "stop": "Stop"},
        advanced=True,
    )
    test_in_train: Literal["keep", "drop_from_train", "drop_from_test", "stop"] = option(
        "drop_from_train",
        title="Test sequences in training",
        help="A test sequence that also stands in the training data makes the result look better than it is.",
        choices={
            "keep": "Keep (results will flatter)",
            "drop_from_train": "Leave out of training",
            "drop_from_test": "Leave out of the test",
            "stop": "Stop",
        },
        advanced=True,
    )
    longest: int = option(
        0,
        title="Longest sequence",
        unit="letters",
        help="Longer sequences are shortened to this many letters; 0 keeps all letters.",
        ge=0,
        le=1_000_000,
        advanced=True,
    )
    shorten: Literal["keep_start", "keep_end", "keep_ends"] = option(
        "keep_ends",
        title="Shorten by keeping",
        help="Which part of a sequence that is too long is kept.",
        choices={"keep_start": "The start", "keep_end": "The end", "keep_ends": "Both ends"},
        advanced=True,
    )

    @field_validator("label_cuts")
    @classmethod
    def _ascending(cls, value: str) -> str:
        parse_cuts(value)
        return value


class SplitSettings(Section):
    """Which records are kept back to watch the training and to judge the result."""

    test_fraction: float = option(
        0.2,
        title="Test share",
        help="Share of the records kept back for the final judgement when the files name no test records.",
        ge=0.0,
        le=0.9,
    )
    validation_fraction: float = option(
        0.15,
        title="Validation share",
        help="Share of the training records kept back to choose the best epoch, when the files name no validation "
        "records. Identical sequences stay together.",
        ge=0.0,
        le=0.5,
    )
    method: Literal["random", "similarity"] = option(
        "random",
        title="Keep back",
        help="How records are chosen for test and validation where the files do not say. By similarity, whole clusters "
        "of similar sequences are on one side, so that the result tells how the model does with new sequences; at "
        "random, close relatives of training records make it look better than it is.",
        choices={"random": "Records at random", "similarity": "Whole clusters"},
    )
    identity: float = option(
        0.0,
        title="Similar from identity",
        help="Share of identical letters, over the shorter of two aligned sequences (but at least 8 residues or 15 "
        "nucleotides), from which they count as similar. "
        "0 takes what is usual: 0.4 for proteins, 0.8 for peptides of fewer than 50 letters, DNA and RNA.",
        ge=0.0,
        le=1.0,
        advanced=True,
    )
    coverage: float = option(
        0.5,
        title="Similar from length",
        help="Share of the longer sequence's letters that the shorter must have to count as similar, so that a short "
        "piece is not taken for a relative of everything that holds it. Windows of one length must overlap by this "
        "share of their letters.",
        ge=0.0,
        le=1.0,
        advanced=True,
    )
    like_named_test: bool = option(
        False,
        title="Validation like the named test",
        help="Where the files name test records that resemble the others as much as these resemble each other, "
        "validation records are drawn at random too, and tell what that test will tell; else whole clusters are. "
        "'Find the best model' always does so.",
        advanced=True,
    )
    both_strands: bool = option(
        False,
        title="Reverse complements are the same",
        help="A sequence and its reverse complement count as one and the same, in repeats, conflicts, leaks and "
        "clusters. This is so in any case when the other strand is trained on or predicted from. DNA and RNA only.",
        advanced=True,
    )
    similar_to_test: Literal["keep", "drop_from_train"] = option(
        "keep",
        title="Training records like test records",
        help="Kept, the results are shown with and without the test records that resemble training records. Left out "
        "of training, all test records are new to the model.",
        choices={"keep": "Keep and mark", "drop_from_train": "Leave out of training"},
        advanced=True,
    )
    similar_in_training: Literal["keep", "drop"] = option(
        "keep",
        title="Similar training records of a class",
        help="Left out, one training record stands for all of its class that are similar to it, so that large families "
        "do not outvote small ones.",
        choices={"keep": "Keep all", "drop": "Keep one of them"},
        advanced=True,
    )
    seed: int = option(
        1,
        title="Split seed",
        help="Another number draws another random split.",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )


class TokenSettings(Section):
    """How letters become the numbers that a network reads."""

    kind: Literal["letters", "kmers"] = option(
        "letters",
        title="Tokens",
        help="Single letters, or overlapping words of k letters (k-mers).",
        choices={"letters": "Letters", "kmers": "k-mers"},
        advanced=True,
    )
    k: int = option(
        3,
        title="Word length k",
        unit="letters",
        help="Letters per word when tokens are k-mers: 1 to 6 for DNA and RNA, 1 to 3 for protein.",
        ge=1,
        le=6,
        advanced=True,
    )
    coding: Literal["learnt", "one_hot"] = option(
        "learnt",
        title="Read as",
        help="Learnt: the network learns a vector for each letter or word, so that similar ones may become alike. "
        "One-hot: each has an indicator of its own and nothing is learnt about it, which can do better with few "
        "records. Not every network can read one-hot tokens.",
        choices={"learnt": "Learnt vectors", "one_hot": "One-hot"},
        advanced=True,
    )


class ModelSettings(Section):
    """Which network, and its own settings."""

    name: str = option("text_cnn", title="Model", help="The architecture; `bioseq models` lists them.", max_length=100)
    hyper: dict[str, bool | int | float | str] = option(
        dict,
        title="Architecture settings",
        help="Hyper-parameters of the chosen architecture; those left out have their defaults.",
        max_length=200,
        advanced=True,
    )
    combine: bool = option(
        False,
        title="Combine with simple models",
        help="The answer is the mean of this model and of the simple models that are fitted beside it, weighted by "
        "validation records: never worse for long than either, and no slower to train. Off: this model alone.",
    )

    @field_validator("name")
    @classmethod
    def _listed(cls, value: str) -> str:
        """An alias means the name under which the model is listed."""
        from bioseq.catalogue.registry import own_name

        return own_name(value)


class TrainingSettings(Section):
    """How the network learns."""

    epochs: int = option(
        60,
        title="Epochs at most",
        unit="epochs",
        help="How often the training records are gone through at most. Training ends earlier when it stops improving.",
        ge=1,
        le=10_000,
    )
    batch_size: int = option(
        64,
        title="Batch size",
        unit="records",
        help="Records per step. Smaller batches learn more per epoch but take longer. A batch that does not fit into "
        "memory at once is taken in parts whose gradients are added up: the step is the same.",
        ge=1,
        le=65_536,
        logarithmic=True,
        advanced=True,
    )
    learning_rate: float = option(
        1e-3,
        title="Learning rate",
        help="Size of the steps. Too large: the loss jumps about. Too small: it falls slowly.",
        gt=0.0,
        le=1.0,
        logarithmic=True,
        advanced=True,
    )
    weight_decay: float = option(
        1e-2,
        title="Weight decay",
        help="Pulls weights towards zero; more of it counters overfitting.",
        ge=0.0,
        le=1.0,
        advanced=True,
    )
    schedule: Literal["cosine", "plateau", "constant"] = option(
        "cosine",
        title="Learning-rate schedule",
        help="Cosine lowers the rate smoothly to the last epoch; plateau halves it when validation stops improving.",
        choices={"cosine": "Cosine", "plateau": "On plateau", "constant": "Constant"},
        advanced=True,
    )
    warmup_fraction: float = option(
        0.05,
        title="Warm-up",
        help="Share of all steps in which the learning rate rises from zero.",
        ge=0.0,
        le=0.5,
        advanced=True,
    )
    clip_norm: float = option(
        1.0,
        title="Gradient clipping",
        help="Longest gradient that is followed; 0 switches clipping off.",
        ge=0.0,
        le=1_000.0,
        advanced=True,
    )
    patience: int = option(
        12,
        title="Patience",
        unit="epochs",
        help="Training ends after this many epochs (rounds, when boosting) without improvement on validation; 0 never "
        "ends it early.",
        ge=0,
        le=10_000,
    )
    selection_metric: MetricName = option(
        "loss",
        title="Best epoch by",
        help="The validation figure that decides which epoch is kept. A model that learns on often gets too sure of "
        "itself while it still gets better at telling classes apart; calibration takes that back, and the log loss "
        "once calibrated looks past it.",
        choices={
            "loss": "Loss",
            "calibrated_loss": "Log loss once calibrated",
            "accuracy": "Accuracy",
            "balanced_accuracy": "Balanced accuracy",
            "f1": "F1",
            "mcc": "MCC",
            "roc_auc": "ROC AUC",
            "pr_auc": "PR AUC",
        },
        advanced=True,
    )
    loss: Literal["cross_entropy", "focal"] = option(
        "cross_entropy",
        title="Loss",
        help="Focal loss looks harder at records that are hard to tell.",
        choices={"cross_entropy": "Cross-entropy", "focal": "Focal"},
        advanced=True,
    )
    focal_gamma: float = option(
        2.0,
        title="Focal gamma",
        help="How strongly easy records are played down; 0 is cross-entropy.",
        ge=0.0,
        le=10.0,
        advanced=True,
    )
    label_smoothing: float = option(
        0.0,
        title="Label smoothing",
        help="Share of each label that is spread evenly over all classes, so that the network grows less sure of "
        "itself; helps when some labels may be wrong. The losses that are shown include it. 0 switches it off.",
        ge=0.0,
        le=0.5,
        advanced=True,
    )
    class_weights: Literal["none", "balanced", "custom"] = option(
        "none",
        title="Class weights",
        help="Balanced gives rare classes as much say as frequent ones.",
        choices={"none": "None", "balanced": "Balanced", "custom": "By hand"},
    )
    custom_weights: dict[str, float] = option(
        dict,
        title="Weights by hand",
        help="Class name to weight, when class weights are by hand; also the alpha of focal loss.",
        max_length=10_000,
        advanced=True,
    )
    sampling: Literal["all", "balanced", "oversampled"] = option(
        "all",
        title="Records per epoch",
        help="Each once: as the data are. Balanced: an epoch is as long as before, and each class has an equal part in "
        "it; of frequent classes other records are drawn each time. Oversampled: records of rare classes are repeated "
        "until each class has as many as the most frequent one. Training records only.",
        choices={"all": "Each once", "balanced": "Balanced classes", "oversampled": "Rare classes repeated"},
        advanced=True,
    )
    adversarial: float = option(
        0.0,
        title="Adversarial training (FGM)",
        help="How far the learnt vectors of letters are pushed, in each step, to where the network errs most; it then "
        "learns from that as well, and grows steadier against small changes. 0 switches it off; try 0.5. "
        "Training takes twice as long. Only where vectors of letters are learnt, not with one-hot tokens.",
        ge=0.0,
        le=100.0,
        advanced=True,
    )
    flooding: float = option(
        0.0,
        title="Flooding",
        unit="nats",
        help="The training loss is kept from falling below this level: below it, steps go upwards, so that records are "
        "not learnt by heart. 0 switches it off; try 0.05. The losses that are shown are the true ones.",
        ge=0.0,
        le=10.0,
        advanced=True,
    )
    precision: Literal["auto", "float32", "bfloat16"] = option(
        "auto",
        title="Precision",
        help="Auto uses bfloat16 where it is faster and float32 elsewhere.",
        choices={"auto": "Choose", "float32": "float32", "bfloat16": "bfloat16"},
        advanced=True,
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = option(
        "auto",
        title="Device",
        help="Where to compute. Auto takes a graphics card when there is one.",
        choices={"auto": "Choose", "cpu": "CPU", "cuda": "NVIDIA GPU", "mps": "Apple GPU"},
        advanced=True,
    )
    threads: int = option(
        0,
        title="CPU threads",
        unit="threads",
        help="Threads used for computing; 0 chooses. Small models are slower with more.",
        ge=0,
        le=512,
        advanced=True,
    )
    seed: int = option(
        1,
        title="Seed",
        help="The same seed on the same machine gives the same model.",
        ge=0,
        le=2**31 - 1,
        advanced=True,
    )
    deterministic: bool = option(
        False,
        title="Repeatable on a graphics card",
        help="Compute on a graphics card only in ways that give the same result twice; slower. On the CPU results are "
        "repeatable anyway. What has no such way is named in the record of the run.",
        advanced=True,
    )


class AugmentationSettings(Section):
    """Training records that are changed a little each time they come, so that they cannot be learnt by heart."""

    reverse_complement: float = option(
        0.0,
        title="Other strand",
        help="Share of the training records that are read from the other strand (reverse complement), drawn anew in "
        "each epoch; 0.5 shows both strands equally often. For DNA and RNA whose class does not depend on the strand; "
        "not where the strand of a site is known.",
        ge=0.0,
        le=1.0,
        advanced=True,
    )
    both_strands: bool = option(
        False,
        title="Predict from both strands",
        help="Average the probabilities over a sequence and its reverse complement, in validation, test and "
        "prediction; the trained model keeps doing so. Takes twice as long to predict. DNA and RNA only.",
        advanced=True,
    )
    substitution: float = option(
        0.0,
        title="Letters exchanged",
        help="Share of the letters of training records that are exchanged for others, drawn anew in each epoch: in "
        "proteins for those that evolution puts in their place most often (BLOSUM62), in DNA and RNA for any other "
        "base. A few percent at most where single letters matter.",
        ge=0.0,
        le=0.5,
        advanced=True,
    )
    masking: float = option(
        0.0,
        title="Letters hidden",
        help="Share of the letters of training records that are read as unknown, drawn anew in each epoch, so that no "
        "single letter is relied upon. With k-mers a hidden letter hides each word that it is part of.",
        ge=0.0,
        le=0.9,
        advanced=True,
    )
    shift: int = option(
        0,
        title="Shift by up to",
        unit="letters",
        help="Training records are moved to the left or right by a random number of letters up to this one, drawn anew "
        "in each epoch. What leaves at one end is lost, and unknown letters come in at the other: the length stays. "
        "For signals whose place is not exact.",
        ge=0,
        le=1_000,
        advanced=True,
    )


class EvaluationSettings(Section):
    """How the result is judged."""

    positive_label: str = option(
        "",
        title="Positive class",
        help="With two classes: the one that sensitivity speaks of. Empty takes the last in order.",
        max_length=200,
        advanced=True,
    )
    threshold: float = option(
        0.5,
        title="Threshold",
        help="With two classes: probability of the positive class from which a record counts as positive. Used as it "
        "is only where the threshold is not chosen for an aim.",
        gt=0.0,
        lt=1.0,
        advanced=True,
    )
    threshold_aim: ThresholdAim = option(
        "fixed",
        title="Threshold chosen for",
        help="With two classes: what the threshold is chosen for on the validation records, which the test records "
        "then judge. The greatest MCC suits rare positives; a sensitivity or specificity is held at the share below.",
        choices={
            "fixed": "The threshold above",
            "mcc": "Greatest MCC",
            "youden": "Sensitivity plus specificity",
            "f1": "Greatest F1",
            "sensitivity": "A sensitivity",
            "specificity": "A specificity",
        },
        advanced=True,
    )
    aim_share: float = option(
        0.9,
        title="Sensitivity or specificity",
        help="The share that the threshold keeps on the validation records, where it is chosen for a sensitivity or a "
        "specificity.",
        ge=0.5,
        le=1.0,
        advanced=True,
    )
    calibrate: bool = option(
        True,
        title="Calibrate probabilities",
        help="Undoes class weights, and fits a temperature and a bias per class on the validation records, so that of "
        "the records with a probability of 80 % about 80 of 100 are right.",
        advanced=True,
    )
    resamples: int = option(
        1_000,
        title="Resamples",
        help="How often the judged records are drawn anew for the intervals of the figures, and of the differences to "
        "the simple models.",
        ge=200,
        le=20_000,
        advanced=True,
    )
    confidence: float = option(
        0.95,
        title="Confidence",
        help="Share of the intervals that hold the true figure.",
        ge=0.5,
        le=0.999,
        advanced=True,
    )
    baseline: bool = option(
        True,
        title="Simple models",
        help="Also fit simple models (a regression, gradient boosting), so that you see what the network adds.",
        advanced=True,
    )
    similar_records: bool = option(
        True,
        title="Similar records",
        help="Also look for the training record that is most like each judged record, and give the figures without "
        "those that are too like one. With many long sequences that takes a while.",
        advanced=True,
    )


class OutputSettings(Section):
    """Where the results go."""

    folder: str = option(
        "",
        title="Folder for runs",
        help="Each run makes a folder inside it; empty takes the program's own.",
        advanced=True,
    )
    name: str = option("", title="Name of the run", help="Shown in the list of runs.", max_length=200)


class Configuration(Section):
    """Everything that a training run needs to know."""

    schema_version: Literal[1] = Field(default=SCHEMA_VERSION, alias="schema", title="Version of this file format")
    data: DataSettings = Field(default_factory=DataSettings, title="Data")
    split: SplitSettings = Field(default_factory=SplitSettings, title="Split")
    tokens: TokenSettings = Field(default_factory=TokenSettings, title="Tokens")
    model: ModelSettings = Field(default_factory=ModelSettings, title="Model")
    training: TrainingSettings = Field(default_factory=TrainingSettings, title="Training")
    augmentation: AugmentationSettings = Field(default_factory=AugmentationSettings, title="Changed training records")
    evaluation: EvaluationSettings = Field(default_factory=EvaluationSettings, title="Evaluation")
    output: OutputSettings = Field(default_factory=OutputSettings, title="Output")

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)
