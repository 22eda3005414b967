"""Graphs of words are those that one would draw by hand, belong to their record alone, and are left to no chance."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import torch

from bioseq import cli
from bioseq.catalogue.registry import ARCHITECTURES, architecture, own_name
from bioseq.catalogue.specification import Family, TaskShape
from bioseq.config.files import dumps, loads
from bioseq.errors import Severity
from bioseq.models.layers import word_graphs
from bioseq.models.layers.word_graphs import (
    Edges,
    WordGraph,
    edges_within,
    mean_and_max,
    mutual_information,
    spread_over_tokens,
    word_graph,
)
from bioseq.models.registry import build
from bioseq.runs.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from bioseq.config.schema import Configuration
    from bioseq.models.base import Network

NAMES = tuple(name for name, spec in ARCHITECTURES.items() if spec.family is Family.GRAPH)
DNA = 6
"""Vocabulary of DNA letters, with padding and unknown."""


def batch(*rows: list[int]) -> tuple[Tensor, Tensor]:
    lengths = torch.tensor([len(row) for row in rows])
    mask = torch.arange(int(lengths.max())) < lengths.unsqueeze(1)
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True), mask


def random_rows(lengths: list[int], *, vocabulary: int = DNA, seed: int = 0) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(1, vocabulary, (length,), generator=generator).tolist() for length in lengths]


def made(name: str, task: TaskShape | None = None, **hyper: Any) -> Network:
    torch.manual_seed(1)
    return build(name, task or TaskShape(DNA, 3, 40, False), {"width": 16, "embedding": 8, **hyper}).eval()


def drawn(row: list[int], *, letters: int, window: int) -> tuple[list[tuple[int, ...]], Counter[Any], Counter[Any]]:
    """Words in order, their number, and the number of each pair within the window: drawn by hand."""
    filled = row + [0] * (letters - len(row))
    words = [tuple(filled[i : i + letters]) for i in range(len(filled) - letters + 1)]
    pairs: Counter[Any] = Counter()
    for i, one in enumerate(words):
        for other in words[i + 1 : i + 1 + window]:
            pairs.update({(one, other), (other, one)})
    return words, Counter(words), pairs


@pytest.mark.parametrize("letters", [1, 2, 3, 5])
@pytest.mark.parametrize("window", [1, 3])
@pytest.mark.parametrize("counted", [0, 10**9], ids=["sorted", "counted"])
def test_the_graphs_are_those_that_one_draws_by_hand(
    letters: int, window: int, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_graphs, "_COUNTED", counted)
    rows = [*random_rows([30, 1, 2, 7, 90, 3]), [2] * 12, [1, 1]]
    graph = word_graph(*batch(*rows), letters=letters, vocabulary=DNA)
    edges = edges_within(graph, window)
    names = [tuple(word) for word in graph.letters.tolist()]
    assert graph.lengths.tolist() == [len(row) for row in rows]
    for number, row in enumerate(rows):
        words, occurrences, pairs = drawn(row, letters=letters, window=window)
        nodes = torch.nonzero(graph.record == number).flatten().tolist()
        assert [names[node] for node in nodes] == sorted(set(words))
        assert {names[node]: int(graph.occurrences[node]) for node in nodes} == occurrences
        assert [names[node] for node in graph.node[number][graph.present[number]].tolist()] == words
        mine = (graph.record[edges.ends[0]] == number).nonzero().flatten().tolist()
        ends = [(names[edges.ends[0, i]], names[edges.ends[1, i]]) for i in mine]
        assert len(ends) == len(set(ends))
        assert dict(zip(ends, edges.counts[mine].tolist(), strict=True)) == pairs
    assert torch.equal(graph.record[edges.ends[0]], graph.record[edges.ends[1]])
    assert (graph.record.diff() >= 0).all()


def test_mutual_information_is_that_of_the_counts_of_one_record() -> None:
    rows = [[2, 3, 2, 3, 4], random_rows([40])[0]]
    graph = word_graph(*batch(*rows), letters=1, vocabulary=DNA)
    edges = edges_within(graph, 1)
    found = mutual_information(graph, edges)
    first = {(int(one), int(other)): float(value) for (one, other), value in zip(edges.ends.T, found, strict=True)}
    # Letters 2, 3, 4 are nodes 0, 1, 2; pairs 2-3 three times and 3-4 once, each both ways: 8 in all.
    assert first[0, 1] == first[1, 0] == pytest.approx(math.log(3 * 8 / (3 * 4)))
    assert first[1, 2] == first[2, 1] == pytest.approx(math.log(1 * 8 / (4 * 1)))
    assert (found >= 0).all()
    alone = word_graph(*batch(rows[1]), letters=1, vocabulary=DNA)
    torch.testing.assert_close(
        found[graph.record[edges.ends[0]] == 1], mutual_information(alone, edges_within(alone, 1))
    )


def test_the_mean_weighs_words_by_how_often_they_occur() -> None:
    graph = word_graph(*batch([2, 2, 2, 3], [4]), letters=1, vocabulary=DNA)
    vectors = torch.tensor([[1.0, -5.0], [5.0, -1.0], [-2.0, -3.0]])
    expected = torch.tensor([[2.0, -4.0, 5.0, -1.0], [-2.0, -3.0, -2.0, -3.0]])
    assert torch.equal(mean_and_max(vectors, graph), expected)


def test_weights_of_words_are_shared_by_their_letters() -> None:
    graph = word_graph(*batch([2, 3, 4], [2], [3, 3, 3, 3, 3]), letters=2, vocabulary=DNA)
    weights = torch.tensor([1.0, 3.0, 7.0, 2.0])  # 2-3, 3-4; 2 alone; 3-3
    shared = spread_over_tokens(weights, graph, tokens=5)
    expected = [[1 / 8, 4 / 8, 3 / 8, 0, 0], [1, 0, 0, 0, 0], [1 / 8, 2 / 8, 2 / 8, 2 / 8, 1 / 8]]
    torch.testing.assert_close(shared, torch.tensor(expected))


def test_a_round_of_gcn_is_the_published_formula() -> None:
    network = made("gcn", node_k=2, layers=1)
    graph = word_graph(*batch(*random_rows([25, 9])), letters=2, vocabulary=DNA)
    ends, counts = edges_within(graph, 1)
    vectors = torch.randn(len(graph.record), 16, generator=torch.Generator().manual_seed(3))
    adjacency = torch.zeros(len(vectors), len(vectors))
    adjacency[ends[1], ends[0]] = counts.float()
    adjacency += torch.diag((adjacency.diag() == 0).float())  # a word that follows itself has its loop already
    scale = adjacency.sum(1).rsqrt()
    layer = network.get_submodule("rounds.0")
    with torch.no_grad():
        theta, bias = network.get_parameter("rounds.0.lin.weight"), network.get_parameter("rounds.0.bias")
        expected = (scale.unsqueeze(1) * adjacency * scale) @ vectors @ theta.T + bias
        torch.testing.assert_close(layer(vectors, ends, counts.float()), expected)


def test_a_round_of_text_gnn_is_the_published_formula() -> None:
    network = made("text_gnn", node_k=1, layers=1)
    layer = network.get_submodule("rounds.0")
    vectors = torch.randn(4, 16, generator=torch.Generator().manual_seed(3))
    ends = torch.tensor([[0, 1, 2, 1], [1, 0, 1, 2]])  # 0 - 1 - 2, and 3 alone
    strengths = torch.tensor([[0.5], [0.5], [2.0], [2.0]])
    with torch.no_grad():
        said = network.get_submodule("rounds.0.say")(vectors).relu()
        kept = network.get_submodule("rounds.0.gate")(vectors).sigmoid()
        heard = torch.stack([said[1] / 2, torch.maximum(said[0] / 2, said[2] * 2), said[1] * 2, torch.zeros(16)])
        torch.testing.assert_close(layer(vectors, ends, strengths), kept * vectors + (1 - kept) * heard)


@torch.no_grad()
def test_the_attention_of_gat_sums_to_one_over_the_letters_of_a_record() -> None:
    network = made("gat", heads=2)
    tokens, mask = batch(*random_rows([30, 1, 2, 9]))
    attention = network(tokens, mask, want_attention=True).attention
    assert isinstance(attention, torch.Tensor)
    assert attention.shape == tokens.shape
    assert (attention[mask] > 0).all()
    assert (attention[~mask] == 0).all()
    torch.testing.assert_close(attention.sum(1), torch.ones(4))
    alone = network(tokens[3:, :9], mask[3:, :9], want_attention=True).attention
    torch.testing.assert_close(alone, attention[3:, :9])
    assert network(tokens, mask).attention is None


@torch.no_grad()
def test_the_attention_of_gat_is_what_a_word_receives_from_itself_and_its_neighbours() -> None:
    network = made("gat", heads=2, layers=1, node_k=1)
    layer = network.get_submodule("rounds.0")
    graph = word_graph(*batch([2, 3, 4]), letters=1, vocabulary=DNA)
    ends = edges_within(graph, 1).ends
    vectors = network.get_submodule("words")(graph.letters)
    _, (told, weights) = layer(vectors, ends, return_attention_weights=True)
    received = torch.stack([weights[told[0] == node].mean(1).sum() for node in range(3)])
    attention = network(*batch([2, 3, 4]), want_attention=True).attention
    torch.testing.assert_close(attention, received.unsqueeze(0) / 3)


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_words_that_are_tokens_are_the_nodes(name: str) -> None:
    network = made(name, TaskShape(66, 3, 40, False, molecule="dna", word_length=3), node_k=3)
    tokens, mask = batch(*random_rows([20, 5], vocabulary=66))
    graph: WordGraph = network.graph_of(tokens, mask)  # type: ignore[operator]
    assert graph.letters.shape[1] == 1
    assert graph.letters[graph.record == 0].flatten().tolist() == sorted(set(tokens[0].tolist()))
    assert network(tokens, mask).logits.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_what_was_read_before_changes_nothing_and_leaves_nothing(name: str) -> None:
    fresh, used = made(name), made(name)
    before = {key: value.clone() for key, value in used.state_dict().items()}
    for seed in range(3):
        used(*batch(*random_rows([30, 12, 40], seed=seed)))
    new = batch(*random_rows([35], seed=99))
    assert torch.equal(fresh(*new).logits, used(*new).logits)
    assert (
        {*used.state_dict()}
        == {*before}
        == {key for key, _ in used.named_parameters()} | {key for key, _ in used.named_buffers()}
    )
    assert all(torch.equal(value, before[key]) for key, value in used.state_dict().items())


FRESH = """
import json, sys, torch
from bioseq.catalogue.specification import TaskShape
from bioseq.models.registry import build
torch.set_num_threads(1)
task = TaskShape(6, 3, 40, False)
build("text_cnn", task, {})
assert "torch_geometric" not in sys.modules
said = {}
for name in sys.argv[1:]:
    torch.manual_seed(1)
    network = build(name, task, {"width": 16}).eval()
    tokens = torch.randint(1, 6, (3, 40), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        said[name] = network(tokens, torch.ones(3, 40, dtype=torch.bool)).logits.tolist()
print(json.dumps(said))
"""


def test_processes_with_other_hash_seeds_agree_and_leave_no_files(tmp_path: Path) -> None:
    said = []
    for seed in ("1", "2"):
        process = subprocess.run(
            [sys.executable, "-c", FRESH, *NAMES],
            env={**os.environ, "PYTHONHASHSEED": seed, "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(json.loads(process.stdout))
    assert said[0] == said[1]
    assert set(said[0]) == set(NAMES)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_gan_means_graph_attention_in_the_catalogue_and_in_files() -> None:
    assert own_name("gan") == "gat"
    assert architecture("gan") is ARCHITECTURES["gat"]
    assert "GAN" in ARCHITECTURES["gat"].summary
    assert loads('schema = 1\n[model]\nname = "gan"\n').model.name == "gat"
    assert type(made("gan", heads=2)) is type(made("gat", heads=2))


def test_gan_trains_and_predicts_from_the_command_line(
    tmp_path: Path, labelled_fasta: Path, small_config: Configuration, capfd: pytest.CaptureFixture[str]
) -> None:
    config, run, table = tmp_path / "config.toml", tmp_path / "run", tmp_path / "predictions.csv"
    config.write_text(dumps(small_config))
    settings = ["model.name=gan", "model.hyper={width = 16}", "training.epochs=1"]
    options = [part for setting in settings for part in ("--set", setting)]
    assert cli.main(["train", str(config), *options, "-o", str(run)]) == 0
    assert loads(RunFolder(run).config.read_text()).model.name == "gat"
    assert cli.main(["predict", str(run), str(labelled_fasta), "-o", str(table)]) == 0
    assert len(table.read_text().splitlines()) == 161
    assert "Error" not in capfd.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_a_sequence_that_holds_nearly_all_words_is_warned_of(name: str) -> None:
    specification = ARCHITECTURES[name]

    def codes(longest: int, node_k: int, word_length: int = 1, vocabulary: int = DNA) -> list[tuple[str, str]]:
        task = TaskShape(vocabulary, 2, longest, False, word_length=word_length)
        found = specification.doubts(task, specification.resolve({"node_k": node_k}))
        assert all(problem.severity is Severity.WARNING and problem.remedy for problem in found)
        return [(problem.code, problem.where) for problem in found]

    assert codes(128, 3) == []
    assert codes(129, 3) == [("graph.crowded", "model.hyper.node_k")]
    assert codes(2000, 5) == []
    assert codes(2000, 6, word_length=3, vocabulary=66) == [("graph.crowded", "tokens.k")]
    assert codes(2000, 3, vocabulary=22) == []


def test_more_words_than_can_be_numbered_are_refused() -> None:
    problems = ARCHITECTURES["gcn"].problems({"node_k": 6}, TaskShape(402, 2, 40, False))
    assert ["too many words" in problem.message for problem in problems] == [True]


def test_no_edges_are_no_fault() -> None:
    graph = word_graph(*batch([2], [3]), letters=3, vocabulary=DNA)
    edges = edges_within(graph, 3)
    assert isinstance(edges, Edges)
    assert edges.ends.shape == (2, 0)
    assert mutual_information(graph, edges).shape == (0,)
