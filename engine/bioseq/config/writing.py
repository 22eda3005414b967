"""A configuration as TOML that explains itself: each option under a comment from its help.

The text depends on the values only, so that saving what was loaded gives the same bytes.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import tomlkit

from bioseq.config.fields import FieldDescription, describe_fields, section_title, sections, specification_of
from bioseq.config.schema import SCHEMA_VERSION, DataFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tomlkit.items import Table

    from bioseq.catalogue.specification import HyperParameter
    from bioseq.config.schema import Configuration

_WIDTH = 100


def dumps(config: Configuration) -> str:
    """Write a configuration as TOML, with a comment per option."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Configuration of BioSeq Studio. Train with: bioseq train THIS_FILE"))
    document.add(tomlkit.comment("Paths are relative to this file. An option that is left out has its default."))
    document.add("schema", tomlkit.item(SCHEMA_VERSION))
    for section in sections():
        document.add(tomlkit.nl())
        document.add(section, _section(config, section))
    return tomlkit.dumps(document)


def _section(config: Configuration, section: str) -> Table:
    table = tomlkit.table()
    values = getattr(config, section)
    described = [field for field in describe_fields() if field.section == section]
    # In TOML whatever follows a sub-table's header belongs to it: plain options come first.
    for field in described:
        if field.kind not in ("table", "files"):
            _add_comment(table, _about(field))
            table.add(field.name, tomlkit.item(getattr(values, field.name)))
    for field in described:
        if field.kind == "files":
            _add_files(table, field, getattr(values, field.name))
        elif field.kind == "table":
            _add_table(table, field, config)
    table.comment(section_title(section))
    return table


def _add_files(table: Table, field: FieldDescription, files: tuple[DataFile, ...]) -> None:
    if not files:
        _add_comment(table, [*_about(field), 'Each as: [[data.files]] path = "..." role = "..." label = "..."'])
        table.add(field.name, tomlkit.array())
        return
    entries = tomlkit.aot()
    for file in files:
        entry = tomlkit.table()
        for name in DataFile.model_fields:
            entry.add(name, tomlkit.item(getattr(file, name)))
        entries.append(entry)
    _add_comment(table, [*_about(field), _roles()])
    table.add(field.name, entries)


def _roles() -> str:
    role = DataFile.model_fields["role"]
    extra = role.json_schema_extra if isinstance(role.json_schema_extra, dict) else {}
    choices = extra.get("choices")
    words = ", ".join(str(choice) for choice in choices) if isinstance(choices, dict) else ""
    return f"role: {role.description} One of: {words}. label: {DataFile.model_fields['label'].description}"


def _add_table(table: Table, field: FieldDescription, config: Configuration) -> None:
    values: dict[str, Any] = getattr(getattr(config, field.section), field.name)
    inner = tomlkit.table()
    known: dict[str, HyperParameter] = {}
    if field.path == "model.hyper" and (chosen := specification_of(config)) is not None:
        known = {parameter.name: parameter for parameter in chosen.hyper}
    for name, value in values.items():
        if name in known:
            _add_comment(inner, _about_hyper(known[name]))
        inner.add(name, tomlkit.item(value))
    left_out = [name for name in known if name not in values]
    if left_out:
        listed = ", ".join(f"{name} = {_toml(known[name].default)}" for name in left_out)
        _add_comment(inner, [f"Left at their defaults: {listed}"])
    _add_comment(table, _about(field))
    table.add(field.name, inner)


def _about(field: FieldDescription) -> list[str]:
    facts = [
        f"Unit: {field.unit}." if field.unit else "",
        f"Range: {field.range_text}." if field.range_text else "",
        f"One of: {', '.join(field.choices)}." if field.choices else "",
        f"Default: {_toml(field.default)}." if field.kind not in ("table", "files") else "",
    ]
    return [field.help, " ".join(fact for fact in facts if fact)]


def _about_hyper(parameter: HyperParameter) -> list[str]:
    bounds = [f"{bound:g}" for bound in (parameter.minimum, parameter.maximum) if bound is not None]
    facts = [
        f"Unit: {parameter.unit}." if parameter.unit else "",
        f"Range: {' to '.join(bounds)}." if len(bounds) == 2 and not parameter.choices else "",
        f"One of: {', '.join(_toml(choice) for choice, _ in parameter.choices)}." if parameter.choices else "",
        f"Default: {_toml(parameter.default)}.",
    ]
    return [parameter.help, " ".join(fact for fact in facts if fact)]


def _toml(value: object) -> str:
    return tomlkit.item(value).as_string()


def _add_comment(table: Table, paragraphs: Iterable[str]) -> None:
    for paragraph in paragraphs:
        for line in textwrap.wrap(paragraph, _WIDTH):
            table.add(tomlkit.comment(line))
