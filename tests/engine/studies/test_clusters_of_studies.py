"""A comparison draws by clusters as a single run does, so that a model has the same intervals everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.known_clusters import save_clusters
from bioseq.config.loading import load_data
from bioseq.config.schema import Configuration
from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.results import EvaluatedRecords, write_evaluations
from bioseq.sequences.dataset import Dataset, Split
from bioseq.studies.comparison import compared
from bioseq.studies.folder import StudyFolder
from bioseq.studies.records import reading_table, write_table
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.evaluation.results import Evaluation

RECORDS, CLUSTERS = 60, 20


def labelled(count: int = RECORDS) -> Dataset:
    chance = np.random.default_rng(4)
    sequences = ["".join(chance.choice(list("ACGT"), 12)) for _ in range(count)]
    return Dataset.from_records(sequences, labels=[("poor", "rich")[row % 2] for row in range(count)])


def judged(run_seed: int, clusters: NDArray[np.int64] | None) -> tuple[Evaluation, EvaluatedRecords]:
    chance = np.random.default_rng(run_seed)
    score = 1 / (1 + np.exp(-(np.arange(RECORDS) % 2 - 0.5 + chance.normal(size=RECORDS))))
    chances = np.stack([1 - score, score], axis=1).astype(np.float32)
    return judge(
        lambda records, progress: chances,  # noqa: ARG005
        labelled(),
        labels=("poor", "rich"),
        split="test",
        title="A model",
        resamples=Resamples(200, 0.9),
        clusters=clusters,
    )


def study_of(folder: Path, found: list[tuple[Evaluation, EvaluatedRecords]]) -> tuple[StudyFolder, StudyState]:
    study, entries = StudyFolder(folder), []
    for number, (evaluation, records) in enumerate(found, 1):
        entry = Entry(number, f"variant_{number}", "", (), f"runs/{number}", state=EntryState.FINISHED)
        run = study.run(entry.folder)
        run.path.mkdir(parents=True)
        write_evaluations(run.metrics, {"test": evaluation})
        records.save(run.evaluation)
        entries.append(replace(entry, metrics=evaluation.model.metrics, split="test"))
    return study, StudyState("compare", entries=tuple(entries))


@pytest.mark.parametrize("clustered", [True, False])
def test_a_model_has_the_same_intervals_in_a_comparison_as_in_its_run(tmp_path: Path, *, clustered: bool) -> None:
    clusters = np.arange(RECORDS) // 2 % CLUSTERS * 7 if clustered else None
    found = [judged(seed, clusters) for seed in (1, 2)]
    rows = {row.name: row for row in compared(*study_of(tmp_path, found)).rows}
    for number, (evaluation, _) in enumerate(found, 1):
        for name, interval in evaluation.model.intervals.items():
            figure = rows[f"variant_{number}"].figures[name]
            assert (figure.low, figure.high) == pytest.approx((interval.low, interval.high), nan_ok=True), name


def test_differences_between_models_are_drawn_by_clusters_too(tmp_path: Path) -> None:
    """All records of a cluster fare alike: as many differences as there are clusters, and not as records."""
    dataset = labelled()
    truth = dataset.labels.astype(int)
    clusters = truth * 100 + np.arange(RECORDS) // 12
    kinds = np.unique(clusters, return_inverse=True)[1]

    def width(known: NDArray[np.int64] | None, folder: Path) -> float:
        chance, found = np.random.default_rng(1), []
        for right in (0.9, 0.6):
            told = np.where(chance.random(kinds.max() + 1)[kinds] < right, truth, 1 - truth)
            chances = np.where(np.arange(2) == told[:, None], 0.9, 0.1).astype(np.float32)
            found.append(
                judge(
                    lambda records, progress, chances=chances: chances,  # type: ignore[misc]  # noqa: ARG005
                    dataset,
                    labels=("poor", "rich"),
                    split="test",
                    title="",
                    resamples=Resamples(200),
                    clusters=known,
                )
            )
        (pair,) = compared(*study_of(folder, found)).pairs
        gap = pair.differences["accuracy"]
        return gap.high - gap.low

    assert width(clusters, tmp_path / "clusters") > 1.4 * width(None, tmp_path / "records")


def test_clusters_of_evaluated_records_survive_their_files_and_old_files_have_none(tmp_path: Path) -> None:
    clusters = np.arange(RECORDS) // 3
    _, records = judged(1, clusters)
    records.save(tmp_path)
    kept = EvaluatedRecords.open(tmp_path).clusters
    assert kept is not None
    assert kept.tolist() == clusters.tolist()
    (tmp_path / "clusters.npy").unlink()
    assert EvaluatedRecords.open(tmp_path).clusters is None


def test_an_entry_that_reads_a_table_of_the_study_knows_the_clusters_of_its_records(tmp_path: Path) -> None:
    dataset = labelled(40)
    clusters = np.arange(40) // 4
    splits = np.full(40, Split.TRAIN, np.uint8)
    splits[::3], splits[1::3] = Split.TEST, Split.UNASSIGNED
    write_table(tmp_path / "fold.csv", dataset, splits)
    config = reading_table(Configuration(), tmp_path / "fold.csv")
    assert load_data(config).clusters is None
    save_clusters(tmp_path, dataset, clusters)
    found = load_data(config)
    assert found.clusters is not None
    assert found.clusters.tolist() == clusters[splits != Split.UNASSIGNED].tolist()


def test_a_table_with_a_record_of_no_known_cluster_is_read_without_clusters(tmp_path: Path) -> None:
    dataset = labelled(40)
    write_table(tmp_path / "fold.csv", dataset, np.full(40, Split.TRAIN, np.uint8))
    save_clusters(tmp_path, dataset.take(np.arange(39)), np.arange(39))
    assert load_data(reading_table(Configuration(), tmp_path / "fold.csv")).clusters is None
