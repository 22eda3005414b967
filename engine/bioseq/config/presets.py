"""Named settings for kinds of questions: the files of `resources/presets/`, each a part of a configuration.

A preset says which model reads which tokens, and how it learns; files, molecule, labels and splits stay as they are. A
preset is a file of the program, read as strictly as a person's configuration.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from bioseq.config.fields import suggestion, with_value
from bioseq.errors import BioseqError
from bioseq.resources import resource_folder
from bioseq.sequences.alphabets import Molecule

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration

_SECTIONS = ("tokens", "model", "training", "augmentation")
"""What a preset may set."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under a name.

    Attributes:
        name: Stable key, the name of the file: `dna_motifs`.
        title: For people: "Binding sites, motifs of 8 to 24 letters".
        description: When to take it, one or two sentences for a biologist.
        molecules: What it is made for; empty when anything.
        values: Option to value: `{"model.name": "text_cnn", "model.hyper": {...}, ...}`; the model stands first.
    """

    name: str
    title: str
    description: str
    molecules: tuple[Molecule, ...]
    values: tuple[tuple[str, Any], ...]

    @property
    def model(self) -> str:
        """The architecture or feature baseline that it takes."""
        return str(dict(self.values)["model.name"])

    def suits(self, molecule: Molecule) -> bool:
        """Whether it is made for this molecule."""
        return not self.molecules or molecule in self.molecules

    def leaves(self, path: str) -> bool:
        """Whether an option keeps its value when the preset is applied; settings of the model never do."""
        return path not in dict(self.values) and not path.startswith("model.hyper")

    def applied_to(self, config: Configuration) -> Configuration:
        """The configuration with the preset's values in their places; settings of another model are left out.

        Raises:
            BioseqError: A value is not legal.
        """
        config = with_value(config, "model.hyper", {})
        for path, value in self.values:
            config = with_value(config, path, value)
        return config


@cache
def presets() -> tuple[Preset, ...]:
    """All presets that come with the program, by name.

    Raises:
        BioseqError: A file is damaged.
    """
    return tuple(read_preset(path) for path in sorted((resource_folder() / "presets").glob("*.toml")))


def preset(name: str) -> Preset:
    """The preset with this name.

    Raises:
        BioseqError: There is none; says the nearest.
    """
    known = {found.name: found for found in presets()}
    if name not in known:
        raise BioseqError(
            "config.unknown_preset",
            f"There is no preset named {name!r}.",
            remedy=suggestion(name, known) or "`bioseq presets` lists them.",
        )
    return known[name]


def read_preset(path: Path) -> Preset:
    """Read one file.

    Raises:
        BioseqError: It is no TOML, lacks something or holds something that no preset has.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        about = {key: document.pop(key) for key in ("title", "description")}
        molecules = tuple(Molecule(molecule) for molecule in document.pop("molecules", ()))
        values = tuple(_values(document))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BioseqError("config.bad_preset", f"The preset cannot be read: {error}.", where=str(path)) from error
    return Preset(path.stem, about["title"], about["description"], molecules, values)


def _values(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """The options of a file, the model and its settings first.

    Raises:
        ValueError: There is no model, or a section that no preset sets.
    """
    if foreign := set(document) - set(_SECTIONS):
        raise ValueError(f"a preset does not set {', '.join(sorted(foreign))}")
    if "name" not in document.get("model", {}):
        raise ValueError("it names no model")
    ordered = [("model", document["model"]), *((key, value) for key, value in document.items() if key != "model")]
    found = [(f"{section}.{option}", value) for section, options in ordered for option, value in options.items()]
    return sorted(found, key=lambda pair: (pair[0] != "model.name", pair[0] != "model.hyper"))
