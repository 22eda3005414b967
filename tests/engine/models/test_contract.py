"""The contract C1 to C12 that every architecture keeps, over the whole catalogue: being listed is being tested.

Tokens come from vocabularies of the sizes of DNA and RNA (6 letters with padding and unknown), protein (22), and of
k-mers. Networks are small here; sizes are settings and change none of these properties.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.catalogue.specification import Cost, HyperParameter, TaskShape
from bioseq.errors import BioseqError
from bioseq.models.registry import NETWORKS, build

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from bioseq.models.base import Network

FROM_FILES = {"pretrained"}
"""What cannot be built without files; the same properties are proved in tests/engine/pretrained."""
NAMES = tuple(name for name in ARCHITECTURES if name not in FROM_FILES)
TWINS = {"protbert": "dnabert"}
"""From scratch they are one network, bit by bit (tests/engine/pretrained): it need not learn twice."""
LEARNERS = tuple(name for name in NAMES if name not in TWINS)
VOCABULARIES = {"dna letters": 6, "rna letters": 6, "protein letters": 22, "dna 3-mers": 66, "protein 2-mers": 402}
LETTERS = 4
LEARNT = 0.02
"""Loss from which on there is nothing left to learn, nats."""
SMALL: dict[str, dict[str, Any]] = {
    "dnn": {"hidden_1": 32, "hidden_2": 16},
    "text_cnn": {"embedding": 8, "filters": 16},
    "vdcnn": {"embedding": 8, "width": 8, "hidden": 32},
    "resnet1d": {"embedding": 8, "width": 8, "stages": 2, "blocks": 1},
    "inception1d": {"embedding": 8, "width": 4, "modules": 3, "kernels": "3,5,9"},
    "tcn": {"embedding": 8, "width": 16, "levels": 2},
    "convnext1d": {"embedding": 8, "width": 8, "blocks": 1},
    "state_space": {"embedding": 8, "width": 16, "layers": 1, "states": 8},
    "rnn": {"embedding": 8, "hidden": 24},
    "lstm": {"embedding": 8, "hidden": 16},
    "bilstm": {"embedding": 8, "hidden": 16},
    "gru": {"embedding": 8, "hidden": 16},
    "lstm_attention": {"embedding": 8, "hidden": 16},
    "bigru_attention": {"embedding": 8, "hidden": 8, "attention": 8},
    "text_rcnn": {"embedding": 8, "hidden": 8, "features": 16},
    "rnn_cnn": {"embedding": 8, "hidden": 8, "filters": 16},
    "cnn_bilstm": {"embedding": 8, "filters": 16, "kernel": 6, "stretch": 4, "hidden": 8},
    "transformer": {"width": 16, "heads": 2, "feed_forward": 32},
    "reformer": {"width": 16, "heads": 2, "layers": 1},
    "performer": {"width": 16, "heads": 2, "layers": 1},
    "linformer": {"width": 16, "heads": 2, "layers": 1},
    "routing_transformer": {"width": 16, "heads": 2, "layers": 1, "window": 8},
    "linear_transformer": {"width": 16, "heads": 2, "layers": 1},
    "conformer": {"width": 16, "heads": 2, "layers": 1, "kernel": 5},
    "dnabert": {"width": 24, "heads": 2, "feed_forward": 48},
    "protbert": {"width": 24, "heads": 2, "feed_forward": 48},
    "text_gnn": {"embedding": 8, "width": 16},
    "gcn": {"embedding": 8, "width": 16},
    "gat": {"embedding": 8, "width": 16, "heads": 2},
    "graph_sage": {"embedding": 8, "width": 16},
    "gin": {"embedding": 8, "width": 16},
    "sgc": {"embedding": 8, "width": 16},
}


def task_of(
    vocabulary: int = 6, *, longest: int = 30, fixed: bool = False, classes: int = 3, one_hot: bool = False
) -> TaskShape:
    return TaskShape(vocabulary, classes, longest, fixed, one_hot)


def made(name: str, task: TaskShape, seed: int = 1, **hyper: Any) -> Network:
    torch.manual_seed(seed)
    return build(name, task, {**SMALL.get(name, {}), **hyper}).eval()


def batch_of(task: TaskShape, lengths: list[int], seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(1, task.vocabulary, (len(lengths), max(lengths)), generator=generator)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return tokens * mask, mask


def variants(name: str) -> list[dict[str, Any]]:
    """Defaults, and each legal choice of each setting with choices or a switch."""
    found: list[dict[str, Any]] = [{}]
    for parameter in ARCHITECTURES[name].hyper:
        options = [value for value, _ in parameter.choices] or (
            [True, False] if parameter.default in (True, False) else []
        )
        if isinstance(parameter.default, bool | str):
            found += [{parameter.name: value} for value in options if value != parameter.default]
    return found


CASES = [(name, hyper) for name in NAMES for hyper in variants(name)]


def case_id(value: object) -> str:
    return str(value).replace(" ", "") if isinstance(value, dict) else str(value)


def test_every_specification_has_a_network() -> None:
    assert set(NETWORKS) == set(ARCHITECTURES)


@pytest.mark.parametrize(("name", "hyper"), CASES, ids=case_id)
@pytest.mark.parametrize("tokens", VOCABULARIES)
@pytest.mark.parametrize("fixed", [False, True], ids=["varying", "fixed"])
@torch.no_grad()
def test_c1_padding_is_invisible(name: str, hyper: dict[str, Any], tokens: str, fixed: bool) -> None:
    task = task_of(VOCABULARIES[tokens], fixed=fixed)
    network = made(name, task, **hyper)
    values, mask = batch_of(task, [30, 30, 30] if fixed else [30, 7, 1])
    expected = network(values, mask).logits
    noise = torch.randint(0, task.vocabulary, values.shape)
    noisy = functional.pad(torch.where(mask, values, noise), (0, 13), value=task.vocabulary - 1)
    assert torch.allclose(network(noisy, functional.pad(mask, (0, 13))).logits, expected, atol=1e-5)


@pytest.mark.parametrize(("name", "hyper"), CASES, ids=case_id)
@torch.no_grad()
def test_c2_samples_are_independent_of_their_batch(name: str, hyper: dict[str, Any]) -> None:
    task = task_of(22)
    network = made(name, task, **hyper)
    lengths = [5, 30, 1, 16, 17]
    values, mask = batch_of(task, lengths)
    together = network(values, mask).logits
    alone = torch.cat([network(values[i : i + 1, :n], mask[i : i + 1, :n]).logits for i, n in enumerate(lengths)])
    order = torch.tensor([3, 0, 4, 2, 1])
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(network(values[order], mask[order]).logits, together[order], atol=1e-5)


@pytest.mark.parametrize(("name", "hyper"), CASES, ids=case_id)
@torch.no_grad()
def test_c3_evaluation_is_deterministic(name: str, hyper: dict[str, Any]) -> None:
    task = task_of()
    network = made(name, task, **hyper)
    values, mask = batch_of(task, [30, 12, 3])
    assert torch.equal(network(values, mask).logits, network(values, mask).logits)


@pytest.mark.parametrize("name", NAMES)
def test_c3_training_twice_with_one_seed_gives_equal_weights(name: str) -> None:
    task = task_of(longest=16)
    values, mask = batch_of(task, [16, 9, 12, 5] * 4)
    truth = torch.arange(16) % 3
    one, other = (fitted(made(name, task), values, mask, truth, steps=5) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_c4_any_length_runs_alone_and_mixed(name: str) -> None:
    task = task_of(longest=2000)
    network = made(name, task)
    for length in (1, 2, 3, 7, 63, 64, 65, 511, 2000):
        values, mask = batch_of(task, [length])
        assert network(values, mask).logits.isfinite().all()
    values, mask = batch_of(task, [1, 2000, 999, 2])
    assert network(values, mask).logits.isfinite().all()


@pytest.mark.parametrize(("name", "hyper"), CASES, ids=case_id)
@pytest.mark.parametrize("fixed", [False, True], ids=["varying", "fixed"])
def test_c5_every_parameter_receives_a_gradient(name: str, hyper: dict[str, Any], fixed: bool) -> None:
    task = task_of(fixed=fixed)
    network = made(name, task, **hyper)
    values, mask = batch_of(task, [30] * 16)
    functional.cross_entropy(network(values, mask).logits, torch.arange(16) % 3).backward()
    dead = [key for key, value in network.named_parameters() if value.grad is None or not value.grad.abs().sum() > 0]
    assert dead == []


FRESH_PROCESS = """
import sys, torch
from safetensors.torch import load_file, save_file
from bioseq.catalogue.specification import TaskShape
from bioseq.models.registry import build
torch.set_num_threads(1)
folder = sys.argv[1]
batch = load_file(f"{folder}/batch.safetensors")
for name in sys.argv[2:]:
    network = build(name, TaskShape(22, 3, 30, False), {})
    network.load_state_dict(load_file(f"{folder}/{name}.safetensors"))
    with torch.no_grad():
        logits = network.eval()(batch["tokens"], batch["mask"]).logits
    save_file({"logits": logits.contiguous()}, f"{folder}/{name}.logits")
