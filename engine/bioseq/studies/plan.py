"""What a study is to do: its plan, the variants that follow from it, and `study.toml` which holds both."""

from __future__ import annotations

import csv
import itertools
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import tomlkit
from tomlkit.exceptions import TOMLKitError

from bioseq.catalogue.registry import specification
from bioseq.config.fields import describe, split_path
from bioseq.config.files import dumps, loads
from bioseq.config.overrides import apply_overrides
from bioseq.durable import write_bytes
from bioseq.errors import BioseqError
from bioseq.json_values import DamagedError, Finite, ShortText, SmallCount, decode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bioseq.config.schema import Configuration

Kind = Literal["compare", "search", "best"]

MOST_ENTRIES = 2_000
QUICKLY = (
    "split.test_fraction=0",
    "evaluation.baseline=false",
    "evaluation.similar_records=false",
    "evaluation.resamples=200",
)
"""Settings of a training that is only to be chosen among others: it keeps no records back for a test; simple models,
similar records and sharp intervals are for the result."""
_LONGEST_NAME = 60
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a study is to do, beside the base configuration.

    Attributes:
        kind: What it is.
        models: Names in the catalogue; empty takes that of the base configuration (compare, search) or chooses (best).
        vary: Options and the values that they take in turn, as "training.learning_rate=0.001,0.0003".
        seeds: Trainings of each variant with different seeds, counted up from that of the base configuration.
        folds: Parts for cross-validation; 0 uses the split of the base configuration. Search: outer folds, nested.
        repeats: How often cross-validation is repeated with other parts.
        minutes: Time by the clock, minutes; 0 sets no limit.
        trials: Trials of a search at most; 0 sets no limit.
        workers: Trainings at the same time; 0 chooses by the cores of the machine.
        encoder: Best: folder of a pretrained model that is tried too; empty for none.
    """

    kind: Kind
    models: tuple[ShortText, ...] = ()
    vary: tuple[ShortText, ...] = ()
    seeds: SmallCount = 1
    folds: SmallCount = 0
    repeats: SmallCount = 1
    minutes: Finite = 0.0
    trials: SmallCount = 0
    workers: SmallCount = 0
    encoder: ShortText = ""

    def checked(self) -> Plan:
        """The plan itself.

        Raises:
            BioseqError: It cannot be carried out.
        """
        for wrong, message, remedy in (
            (self.kind not in get_args(Kind), f"There is no study of the kind {self.kind!r}.", "Say compare or best."),
            (not 1 <= self.seeds <= 100, "The number of seeds is not between 1 and 100.", "3 is a good number."),
            (self.folds == 1 or not 0 <= self.folds <= 50, "There are 2 to 50 folds, or none.", "5 is a good number."),
            (not 1 <= self.repeats <= 50, "The number of repeats is not between 1 and 50.", "Leave it out for one."),
            (not 0 <= self.minutes <= 100_000, "The minutes are not between 0 and 100,000.", "10 is a good start."),
            (not 0 <= self.trials <= MOST_ENTRIES, f"There are at most {MOST_ENTRIES} trials.", "Say fewer."),
            (
                not isinstance(self.encoder, str),
                "The pretrained model is no folder.",
                "Name a folder, or leave it out.",
            ),
            (not 0 <= self.workers <= 64, "The number of workers is not between 0 and 64.", "0 chooses."),
        ):
            if wrong:
                raise BioseqError("study.bad_plan", message, where="study", remedy=remedy)
        for name in self.models:
            specification(name)
        return self


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to train, for the comparison with others.

    Attributes:
        name: Unique within the study, fit for a folder: "text_cnn_learning_rate-0.001".
        title: For people: "Text CNN, learning rate 0.001".
        settings: What differs from the base configuration, as `--set` takes it: ("model.name=text_cnn", ...).
    """

    name: str
    title: str
    settings: tuple[str, ...]

    def of(self, base: Configuration) -> Configuration:
        """The configuration of this variant.

        Raises:
            BioseqError: An option does not exist for its model, or a value is not legal.
        """
        return apply_overrides(base, self.settings)


def variants_of(base: Configuration, plan: Plan) -> tuple[Variant, ...]:
    """Each model with each combination of the values that vary.

    Raises:
        BioseqError: A text in `vary` names no option, or no values; or there are too many combinations.
    """
    models = plan.models or (base.model.name,)
    choices = [values_of(text) for text in plan.vary]
    combinations = list(itertools.product(*choices))
    if len(models) * len(combinations) > MOST_ENTRIES:
        raise BioseqError(
            "study.too_many", f"More than {MOST_ENTRIES:,} combinations.", where="vary", remedy="Vary less at a time."
        )
    return tuple(_variant(model, combination) for model in models for combination in combinations)


def values_of(text: str) -> tuple[tuple[str, str], ...]:
    """The option and each of its values in "training.learning_rate=0.001,0.0003"; a value with a comma is in quotes.

    Raises:
        BioseqError: It names no option or no values.
    """
    path, equals, listed = text.partition("=")
    values = next(csv.reader([listed.strip()], skipinitialspace=True), [])
    if not equals or not values:
        raise BioseqError(
            "study.bad_vary",
            f"{text!r} is not of the form option=value,value.",
            where="vary",
            remedy="Write for example training.learning_rate=0.001,0.0003.",
        )
    split_path(path.strip())
    return tuple((path.strip(), value.strip()) for value in values)


def save_study(path: Path, plan: Plan, base: Configuration) -> None:
    """Write `study.toml`: the plan as `[study]`, and the sections of the base configuration with absolute paths."""
    document = tomlkit.parse(dumps(base))
    table = tomlkit.table()
    for name, value in asdict(plan).items():
        table.add(name, list(value) if isinstance(value, tuple) else value)
    document.add("study", table)
    write_bytes(path, tomlkit.dumps(document).encode())


def load_study(path: Path) -> tuple[Plan, Configuration]:
    """Read `study.toml`.

    Raises:
        BioseqError: It is not there, or is no study.
    """
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        table: dict[str, Any] = document.pop("study").unwrap()
        plan = decode(Plan, json.dumps(table, default=str))
    except (OSError, ValueError, RecursionError, TOMLKitError, KeyError, TypeError, AttributeError) as error:
        why = f": {error.reason}" if isinstance(error, DamagedError) else ""
        raise BioseqError(
            "study.missing",
            f"There is no study here, or its file is damaged{why}.",
            where=str(path),
            remedy="Name the folder of a study.",
        ) from error
    return plan.checked(), loads(tomlkit.dumps(document), where=str(path))


def _variant(model: str, combination: Iterable[tuple[str, str]]) -> Variant:
    chosen = specification(model)
    pairs = [(path, value) for path, value in combination if path != "model.name"]
    parts = [chosen.name, *(f"{path.rpartition('.')[2]}-{value}" for path, value in pairs)]
    name = "_".join(_NOT_IN_NAMES.sub("-", part) for part in parts)[:_LONGEST_NAME]
    title = ", ".join([chosen.title, *(f"{_title(chosen.name, path)} {value}" for path, value in pairs)])
    return Variant(name, title, (f"model.name={chosen.name}", *(f"{path}={value}" for path, value in pairs)))


def _title(model: str, path: str) -> str:
    """What an option is called within a sentence."""
    key = path.removeprefix("model.hyper.")
    titles = {setting.name: setting.title for setting in specification(model).hyper}
    title = titles.get(key, key) if key != path else describe(path).title
    return title if title[:2].isupper() else title[:1].lower() + title[1:]
