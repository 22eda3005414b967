"""The bundle `model.bioseq`: all that prediction needs, in one file that can be sent to a colleague.

A zip of `bundle.json`, `config.toml`, `card.md` and `model.safetensors`; of an ensemble, the same of each member under
`members/NN/`, and large arrays that several of them hold once beside them. No pickle, no code. torch-free.
"""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.catalogue.registry import BASELINES, ENSEMBLES, MODELS, specification
from bioseq.catalogue.specification import TaskShape
from bioseq.config.files import dumps, loads
from bioseq.errors import BioseqError
from bioseq.json_values import json_value, numbers
from bioseq.runs.archive import ArchiveLimits, read_members
from bioseq.runs.bundle_members import IN_COMMON, check_common, check_members, in_common, prefixes, shares_of
from bioseq.runs.calibration import AS_IT_IS, FLATTEST, Calibration, calibration_from
from bioseq.runs.folder import RunFolder, durable_file
from bioseq.runs.weights import Weights, check_numbers, pack_weights, unpack_weights
from bioseq.sequences.profile import DataProfile
from bioseq.sequences.tokens import Vocabulary
from bioseq.sequences.wording import listed
from bioseq.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.catalogue.specification import HyperValues
    from bioseq.config.schema import Configuration

FORMAT = 3
"""The newest that can be read."""
_FORMAT_ALONE, _FORMAT_IN_COMMON, _FORMAT_CALIBRATED = 1, 2, 3
"""Of a model whose weights all lie beside it, of a member that has some in common with others, and of one whose
calibration is more than a temperature."""

_ABOUT, _CONFIG, _CARD, _WEIGHTS = "bundle.json", "config.toml", "card.md", "model.safetensors"
_DOMAIN = "domain.safetensors"
_SEEN = "seen.safetensors"
_LIMITS = ArchiveLimits()
_MOST_CLASSES = 10_000
_MOST_NAMED_CLASSES = 60
"""Classes that the card of a model names."""
_LONGEST_INPUT = 2_000_000
_TEMPERATURES = 0.01, FLATTEST
_MOST_LOGIT = 100.0
_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class BundleContents:
    """A trained classifier.

    Attributes:
        config: With which it was trained; its data files are named without their folders.
        architecture: Key in the catalogue.
        hyper: All settings of the architecture, resolved.
        task: Shape of the task for which the network is built.
        vocabulary: How letters become tokens.
        label_names: The classes, in the order of the outputs.
        profile: The data it was trained on.
        metrics: Split to the figures of the model on it: `{"test": {"mcc": 0.91, ...}}`.
        positive: With two classes: the one that sensitivity speaks of; else empty.
        threshold: With two classes: probability from which a record counts as positive.
        calibration: What is done to the probabilities that the model gives.
        weights: Name to array; empty when only the card was read.
        domain: What tells how far a record is from those it was trained on, as arrays (`prediction.domain`); empty when
            only the card was read, and in older files.
        seen: Digests of the sequences that it was trained on or chosen by (`runs.digests.sequence_digests`), ascending,
            uint64; empty when only the card was read, and in older files.
        members: Of an ensemble: its members in order, none of them an ensemble; else empty.
        name: Name of the run.
        created: Time of writing, ISO 8601, UTC; empty until it is written.
        program: Version of the program that wrote it.
        card: The model card as Markdown; empty for one made from the rest, and when the bundle was read.
        training_counts: Records of each class that it learnt from, in the order of the outputs; empty in older files.
        inputs: Name of a data file to the SHA-256 of its records, by which the same data are known again.
    """

    config: Configuration
    architecture: str
    hyper: HyperValues
    task: TaskShape
    vocabulary: Vocabulary
    label_names: tuple[str, ...]
    profile: DataProfile
    metrics: dict[str, dict[str, float]]
    positive: str
    threshold: float
    calibration: Calibration = AS_IT_IS
    weights: Weights = field(default_factory=dict, repr=False)
    domain: Weights = field(default_factory=dict, repr=False)
    seen: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64), repr=False)
    members: tuple[BundleContents, ...] = field(default=(), repr=False)
    name: str = ""
    created: str = ""
    program: str = VERSION
    card: str = field(default="", repr=False)
    inputs: dict[str, str] = field(default_factory=dict)
    training_counts: tuple[int, ...] = ()

    @property
    def model_title(self) -> str:
        """Title of the model, for people."""
        return specification(self.architecture).title_with(self.hyper, self.task)

    @property
    def temperature(self) -> float:
        """By which the evidence of the model is divided; 1 leaves it as it is."""
        return self.calibration.temperature