"""


def test_c6_saved_networks_predict_bit_equally_in_a_fresh_process(tmp_path: Path) -> None:
    task = task_of(22)
    values, mask = batch_of(task, [30, 12, 3])
    save_file({"tokens": values, "mask": mask}, tmp_path / "batch.safetensors")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    expected = {}
    for name in NAMES:
        torch.manual_seed(3)
        network = build(name, task, {}).eval()
        save_file(network.state_dict(), tmp_path / f"{name}.safetensors")
        with torch.no_grad():
            expected[name] = network(values, mask).logits
    torch.set_num_threads(threads)
    subprocess.run([sys.executable, "-c", FRESH_PROCESS, str(tmp_path), *NAMES], check=True, capture_output=True)
    for name in NAMES:
        assert torch.equal(load_file(tmp_path / f"{name}.logits")["logits"], expected[name]), name


def fitted(
    network: Network, values: Tensor, mask: Tensor, truth: Tensor, *, steps: int, rate: float = 5e-3, batch: int = 64
) -> Network:
    """Adam on random batches, as the learner steps, until all is learnt or the steps are used up."""
    torch.manual_seed(0)
    optimiser = torch.optim.Adam(network.parameters(), rate)
    network.train()
    recent = 1.0  # running mean of the loss, nats
    for _ in range(steps):
        rows = torch.randperm(len(values))[:batch]
        optimiser.zero_grad()
        output = network(values[rows], mask[rows])
        loss = functional.cross_entropy(output.logits, truth[rows])
        (loss if output.auxiliary is None else loss + output.auxiliary).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        network.after_step()
        recent = 0.9 * recent + 0.1 * loss.item()
        if recent < LEARNT:
            break
    return network.eval()


@torch.no_grad()
def auc_of(network: Network, values: Tensor, mask: Tensor, truth: Tensor) -> float:
    scores = network(values, mask).logits.diff(dim=1).squeeze(1)
    positive, negative = scores[truth == 1], scores[truth == 0]
    return float((positive.unsqueeze(1) > negative).float().mean())


@pytest.mark.parametrize("name", LEARNERS)
def test_c7_it_learns_32_random_sequences_by_heart(name: str) -> None:
    task = TaskShape(6, 2, 24, True)
    values, mask = batch_of(task, [24] * 32)
    truth = torch.arange(32) % 2
    network = fitted(made(name, task, dropout=0.0), values, mask, truth, steps=400)
    with torch.no_grad():
        assert (network(values, mask).logits.argmax(1) == truth).all()


def planted(task: TaskShape, records: int, *, anywhere: bool, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Half of the random sequences hold a motif of six letters, anywhere or at one place."""
    generator = np.random.default_rng(seed)
    values = generator.integers(2, 2 + LETTERS, (records, task.longest))
    truth = np.arange(records) % 2
    for row in np.flatnonzero(truth):
        start = generator.integers(0, task.longest - 6) if anywhere else 9
        values[row, start : start + 6] = [2, 3, 2, 4, 5, 5]
    return torch.tensor(values), torch.ones(values.shape, dtype=torch.bool), torch.tensor(truth)


