"""The ensemble: several models learn the same records, and the mean of their probabilities is the answer.

Members may be networks and feature baselines; one that is named twice learns twice, from other random numbers. They
have the settings of their own defaults. Which names are known is told by the registry.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.specification import Family, HyperParameter, ModelSpecification
from bioseq.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import HyperValues, TaskShape

NAME = "ensemble"
MOST_MEMBERS = 63
"""More take long, and their mean hardly differs from that of these: nine models of a study, each on seven folds."""
PLAIN, WEIGHTED, GEOMETRIC = "plain", "weighted", "geometric"
_MOST_KINDS = 4
"""Kinds of members that are named in a title."""
_MEMBER = re.compile(r"^Member \d+ of \d+: ")
"""What `member_title` puts before the model."""
_PLACE = "model.hyper.members"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble(ModelSpecification):
    """The specification of an ensemble.

    Attributes:
        known: What may be a member: name to specification.
    """

    known: Mapping[str, ModelSpecification]

    def members(self, hyper: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the members in order, aliases resolved; unknown names as they are."""
        aliases = {alias: model.name for model in self.known.values() for alias in model.aliases}
        return tuple(aliases.get(name, name) for name in listed(str(self.resolve(hyper)["members"])))

    def problems(self, values: Mapping[str, object], task: TaskShape | None = None) -> tuple[Problem, ...]:
        """As of every model, and the members' names even before the task is known."""
        found = ModelSpecification.problems(self, values, task)
        if found or "members" not in values:
            return found
        return _name_problems(self, {"members": str(values["members"])})


def listed(members: str) -> tuple[str, ...]:
    """The names in a list with commas: "dnn, text_cnn" gives ("dnn", "text_cnn")."""
    return tuple(name for name in (part.strip() for part in members.split(",")) if name)


def joined(members: tuple[str, ...]) -> str:
    """The inverse of `listed`."""
    return ", ".join(members)


def member_title(number: int, count: int, title: str) -> str:
    """Which member of so many, for people: "Member 2 of 3: Text CNN"."""
    return f"Member {number} of {count}: {title}"


def model_of(member: str) -> str:
    """The model of a member, from what `member_title` gave: "Text CNN"; any other title as it is."""
    return _MEMBER.sub("", member)


def specification_of(known: Mapping[str, ModelSpecification]) -> Ensemble:
    """The ensemble whose members may be any of these models.

    The default is one network with three seeds and not three kinds: models of a kind are about equally good, so that a
    plain mean is pulled down by none of them on data nobody has seen yet, and three keep most of what many give
    (Lakshminarayanan et al. 2017, figure 1). Text CNN reads sequences of any molecule and length, and is quick.
    """
    return Ensemble(
        name=NAME,
        title="Ensemble",
        family=Family.ENSEMBLE,
        summary="Lets several models learn the same records, and answers with the mean of what they say.",
        good_for="When each bit of accuracy counts, and to see where models disagree; it takes as long as all its "
        "members together.",
        paper="Lakshminarayanan et al. 2017",
        doi="10.48550/arXiv.1612.01474",
        hyper=_HYPER,
        check=_no_conflicts,
        blocks=("Letters", "Members in parallel", "Mean", "Classes"),
        variant=lambda hyper, _task: _in_words(known, listed(str(hyper["members"]))),
        small={"members": "lr, lr"},
        known=known,
    )


def _no_conflicts(_task: TaskShape, _hyper: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Members are told apart by their names; what the data say against them is told by `config.ensembles`."""
    return ()


def _name_problems(ensemble: Ensemble, hyper: HyperValues) -> tuple[Problem, ...]:
    names = ensemble.members(hyper)
    if not 1 <= len(names) <= MOST_MEMBERS:
        message = f"An ensemble has 1 to {MOST_MEMBERS} members; these are {len(names)}."
        return (Problem("config.members", message, _PLACE, "Name models of the catalogue, with commas between them."),)
    return tuple(_unknown(name, ensemble.known) for name in dict.fromkeys(names) if name not in ensemble.known)


def _unknown(name: str, known: Mapping[str, ModelSpecification]) -> Problem:
    if name == NAME:
        return Problem(
            "config.nested_ensemble",
            "An ensemble cannot be a member of an ensemble.",
            _PLACE,
            "Name its members themselves; a model that is named twice learns twice.",
        )
    nearest = difflib.get_close_matches(name, known, 1)
    return Problem(
        "config.unknown_model",
        f"There is no network or feature baseline named {name!r}.",
        _PLACE,
        f"Did you mean {nearest[0]}?" if nearest else f"There are: {', '.join(known)}.",
    )


def _in_words(known: Mapping[str, ModelSpecification], names: tuple[str, ...]) -> str:
    """Who the members are: "3 × Text CNN, Logistic regression"; of many kinds those with the most members."""
    titles = {alias: model.title for model in known.values() for alias in (model.name, *model.aliases)}
    counts = Counter(titles.get(name, name) for name in names)
    shown = counts if len(counts) <= _MOST_KINDS else dict(counts.most_common(_MOST_KINDS - 1))
    told = ", ".join(f"{count} × {title}" if count > 1 else title for title, count in shown.items())
    others = counts.total() - sum(shown.values())
    return f"{told} and {others} others" if others else told


_HYPER = (
    HyperParameter(
        "members",
        "Members",
        "The models that learn, by their names in the catalogue with commas between them: networks and feature "
        "baselines, each with its own defaults. One that is named again learns again, from another seed. Members of a "
        "kind make each other steadier; members of different kinds may also correct each other, if they are about "
        "equally good.",
        "text_cnn, text_cnn, text_cnn",
        advanced=False,
    ),
    HyperParameter(
        "combine",
        "Combine by",
        "The plain mean lets each member count the same. The weighted mean lets those count more whose share makes the "
        "validation records least surprising; it needs many of them, and suits members of different quality. In the "
        "geometric mean, weighted too, a member that is sure counts for more; its weights stay near equal ones when "
        "records are few. Find the best model uses it.",
        PLAIN,
        choices=(
            (PLAIN, "Plain mean"),
            (WEIGHTED, "Mean weighted by validation"),
            (GEOMETRIC, "Geometric mean weighted by validation"),
        ),
        advanced=False,
    ),
)
