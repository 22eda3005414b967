"""What members of an ensemble say is shown beside its own answer: in the table of predictions and in its results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores, write_evaluations
from bioseq.prediction.table import Flag, MemberVotes, PredictionTable
from bioseq.runs.folder import RunFolder
from bioseq.sequences.text_column import TextColumn
from bioseq_gui.pages.prediction import PredictionPage
from bioseq_gui.pages.results import ResultsPage

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme


@pytest.fixture
def table() -> PredictionTable:
    """Four records; members disagree on the second, and the last holds no letters."""
    yes = np.array([0.9, 0.6, 0.2, np.nan], np.float32)
    return PredictionTable(
        ids=TextColumn.from_strings(["a", "b", "c", "d"]),
        sequences=TextColumn.from_strings(["ACGT", "ACGTN", "ACNGT", ""]),
        labels=("no", "yes"),
        predicted=np.array([1, 1, 0, -1], np.int16),
        probabilities=np.column_stack([1 - yes, yes]),
        flags=np.array(
            [Flag.NONE, Flag.AMBIGUOUS_LETTERS | Flag.FAR_FROM_TRAINING, Flag.AMBIGUOUS_LETTERS, Flag.EMPTY]
        ).astype(np.uint8),
        truth=np.full(4, -1, np.int16),
        votes=MemberVotes(3, np.array([3, 2, 3, 0], np.uint8), np.array([0.01, 0.3, 0.05, np.nan], np.float32)),
    )


@pytest.fixture
def page(qtbot: QtBot, session: Session, theme: Theme) -> PredictionPage:
    made = PredictionPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1168, 740)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_table_tells_how_many_members_agree_and_only_of_an_ensemble(
    page: PredictionPage, session: Session, table: PredictionTable
) -> None:
    session.set_prediction_table(table)
    model = page.view.predictions
    places = [model.column_number("members"), model.column_number("member_sd")]
    assert model.text_of(range(4), places) == "Members\tSpread\n3 of 3\t0.0100\n2 of 3\t0.3000\n3 of 3\t0.0500\n\t\n"
    page.show_record(1)
    assert any("2 of 3 members agree, spread 0.300" in each.text() for each in page.panel.findChildren(QLabel))
    session.set_prediction_table(replace(table, votes=None))
    assert page.view.predictions.column_number("members") == -1
    assert not any("disputed" in text for text in page.counts.texts())


def test_records_are_sorted_by_the_spread_of_the_members(
    page: PredictionPage, session: Session, table: PredictionTable
) -> None:
    session.set_prediction_table(table)
    model = page.view.predictions
    model.sort(model.column_number("member_sd"))
    assert model.shown_rows.tolist()[:3] == [0, 2, 1]


def test_records_on_which_members_disagree_are_shown_alone_when_their_count_is_clicked(
    page: PredictionPage, session: Session, table: PredictionTable
) -> None:
    session.set_prediction_table(table)
    assert "1 disputed" in page.counts.texts()
    page.counts.divided_chosen.emit()
    assert page.view.predictions.shown_rows.tolist() == [1]
    page.counts.divided_chosen.emit()
    assert page.view.predictions.rowCount() == 4


def test_each_flag_that_occurs_is_a_choice_with_its_count(
    page: PredictionPage, session: Session, table: PredictionTable
) -> None:
    session.set_prediction_table(table)
    kind = page.filters.kind
    titles = [kind.itemText(place) for place in range(kind.count())]
    flags = [title for title in titles if title.startswith("Flag: ")]
    assert flags == ["Flag: ambiguous letters (2)", "Flag: empty (1)", "Flag: far from training (1)"]
    kind.setCurrentIndex(titles.index("Flag: ambiguous letters (2)"))
    assert page.view.predictions.shown_rows.tolist() == [1, 2]
    kind.setCurrentIndex(titles.index("Flag: far from training (1)"))
    assert page.view.predictions.shown_rows.tolist() == [1]
    page.filters.choose_class(0)
    assert page.view.predictions.rowCount() == 0
    session.set_prediction_table(replace(table, flags=np.zeros(4, np.uint8), votes=None))
    assert [kind.itemText(place) for place in range(kind.count())] == ["All records", "Flagged", "Not flagged"]


def judged(run: RunFolder, own: float, *members: float) -> None:
    """A run whose model has this MCC, and its members these."""
    confusion = ((9, 1), (1, 9))

    def named(name: str, title: str, mcc: float) -> Scores:
        return Scores(name, title, {"mcc": mcc, "roc_auc": 0.9, "loss": 0.4}, {"a": {}, "b": {}}, confusion)

    parts = tuple(
        named(f"member_{number}", f"Member {number} of {len(members)}: Text CNN", mcc)
        for number, mcc in enumerate(members, 1)
    )
    simple = (named("majority", "Majority", 0.0),)
    model = named("ensemble", "Ensemble", own)
    evaluation = Evaluation("test", ("a", "b"), "b", 0.5, 20, model, simple, members=parts)
    run.path.mkdir()
    write_evaluations(run.metrics, {"test": evaluation})
    texts, truth = TextColumn.from_strings(["ACGT"] * 20), np.arange(20) % 2
    chance = np.linspace(0.1, 0.9, 20)
    two = np.column_stack([1 - chance, chance]).astype(np.float32)
    EvaluatedRecords(texts, texts, truth.astype(np.int16), two, {"majority": two}).save(run.evaluation)


@pytest.mark.parametrize(
    ("own", "members", "sentence"),
    [
        (0.8, (0.7, 0.75), "ahead of each alone: MCC 0.800, the best of them 0.750"),
        (0.7, (0.7, 0.5), "no better than the best of them, “Member 1 of 2: Text CNN”: MCC 0.700 beside 0.700"),
    ],
)
def test_the_results_show_the_members_of_an_ensemble_beside_it(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path, own: float, members: tuple[float, ...], sentence: str
) -> None:
    run = RunFolder(tmp_path / "run")
    judged(run, own, *members)
    page = ResultsPage(session, theme)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    session.open_run(run.path)
    page.finish()
    assert page._tabs.isTabVisible(page._tabs.indexOf(page.members))
    assert sentence in page.members.sentence
    shown = page.members.table
    rows = [[shown.item(row, column).text() for column in range(2)] for row in range(shown.rowCount())]  # type: ignore[union-attr]
    assert [row[0] for row in rows] == ["All together", "1  Text CNN", "2  Text CNN"]
    assert rows[1][1] == f"{members[0]:.3f}"
    assert shown.item(0, 1).font().bold()  # type: ignore[union-attr]


def test_other_models_have_no_members_to_show(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    judged(run, 0.8)
    page = ResultsPage(session, theme)
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    session.open_run(run.path)
    page.finish()
    assert not page._tabs.isTabVisible(page._tabs.indexOf(page.members))
