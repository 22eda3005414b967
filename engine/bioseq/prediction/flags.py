"""Why the prediction of a record deserves a second look; no prediction is needed to know it. Torch-free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.descriptors import plan_of
from bioseq.catalogue.registry import BASELINES, ENSEMBLES, architecture
from bioseq.config.loading import policy_of
from bioseq.prediction.table import Flag
from bioseq.sequences.cleaning import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.prediction.domain import Domain
    from bioseq.prediction.older_domain import OlderDomain
    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.cleaning import Cleaned
    from bioseq.sequences.dataset import Dataset

_LEAVE_NONE_OUT = {
    "illegal_letters": "replace",
    "ambiguous_letters": "replace",
    "repeated_sequences": "keep",
    "conflicting_labels": "keep",
    "test_in_train": "keep",
}


def cleaned_for(contents: BundleContents, dataset: Dataset) -> Cleaned:
    """Records cleaned as in training, except that faulty letters are replaced and only empty records are left out."""
    policy = policy_of(contents.config.data.model_copy(update=_LEAVE_NONE_OUT))
    return clean(dataset, contents.vocabulary.molecule, policy)


def flags_of(
    contents: BundleContents, domain: Domain | OlderDomain | None, dataset: Dataset, cleaned: Cleaned
) -> NDArray[np.uint8]:
    """`Flag` bits of each record, uint8 `(N,)`.

    Args:
        contents: The model.
        domain: What its training records are like; None where its file does not say.
        dataset: Records as read.
        cleaned: The same by `cleaned_for`.
    """
    flags = np.full(len(dataset), Flag.EMPTY, np.uint8)
    kept, records = cleaned.kept_rows, cleaned.dataset
    flags[kept] = cleaned.row_flags | _length_flags(contents, domain, cleaned.lengths)
    if domain is not None:
        flags[kept] |= domain.flags(records)
    flags[kept[~reads_all_of(contents, records)]] |= np.uint8(Flag.SHORTENED)
    return flags


def reads_all_of(contents: BundleContents, records: Dataset) -> NDArray[np.bool_]:
    """Whether no letter of a record lies beyond what a model, or a member of an ensemble, looks at, `(N,)`.

    What lies beyond the longest record that a network was built for means nothing to it where positions mean
    something; of features, only those by position end somewhere.
    """
    task = contents.task
    if contents.architecture in ENSEMBLES:
        all_of: NDArray[np.bool_] = np.logical_and.reduce(
            [reads_all_of(member, records) for member in contents.members]
        )
        return all_of
    if contents.architecture in BASELINES:
        hyper = BASELINES[contents.architecture].resolve(contents.hyper)
        plan = plan_of(hyper, contents.vocabulary.molecule, longest=task.longest, fixed_length=task.fixed_length)
        return records.lengths <= plan.length if plan.by_position else np.ones(len(records), np.bool_)
    tokens = np.maximum(records.lengths - contents.vocabulary.k + 1, 1)
    return (tokens <= task.longest) | (not shortens(contents))


def shortens(contents: BundleContents) -> bool:
    """Whether a network reads no further than the longest record that it was built for."""
    return contents.task.fixed_length or architecture(contents.architecture).reads_to_longest


def _length_flags(
    contents: BundleContents, domain: Domain | OlderDomain | None, lengths: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Lengths, without a stop at the end, that few training records had; none had, where a bundle tells no more."""
    known = contents.profile if domain is None else domain
    flags = np.zeros(len(lengths), np.uint8)
    flags[lengths < known.shortest] |= np.uint8(Flag.SHORTER_THAN_TRAINED)
    flags[lengths > known.longest] |= np.uint8(Flag.LONGER_THAN_TRAINED)
    return flags
