from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bioseq.config.fields import describe_fields, with_value
from bioseq.config.files import dumps, load, loads, save
from bioseq.config.migrations import migrate
from bioseq.config.schema import Configuration, DataFile, DataSettings, ModelSettings, TrainingSettings
from bioseq.errors import BioseqError

GOLDEN = Path(__file__).parent / "golden" / "schema_1.toml"


def faults(text: str) -> dict[str, str]:
    with pytest.raises(BioseqError) as raised:
        loads(text)
    return {problem.where: problem.sentence() for problem in raised.value.problems}


def a_configuration(folder: Path) -> Configuration:
    files = (
        DataFile(path=str(folder / "data" / "train set.fasta"), role="train"),
        DataFile(path="/elsewhere/ünï#code.fa.gz", role="test", label='1" x'),
    )
    return Configuration(
        data=DataSettings(files=files, molecule="dna", label_sheet=str(folder / "labels.csv")),
        model=ModelSettings(name="text_cnn", hyper={"dropout": 0.25}),
        training=TrainingSettings(
            learning_rate=3e-5, class_weights="custom", custom_weights={"a.b": 1.0, "ß [x]": 0.1}
        ),
    )


def test_the_defaults_survive_the_trip_through_a_file() -> None:
    assert loads(dumps(Configuration())) == Configuration()


def test_saving_what_was_loaded_gives_the_same_bytes(tmp_path: Path) -> None:
    save(a_configuration(tmp_path), tmp_path / "config.toml")
    first = (tmp_path / "config.toml").read_bytes()
    loaded = load(tmp_path / "config.toml")
    assert loaded == a_configuration(tmp_path)
    save(loaded, tmp_path / "config.toml")
    assert (tmp_path / "config.toml").read_bytes() == first


def test_paths_near_the_file_are_written_relative_to_it_and_move_with_it(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    save(a_configuration(old), old / "config.toml")
    text = (old / "config.toml").read_text(encoding="utf-8")
    assert 'path = "data/train set.fasta"' in text
    assert 'path = "/elsewhere/ünï#code.fa.gz"' in text
    old.rename(new)
    assert load(new / "config.toml") == a_configuration(new)


def test_a_file_in_the_folder_beside_is_written_with_two_dots(tmp_path: Path) -> None:
    config = with_value(Configuration(), "data.files", [DataFile(path=str(tmp_path / "data" / "x.fa"))])
    (tmp_path / "settings").mkdir()
    save(config, tmp_path / "settings" / "config.toml")
    assert 'path = "../data/x.fa"' in (tmp_path / "settings" / "config.toml").read_text(encoding="utf-8")
    assert load(tmp_path / "settings" / "config.toml") == config


def test_every_option_stands_in_the_file_under_its_help() -> None:
    lines = dumps(Configuration()).splitlines()
    comments = " ".join(line.removeprefix("#").strip() for line in lines if line.startswith("#"))
    document = tomllib.loads("\n".join(lines))
    for field in describe_fields():
        assert field.name in document[field.section], field.path
        assert " ".join(field.help.split()) in comments, field.path
        if field.range_text:
            assert f"Range: {field.range_text}." in comments, field.path
    assert "Unit: epochs. Range: 1 to 10000. Default: 60." in comments
    assert "One of: auto, dna, rna, protein." in comments


def test_the_comment_stands_directly_above_its_option() -> None:
    lines = dumps(Configuration()).splitlines()
    place = lines.index("epochs = 60")
    assert lines[place - 1].startswith("# Unit: epochs.")


def test_all_faults_are_told_at_once_with_their_places() -> None:
    found = faults(
        """
        schema = 1
        [data]
        files = [{path = "a.fa"}, {path = "b.fa", role = "tests", paht = "c"}]
        [split]
        test_fraction = 1.5
        [model]
        epochs = 3
        hyper = {filters = [1, 2]}
        [training]
        epoch = 3
        batch_size = "64"
        learning_rate = nan
        patience = 2.5
        weight_decay = true
        [trainig]
        """
    )
    assert set(found) == {
        "data.files[2].role",
        "data.files[2].paht",
        "split.test_fraction",
        "model.epochs",
        "model.hyper.filters",
        "training.epoch",
        "training.batch_size",
        "training.learning_rate",
        "training.patience",
        "training.weight_decay",
        "trainig",
    }
    assert "'training.epochs'" in found["training.epoch"]
    assert "'training.epochs'" in found["model.epochs"]
    assert "'training'" in found["trainig"]
    assert "'data.files.path'" in found["data.files[2].paht"]
    assert "above the largest legal value, 0.9" in found["split.test_fraction"]
    assert "'64' is not a whole number" in found["training.batch_size"]
    assert "not a finite number" in found["training.learning_rate"]
    assert "2.5 is not a whole number" in found["training.patience"]
    assert "true is not a number" in found["training.weight_decay"]
    assert "'auto', 'train', 'validation' or 'test'" in found["data.files[2].role"]


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("schema = 1\n[training]\nepochs = 0\n", encoding="utf-8")
    with pytest.raises(BioseqError) as raised:
        load(path)
    assert str(path) in str(raised.value)
    assert "training.epochs: 0 is below the smallest legal value, 1." in str(raised.value)


def test_a_newer_version_is_refused_with_words() -> None:
    with pytest.raises(BioseqError, match="newer version of the program") as raised:
        loads("schema = 2\n[training]\nsomething_new = 1\n")
    assert raised.value.code == "config.too_new"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "config.no_version"),
        ("[training]\nepochs = 3", "config.no_version"),
        ("schema = 'one'", "config.bad_version"),
        ("schema = true", "config.bad_version"),
        ("schema = 0", "config.bad_version"),
        ("schema = -1", "config.bad_version"),
        ("schema = 1\nschema = 1", "config.not_toml"),
        ("schema = 1\n[", "config.not_toml"),
        ("\x00", "config.not_toml"),
        ("schema = 1\nx = " + "1" * 5_000, "config.not_toml"),
        ("schema = 1\nx = 0x" + "f" * 50_000, "config.invalid"),
        ("schema = 1\nx = " + "[" * 100_000, "config.too_deep"),
        ("schema = 1\nx = " + "[" * 30 + "]" * 30, "config.too_deep"),
        ("schema = 1\nx = " + "{a=" * 50 + "1" + "}" * 50, "config.too_deep"),
        ("schema = 1\n" + "a." * 200_000 + "a = 1", "config.too_deep"),
        ("schema = 1\n[" + "'a' . " * 50 + "a]", "config.too_deep"),
        ("schema = 1\nx = '''" + "[" * 100 + "'''", "config.invalid"),
        ("schema = 1\n# " + "x" * 1_000_000, "config.too_large"),
        ('schema = 1\n[output]\nname = "a\\u0000b"', "config.bad_value"),
        ('schema = 1\n[output]\nname = "a\\nb"', "config.bad_value"),
        ("schema = 1\n[output]\nname = 2020-01-01", "config.bad_value"),
        ("schema = 1\n[model.hyper]\nx = 9223372036854775808", "config.bad_value"),
    ],
)
def test_hostile_and_broken_files_are_refused_with_a_reason(text: str, code: str) -> None:
    with pytest.raises(BioseqError) as raised:
        loads(text)
    assert code in (raised.value.code, *(problem.code for problem in raised.value.problems))
    assert len(str(raised.value)) < 3_000


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(BioseqError, match="larger than 1 MB"):
        load(path)


