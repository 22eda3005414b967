"""Settings decide what happens to relatives: none across the split, none in training twice, none like the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.relatives import named_test_has_relatives
from bioseq.config.schema import Configuration
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.similarity.clusters import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.loading import LoadedData

FAMILIES, MEMBERS, LENGTH = 40, 5, 90


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "cache"))


def records() -> list[tuple[int, str]]:
    """Families of sequences that differ in a tenth of their letters and in a few that are missing."""
    chance = np.random.default_rng(9)
    found = []
    for family in range(FAMILIES):
        parent = chance.choice(list("ACGT"), LENGTH)
        for _ in range(MEMBERS):
            member = parent.copy()
            member[chance.choice(LENGTH, 9, replace=False)] = chance.choice(list("ACGT"), 9)
            found.append((family % 2, "".join(np.delete(member, slice(40, 40 + int(chance.integers(0, 4)))))))
    return found


def loaded(tmp_path: Path, *settings: str, tests: int = 0) -> LoadedData:
    """The records; the first of so many families are marked as test records, the others as training ones."""
    split = ["test" if tests and row % MEMBERS == 0 and row < tests * MEMBERS else "train" for row in range(200)]
    text = "".join(f">r{row}|{label}|{split[row]}\n{letters}\n" for row, (label, letters) in enumerate(records()))
    path = tmp_path / "families.fasta"
    path.write_text(text, encoding="utf-8")
    config = Configuration.model_validate({"data": {"files": [{"path": str(path)}]}})
    return load_data(apply_overrides(config, list(settings)))


def across(data: LoadedData, one: Split, other: Split) -> int:
    """Records of one part that are similar to a record of the other."""
    parts = [data.dataset.take(data.dataset.rows_of(split)) for split in (one, other)]
    found = nearest(*parts, molecule=data.molecule, identity=0.8)
    return int((found.identity >= 0.8).sum())


def test_no_similar_pair_stands_across_a_split_by_similarity(tmp_path: Path) -> None:
    data = loaded(tmp_path, "split.method=similarity")
    for one, other in ((Split.TRAIN, Split.TEST), (Split.TRAIN, Split.VALIDATION), (Split.VALIDATION, Split.TEST)):
        assert across(data, one, other) == 0
    assert data.clusters is not None
    assert len(np.unique(data.clusters)) == FAMILIES
    assert [sum(data.profile.class_counts[name]) for name in ("train", "validation", "test")] == [140, 20, 40]


def test_at_random_relatives_stand_on_both_sides(tmp_path: Path) -> None:
    data = loaded(tmp_path, "split.method=random")
    assert across(data, Split.TRAIN, Split.TEST) > 30
    assert data.clusters is None


def test_clusters_are_looked_for_once(tmp_path: Path) -> None:
    first = loaded(tmp_path, "split.method=similarity")
    kept = list((tmp_path / "cache" / "clusters").iterdir())
    again = loaded(tmp_path, "split.method=similarity", "split.seed=2")
    assert len(kept) == 1
    assert list((tmp_path / "cache" / "clusters").iterdir()) == kept
    assert np.array_equal(first.clusters, again.clusters)
    assert not np.array_equal(first.dataset.splits, again.dataset.splits)


def test_training_records_like_given_test_records_can_be_left_out(tmp_path: Path) -> None:
    assert across(loaded(tmp_path, tests=8), Split.TRAIN, Split.TEST) == 8
    data = loaded(tmp_path, "split.similar_to_test=drop_from_train", "split.validation_fraction=0", tests=8)
    assert across(data, Split.TRAIN, Split.TEST) == 0
    assert len(data.dataset) == 200 - 8 * (MEMBERS - 1)
    assert [f.count for f in data.cleaned_findings if f.code == "dropped_similar_to_test"] == [8 * (MEMBERS - 1)]
    assert len(data.cleaned.kept_rows) == len(data.dataset)


def test_one_record_can_stand_for_all_like_it(tmp_path: Path) -> None:
    data = loaded(tmp_path, "split.similar_in_training=drop", "split.validation_fraction=0", tests=8)
    assert len(data.dataset.rows_of(Split.TRAIN)) == FAMILIES
    assert len(data.dataset.rows_of(Split.TEST)) == 8


def test_reverse_complements_are_leaks_where_strands_do_not_matter(tmp_path: Path) -> None:
    turn = str.maketrans("ACGT", "TGCA")
    texts = [letters for _, letters in records()[::MEMBERS]]
    lines = [f">r{row}|{row % 2}|train\n{letters}\n" for row, letters in enumerate(texts)]
    lines += [f">t{row}|{row % 2}|test\n{texts[row][::-1].translate(turn)}\n" for row in range(6)]
    path = tmp_path / "turned.fasta"
    path.write_text("".join(lines), encoding="utf-8")
    config = Configuration.model_validate({"data": {"files": [{"path": str(path)}]}})
    for settings, left in (([], 40), (["augmentation.reverse_complement=0.5"], 34), (["split.both_strands=true"], 34)):
        data = load_data(apply_overrides(config, [*settings, "split.validation_fraction=0"]))
        assert len(data.dataset.rows_of(Split.TRAIN)) == left


def test_validation_can_be_drawn_like_a_named_test_that_has_relatives(tmp_path: Path) -> None:
    data = loaded(tmp_path, "split.method=similarity", "split.like_named_test=true", tests=20)
    assert data.drawn == "like_test"
    assert across(data, Split.VALIDATION, Split.TRAIN) > 15
    assert [finding.setting for finding in data.cleaned_findings if finding.code == "validation_like_test"] == [
        "split.like_named_test"
    ]
    assert data.clusters is not None  # intervals still take whole clusters
    apart = loaded(tmp_path, "split.method=similarity", tests=20)
    assert apart.drawn == "similarity"
    assert across(apart, Split.VALIDATION, Split.TRAIN) == 0


def test_without_a_named_test_whole_clusters_are_drawn_in_any_case(tmp_path: Path) -> None:
    data = loaded(tmp_path, "split.method=similarity", "split.like_named_test=true")
    assert data.drawn == "similarity"
    assert across(data, Split.VALIDATION, Split.TRAIN) == 0


def named(*, tests: list[int], clusters: list[int], copies: int = 0) -> bool:
    """What is said of different sequences in these clusters, some of which the files name for the test."""
    sequences = [f"ACGT{number:08b}".replace("0", "A").replace("1", "C") for number in range(len(clusters))]
    sequences[:copies] = sequences[:1] * copies
    splits = [Split.TEST if row in tests else Split.TRAIN for row in range(len(clusters))]
    labels = ["a" if row % 2 else "b" for row in range(len(clusters))]
    return named_test_has_relatives(
        Dataset.from_records(sequences, labels=labels, splits=splits), np.array(clusters, np.int64)
    )


def test_a_named_test_with_relatives_is_told_from_one_that_was_kept_apart() -> None:
    assert named(tests=[0, 2], clusters=[1, 1, 2, 2, 3, 3, 3, 4])
    assert not named(tests=[0, 1], clusters=[1, 1, 2, 2, 3, 3, 3, 4])
    assert not named(tests=[], clusters=[1, 1, 2, 2])


def test_copies_are_no_relatives() -> None:
    assert not named(tests=[7], clusters=[1, 1, 1, 2, 3, 4, 5, 6], copies=3)


def found_in(tmp_path: Path, text: str, *settings: str) -> LoadedData:
    path = tmp_path / "records.fasta"
    path.write_text(text, encoding="utf-8")
    config = Configuration.model_validate({"data": {"files": [{"path": str(path)}]}})
    return load_data(apply_overrides(config, ["split.method=similarity", *settings]))


def windows(count: int, length: int = 60) -> list[str]:
    return ["".join(row) for row in np.random.default_rng(3).choice(list("ACGT"), (count, length))]


def test_too_few_records_are_not_called_clusters_that_are_too_large(tmp_path: Path) -> None:
    text = "".join(f">r{row}|{'abcd'[row // 2]}|train\n{letters}\n" for row, letters in enumerate(windows(8)))
    data = found_in(tmp_path, text)
    findings = [finding for finding in data.cleaned_findings if finding.setting.startswith("split.")]
    assert [finding.code for finding in findings] == ["too_few_records"]
    assert "Too few records of 'a', 'b', 'c' and 'd'" in findings[0].message
    assert not any(word in findings[0].message + findings[0].remedy for word in ("luster", "flatter", "similar"))
    assert data.drawn == "similarity"


def test_records_without_labels_are_not_looked_through_for_clusters(tmp_path: Path) -> None:
    data = found_in(tmp_path, "".join(f">r{row}\n{letters}\n" for row, letters in enumerate(windows(8))))
    assert (data.clusters, data.drawn) == (None, "")
    assert not any("luster" in finding.message for finding in data.cleaned_findings)


def test_clusters_that_are_too_large_are_called_so(tmp_path: Path) -> None:
    chance = np.random.default_rng(5)
    parent = np.array(list(windows(1, 90)[0]))
    lines = []
    for row in range(60):
        member = parent.copy()
        member[chance.choice(90, 6, replace=False)] = chance.choice(list("ACGT"), 6)
        lines.append(f">r{row}|{row % 2}|train\n{''.join(member)}\n")
    codes = [finding.code for finding in found_in(tmp_path, "".join(lines)).cleaned_findings]
    assert codes.count("clusters_too_large") == 2


def test_tiles_of_one_region_stand_on_one_side(tmp_path: Path) -> None:
    regions = windows(60, 200)
    lines = [
        f">r{number}_{start}|{number % 2}|train\n{region[start : start + 81]}\n"
        for number, region in enumerate(regions)
        for start in range(0, 120, 10)
    ]
    data = found_in(tmp_path, "".join(lines))
    of_region = np.array([int(name[1:].split("_")[0]) for name in data.dataset.ids])
    for number in range(60):
        assert len(np.unique(data.dataset.splits[of_region == number])) == 1
    assert across(data, Split.TRAIN, Split.TEST) == 0