@pytest.mark.parametrize("name", [name for name in LEARNERS if ARCHITECTURES[name].finds_motifs_anywhere])
def test_c7_it_finds_a_motif_at_a_random_place(name: str) -> None:
    task = TaskShape(6, 2, 30, False)
    network = fitted(made(name, task, dropout=0.0), *planted(task, 1500, anywhere=True, seed=1), steps=700)
    assert auc_of(network, *planted(task, 400, anywhere=True, seed=2)) > 0.95


def test_c7_the_plain_network_does_not_claim_to_find_motifs_anywhere() -> None:
    assert "anywhere" not in ARCHITECTURES["dnn"].summary
    assert "one fixed length" in ARCHITECTURES["dnn"].good_for


@pytest.mark.parametrize("name", [name for name in LEARNERS if ARCHITECTURES[name].knows_position])
def test_c7_it_finds_a_motif_at_a_fixed_place(name: str) -> None:
    task = TaskShape(6, 2, 30, True)
    network = fitted(made(name, task, dropout=0.0), *planted(task, 1500, anywhere=False, seed=1), steps=400)
    assert auc_of(network, *planted(task, 400, anywhere=False, seed=2)) > 0.95


@pytest.mark.parametrize("name", LEARNERS)
def test_c8_on_shuffled_labels_the_test_auc_stays_within_chance(name: str) -> None:
    task = TaskShape(6, 2, 30, True)
    values, mask, truth = planted(task, 600, anywhere=True, seed=3)
    shuffled = truth[torch.randperm(len(truth), generator=torch.Generator().manual_seed(5))]
    network = fitted(made(name, task), values[:300], mask[:300], shuffled[:300], steps=60)
    # Standard error of an AUC over 150 + 150 records by chance: sqrt(301 / (12 * 150 * 150)) = 0.033.
    assert abs(auc_of(network, values[300:], mask[300:], shuffled[300:]) - 0.5) < 4 * 0.0334


