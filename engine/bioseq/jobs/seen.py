"""Records that a model has met before: those that it was trained on, and the test records of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.config.relatives import strand_blind
from bioseq.errors import BioseqError
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.runs.digests import sequence_digests
from bioseq.runs.folder import RunFolder
from bioseq.sequences.dataset import NO_LABEL, Split

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.config.schema import Configuration
    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.text_column import TextColumn


def seen_sequences(dataset: Dataset, molecule: Molecule, config: Configuration) -> NDArray[np.uint64]:
    """Digests of the sequences that training learns from and chooses by, ascending, each once.

    Args:
        dataset: Cleaned records with their splits.
        molecule: What they are made of.
        config: Whether a sequence and its reverse complement are one.
    """
    used = np.isin(dataset.splits, (Split.TRAIN, Split.VALIDATION)) & (dataset.labels != NO_LABEL)
    records = dataset.take(np.flatnonzero(used))
    return np.unique(sequence_digests(records.letters, records.offsets, molecule, both_strands=strand_blind(config)))


def were_seen(sequences: TextColumn, contents: BundleContents) -> NDArray[np.bool_]:
    """Whether a model, or a member of it, was trained on or chosen by a record with this sequence, `(N,)`.

    Args:
        sequences: Letters of records that were cleaned for the model.
        contents: The model; an older one does not say, so nothing is known to be seen.
    """
    seen = np.concatenate([contents.seen, *(member.seen for member in contents.members)])
    return np.isin(_digests(sequences, contents), seen)


def are_tests_of(sequences: TextColumn, contents: BundleContents, run: RunFolder) -> NDArray[np.bool_]:
    """Whether a record has the sequence of a test record of a run, `(N,)`; arguments as in `were_seen`.

    Raises:
        BioseqError: The run holds no evaluated records.
    """
    tests = EvaluatedRecords.open(run.evaluation).sequences
    return np.isin(_digests(sequences, contents), _digests(tests, contents))


def tested_run(bundle: Path) -> RunFolder | None:
    """The run whose model this file is, if it was evaluated on test records; else None."""
    run = RunFolder(bundle.parent)
    if bundle != run.model or not run.config.is_file():
        return None
    try:
        return run if "test" in read_evaluations(run.metrics) else None
    except BioseqError:
        return None


def _digests(sequences: TextColumn, contents: BundleContents) -> NDArray[np.uint64]:
    molecule = contents.vocabulary.molecule
    offsets = np.asarray(sequences.offsets)
    return sequence_digests(np.asarray(sequences.buffer), offsets, molecule, both_strands=strand_blind(contents.config))
