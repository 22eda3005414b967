"""What an architecture is, without torch: name, family, paper, hyper-parameters with bounds, cost, parameters.

A specification and one network file are all that an architecture needs: the form, the command line, the catalogue
table and the contract tests follow from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bioseq.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.profile import DataProfile

HyperValue = bool | int | float | str
HyperValues = dict[str, HyperValue]


class Family(StrEnum):
    """Groups of architectures, as the gallery shows them."""

    BASIC = "basic"
    CONVOLUTIONAL = "convolutional"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    GRAPH = "graph"
    PRETRAINED = "pretrained"
    FEATURES = "feature baseline"
    ENSEMBLE = "ensemble"


class Cost(StrEnum):
    """How time and memory grow with the number of tokens L."""

    LINEAR = "O(L)"
    LINEARITHMIC = "O(L log L)"
    QUADRATIC = "O(L^2)"


@dataclass(frozen=True, slots=True)
class TaskShape:
    """What a network must know of the task before it can be built.

    Attributes:
        vocabulary: Number of tokens, with PAD (0) and UNK (1).
        classes: Number of classes, at least 2.
        longest: Longest input in tokens, at least 1.
        fixed_length: All records have `longest` tokens, so that position k means the same in each.
        one_hot: Tokens are read as indicators and not as learnt vectors, by architectures that can do both.
        molecule: What the sequences are made of ("dna", "rna", "protein"); empty where it does not matter.
        word_length: Letters per token; 0 where it does not matter.
        encoder: The pretrained encoder that the network is built around, as JSON (`catalogue.encoder`): so that a
            bundle can be used where the folder that the encoder came from is not. Empty for all other networks.
    """

    vocabulary: int
    classes: int
    longest: int
    fixed_length: bool
    one_hot: bool = False
    molecule: str = ""
    word_length: int = 0
    encoder: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """What one token costs, measured on one CPU thread; the estimate before the click is made from it.

    Attributes:
        seconds_per_weight: Forward and backward, per weight that acts on a token, seconds.
        floats_per_token: Numbers kept for the backward pass, per token.
    """

    seconds_per_weight: float = 0.30e-9
    floats_per_token: int = 2_500


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of a network that training leaves as it is.

    Attributes:
        weights: How many weights that are.
        once: They work once per record and not in each epoch, because what they say is remembered.
    """

    weights: int = 0
    once: bool = False


def nothing_kept(_task: TaskShape, _hyper: Mapping[str, Any]) -> Kept:
    """The answer of an architecture whose weights all learn."""
    return Kept()


def unless_one_hot(task: TaskShape, _hyper: Mapping[str, Any]) -> bool:
    """The answer of an architecture that learns a vector for each token, unless tokens are read as indicators."""
    return not task.one_hot


def suits_all(_profile: DataProfile) -> str:
    """The answer of an architecture that suits any data: nothing speaks against it."""
    return ""


def as_given(task: TaskShape, _hyper: Mapping[str, Any]) -> TaskShape:
    """The task of an architecture that needs nothing of this machine's files: as it is."""
    return task


def no_doubts(_task: TaskShape, _hyper: Mapping[str, Any]) -> tuple[Problem, ...]:
    """The answer of an architecture whose legal settings are all sensible."""
    return ()


def no_variant(_hyper: Mapping[str, Any], _task: TaskShape | None) -> str:
    """The answer of an architecture that is one and the same with all settings."""
    return ""


