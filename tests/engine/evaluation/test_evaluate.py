"""A network and its baselines are judged on the same records, and what was found survives its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from bioseq.catalogue.specification import TaskShape
from bioseq.errors import BioseqError
from bioseq.evaluation.baselines import fit_majority
from bioseq.evaluation.evaluate import judge, truth_in
from bioseq.evaluation.inference import predict_logits, predict_probabilities, predicting
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations, write_evaluations
from bioseq.models.base import Encoding, Network
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

VOCABULARY = Vocabulary(Molecule.DNA)
A_TOKEN = 2


class CountsA(Network):
    """Says "rich" the more surely, the more A a sequence has above one half; dropout only while it learns."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__(TaskShape(VOCABULARY.size, classes, 10, False))
        self.drop = nn.Dropout(0.5)
        self.head = nn.Identity()

    def encode(self, tokens: torch.Tensor, mask: torch.Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        share = ((tokens == A_TOKEN) & mask).sum(1) / mask.sum(1)
        logits = torch.stack([torch.zeros_like(share), 10 * (share - 0.5)], dim=1)
        padding = torch.full((len(tokens), self.task.classes - 2), -5.0)
        return Encoding(self.drop(torch.cat([logits, padding], dim=1)))


def records() -> Dataset:
    sequences = ["AAAA", "AAAC", "CCCC", "ACGTACGTAC", "A", "CG"]
    return Dataset.from_records(sequences, labels=["rich", "rich", "poor", "poor", "rich", None])


def test_probabilities_come_in_the_order_of_the_records_whatever_the_batches() -> None:
    dataset = records()
    column = VOCABULARY.encode(dataset.letters, dataset.offsets)
    network, seen = CountsA(), []
    expected = 1 / (1 + np.exp(-10 * (np.array([1, 0.75, 0, 0.3, 1, 0]) - 0.5)))
    for batch_tokens in (1, 7, 10_000):
        seen.clear()
        found = predict_probabilities(
            network, column, batch_tokens=batch_tokens, progress=lambda done, total: seen.append((done, total))
        )
        assert found.dtype == np.float32
        np.testing.assert_allclose(found[:, 1], expected, atol=1e-6)
        assert seen[-1] == (6, 6)
    assert network.training, "the mode is put back"


def test_no_records_give_no_probabilities() -> None:
    nothing = VOCABULARY.encode(np.zeros(0, np.uint8), np.zeros(1, np.int64))
    assert predict_probabilities(CountsA(), nothing).shape == (0, 2)
    assert predict_logits(CountsA(), nothing).shape == (0, 2)


def test_progress_may_raise_to_end_the_work() -> None:
    dataset = records()

    def refuse(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        predict_logits(CountsA(), VOCABULARY.encode(dataset.letters, dataset.offsets), progress=refuse)


def test_model_and_baselines_are_judged_on_the_labelled_records() -> None:
    dataset = records()
    labelled = dataset.take(np.arange(5))
    evaluation, judged = judge(
        predicting(CountsA(), VOCABULARY),
        dataset,
        labels=("poor", "rich"),
        split="test",
        title="A counter",
        baselines=[fit_majority(labelled)],
    )
    assert evaluation.records == len(judged.truth) == 5
    assert evaluation.positive == "rich"
    assert evaluation.model.title == "A counter"
    assert evaluation.model.metrics["accuracy"] == 1
    assert evaluation.model.confusion == ((2, 0), (0, 3))
    assert evaluation.model.per_class["poor"]["sensitivity"] == 1
    assert [one.name for one in evaluation.baselines] == ["majority"]
    assert evaluation.baselines[0].metrics["accuracy"] == pytest.approx(0.6)
    assert list(judged.ids) == [f"record_{number}" for number in range(1, 6)]
    assert set(judged.baselines) == {"majority"}


def test_threshold_and_positive_class_are_those_asked_for() -> None:
    options: dict[str, Any] = {"labels": ("poor", "rich"), "split": "files", "title": ""}
    strict, _ = judge(predicting(CountsA(), VOCABULARY), records(), threshold=0.95, **options)
    assert strict.model.confusion == ((2, 0), (1, 2))
    other, _ = judge(predicting(CountsA(), VOCABULARY), records(), positive=0, **options)
    assert other.positive == "poor"
    assert other.model.metrics["sensitivity"] == 1


def test_the_classes_of_a_file_are_found_by_name_in_those_of_the_model() -> None:
    dataset = Dataset.from_records(["A", "C", "G", "T"], labels=["rich", "other", None, "poor"])
    assert truth_in(dataset, ("poor", "rich", "third")).tolist() == [1, -1, -1, 0]
    evaluation, judged = judge(
        predicting(CountsA(3), VOCABULARY), dataset, labels=("poor", "rich", "third"), split="files", title=""
    )
    assert judged.truth.tolist() == [1, 0]
    assert evaluation.positive == ""
    assert set(evaluation.model.per_class) == {"poor", "rich", "third"}


def test_records_without_a_known_class_are_an_error_with_the_remedy() -> None:
    dataset = Dataset.from_records(["A", "C"], labels=[None, "unheard"])
    with pytest.raises(BioseqError) as caught:
        judge(predicting(CountsA(), VOCABULARY), dataset, labels=("poor", "rich"), split="files", title="")
    assert caught.value.code == "evaluation.no_labels"
    assert "found 'unheard'" in caught.value.message
    assert caught.value.remedy.startswith("The model's classes are 'poor' and 'rich'.")


def test_evaluations_survive_their_files(tmp_path: Path) -> None:
    dataset = Dataset.from_records(["AAA", "AAC"], labels=["rich", "rich"])
    evaluation, judged = judge(
        predicting(CountsA(), VOCABULARY), dataset, labels=("poor", "rich"), split="test", title="m"
    )
    write_evaluations(tmp_path / "metrics.json", {"test": evaluation})
    (again,) = read_evaluations(tmp_path / "metrics.json").values()
    assert np.isnan(again.model.metrics["roc_auc"])
    assert repr(again) == repr(evaluation)
    judged.save(tmp_path / "evaluation")
    opened = EvaluatedRecords.open(tmp_path / "evaluation")
    np.testing.assert_array_equal(opened.probabilities, judged.probabilities)
    assert list(opened.sequences) == ["AAA", "AAC"]
