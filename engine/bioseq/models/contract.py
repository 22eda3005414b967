"""The contract that every architecture keeps, as checks that can be run.

The tests run them over the whole catalogue, `bioseq models --check NAME` over one that a plug-in brings. Each rule is a
function that raises `ContractBroken` with what it saw. Networks are small here (`Architecture.small`); sizes are
settings and change none of these properties.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from bioseq.catalogue.registry import architecture
from bioseq.catalogue.specification import Cost, TaskShape
from bioseq.errors import BioseqError
from bioseq.models.registry import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from bioseq.catalogue.specification import Architecture, HyperParameter, HyperValues
    from bioseq.models.base import Network

VOCABULARIES = {
    "DNA letters": ("dna", 1, 6),
    "RNA letters": ("rna", 1, 6),
    "protein letters": ("protein", 1, 22),
    "DNA 3-mers": ("dna", 3, 66),
    "protein 2-mers": ("protein", 2, 402),
}
"""Name to molecule, word length, and number of tokens with padding and unknown."""

_TOLERANCE = 1e-5
_LETTERS = 4
_LONGEST = 30
_GOOD_AUC = 0.95
_STARTS = 3
"""Attempts to find a motif, each from other batches and with smaller steps: processors round differently, and a first
attempt may fail by that alone."""
_LEARNT = 0.02
"""Loss from which on there is nothing left to learn, nats."""


class ContractBroken(Exception):  # noqa: N818 - a fact, not a fault of the program
    """An architecture does not keep a rule; the message says what was seen."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined.

    Attributes:
        specification: The architecture.
        build: Makes a network of it from a task and settings.
    """

    specification: Architecture
    build: Callable[[TaskShape, HyperValues], Network]

    @classmethod
    def of(cls, name: str) -> Subject:
        """An architecture of the catalogue.

        Raises:
            BioseqError: There is none, or it cannot be built without a folder that only a person can name.
        """
        found = architecture(name)
        folders = {f"model.hyper.{setting.name}" for setting in found.hyper if setting.kind == "folder"}
        needed = [
            problem for problem in found.problems({}, TaskShape(22, 2, _LONGEST, False)) if problem.where in folders
        ]
        if needed:
            raise BioseqError.from_problem(needed[0])
        return cls(found, lambda task, hyper: build(found.name, task, hyper))

    def small(self, task: TaskShape, hyper: HyperValues | None = None) -> Network:
        """A small network in evaluation mode, always with the same weights."""
        torch.manual_seed(1)
        return self.build(task, {**self.specification.small, **(hyper or {})}).eval()

    def without_dropout(self, task: TaskShape) -> Network:
        """A small network that hides nothing."""
        hidden = [one.name for one in self.specification.hyper if "dropout" in one.name]
        return self.small(task, dict.fromkeys(hidden, 0.0))

    def variants(self) -> tuple[HyperValues, ...]:
        """The defaults, and each other legal choice of each setting with choices or a switch."""
        found: list[HyperValues] = [{}]
        for parameter in self.specification.hyper:
            options: list[Any] = [value for value, _ in parameter.choices]
            if isinstance(parameter.default, bool):
                options = [True, False]
            if isinstance(parameter.default, bool | str):
                found += [{parameter.name: value} for value in options if value != parameter.default]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the contract.

    Attributes:
        code: "C1".
        sentence: What holds.
        check: Raises `ContractBroken` when it does not.
        learns: Networks are trained to see it: seconds, not milliseconds.
        applies: Whether an architecture claims it at all.
    """

    code: str
    sentence: str
    check: Callable[[Subject], None]
    learns: bool = False
    applies: Callable[[Architecture], bool] = lambda _: True


def examine(subject: Subject, rules: Sequence[Rule] | None = None) -> Iterator[tuple[Rule, str]]:
    """Each rule that the architecture claims to keep, with what is wrong; an empty text when it is kept."""
    for rule in RULES if rules is None else rules:
        if not rule.applies(subject.specification):
            continue
        fault = ""
        try:
            rule.check(subject)
        except ContractBroken as broken:
            fault = str(broken)
        except Exception as error:  # noqa: BLE001 - the border: a network that fails breaks the rule
            fault = f"{type(error).__name__}: {error}"
        yield rule, fault


# ---------------------------------------------------------------------------------------------- tasks and batches


