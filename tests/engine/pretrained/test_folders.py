"""A folder is checked before anything in it is loaded: what is wrong is said in words, with what to do, at once."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from bioseq.catalogue.encoder import Encoder
from bioseq.catalogue.encoder_folder import read_folder, weights_digest
from bioseq.catalogue.estimate import estimate
from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.config.model_words import with_words_of_model
from bioseq.config.schema import Configuration, ModelSettings
from bioseq.errors import BioseqError, Problem, Severity
from bioseq.models.contract import Subject
from bioseq.models.registry import build
from bioseq.sequences.alphabets import Molecule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.catalogue.specification import TaskShape

    Copy = Callable[..., Path]


def problems(task: TaskShape, folder: Path | str, name: str = "pretrained", **hyper: Any) -> tuple[Problem, ...]:
    return ARCHITECTURES[name].problems({"folder": str(folder), **hyper}, task)


def refused(folder: Path, code: str) -> BioseqError:
    with pytest.raises(BioseqError) as caught:
        read_folder(str(folder))
    assert caught.value.code == f"encoder.{code}"
    assert caught.value.remedy
    assert caught.value.where == "model.hyper.folder"
    return caught.value


def test_every_layout_is_read(layouts: dict[str, Path]) -> None:
    for name, folder in layouts.items():
        assert read_folder(str(folder)).missing == (), name


def test_no_folder_is_chosen_yet(protein_task: TaskShape) -> None:
    (problem,) = problems(protein_task, "")
    assert problem.code == "encoder.folder_needed"
    assert problem.where == "model.hyper.folder"
    assert "bioseq models --download" in problem.remedy


def test_a_folder_that_is_not_there_or_is_a_file(tmp_path: Path) -> None:
    assert "There is no folder" in refused(tmp_path / "nowhere", "no_folder").message
    (tmp_path / "file").write_text("x")
    assert "no folder that can be read" in refused(tmp_path / "file", "no_folder").message


@pytest.mark.parametrize("path", ["\0", "a\0b", "~nobody-of-this-name/x", "x" * 5_000, "\udcff", " "])
def test_a_path_that_no_folder_can_have(protein_task: TaskShape, path: str) -> None:
    (problem,) = problems(protein_task, path)
    assert problem.code == "encoder.no_folder"


def test_an_empty_folder(tmp_path: Path) -> None:
    refused(tmp_path, "no_config")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe", b'{"a": ' * 100_000, b" " * (2 << 20)])
def test_a_configuration_that_is_none(copied: Copy, content: bytes) -> None:
    folder = copied("ProtBERT")
    (folder / "config.json").write_bytes(content)
    refused(folder, "unreadable")


def test_code_of_its_own_is_never_run(copied: Copy) -> None:
    folder = copied("ProtBERT", auto_map={"AutoModel": "modeling.Model"})
    (folder / "modeling.py").write_text("raise SystemExit('this was run')")
    assert "runs no code from models" in refused(folder, "own_code").message


@pytest.mark.parametrize("kind", ["llama", "gpt2", "../bert", "", None, 3, ["bert"], {"bert": 1}])
def test_a_kind_of_model_outside_the_closed_list(copied: Copy, kind: object) -> None:
    assert "BERT (bert)" in refused(copied("ProtBERT", model_type=kind), "unknown_kind").remedy


@pytest.mark.parametrize(
    "fields",
    [
        {"hidden_size": 10**12},
        {"hidden_size": -16},
        {"hidden_size": "16"},
        {"hidden_size": 16.0},
        {"hidden_size": True},
        {"num_hidden_layers": 10**9},
        {"num_attention_heads": 3},
        {"hidden_act": "os.system"},
        {"hidden_dropout_prob": 1.5},
        {"is_decoder": True},
        {"position_embedding_type": "relative_key"},
    ],
    ids=str,
)
def test_a_configuration_out_of_bounds(copied: Copy, fields: dict[str, object]) -> None:
    refused(copied("ProtBERT", **fields), "bad_config")


def test_weights_as_a_pickle_are_refused_with_the_way_to_safetensors(copied: Copy) -> None:
    folder = copied("ProtBERT", without=("model.safetensors",))
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02cos\nsystem\n")
    assert "safetensors" in refused(folder, "only_pickle").remedy
    (folder / "pytorch_model.bin").unlink()
    refused(folder, "no_weights")


def header(fields: object, *, length: int | None = None, data: bytes = b"") -> bytes:
    text = json.dumps(fields).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 8,
        header({}, length=2**63),
        header({}, length=2 << 20),
        b"\x08" + b"\x00" * 7 + b"not json",
        header([1, 2]),
        header({"a": 1}),
        header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}),
        header({"a": {"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]}}, data=b"0" * 16),
        header({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 16]}}, data=b"0" * 16),
        header({"a": {"dtype": "PY", "shape": [4], "data_offsets": [0, 16]}}, data=b"0" * 16),
        header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [16, 0]}}, data=b"0" * 16),
        header({"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 6]}}, data=b"0" * 16),
        header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0]}}, data=b"0" * 16),
        header({f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(10_001)}),
    ],
    ids=range(15),
)
def test_damaged_or_hostile_weights(copied: Copy, content: bytes) -> None:
    folder = copied("ProtBERT")
    (folder / "model.safetensors").write_bytes(content)
    refused(folder, "damaged_weights")


def test_weights_of_another_model(copied: Copy) -> None:
    folder = copied("ProtBERT")
    weights = header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, data=b"0" * 16)
    (folder / "model.safetensors").write_bytes(weights)
    refused(folder, "other_weights")
    assert "intermediate" in refused(copied("ESM-2", intermediate_size=32), "other_shapes").message


def test_parts_outside_the_folder_are_not_looked_at(copied: Copy, layouts: dict[str, Path]) -> None:
    folder = copied("ProtBERT", without=("model.safetensors",))
    index = folder / "model.safetensors.index.json"
    for part in ("../ESM-2/model.safetensors", str(layouts["ESM-2"] / "model.safetensors"), "config.json", "gone"):
        index.write_text(json.dumps({"weight_map": {"a": part}}))
        refused(folder, "parts_missing")
    (folder / "part-1.safetensors").write_bytes((layouts["ProtBERT"] / "model.safetensors").read_bytes())
    index.write_text(json.dumps({"weight_map": {"a": "part-1.safetensors"}}))
    assert read_folder(str(folder)).files == (folder / "part-1.safetensors",)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vocab.txt", b"\xff\xff"),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", b'{"model": {"vocab": {"A": "x"}}}'),
        ("vocab.json", b'{"A": 1.5}'),
        ("vocab.json", b'["A"]'),
        ("spiece.model", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
        ("spiece.model", b"\x0a\x05ab"),
        ("spiece.model", b"\x0f\x01"),
        ("spiece.model", b"\x0a\x02\x08\x01"),
    ],
)
def test_a_vocabulary_that_is_none(copied: Copy, name: str, content: bytes) -> None:
    folder = copied("ProtBERT", without=("vocab.txt", "tokenizer.json"))
    refused(folder, "no_words")
    (folder / name).write_bytes(content)
    refused(folder, "bad_words")


@pytest.mark.parametrize("name", ["tokenizer.json", "vocab.json"])
def test_words_are_also_read_from_the_files_of_fast_tokenizers(
    copied: Copy, layouts: dict[str, Path], protein_task: TaskShape, name: str
) -> None:
    lines = (layouts["ESM-2"] / "vocab.txt").read_text().split()
    words = {word: number for number, word in enumerate(lines)}
    folder = copied("ESM-2", without=("vocab.txt",))
    special = [{"id": words.pop("<cls>"), "content": "<cls>"}]
    whole = {"model": {"type": "WordLevel", "vocab": words}, "added_tokens": special}
    (folder / name).write_text(json.dumps(whole if name == "tokenizer.json" else {**words, "<cls>": 0}))
    ours = ARCHITECTURES["pretrained"].settle(protein_task, {"folder": str(folder)}).encoder
    theirs = ARCHITECTURES["pretrained"].settle(protein_task, {"folder": str(layouts["ESM-2"])}).encoder
    assert ours == theirs


def test_pieces_of_varying_length_cannot_be_read(copied: Copy, protein_task: TaskShape) -> None:
    folder = copied("ProtBERT")
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\nMK\nVLA\nA\n")
    (problem,) = problems(protein_task, folder)
    assert problem.code == "encoder.other_words"


def test_other_tokens_than_the_folders_are_said_with_the_setting(
    layouts: dict[str, Path], protein_task: TaskShape, words_task: TaskShape
) -> None:
    letters = type(words_task)(6, 2, 60, False, molecule="dna", word_length=1)
    (problem,) = problems(letters, layouts["DNABERT-3"], "dnabert")
    assert (problem.where, problem.remedy) == ("tokens.k", 'Set tokens.kind = "kmers" and tokens.k = 3.')
    (problem,) = problems(protein_task, layouts["DNABERT-3"])
    assert problem.code == "encoder.other_words"


def test_a_named_model_takes_only_its_own_make(layouts: dict[str, Path], protein_task: TaskShape) -> None:
    (problem,) = problems(protein_task, layouts["ESM-2"], "protbert")
    assert problem.code == "encoder.other_make"
    assert "pretrained" in problem.remedy
    assert problems(protein_task, layouts["ProtBERT"], "protbert") == ()
    (problem,) = problems(protein_task, layouts["ProtBERT"], "dnabert")
    assert problem.code == "encoder.other_make"


def test_a_t5_has_no_extra_token_to_summarise_by(layouts: dict[str, Path], protein_task: TaskShape) -> None:
    (problem,) = problems(protein_task, layouts["ProtT5"], pooling="cls")
    assert problem.where == "model.hyper.pooling"


def without_tensors(folder: Path, ending: str) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    kept = {name: values for name, values in weights.items() if not name.endswith(ending)}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors")


def test_missing_weights_are_a_warning_that_names_them(copied: Copy, protein_task: TaskShape) -> None:
    folder = copied("ProtBERT")
    without_tensors(folder, "1.output.dense.bias")
    hyper = ARCHITECTURES["protbert"].resolve({"folder": str(folder)})
    (doubt,) = ARCHITECTURES["protbert"].doubts(protein_task, hyper)
    assert doubt.severity is Severity.WARNING
    assert "encoder.layer.1.output.dense.bias" in doubt.message
    assert build("protbert", protein_task, {"folder": str(folder)})


def test_fine_tuning_a_giant_is_no_job_for_a_processor(protein_task: TaskShape, layouts: dict[str, Path]) -> None:
    specification = ARCHITECTURES["protbert"]
    small = specification.settle(protein_task, specification.resolve({"folder": str(layouts["ProtBERT"])}))
    fields = json.loads(small.encoder)
    fields["config"] |= {"hidden_size": 1024, "num_hidden_layers": 30, "num_attention_heads": 16}
    fields["config"] |= {"intermediate_size": 4096, "max_position_embeddings": 40_000}
    giant = type(small)(22, 2, 60, False, molecule="protein", word_length=1, encoder=json.dumps(fields))
    for tuning, codes in {"full": ["encoder.heavy"], "lora": ["encoder.heavy"], "frozen": []}.items():
        doubts = specification.doubts(giant, specification.resolve({"tuning": tuning}))
        assert [doubt.code for doubt in doubts] == codes
    assert (
        "no job for a processor; frozen features are"
        in specification.doubts(giant, specification.resolve({"tuning": "full"}))[0].message
    )


def test_the_published_protbert_has_420_million_weights(protein_task: TaskShape) -> None:
    config = {
        "vocab_size": 30,
        "hidden_size": 1024,
        "num_hidden_layers": 30,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "max_position_embeddings": 40_000,
    }
    encoder = Encoder("bert", {**config, "type_vocab_size": 2}, (0,) * 22, 0, 2, 3)
    assert round(encoder.count_parameters() / 1e6) == 419


# ---------------------------------------------------------------------- a description that came with a model file


@pytest.mark.parametrize(
    "change",
    [
        {"family": "llama"},
        {"family": ["bert"]},
        {"config": {"hidden_size": 10**9}},
        {"config": 3},
        {"ids": [10**6] * 22},
        {"ids": [-1] * 22},
        {"ids": ["1"] * 22},
        {"ids": []},
        {"step": 0},
        {"pad": -1},
        {"first": 99},
        {"name": 3},
        {"more": 1},
    ],
    ids=str,
)
def test_a_hostile_description_is_refused(
    layouts: dict[str, Path], protein_task: TaskShape, change: dict[str, object]
) -> None:
    good = ARCHITECTURES["pretrained"].settle(protein_task, {"folder": str(layouts["ProtBERT"])}).encoder
    bad = type(protein_task)(22, 2, 60, False, encoder=json.dumps({**json.loads(good), **change}))
    assert [problem.code for problem in problems(bad, "")] == ["encoder.bad_description"]


# ---------------------------------------------------------------------- what is remembered, and what never happens


def test_a_folder_that_changes_is_read_anew(copied: Copy) -> None:
    folder = copied("ProtBERT")
    before = weights_digest(str(folder))
    assert weights_digest(str(folder)) == before
    without_tensors(folder, "1.output.dense.bias")
    assert weights_digest(str(folder)) != before
    assert len(read_folder(str(folder)).missing) == 1


def test_nothing_asks_the_network_or_waits(
    layouts: dict[str, Path], protein_task: TaskShape, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    build("pretrained", protein_task, {"folder": str(layouts["ESM-2"]), "tuning": "lora"})
    begun = time.perf_counter()
    for place in ("Rostlab/prot_bert", str(tmp_path / "nowhere")):
        (problem,) = problems(protein_task, place, "protbert")
        assert problem.code == "encoder.no_folder"
        with pytest.raises(BioseqError):
            build("protbert", protein_task, {"folder": place})
    assert time.perf_counter() - begun < 1.0


def test_checking_a_folder_imports_neither_torch_nor_transformers(layouts: dict[str, Path]) -> None:
    script = (
        "import sys; from bioseq.catalogue.encoder_folder import read_folder; read_folder(sys.argv[1]);"
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    arguments = [sys.executable, "-c", script, str(layouts["ESM-2"])]
    assert subprocess.run(arguments, check=False).returncode == 0


def test_a_frozen_encoder_is_estimated_to_work_once_and_to_need_no_moments(
    layouts: dict[str, Path], protein_task: TaskShape
) -> None:
    costs = {}
    for tuning, pooling in (("frozen", "mean"), ("frozen", "attention"), ("lora", "mean"), ("full", "mean")):
        hyper = {"folder": str(layouts["ESM-2"]), "tuning": tuning, "pooling": pooling}
        costs[tuning, pooling] = estimate(
            ARCHITECTURES["pretrained"], protein_task, hyper, records=1000, batch_size=16, median_tokens=50
        )
    frozen, in_each_epoch = costs["frozen", "mean"], costs["frozen", "attention"]
    assert frozen.seconds_once > 10 * frozen.seconds_per_epoch
    assert in_each_epoch.seconds_once == 0
    assert in_each_epoch.seconds_per_epoch > frozen.seconds_once
    assert frozen.memory_bytes < costs["lora", "mean"].memory_bytes < costs["full", "mean"].memory_bytes
    assert costs["full", "mean"].seconds_per_epoch > costs["lora", "mean"].seconds_per_epoch


def test_the_contract_says_that_it_cannot_examine_what_needs_a_folder() -> None:
    with pytest.raises(BioseqError, match="No pretrained model is chosen"):
        Subject.of("pretrained")


@pytest.mark.parametrize(
    ("name", "molecule", "letters"), [("DNABERT-3", "dna", 3), ("DNABERT-3", "rna", 3), ("ProtBERT", "protein", 1)]
)
def test_the_tokens_are_those_that_the_encoder_has_learnt(
    layouts: dict[str, Path], name: str, molecule: str, letters: int
) -> None:
    model = ModelSettings(name="pretrained", hyper={"folder": str(layouts[name])})
    config, reasons = with_words_of_model(Configuration(model=model), Molecule(molecule))
    assert (config.tokens.kind, config.tokens.k if letters > 1 else 1) == (
        "kmers" if letters > 1 else "letters",
        letters,
    )
    assert [reason.path for reason in reasons] == ["tokens.kind", "tokens.k"][: 1 if letters == 1 else 2]


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all"])
def test_the_tokens_stay_where_no_encoder_can_be_read(folder: str) -> None:
    config = Configuration(model=ModelSettings(name="pretrained", hyper={"folder": folder}))
    assert with_words_of_model(config, Molecule.DNA) == (config, ())
