"""Clusters of similar records, and the nearest training record of each test record: one interface, two methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.similarity import builtin, mmseqs2
from bioseq.sequences.similarity.letters import coded, same_letters, same_molecule
from bioseq.sequences.similarity.linkage import Connected, Represented
from bioseq.sequences.similarity.windows import are_windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.similarity.letters import Coded
    from bioseq.sequences.similarity.linkage import Linkage

    Progress = Callable[[int, int], None]
    Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]

Method = Literal["auto", "mmseqs2", "builtin"]
COVERAGE = 0.5
"""Least share of the longer sequence's letters that the shorter has, unless said otherwise."""
_SHORT_PROTEIN = 50
"""Usual length, letters, below which MMseqs2 misses pairs of proteins."""
_MANY_LETTERS = 200_000
"""Letters from which starting it pays."""
_MOST_PAIRS_KEPT = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """N records in K clusters.

    Attributes:
        numbers: Cluster of each record, 0 <= number < K, in the order of their first records, `(N,)`.
        representatives: Record that stands for each cluster, its longest, `(K,)`.
        identity: From which two records are similar, (0, 1].
        coverage: Least share of the longer sequence's letters that the shorter has.
        both_strands: Reverse complements were compared too.
        method: How they were found, in words, with the version of the program.
        pairs: Similar records that were found on the way, not all there are, `(P, 2)`.
        identities: Of those pairs, `(P,)`.
    """

    numbers: NDArray[np.int64]
    representatives: NDArray[np.intp]
    identity: float
    coverage: float
    both_strands: bool
    method: str
    pairs: NDArray[np.intp]
    identities: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.representatives)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Records of each cluster, `(K,)`."""
        return np.bincount(self.numbers, minlength=len(self))


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The most similar training record of each of N records.

    Attributes:
        identity: To that record, [0, 1]; 0 where no similar one was found, `(N,)`.
        rows: Its number among the training records, -1 where none was found, `(N,)`.
        copies: It is the same letter by letter, unknown ones too, bool `(N,)`.
        method: How it was looked for, in words.
    """

    identity: NDArray[np.float64]
    rows: NDArray[np.int64]
    copies: NDArray[np.bool_]
    method: str


def cluster(
    dataset: Dataset,
    *,
    identity: float,
    molecule: Molecule,
    coverage: float = COVERAGE,
    both_strands: bool = False,
    linkage: Literal["connected", "representative"] = "connected",
    method: Method = "auto",
    progress: Progress | None = None,
) -> Clusters:
    """Put similar records into clusters.

    Identity is as the package says, by either method; MMseqs2 aligns
    proteins by BLOSUM62 with affine gaps, the built-in method counts identical letters only, with gaps of a linear
    price; so a pair within a few hundredths of the threshold may be judged differently.

    Args:
        dataset: Records, as read or cleaned. Those without letters are clusters of their own.
        identity: From which two records are similar, (0, 1].
        molecule: What they are made of.
        coverage: Least share of the longer sequence's letters that the shorter has, [0, 1].
        both_strands: A record is also compared as its reverse complement; of nucleotides only.
        linkage: "connected": no two similar records are in different clusters, as far as they are found, for splits.
            "representative": each record is similar to the one that stands for its cluster, for thinning out.
        method: "auto" takes MMseqs2 where it is installed and finds what the built-in method finds.
        progress: Called with records done and all; may raise to end the work.

    Raises:
        BioseqError: MMseqs2 was asked for and is not there, or fails.
    """
    both_strands = both_strands and molecule is not Molecule.PROTEIN
    groups = same_molecule(dataset, molecule, both_strands=both_strands)
    distinct = np.unique(groups)
    ranked = distinct[np.argsort(-dataset.lengths[distinct], kind="stable")]
    sequences = coded(dataset, molecule).take(ranked)
    linked: Linkage = Connected(len(ranked)) if linkage == "connected" else Represented(len(ranked))
    finder, words = _finder(method, [sequences])
    found = finder.link(
        sequences,
        linked,
        identity=identity,
        coverage=coverage,
        both_strands=both_strands,
        progress=progress or _silent,
    )
    pairs, identities = _kept(found, ranked)
    place = np.zeros(len(dataset), np.int64)
    place[ranked] = np.arange(len(ranked))
    leaders = ranked[linked.leaders[place[groups]]]
    first_rows, firsts, numbers = np.unique(leaders, return_index=True, return_inverse=True)
    order = np.argsort(firsts, kind="stable")
    rank = np.argsort(order, kind="stable")
    return Clusters(
        numbers=rank[numbers].astype(np.int64),
        representatives=first_rows[order].astype(np.intp),
        identity=identity,
        coverage=coverage,
        both_strands=both_strands,
        method=words,
        pairs=pairs,
        identities=identities,
    )