def task_of(
    tokens: str = "DNA letters",
    *,
    longest: int = _LONGEST,
    fixed: bool = False,
    classes: int = 3,
    one_hot: bool = False,
) -> TaskShape:
    """A task over one of `VOCABULARIES`."""
    molecule, word_length, size = VOCABULARIES[tokens]
    return TaskShape(size, classes, longest, fixed, one_hot, molecule=molecule, word_length=word_length)


def batch_of(task: TaskShape, lengths: Sequence[int], seed: int = 0) -> tuple[Tensor, Tensor]:
    """Random records of these lengths: tokens and mask, `(B, L)` each."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(1, task.vocabulary, (len(lengths), max(lengths)), generator=generator)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return tokens * mask, mask


def planted(records: int, *, anywhere: bool, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Random DNA records of which every other holds a motif of six letters, anywhere or at one place."""
    generator = np.random.default_rng(seed)
    values = generator.integers(2, 2 + _LETTERS, (records, _LONGEST))
    truth = np.arange(records) % 2
    for row in np.flatnonzero(truth):
        start = generator.integers(0, _LONGEST - 6) if anywhere else 9
        values[row, start : start + 6] = [2, 3, 2, 4, 5, 5]
    return torch.tensor(values), torch.ones(values.shape, dtype=torch.bool), torch.tensor(truth)


def fitted(network: Network, values: Tensor, mask: Tensor, truth: Tensor, *, steps: int, seed: int = 0) -> Network:
    """Adam on random batches, as the learner steps, until all is learnt or the steps are used up."""
    torch.manual_seed(seed)
    optimiser = torch.optim.Adam(network.parameters(), 5e-3 / (1 + 2 * seed))
    network.train()
    recent = 1.0  # running mean of the loss, nats
    for _ in range(steps):
        rows = torch.randperm(len(values))[:64]
        optimiser.zero_grad()
        output = network(values[rows], mask[rows])
        loss = functional.cross_entropy(output.logits, truth[rows])
        (loss if output.auxiliary is None else loss + output.auxiliary).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        network.after_step()
        recent = 0.9 * recent + 0.1 * loss.item()
        if recent < _LEARNT:
            break
    return network.eval()


@torch.no_grad()
def auc_of(network: Network, values: Tensor, mask: Tensor, truth: Tensor) -> float:
    """Area under the ROC curve of a network of two classes."""
    scores = network(values, mask).logits.diff(dim=1).squeeze(1)
    positive, negative = scores[truth == 1], scores[truth == 0]
    return float((positive.unsqueeze(1) > negative).float().mean())


def _tell(condition: object, *what: object) -> None:
    """Raise when a condition does not hold."""
    if not condition:
        raise ContractBroken(" ".join(str(part) for part in what))


def _apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def _cases(subject: Subject) -> Iterator[tuple[HyperValues, str]]:
    """Each variant over each kind of tokens that the architecture reads."""
    for hyper in subject.variants():
        for tokens, (_, word_length, _) in VOCABULARIES.items():
            if word_length == 1 or "kmers" in subject.specification.token_kinds:
                yield hyper, tokens


# ---------------------------------------------------------------------------------------------- the rules


@torch.no_grad()
def _padding_is_invisible(subject: Subject) -> None:
    for hyper, tokens in _cases(subject):
        for fixed in (False, True):
            task = task_of(tokens, fixed=fixed)
            network = subject.small(task, hyper)
            values, mask = batch_of(task, [_LONGEST] * 3 if fixed else [_LONGEST, 7, 1])
            expected = network(values, mask).logits
            noise = torch.randint(0, task.vocabulary, values.shape)
            noisy = functional.pad(torch.where(mask, values, noise), (0, 13), value=task.vocabulary - 1)
            change = _apart(network(noisy, functional.pad(mask, (0, 13))).logits, expected)
            _tell(change <= _TOLERANCE, f"more padding changes logits by {change:.2g} with", tokens, hyper)


@torch.no_grad()
def _samples_are_independent(subject: Subject) -> None:
    lengths = [5, _LONGEST, 1, 16, 17]
    order = torch.tensor([3, 0, 4, 2, 1])
    for hyper, tokens in _cases(subject):
        task = task_of(tokens)
        network = subject.small(task, hyper)
        values, mask = batch_of(task, lengths)
        together = network(values, mask).logits
        alone = torch.cat([network(values[i : i + 1, :n], mask[i : i + 1, :n]).logits for i, n in enumerate(lengths)])
        change = _apart(together, alone)
        _tell(change <= _TOLERANCE, f"a record alone has logits {change:.2g} away with", tokens, hyper)
        change = _apart(network(values[order], mask[order]).logits, together[order])
        _tell(change <= _TOLERANCE, f"another order changes logits by {change:.2g} with", tokens, hyper)


