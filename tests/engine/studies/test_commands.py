"""What the commands that train many times show of a study, and what they refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bioseq.cli import main
from bioseq.cli_studies import show_comparison, split_names
from bioseq.config import files as config_files
from bioseq.studies.folder import StudyFolder, create_study
from bioseq.studies.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event


class Shown:
    """A desk that keeps what is shown."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []
        self.lines: list[str] = []

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.rows = [tuple(header), *(tuple(row) for row in rows)]

    def say(self, text: str) -> None:
        self.lines.append(text)


def test_the_table_of_a_comparison_has_a_row_for_each_variant(comparison: tuple[StudyFolder, list[Event]]) -> None:
    study, _ = comparison
    shown = Shown()
    show_comparison(shown, study)  # type: ignore[arg-type]
    header, *rows = shown.rows
    assert header[0].endswith("test records")
    assert len(rows) == 6
    assert "±" in rows[0][header.index("roc_auc")]
    assert " to " in rows[0][header.index("roc_auc")]
    assert rows[-1][header.index("roc_auc")] == "-"
    assert "99" in rows[-1][header.index("note")]
    assert header.index("roc_auc on validation") < header.index("roc_auc")
    assert shown.lines[0].startswith("Ordered by roc_auc on validation records")
    assert re.search(r"95 % interval .* to .*, p = .*, allowing for \d+ pairs\): ", shown.lines[1])


def test_names_are_separated_by_commas() -> None:
    assert split_names("lr, text_cnn,") == ("lr", "text_cnn")


def test_a_model_that_does_not_exist_is_refused_before_anything_is_written(
    quick_config: Configuration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config_files.save(quick_config, tmp_path / "config.toml")
    folder = tmp_path / "study"
    status = main(["compare", str(tmp_path / "config.toml"), "--models", "lr,text_cn", "-o", str(folder)])
    assert status == 2
    assert "text_cnn" in capsys.readouterr().err
    assert not folder.exists()


def test_a_study_is_gone_on_with_by_the_command_of_its_kind(
    quick_config: Configuration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create_study(Plan("search", trials=1), quick_config, tmp_path / "study")
    assert main(["compare", str(tmp_path / "study"), "--resume"]) == 2
    assert "bioseq search" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["best", "--minutes", "20"], "--minutes"),
        (["best", "--encoder", "folder"], "--encoder"),
        (["best", "--set", "training.epochs=3", "--models", "lr"], "--models, --set"),
        (["compare", "--seeds", "1"], "--seeds"),
        (["search", "--trials", "4", "--json"], "--trials"),
        (["best", "more.fasta"], ""),
    ],
)
def test_what_would_change_a_study_that_goes_on_is_refused(
    quick_config: Configuration, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], told: str
) -> None:
    kind, *options = command
    create_study(Plan(kind), quick_config, tmp_path / "study")
    assert main([kind, str(tmp_path / "study"), *options, "--resume"]) == 2
    said = "".join(capsys.readouterr())
    assert "goes on with its own settings" in said
    assert told in said


def test_a_folder_that_holds_a_study_is_not_overwritten(
    quick_config: Configuration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config_files.save(quick_config, tmp_path / "config.toml")
    create_study(Plan("compare"), quick_config, tmp_path / "study")
    assert main(["best", str(tmp_path / "config.toml"), "-o", str(tmp_path / "study")]) == 2
    assert "--resume" in capsys.readouterr().err
