"""The records of a study as tables of its own: with the parts of a cross-validation, or without the test records.

Entries that read such a table cannot see records that are not in it. Records are written as they are after cleaning.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.config.known_clusters import save_clusters
from bioseq.config.schema import DataFile
from bioseq.durable import durable_file
from bioseq.errors import BioseqError
from bioseq.json_values import DamagedError
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.identity import sequence_groups
from bioseq.sequences.saved_columns import open_column
from bioseq.sequences.splits import assign_splits, folds
from bioseq.sequences.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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


def keep_clusters(folder: Path, loaded: LoadedData) -> None:
    """Keep the clusters of all records beside the tables, so that entries draw by them as a run of its own does."""
    if loaded.clusters is not None:
        save_clusters(folder, loaded.dataset, loaded.clusters)


def reading_table(config: Configuration, table: Path) -> Configuration:
    """The configuration of a training that reads such a table in place of the files.

    What was cleaned once is not cleaned again: repeats, conflicts and relatives stay as they are in the table.
    """
    id_column, sequence, label, split_column = COLUMNS
    data = config.data.model_copy(
        update={
            "files": (DataFile(path=str(table)),),
            "label_source": "column",
            "label_sheet": "",
            "id_column": id_column,
            "sequence_column": sequence,
            "label_column": label,
            "split_column": split_column,
            "repeated_sequences": "keep",
            "conflicting_labels": "keep",
            "test_in_train": "keep",
            "longest": 0,
        }
    )
    split = config.split.model_copy(
        update={"method": "random", "similar_to_test": "keep", "similar_in_training": "keep"}
    )
    return config.model_copy(update={"data": data, "split": split})


def names(loaded: LoadedData, split: Split) -> bool:
    """The files themselves say which records are of this split."""
    return bool(np.any(loaded.reading.dataset.splits == split))


def pool_of(loaded: LoadedData) -> NDArray[np.intp]:
    """Rows that may be learnt from and chosen by, ascending: those with a class that the files do not keep for a test.

    Where the files name no test records, all are in it.

    Raises:
        BioseqError: There are none.
    """
    if names(loaded, Split.TEST):
        return learnable(loaded)
    return _some(np.flatnonzero(loaded.dataset.labels != NO_LABEL))


def learnable(loaded: LoadedData) -> NDArray[np.intp]:
    """The same without the test records of the run, be they named by files or drawn.

    Raises:
        BioseqError: There are none.
    """
    dataset = loaded.dataset
    return _some(np.flatnonzero((dataset.labels != NO_LABEL) & (dataset.splits != Split.TEST)))


def groups_of(loaded: LoadedData) -> NDArray[np.int64]:
    """For each record the number of those that must stay together: its cluster where known, else equal ones, `(N,)`."""
    return sequence_groups(loaded.dataset) if loaded.clusters is None else np.asarray(loaded.clusters, np.int64)


def most_folds(loaded: LoadedData, rows: NDArray[np.intp]) -> int:
    """How many folds of these rows can each hold something of every class that they have."""
    groups, labels = groups_of(loaded)[rows], loaded.dataset.labels[rows]
    return min(len(np.unique(groups[labels == label])) for label in np.unique(labels))


def fold_numbers(loaded: LoadedData, rows: NDArray[np.intp], *, count: int, seed: int) -> NDArray[np.int64]:
    """The fold of each of these rows, 1 to `count`, `(len(rows),)`: each class evenly, what belongs together in one.

    Args:
        loaded: The records.
        rows: Those to be divided, ascending.
        count: How many folds.
        seed: Another number draws other folds.

    Raises:
        BioseqError: A class has too few different records, or clusters, for so many folds.
    """
    most = most_folds(loaded, rows)
    if most < count:
        what = "different [record|records]" if loaded.clusters is None else "[cluster|clusters] of similar records"
        raise BioseqError(
            "study.too_few_for_folds",
            f"{counted(f'A class has {{n}} {what}', most)}, too few for {count} folds.",
            where="folds",
            remedy=f"Choose {most} folds at most, or leave the class out." if most > 1 else "Leave the class out.",
        )
    return 1 + folds(loaded.dataset.take(rows), count, clusters=groups_of(loaded)[rows], seed=seed)


def with_validation(loaded: LoadedData, splits: NDArray[np.uint8], *, fraction: float, seed: int) -> NDArray[np.uint8]:
    """Splits with a share of the training records kept back for validation, `(N,)`, as a run would draw it.

    Args:
        loaded: The records.
        splits: What each is for; unassigned ones stay so.
        fraction: Share of the training records, [0, 1).
        seed: Of the draw.
    """
    rows = np.flatnonzero(splits != Split.UNASSIGNED)
    part = replace(loaded.dataset.take(rows), splits=splits[rows])
    clusters = None if loaded.clusters is None else np.asarray(loaded.clusters)[rows]
    drawn = splits.copy()
    drawn[rows] = assign_splits(part, test_fraction=0, validation_fraction=fraction, seed=seed, clusters=clusters)
    return drawn


def _some(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    if not len(rows):
        raise BioseqError(
            "data.nothing_to_train",
            "There are no labelled records to train on.",
            remedy="Add files whose records name their class, or one file per class.",
        )
    return rows


def save_folds(path: Path, numbers: Sequence[NDArray[np.int64]]) -> None:
    """Write the fold of every record, one row for each repeat, durably."""
    with durable_file(path) as file:
        np.save(file, np.stack(numbers), allow_pickle=False)


def place_in_pool(path: Path, repeat: int, folds: Iterable[int]) -> NDArray[np.intp]:
    """Where the records of these folds stand in the pool, one fold after the other, `(M,)`.

    Args:
        path: What `save_folds` has written.
        repeat: 1-based.
        folds: Numbers of the folds, in their order.

    Raises:
        BioseqError: The file is damaged.
    """
    numbers = _read_folds(path, repeat)
    return np.concatenate([np.flatnonzero(numbers == fold) for fold in folds])


def _read_folds(path: Path, repeat: int) -> NDArray[np.int64]:
    """The fold of every record in one repeat, `(N,)`."""
    try:
        found = open_column(path, mapped=False)
        if found.dtype == np.int64 and found.ndim == 2 and 0 < repeat <= len(found):
            row: NDArray[np.int64] = found[repeat - 1]
            return row
    except (OSError, DamagedError):
        pass
    raise BioseqError(
        "study.damaged_folds",
        "The folds of this study cannot be read.",
        where=str(path),
        remedy="Start the study again in another folder.",
    )