@torch.no_grad()
def _evaluation_is_deterministic(subject: Subject) -> None:
    for hyper, tokens in _cases(subject):
        task = task_of(tokens)
        network = subject.small(task, hyper)
        values, mask = batch_of(task, [_LONGEST, 12, 3])
        same = torch.equal(network(values, mask).logits, network(values, mask).logits)
        _tell(same, "the same input twice gives two answers with", tokens, hyper)


def _training_is_deterministic(subject: Subject) -> None:
    task = task_of(longest=16)
    values, mask = batch_of(task, [16, 9, 12, 5] * 4)
    one, other = (fitted(subject.small(task), values, mask, torch.arange(16) % 3, steps=5) for _ in range(2))
    for (name, weight), again in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        _tell(torch.equal(weight, again), f"two trainings with one seed differ in {name}")


@torch.no_grad()
def _any_length_runs(subject: Subject) -> None:
    task = task_of(longest=2000)
    network = subject.small(task)
    for lengths in ([1], [2], [3], [7], [63], [64], [65], [511], [2000], [1, 2000, 999, 2]):
        values, mask = batch_of(task, lengths)
        _tell(network(values, mask).logits.isfinite().all(), "lengths", lengths, "give logits that are no numbers")


def _every_parameter_learns(subject: Subject) -> None:
    for hyper in subject.variants():
        for fixed in (False, True):
            task = task_of(fixed=fixed)
            network = subject.small(task, hyper)
            values, mask = batch_of(task, [_LONGEST] * 16)
            functional.cross_entropy(network(values, mask).logits, torch.arange(16) % 3).backward()  # type: ignore[no-untyped-call]
            dead = [
                name
                for name, value in network.named_parameters()
                if value.requires_grad and (value.grad is None or not value.grad.abs().sum() > 0)
            ]
            _tell(not dead, "no gradient reaches", ", ".join(dead), "with", hyper)


def _learns_by_heart(subject: Subject) -> None:
    task = task_of(longest=24, fixed=True, classes=2)
    values, mask = batch_of(task, [24] * 32)
    truth = torch.arange(32) % 2
    network = fitted(subject.without_dropout(task), values, mask, truth, steps=400)
    with torch.no_grad():
        known = int((network(values, mask).logits.argmax(1) == truth).sum())
    _tell(known == len(truth), f"of 32 random records {known} are learnt by heart")


def _finds_motifs(subject: Subject, *, anywhere: bool, steps: int) -> None:
    task = task_of(fixed=not anywhere, classes=2)
    auc = 0.0
    for seed in range(_STARTS):
        network = fitted(
            subject.without_dropout(task), *planted(1500, anywhere=anywhere, seed=1), steps=steps, seed=seed
        )
        auc = max(auc, auc_of(network, *planted(400, anywhere=anywhere, seed=2)))
        if auc > _GOOD_AUC:
            break
    place = "at random places" if anywhere else "at one place"
    _tell(auc > _GOOD_AUC, f"a planted motif {place} is found with an AUC of {auc:.3f}")


def _finds_motifs_anywhere(subject: Subject) -> None:
    _finds_motifs(subject, anywhere=True, steps=700)


def _finds_motifs_at_a_place(subject: Subject) -> None:
    _finds_motifs(subject, anywhere=False, steps=400)


def _learns_nothing_from_chance(subject: Subject) -> None:
    values, mask, truth = planted(600, anywhere=True, seed=3)
    shuffled = truth[torch.randperm(len(truth), generator=torch.Generator().manual_seed(5))]
    network = subject.small(task_of(fixed=True, classes=2))
    fitted(network, values[:300], mask[:300], shuffled[:300], steps=60)
    auc = auc_of(network, values[300:], mask[300:], shuffled[300:])
    # Standard error of an AUC over 150 + 150 records by chance: sqrt(301 / (12 * 150 * 150)) = 0.033.
    _tell(abs(auc - 0.5) < 4 * 0.0334, f"on shuffled labels the test AUC is {auc:.3f}")


def extreme(parameters: Sequence[HyperParameter], side: str) -> HyperValues:
    """All settings at their "smallest" or "largest" legal value; choices stay as they are."""

    def value(parameter: HyperParameter) -> Any:
        if parameter.choices or isinstance(parameter.default, bool | str):
            return parameter.default
        bound = parameter.minimum if side == "smallest" else parameter.maximum
        return type(parameter.default)(bound if bound is not None else parameter.default)

    return {parameter.name: value(parameter) for parameter in parameters}