def extreme(name: str, side: str) -> dict[str, Any]:
    def value(parameter: HyperParameter) -> Any:
        if parameter.choices or isinstance(parameter.default, bool | str):
            return parameter.default
        bound = parameter.minimum if side == "smallest" else parameter.maximum
        return type(parameter.default)(bound if bound is not None else parameter.default)

    return {parameter.name: value(parameter) for parameter in ARCHITECTURES[name].hyper}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", ["smallest", "largest"])
@pytest.mark.parametrize("fixed", [False, True], ids=["varying", "fixed"])
def test_c9_extreme_settings_build_or_say_why_not(name: str, side: str, fixed: bool) -> None:
    task = task_of(22, longest=100, fixed=fixed)
    hyper = extreme(name, side)
    if problems := ARCHITECTURES[name].problems(hyper, task):
        with pytest.raises(BioseqError, match=re.escape(problems[0].message)):
            build(name, task, hyper)
        return
    with torch.device("meta"):
        network = build(name, task, hyper)
    assert sum(value.numel() for value in network.parameters()) == ARCHITECTURES[name].count_parameters(task, hyper)


@pytest.mark.parametrize("name", NAMES)
def test_c9_settings_out_of_bounds_are_refused_with_their_place(name: str) -> None:
    for parameter in ARCHITECTURES[name].hyper:
        bad: Any = "nonsense" if parameter.maximum is None else parameter.maximum + 1
        with pytest.raises(BioseqError, match=re.escape(f"model.hyper.{parameter.name}")):
            build(name, task_of(), {parameter.name: bad})
    with pytest.raises(BioseqError, match=re.escape("model.hyper.nonsense")):
        build(name, task_of(), {"nonsense": 1})


