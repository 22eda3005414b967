"""Classes and splits that the names of files tell: `pos_train.fa`, `neg_train.fa`, `pos_test.fa`.

A word such as "dev" or "test" names a split only where the names make sense without it: where another file has the
same name but for such a word. In `dev_enhancers.fa` beside `hk_enhancers.fa` it is a class.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.sequences.formats import COMPRESSION_ENDINGS, FORMATS
from bioseq.sequences.labels import split_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bioseq.sequences.dataset import Split

_ENDINGS = re.compile(
    "({})+$".format(
        "|".join(
            re.escape(ending)
            for ending in (*(end for facts in FORMATS.values() for end in facts.endings), ".txt", *COMPRESSION_ENDINGS)
        )
    ),
    re.IGNORECASE,
)


def find_splits(names: Sequence[str]) -> dict[str, Split]:
    """The split that the name of each file tells; files whose names tell none are left out.

    Args:
        names: Names of all files that are read together.
    """
    found: dict[str, Split] = {}
    ways: dict[tuple[str, ...], set[Split | None]] = defaultdict(set)
    for name in names:
        split, rest = _take_apart(name)
        ways[rest].add(split)
    for name in names:
        split, rest = _take_apart(name)
        if split is not None and (len(ways[rest]) > 1 or len(names) == 1 or not rest):
            found[name] = split
    return found


def find_labels(names: Sequence[str], splits: Mapping[str, Split]) -> dict[str, str]:
    """A label per file name: what is left without split words and without what all names share.

    Args:
        names: Names of the files.
        splits: What `find_splits` says of them.

    Returns:
        Nothing where the names do not tell at least two classes.
    """
    words = {name: list(_take_apart(name)[1]) if name in splits else _words(name) for name in names}
    shared = set.intersection(*(set(words[name]) for name in names)) if names else set()
    labels = {name: "_".join(word for word in words[name] if word not in shared) for name in names}
    if len(set(labels.values())) < 2:
        return {}
    if "" in labels.values():
        labels = {name: label or "_".join(words[name]) or Path(name).stem for name, label in labels.items()}
    return labels


def _words(name: str) -> list[str]:
    stem = _ENDINGS.sub("", name)
    return [word for word in re.split(r"[^0-9A-Za-z\u0080-\uffff]+", stem) if word]


def _take_apart(name: str) -> tuple[Split | None, tuple[str, ...]]:
    """The split among the words of a name, and the other words; none where they name several."""
    words = _words(name)
    splits = {split for word in words if (split := split_of(word)) is not None}
    if len(splits) != 1:
        return None, tuple(words)
    return splits.pop(), tuple(word for word in words if split_of(word) is None)
