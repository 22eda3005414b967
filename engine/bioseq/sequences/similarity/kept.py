"""Clusters that were found before, kept on the disk: one search serves all trainings on the same records."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from bioseq.durable import durable_file
from bioseq.sequences.saved_columns import FAULTS
from bioseq.sequences.similarity.clusters import Clusters, cluster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset

_FORMAT = 2
_MOST_KEPT = 50


def kept_cluster(
    folder: Path,
    dataset: Dataset,
    *,
    identity: float,
    coverage: float,
    molecule: Molecule,
    both_strands: bool,
    progress: Callable[[int, int], None] | None = None,
) -> Clusters:
    """As `cluster`; what was found once for the same letters and settings is read from the folder.

    Args:
        folder: Where they are kept; the oldest go when there are many. A folder that cannot be written does no harm.
        dataset: As in `cluster`.
        identity: As in `cluster`.
        coverage: As in `cluster`.
        molecule: As in `cluster`.
        both_strands: As in `cluster`.
        progress: As in `cluster`.
    """
    facts = json.dumps([_FORMAT, identity, coverage, molecule.value, both_strands])
    digest = hashlib.blake2b(facts.encode(), digest_size=16)
    for column in (dataset.letters, dataset.offsets):
        digest.update(np.ascontiguousarray(column).data)
    path = folder / f"{digest.hexdigest()}.npz"
    with suppress(KeyError, *FAULTS):
        return _opened(path, identity, coverage, both_strands=both_strands)
    found = cluster(
        dataset, identity=identity, molecule=molecule, coverage=coverage, both_strands=both_strands, progress=progress
    )
    with suppress(OSError):
        _keep(found, path)
    return found


def _opened(path: Path, identity: float, coverage: float, *, both_strands: bool) -> Clusters:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as columns:
        return Clusters(
            numbers=columns["numbers"],
            representatives=columns["representatives"],
            identity=identity,
            coverage=coverage,
            both_strands=both_strands,
            method=str(columns["method"]),
            pairs=columns["pairs"],
            identities=columns["identities"],
        )


def _keep(found: Clusters, path: Path) -> None:
    with durable_file(path) as file:
        np.savez(
            file,
            numbers=found.numbers,
            representatives=found.representatives,
            method=np.array(found.method),
            pairs=found.pairs,
            identities=found.identities,
        )
    for old in sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime)[:-_MOST_KEPT]:
        old.unlink(missing_ok=True)
