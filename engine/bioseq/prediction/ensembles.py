"""Ensembles, ready to predict: the mean of what the members say, and how far they are apart.

Shapes: M members, N records, C classes. torch is imported for members that are networks only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines.classifier import predict_together
from bioseq.catalogue.ensemble import GEOMETRIC
from bioseq.evaluation.mixture import combined, spread_of
from bioseq.prediction.predict import FeaturePredictor, Predictor, decide, predictor_of
from bioseq.prediction.table import MemberVotes
from bioseq.runs.bundle_members import shares_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]


class EnsemblePredictor(Predictor):
    """An ensemble, ready to predict.

    Attributes:
        members: In order.
        shares: Of each member in the mean, `(M,)`, sum 1.
        geometric: The mean is the geometric one.
    """

    def __init__(self, contents: BundleContents, members: Sequence[Predictor]) -> None:
        self.contents = contents
        self.members = tuple(members)
        self.shares = shares_of(contents)
        self.geometric = contents.hyper.get("combine") == GEOMETRIC

    def raw_chances(self, records: Dataset, progress: Progress | None = None) -> NDArray[np.float32]:
        """As in `Predictor`: the mean of the members' probabilities by their shares."""
        return self._mean(self.member_chances(records, progress))

    def member_chances(self, records: Dataset, progress: Progress | None = None) -> NDArray[np.float32]:
        """What each member says, `(M, N, C)`; arguments as in `chances`.

        Features that several members read are computed once.
        """
        groups = _group_by_features(self.members)
        found = np.empty((len(self.members), len(records), len(self.contents.label_names)), np.float32)
        for number, group in enumerate(groups):
            within = _share_progress(progress, number, len(groups))
            found[group] = _predict_group([self.members[member] for member in group], records, within)
        return found

    def answer(
        self, records: Dataset, progress: Progress | None = None
    ) -> tuple[NDArray[np.float32], MemberVotes | None]:
        """As in `Predictor`; members are asked once."""
        parts = self.member_chances(records, progress)
        chances = self.contents.calibration.apply(self._mean(parts))
        return chances, votes_of(parts, self.contents, decide(chances, self.contents))

    def _mean(self, parts: NDArray[np.float32]) -> NDArray[np.float32]:
        return combined(parts, self.shares, geometric=self.geometric)


def ensemble_predictor(contents: BundleContents, path: Path, device: torch.device | None) -> EnsemblePredictor:
    """Make the members of a bundle ready.

    Raises:
        BioseqError: The weights of a member are not those of its model.
    """
    return EnsemblePredictor(contents, sharing(predictor_of(member, path, device) for member in contents.members))


def sharing(members: Iterable[Predictor]) -> tuple[Predictor, ...]:
    """Members that were made ready one after the other; what several of them hold, a frozen encoder, they hold once."""
    ready: list[Predictor] = []
    for member in members:
        for other in ready:
            member.share_with(other)
        ready.append(member)
    return tuple(ready)


def votes_of(parts: NDArray[np.float32], contents: BundleContents, predicted: NDArray[np.int16]) -> MemberVotes:
    """How far the members of an ensemble are of one mind.

    Their votes are calibrated as the ensemble is, so that they stand on one scale with its answer. The
    spread is that of the population by their shares, so 0 for a single member. Votes tell where members disagree and
    no more: members may agree on what is wrong.

    Args:
        parts: What each member says, without the calibration of the ensemble, `(M, N, C)`.
        contents: Of the ensemble.
        predicted: The classes that it predicts, `(N,)`.
    """
    alike = np.stack([contents.calibration.apply(part) for part in parts])
    deciding = np.stack([decide(part, contents) for part in alike])
    agreeing = (deciding == predicted).sum(axis=0, dtype=np.uint8)
    places = np.maximum(predicted, 0).astype(np.intp)[:, None]
    spread = np.take_along_axis(spread_of(alike, shares_of(contents)), places, axis=1)[:, 0]
    return MemberVotes(len(parts), agreeing, spread)


def chances_of(
    members: Sequence[Callable[[Dataset, Progress | None], NDArray[np.float32]]],
    records: Dataset,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """What each member says of the records, float32 `(M, N, C)`.

    Args:
        members: `(records, progress) -> ` probabilities, `(N, C)`.
        records: Cleaned as in training.
        progress: Called with records done and all records, over all members together; may raise to end the work.
    """
    count = len(members)
    return np.stack(
        [member(records, _share_progress(progress, number, count)) for number, member in enumerate(members)]
    )


def _share_progress(progress: Progress | None, number: int, count: int) -> Progress | None:
    """Progress within one of several equal steps, as progress over all of them."""
    if progress is None:
        return None
    return lambda done, total: progress((number * total + done) // count, total)


def _group_by_features(members: Sequence[Predictor]) -> list[list[int]]:
    """Numbers of the members, those that read the same features together."""
    groups: dict[object, list[int]] = {}
    for number, member in enumerate(members):
        key = member.classifier.plan if isinstance(member, FeaturePredictor) else number
        groups.setdefault(key, []).append(number)
    return list(groups.values())


def _predict_group(members: Sequence[Predictor], records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
    """What the members of a group say, `(M, N, C)`."""
    if len(members) == 1:
        return members[0].chances(records, progress)[None]
    alike = [member for member in members if isinstance(member, FeaturePredictor)]
    raw = predict_together([member.classifier for member in alike], records, progress=progress)
    return np.stack([member.contents.calibration.apply(part) for member, part in zip(alike, raw, strict=True)])
