from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.config.autofill import autofill
from bioseq.config.checks import check, task_shape
from bioseq.config.differences import differences
from bioseq.config.fields import value_at, with_value
from bioseq.config.files import loads
from bioseq.config.inspection import Inspection, configuration_for, inspect_files, open_inspection, save
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.config.writing import dumps
from bioseq.errors import BioseqError, Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Split
from bioseq.sequences.files import FileRequest
from bioseq.sequences.profile import DataProfile

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = {"dna": "ACGT", "rna": "ACGU", "protein": "ACDEFGHIKLMNPQRSTVWY"}


def a_profile(**changes: object) -> DataProfile:
    profile = DataProfile(
        molecule=Molecule.DNA,
        molecule_confidence=1.0,
        records=1_000,
        residues=41_000,
        label_names=("no", "yes"),
        class_counts={"unassigned": (0, 0), "train": (340, 340), "validation": (60, 60), "test": (100, 100)},
        unlabelled=0,
        length_quantiles=(41.0,) * 9,
        length_edges=(40.5, 41.5),
        length_counts={"no": (500,), "yes": (500,)},
        fixed_length=True,
        letters="ACGT",
        composition={},
        gc={},
        repeats=0,
        test_in_train=0,
    )
    return dataclasses.replace(profile, **changes)  # type: ignore[arg-type]


def varying(shortest: float, median: float, longest: float, **changes: object) -> DataProfile:
    quantiles = (shortest, shortest, shortest, median, median, median, longest, longest, longest)
    return a_profile(length_quantiles=quantiles, fixed_length=False, **changes)


