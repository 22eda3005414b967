"""Methods paragraph, model card and checklists are filled in from the run, and say what only a person knows."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bioseq.catalogue.registry import MODELS
from bioseq.config.fields import with_value
from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.report.card import card_fields, card_markdown, model_card
from bioseq.report.checklists import dome, reforms
from bioseq.report.document import TO_FILL
from bioseq.report.material import Material, read_material
from bioseq.report.methods import methods_paragraph, references
from bioseq.report.sentences import records, split
from bioseq.report.write import write_report

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.runs.folder import RunFolder


def test_the_methods_paragraph_has_the_numbers_of_the_run_and_the_papers(trained_material: Material) -> None:
    text = methods_paragraph(trained_material)
    main = trained_material.main
    assert main is not None
    for part in (
        "binary classification of DNA sequences (motif and plain)",
        "160 labelled sequences (80 motif and 80 plain)",
        "32 for testing",
        "Kim 2014, doi:10.3115/v1/D14-1181",
        f"{trained_material.weights:,} weights",
        "batches of 16 records",
        "at most 4 epochs",
        f"an MCC of {main.evaluation.model.metrics['mcc']:.3f}",
        f"threshold {main.evaluation.threshold:.3g}",
        "PyTorch",
        "the random seed was 1",
    ):
        assert part in text
    assert "\n" not in text
    assert "Kim 2014" in references(trained_material)[0]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_of_the_catalogue_can_be_told_of(name: str) -> None:
    config = with_value(Configuration(), "model.name", name)
    material = Material(name="run", config=config)
    text = methods_paragraph(material)
    assert material.title in text
    assert MODELS[name].paper in text
    assert len(dome(material)) == 21


def test_at_least_seventeen_of_the_dome_fields_are_filled_in(trained_material: Material) -> None:
    items = dome(trained_material)
    assert len(items) == 21
    assert [item.code for item in items] == [
        *(f"D{number}" for number in range(1, 5)),
        *(f"O{number}" for number in range(1, 9)),
        *(f"M{number}" for number in range(1, 5)),
        *(f"E{number}" for number in range(1, 6)),
    ]
    assert sum(item.filled for item in items) >= 17
    assert all(item.filled or TO_FILL in item.answer for item in items)


def test_reforms_has_its_thirty_two_items_and_leaves_the_aims_to_the_person(trained_material: Material) -> None:
    items = {item.code: item for item in reforms(trained_material)}
    assert len(items) == 32
    assert {code[0] for code in items} == set("12345678")
    assert not items["1a"].filled
    assert items["6a"].filled
    assert items["7b"].filled


def test_the_card_lies_in_the_bundle(trained_run: RunFolder) -> None:
    with zipfile.ZipFile(trained_run.model) as archive:
        card = archive.read("card.md").decode()
    assert card.startswith("# Model card: Motif")
    assert "## DOME" in card
    assert TO_FILL in card


def test_markdown_shows_texts_of_strangers_as_text(hostile_many: Material) -> None:
    text = card_markdown(hostile_many)
    assert "\\<script\\>" in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert all(line.isprintable() for line in text.splitlines())


def test_json_says_the_same(trained_material: Material, tmp_path: Path) -> None:
    write_report(tmp_path / "card.json", [trained_material])
    fields = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert fields == json.loads(json.dumps(card_fields(trained_material)))
    assert list(fields["card"]) == [part.title for part in model_card(trained_material)]
    assert len(fields["dome"]) == 21


def test_a_report_of_an_unknown_kind_is_refused_with_a_remedy(trained_material: Material, tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match=r"\.docx") as refused:
        write_report(tmp_path / "report.docx", [trained_material])
    assert ".html" in refused.value.remedy


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="no run"):
        read_material(tmp_path)


def test_lengths_are_those_before_shortening_and_older_runs_say_that_theirs_are_not(trained_material: Material) -> None:
    lengths = {"shortest": 42, "median": 128.0, "longest": 1770}
    told = replace(trained_material, data={**trained_material.data, "lengths": lengths})
    assert "Sequences were 42 to 1,770 nt long (median 128)." in records(told)
    assert trained_material.model is not None
    longest = trained_material.model.profile.longest
    shortening = with_value(trained_material.config, "data.longest", longest)
    data = {name: value for name, value in trained_material.data.items() if name != "lengths"}
    older = replace(trained_material, data=data, config=shortening)
    assert "After shortening, " in records(older)
    assert "After shortening" not in records(replace(older, config=trained_material.config))


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        ({"drawn": "random"}, ["The test and validation records were drawn at random, stratified by class (seed 1)"]),
        ({"drawn": "similarity"}, ["The test and validation records were drawn as whole clusters of similar sequen"]),
        ({"drawn": "random", "drawn_at_random": ["validation"]},
         ["The test records were drawn as whole clusters", "The validation records were drawn at random because the"]),
        ({"drawn": "similarity", "splits_named": {"test": True}},
         ["The test records were those designated in the files.", "The validation records were drawn as whole"]),
        ({"drawn": "like_test", "splits_named": {"test": True}}, ["The validation records were drawn at random, "]),
        ({"drawn": "", "splits_named": {"test": True, "validation": True}},
         ["The test and validation records were those designated in the files."]),
    ],
)  # fmt: skip
def test_clusters_are_named_where_clusters_were_drawn(data: dict[str, object], parts: list[str]) -> None:
    counts = {"train": [6, 6], "validation": [2, 2], "test": [4, 4]}
    config = with_value(Configuration(), "split.identity", 0.8)
    text = split(Material(name="run", config=config, data={**data, "classes_per_split": counts}))
    assert text.startswith("The records were divided into 12 for training, 4 for validation and 8 for testing.")
    assert all(part in text for part in parts)


def test_no_name_is_cut_within_the_text() -> None:
    names = ("a" * 90, "b" * 150)
    material = Material(name="run", config=Configuration(), data={"labels": list(names), "records_used": 2})
    assert all(name in methods_paragraph(material) for name in names)
