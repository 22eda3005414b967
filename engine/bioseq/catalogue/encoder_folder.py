"""Folders with a pretrained encoder, checked before anything in them is loaded.

A folder holds `config.json`, the weights as `*.safetensors`, and the words of the encoder: `vocab.txt`,
`tokenizer.json`, `vocab.json` or `spiece.model`. Nothing in it is ever run: a configuration that names code of its own
and weights stored as a pickle are refused, with what to do. Sizes are limited before files are read.

Format of the weights: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.encoder_families import FAMILIES
from bioseq.catalogue.encoder_words import read_words
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.encoder_families import Config, EncoderFamily, Shapes

FOLDER = "model.hyper.folder"
"""Where the person names the folder."""

_LARGEST_CONFIG = 1 << 20
_LARGEST_INDEX = 8 << 20
_LARGEST_HEADER = 1 << 20
_MOST_TENSORS = 10_000
_MOST_FILES = 10_000
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
_NUMBERS = ("F64", "F32", "F16", "BF16")
_OLD_NAMES = ((".gamma", ".weight"), (".beta", ".bias"))
"""Norms in files written before 2020."""
_SAME = {"encoder.embed_tokens.weight": "shared.weight"}
"""T5 names one table twice; files hold either."""


@dataclass(frozen=True, slots=True, eq=False)
class EncoderFolder:
    """What a folder holds.

    Attributes:
        path: The folder.
        family: What kind of encoder.
        config: The fields of its configuration that matter.
        words: Its words, with their numbers.
        files: The files with the weights, in order.
        tensors: Name in the network to the file and the name there, for each weight that the encoder needs and has.
        missing: Weights that the encoder needs and the files do not have.
    """

    path: Path
    family: EncoderFamily
    config: Config
    words: Mapping[str, int]
    files: tuple[Path, ...]
    tensors: Mapping[str, tuple[Path, str]]
    missing: tuple[str, ...]


def read_folder(path: str) -> EncoderFolder:
    """What a folder holds, checked; remembered until one of its files changes.

    Raises:
        BioseqError: There is no such folder, or it holds no encoder that this program can read.
    """
    try:
        folder = Path(path).expanduser()
        state = _state(folder)
    except (OSError, ValueError, RuntimeError) as error:  # not there; a NUL in it; a home that nobody has
        there = isinstance(error, NotADirectoryError | PermissionError)
        raise _fault(
            "no_folder",
            f"{'This is no folder that can be read' if there else 'There is no folder'}: {path!r}.",
            "Choose the folder that holds config.json and the .safetensors file of the model.",
        ) from error
    return _read(folder, state)


def check_config(folder: Path) -> None:
    """Check only what a folder's `config.json` says, before its weights are there.

    Raises:
        BioseqError: It is none of an encoder that this program can read.
    """
    _family_and_config(folder, {"config.json"})


def weights_digest(path: str) -> str:
    """SHA-256 over the weights of a folder, so that other weights are told from these.

    Raises:
        BioseqError: As in `read_folder`.
    """
    folder = read_folder(path)
    return _digest(folder.files, _state(folder.path))


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, sizes and times of the files, by which a change is seen."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file():
                about = entry.stat()
                found.append((entry.name, about.st_size, about.st_mtime_ns))
            if len(found) > _MOST_FILES:
                break
    return tuple(sorted(found))


@lru_cache(maxsize=8)
def _read(folder: Path, state: tuple[tuple[str, int, int], ...]) -> EncoderFolder:
    names = {name for name, _, _ in state}
    family, config = _family_and_config(folder, names)
    files = _weight_files(folder, names)
    tensors = _tensors(files, family)
    wanted = family.tensors(config)
    _check_shapes(folder, {name: shape for name, (_, _, shape) in tensors.items()}, wanted)
    return EncoderFolder(
        folder,
        family,
        config,
        read_words(folder, names, size=int(config["vocab_size"])),
        files,
        {name: tensors[name][:2] for name in wanted if name in tensors},
        tuple(name for name in wanted if name not in tensors),
    )


def _family_and_config(folder: Path, names: set[str]) -> tuple[EncoderFamily, Config]:
    if "config.json" not in names:
        raise _fault(
            "no_config",
            f"The folder holds no config.json: {folder}.",
            "Choose a folder with a model in the usual layout.",
        )
    fields = _json_object(folder / "config.json", _LARGEST_CONFIG)
    if fields.get("auto_map"):
        raise _fault(
            "own_code",
            "config.json asks for program code of its own (auto_map), and this program runs no code from models.",
            "Choose a model that the transformers library knows natively.",
        )
    kind = fields.get("model_type")
    if not isinstance(kind, str) or kind not in FAMILIES:
        known = ", ".join(f"{family.title} ({name})" for name, family in FAMILIES.items())
        raise _fault("unknown_kind", f"The model is of the kind {str(kind)[:40]!r}.", f"These can be read: {known}.")
    try:
        return FAMILIES[kind], FAMILIES[kind].read_config(fields)
    except ValueError as error:
        raise _fault("bad_config", f"config.json cannot be used: {error}", "Choose another model.") from error


def _weight_files(folder: Path, names: set[str]) -> tuple[Path, ...]:
    if "model.safetensors" in names:
        return (folder / "model.safetensors",)
    if "model.safetensors.index.json" in names:
        index = _json_object(folder / "model.safetensors.index.json", _LARGEST_INDEX).get("weight_map")
        parts = sorted(set(map(str, index.values()))) if isinstance(index, dict) else []
        if parts and all(part in names and part.endswith(".safetensors") for part in parts):
            return tuple(folder / part for part in parts)
        raise _fault(
            "parts_missing", "Some of the files with the weights are not in the folder.", "Download the folder again."
        )
    found = sorted(name for name in names if name.endswith(".safetensors"))
    if len(found) == 1:
        return (folder / found[0],)
    if not found and any(name.endswith((".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack")) for name in names):
        raise _fault(
            "only_pickle",
            "The folder holds its weights only in a format that can run code when it is opened (.bin).",
            "Ask for the model as safetensors: most authors offer it, and "
            "https://huggingface.co/spaces/safetensors/convert makes it.",
        )
    raise _fault(
        "no_weights",
        "The folder holds no file model.safetensors." if not found else "The folder holds weights of several models.",
        "Choose the folder of one model, with its weights as model.safetensors.",
    )


def _tensors(files: tuple[Path, ...], family: EncoderFamily) -> dict[str, tuple[Path, str, tuple[int, ...]]]:
    """Name in the network to file, name there, and shape."""
    found: dict[str, tuple[Path, str, tuple[int, ...]]] = {}
    for file in files:
        for name, shape in _header(file).items():
            found.setdefault(_name_in_network(name, family), (file, name, shape))
    return found


def _name_in_network(name: str, family: EncoderFamily) -> str:
    for old, new in _OLD_NAMES:
        if name.endswith(old):
            name = name.removesuffix(old) + new
    name = name.removeprefix(family.prefix)
    return _SAME.get(name, name) if family.name == "t5" else name


def _header(path: Path) -> Shapes:
    """Names and shapes of the floating-point tensors in a safetensors file.

    Raises:
        BioseqError: The header is damaged, or says what cannot be.
    """
    damaged = _fault("damaged_weights", f"The weights are damaged: {path.name}.", "Download or copy the file again.")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(_LARGEST_HEADER, size - 8):
                raise damaged
            fields = json.loads(file.read(length))
        fields.pop("__metadata__", None)
        if len(fields) > _MOST_TENSORS:
            raise damaged
        return _shapes(fields, size - 8 - length)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged from error


def _shapes(fields: dict[str, Any], size: int) -> Shapes:
    """Names and shapes as a header tells them.

    Raises:
        ValueError: A tensor lies outside the file or is not as large as its shape.
    """
    shapes: Shapes = {}
    for name, about in fields.items():
        shape, (start, end) = tuple(about["shape"]), about["data_offsets"]
        if any(type(number) is not int or number < 0 for number in (*shape, start, end)):
            raise ValueError("a size is no whole number")
        if not start <= end <= size or end - start != prod(shape) * _BYTES[about["dtype"]]:
            raise ValueError("a tensor is not where it should be")
        if about["dtype"] in _NUMBERS:
            shapes[name] = shape
    return shapes


def _check_shapes(folder: Path, found: Shapes, wanted: Shapes) -> None:
    present = [name for name in wanted if name in found]
    if not present:
        raise _fault(
            "other_weights",
            f"The weights are not those of the encoder that config.json describes: {folder.name}.",
            "Choose a folder whose files belong together.",
        )
    for name in present:
        if found[name] != wanted[name]:
            raise _fault(
                "other_shapes",
                f"The weights do not fit config.json: {name} has the shape {found[name]} and not {wanted[name]}.",
                "Choose a folder whose files belong together.",
            )


def _json_object(path: Path, limit: int) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
        value = json.loads(content) if len(content) <= limit else None
    except (OSError, ValueError, RecursionError) as error:
        raise _fault("unreadable", f"{path.name} cannot be read.", "Download or copy the folder again.") from error
    if not isinstance(value, dict):
        raise _fault("unreadable", f"{path.name} is not what it should be.", "Download or copy the folder again.")
    return value


@lru_cache(maxsize=8)
def _digest(files: tuple[Path, ...], _state_of_files: tuple[tuple[str, int, int], ...]) -> str:
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


def _fault(code: str, message: str, remedy: str) -> BioseqError:
    return BioseqError(f"encoder.{code}", message, where=FOLDER, remedy=remedy)
