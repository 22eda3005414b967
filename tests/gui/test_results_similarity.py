"""The Results page shows how like the training records the judged ones are, with figures with and without those."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bioseq.evaluation.nearness import EDGES, Nearness, NearPair, write_nearness
from bioseq.runs.folder import RunFolder
from bioseq.sequences.similarity.pairs import PairAlignment
from bioseq_gui.pages.results_similarity import SimilarityCard
from bioseq_gui.tables.pair_dialog import PairDialog

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.theme.theme import Theme

FOUND = Nearness(
    split="test",
    identity=0.8,
    records=100,
    looked_at=100,
    similar=30,
    copies=12,
    in_files=12,
    counts=(70, *(0 for _ in EDGES[3:]), 30),
    worst=(NearPair("t1", "a", "r9", "b", 1.0, PairAlignment("ACGU", "ACGT", "||||", 1, 1, 4, 4)),),
    figures={"model": {"accuracy": 0.9, "mcc": 0.8}},
    figures_without={"model": {"accuracy": 0.75, "mcc": float("nan")}},
    method="the built-in method",
)


def test_what_a_run_knows_is_shown_for_its_split_alone(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    card = SimilarityCard(theme)
    qtbot.addWidget(card)
    card.show_run(tmp_path, "test")
    assert card.isHidden()
    write_nearness(FOUND, RunFolder(tmp_path).similarity)
    card.show_run(tmp_path, "validation")
    assert card.isHidden()
    card.show_run(tmp_path, "test")
    assert not card.isHidden()
    assert "30 of 100 test records (30.0 %)" in card.sentence.text()
    assert "12 are copies" in card.sentence.text()
    cells = [[card.figures.item(row, column).text() for column in range(3)] for row in range(card.figures.rowCount())]
    assert ["0.900", "0.750"] in [row[1:] for row in cells]
    assert ["0.800", "–"] in [row[1:] for row in cells]
    assert [card.pairs.item(0, column).text() for column in range(3)] == ["t1 (a)", "r9 (b)", "100.0 %"]
    card.pairs.cellActivated.emit(0, 1)
    shown = card.findChild(PairDialog)
    assert shown is not None
    assert shown.text.startswith("Record: t1 (a)\nTraining record: r9 (b)\n")
    assert shown.letters.toPlainText() == "1 ACGU 4\n  ||||\n1 ACGT 4"


def test_what_an_older_program_wrote_is_shown_without_letters(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    path = RunFolder(tmp_path).similarity
    write_nearness(FOUND, path)
    fields = json.loads(path.read_text(encoding="utf-8"))
    del fields["worst"][0]["alignment"]
    path.write_text(json.dumps(fields), encoding="utf-8")
    card = SimilarityCard(theme)
    qtbot.addWidget(card)
    card.show_run(tmp_path, "test")
    card.pairs.cellActivated.emit(0, 0)
    shown = card.findChild(PairDialog)
    assert shown is not None
    assert "the run is an older one" in shown.sentence.text()


def test_a_run_without_it_hides_the_card(qtbot: QtBot, theme: Theme) -> None:
    card = SimilarityCard(theme)
    qtbot.addWidget(card)
    card.show_run(None, "test")
    assert card.isHidden()
