"""What a model asks for whatever its settings are: packages that are installed, and a molecule that it can read."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bioseq.catalogue.specification import ModelSpecification
    from bioseq.sequences.profile import DataProfile


def what_is_missing(model: ModelSpecification, profile: DataProfile | None) -> str:
    """Why a model cannot be trained here or with these data, a sentence; empty when nothing is missing.

    Args:
        model: The network, feature baseline or ensemble.
        profile: What the data are like; None when there are none yet.
    """
    if missing := [name for name in model.modules if importlib.util.find_spec(name) is None]:
        return f'Needs {", ".join(missing)}: pip install "bioseq-studio[{model.extra}]".'
    if profile is not None and model.molecules and profile.molecule not in model.molecules:
        readable = " and ".join(molecule.text for molecule in model.molecules)
        return f"Reads {readable} only; these sequences are {profile.molecule.text}."
    return ""
