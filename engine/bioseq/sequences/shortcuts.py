"""What gives the class away without the sequence being read: length, GC, letters, names, files, order.

A model takes the shortest way. Where one class is longer than the other because it was collected elsewhere, a network
learns the length, does well on the test, and fails on new sequences (Geirhos et al. 2020, Shortcut learning in deep
neural networks, 10.1038/s42256-020-00257-z). Each trivial trait is asked how well it alone tells the classes apart:
shares of the classes per step of the trait, from half of the records, order the other half. numpy only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import NO_LABEL
from bioseq.sequences.findings import Finding
from bioseq.sequences.tokens import Vocabulary
from bioseq.sequences.wording import listed, short_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

TELLS = 0.9
"""ROC AUC, a mean over the classes, from which a trait is said to tell the classes."""
FEWEST_RECORDS = 100
"""Labelled records below which chance looks like a shortcut."""
_FEWEST_OF_CLASS = 10
_SAMPLE = 20_000
_SAMPLE_LETTERS = 1 << 24
_STEPS = 32
_KINDS_OF_NAMES = 64
_CLASSES_NAMED = 4
_FIRST_RESIDUE = 2
_DIGITS = re.compile(r"\d+")
_NAMES_OF_CLASSES = re.compile(r"pos|neg|non|case|control|true|false|class|label|^[pn]$", re.IGNORECASE)


def find_shortcuts(dataset: Dataset, molecule: Molecule) -> Iterator[Finding]:
    """What gives the classes away; nothing where there are few records or only one class.

    Args:
        dataset: Records as read.
        molecule: What they are made of.
    """
    rows = _sampled(dataset)
    if rows is None:
        return
    records = dataset.take(rows)
    yield from _length(records)
    yield from _composition(records, molecule)
    yield from _names(records)
    yield from _files(records)
    yield from _order(records)


def _length(records: Dataset) -> Iterator[Finding]:
    told = _told(_steps(records.lengths.astype(np.float64)), records.labels)
    if told >= TELLS:
        medians = _by_class(records, records.lengths, np.median, "{:,.0f}")
        yield _finding(
            "length_tells_class",
            f"The length alone tells the classes apart (ROC AUC {told:.2f}); its median is {medians}.",
            "A model will learn the length in place of the sequence, and fail on records of other lengths. Choose "
            "records of the same lengths for all classes, or cut them to one length.",
            records,
        )


def _composition(records: Dataset, molecule: Molecule) -> Iterator[Finding]:
    shares = _shares(records, molecule)
    remedy = (
        "A model will learn it in place of what you look for; that may be biology, or how the records were collected. "
        "Choose records of the same composition for all classes, from the same genomes or made by shuffling."
    )
    if molecule is not Molecule.PROTEIN:
        residues = ALPHABETS[molecule].residues
        strong = shares[:, residues.index("G")] + shares[:, residues.index("C")]
        told = _told(_steps(strong), records.labels)
        if told >= TELLS:
            means = _by_class(records, strong, np.mean, "{:.0%}")
            message = f"The GC content alone tells the classes apart (ROC AUC {told:.2f}); its mean is {means}."
            yield _finding("gc_tells_class", message, remedy, records)
            return
    told = _told_together(shares, records.labels)
    if told >= TELLS:
        message = f"How often each letter occurs, and not where, tells the classes apart (ROC AUC {told:.2f})."
        yield _finding("letters_tell_class", message, remedy, records)


def _names(records: Dataset) -> Iterator[Finding]:
    kinds, shown, spelt = _kinds_of_names(records)
    told = 0.5 if spelt else _told(kinds, records.labels)
    if told >= TELLS:
        largest = np.bincount(kinds).argsort()[::-1]
        starts = listed([f"'{short_name(shown[kind])}…'" for kind in largest if kind < len(shown)], most=4)
        yield _finding(
            "names_tell_class",
            f"The names alone tell the classes apart (ROC AUC {told:.2f}): they begin with {starts}.",
            "No model reads names, but the classes seem to come from different collections, and a model may learn what "
            "else differs between these. Take all classes from one source where you can.",
            records,
        )


def _files(records: Dataset) -> Iterator[Finding]:
    """Files of several classes each whose shares differ so much that the file tells the class: batches."""
    files = np.searchsorted(records.source_starts, np.arange(len(records)), "right") - 1
    kinds = np.unique(np.column_stack([files, records.labels]), axis=0)
    if len(np.unique(files)) == len(kinds):
        return  # each file is of one class: that is how labels may be given
    told = _told(files, records.labels)
    if told >= TELLS:
        yield _finding(
            "files_tell_class",
            f"The file alone tells the classes apart (ROC AUC {told:.2f}), though files hold several classes.",
            "What else differs between the files, such as the laboratory or the species, may be learnt in place of the "
            "class. Take each class from all sources alike.",
            records,
        )


def _order(records: Dataset) -> Iterator[Finding]:
    told = _told(_steps(np.arange(len(records), dtype=np.float64)), records.labels)
    if told >= TELLS:
        yield _finding(
            "order_tells_class",
            f"The records are sorted by class: their place in the file tells it (ROC AUC {told:.2f}).",
            "It does no harm here: records are drawn at random for validation and test, and mixed in training.",
            records,
            severity=Severity.INFO,
        )


def _finding(
    code: str, message: str, remedy: str, records: Dataset, *, severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(code, severity, message, remedy, len(records))


def _by_class(records: Dataset, values: NDArray[Any], summary: Callable[[NDArray[Any]], Any], form: str) -> str:
    """A number for each of the first classes: "120 in 'a', 300 in 'b'"."""
    present = np.unique(records.labels)
    told = [
        f"{form.format(float(summary(values[records.labels == label])))} in '{short_name(records.label_names[label])}'"
        for label in present
    ]
    return listed(told, most=_CLASSES_NAMED)


def _sampled(dataset: Dataset) -> NDArray[np.intp] | None:
    """Labelled records with letters, at most so many, ascending; None where they are too few to tell chance apart."""
    rows = np.flatnonzero((dataset.labels != NO_LABEL) & (dataset.lengths > 0))
    counts = np.bincount(dataset.labels[rows], minlength=1)
    if len(rows) < FEWEST_RECORDS or np.count_nonzero(counts >= _FEWEST_OF_CLASS) < 2:
        return None
    rows = rows[np.isin(dataset.labels[rows], np.flatnonzero(counts >= _FEWEST_OF_CLASS))]
    chance = np.random.default_rng(1)
    mean = float(dataset.lengths[rows].mean())
    most = min(_SAMPLE, max(FEWEST_RECORDS, int(_SAMPLE_LETTERS / mean)))
    return rows if len(rows) <= most else np.sort(chance.choice(rows, most, replace=False))


def _shares(records: Dataset, molecule: Molecule) -> NDArray[np.float64]:
    """Share of each residue, `(N, residues)`."""
    residues = len(ALPHABETS[molecule].residues)
    column = Vocabulary(molecule).encode(records.letters, records.offsets)
    owners = np.repeat(np.arange(len(records)), column.lengths)
    known = column.tokens >= _FIRST_RESIDUE
    places = owners[known] * residues + column.tokens[known] - _FIRST_RESIDUE
    counts = np.bincount(places, minlength=len(records) * residues).reshape(-1, residues)
    return counts / column.lengths[:, None]


def _kinds_of_names(records: Dataset) -> tuple[NDArray[np.int64], list[str], bool]:
    """The kind of each record's name, the kinds, and whether names spell out the class, as `pos_17` does.

    Only what stands before the first digit counts, and the most common kinds; all others are one more kind.
    """
    shapes = np.array([_DIGITS.split(records.ids[row], maxsplit=1)[0][:40] for row in range(len(records))])
    kinds, codes, counts = np.unique(shapes, return_inverse=True, return_counts=True)
    common = np.argsort(-counts, kind="stable")[:_KINDS_OF_NAMES]
    place = np.full(len(kinds), len(common), np.int64)
    place[common] = np.arange(len(common))
    shown = [str(kind) for kind in kinds[common]]
    classes = [name.casefold() for name in records.label_names if len(name) > 1]
    spelt = any(_NAMES_OF_CLASSES.search(kind) or any(name in kind.casefold() for name in classes) for kind in shown)
    return place[codes.ravel()], shown, spelt


def _steps(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """The step of each value, of about `_STEPS` with equally many records, `(N,)`."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _STEPS + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right").astype(np.int64)