def write_fasta(
    path: Path, *, records: int = 60, length: int = 30, molecule: str = "dna", split: str = "train"
) -> Path:
    random = np.random.default_rng(records + length)
    letters = list(LETTERS[molecule])
    lines = [
        f">{split}{row}|{'ab'[row % 2]}|{split}\n{''.join(random.choice(letters, length + row % 3 * 5))}\n"
        for row in range(records)
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def inspected(*paths: Path, **data_settings: object) -> Inspection:
    return inspect_files([FileRequest(str(path)) for path in paths], data_settings)[0]


PROFILES = {
    "sites": a_profile(),
    "regions": varying(59, 236, 247),
    "peptides": varying(2, 22, 50, molecule=Molecule.PROTEIN, letters=LETTERS["protein"]),
    "long proteins": varying(35, 507, 8_682, molecule=Molecule.PROTEIN, letters=LETTERS["protein"]),
    "rare class": a_profile(class_counts={"train": (1_700, 111), "validation": (250, 17), "test": (427, 28)}),
    "few": a_profile(class_counts={"train": (9, 8), "validation": (2, 2), "test": (5, 5)}),
    "many": a_profile(class_counts={"train": (400_000, 380_000), "validation": (5_000, 5_000), "test": (9, 9)}),
    "three classes": a_profile(label_names=("1", "2", "3"), class_counts={"unassigned": (50, 60, 70)}),
    "one class": a_profile(label_names=("1",), class_counts={"unassigned": (50,)}),
    "no labels": a_profile(label_names=(), class_counts={"unassigned": ()}, unlabelled=100),
    "one letter": a_profile(length_quantiles=(1.0,) * 9),
}


@pytest.mark.parametrize("name", PROFILES)
def test_whatever_the_data_the_result_is_legal_and_every_choice_has_its_reason(name: str) -> None:
    given = Configuration(data=DataSettings(files=(DataFile(path="/data/x.fa"),)))
    filled = autofill(PROFILES[name], given)
    assert loads(dumps(filled.config)) == filled.config
    assert all(reason.sentence.endswith(".") and len(reason.sentence) > 20 for reason in filled.reasons)
    reasons = {reason.path: reason for reason in filled.reasons}
    assert len(reasons) == len(filled.reasons)
    for difference in differences(given, filled.config):
        assert difference.path in reasons, difference.path
    assert filled.config.model.name in ARCHITECTURES
    errors = [problem for problem in check(filled.config, PROFILES[name]) if problem.severity is Severity.ERROR]
    assert [problem.code for problem in errors] == (["data.one_class"] if len(PROFILES[name].label_names) < 2 else [])


def test_without_evidence_the_network_sees_motifs_and_positions() -> None:
    filled = autofill(PROFILES["sites"], Configuration())
    assert ARCHITECTURES[filled.config.model.name].knows_position
    for name in ("sites", "regions", "peptides", "long proteins"):
        assert autofill(PROFILES[name], Configuration()).config.model.name == "text_cnn", name


def test_the_answer_is_combined_with_the_simple_models_unless_a_person_says_otherwise() -> None:
    assert autofill(PROFILES["sites"], Configuration()).config.model.combine
    assert not Configuration().model.combine


def test_two_classes_of_unlike_size_get_a_threshold_and_no_weights() -> None:
    rare = autofill(PROFILES["rare class"], Configuration()).config
    assert rare.training.class_weights == "none"
    assert autofill(PROFILES["sites"], Configuration()).config.training.class_weights == "none"


def test_more_classes_of_unlike_size_get_weights() -> None:
    profile = a_profile(label_names=("a", "b", "c"), class_counts={"unassigned": (900, 300, 100)})
    assert autofill(profile, Configuration()).config.training.class_weights == "balanced"


def test_the_epoch_is_chosen_past_what_calibration_sets_right_unless_it_is_off() -> None:
    plain = with_value(Configuration(), "evaluation.calibrate", False)
    for name, otherwise in (("sites", "loss"), ("rare class", "mcc")):
        assert autofill(PROFILES[name], Configuration()).config.training.selection_metric == "calibrated_loss"
        assert autofill(PROFILES[name], plain).config.training.selection_metric == otherwise


@pytest.mark.parametrize(
    ("counts", "aim"),
    [
        ({"unassigned": (0, 0), "train": (800, 200), "validation": (80, 20), "test": (50, 50)}, "mcc"),
        ({"unassigned": (0, 0), "train": (800, 200), "validation": (95, 5), "test": (50, 50)}, "mcc"),
        ({"unassigned": (0, 0), "train": (800, 200), "validation": (98, 2), "test": (50, 50)}, "fixed"),
        ({"unassigned": (4_000, 400), "train": (0, 0), "validation": (0, 0), "test": (0, 0)}, "mcc"),
        ({"unassigned": (200, 20), "train": (0, 0), "validation": (0, 0), "test": (0, 0)}, "fixed"),
        ({"unassigned": (400, 400), "train": (0, 0), "validation": (0, 0), "test": (0, 0)}, "fixed"),
    ],
)
def test_the_threshold_is_chosen_where_one_class_is_rare_and_enough_records_choose(
    counts: dict[str, tuple[int, ...]], aim: str
) -> None:
    filled = autofill(a_profile(class_counts=counts), Configuration())
    assert filled.config.evaluation.threshold_aim == aim
    assert any(reason.path == "evaluation.threshold_aim" for reason in filled.reasons) == (aim != "fixed")


def test_long_sequences_are_shortened_and_short_ones_are_not() -> None:
    assert autofill(PROFILES["long proteins"], Configuration()).config.data.longest == 1_000
    assert autofill(PROFILES["regions"], Configuration()).config.data.longest == 0


def test_more_records_mean_larger_batches_and_fewer_epochs() -> None:
    few, some, many = (autofill(PROFILES[name], Configuration()).config.training for name in ("few", "sites", "many"))
    assert few.batch_size <= some.batch_size < many.batch_size
    assert few.epochs >= some.epochs > many.epochs
    assert few.patience >= some.patience > many.patience


def test_what_is_no_matter_of_the_data_stays_as_it_was() -> None:
    given = apply_overrides(
        Configuration(), ["data.illegal_letters=stop", "training.seed=9", "output.name=mine", "split.seed=4"]
    )
    filled = autofill(PROFILES["regions"], given).config
    for path in ("data.illegal_letters", "training.seed", "output.name", "split.seed"):
        assert value_at(filled, path) == value_at(given, path)


def test_an_inspection_tells_what_is_there_and_survives_the_disk(tmp_path: Path) -> None:
    train = write_fasta(tmp_path / "train.fasta")
    test = write_fasta(tmp_path / "test.fasta", records=20, split="test")
    requests = [FileRequest(str(train)), FileRequest(str(test))]
    calls: list[tuple[int, int]] = []
    inspection, dataset = inspect_files(requests, {}, progress=lambda done, total: calls.append((done, total)))
    assert inspection.molecule is Molecule.DNA
    assert [source.records for source in inspection.sources] == [60, 20]
    assert [file.path for file in inspection.config.data.files] == [str(train), str(test)]
    assert inspection.config.data.molecule == "dna"
    assert len(dataset) == 80
    assert calls
    assert calls[-1][0] == calls[-1][1]
    save(inspection, tmp_path)
    assert open_inspection(tmp_path) == inspection


def test_the_split_that_is_shown_is_the_split_that_is_trained(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "all.fasta", records=90)
    text = path.read_text(encoding="utf-8").replace("|train\n", "|\n").replace("A", "N", 3)
    path.write_text(text.replace("|\n", "|train\n", 40), encoding="utf-8")
    inspection, dataset = inspect_files([FileRequest(str(path))], {"ambiguous_letters": "drop"})
    loaded = load_data(inspection.config)
    assert np.array_equal(dataset.splits[loaded.cleaned.kept_rows], loaded.dataset.splits)
    assert loaded.profile.class_counts == inspection.profile.class_counts
    assert loaded.profile.length_quantiles == inspection.profile.length_quantiles
    assert len(loaded.dataset) < len(dataset)
    assert np.any(loaded.dataset.splits == Split.VALIDATION)


def test_the_source_of_the_labels_is_named_and_reading_by_it_gives_the_same(tmp_path: Path) -> None:
    header = write_fasta(tmp_path / "header.fasta")
    plain = "".join(f">{row}\n{'ACGT' * (row + 3)}\n" for row in range(20))
    (tmp_path / "positive.fa").write_text(plain, encoding="utf-8")
    (tmp_path / "negative.fa").write_text(plain.replace("A", "G"), encoding="utf-8")
    table = "id,sequence,label\n" + "".join(f"r{row},{'ACGT' * 5},{'xy'[row % 2]}\n" for row in range(20))
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    for paths, source in (
        ([header], "header"),
        ([tmp_path / "positive.fa", tmp_path / "negative.fa"], "file"),
        ([tmp_path / "table.csv"], "column"),
        ([header, tmp_path / "table.csv"], "auto"),
    ):
        inspection, dataset = inspect_files([FileRequest(str(path)) for path in paths], {})
        assert inspection.config.data.label_source == source
        loaded = load_data(inspection.config)
        assert loaded.dataset.label_names == dataset.label_names
        assert np.array_equal(loaded.dataset.labels, dataset.labels[loaded.cleaned.kept_rows])


def test_settings_given_by_hand_decide_how_files_are_read(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "x.fasta")
    assert inspected(path, molecule="protein").molecule is Molecule.PROTEIN
    with pytest.raises(BioseqError, match="not one of"):
        configuration_for([FileRequest(str(path))], {"molecule": "lipid"})


def test_inspection_shows_what_would_stop_a_training_which_then_stops(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "x.fasta")
    path.write_text(path.read_text(encoding="utf-8").replace("A", "J", 1), encoding="utf-8")
    inspection = inspected(path, illegal_letters="stop")
    assert inspection.config.data.illegal_letters == "stop"
    with pytest.raises(BioseqError):
        load_data(inspection.config)


def test_a_lost_or_foreign_inspection_is_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="cannot be opened"):
        open_inspection(tmp_path)
    for content in ("{}", "[]", "{", '{"format": 99}'):
        (tmp_path / "inspection.json").write_text(content, encoding="utf-8")
        with pytest.raises(BioseqError, match="cannot be opened"):
            open_inspection(tmp_path)