def test_what_is_no_file_or_no_text_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"schema = 1\n\xff\xfe")
    for path, code in (
        (tmp_path / "binary.toml", "config.not_text"),
        (tmp_path / "absent.toml", "config.unreadable"),
        (tmp_path, "config.unreadable"),
        (Path("nul\0byte"), "config.unreadable"),
    ):
        with pytest.raises(BioseqError) as raised:
            load(path)
        assert raised.value.code == code


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BioseqError, match="cannot be written"):
        save(Configuration(), tmp_path / "file" / "config.toml")


def test_byte_order_mark_and_dos_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + dumps(Configuration()).replace("\n", "\r\n").encode())
    assert load(path) == Configuration()


def test_the_first_version_of_the_format_is_read_for_ever(tmp_path: Path) -> None:
    config = loads(GOLDEN.read_text(encoding="utf-8"))
    assert config.data.files == (
        DataFile(path="data/sites.fasta"),
        DataFile(path="data/more.fasta.gz", role="train", label="site"),
    )
    assert config.data.molecule == "rna"
    assert config.split.validation_fraction == 0.1
    assert config.tokens.k == 4
    assert config.model.hyper == {"filters": 96, "dropout": 0.25, "positions": True, "pooling": "max"}
    assert config.training.custom_weights == {"site": 2.0, "other, 5'": 1.0}
    assert config.training.learning_rate == 5e-4
    assert config.evaluation.threshold == 0.4
    assert config.output.name == "first try"


def test_an_older_version_is_brought_up_step_by_step() -> None:
    document = {"schema": 1, "training": {"rounds": 7}}

    def second(old: dict[str, object]) -> dict[str, object]:
        assert old["schema"] == 1
        training = old["training"]
        assert isinstance(training, dict)
        return {**old, "training": {"epochs": training["rounds"]}}

    def third(old: dict[str, object]) -> dict[str, object]:
        assert old["schema"] == 2
        return {**old, "learning": old["training"]}

    migrated = migrate(document, migrations={1: second, 2: third}, newest=3)
    assert migrated == {"schema": 3, "training": {"epochs": 7}, "learning": {"epochs": 7}}
    assert document == {"schema": 1, "training": {"rounds": 7}}
    with pytest.raises(BioseqError, match="never was a version 1"):
        migrate(document, migrations={2: third}, newest=3)