def write_bundle(path: Path, contents: BundleContents) -> None:
    """Write a bundle durably."""
    with durable_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        _add(archive, "", contents, {})
        common, apart = in_common(contents.members)
        for prefix, member, names in zip(prefixes(), contents.members, apart, strict=False):
            _add(archive, prefix, member, names)
        if common:
            _write(archive, IN_COMMON, pack_weights(common), packed=False)


def _add(archive: zipfile.ZipFile, prefix: str, contents: BundleContents, apart: dict[str, str]) -> None:
    """Write a whole model, or a member; what is apart lies among what members have in common."""
    about = _about(contents)
    if apart:
        about |= {"format": max(about["format"], _FORMAT_IN_COMMON), "in_common": apart}
    weights = {name: values for name, values in contents.weights.items() if name not in apart}
    files = {
        _ABOUT: json.dumps(about, indent=2, ensure_ascii=False, allow_nan=False).encode(),
        _CONFIG: dumps(without_folders(contents.config)).encode(),
        _CARD: (contents.card or card(contents)).encode("utf-8", "replace"),
        _WEIGHTS: pack_weights(weights),
        **({_DOMAIN: pack_weights(contents.domain)} if contents.domain else {}),
        **({_SEEN: pack_weights({"sequences": contents.seen})} if len(contents.seen) else {}),
    }
    for name, content in files.items():
        _write(archive, prefix + name, content, packed=name != _WEIGHTS)


def _write(archive: zipfile.ZipFile, name: str, content: bytes, *, packed: bool) -> None:
    member = zipfile.ZipInfo(name, _EPOCH_OF_ZIP)
    member.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    member.external_attr = 0o100644 << 16
    archive.writestr(member, content)


def read_bundle(path: Path) -> BundleContents:
    """Read a bundle, checking everything that can be checked without building the network.

    Raises:
        BioseqError: The file is no bundle, is damaged, hostile, or newer than the program.
    """
    return _read(path, with_weights=True)


def read_bundle_card(path: Path) -> BundleContents:
    """Read all but the weights: quick, for showing what a model is.

    Raises:
        BioseqError: As in `read_bundle`.
    """
    return _read(path, with_weights=False)


def find_bundle(path: Path) -> Path:
    """The bundle that a path means: itself, or that in a run folder.

    Raises:
        BioseqError: There is none.
    """
    if path.is_file():
        return path
    run = RunFolder(path)
    if run.model.is_file():
        return run.model
    if run.config.exists():
        raise BioseqError(
            "run.no_model",
            "This run holds no trained model.",
            where=str(path),
            remedy="Resume the run or train again.",
        )
    raise BioseqError(
        "bundle.missing",
        "There is neither a model file nor a run here.",
        where=str(path),
        remedy="Name a file model.bioseq or the folder of a run.",
    )


def card(contents: BundleContents) -> str:
    """What the model is, as Markdown for people."""
    profile = contents.profile
    lines = [
        f"# {contents.name or contents.model_title}",
        "",
        f"A {contents.model_title} for {profile.molecule.value} sequences of {len(contents.label_names)} classes:",
        f"{listed(contents.label_names, most=_MOST_NAMED_CLASSES)}.",
        "",
        f"- Written: {contents.created} by BioSeq Studio {contents.program}",
        f"- Records: {profile.records:,}, training and evaluation together",
        f"- Letters: {profile.shortest:,} to {profile.longest:,}, median {profile.median_length:,.0f}",
    ]
    if contents.positive:
        lines.append(f"- Positive class: {contents.positive}, from a probability of {contents.threshold:g}")
    if contents.calibration != AS_IT_IS:
        lines.append(f"- Probabilities: calibrated, {contents.calibration.in_words()}")
    if contents.members:
        lines.append(f"- Probabilities: the mean of those of its members, {', '.join(_titles(contents.members))}")
    elif contents.config.augmentation.both_strands and contents.architecture not in BASELINES:
        lines.append("- Probabilities: the mean of those of a sequence and of its reverse complement")
    for split, metrics in contents.metrics.items():
        figures = ", ".join(f"{name} {value:.3f}" for name, value in metrics.items() if math.isfinite(value))
        lines += ["", f"## Figures on the {split} records", "", figures]
    lines += ["", "Use: `bioseq predict model.bioseq sequences.fasta -o predictions.csv`", ""]
    return "\n".join(lines)


