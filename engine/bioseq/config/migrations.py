"""Old configurations made new, one version at a time.

`MIGRATIONS[n]` turns the plain values of a file of version n into those of version n + 1. A migration changes names and
values only as far as the format changed; whatever it does not understand it leaves for the reader to report.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bioseq.config.schema import SCHEMA_VERSION
from bioseq.config.wording import shown
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Document = dict[str, Any]

MIGRATIONS: Mapping[int, Callable[[Document], Document]] = MappingProxyType({})
"""Version 1 is the first: there is nothing older to migrate yet."""


def migrate(
    document: Document,
    *,
    where: str = "",
    migrations: Mapping[int, Callable[[Document], Document]] = MIGRATIONS,
    newest: int = SCHEMA_VERSION,
) -> Document:
    """The values of a file in the newest version of the format.

    Args:
        document: The values as read; not changed.
        where: The file, for messages.
        migrations: Version to the step to the next.
        newest: The version to reach.

    Raises:
        BioseqError: The file does not say its version, or is of a version that this program does not know.
    """
    version = _version(document, where=where, newest=newest)
    while version < newest:
        if version not in migrations:
            raise BioseqError(
                "config.bad_version",
                f"There never was a version {version} of this format.",
                where=where,
                remedy=f"The newest is: schema = {newest}.",
            )
        document = {**migrations[version](document), "schema": version + 1}
        version += 1
    return document


def _version(document: Document, *, where: str, newest: int) -> int:
    if "schema" not in document:
        raise BioseqError(
            "config.no_version",
            "This file does not say its version, so it may not be a configuration of this program.",
            where=where,
            remedy=f"If it is one, write as its first line: schema = {newest}",
        )
    version = document["schema"]
    if type(version) is not int or version < 0:
        raise BioseqError(
            "config.bad_version",
            f"The version of the file is {shown(version)}, which is not a whole number.",
            where=where,
            remedy=f"The newest is: schema = {newest}.",
        )
    if version > newest:
        raise BioseqError(
            "config.too_new",
            f"This configuration was written by a newer version of the program (format {shown(version)}; "
            f"this program reads up to {newest}).",
            where=where,
            remedy="Update the program, or save the configuration again with this version.",
        )
    return version