@dataclass(frozen=True, slots=True)
class HyperParameter:
    """One setting of an architecture.

    Attributes:
        name: Key in `[model.hyper]`.
        title: Label in the form.
        help: What it does and when to change it.
        default: Value when nothing is said; its type is the type of the setting.
        minimum: Smallest legal number.
        maximum: Largest legal number.
        choices: Legal texts (or numbers), with their labels; empty when any number in range will do.
        unit: Unit of a number.
        advanced: Shown only on request.
        kind: "folder" for a text that names a folder of this machine; else empty.
    """

    name: str
    title: str
    help: str
    default: HyperValue
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[tuple[HyperValue, str], ...] = ()
    unit: str = ""
    advanced: bool = True
    kind: str = ""

    def problem_with(self, value: object) -> str:
        """What is wrong with a value, as a sentence; empty when it is legal."""
        wanted = type(self.default)
        legal_type = isinstance(value, wanted) or (wanted is float and type(value) is int)
        if not legal_type or (wanted is not bool and isinstance(value, bool)):
            return f"{value!r} is not {_TYPE_WORDS[wanted]}."
        if self.choices and value not in [choice for choice, _ in self.choices]:
            return f"{value!r} is not one of {', '.join(str(choice) for choice, _ in self.choices)}."
        if isinstance(value, int | float):
            if self.minimum is not None and not value >= self.minimum:
                return f"{value} is below the smallest legal value, {self.minimum:g}."
            if self.maximum is not None and not value <= self.maximum:
                return f"{value} is above the largest legal value, {self.maximum:g}."
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpecification:
    """What every model says of itself, be it a network or a feature baseline.

    Attributes:
        name: Stable key in configurations: `text_cnn`.
        title: For people: "Text CNN".
        family: Where the gallery shows it.
        summary: One sentence for a biologist: what it looks for.
        good_for: When to choose it, one sentence.
        paper: Short citation: "Kim 2014".
        doi: DOI or URL of the paper; empty for textbook networks.
        hyper: Its settings.
        check: `(task, hyper) -> ` problems of a combination of legal values (width not divisible by heads); those
            that stand at one setting come as `Problem` with their place.
        blocks: The layers in order, as short labels, for the drawing: ("Embedding 64", "Convolution", ...).
        aliases: Other names by which configurations may call it.
        extra: The optional part of the installation whose packages it needs, `pip install "bioseq-studio[extra]"`;
            empty when it needs none.
        modules: The import names of those packages.
        molecules: What it can read; empty when anything.
        unsuited: `(profile) -> ` why it does not suit these data, a sentence; empty when it does.
        small: Settings with which it is small enough to be tried in seconds; those left out have their defaults.
        variant: `(hyper, task) -> ` what the title must add with these settings ("from scratch"), or nothing.
        unused_options: Paths of options of the configuration that mean nothing to it: "training.batch_size".
    """

    name: str
    title: str
    family: Family
    summary: str
    good_for: str
    paper: str
    doi: str
    hyper: tuple[HyperParameter, ...]
    check: Callable[[TaskShape, Mapping[str, Any]], tuple[str | Problem, ...]]
    blocks: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    extra: str = ""
    modules: tuple[str, ...] = ()
    molecules: tuple[Molecule, ...] = ()
    unsuited: Callable[[DataProfile], str] = suits_all
    small: HyperValues = field(default_factory=dict)
    variant: Callable[[Mapping[str, Any], TaskShape | None], str] = no_variant
    unused_options: tuple[str, ...] = ()

    def title_with(self, hyper: Mapping[str, HyperValue], task: TaskShape | None = None) -> str:
        """The title with what these settings add to it: "DNABERT (from scratch)"."""
        added = self.variant(self.resolve(hyper), task)
        return f"{self.title} ({added})" if added else self.title

    def defaults(self) -> HyperValues:
        """The default of every setting."""
        return {parameter.name: parameter.default for parameter in self.hyper}

    def resolve(self, values: Mapping[str, HyperValue]) -> HyperValues:
        """Defaults with these values in their place; checks nothing (`problems` does)."""
        resolved = self.defaults()
        for parameter in self.hyper:
            if parameter.name in values:
                value = values[parameter.name]
                resolved[parameter.name] = float(value) if isinstance(parameter.default, float) else value
        return resolved

    def problems(self, values: Mapping[str, object], task: TaskShape | None = None) -> tuple[Problem, ...]:
        """Everything wrong with these settings: unknown names, wrong types, out of bounds, bad combinations."""
        known = {parameter.name: parameter for parameter in self.hyper}
        found = [
            Problem(
                "config.unknown_hyper_parameter",
                f"{self.title} has no setting named {name!r}.",
                f"model.hyper.{name}",
                f"Its settings are: {', '.join(known)}.",
            )
            for name in values
            if name not in known
        ]
        for name, parameter in known.items():
            if name in values and (message := parameter.problem_with(values[name])):
                found.append(Problem("config.bad_value", message, f"model.hyper.{name}"))
        if not found and task is not None:
            resolved = self.resolve(values)  # type: ignore[arg-type]  # legal by now
            found = [
                fault if isinstance(fault, Problem) else Problem("config.bad_combination", fault, "model.hyper")
                for fault in self.check(task, resolved)
            ]
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture(ModelSpecification):
    """The specification of one network.

    Attributes:
        cost: How time grows with length.
        knows_position: It can tell where in the sequence something stands.
        gives_attention: Its output holds attention weights.
        count_parameters: `(task, hyper) -> ` number of weights, exact, with those that training leaves as they are.
        token_kinds: Kinds of tokens it can read.
        reads_one_hot: It can read tokens as indicators (`TaskShape.one_hot`).
        finds_motifs_anywhere: It finds a motif at places that differ from record to record.
        reads_to_longest: Of a record longer than any that it was built for it reads the first `longest` tokens only.
        work: What a token costs.
        settle: `(task, hyper) -> ` the task with what the files named in the settings add to it; reads those files.
        doubts: `(task, hyper) -> ` what is legal and yet doubtful about the settings, as warnings.
        kept: `(task, hyper) -> ` which part of its weights training leaves as it is.
        learns_tokens: `(task, hyper) -> ` whether it learns a vector for each token (`Network.token_tables`).
    """

    cost: Cost
    knows_position: bool
    gives_attention: bool
    count_parameters: Callable[[TaskShape, Mapping[str, Any]], int]
    token_kinds: tuple[str, ...] = ("letters", "kmers")
    reads_one_hot: bool = False
    finds_motifs_anywhere: bool = True
    reads_to_longest: bool = False
    work: Work = Work()
    settle: Callable[[TaskShape, Mapping[str, Any]], TaskShape] = as_given
    doubts: Callable[[TaskShape, Mapping[str, Any]], tuple[Problem, ...]] = no_doubts
    kept: Callable[[TaskShape, Mapping[str, Any]], Kept] = nothing_kept
    learns_tokens: Callable[[TaskShape, Mapping[str, Any]], bool] = unless_one_hot


_TYPE_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
}
