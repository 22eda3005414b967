"""Which of two class names is the background: "wildtype" beside "mutant", "0" beside "1", "unbound" beside "bound".

Whole words decide, never beginnings: "nonsense", "NotI" and "Notch1" are no negations. Where the names leave a doubt,
nothing is said.
"""

from __future__ import annotations

import re
from itertools import pairwise

_BACKGROUND = frozenset(
    {"neg", "negative", "negatives", "no", "none", "nothing", "false", "absent", "absence", "without"}
    | {"other", "others", "rest", "neither", "background", "backgrounds", "control", "controls", "mock", "untreated"}
    | {"decoy", "decoys", "random", "randomized", "randomised", "shuffled", "scrambled"}
    | {"normal", "healthy", "benign", "neutral", "wt", "wildtype", "wild type"}
)
"""Words that name a background, as the whole label or as its first or last word."""
_ANOTHER_SENSE = (("gram", "negative"), ("dominant", "negative"), ("control", "region"))
"""Neighbouring words that mean something else together."""
_NEGATED = frozenset(
    {"bound", "binder", "binders", "binding", "coding", "active", "toxic", "modified", "methylated", "phosphorylated"}
    | {"acetylated", "glycosylated", "ubiquitinated", "enhancer", "enhancers", "promoter", "promoters", "site", "sites"}
    | {"functional", "pathogenic", "interacting", "antimicrobial", "amp", "amps", "essential", "allergen", "allergenic"}
    | {"secreted", "expressed", "infected", "affected", "related", "target", "tumor", "tumour", "cancer"}
)
"""Words whose negation is known without its partner: "unbound", "nontoxic", "inactive"."""
_PREFIXES = ("non", "un", "in", "not", "no")
_NO_NEGATION = frozenset({"nonsense", "nonsynonymous"})
"""They start like a negation and are what is looked for, beside "sense" and "synonymous"."""
_PAIRS = frozenset(
    {("n", "y"), ("n", "p"), ("n", "t"), ("f", "t"), ("ref", "alt"), ("reference", "alternative")}
    | {("reference", "alternate"), ("susceptible", "resistant")}
)
"""Names that are a background beside this partner only."""
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\ufe63": "-", "\uff0d": "-", "\uff0b": "+"})
_NUMBER = re.compile(r"[+-]?\d+(\.0*)?")
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[^\W_]+")


def names_a_negative(label: str, other: str = "") -> bool:
    """Whether a class is called the background or the absence of something: "negative", "non-binding", "0".

    Args:
        label: Its name.
        other: The name of the only other class, where there are two: it tells that "unfolded" is the absence of
            "folded", and "-1" of "1".
    """
    label, other = label.strip().translate(_SIGNS), other.strip().translate(_SIGNS)
    if _NUMBER.fullmatch(label):
        return float(label) == 0 or (float(label) == -1 and other in ("1", "+1", "1.0"))
    return _is_minus(label, other) or _is_background(label, other) or _is_negation(label, other)


def _is_minus(label: str, other: str) -> bool:
    """Whether it ends in a minus and the other in a plus: "CD4-" beside "CD4+"."""
    ends = [text.strip("() ") for text in (label, other)]
    return ends[0].endswith("-") and ends[1].endswith("+") and ends[0][:-1] == ends[1][:-1]


def _is_background(label: str, other: str) -> bool:
    words, others = _words(label), _words(other)
    if (_compact(words), _compact(others)) in _PAIRS:
        return True
    if label == "REST" or any(pair in pairwise(words) for pair in _ANOTHER_SENSE):
        return False
    own = [word for word in words if word not in others] or words
    if own == ["0"] and [word for word in others if word not in words] == ["1"]:
        return True
    if own[:2] == ["wild", "type"]:
        own = ["wild type", *own[2:]]
    return bool(own) and any(_without_number(word) in _BACKGROUND for word in (own[0], own[-1]))


def _is_negation(label: str, other: str) -> bool:
    """A prefix before the name of the other class, before a word that is known, or set off from what follows it."""
    words = _words(label)
    name, partner = _compact(words), _compact(_words(other))
    if name in _NO_NEGATION:
        return False
    for prefix in _PREFIXES:
        if name.startswith(prefix) and name.removeprefix(prefix) in ({partner} - {""}) | _NEGATED:
            return True
    return len(words) > 1 and (words[0] == "non" or (words[0] == "not" and not label[3].isalnum()))


def _words(text: str) -> list[str]:
    """The words of a label in small letters, parted at other characters and at capitals."""
    return [word.casefold() for word in _WORD.findall(text)]


def _compact(words: list[str]) -> str:
    return "".join(words)


def _without_number(word: str) -> str:
    """The word without the number that counts several of its kind; "WT1" and "NO2" keep theirs."""
    bare = word.rstrip("0123456789")
    return bare if len(bare) > 2 else word
