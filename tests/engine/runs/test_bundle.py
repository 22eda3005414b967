"""A bundle comes back as it went in; a hostile or damaged one is refused with a sentence and leaves nothing behind."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.runs.archive import ArchiveLimits, fault_of_name, read_members
from bioseq.runs.bundle import BundleContents, find_bundle, read_bundle, read_bundle_card, write_bundle
from bioseq.runs.weights import pack_weights, unpack_weights

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.runs.folder import RunFolder

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def contents(trained_run: RunFolder) -> BundleContents:
    return read_bundle(trained_run.model)


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(source: Path, target: Path, change: Change) -> Path:
    members = members_of(source)
    change(members)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target


def test_a_bundle_comes_back_as_it_went_in(contents: BundleContents, tmp_path: Path) -> None:
    write_bundle(tmp_path / "copy.bioseq", contents)
    again = read_bundle(tmp_path / "copy.bioseq")
    assert again.weights.keys() == contents.weights.keys()
    for name, values in contents.weights.items():
        assert again.weights[name].dtype == values.dtype
        assert np.array_equal(again.weights[name], values)
    for field in ("config", "architecture", "hyper", "task", "vocabulary", "label_names", "positive", "threshold"):
        assert getattr(again, field) == getattr(contents, field)
    assert again.profile == contents.profile
    assert again.metrics.keys() == contents.metrics.keys()


def test_the_card_is_all_but_the_weights(trained_run: RunFolder, contents: BundleContents) -> None:
    card = read_bundle_card(trained_run.model)
    assert card.weights == {}
    assert card.label_names == contents.label_names == ("motif", "plain")
    assert card.model_title == "Text CNN"
    assert card.name == "Motif"


def test_a_bundle_names_no_folder_of_the_person_who_trained(trained_run: RunFolder, labelled_fasta: Path) -> None:
    for name, content in members_of(trained_run.model).items():
        assert str(labelled_fasta.parent).encode() not in content, name
    card = members_of(trained_run.model)["card.md"].decode()
    assert "Text CNN" in card
    assert "motif and plain" in card


def test_a_run_folder_stands_for_its_bundle(trained_run: RunFolder, empty_run: RunFolder, tmp_path: Path) -> None:
    assert find_bundle(trained_run.path) == trained_run.model
    assert find_bundle(trained_run.model) == trained_run.model
    with pytest.raises(BioseqError, match="no trained model"):
        find_bundle(empty_run.path)
    with pytest.raises(BioseqError, match="neither a model file nor a run"):
        find_bundle(tmp_path / "nothing")


# ------------------------------------------------------------------------------------------------ hostile archives


def add(name: str, content: bytes = b"x") -> Change:
    def change(members: dict[str, bytes]) -> None:
        members[name] = content

    return change


def nested_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inside", "x")
    return buffer.getvalue()


HOSTILE_NAMES = [
    "/etc/passwd",
    "//server/share/file",
    "C:/windows/file",
    "c:file",
    "C:\\windows\\file",
    "\\\\server\\share\\file",
    "..",
    "../outside",
    "inside/../../outside",
    "inside/..",
    "./here",
    "inside//twice",
    "back\\slash",
    "..\\outside",
    "CON",
    "aux.txt",
    "inside/NUL",
    "com1.bin",
    "LPT9",
    "nul .txt",
    "COM¹",
    "trailing.",
    "trailing ",
    "inside./file",
    "stream:name",
    "question?",
    "star*",
    "pipe|",
    "less<",
    'quote"',
    "new\nline",
    "bell\x07",
    "right\u202eleft",
    "zero\u200bwidth",
    "x" * 1_100,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_bundle_with_a_hostile_name_is_refused(trained_run: RunFolder, tmp_path: Path, name: str) -> None:
    path = rewritten(trained_run.model, tmp_path / "hostile.bioseq", add(name))
    refused(path)


def refused(path: Path) -> BioseqError:
    """Both ways of reading refuse it, and nothing appears beside it."""
    before = sorted(path.parent.rglob("*"))
    for read in (read_bundle, read_bundle_card):
        with pytest.raises(BioseqError) as caught:
            read(path)
        assert caught.value.code.startswith("bundle.")
        assert caught.value.remedy
    assert sorted(path.parent.rglob("*")) == before
    return caught.value


def with_attributes(source: Path, target: Path, mode: int) -> Path:
    members = members_of(source)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        member = zipfile.ZipInfo("special")
        member.create_system = 3
        member.external_attr = mode << 16
        archive.writestr(member, "/etc/passwd")
    return target


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR])
def test_a_bundle_with_a_link_or_a_device_is_refused(trained_run: RunFolder, tmp_path: Path, kind: int) -> None:
    refused(with_attributes(trained_run.model, tmp_path / "hostile.bioseq", kind | 0o777))


@pytest.mark.parametrize("twins", [("File", "fILE"), ("caf\u00e9", "cafe\u0301"), ("ss", "ß"), ("a\ufb01", "afi")])
def test_a_bundle_with_twin_names_is_refused(trained_run: RunFolder, tmp_path: Path, twins: tuple[str, str]) -> None:
    def change(members: dict[str, bytes]) -> None:
        members[twins[0]] = members[twins[1]] = b"x"

    refused(rewritten(trained_run.model, tmp_path / "hostile.bioseq", change))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_bundle_with_the_same_name_twice_is_refused(trained_run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "hostile.bioseq"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members_of(trained_run.model).items():
            archive.writestr(name, content)
        archive.writestr("bundle.json", "{}")
    refused(path)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.bioseq"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", b"\0" * (64 << 20))
    assert "far more than its size" in refused(path).message


def test_a_size_that_lies_is_refused(trained_run: RunFolder, tmp_path: Path) -> None:
    content = bytearray(trained_run.model.read_bytes())
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"model.safetensors"))
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path = tmp_path / "lies.bioseq"
    path.write_bytes(content)
    with pytest.raises(BioseqError):
        read_bundle(path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.bioseq"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30):
            archive.writestr(str(number), "")
    with pytest.raises(BioseqError, match="more than 20 files"):
        read_members(path, ["1"], limits=ArchiveLimits(members=20))
    with pytest.raises(BioseqError, match="too large"):
        read_members(path, ["1"], limits=ArchiveLimits(bytes=-1))


def test_a_nested_archive_is_refused(trained_run: RunFolder, tmp_path: Path) -> None:
    path = rewritten(trained_run.model, tmp_path / "nested.bioseq", add("bundle.json", nested_archive()))
    assert "another archive" in refused(path).message


def test_rare_compression_is_refused(trained_run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "rare.bioseq"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in members_of(trained_run.model).items():
            archive.writestr(name, content)
    refused(path)


def test_an_encrypted_bundle_is_refused(trained_run: RunFolder, tmp_path: Path) -> None:
    content = bytearray(trained_run.model.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    path = tmp_path / "locked.bioseq"
    path.write_bytes(content)
    refused(path)


@pytest.mark.parametrize("cut", [0, 10, 1_000, -1, -30])
def test_a_bundle_that_is_cut_short_is_refused(trained_run: RunFolder, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.bioseq"
    path.write_bytes(trained_run.model.read_bytes()[:cut])
    refused(path)


def test_flipped_bytes_never_give_another_model(trained_run: RunFolder, tmp_path: Path) -> None:
    """Each damage is refused, or hits a place that decides nothing."""
    whole = trained_run.model.read_bytes()
    good = read_bundle(trained_run.model)
    chance = np.random.default_rng(7)
    path = tmp_path / "flipped.bioseq"
    for place in chance.integers(0, len(whole), 60):
        content = bytearray(whole)
        content[place] ^= 0xFF
        path.write_bytes(content)
        try:
            read = read_bundle(path)
        except BioseqError as error:
            assert error.code.startswith(("bundle.", "config."))  # noqa: PT017 - either outcome is right
        else:
            assert all(np.array_equal(read.weights[name], good.weights[name]) for name in good.weights)


# --------------------------------------------------------------------------------------------------- wrong contents


def in_about(**fields: object) -> Change:
    def change(members: dict[str, bytes]) -> None:
        about = json.loads(members["bundle.json"])
        about.update(fields)
        members["bundle.json"] = json.dumps(about).encode()

    return change


TASK = {"vocabulary": 6, "classes": 2, "longest": 40, "fixed_length": False}


@pytest.mark.parametrize(
    "change",
    [
        in_about(architecture="no_such_model"),
        in_about(hyper={"filters": 10**12}),
        in_about(hyper={"no_such_setting": 1}),
        in_about(task={**TASK, "longest": 10**15}),
        in_about(task={**TASK, "vocabulary": 7}),
        in_about(task={**TASK, "classes": 3}),
        in_about(task={**TASK, "more": 3}),
        in_about(labels=["a", "a"]),
        in_about(labels=None),
        in_about(threshold="high"),
        in_about(positive="neither"),
        in_about(vocabulary={"molecule": "plastic", "kind": "letters", "k": 1}),
        in_about(profile={}),
        add("bundle.json", b"[]"),
        add("bundle.json", b"\xff\xfe"),
        add("config.toml", b"schema = 1\nnonsense = 2"),
    ],
)
def test_contents_that_do_not_fit_are_refused(trained_run: RunFolder, tmp_path: Path, change: Change) -> None:
    path = rewritten(trained_run.model, tmp_path / "odd.bioseq", change)
    with pytest.raises(BioseqError) as caught:
        read_bundle_card(path)
    assert not caught.value.code.startswith("fault")


def test_a_newer_bundle_is_refused_with_words(trained_run: RunFolder, tmp_path: Path) -> None:
    path = rewritten(trained_run.model, tmp_path / "newer.bioseq", in_about(format=99))
    with pytest.raises(BioseqError, match="newer program"):
        read_bundle(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        (1 << 40).to_bytes(8, "little") + b"{}",
        (2 << 20).to_bytes(8, "little") + b" " * (2 << 20),
        (4).to_bytes(8, "little") + b"null",
        (2).to_bytes(8, "little") + b"{]",
        pack_weights({"x": np.zeros(4, np.float32)})[:-1],
        len(deep := b"[" * 100_000).to_bytes(8, "little") + deep,
    ],
)
def test_damaged_weights_are_refused(content: bytes) -> None:
    with pytest.raises(BioseqError, match="weights"):
        unpack_weights(content, where="model.bioseq")


def test_too_many_tensors_are_refused() -> None:
    header = json.dumps({f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(10_001)})
    with pytest.raises(BioseqError, match="weights"):
        unpack_weights(len(header).to_bytes(8, "little") + header.encode(), where="model.bioseq")


def test_harmless_names_are_accepted() -> None:
    for name in ("bundle.json", "folder/", "folder/file.txt", "Ångström", "console", "a b", ".hidden"):
        assert fault_of_name(name) == ""
