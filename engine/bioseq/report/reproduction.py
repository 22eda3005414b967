"""Training again with the same settings and data, and saying whether the same comes out."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.config import files as config_files
from bioseq.config.fields import with_value
from bioseq.errors import BioseqError
from bioseq.evaluation.results import read_evaluations
from bioseq.runs.bundle import find_bundle, read_bundle, read_bundle_card
from bioseq.runs.folder import RunFolder
from bioseq.runs.provenance import read_provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.schema import Configuration
    from bioseq.runs.weights import Weights

Figures = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not the same.

    Attributes:
        place: Split and predictor: "test, model".
        metric: Name of the figure.
        before: In the run that was to be reproduced.
        after: In the new one.
    """

    place: str
    metric: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A run beside the one that it repeats.

    Attributes:
        compared: Number of figures compared.
        differences: Those that are not the same to the last bit.
        same_weights: All weights are the same to the last bit.
        same_data: The records are the same; None when the original does not tell.
    """

    compared: int
    differences: tuple[Difference, ...]
    same_weights: bool
    same_data: bool | None

    @property
    def identical(self) -> bool:
        """Every figure is the same."""
        return not self.differences and self.compared > 0

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        weights = "and so are all weights" if self.same_weights else "though the weights are not"
        if self.same_data is False:
            return "The data are not those of the original: their records have another fingerprint."
        if not self.compared:
            return "The original was not evaluated: there is nothing to compare."
        if self.identical:
            return f"Reproduced: all {self.compared:,} figures are identical, {weights}."
        largest = max(self.differences, key=lambda one: _gap(one.before, one.after))
        return (
            f"Not reproduced: {len(self.differences):,} of {self.compared:,} figures differ, most of all "
            f"{largest.metric} ({largest.place}): {largest.before:.6g} then, {largest.after:.6g} now. Other versions "
            "of libraries, another machine or a graphics card can be the reason."
        )


def configuration_of(original: Path, data: Sequence[Path] = ()) -> Configuration:
    """The configuration that trains a run, or the model in a bundle, again.

    Args:
        original: A run folder or a bundle.
        data: Files in place of those that it names; a bundle names its files without folders, which are looked for
            beside it when nothing is said here.

    Raises:
        BioseqError: There is no run and no model here, or a data file is not found.
    """
    if RunFolder(original).config.is_file():
        config, beside = config_files.load(RunFolder(original).config), original
        config = with_value(config, "training.threads", _threads(RunFolder(original), config))
    else:
        bundle = find_bundle(original)
        config, beside = read_bundle_card(bundle).config, bundle.parent
    places = [str(_found(Path(file.path), beside, data)) for file in config.data.files]
    files = tuple(
        file.model_copy(update={"path": place}) for place, file in zip(places, config.data.files, strict=True)
    )
    config = with_value(config, "data.files", files)
    config = with_value(config, "output.name", "")
    return with_value(config, "output.folder", "")


def _threads(run: RunFolder, config: Configuration) -> int:
    """As many as then: sums in another order differ in their last bits."""
    try:
        return read_provenance(run.provenance).threads
    except BioseqError:
        return config.training.threads


def _found(path: Path, beside: Path, given: Sequence[Path]) -> Path:
    named = [place for place in given if place.name == path.name] or (list(given) if len(given) == 1 else [])
    for place in (*named, path, beside / path.name):
        if place.is_file():
            return place.resolve()
    raise BioseqError(
        "reproduce.no_data",
        f"The data file {path.name} is not here.",
        where=str(path),
        remedy="Say where it is: --data FILES.",
    )


def compare(original: Path, again: RunFolder) -> Reproduction:
    """Hold a new run against what it repeats.

    Args:
        original: A run folder or a bundle.
        again: The new run, finished.
    """
    before, after = _figures(original), _figures(again.path)
    differences = []
    compared = 0
    for place, metrics in before.items():
        for name, value in metrics.items():
            now = after.get(place, {}).get(name, math.nan)
            compared += 1
            if not (value == now or (math.isnan(value) and math.isnan(now))):
                differences.append(Difference(place, name, value, now))
    return Reproduction(compared, tuple(differences), _same_weights(original, again), _same_data(original, again))


def _figures(path: Path) -> Figures:
    run = RunFolder(path)
    if run.metrics.is_file():
        return {
            f"{split}, {one.name}": one.metrics
            for split, evaluation in read_evaluations(run.metrics).items()
            for one in (evaluation.model, *evaluation.baselines)
        }
    return {f"{split}, model": metrics for split, metrics in read_bundle_card(find_bundle(path)).metrics.items()}


def _same_weights(original: Path, again: RunFolder) -> bool:
    before, after = read_bundle(find_bundle(original)), read_bundle(again.model)
    pairs = [(before, after), *zip(before.members, after.members, strict=False)]
    return len(before.members) == len(after.members) and all(_equal(one.weights, other.weights) for one, other in pairs)


def _equal(before: Weights, after: Weights) -> bool:
    return before.keys() == after.keys() and all(
        values.dtype == after[name].dtype and values.tobytes() == after[name].tobytes()
        for name, values in before.items()
    )


def _same_data(original: Path, again: RunFolder) -> bool | None:
    before = read_bundle_card(find_bundle(original)).inputs
    if not all(before.values()) or not before:
        return None
    files = json.loads(again.data.read_text(encoding="utf-8"))["files"]
    return sorted(before.values()) == sorted(file["records_sha256"] for file in files)


def _gap(before: float, after: float) -> float:
    gap = abs(before - after)
    return math.inf if math.isnan(gap) else gap