def test_data_without_files_are_refused_with_words() -> None:
    with pytest.raises(BioseqError, match="names no data files"):
        load_data(Configuration())


def with_files(*overrides: str) -> Configuration:
    config = with_value(Configuration(), "data.files", [DataFile(path="/data/x.fa")])
    return apply_overrides(config, overrides)


@pytest.mark.parametrize(
    ("overrides", "profile", "where", "severity"),
    [
        ([], "sites", None, None),
        (["data.label_source=sheet"], "sites", "data.label_sheet", "error"),
        (["tokens.kind=kmers", "tokens.k=4"], "peptides", "tokens.k", "error"),
        (["tokens.kind=kmers", "tokens.k=6"], "sites", None, None),
        (["model.name=text_cmm"], "sites", "model.name", "error"),
        (["model.name=transformer", "model.hyper.width=66"], "sites", "model.hyper", "error"),
        (["training.class_weights=custom"], "sites", "training.custom_weights", "error"),
        (
            ["training.class_weights=custom", "training.custom_weights.yes=2"],
            "sites",
            "training.custom_weights",
            "error",
        ),
        (["evaluation.threshold_aim=mcc"], "sites", None, None),
        (["evaluation.threshold_aim=mcc"], "three classes", "evaluation.threshold_aim", "warning"),
        (["evaluation.positive_label=yse"], "sites", "evaluation.positive_label", "error"),
        (["split.validation_fraction=0"], "three classes", "split.validation_fraction", "warning"),
        (["split.validation_fraction=0"], "sites", None, None),
        (["split.test_fraction=0"], "three classes", "split.test_fraction", "warning"),
        (["training.batch_size=9999"], "sites", "training.batch_size", "warning"),
        ([], "one class", "data.label_source", "error"),
        ([], "no labels", "data.label_source", "error"),
    ],
)
def test_options_that_contradict_each_other_or_the_data_are_found(
    overrides: list[str], profile: str, where: str | None, severity: str | None
) -> None:
    found = check(with_files(*overrides), PROFILES[profile])
    assert [(problem.where, problem.severity.value) for problem in found] == ([(where, severity)] if where else [])