def _extremes_build_or_say_why_not(subject: Subject) -> None:
    for side in ("smallest", "largest"):
        for fixed in (False, True):
            task = task_of("protein letters", longest=100, fixed=fixed)
            hyper = extreme(subject.specification.hyper, side)
            if not subject.specification.problems(hyper, task):
                _count_agrees(subject, task, hyper)


def _bounds_are_kept(subject: Subject) -> None:
    for parameter in subject.specification.hyper:
        bad: Any = "\0" if parameter.maximum is None else parameter.maximum + 1
        told = [problem.where for problem in subject.specification.problems({parameter.name: bad}, task_of())]
        wanted = f"model.hyper.{parameter.name}"
        free = isinstance(parameter.default, str) and not parameter.choices
        _tell(wanted in told or free, f"{parameter.name} takes {bad!r}")
        if wanted in told:
            try:
                subject.build(task_of(), {parameter.name: bad})
            except BioseqError:
                continue
            raise ContractBroken(f"{parameter.name} = {bad!r} is built although it is refused")


def _half_precision_is_finite(subject: Subject) -> None:
    for hyper in subject.variants():
        task = task_of()
        network = subject.small(task, hyper)
        values, mask = batch_of(task, [_LONGEST, 12, 1, 5])
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(values, mask).logits
        _tell(logits.isfinite().all(), "bfloat16 gives logits that are no numbers with", hyper)
        functional.cross_entropy(logits.float(), torch.tensor([0, 1, 2, 0])).backward()  # type: ignore[no-untyped-call]
        bad = [
            name
            for name, value in network.named_parameters()
            if value.requires_grad and (value.grad is None or not value.grad.isfinite().all())
        ]
        _tell(not bad, "bfloat16 gives no finite gradient to", ", ".join(bad), "with", hyper)


def _count_agrees(subject: Subject, task: TaskShape, hyper: HyperValues) -> None:
    with torch.device("meta"):
        network = subject.build(task, hyper)
    counted = subject.specification.count_parameters(task, subject.specification.resolve(hyper))
    there = sum(value.numel() for value in network.parameters())
    _tell(there == counted, f"the catalogue counts {counted:,} weights, the network has {there:,} with", task, hyper)


def _parameters_are_counted(subject: Subject) -> None:
    for hyper, tokens in _cases(subject):
        for fixed in (False, True):
            for one_hot in (False, True) if subject.specification.reads_one_hot else (False,):
                _count_agrees(subject, task_of(tokens, longest=41, fixed=fixed, classes=5, one_hot=one_hot), hyper)


def work(subject: Subject, length: int) -> int:
    """Multiplications of one forward pass, counted by torch.

    Its counter passes over LSTM layers: a hook counts the tokens that really enter each, times its weights. It passes
    over sums of table rows as well, over sums and maxima at the nodes of a graph, and over the counting of its words:
    each number that goes in counts as one.
    """
    task = task_of(longest=2048)
    network = subject.small(task)
    values, mask = batch_of(task, [length] * 2)
    steps = 0

    def count(layer: torch.nn.LSTM, inputs: tuple[Tensor, ...], _output: object) -> None:
        nonlocal steps
        tokens = inputs[0].shape[0] * inputs[0].shape[1]
        steps += 2 * tokens * sum(weight.numel() for key, weight in layer.named_parameters() if "weight" in key)

    for module in network.modules():
        if isinstance(module, torch.nn.LSTM):
            module.register_forward_hook(count)
    with (
        FlopCounterMode(display=False, custom_mapping=_counted_too()) as counter,
        torch.no_grad(),
        sdpa_kernel(SDPBackend.MATH),
    ):
        network(values, mask)
    return int(counter.get_total_flops()) + steps


def _counted_too() -> dict[object, Callable[..., int]]:
    aten = torch.ops.aten
    return {
        aten._embedding_bag_forward_only: _rows_added,
        aten.scatter_add_: _each_source,
        aten.scatter_reduce: _each_source,
        aten._unique2: _each_number,
        aten.bincount: _each_number,
    }


def _each_source(
    _into: tuple[int, ...], _dim: int, _index: tuple[int, ...], source: tuple[int, ...], *_: object, **_more: object
) -> int:
    return math.prod(source)


def _each_number(numbers: tuple[int, ...], *_others: object, **_more: object) -> int:
    return math.prod(numbers)


