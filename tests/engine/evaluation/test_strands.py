"""Probabilities of both strands: their mean, the same whichever strand is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from Bio.Seq import reverse_complement
from hypothesis import given
from hypothesis import strategies as st

from bioseq.catalogue.specification import TaskShape
from bioseq.evaluation.inference import predict_logits, predict_probabilities
from bioseq.evaluation.padding import padded_batch
from bioseq.evaluation.strands import OtherStrand, averaged
from bioseq.models.registry import build
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.tokens import TokenColumn, Vocabulary

if TYPE_CHECKING:
    from bioseq.models.base import Network

CPU = torch.device("cpu")
WORDS = {k: Vocabulary(Molecule.DNA, "kmers", k) for k in (1, 3)}
SEQUENCES = ["ACGTTAGGAC", "ACCA", "TTTTGGGACCAGTNACA", "GATTACAGATTACA", "AC"]


def column_of(k: int, sequences: list[str]) -> TokenColumn:
    dataset = Dataset.from_records(sequences)
    return WORDS[k].encode(dataset.letters, dataset.offsets)


def network_of(k: int) -> Network:
    torch.manual_seed(3)
    task = TaskShape(vocabulary=WORDS[k].size, classes=3, longest=17, fixed_length=False)
    return build("lstm", task, {"embedding": 8, "hidden": 8}).eval()


@given(st.lists(st.text("ACGTN", min_size=1, max_size=12), min_size=1, max_size=5), st.sampled_from([1, 3]))
def test_the_other_strand_of_a_batch_is_that_of_its_letters(sequences: list[str], k: int) -> None:
    rows = np.arange(len(sequences))
    tokens, mask = padded_batch(column_of(k, sequences), rows, CPU)
    expected, _ = padded_batch(column_of(k, [reverse_complement(one) for one in sequences]), rows, CPU)
    assert OtherStrand(WORDS[k], CPU).of(tokens, mask).tolist() == expected.tolist()


def test_averaged_logits_stand_for_the_mean_of_the_probabilities() -> None:
    one, other = torch.randn(6, 3), torch.randn(6, 3)
    expected = (one.softmax(1) + other.softmax(1)) / 2
    torch.testing.assert_close(averaged(one, other).softmax(1), expected)
    torch.testing.assert_close(averaged(one, one).softmax(1), one.softmax(1))


@pytest.mark.parametrize("k", [1, 3])
def test_both_strands_give_the_mean_and_the_same_answer_from_either(k: int) -> None:
    network, other = network_of(k), OtherStrand(WORDS[k], CPU)
    forward, back = column_of(k, SEQUENCES), column_of(k, [reverse_complement(one) for one in SEQUENCES])
    alone = [predict_probabilities(network, column) for column in (forward, back)]
    together = [predict_probabilities(network, column, other_strand=other) for column in (forward, back)]
    assert np.abs(alone[0] - alone[1]).max() > 1e-3
    assert together[0] == pytest.approx((alone[0] + alone[1]) / 2, abs=1e-6)
    assert together[1] == pytest.approx(together[0], abs=1e-6)


def test_progress_counts_records_and_not_strands() -> None:
    told: list[tuple[int, int]] = []
    predict_logits(
        network_of(1),
        column_of(1, SEQUENCES),
        other_strand=OtherStrand(WORDS[1], CPU),
        progress=lambda done, of: told.append((done, of)),
    )
    assert told[-1] == (5, 5)