def _titles(members: tuple[BundleContents, ...]) -> list[str]:
    return [member.model_title for member in members]


def now() -> str:
    """The present, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _about(contents: BundleContents) -> dict[str, Any]:
    return {
        "format": _FORMAT_ALONE if contents.calibration == Calibration(contents.temperature) else _FORMAT_CALIBRATED,
        "program": contents.program,
        "name": contents.name,
        "created": contents.created,
        "architecture": contents.architecture,
        "hyper": _without_places(contents.architecture, contents.hyper),
        "task": asdict(contents.task),
        "vocabulary": contents.vocabulary.to_dict(),
        "labels": contents.label_names,
        "positive": contents.positive,
        "threshold": contents.threshold,
        "temperature": contents.temperature,
        "bias": contents.calibration.bias,
        "prior_log_weights": contents.calibration.prior_log_weights,
        "metrics": json_value(contents.metrics),
        "profile": asdict(contents.profile),
        "inputs": contents.inputs,
        "training_counts": contents.training_counts,
    }


def _read(path: Path, *, with_weights: bool) -> BundleContents:
    names = (_ABOUT, _CONFIG, *((_WEIGHTS, _DOMAIN, _SEEN) if with_weights else ()))
    wanted = {prefix + name for prefix in ("", *prefixes()) for name in names}
    files = read_members(path, wanted | ({IN_COMMON} if with_weights else set()), limits=_LIMITS)
    try:
        contents = _one(files, "", path, {}, with_weights=with_weights)
        if contents.architecture in ENSEMBLES:
            common = unpack_weights(files.pop(IN_COMMON), where=str(path)) if IN_COMMON in files else {}
            check_numbers(common, where=str(path))
            there = [prefix for prefix in prefixes() if prefix + _ABOUT in files]
            members = tuple(_one(files, prefix, path, common, with_weights=with_weights) for prefix in there)
            contents = replace(contents, members=members)
            check_members(contents)
            check_common(members, common)
            if with_weights:
                shares_of(contents)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise BioseqError(
            "bundle.damaged",
            "This file is no model of this program, or is damaged.",
            where=str(path),
            remedy="Copy the file again from where it came, or train again.",
        ) from error
    return contents


def _one(files: dict[str, bytes], prefix: str, path: Path, common: Weights, *, with_weights: bool) -> BundleContents:
    """What lies in the archive under a prefix: a whole model, or a member of it, with what it has in common."""
    fields = json.loads(files[prefix + _ABOUT])
    if fields["format"] > FORMAT:
        raise BioseqError(
            "bundle.newer",
            f"This model file was written by a newer program ({fields['program']}).",
            where=str(path),
            remedy="Update BioSeq Studio.",
        )
    weights = unpack_weights(files[prefix + _WEIGHTS], where=str(path)) if with_weights else {}
    if fields["architecture"] not in ENSEMBLES:  # their shares are checked by `shares_of`
        # Trees may compare with infinite numbers.
        check_numbers(weights, where=str(path), infinite=fields["architecture"] in BASELINES)
    if with_weights:
        weights |= {str(name): common[digest] for name, digest in fields.get("in_common", {}).items()}
    contents = _contents(fields, loads(files[prefix + _CONFIG].decode(), where=str(path)), weights)
    _check(contents, path)
    if prefix + _DOMAIN in files:
        contents = replace(contents, domain=unpack_weights(files[prefix + _DOMAIN], where=str(path)))
    if prefix + _SEEN in files:
        contents = replace(contents, seen=_seen(unpack_weights(files[prefix + _SEEN], where=str(path))))
    return contents


def _seen(arrays: Weights) -> NDArray[np.uint64]:
    seen: NDArray[np.uint64] = arrays["sequences"]
    if seen.ndim != 1 or seen.dtype != np.uint64:
        raise ValueError("no digests of sequences")
    return seen


def _contents(fields: dict[str, Any], config: Configuration, weights: Weights) -> BundleContents:
    metrics = {str(split): numbers(values) for split, values in fields["metrics"].items()}
    return BundleContents(
        config=config,
        architecture=str(fields["architecture"]),
        hyper=_without_places(str(fields["architecture"]), fields["hyper"]),
        task=TaskShape(**fields["task"]),
        vocabulary=Vocabulary.from_dict(fields["vocabulary"]),
        label_names=tuple(str(label) for label in fields["labels"]),
        profile=DataProfile.from_dict(fields["profile"]),
        metrics=metrics,
        positive=str(fields["positive"]),
        threshold=float(fields["threshold"]),
        calibration=calibration_from(fields),
        weights=weights,
        name=str(fields["name"]),
        created=str(fields["created"]),
        program=str(fields["program"]),
        inputs={str(name): str(digest) for name, digest in fields.get("inputs", {}).items()},
        training_counts=tuple(map(int, fields.get("training_counts", ()))),
    )


def _check(contents: BundleContents, path: Path) -> None:
    """Refuse what would build another network than was trained, or an enormous one."""
    task = contents.task
    for number in (task.vocabulary, task.classes, task.longest):
        if type(number) is not int:
            raise TypeError("a size is no whole number")
    sizes_fit = (
        task.vocabulary == contents.vocabulary.size
        and 2 <= task.classes == len(contents.label_names) == len(set(contents.label_names))
        and task.classes <= _MOST_CLASSES
        and 1 <= task.longest <= _LONGEST_INPUT
        and type(task.fixed_length) is bool
    )
    if not sizes_fit or not 0.0 < contents.threshold < 1.0:
        raise ValueError("sizes do not fit")
    _check_calibration(contents.calibration, task.classes)
    if len(contents.training_counts) not in (0, task.classes) or min(contents.training_counts, default=0) < 0:
        raise ValueError("no counts of the classes")
    if contents.positive and contents.positive not in contents.label_names:
        raise ValueError("the positive class is none of the classes")
    if problems := specification(contents.architecture).problems(contents.hyper, task):
        raise BioseqError(
            "bundle.bad_settings",
            f"The settings of the model in this model file are not legal: {problems[0].message}",
            where=str(path),
            remedy="Use a file that this program has written.",
            problems=problems,
        )


def _check_calibration(calibration: Calibration, classes: int) -> None:
    if not _TEMPERATURES[0] <= calibration.temperature <= _TEMPERATURES[1]:
        raise ValueError("no temperature")
    for logits in (calibration.bias, calibration.prior_log_weights):
        if len(logits) not in (0, classes) or not all(abs(logit) <= _MOST_LOGIT for logit in logits):
            raise ValueError("no logits of the classes")


def without_folders(config: Configuration) -> Configuration:
    """The configuration as it may travel: names of files, not the folders of the person who trained."""
    files = tuple(file.model_copy(update={"path": _base_name(file.path)}) for file in config.data.files)
    sheet = _base_name(config.data.label_sheet)
    data = config.data.model_copy(update={"files": files, "label_sheet": sheet})
    output = config.output.model_copy(update={"folder": ""})
    hyper = {
        name: _base_name(str(value)) if name in _folder_settings(config.model.name) else value
        for name, value in config.model.hyper.items()
    }
    model = config.model.model_copy(update={"hyper": hyper})
    return config.model_copy(update={"data": data, "output": output, "model": model})


def _without_places(name: str, hyper: HyperValues) -> HyperValues:
    """Settings without folders of a machine: what was in them is part of the weights and of the task.

    A file from a stranger names none either, so that it cannot make this machine read one.
    """
    return {**hyper, **dict.fromkeys(set(_folder_settings(name)) & set(hyper), "")}


def _folder_settings(name: str) -> tuple[str, ...]:
    known = MODELS.get(name)
    return tuple(setting.name for setting in known.hyper if setting.kind == "folder") if known else ()


def _base_name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
