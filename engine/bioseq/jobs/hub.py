"""A pretrained encoder from the Hugging Face hub into a folder: the only place of the program that uses the network.

It is used only when a person asks for it by name. Only data are fetched: weights as safetensors, JSON and text (and the
word list of T5, `spiece.model`), from the top folder of one version of the model. What the model is gets checked before
its weights are fetched, and the whole is checked before it takes its name.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.encoder_folder import check_config, read_folder
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[int, int], None]

_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
_ENDINGS = (".safetensors", ".json", ".txt")
_WORD_LIST = "spiece.model"
_CONFIG = "config.json"
_CLIENTS = ("httpx", "httpcore", "requests", "urllib3", "huggingface_hub")
_SECONDS = 10.0
_MOST_BYTES = 64 << 30


def download(name: str, folder: Path, progress: Progress) -> Path:
    """Fetch a model.

    Args:
        name: Of the model on the hub: `facebook/esm2_t6_8M_UR50D`.
        folder: Where it goes; must not exist yet, or be empty.
        progress: Called with bytes done and all bytes; may raise to end the work.

    Returns:
        The folder.

    Raises:
        BioseqError: There is no such model, it is none that this program can use, or the hub cannot be reached.
    """
    _check_request(name, folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, so that giving it its name is one step.
    scratch = folder.parent / f".{folder.name}.{secrets.token_hex(6)}.part"
    try:
        _fetch(name, scratch, progress)
        shutil.rmtree(scratch / ".cache", ignore_errors=True)
        try:
            read_folder(str(scratch))
        except BioseqError as error:
            raise _fault("unusable", f"{name} cannot be used: {error.message}", error.remedy) from error
        if folder.exists():
            folder.rmdir()
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _check_request(name: str, folder: Path) -> None:
    if not _NAME.fullmatch(name) or ".." in name:
        raise _fault("bad_name", f"{name[:100]!r} is no name of a model.", "A name looks like owner/model.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BioseqError(
            "hub.folder_in_use", "The folder holds something already.", where=str(folder), remedy="Name a new folder."
        )


def _fetch(name: str, scratch: Path, progress: Progress) -> None:
    # The rest of the program is told to stay offline; this is the one place that is not.
    os.environ["HF_HUB_OFFLINE"] = "0"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    try:
        import huggingface_hub
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
    except ImportError as error:
        raise _fault(
            "package_missing",
            "Downloading needs a package that is not installed: huggingface_hub.",
            'Install it with: pip install "bioseq-studio[pretrained]"',
        ) from error
    try:
        about = huggingface_hub.HfApi().model_info(name, files_metadata=True, timeout=_SECONDS)
        wanted = _wanted(name, {item.rfilename: int(item.size or 0) for item in about.siblings or ()})
        bar = _counting(progress, sum(wanted.values()))
        for number, file in enumerate(sorted(wanted, key=lambda file: file != _CONFIG)):
            huggingface_hub.hf_hub_download(
                name, file, revision=about.sha, local_dir=scratch, etag_timeout=_SECONDS, tqdm_class=bar
            )
            if not number:
                check_config(scratch)
    except GatedRepoError as error:
        raise _fault(
            "gated", f"The authors of {name} ask you to accept their conditions.",
            "Accept them on the page of the model, and log in with: hf auth login",
        ) from error  # fmt: skip
    except RepositoryNotFoundError as error:
        raise _fault("not_found", f"There is no model {name} on the hub.", "Check the name.") from error
    except OSError as error:
        raise _unreachable(name) from error
    except Exception as error:
        # The library's errors of connection are those of the HTTP client that it happens to use.
        if type(error).__module__.startswith(_CLIENTS):
            raise _unreachable(name) from error
        raise


def _wanted(name: str, sizes: dict[str, int]) -> dict[str, int]:
    """Files to fetch with their sizes.

    Raises:
        BioseqError: There are no weights that can be read without running code.
    """
    top = {file: size for file, size in sizes.items() if PurePosixPath(file).name == file}
    wanted = {file: size for file, size in top.items() if file.endswith(_ENDINGS) or file == _WORD_LIST}
    if _CONFIG not in wanted or not any(file.endswith(".safetensors") for file in wanted):
        raise _fault(
            "no_safetensors",
            f"{name} does not offer its weights as safetensors.",
            "Choose a model that does; https://huggingface.co/spaces/safetensors/convert asks its authors for them.",
        )
    if sum(wanted.values()) > _MOST_BYTES:
        raise _fault("too_large", f"{name} is larger than 64 GB.", "Choose a smaller model.")
    return wanted


def _counting(progress: Progress, total: int) -> Any:
    """A class of progress bar that draws nothing and counts the bytes of all files together."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    done = 0

    class Counter(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "disable": True})

        def update(self, count: float | None = 1) -> bool | None:
            nonlocal done
            done += int(count or 0)
            progress(min(done, total), total)
            return None

    return Counter


def _unreachable(name: str) -> BioseqError:
    return _fault(
        "unreachable",
        f"The hub could not be reached, or broke off while sending {name}.",
        "Check the connection; or download the folder on another machine, and choose it.",
    )


def _fault(code: str, message: str, remedy: str) -> BioseqError:
    return BioseqError(f"hub.{code}", message, where="huggingface.co", remedy=remedy)