@pytest.mark.parametrize(("name", "hyper"), CASES, ids=case_id)
def test_c10_bfloat16_is_finite_forward_and_backward(name: str, hyper: dict[str, Any]) -> None:
    task = task_of()
    network = made(name, task, **hyper)
    values, mask = batch_of(task, [30, 12, 1, 5])
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(values, mask).logits
    assert logits.isfinite().all()
    functional.cross_entropy(logits.float(), torch.tensor([0, 1, 2, 0])).backward()
    assert all(value.grad is not None and value.grad.isfinite().all() for value in network.parameters())


@pytest.mark.parametrize(("name", "hyper"), CASES, ids=case_id)
@pytest.mark.parametrize("tokens", VOCABULARIES)
@pytest.mark.parametrize("fixed", [False, True], ids=["varying", "fixed"])
@pytest.mark.parametrize("one_hot", [False, True], ids=["learnt", "one-hot"])
def test_c11_the_catalogue_counts_parameters_exactly(
    name: str, hyper: dict[str, Any], tokens: str, fixed: bool, one_hot: bool
) -> None:
    if one_hot and not ARCHITECTURES[name].reads_one_hot:
        assert "one_hot" not in ARCHITECTURES[name].token_kinds
        return
    task = task_of(VOCABULARIES[tokens], longest=41, fixed=fixed, classes=5, one_hot=one_hot)
    with torch.device("meta"):
        network = build(name, task, hyper)
    specification = ARCHITECTURES[name]
    counted = specification.count_parameters(task, specification.resolve(hyper))
    assert sum(value.numel() for value in network.parameters()) == counted


def rows_added(table: tuple[int, int], rows: tuple[int], *_others: object, **_more: object) -> int:
    return rows[0] * table[1]


def each_source(
    _into: tuple[int, ...], _dim: int, _index: tuple[int, ...], source: tuple[int, ...], *_: object, **_more: object
) -> int:
    return math.prod(source)


def each_number(numbers: tuple[int, ...], *_others: object, **_more: object) -> int:
    return math.prod(numbers)


def work(name: str, length: int) -> int:
    """Multiplications of one forward pass, counted by torch.

    Its counter passes over LSTM layers: a hook counts the tokens that really enter each, times its weights. It passes
    over sums of table rows as well, over sums and maxima at the nodes of a graph, and over the counting of its words:
    each number that goes in counts as one.
    """
    task = task_of(longest=2048)
    network = made(name, task)
    values, mask = batch_of(task, [length] * 2)
    steps = 0

    def count(layer: torch.nn.LSTM, inputs: tuple[Tensor, ...], _output: object) -> None:
        nonlocal steps
        tokens = inputs[0].shape[0] * inputs[0].shape[1]
        steps += 2 * tokens * sum(weight.numel() for key, weight in layer.named_parameters() if "weight" in key)

    for module in network.modules():
        if isinstance(module, torch.nn.LSTM):
            module.register_forward_hook(count)
    sums = {
        torch.ops.aten._embedding_bag_forward_only: rows_added,
        torch.ops.aten.scatter_add_: each_source,
        torch.ops.aten.scatter_reduce: each_source,
        torch.ops.aten._unique2: each_number,
        torch.ops.aten.bincount: each_number,
    }
    with FlopCounterMode(display=False, custom_mapping=sums) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        network(values, mask)
    return int(counter.get_total_flops()) + steps


@pytest.mark.parametrize("name", NAMES)
def test_c12_work_grows_with_length_as_declared(name: str) -> None:
    short, medium, long = (work(name, length) for length in (128, 512, 2048))
    slope = math.log(long / medium) / math.log(4)
    match ARCHITECTURES[name].cost:
        case Cost.LINEAR:
            assert slope <= 1.1
        case Cost.LINEARITHMIC:
            assert slope <= 1.4
        case Cost.QUADRATIC:
            assert 1.4 < slope <= 2.1
    assert short < medium < long or (name == "dnn" and short == medium == long)