def _told(steps: NDArray[np.int64], labels: NDArray[np.integer]) -> float:
    """How well the steps tell the classes: mean ROC AUC of each class against the rest, [0, 1].

    The shares of a class at each step are learnt from half of the records, and order the other half.
    """
    learnt, judged = _halves(len(labels))
    count = int(steps.max()) + 1
    found = []
    for label in np.unique(labels):
        own = labels == label
        inside = np.bincount(steps[learnt & own], minlength=count)
        all_there = np.bincount(steps[learnt], minlength=count)
        share = (inside + own.mean()) / (all_there + 1)
        found.append(_area(share, steps[judged], own[judged]))
    return float(np.mean(found))


def _told_together(features: NDArray[np.float64], labels: NDArray[np.integer]) -> float:
    """The same of several numbers together, by linear discriminants: least squares on the classes (Fisher 1936)."""
    learnt, judged = _halves(len(labels))
    centred = features - features[learnt].mean(axis=0)
    scatter = centred[learnt].T @ centred[learnt]
    scatter[np.diag_indices_from(scatter)] += 1e-6 * max(float(np.trace(scatter)), 1e-12)
    found = []
    for label in np.unique(labels):
        own = labels == label
        target = own[learnt] - own[learnt].mean()
        scores = centred @ np.linalg.solve(scatter, centred[learnt].T @ target)
        steps = np.unique(scores, return_inverse=True)[1].ravel()
        found.append(_area(np.arange(steps.max() + 1, dtype=np.float64), steps[judged], own[judged]))
    return float(np.mean(found))


def _halves(count: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    learnt = np.zeros(count, np.bool_)
    learnt[np.random.default_rng(2).permutation(count)[: count // 2]] = True
    return learnt, ~learnt


def _area(scores: NDArray[np.float64], steps: NDArray[np.int64], own: NDArray[np.bool_]) -> float:
    """ROC AUC of records whose step has a score; equal scores count half. 0.5 where a class is absent."""
    ranked, place = np.unique(scores, return_inverse=True)
    inside = np.bincount(place.ravel()[steps[own]], minlength=len(ranked)).astype(np.float64)
    outside = np.bincount(place.ravel()[steps[~own]], minlength=len(ranked)).astype(np.float64)
    if not inside.sum() or not outside.sum():
        return 0.5
    below = np.cumsum(outside) - outside / 2
    return float(inside @ below / (inside.sum() * outside.sum()))
