"""What "Find the best model" answers with: chosen by what the candidates say of records that they have not learnt.

Candidates can only be held against each other on folds that they share, and a slow one may have fewer than the others.
The choice is made on as many folds as possible. A candidate that has more than half of the usual ones takes part with
those that it has: in the others the mean is that of the rest. Fewer folds are taken, and with them the candidates that
have no more, only where those take part in an answer that is better beyond chance: by two standard errors, judged by
cross-fitting; or where on more folds a model would have to stay that is worth nothing, only because it has all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.ensemble import MOST_MEMBERS
from bioseq.studies.blend import best_blend, cross_fitted, mean_and_error, mean_of, surprise_of
from bioseq.studies.predictions import predictions_of
from bioseq.studies.records import learnable, place_in_pool
from bioseq.studies.standings import by_variant, complete_folds, fewest_folds, most_complete, whole_models

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.config.loading import LoadedData
    from bioseq.studies.blend import Blend
    from bioseq.studies.campaign import Campaign
    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.state import StudyState

_MOST_MODELS = 9
"""In an answer; twelve are hardly better."""
_CLEARLY = 2.0
"""Standard errors by which fewer folds have to be better."""


def chosen(campaign: Campaign) -> Blend | None:
    """The best candidate or the mean of several; None when no candidate has a model."""
    study, state, seed = campaign.study, campaign.state, campaign.base.training.seed
    models = max((len(whole_models(entries)) for entries in by_variant(state).values()), default=0)
    most = min(_MOST_MODELS, max(1, MOST_MEMBERS // max(1, models)))
    choice: Blend | None = None
    for folds in range(most_complete(state), 0, -1):
        if choice is not None and not _sharing(state, folds) - _sharing(state, choice.folds):
            continue
        truth, chances = _known(study, state, folds)
        if choice is not None and not choice.padded:
            if not choice.weights.keys() <= chances.keys():  # it cannot be held against what has these folds
                continue
            _, blends = cross_fitted(truth, chances, most=most, seed=seed)
            gain, error = mean_and_error(surprise_of(truth, chances, choice.weights) - blends)
            if not gain > _CLEARLY * error:
                continue
        found = replace(best_blend(truth, chances, most=most, seed=seed), folds=folds)
        if choice is None or choice.padded or found.weights.keys() - _sharing(state, choice.folds):
            choice = found
    return choice


def members_of(state: StudyState, blend: Blend) -> dict[str, float]:
    """Run folder of each model in the answer to its share, relative to the study."""
    found = by_variant(state)
    shares: dict[str, float] = {}
    for name, weight in blend.weights.items():
        models = whole_models(found[name])
        shares |= {entry.folder: weight / len(models) for entry in models}
    return shares


def known_by(
    study: StudyFolder, state: StudyState, blend: Blend, loaded: LoadedData
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the cleaned records, and what the answer's models say of them that have not learnt them, `(N, C)`."""
    _, chances = _known(study, state, blend.folds)
    mixed = mean_of({name: chances[name] for name in blend.weights}, blend.weights)
    judged = place_in_pool(study.folds, 1, range(1, blend.folds + 1))
    return learnable(loaded)[judged], mixed


def _known(
    study: StudyFolder, state: StudyState, folds: int
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """True classes of the records of the first folds, and what each candidate that has most of those says of them.

    One candidate at least has all of these folds. Of records in folds that a candidate lacks it says NaN.
    """
    told = {
        name: {entry.fold: predictions_of(study, [entry]) for entry in whole_models(entries) if entry.fold <= folds}
        for name, entries in by_variant(state).items()
    }
    every = range(1, folds + 1)
    full = next(one for one in told.values() if len(one) == folds)
    unknown = {fold: np.full_like(full[fold].probabilities, np.nan) for fold in every}
    chances = {
        name: np.concatenate([one[fold].probabilities if fold in one else unknown[fold] for fold in every])
        for name, one in told.items()
        if len(one) >= fewest_folds(min(folds, int(state.results.get("folds", folds))))
    }
    return np.concatenate([full[fold].truth for fold in every]), chances


def _sharing(state: StudyState, folds: int) -> set[str]:
    """Names of the candidates that have all of the first folds."""
    return {name for name, entries in by_variant(state).items() if complete_folds(entries, folds)}
