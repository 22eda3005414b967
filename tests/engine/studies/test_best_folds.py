"""How "Find the best model" draws its folds: by whole clusters, or as the test that the files name was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import DataFile
from bioseq.sequences.dataset import Split
from bioseq.studies.best import planned
from bioseq.studies.folder import create_study
from bioseq.studies.plan import Plan, load_study
from bioseq.studies.records import learnable

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.studies.folder import StudyFolder

FAMILIES, MEMBERS, LENGTH = 60, 3, 60
PLAN = Plan("best", ("lr",), minutes=1.0, workers=1)


def written(path: Path, tests: set[tuple[int, int]]) -> Path:
    """Families of sequences that differ in one letter; those in `tests` (family, member) are named for the test."""
    chance = np.random.default_rng(3)
    lines = []
    for family in range(FAMILIES):
        first = chance.choice(list("ACGT"), LENGTH)
        for member in range(MEMBERS):
            letters = first.copy()
            letters[member] = "ACGT"[("ACGT".index(letters[member]) + 1) % 4]
            split = "test" if (family, member) in tests else "train"
            lines.append(f">{family}.{member}|{family % 2}|{split}\n{''.join(letters)}\n")
    path.write_text("".join(lines), encoding="ascii")
    return path


def divided(base: Configuration, path: Path, *settings: str) -> tuple[StudyFolder, Configuration, dict[str, Any]]:
    """A study of a file whose folds are drawn, its configuration, and what is known of it so far."""
    data = base.data.model_copy(update={"files": (DataFile(path=str(path)),)})
    config = apply_overrides(base.model_copy(update={"data": data}), ["model.name=lr", "model.hyper={}", *settings])
    study = create_study(PLAN, config, path.parent / "study")
    _, config = load_study(study.plan)
    steps = planned(study, PLAN, config)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return study, config, end.value.results


def folds_of(base: Configuration, folder: Path, tests: set[tuple[int, int]]) -> tuple[np.ndarray, LoadedData, bool]:
    """The fold of each record that may be learnt from, the records, and whether the folds are drawn like the test."""
    study, config, results = divided(base, written(folder / "families.fasta", tests), "split.method=similarity")
    loaded = load_data(config)
    alike: bool = results["drawn_alike"]
    assert alike == any(finding.code == "validation_like_test" for finding in loaded.cleaned_findings)
    validation = loaded.dataset.splits[learnable(loaded)] == Split.VALIDATION
    assert np.array_equal(np.load(study.folds)[0] == 1, validation)  # the result's own, by which it is calibrated
    return np.load(study.folds)[0], loaded, alike


@pytest.mark.parametrize(("records", "folds"), [(700, 5), (5_000, 5), (5_001, 3)])
def test_with_few_records_there_are_more_folds_and_some_for_time_that_is_left(
    quick_config: Configuration, tmp_path: Path, records: int, folds: int
) -> None:
    chance = np.random.default_rng(4)
    letters = chance.choice(list("ACGT"), (records, 20))
    lines = [f">{row}|{row % 2}|train\n{''.join(letters[row])}\n" for row in range(records)]
    (tmp_path / "many.fasta").write_text("".join(lines), encoding="ascii")
    study, _, results = divided(quick_config, tmp_path / "many.fasta", "split.test_fraction=0")
    numbers = np.load(study.folds)[0]
    assert results["folds"] == folds
    assert results["further_folds"] == 2
    assert len(numbers) == records
    assert len(list(study.data.glob("fold_*.csv"))) == folds + 2
    assert np.bincount(numbers)[1:].max() < 1.1 * records / 7


def families_in_several_folds(numbers: np.ndarray, loaded: LoadedData) -> float:
    """Share of the families with members in more than one fold."""
    family = np.array([int(loaded.dataset.ids[row].partition(".")[0]) for row in learnable(loaded)])
    return float(np.mean([len(np.unique(numbers[family == one])) > 1 for one in np.unique(family)]))


def test_without_a_named_test_families_stay_in_one_fold(quick_config: Configuration, tmp_path: Path) -> None:
    numbers, loaded, alike = folds_of(quick_config, tmp_path, set())
    assert not alike
    assert families_in_several_folds(numbers, loaded) == 0


def test_a_named_test_that_was_kept_apart_keeps_them_in_one_fold(quick_config: Configuration, tmp_path: Path) -> None:
    apart = {(family, member) for family in range(10) for member in range(MEMBERS)}
    numbers, loaded, alike = folds_of(quick_config, tmp_path, apart)
    assert not alike
    assert families_in_several_folds(numbers, loaded) == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_named_test_with_relatives_is_foretold_by_folds_drawn_alike(
    quick_config: Configuration, tmp_path: Path, seed: int
) -> None:
    mixed = {(family, 0) for family in np.random.default_rng(seed).permutation(FAMILIES)[:20].tolist()}
    numbers, loaded, alike = folds_of(quick_config, tmp_path, mixed)
    assert alike
    assert families_in_several_folds(numbers, loaded) > 0.5
    assert set(numbers) == {1, 2, 3, 4, 5, 6, 7}
    assert np.bincount(numbers)[1:].max() < 1.5 * np.bincount(numbers)[1:].min()
    labels = loaded.dataset.labels[learnable(loaded)]
    assert all(np.abs(labels[numbers == fold].mean() - labels.mean()) < 0.15 for fold in range(1, 8))
    assert not np.any(loaded.dataset.splits[learnable(loaded)] == Split.TEST)
