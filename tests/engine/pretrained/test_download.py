"""Downloading is an explicit act: data only, checked before and after, from a hub that this test plays."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from bioseq.catalogue.encoder_folder import read_folder
from bioseq.errors import BioseqError
from bioseq.jobs.hub import download

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """A hub with models out of folders, which notes what it was asked for."""

    def __init__(self) -> None:
        self.models: dict[str, Path] = {}
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(hub) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - its own `self` stands inside
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def answer(self, *, body: bool) -> None:
                path = self.path.partition("?")[0]
                if path.startswith("/api/models/"):
                    self.tell(hub.about(path.removeprefix("/api/models/")))
                    return
                name, _, rest = path.lstrip("/").partition("/resolve/")
                file = hub.models[name] / rest.partition("/")[2]
                hub.asked.append(file.name)
                content = file.read_bytes()
                self.send_response(200)
                self.send_header("ETag", f'"{len(content)}-{file.name}"')
                self.send_header("X-Repo-Commit", REVISION)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if body:
                    self.wfile.write(content)

            def tell(self, about: dict[str, Any] | None) -> None:
                content = json.dumps(about or {"error": "Repository not found"}).encode()
                self.send_response(200 if about else 404)
                if not about:
                    self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler

    def about(self, name: str) -> dict[str, Any] | None:
        if name not in self.models:
            return None
        files = sorted(path for path in self.models[name].rglob("*") if path.is_file())
        siblings = [
            {"rfilename": path.relative_to(self.models[name]).as_posix(), "size": path.stat().st_size} for path in files
        ]
        return {"id": name, "sha": REVISION, "siblings": siblings, "private": False, "gated": False, "tags": []}


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def bioseq(*arguments: object, endpoint: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "bioseq.cli", "models", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )


@pytest.mark.parametrize("layout", ["ESM-2", "ProtT5"])
def test_only_data_are_fetched_and_the_folder_can_be_used(
    hub: Hub, copied: Callable[..., Path], tmp_path: Path, layout: str
) -> None:
    hub.models["lab/tiny"] = source = copied(layout)
    for name in ("pytorch_model.bin", "modeling.py", "tf_model.h5", ".gitattributes", "README.md"):
        (source / name).write_bytes(b"x" * 10)
    (source / "onnx").mkdir()
    (source / "onnx" / "config.json").write_text("{}")
    target = tmp_path / "models" / "tiny"
    result = bioseq("--download", "lab/tiny", "-o", target, endpoint=hub.address, home=tmp_path / "home")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str(target)
    assert read_folder(str(target)).missing == ()
    kept = {path.name for path in source.iterdir() if path.suffix in (".safetensors", ".json", ".txt", ".model")}
    assert {path.name for path in target.iterdir()} == kept == set(hub.asked)
    assert [path.name for path in target.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ({"auto_map": {"AutoModel": "modeling.Model"}}, "encoder.own_code"),
        ({"model_type": "llama"}, "encoder.unknown_kind"),
        ({"hidden_size": 32}, "hub.unusable"),
    ],
)
def test_what_cannot_be_used_leaves_nothing_behind(
    hub: Hub, copied: Callable[..., Path], tmp_path: Path, spoil: dict[str, Any], code: str
) -> None:
    hub.models["lab/tiny"] = copied("ESM-2", **spoil)
    target = tmp_path / "models" / "tiny"
    result = bioseq("--download", "lab/tiny", "-o", target, "--json", endpoint=hub.address, home=tmp_path / "home")
    assert result.returncode == 2, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["code"] == code
    assert list(target.parent.iterdir()) == []
    assert ("model.safetensors" in hub.asked) == (code == "hub.unusable"), "weights come after the configuration"


def test_a_model_without_safetensors_and_one_that_is_not_there_are_said(
    hub: Hub, copied: Callable[..., Path], tmp_path: Path
) -> None:
    hub.models["lab/old"] = source = copied("ESM-2", without=("model.safetensors",))
    (source / "pytorch_model.bin").write_bytes(b"x")
    for name, words in {"lab/old": "as safetensors", "lab/none": "There is no model lab/none"}.items():
        result = bioseq("--download", name, "-o", tmp_path / "x", endpoint=hub.address, home=tmp_path / "home")
        assert result.returncode == 2
        assert words in result.stderr
    assert hub.asked == []


def test_without_a_connection_it_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        result = bioseq("--download", "lab/tiny", "-o", tmp_path / "x", endpoint=nobody, home=tmp_path / "home")
    assert result.returncode == 2
    assert "could not be reached" in result.stderr
    assert "download the folder on another machine" in result.stderr


def test_names_and_folders_are_checked_first(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("x")
    for name, folder in {"../up": "x", "a/b/c": "x", "http://x": "x", "": "x", "lab/tiny": "full"}.items():
        with pytest.raises(BioseqError) as caught:
            download(name, tmp_path / folder, lambda _done, _total: None)
        assert caught.value.code in ("hub.bad_name", "hub.folder_in_use")
        assert caught.value.remedy