def nearest(
    train: Dataset,
    test: Dataset,
    *,
    molecule: Molecule,
    identity: float,
    coverage: float = COVERAGE,
    both_strands: bool = False,
    method: Method = "auto",
    progress: Progress | None = None,
) -> Nearest:
    """The nearest training record of each test record.

    Args:
        train: Training records.
        test: Records to look at.
        molecule: What they are made of.
        identity: Of interest; what is much less alike may not be found.
        coverage: As in `cluster`.
        both_strands: As in `cluster`.
        method: As in `cluster`.
        progress: Called with records done and all; may raise to end the work.

    Raises:
        BioseqError: MMseqs2 was asked for and is not there, or fails.
    """
    both_strands = both_strands and molecule is not Molecule.PROTEIN
    targets, queries = coded(train, molecule), coded(test, molecule)
    finder, words = _finder(method, [targets, queries])
    values, rows = finder.nearest(
        targets,
        queries,
        identity=identity,
        coverage=coverage,
        both_strands=both_strands,
        progress=progress or _silent,
    )
    same = _copied(train, test, molecule, both_strands=both_strands)
    copies = same >= 0
    return Nearest(np.where(copies, 1.0, values), np.where(copies, same, rows), copies, words)


def _copied(train: Dataset, test: Dataset, molecule: Molecule, *, both_strands: bool) -> NDArray[np.int64]:
    """For each test record the first training record that is the same, -1 where there is none, `(N,)`."""
    letters = np.concatenate([train.letters, test.letters])
    offsets = np.concatenate([train.offsets, test.offsets[1:] + len(train.letters)])
    first = same_letters(letters, offsets, molecule, both_strands=both_strands)[len(train) :]
    return np.where((first < len(train)) & (test.lengths > 0), first, -1)


class _Finder(Protocol):
    """What both methods offer."""

    def link(
        self,
        sequences: Coded,
        linkage: Linkage,
        *,
        identity: float,
        coverage: float,
        both_strands: bool,
        progress: Progress,
    ) -> Iterator[Pairs]:
        """See `builtin.link`."""

    def nearest(
        self,
        targets: Coded,
        queries: Coded,
        *,
        identity: float,
        coverage: float,
        both_strands: bool,
        progress: Progress,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """See `builtin.nearest`."""


def _finder(method: Method, sets: list[Coded]) -> tuple[_Finder, str]:
    windows = are_windows(*sets)
    if method == "mmseqs2" or (method == "auto" and not windows and _suits(sets) and mmseqs2.program() is not None):
        return mmseqs2, mmseqs2.words()
    return builtin, f"the built-in method ({builtin.UNGAPPED if windows else builtin.GAPPED})"


def _suits(sets: list[Coded]) -> bool:
    """Many proteins of some length, for which it is made; it misses pairs of peptides, and few are soon compared."""
    lengths = np.concatenate([sequences.lengths for sequences in sets])
    many = int(lengths.sum()) >= _MANY_LETTERS
    return many and sets[0].kinds > 4 and float(np.median(lengths)) >= _SHORT_PROTEIN


def _kept(found: Iterator[Pairs], ranked: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """All pairs are found; those that are kept are rows of the data set."""
    parts = [(np.zeros((0, 2), np.intp), np.zeros(0))]
    room = _MOST_PAIRS_KEPT
    for earlier, later, values in found:
        some = slice(0, max(0, room))
        parts.append((np.stack([ranked[earlier[some]], ranked[later[some]]], axis=1), values[some]))
        room -= len(earlier)
    return np.concatenate([pairs for pairs, _ in parts]), np.concatenate([values for _, values in parts])


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""
