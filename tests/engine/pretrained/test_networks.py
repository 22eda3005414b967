"""Networks around pretrained encoders: the published weights and tokens, exact padding and pieces, what is learnt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.models.registry import build
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.base import Network

PROTEIN = "MKVLAAGIVGLLCAVPQTEWHRSNDYF"
LAYOUTS = ["DNABERT-3", "ProtBERT", "RoFormer", "ESM-2", "ESM-1b", "Nucleotides", "ProtT5", "ProtT5-gated"]
TUNINGS = ["frozen", "full", "lora"]


@pytest.fixture
def task(request: pytest.FixtureRequest, protein_task: TaskShape, words_task: TaskShape) -> TaskShape:
    name = request.node.callspec.params["layout"]
    return words_task if name in ("DNABERT-3", "Nucleotides") else protein_task


def made(layouts: dict[str, Path], layout: str, task: TaskShape, seed: int = 1, **hyper: Any) -> Network:
    torch.manual_seed(seed)
    return build("pretrained", task, {"folder": str(layouts[layout]), "rank": 2, **hyper}).eval()


def batch_of(task: TaskShape, lengths: list[int], seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(1, task.vocabulary, (len(lengths), max(lengths)), generator=generator)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return tokens * mask, mask


def tokens_of(sequence: str, molecule: Molecule, k: int = 1) -> Tensor:
    vocabulary = Vocabulary(molecule, "kmers" if k > 1 else "letters", k)
    letters = np.frombuffer(sequence.encode(), np.uint8)
    return torch.from_numpy(vocabulary.encode(letters, np.array([0, len(letters)])).tokens.astype(np.int64))[None]


# ---------------------------------------------------------------------- the published weights and tokens


def reference(folder: Path, kind: str, ids: list[int]) -> Tensor:
    """What the library itself says of these tokens, its own loader used: `(T, D)`."""
    import transformers as hf

    network = getattr(hf, kind).from_pretrained(folder, local_files_only=True).eval()
    with torch.no_grad():
        return network(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).last_hidden_state[0]


def spelt(folder: Path, words: list[str]) -> list[int]:
    lines = (folder / "vocab.txt").read_text(encoding="utf-8").split()
    return [lines.index(word) for word in words]


def pooled(network: Any, tokens: Tensor) -> Tensor:
    with torch.no_grad():
        return network._pooled(tokens, torch.tensor([tokens.shape[1]]))[0]


def test_residues_separated_by_blanks_with_rare_ones_as_x_are_what_protbert_reads(
    layouts: dict[str, Path], protein_task: TaskShape
) -> None:
    folder = layouts["ProtBERT"]
    network = build("protbert", protein_task, {"folder": str(folder)}).eval()
    letters = ["X" if letter in "UZOB" else letter for letter in "MKUZOBW"]
    states = reference(folder, "BertModel", spelt(folder, ["[CLS]", *letters, "[SEP]"]))
    found = pooled(network, tokens_of("MKUZOBW", Molecule.PROTEIN))
    assert torch.allclose(found, states[1:-1].mean(0), atol=1e-5)


def test_overlapping_words_are_what_dnabert_reads(layouts: dict[str, Path], words_task: TaskShape) -> None:
    folder = layouts["DNABERT-3"]
    network = build("dnabert", words_task, {"folder": str(folder), "pooling": "cls"}).eval()
    sequence = "ATGCANGG"
    words = [sequence[place : place + 3] for place in range(6)]
    words = [word if "N" not in word else "[UNK]" for word in words]
    states = reference(folder, "BertModel", spelt(folder, ["[CLS]", *words, "[SEP]"]))
    assert torch.allclose(pooled(network, tokens_of(sequence, Molecule.DNA, 3)), states[0], atol=1e-5)


def test_rna_is_read_with_t_for_u(layouts: dict[str, Path], words_task: TaskShape) -> None:
    folder = str(layouts["DNABERT-3"])
    dna = build("dnabert", words_task, {"folder": folder}).eval()
    rna = build("dnabert", replace(words_task, molecule="rna"), {"folder": folder}).eval()
    assert torch.equal(
        pooled(dna, tokens_of("ATGCATGG", Molecule.DNA, 3)), pooled(rna, tokens_of("AUGCAUGG", Molecule.RNA, 3))
    )


def test_esm_has_its_own_tokens_and_rare_residues_are_x(layouts: dict[str, Path], protein_task: TaskShape) -> None:
    folder = layouts["ESM-2"]
    states = reference(folder, "EsmModel", spelt(folder, ["<cls>", *PROTEIN, "X", "<eos>"]))
    found = pooled(made(layouts, "ESM-2", protein_task), tokens_of(PROTEIN + "B", Molecule.PROTEIN))
    assert torch.allclose(found, states[1:-1].mean(0), atol=1e-5)


def test_t5_has_only_a_token_at_the_end(layouts: dict[str, Path], protein_task: TaskShape) -> None:
    ids = [3 + "ALGVSREDTIPKFQNYMHWCXBOUZ".index(letter) for letter in PROTEIN]
    states = reference(layouts["ProtT5"], "T5EncoderModel", [*ids, 1])
    found = pooled(made(layouts, "ProtT5", protein_task), tokens_of(PROTEIN, Molecule.PROTEIN))
    assert torch.allclose(found, states[:-1].mean(0), atol=1e-5)


def test_words_side_by_side_are_taken_from_those_that_overlap(layouts: dict[str, Path], words_task: TaskShape) -> None:
    folder = layouts["Nucleotides"]
    states = reference(folder, "EsmModel", spelt(folder, ["<cls>", "ATG", "CAA", "GGT"]))
    found = pooled_of(made(layouts, "Nucleotides", words_task), tokens_of("ATGCAAGGTA", Molecule.DNA, 3))
    assert torch.allclose(found, states[1:].mean(0), atol=1e-5)


def pooled_of(network: Any, tokens: Tensor) -> Tensor:
    """The vector before the norm, whatever the steps of the encoder."""
    caught: list[Tensor] = []
    hook = network.norm.register_forward_pre_hook(lambda _module, inputs: caught.append(inputs[0]))
    with torch.no_grad():
        network(tokens, torch.ones(tokens.shape, dtype=torch.bool))
    hook.remove()
    return caught[0][0]


# ---------------------------------------------------------------------- the contract


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("tuning", TUNINGS)
@torch.no_grad()
def test_padding_and_neighbours_are_invisible_in_one_piece_and_in_many(
    layouts: dict[str, Path], layout: str, tuning: str, task: TaskShape
) -> None:
    network = made(layouts, layout, task, tuning=tuning, pooling="attention", window=12)
    for lengths in ([11, 3, 1], [60, 13, 1, 12]):
        values, mask = batch_of(task, lengths)
        expected = network(values, mask).logits
        noisy = torch.where(mask, values, torch.randint(0, task.vocabulary, values.shape))
        padded = network(functional.pad(noisy, (0, 7), value=3), functional.pad(mask, (0, 7))).logits
        alone = torch.cat([network(values[i : i + 1, :n], mask[i : i + 1, :n]).logits for i, n in enumerate(lengths)])
        assert torch.allclose(padded, expected, atol=1e-5)
        assert torch.allclose(alone, expected, atol=1e-5)
        assert torch.equal(network(values, mask).logits, expected)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("tuning", TUNINGS)
def test_weights_are_counted_exactly_and_only_those_meant_to_learn_do(
    layouts: dict[str, Path], layout: str, tuning: str, task: TaskShape
) -> None:
    network = made(layouts, layout, task, tuning=tuning)
    hyper = ARCHITECTURES["pretrained"].resolve({"folder": str(layouts[layout]), "rank": 2, "tuning": tuning})
    assert sum(value.numel() for value in network.parameters()) == ARCHITECTURES["pretrained"].count_parameters(
        task, hyper
    )
    # The table of a RoFormer's positions is a formula and never learns.
    learning = {name: value for name, value in network.named_parameters() if value.requires_grad}
    fixed = sum(value.numel() for name, value in network.named_parameters() if "embed_positions" in name)
    kept = ARCHITECTURES["pretrained"].kept(task, hyper).weights or fixed
    assert sum(value.numel() for value in learning.values()) == sum(map(torch.numel, network.parameters())) - kept
    if tuning == "lora":
        assert sum(value.numel() for name, value in learning.items() if "lora" in name) > 0
        assert all("lora" in name or not name.startswith("encoder.") for name in learning)
    values, mask = batch_of(task, [20, 9, 4, 1])
    for _ in range(2):  # the second additions of LoRA begin at zero: the first learn from the second step on
        functional.cross_entropy(network.train()(values, mask).logits, torch.tensor([0, 1, 0, 1])).backward()
        with torch.no_grad():
            for value in learning.values():
                value.sub_(0.1 * value.grad)  # type: ignore[operator]
    assert [name for name, value in learning.items() if not value.grad.abs().sum() > 0] == []  # type: ignore[union-attr]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_attention_tells_for_each_token_what_it_receives(
    layouts: dict[str, Path], layout: str, task: TaskShape
) -> None:
    network = made(layouts, layout, task, window=12)
    values, mask = batch_of(task, [30, 12, 2])
    with torch.no_grad():
        output = network(values, mask, want_attention=True)
        plain = network(values, mask)
    assert torch.allclose(output.logits, plain.logits, atol=1e-5)
    assert output.attention.shape == values.shape  # type: ignore[union-attr]
    assert torch.allclose(output.attention.sum(1), torch.ones(3), atol=1e-5)  # type: ignore[union-attr]
    assert not (output.attention * ~mask).any()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bfloat16_is_finite_forward_and_backward(layouts: dict[str, Path], layout: str, task: TaskShape) -> None:
    network = made(layouts, layout, task, tuning="full")
    values, mask = batch_of(task, [30, 2])
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(values, mask).logits
    functional.cross_entropy(logits.float(), torch.tensor([0, 1])).backward()
    grads = [value.grad for value in network.parameters() if value.requires_grad]
    assert logits.isfinite().all()
    assert all(grad is not None and grad.isfinite().all() for grad in grads)


def test_from_scratch_protbert_and_dnabert_are_one_network_bit_by_bit() -> None:
    from bioseq.catalogue.specification import TaskShape

    task = TaskShape(22, 3, 30, False)
    states = []
    for name in ("dnabert", "protbert"):
        torch.manual_seed(1)
        states.append(build(name, task, {}).state_dict())
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_a_vocabulary_from_scratch_has_all_words_and_five_special_tokens() -> None:
    from bioseq.catalogue.specification import TaskShape

    for k in range(3, 7):
        vocabulary = Vocabulary(Molecule.DNA, "kmers", k)
        with torch.device("meta"):
            network: Any = build("dnabert", TaskShape(vocabulary.size, 2, 30, False), {})
        assert network.encoder.config.vocab_size == 4**k + 5


@pytest.mark.parametrize("way", ["old names", "bare names", "several files", "half precision"])
def test_weights_published_in_other_ways_make_the_same_network(
    layouts: dict[str, Path], copied: Callable[..., Path], protein_task: TaskShape, way: str
) -> None:
    folder = copied("ProtBERT")
    weights = load_file(folder / "model.safetensors")
    files: dict[str, dict[str, Tensor]] = {"model.safetensors": weights}
    match way:
        case "old names":
            old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
            renamed = {name: next((name.replace(a, b) for a, b in old.items() if a in name), name) for name in weights}
            files = {"model.safetensors": {renamed[name]: values for name, values in weights.items()}}
        case "bare names":
            bare = {name.removeprefix("bert."): values for name, values in weights.items()}
            files = {"model.safetensors": {name: values for name, values in bare.items() if "cls." not in name}}
        case "several files":
            names = sorted(weights)
            files = {f"part-{part}.safetensors": {name: weights[name] for name in names[part::2]} for part in (0, 1)}
            index = {"weight_map": {name: file for file, held in files.items() for name in held}}
            (folder / "model.safetensors.index.json").write_text(json.dumps(index))
            (folder / "model.safetensors").unlink()
        case _:
            files = {"model.safetensors": {name: values.half() for name, values in weights.items()}}
    for name, held in files.items():
        save_file(held, folder / name)
    values, mask = batch_of(protein_task, [30, 7])
    with torch.no_grad():
        expected = made(layouts, "ProtBERT", protein_task)(values, mask).embedding
        torch.manual_seed(1)
        other = build("pretrained", protein_task, {"folder": str(folder), "rank": 2}).eval()
    assert {value.dtype for value in other.parameters()} == {torch.float32}
    assert torch.allclose(other(values, mask).embedding, expected, atol=2e-2 if way == "half precision" else 0.0)