def _rows_added(table: tuple[int, int], rows: tuple[int], *_others: object, **_more: object) -> int:
    return rows[0] * table[1]


def _work_grows_as_declared(subject: Subject) -> None:
    short, medium, long = (work(subject, length) for length in (128, 512, 2048))
    slope = math.log(long / medium) / math.log(4)
    bounds = {Cost.LINEAR: (0.0, 1.1), Cost.LINEARITHMIC: (0.0, 1.4), Cost.QUADRATIC: (1.4, 2.1)}
    low, high = bounds[subject.specification.cost]
    grows = f"{short:,}, {medium:,} and {long:,} multiplications for 128, 512 and 2,048 tokens"
    _tell(low <= slope <= high, grows, "are not", subject.specification.cost.value)
    # It may stop growing where there is nothing new to see: a graph has a node for each of a limited number of words.
    _tell(short <= medium <= long, grows, "shrink")


_FRESH_PROCESS = """
import sys, torch
from safetensors.torch import load_file, save_file
from bioseq.models.contract import Subject, task_of
torch.set_num_threads(1)
folder = sys.argv[1]
batch = load_file(f"{folder}/batch.safetensors")
for name in sys.argv[2:]:
    subject = Subject.of(name)
    network = subject.build(task_of("protein letters"), dict(subject.specification.small))
    network.load_state_dict(load_file(f"{folder}/{name}.safetensors"))
    with torch.no_grad():
        logits = network.eval()(batch["tokens"], batch["mask"]).logits
    save_file({"logits": logits.contiguous()}, f"{folder}/{name}.logits")
"""


def check_saving(subjects: Sequence[Subject]) -> None:
    """Rule C6 for several architectures of the catalogue at once, in one fresh process.

    Raises:
        ContractBroken: One predicts something else there.
    """
    task = task_of("protein letters")
    values, mask = batch_of(task, [_LONGEST, 12, 3])
    expected: dict[str, Tensor] = {}
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        save_file({"tokens": values, "mask": mask}, Path(folder, "batch.safetensors"))
        torch.set_num_threads(1)
        try:
            for subject in subjects:
                network = subject.small(task)
                save_file(network.state_dict(), Path(folder, f"{subject.specification.name}.safetensors"))
                with torch.no_grad():
                    expected[subject.specification.name] = network(values, mask).logits
        finally:
            torch.set_num_threads(threads)
        command = [sys.executable, "-c", _FRESH_PROCESS, folder, *expected]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        _tell(not done.returncode, "the network cannot be loaded in a fresh process:", done.stderr[-1000:])
        for name, logits in expected.items():
            same = torch.equal(load_file(Path(folder, f"{name}.logits"))["logits"], logits)
            _tell(same, name, "predicts something else in a fresh process")


def _saving_changes_nothing(subject: Subject) -> None:
    check_saving([subject])


RULES: tuple[Rule, ...] = (
    Rule("C1", "Padding is invisible", _padding_is_invisible),
    Rule("C2", "Samples are independent of their batch", _samples_are_independent),
    Rule("C3", "The same input gives the same answer", _evaluation_is_deterministic),
    Rule("C3", "The same seed gives the same weights", _training_is_deterministic),
    Rule("C4", "Any length from 1 to 2,000 runs", _any_length_runs),
    Rule("C5", "Every parameter receives a gradient", _every_parameter_learns),
    Rule("C6", "Saved and loaded in a fresh process it predicts the same", _saving_changes_nothing),
    Rule("C7", "It learns 32 random sequences by heart", _learns_by_heart, learns=True),
    Rule(
        "C7",
        "It finds a motif at a random place",
        _finds_motifs_anywhere,
        learns=True,
        applies=lambda specification: specification.finds_motifs_anywhere,
    ),
    Rule(
        "C7",
        "It finds a motif at a fixed place",
        _finds_motifs_at_a_place,
        learns=True,
        applies=lambda specification: specification.knows_position,
    ),
    Rule("C8", "On shuffled labels it stays within chance", _learns_nothing_from_chance, learns=True),
    Rule("C9", "Extreme settings build or say why not", _extremes_build_or_say_why_not),
    Rule("C9", "Settings out of bounds are refused with their place", _bounds_are_kept),
    Rule("C10", "bfloat16 is finite", _half_precision_is_finite),
    Rule("C11", "The catalogue counts parameters exactly", _parameters_are_counted),
    Rule("C12", "Work grows with length as declared", _work_grows_as_declared),
)
"""All rules, in the order in which they are told."""
