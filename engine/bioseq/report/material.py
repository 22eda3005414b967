"""All that a report tells of one run, read from its folder; what an unfinished or older run lacks stays empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from bioseq.catalogue.registry import ENSEMBLES, MODELS
from bioseq.catalogue.specification import Architecture
from bioseq.config import files as config_files
from bioseq.errors import BioseqError
from bioseq.evaluation.nearness import Nearness, read_nearness
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.evaluation.shuffling import ShuffledControl
from bioseq.json_values import Count, DamagedError, Figure, Finite, Shaped, ShortText, decode, reason_of
from bioseq.runs.bundle import read_bundle_card
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import RunState, read_state
from bioseq.runs.store import name_of

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.catalogue.specification import ModelSpecification
    from bioseq.config.schema import Configuration
    from bioseq.evaluation.results import Evaluation
    from bioseq.runs.bundle import BundleContents

_FILE = Annotated[
    dict[str, Any],
    Shaped(
        path=ShortText,
        format=ShortText,
        sha256=ShortText,
        records_sha256=ShortText,
        bytes=Count,
        records=Count,
        residues=Count,
    ),
]
_LENGTHS = Annotated[dict[str, Any], Shaped({"shortest": Count, "median": Finite, "longest": Count})]
_DATA: Any = Annotated[
    dict[str, Any],
    Shaped(
        files=list[_FILE],
        molecule=ShortText,
        records_read=Count,
        records_used=Count,
        labels=list[str],
        classes_per_split=dict[ShortText, list[Count]],
        splits_named=dict[ShortText, bool],
        drawn=ShortText,
        drawn_at_random=list[ShortText],
        lengths=_LENGTHS,
    ),
]
"""What `data.json` of a run holds, as far as it is told."""
_FACTS: Any = Annotated[
    dict[str, Any],
    Shaped(
        program=ShortText,
        python=ShortText,
        libraries=dict[ShortText, ShortText],
        packages=dict[ShortText, ShortText],
        cores=dict[ShortText, Count | None],
        memory_bytes=Count,
        accelerators=list[Any],
        threads=Count,
        seeds=dict[ShortText, int],
        seconds=Figure,
        results=dict[ShortText, ShortText],
    ),
]
"""What `provenance.json` of a run holds, as far as it is told as it stands."""


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """The evaluation on one split.

    Attributes:
        evaluation: Its figures.
        records: The records behind them; None when they are gone.
    """

    evaluation: Evaluation
    records: EvaluatedRecords | None = None


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of the records of a run, letters.

    Attributes:
        shortest: Of the shortest.
        median: Of the middle one.
        longest: Of the longest.
        shortened: They were taken after long records were shortened: older runs do not tell what they were before.
    """

    shortest: int
    median: float
    longest: int
    shortened: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """One run, as a report sees it.

    Attributes:
        name: Name of the run.
        config: With which it was trained.
        model: What the bundle says of the model, without its weights; None without a bundle.
        data: Content of `data.json`; empty without it.
        facts: Content of `provenance.json`; empty without it.
        judged: Split ("test", "validation") to its evaluation; the main one stands first.
        state: What the events tell: epochs, warnings, how it ended.
        control: What the same training found with shuffled labels; None where that was not tried.
        nearness: How like the training records the judged ones are; None where that was not measured.
        folder: Folder of the run; None when it is not yet on the disk.
    """

    name: str
    config: Configuration
    model: BundleContents | None = None
    data: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    judged: dict[str, Judgement] = field(default_factory=dict)
    state: RunState = field(default_factory=RunState)
    control: ShuffledControl | None = None
    nearness: Nearness | None = None
    folder: Path | None = None

    @property
    def main(self) -> Judgement | None:
        """The evaluation that counts: on the test records, or on those there are."""
        return next(iter(self.judged.values()), None)

    @property
    def specification(self) -> ModelSpecification | None:
        """What the catalogue says of the model; None for a plug-in that is not installed here."""
        return MODELS.get(self.config.model.name)

    @property
    def trained(self) -> BundleContents | None:
        """The model that the configuration names: in a combination with baselines its first member."""
        if self.combines and self.model is not None:
            return self.model.members[0]
        return self.model

    @property
    def combines(self) -> bool:
        """The answer is a combination of the model that the configuration names with the baselines beside it."""
        return bool(self.model and self.model.members) and self.config.model.name not in ENSEMBLES

    @property
    def title(self) -> str:
        """Title of the model; of a combination with the weight of each part, where that is known."""
        if self.combines and self.main is not None:
            return self.main.evaluation.model.title
        if self.model is not None and self.specification is not None:
            return self.model.model_title
        chosen = self.specification
        return chosen.title_with(self.config.model.hyper) if chosen else self.config.model.name

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes in order."""
        if self.model is not None:
            return self.model.label_names
        main = self.main
        return main.evaluation.labels if main else tuple(str(label) for label in self.data.get("labels", ()))

    @property
    def weights(self) -> int:
        """Number of weights of the network; 0 when it has none, or when it is not known."""
        chosen = self.specification
        trained = self.trained
        if not isinstance(chosen, Architecture) or trained is None or trained.architecture != chosen.name:
            return 0
        return int(chosen.count_parameters(trained.task, trained.hyper))

    @property
    def lengths(self) -> Lengths | None:
        """Lengths of the records; None where they are not known."""
        if "lengths" in self.data:
            return Lengths(*(self.data["lengths"][name] for name in ("shortest", "median", "longest")))
        if self.model is None:
            return None
        profile, most = self.model.profile, self.config.data.longest
        shortened = 0 < most <= profile.longest
        return Lengths(profile.shortest, profile.median_length, profile.longest, shortened)

    def counts(self, split: str) -> tuple[int, ...]:
        """Records per class in a split, in the order of the labels in the data; empty when not known."""
        per_split = self.data.get("classes_per_split", {})
        return tuple(int(count) for count in per_split.get(split, ()))


def read_material(path: Path) -> Material:
    """Read what there is of a run.

    Raises:
        BioseqError: The folder is no run, or its configuration cannot be read.
    """
    run = RunFolder(path)
    if not run.config.is_file():
        raise BioseqError("run.missing", "There is no run here.", where=str(path), remedy="Name the folder of a run.")
    return Material(
        name=name_of(run),
        config=config_files.load(run.config),
        model=read_bundle_card(run.model) if run.model.is_file() else None,
        data=_table(run.data, _DATA),
        facts=_table(run.provenance, _FACTS),
        judged=_judged(run),
        state=read_state(run.events),
        nearness=read_nearness(run.similarity) if run.similarity.is_file() else None,
        control=ShuffledControl.open(run.control) if run.control.is_file() else None,
        folder=path,
    )


def _judged(run: RunFolder) -> dict[str, Judgement]:
    if not run.metrics.is_file():
        return {}
    found: dict[str, Judgement] = {}
    for place, (split, evaluation) in enumerate(read_evaluations(run.metrics).items()):
        folder = run.evaluation if place == 0 else run.evaluation / split
        found[split] = Judgement(evaluation, _records(folder, evaluation))
    return found


def _records(folder: Path, evaluation: Evaluation) -> EvaluatedRecords | None:
    try:
        records = EvaluatedRecords.open(folder)
    except BioseqError:
        return None
    return records if len(records.truth) == evaluation.records else None


def _table(path: Path, shape: Any) -> dict[str, Any]:
    """What a file of the run tells; nothing where it is not there.

    Raises:
        BioseqError: It is damaged.
    """
    try:
        found: dict[str, Any] = decode(shape, path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, DamagedError) as error:
        raise BioseqError(
            "run.damaged_record",
            f"What this run has recorded in {path.name} cannot be read: {reason_of(error)}.",
            where=str(path),
            remedy="Put a copy of this file in its place, or move it elsewhere for a report without it.",
        ) from error
    return found
