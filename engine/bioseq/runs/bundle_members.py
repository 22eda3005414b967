"""The members of an ensemble within its bundle: each lies under `members/NN/` as it would in a bundle of its own.

They are plain files of the one archive and no archives within it, so that all that is asked of an archive from a
stranger is asked of them too, and its limits are those of all of them together. torch-free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.ensemble import MOST_MEMBERS
from bioseq.catalogue.registry import ENSEMBLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.runs.bundle import BundleContents
    from bioseq.runs.weights import Weights

_WEIGHTS = "member_weights"


def prefixes() -> tuple[str, ...]:
    """Where the members lie in the archive, in order, as many as there may be."""
    return tuple(f"members/{number:02d}/" for number in range(1, MOST_MEMBERS + 1))


def weights_of(shares: Sequence[float]) -> Weights:
    """What an ensemble has learnt itself: the share of each member in the mean."""
    return {_WEIGHTS: np.asarray(shares, np.float64)}


def shares_of(ensemble: BundleContents) -> NDArray[np.float64]:
    """The share of each member in the mean, `(M,)`, 0 or more, sum 1.

    Raises:
        ValueError: They are not there, or are no shares of these members.
    """
    shares = ensemble.weights.get(_WEIGHTS)
    if set(ensemble.weights) != {_WEIGHTS} or shares is None or shares.shape != (len(ensemble.members),):
        raise ValueError("the shares of the members are not there")
    if shares.dtype != np.float64 or not (np.isfinite(shares) & (shares >= 0)).all() or abs(shares.sum() - 1) > 1e-6:
        raise ValueError("the shares of the members are no shares")
    return shares


def check_members(contents: BundleContents) -> None:
    """Refuse an ensemble whose members are not those it names, or answer another question than it.

    Raises:
        ValueError: They are, or do.
    """
    ensemble = ENSEMBLES.get(contents.architecture)
    if ensemble is None:
        if contents.members:
            raise ValueError("a model that is no ensemble has members")
        return
    if ensemble.members(contents.hyper) != tuple(member.architecture for member in contents.members):
        raise ValueError("the members are not those that the ensemble names")
    for member in contents.members:
        if member.label_names != contents.label_names or member.positive != contents.positive:
            raise ValueError("a member knows other classes")
        if member.vocabulary.molecule is not contents.vocabulary.molecule:
            raise ValueError("a member reads another molecule")
