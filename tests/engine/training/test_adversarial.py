"""Adversarial training pushes the vectors of tokens as far as told, learns there too, and puts them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch.nn import functional

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.catalogue.specification import TaskShape
from bioseq.errors import BioseqError
from bioseq.evaluation.padding import padded_batch
from bioseq.models.registry import build
from bioseq.training.adversarial import Adversary
from bioseq.training.learner import Learner
from bioseq.training.state import TrainingState

if TYPE_CHECKING:
    from types import SimpleNamespace

    from bioseq.models.base import Network
    from bioseq.training.inputs import TrainingInput

CPU = torch.device("cpu")
EXACT: dict[str, Any] = {
    "hyper": {"embedding": 8, "hidden": 8, "dropout": 0.0},
    "model": "lstm",
    "precision": "float32",
}


def learner_of(job: TrainingInput, **state: int) -> Learner:
    torch.manual_seed(1)
    made = Learner(job, build(job.architecture, job.task, job.hyper), TrainingState(**state), device=CPU)
    made.begin_epoch()
    return made


def test_the_vectors_are_pushed_by_the_strength_along_the_gradient_and_put_back() -> None:
    tables = [torch.nn.Parameter(torch.tensor([[1.0, 2.0], [3.0, 4.0]])), torch.nn.Parameter(torch.tensor([[0.1]]))]
    tables[0].grad = torch.tensor([[3.0, 0.0], [0.0, 0.0]])
    tables[1].grad = torch.tensor([[4.0]])  # the length of both together is 5
    before = [table.detach().clone() for table in tables]
    with Adversary(tables, 0.5).attacking():
        torch.testing.assert_close(tables[0].detach(), torch.tensor([[1.3, 2.0], [3.0, 4.0]]))
        torch.testing.assert_close(tables[1].detach(), torch.tensor([[0.5]]))
    assert all(torch.equal(table, kept) for table, kept in zip(tables, before, strict=True))


def test_vectors_are_put_back_when_memory_runs_out_and_stay_where_there_is_no_gradient() -> None:
    table = torch.nn.Parameter(torch.ones(2, 2))
    with pytest.raises(MemoryError), Adversary([table], 1.0).attacking():
        raise MemoryError
    table.grad = torch.zeros(2, 2)
    with Adversary([table], 1.0).attacking():
        assert torch.equal(table, torch.ones(2, 2))


def _by_hand(network: Network, job: TrainingInput, rows: Any, strength: float) -> dict[str, torch.Tensor]:
    """Gradients of the loss at the vectors plus those at the pushed vectors."""
    tokens, mask = padded_batch(job.train.tokens, rows, CPU)
    labels = torch.from_numpy(job.train.labels[rows])
    (table,) = network.token_tables()
    functional.cross_entropy(network(tokens, mask).logits, labels).backward()
    with torch.no_grad():
        push = strength * table.grad / table.grad.norm()
        table += push
    functional.cross_entropy(network(tokens, mask).logits, labels).backward()
    return {name: parameter.grad for name, parameter in network.named_parameters()}


@pytest.mark.parametrize("at_once", [0, 5])
def test_the_gradients_are_those_of_both_losses_also_of_a_batch_in_parts(lab: SimpleNamespace, at_once: int) -> None:
    job = lab.job(adversarial=0.7, clip_norm=0.0, **EXACT)
    rows = torch.arange(16).numpy()
    learner, plain = learner_of(job, micro_records=at_once), learner_of(lab.job(clip_norm=0.0, **EXACT))
    expected = _by_hand(plain.network, job, rows, 0.7)
    learner.step(rows, 1e-9)
    for name, parameter in learner.network.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-4, atol=1e-6)


def test_the_reported_loss_is_that_of_the_records_as_they_are(lab: SimpleNamespace) -> None:
    losses = []
    for strength in (0.0, 50.0):
        learner = learner_of(lab.job(adversarial=strength, **EXACT))
        learner.step(torch.arange(16).numpy(), 1e-3)
        losses.append(learner.mean_loss(16))
    assert losses[0] == losses[1]


def test_a_network_without_learnt_vectors_is_refused(lab: SimpleNamespace) -> None:
    job = lab.job(adversarial=1.0, tokens={"coding": "one_hot"})
    with pytest.raises(BioseqError) as caught:
        lab.run(job)
    assert caught.value.where == "training.adversarial"


@pytest.mark.parametrize("one_hot", [False, True])
def test_specifications_and_networks_agree_on_what_is_learnt_of_tokens(one_hot: bool) -> None:
    task = TaskShape(22, 2, 41, fixed_length=True, one_hot=one_hot, molecule="protein", word_length=1)
    for name, specification in ARCHITECTURES.items():
        hyper = specification.resolve(specification.small)
        if (one_hot and not specification.reads_one_hot) or specification.problems(specification.small, task):
            continue
        tables = build(name, task, hyper).token_tables()
        assert [table.shape[0] >= 20 for table in tables] == [True] * specification.learns_tokens(task, hyper), name
