"""The members of an ensemble within its bundle: each lies under `members/NN/` as it would in a bundle of its own.

They are plain files of the one archive and no archives within it, so that all that is asked of an archive from a
stranger is asked of them too, and its limits are those of all of them together. Large arrays that several members hold,
a frozen encoder's, lie once beside them. torch-free.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.catalogue.ensemble import MOST_MEMBERS
from bioseq.catalogue.registry import ENSEMBLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.runs.bundle import BundleContents
    from bioseq.runs.weights import Weights

IN_COMMON = "members/in_common.safetensors"
"""Where the arrays lie in the archive that several members hold."""
_WEIGHTS = "member_weights"
_LARGE = 1 << 16
"""Bytes from which an array is looked for in other members."""


def prefixes() -> tuple[str, ...]:
    """Where the members lie in the archive, in order, as many as there may be."""
    return tuple(f"members/{number:02d}/" for number in range(1, MOST_MEMBERS + 1))


def in_common(members: Sequence[BundleContents]) -> tuple[Weights, tuple[dict[str, str], ...]]:
    """The large arrays that several members around one frozen encoder hold.

    Returns:
        Each such array once, by its hash; and for each member the names of those arrays in it, with their hashes.
    """
    known: dict[tuple[int, str], str] = {}
    named: list[dict[str, str]] = []
    for member in members:
        names: dict[str, str] = {}
        for name, values in member.weights.items() if _is_frozen(member) else ():
            if values.nbytes >= _LARGE:
                place = id(values), member.task.encoder
                if place not in known:
                    known[place] = _hash(values, member.task.encoder)
                names[name] = known[place]
        named.append(names)
    counts = Counter(digest for names in named for digest in set(names.values()))
    apart = tuple({name: digest for name, digest in names.items() if counts[digest] > 1} for names in named)
    arrays = {
        digest: member.weights[name]
        for member, names in zip(members, apart, strict=True)
        for name, digest in names.items()
    }
    return arrays, apart


def check_common(members: Sequence[BundleContents], common: Weights) -> None:
    """Refuse arrays in common of anything but one frozen encoder, which networks hold once however many name it.

    Without this a small file could name a large array for a hundred networks that each take memory for it.

    Raises:
        ValueError: They are something else.
    """
    names = {id(array): digest for digest, array in common.items()}
    owners: dict[str, str] = {}
    for member in members:
        for array in member.weights.values():
            digest = names.get(id(array))
            if digest is None:
                continue
            if not _is_frozen(member) or owners.setdefault(digest, member.task.encoder) != member.task.encoder:
                raise ValueError("what members have in common is no frozen encoder")


def _is_frozen(member: BundleContents) -> bool:
    return bool(member.task.encoder) and member.hyper.get("tuning") == "frozen"


def _hash(values: NDArray[Any], encoder: str) -> str:
    """SHA-256 of an array of an encoder: that encoder, its type, shape and content."""
    digest = hashlib.sha256(f"{encoder}{values.dtype.str}{values.shape}".encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


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
