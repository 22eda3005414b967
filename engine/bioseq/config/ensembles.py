"""The members of an ensemble as configurations of their own, and what is wrong with one of them for these data."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bioseq.catalogue.ensemble import NAME
from bioseq.catalogue.registry import ENSEMBLES
from bioseq.config.requirements import what_is_missing
from bioseq.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile

MOST_SEED = 2**31 - 1
_MEMBERS = "model.hyper.members"
_OTHER = "Name another member."


def member_names(config: Configuration) -> tuple[str, ...]:
    """The members' names in the catalogue, in order; empty when the configuration is of no ensemble."""
    ensemble = ENSEMBLES.get(config.model.name)
    if ensemble is None or ensemble.problems(config.model.hyper):
        return ()
    return ensemble.members(config.model.hyper)


def member_configurations(config: Configuration) -> tuple[Configuration, ...]:
    """What each member of an ensemble is trained by, in order.

    Data, split and training are those of the ensemble, the model's settings its defaults. The first of a name has the
    seed of the ensemble, so that it is the very model that would come of training it alone; each further one has the
    next seed.
    """
    before: Counter[str] = Counter()
    made = []
    for name in member_names(config):
        made.append(_member(config, name, before[name]))
        before[name] += 1
    return tuple(made)


def _member(config: Configuration, name: str, number: int) -> Configuration:
    seed = (config.training.seed + number) % (MOST_SEED + 1)
    return config.model_copy(
        update={
            "model": config.model.model_copy(update={"name": name, "hyper": {}}),
            "training": config.training.model_copy(update={"seed": seed}),
        }
    )


def ensemble_problems(
    config: Configuration,
    profile: DataProfile | None,
    member_problems: Callable[[Configuration], Iterable[Problem]],
) -> Iterator[Problem]:
    """What is wrong or doubtful about the members of an ensemble; nothing for all other models.

    Args:
        config: Of a run.
        profile: What the data are like, when they are known.
        member_problems: `(configuration of a member) -> ` what is wrong with it.
    """
    names = member_names(config)
    if len(names) == 1:
        yield Problem(
            "config.one_member", "An ensemble of one member is that model alone.", _MEMBERS,
            "Name more members, or train the model itself.", Severity.WARNING,
        )  # fmt: skip
    told: set[tuple[str, str]] = set()
    for member in dict(zip(names, member_configurations(config), strict=True)).values():
        for problem in (*_misfits(member, profile), *member_problems(member)):
            named = _of_member(member, problem)
            if (named.where, named.message) not in told:
                told.add((named.where, named.message))
                yield named


def _misfits(member: Configuration, profile: DataProfile | None) -> Iterator[Problem]:
    """What the member lacks, and why the data do not suit it."""
    model = ENSEMBLES[NAME].known[member.model.name]
    if missing := what_is_missing(model, profile):
        yield Problem("config.unsuited_member", missing, "model.name", _OTHER)
    elif profile is not None and (doubt := model.unsuited(profile)):
        yield Problem("config.unsuited_member", doubt, "model.name", _OTHER, Severity.WARNING)


def _of_member(member: Configuration, problem: Problem) -> Problem:
    """A problem of a member's own settings stands at the list of members, since it has no place of its own."""
    if not problem.where.startswith("model."):
        return problem
    title = ENSEMBLES[NAME].known[member.model.name].title
    return replace(problem, message=f"{title}, a member: {problem.message}", where=_MEMBERS)
