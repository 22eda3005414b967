"""A table that tells the classes of records in other files, by their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.sequences.table_columns import ColumnNames, Table, find_ids, find_label, find_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_VERSION = re.compile(r"\.\d{1,3}$")
_HOW = {
    "exactly": "",
    "case": "whatever their case",
    "version": "without the version behind the point",
    "part": "by a part of the id between bars",
}


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """Classes by id.

    Attributes:
        labels: Id to label; rows without a label are left out.
        id_column: Name of the column of ids.
        label_column: Name of the column of labels.
        names: Names of all columns.
    """

    labels: Mapping[str, str]
    id_column: str
    label_column: str
    names: tuple[str, ...] = field(default=())


def read_label_sheet(table: Table, wanted: ColumnNames, *, where: str = "") -> LabelSheet:
    """Read the columns of ids and of labels.

    Args:
        table: The rows under their names.
        wanted: Columns that the person named.
        where: The file, for messages.

    Raises:
        BioseqError: No columns of ids and labels can be told, a named one is missing, or one id has two labels.
    """
    label = find_named(table, wanted.label, where)
    label = find_label(table, set()) if label is None else label
    identity = find_named(table, wanted.id, where)
    identity = find_ids(table, set() if label is None else {label}) if identity is None else identity
    if identity is None or label is None:
        if len(table.names) < 2:
            raise BioseqError(
                "data.no_label_column",
                "The label sheet needs a column of ids and a column of labels.",
                where=where,
                remedy="Name them 'id' and 'label'.",
            )
        identity = next(n for n in (0, 1) if n != label) if identity is None else identity
        label = next(n for n in (1, 0) if n != identity) if label is None else label
    labels: dict[str, str] = {}
    for line, key, text in zip(table.lines, table.column(identity), table.column(label), strict=True):
        if key and labels.setdefault(key, text) != text:
            raise BioseqError(
                "data.two_labels_in_sheet",
                f"The id '{key[:100]}' has two labels, '{labels[key][:60]}' and '{text[:60]}'.",
                where=f"{where}, line {line}",
                remedy="Leave one of them.",
            )
    found = {key: text for key, text in labels.items() if text}
    return LabelSheet(found, table.names[identity], table.names[label], table.names)


def match_ids(labels: Mapping[str, str], ids: Iterable[str]) -> tuple[list[str], str]:
    """The label of each record, empty where there is none.

    Ids are compared as they stand; where hardly any is found so, whatever their case, without the version behind a
    point (`NM_000546.6`), and by the parts of `sp|P04637|P53_HUMAN`. A looser way counts only where it tells ids of
    the sheet apart.

    Returns:
        The labels, and in words how ids were compared; empty where as they stand.
    """
    ids = list(ids)
    best: list[str] = [labels.get(identity, "") for identity in ids]
    how = "exactly"
    for way, keys in _WAYS.items():
        if sum(map(bool, best)) >= 0.5 * len(ids):
            break
        loose = _loose_labels(labels, keys)
        found = [next((loose[key] for key in keys(identity) if key in loose), "") for identity in ids]
        if sum(map(bool, found)) > sum(map(bool, best)):
            best, how = found, way
    return best, _HOW[how]


def _loose_labels(labels: Mapping[str, str], keys: Callable[[str], list[str]]) -> dict[str, str]:
    """Label by the looser forms of ids; a form that two ids with unlike labels have tells nothing."""
    loose: dict[str, str] = {}
    for identity, label in labels.items():
        for key in keys(identity):
            loose[key] = label if loose.get(key, label) == label else ""
    return {key: label for key, label in loose.items() if key and label}


def _versionless(identity: str) -> str:
    return _VERSION.sub("", identity.strip().casefold())


_WAYS: dict[str, Callable[[str], list[str]]] = {
    "case": lambda identity: [identity.strip().casefold()],
    "version": lambda identity: [_versionless(identity)],
    "part": lambda identity: [_versionless(part) for part in re.split(r"[|\s]", identity) if len(part) > 2],
}