def test_the_shape_of_the_task_follows_tokens_and_length() -> None:
    assert task_shape(with_files(), PROFILES["sites"]).vocabulary == 6
    words = task_shape(with_files("tokens.kind=kmers", "tokens.k=3"), PROFILES["sites"])
    assert (words.vocabulary, words.longest, words.fixed_length) == (66, 39, True)
    cut = task_shape(with_files("data.longest=100"), PROFILES["long proteins"])
    assert (cut.vocabulary, cut.longest, cut.fixed_length) == (22, 100, False)


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (("antimicrobial", "other"), "antimicrobial"),
        (("negative", "positive"), "positive"),
        (("m1A", "unmodified"), "m1A"),
        (("0", "1"), "1"),
        (("Non-binding", "binding"), "binding"),
        (("mutant", "wildtype"), "mutant"),
        (("-1", "1"), "1"),
        (("+", "-"), "+"),
        (("missense", "nonsense"), ""),
        (("Notch1", "Notch2"), ""),
        (("cat", "dog"), ""),
        (("0", "none"), ""),
        (("a", "b", "other"), ""),
    ],
)
def test_the_positive_class_is_the_one_that_is_not_called_a_negative(labels: tuple[str, ...], positive: str) -> None:
    profile = a_profile(label_names=labels, class_counts={"train": (340,) * len(labels)})
    filled = autofill(profile, Configuration())
    assert filled.config.evaluation.positive_label == positive
    assert any(reason.path == "evaluation.positive_label" for reason in filled.reasons) == bool(positive)


def reasons_of(*paths: Path) -> dict[str, str]:
    return {reason.path: reason.sentence for reason in inspected(*paths).reasons}


def test_test_records_that_the_program_draws_itself_are_not_said_to_be_in_the_files(tmp_path: Path) -> None:
    chance = np.random.default_rng(4)
    for name in ("positive", "negative"):
        records = "".join(f">{name[0]}{row}\n{''.join(chance.choice(list('ACGT'), 60))}\n" for row in range(60))
        (tmp_path / f"{name}.fa").write_text(records, encoding="utf-8")
    paths = [tmp_path / "positive.fa", tmp_path / "negative.fa"]
    said = reasons_of(*paths)
    assert said["split.test_fraction"] == (
        "The files name no test records, so a fifth is kept back for the final test."
    )
    assert "Not used" not in said["split.validation_fraction"]
    profile = inspected(*paths).profile
    assert profile.drawn == ("validation", "test")
    assert sum(profile.class_counts["test"]) == 24
    assert profile.named("test") == 0


def test_records_that_the_files_name_for_a_split_are_counted_in_the_reason(tmp_path: Path) -> None:
    splits = ("train", "test", "validation")
    files = [
        write_fasta(tmp_path / f"{split}.fasta", split=split, records=30 + 2 * n) for n, split in enumerate(splits)
    ]
    said = reasons_of(*files)
    assert said["split.test_fraction"].startswith("Not used: the files name 32 test records")
    assert said["split.validation_fraction"].startswith("Not used: the files name 34 validation records")
    train = reasons_of(files[0], files[2])
    assert train["split.test_fraction"].startswith("The files name no test records")
    assert train["split.validation_fraction"].startswith("Not used: the files name 34")


def test_a_profile_from_before_draws_were_noted_is_read() -> None:
    fields = dataclasses.asdict(a_profile())
    del fields["drawn"]
    assert DataProfile.from_dict(fields) == a_profile()


def test_a_label_sheet_among_the_files_becomes_the_sheet_of_the_configuration(tmp_path: Path) -> None:
    records, sheet = tmp_path / "plain.fa", tmp_path / "labels.csv"
    records.write_text("".join(f">s{row}\n{'ACGT' * 5}{'ACGT'[row % 4] * (row % 7)}\n" for row in range(40)))
    sheet.write_text("id,label\n" + "".join(f"s{row},{'ab'[row % 2]}\n" for row in range(40)))
    inspection = inspected(records, sheet)
    data = inspection.config.data
    assert [file.path for file in data.files] == [str(records)]
    assert (data.label_source, data.label_sheet) == ("sheet", str(sheet))
    assert load_data(inspection.config).dataset.label_names == ("a", "b")
