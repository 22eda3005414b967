"""The records of a study as tables of its own: with the parts of a cross-validation, or without the test records.

Entries that read such a table cannot see records that are not in it. Records are written as they are after cleaning.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from bioseq.config.schema import DataFile
from bioseq.durable import durable_file
from bioseq.errors import BioseqError
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.identity import sequence_groups

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.sequences.dataset import Dataset

COLUMNS = ("id", "sequence", "label", "split")
_WORDS = {Split.TRAIN: "train", Split.VALIDATION: "validation", Split.TEST: "test"}


def write_table(path: Path, dataset: Dataset, splits: NDArray[np.uint8]) -> None:
    """Write the records that have a split, in their order, as CSV, durably.

    Args:
        path: The file.
        dataset: Records, cleaned.
        splits: What each is for, `(N,)`; unassigned ones are left out.
    """
    with durable_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in np.flatnonzero(splits != Split.UNASSIGNED).tolist():
            label = dataset.label_names[dataset.labels[row]]
            writer.writerow((dataset.ids[row], dataset.sequence(row), label, _WORDS[Split(int(splits[row]))]))
        text.detach()


def reading_table(config: Configuration, table: Path) -> Configuration:
    """The configuration of a training that reads such a table in place of the files.

    What was cleaned once is not cleaned again: repeats and conflicts stay as they are in the table.
    """
    id_column, sequence, label, split = COLUMNS
    data = config.data.model_copy(
        update={
            "files": (DataFile(path=str(table)),),
            "label_source": "column",
            "label_sheet": "",
            "id_column": id_column,
            "sequence_column": sequence,
            "label_column": label,
            "split_column": split,
            "repeated_sequences": "keep",
            "conflicting_labels": "keep",
            "test_in_train": "keep",
            "longest": 0,
        }
    )
    return config.model_copy(update={"data": data})


def pool_of(loaded: LoadedData) -> NDArray[np.intp]:
    """Rows that may be learnt from and chosen by, ascending: those with a class that the files do not keep for a test.

    Where the files name no test records, all are in it.

    Raises:
        BioseqError: There are none.
    """
    return _labelled(loaded, but=loaded.cleaned.dataset.splits == Split.TEST)


def learnable(loaded: LoadedData) -> NDArray[np.intp]:
    """The same without the test records of the run, be they named by files or drawn.

    Raises:
        BioseqError: There are none.
    """
    return _labelled(loaded, but=loaded.dataset.splits == Split.TEST)


def _labelled(loaded: LoadedData, *, but: NDArray[np.bool_]) -> NDArray[np.intp]:
    rows = np.flatnonzero((loaded.dataset.labels != NO_LABEL) & ~but)
    if not len(rows):
        raise BioseqError(
            "data.nothing_to_train",
            "There are no labelled records to train on.",
            remedy="Add files whose records name their class, or one file per class.",
        )
    return rows


def fold_numbers(
    dataset: Dataset, rows: NDArray[np.intp], *, folds: int, seed: int, groups: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """The fold of each of these rows, 1 to `folds`, `(len(rows),)`.

    Each class is spread evenly over the folds, and what belongs together stays together.

    Args:
        dataset: The records.
        rows: Those to be divided, ascending.
        folds: How many parts.
        seed: Another number draws other parts.
        groups: Number of the cluster of each record of the data set, `(N,)`; equal sequences when not given.

    Raises:
        BioseqError: A class has fewer groups than there are folds.
    """
    groups = sequence_groups(dataset) if groups is None else groups
    _, member = np.unique(groups[rows], return_inverse=True)
    labels = dataset.labels[rows].astype(np.int64)
    counts = np.zeros((int(member.max(initial=-1)) + 1, len(dataset.label_names)), np.int64)
    np.add.at(counts, (member, labels), 1)
    _check_counts(dataset, counts, folds)
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    held = np.zeros((folds, counts.shape[1]))
    total = np.maximum(1, counts.sum(axis=0))
    chosen = np.zeros(len(counts), np.int64)
    for group in order.tolist():
        # Where its classes are rarest so far; ties go to the smallest part, then to the first.
        present = counts[group] > 0
        fullness = (held[:, present] / total[present]).sum(axis=1)
        chosen[group] = int(np.lexsort((held.sum(axis=1), fullness))[0])
        held[chosen[group]] += counts[group]
    return chosen[member] + 1


def save_folds(path: Path, numbers: Sequence[NDArray[np.int64]]) -> None:
    """Write the fold of every record, one row for each repeat, durably."""
    with durable_file(path) as file:
        np.save(file, np.stack(numbers), allow_pickle=False)


def place_in_pool(path: Path, repeat: int) -> NDArray[np.intp]:
    """Where the records stand in the pool when those of fold 1 come first, then those of fold 2, ..., `(N,)`."""
    numbers = np.load(path, allow_pickle=False)[repeat - 1]
    return np.argsort(numbers, kind="stable")


def _check_counts(dataset: Dataset, counts: NDArray[np.int64], folds: int) -> None:
    for label, name in enumerate(dataset.label_names):
        groups = int(np.count_nonzero(counts[:, label]))
        if 0 < groups < folds:
            raise BioseqError(
                "study.too_few_for_folds",
                f"Class {name!r} has {groups} different records, too few for {folds} folds.",
                where="folds",
                remedy=f"Choose {groups} folds at most, or leave the class out." if groups > 1 else "Leave it out.",
            )
