"""Architectures that other installed packages bring, by the entry point group `bioseq.architectures`.

An entry point names a `Plugin`. It lies in a module without torch, as the catalogue does; the network's own module is
imported when a network is built. A plug-in that cannot be loaded is told, and does no harm to the others. What a file
names is never imported: only what the person has installed as a package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from bioseq.catalogue.specification import Architecture
from bioseq.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Collection

GROUP = "bioseq.architectures"

_NAME = re.compile(r"[a-z][a-z0-9_]{1,63}")
_NETWORK = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Plugin:
    """One architecture of another package.

    Attributes:
        specification: What it is, as of the architectures of the program.
        network: Where its network is: "package.module:Class". The class takes a task and settings, and keeps the
            interface of `bioseq.models.base.Network`.
    """

    specification: Architecture
    network: str


@dataclass(frozen=True, slots=True)
class Plugins:
    """All plug-ins of this installation.

    Attributes:
        found: Those that can be used, by name.
        faults: Those that cannot, and why.
    """

    found: dict[str, Plugin]
    faults: tuple[Problem, ...]


@cache
def installed_plugins(taken: Collection[str] = frozenset()) -> Plugins:
    """The plug-ins of this installation.

    Args:
        taken: Names and aliases that are used already.
    """
    return load_plugins(tuple(entry_points(group=GROUP)), taken)


def load_plugins(points: Collection[EntryPoint], taken: Collection[str]) -> Plugins:
    """Load entry points; each that cannot be used becomes a fault.

    Args:
        points: The entry points, in any order.
        taken: Names that are used already.
    """
    found: dict[str, Plugin] = {}
    faults: list[Problem] = []
    used = set(taken)
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        try:
            plugin = _checked(point.load(), used)
        except Exception as error:  # noqa: BLE001 - the border: the code of others must not end the program
            faults.append(_fault(point, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__))
            continue
        found[plugin.specification.name] = plugin
        used |= {plugin.specification.name, *plugin.specification.aliases}
    return Plugins(found, tuple(faults))


def _checked(loaded: object, used: Collection[str]) -> Plugin:
    """The object of an entry point, when it is a usable plug-in.

    Raises:
        TypeError: It is no plug-in.
        ValueError: Its name is not legal or taken, or its network cannot be found by its place.
    """
    if not isinstance(loaded, Plugin) or not isinstance(loaded.specification, Architecture):
        raise TypeError(f"the entry point names a {type(loaded).__name__}, not a Plugin with an Architecture")
    names = (loaded.specification.name, *loaded.specification.aliases)
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a name: small letters, digits and underscores are")
        if name in used:
            raise ValueError(f"the name {name!r} is taken")
    if not _NETWORK.fullmatch(loaded.network):
        raise ValueError(f"{loaded.network!r} is not of the form package.module:Class")
    return loaded


def _fault(point: EntryPoint, why: str) -> Problem:
    package = point.dist.name if point.dist is not None else point.value
    return Problem(
        "plugin.not_loaded",
        f"The plug-in {point.name!r} of the package {package} cannot be used: {why}.",
        package,
        f"Update or remove the package: pip uninstall {package}",
        Severity.WARNING,
    )
