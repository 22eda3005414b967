"""Letters that cleaning leaves out count for nothing: neither for the prediction of a record nor for its length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.prediction.flags import cleaned_for
from bioseq.prediction.predict import load_predictor, predict_dataset
from bioseq.prediction.table import Flag
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.cleaning import CleaningPolicy, clean
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from bioseq.runs.folder import RunFolder

SEQUENCE = "GATTGCATATCCAGTGACTTAGCGTCAATGGCTACA"


def test_the_choice_of_training_decides_what_a_gap_is(shared_run: RunFolder) -> None:
    spread = "-" * 60
    aligned = Dataset.from_records([SEQUENCE, SEQUENCE[:9] + spread + SEQUENCE[9:], spread + "." + SEQUENCE + "~"])
    predictor = load_predictor(shared_run.path)
    assert predictor.contents.config.data.gaps == "replace"
    as_letters = predict_dataset(predictor, aligned)
    assert [bool(flag & Flag.ILLEGAL_LETTERS) for flag in as_letters.flags] == [False, True, True]
    assert all(flag & Flag.LONGER_THAN_TRAINED for flag in as_letters.flags[1:])
    config = predictor.contents.config
    removing = config.model_copy(update={"data": config.data.model_copy(update={"gaps": "remove"})})
    predictor.contents = replace(predictor.contents, config=removing)
    without = predict_dataset(predictor, aligned)
    assert without.flags.tolist() == [Flag.NONE] * 3
    assert np.array_equal(without.probabilities, without.probabilities[[0, 0, 0]])
    assert list(without.sequences)[1] == SEQUENCE[:9] + spread + SEQUENCE[9:]


def test_a_record_of_gaps_alone_has_no_letters_left(shared_run: RunFolder) -> None:
    contents = load_predictor(shared_run.path).contents
    config = contents.config
    removing = config.model_copy(update={"data": config.data.model_copy(update={"gaps": "remove"})})
    cleaned = cleaned_for(replace(contents, config=removing), Dataset.from_records(["ACGT", "--..", "A-C"]))
    assert cleaned.kept_rows.tolist() == [0, 2]


def test_a_stop_at_the_end_counts_no_letter() -> None:
    cleaned = clean(Dataset.from_records(["MKVLA*", "MKVLA", "M*V**"]), Molecule.PROTEIN, CleaningPolicy())
    assert cleaned.lengths.tolist() == [5, 5, 3]
