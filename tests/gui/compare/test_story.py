"""The story of a study is a fold over its events: entries, curves, ranking, and lines of what happened and why."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bioseq.protocol.events import EntryChanged, JobFailed, JobStopped
from bioseq.protocol.wire import decode_event, encode_event
from bioseq.runs.history import Status
from bioseq_gui.pages import compare_words as words
from bioseq_gui.studies.standings import beside_split, figure_of, judged_split, standings, table_text, trials
from bioseq_gui.studies.story import tell

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Teller


def lines(teller: Teller) -> list[str]:
    story = tell(teller.events)
    return [words.line(note, story) for note in story.notes]


def test_a_story_read_from_lines_is_that_of_the_events(many: Teller) -> None:
    read = tell(decode_event(encode_event(event)) for event in many.events)
    assert read == tell(many.events)
    assert read.kind == "best"
    assert read.minutes == 10.0
    assert len(read.entries) == 24


def test_events_in_batches_tell_the_same_story(many: Teller) -> None:
    story = tell(many.events[:50])
    assert tell(many.events[50:], story) == tell(many.events)


def test_an_entry_that_goes_on_from_a_checkpoint_replaces_later_epochs(teller: Teller) -> None:
    teller.entry(1, "Text CNN")
    teller.entry(1, "Text CNN", "running")
    for epoch in (1, 2, 3):
        teller.epoch(1, epoch, 1.0 / epoch)
    teller.epoch(1, 2, 0.9)
    curve = tell(teller.events).entries[0].curve
    assert [epoch.epoch for epoch in curve] == [1, 2]
    assert curve[-1].validation["loss"] == 0.9


def test_entries_that_appear_late_and_out_of_order_are_kept_in_order(teller: Teller) -> None:
    for number in (1, 4, 2):
        teller.entry(number, f"Model {number}", "running")
    teller.epoch(4, 1, 0.3)
    story = tell(teller.events)
    assert [entry.number for entry in story.entries] == [1, 2, 4]
    found = story.entry(4)
    assert found is not None
    assert len(found.curve) == 1
    assert story.entry(3) is None


def test_lines_say_what_happened_and_why(teller: Teller) -> None:
    teller.log("2 candidates, 5 folds.")
    for number, title in enumerate(("Text CNN", "Random forest"), 1):
        teller.entry(number, title)
    teller.entry(1, "Text CNN", "running")
    teller.epoch(1, 1, 0.3)
    teller.entry(1, "Text CNN", "stopped", reason="its time of this round is over", loss=0.3)
    teller.entry(2, "Random forest", "failed", reason="Out of memory.")
    teller.rank((("Text CNN", 0.3, (1,)), ("Random forest", None, ())))
    teller.entry(1, "Text CNN", "running")
    teller.entry(1, "Text CNN", "finished", loss=0.25)
    told = lines(teller)
    assert told[0] == "2 candidates, 5 folds."
    assert told[1] == "Text CNN begins."
    assert "stopped after 10 s (its time of this round is over)" in told[2]
    assert told[3] == "Random forest gives no model: Out of memory."
    assert told[4] == "Text CNN is the first with figures (log loss 0.300)."
    assert told[5] == "Text CNN goes on: place 1 of 1 so far."
    assert told[6] == "Text CNN is done after 10 s."


def test_trainings_of_one_model_are_told_apart(compared: Teller) -> None:
    told = lines(compared)
    assert told[0] == "Text CNN (training 1 of 2) begins."
    assert any(line.startswith("Random forest (training 2 of 2) is done") for line in told)


def test_a_ranking_that_says_nothing_new_is_no_line(teller: Teller) -> None:
    teller.entry(1, "Text CNN", "finished", loss=0.3)
    for value in (0.3, 0.3, 0.2):
        teller.rank((("Text CNN", value, (1,)),))
    assert [line.rpartition(" ")[2] for line in lines(teller)[1:]] == ["0.300).", "0.200)."]


def test_a_fold_is_named(teller: Teller) -> None:
    teller.entry(1, "Text CNN", "running", stage="fold 3")
    assert lines(teller) == ["Text CNN (fold 3) begins."]


def test_candidates_are_ordered_by_log_loss_while_the_best_is_sought(teller: Teller) -> None:
    for number, title in enumerate(("A", "B", "C"), 1):
        teller.entry(number, title)
    teller.entry(1, "A", "running")
    teller.entry(2, "B", "running")
    teller.epoch(1, 1, 0.6)
    teller.epoch(2, 1, 0.4)
    rows = standings(tell(teller.events))
    assert [(row.title, row.place) for row in rows] == [("B", 1), ("A", 2), ("C", 0)]
    assert rows[0].value == pytest.approx(0.8)
    assert not rows[0].settled
    teller.entry(1, "A", "finished", loss=0.3, roc_auc=0.9)
    rows = standings(tell(teller.events))
    assert [row.title for row in rows] == ["A", "B", "C"]
    assert rows[0].settled


def test_folds_of_a_candidate_stand_in_one_row_with_their_mean(teller: Teller) -> None:
    teller.entry(1, "A", "finished", loss=0.3, roc_auc=0.9)
    teller.entry(2, "A", "finished", stage="fold 2", loss=0.5, roc_auc=0.8)
    (row,) = standings(tell(teller.events), {1: 1_000, 2: 1_000})
    assert row.loss == pytest.approx(0.4)
    assert row.value == pytest.approx(0.85)
    assert row.seconds == 30.0
    assert row.parameters == 1_000


def test_a_comparison_that_ended_is_ordered_by_validation_with_the_test_beside(compared: Teller) -> None:
    del compared.events[-2:]
    rows = (("Random forest", 0.935, (3, 4)), ("Text CNN", 0.915, (1, 2)))
    compared.rank(rows, "roc_auc", tested=(0.90, 0.95))
    assert beside_split(tell(compared.events)) == ""
    compared.finish()
    story = tell(compared.events)
    assert (judged_split(story), beside_split(story), figure_of(story)) == ("validation", "test", "roc_auc")
    told = [(row.title, round(row.value, 3), row.judged) for row in standings(story)]
    assert told == [("Random forest", 0.935, 0.90), ("Text CNN", 0.915, 0.95)]


def test_a_comparison_of_an_older_program_is_shown_as_it_was_ordered(compared: Teller) -> None:
    del compared.events[-2:]
    compared.rank((("Random forest", 0.95, (3, 4)), ("Text CNN", 0.90, (1, 2))), "roc_auc", "test")
    compared.finish()
    story = tell(compared.events)
    assert (judged_split(story), beside_split(story)) == ("test", "")
    assert [(row.title, row.value) for row in standings(story)] == [("Random forest", 0.95), ("Text CNN", 0.90)]


def test_variants_of_one_title_are_told_apart_and_seeds_and_folds_are_told(teller: Teller) -> None:
    for number, (variant, seed, fold) in enumerate((("a", 1, 1), ("a", 1, 2), ("b", 2, 1)), 1):
        event = teller.entry(number, "Text CNN", "finished", stage="compare", roc_auc=0.9 + number / 100)
        assert isinstance(event, EntryChanged)
        teller.events[-1] = replace(event, variant=variant, seed=seed, fold=fold, parameters=50)
    first, second = sorted(standings(tell(teller.events)), key=lambda row: row.title)
    assert (first.title, len(first.entries), first.parameters) == ("Text CNN (a)", 2, 50)
    assert second.title == "Text CNN (b)"
    assert words.trainings_text(first, "roc_auc") == "Trained with seed 1, fold 1: 0.910; seed 1, fold 2: 0.920."
    assert words.trainings_text(second, "roc_auc") == "Trained with seed 2, fold 1: 0.930."


def test_trials_of_a_search_stand_each_for_itself(teller: Teller) -> None:
    search = type(teller)("search")
    for number, loss in ((1, 0.5), (2, 0.4)):
        search.entry(number, "Text CNN: dropout 0.1", stage="trial")
        search.entry(number, "Text CNN: dropout 0.1", "finished", stage="trial", loss=loss, mcc=1 - loss)
    story = tell(search.events)
    assert [row.title for row in standings(story)] == ["2. Text CNN: dropout 0.1", "1. Text CNN: dropout 0.1"]
    assert [(trial.number, trial.value) for trial in trials(story, "loss")] == [(1, 0.5), (2, 0.4)]


def test_time_left_is_the_budget_less_what_is_spent(teller: Teller) -> None:
    teller.entry(1, "A", "running")
    story = tell(teller.events)
    spent, left = words.times(story, passed=58.0)
    assert spent == 60.0
    assert left == 540.0
    assert words.share_done(story, passed=58.0) == pytest.approx(0.1)


def test_without_a_budget_time_left_follows_from_what_is_done(compared: Teller) -> None:
    story = tell(compared.events[:10])
    spent, left = words.times(story)
    assert left is not None
    share = words.share_done(story)
    assert share is not None
    assert left == pytest.approx(spent / share * (1 - share))
    assert words.times(tell(compared.events))[1] is None


def test_endings_are_told_with_the_way_on(teller: Teller) -> None:
    stopped = tell([*teller.events, JobStopped(job_id="", cancelled=False, resumable=True)])
    assert "all that was finished is kept" in words.ending(stopped)[0]
    assert words.resumable(stopped)
    cancelled = tell([*teller.events, JobStopped(job_id="", cancelled=True)])
    assert "discarded" in words.ending(cancelled)[0]
    assert not words.resumable(cancelled)
    failed = tell([*teller.events, JobFailed(job_id="", code="x", message="No room.", remedy="Free some.")])
    assert words.ending(failed)[:2] == ("No room. Free some.", "error")
    begun = tell(teller.events)
    interrupted = replace(begun, run=replace(begun.run, status=Status.INTERRUPTED))
    assert "interrupted" in words.ending(interrupted)[0]
    assert words.resumable(interrupted)


def test_the_table_holds_every_candidate_with_its_figures(teller: Teller, tmp_path: Path) -> None:
    teller.entry(1, "A, wide", "finished", loss=0.3, roc_auc=0.9)
    teller.entry(2, "B", "skipped", reason="Not for RNA.")
    story = tell(teller.events)
    text = table_text(tmp_path, standings(story, {1: 12}))
    header, first, second = text.splitlines()
    assert header == "place,model,trainings,seconds,weights,validation_roc_auc,validation_loss,note"
    assert first == '1,"A, wide",1,10.0,12,0.9,0.3,'
    assert second.startswith(",B,0,0.0,,")


def test_a_comparison_gives_the_table_that_the_engine_wrote(comparison_folder: Path) -> None:
    assert table_text(comparison_folder, ()) == "name,title\nrf,Random forest\n"


def test_figures_that_nobody_knows_are_not_numbers(teller: Teller) -> None:
    teller.entry(1, "A")
    (row,) = standings(tell(teller.events))
    assert math.isnan(row.value)
    assert row.place == 0
