"""Tiny encoders in the layouts in which the real ones are published, with weights by chance."""

from __future__ import annotations

import json
import os
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

# Before anything imports the library: it asks the network otherwise.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch

from bioseq.catalogue.specification import TaskShape

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Layouts = dict[str, Path]

PROTBERT_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"LAGVESIKRDTPNQFYMHCWXUBZO"]
ESM_WORDS = ["<cls>", "<pad>", "<eos>", "<unk>", *"LAGVSERTIDPNKQFYMHWCXBUZO.-", "<null_1>", "<mask>"]
T5_WORDS = ["<pad>", "</s>", "<unk>", *(f"▁{letter}" for letter in "ALGVSREDTIPKFQNYMHWCXBOUZ")]
SIZES: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 40,
}


def dnabert_words(k: int) -> list[str]:
    """As published: the special tokens, then all words in the order A, T, C, G."""
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *map("".join, product("ATCG", repeat=k))]


def sentencepiece_model(words: list[str]) -> bytes:
    """The file `spiece.model` with these pieces: a protocol buffer message of repeated messages."""
    content = b""
    for word in words:
        text = word.encode()
        piece = b"\x0a" + bytes([len(text)]) + text + b"\x15\x00\x00\x80\xbf"  # field 1: text; field 2: score -1
        content += b"\x0a" + bytes([len(piece)]) + piece
    return content + b"\x12\x02\x08\x01"  # field 2: settings of the trainer


def save(folder: Path, network: Any, words: list[str], vocabulary: str = "vocab.txt") -> Path:
    network.save_pretrained(folder)
    if vocabulary == "spiece.model":
        (folder / vocabulary).write_bytes(sentencepiece_model(words))
    elif vocabulary == "vocab.txt":
        (folder / vocabulary).write_text("\n".join(words) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> Layouts:
    """Folders by name. Tests read them and change nothing."""
    import transformers as hf

    hf.utils.logging.disable_progress_bar()
    root = tmp_path_factory.mktemp("encoders")
    torch.manual_seed(11)
    spread = {"initializer_range": 0.3}
    made = {
        "DNABERT-3": save(
            root / "DNABERT-3",
            hf.BertForMaskedLM(hf.BertConfig(vocab_size=69, **SIZES, **spread)),
            dnabert_words(3),
        ),
        "ProtBERT": save(
            root / "ProtBERT",
            hf.BertForMaskedLM(hf.BertConfig(vocab_size=30, **SIZES, **spread)),
            PROTBERT_WORDS,
        ),
        "RoFormer": save(
            root / "RoFormer",
            hf.RoFormerForMaskedLM(hf.RoFormerConfig(vocab_size=30, embedding_size=8, **SIZES, **spread)),
            PROTBERT_WORDS,
        ),
        "ESM-2": save(
            root / "ESM-2",
            hf.EsmForMaskedLM(
                hf.EsmConfig(
                    vocab_size=33,
                    pad_token_id=1,
                    mask_token_id=32,
                    position_embedding_type="rotary",
                    token_dropout=True,
                    **SIZES,
                    **spread,
                )
            ),
            ESM_WORDS,
        ),
        "ESM-1b": save(
            root / "ESM-1b",
            hf.EsmModel(
                hf.EsmConfig(
                    vocab_size=33, pad_token_id=1, mask_token_id=32, emb_layer_norm_before=True, **SIZES, **spread
                )
            ),
            ESM_WORDS,
        ),
        "Nucleotides": save(
            root / "Nucleotides",
            hf.EsmForMaskedLM(
                hf.EsmConfig(
                    vocab_size=72, pad_token_id=1, mask_token_id=2, position_embedding_type="rotary", **SIZES, **spread
                )
            ),
            ["<unk>", "<pad>", "<mask>", "<cls>", *map("".join, product("ATCG", repeat=3)), *"ATCG"],
        ),
        "ProtT5": save(
            root / "ProtT5",
            hf.T5EncoderModel(
                hf.T5Config(
                    vocab_size=32, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, initializer_factor=4.0
                )
            ),
            T5_WORDS,
            "spiece.model",
        ),
        "ProtT5-gated": save(
            root / "ProtT5-gated",
            hf.T5EncoderModel(
                hf.T5Config(
                    vocab_size=32,
                    d_model=16,
                    d_kv=8,
                    d_ff=24,
                    num_layers=2,
                    num_heads=2,
                    feed_forward_proj="gated-gelu",
                )
            ),
            T5_WORDS,
            "spiece.model",
        ),
    }
    hf.utils.logging.enable_progress_bar()
    return made


@pytest.fixture
def protein_task() -> TaskShape:
    return TaskShape(22, 2, 60, False, molecule="protein", word_length=1)


@pytest.fixture
def words_task() -> TaskShape:
    return TaskShape(66, 2, 60, False, molecule="dna", word_length=3)


@pytest.fixture
def copied(layouts: Layouts, tmp_path: Path) -> Callable[..., Path]:
    """A copy of a layout that a test may spoil: its files replaced, its configuration changed."""

    def copy(name: str, *, without: tuple[str, ...] = (), **config: Any) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for path in layouts[name].iterdir():
            if path.name not in without:
                (folder / path.name).write_bytes(path.read_bytes())
        about = folder / "config.json"
        if about.exists():
            about.write_text(json.dumps({**json.loads(about.read_text()), **config}), encoding="utf-8")
        return folder

    return copy


@pytest.fixture
def encoder_calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pieces of records that went through an encoder, call by call."""
    from bioseq.models import encoder

    calls: list[int] = []
    real = encoder.states_of

    def counted(network: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        calls.append(len(ids))
        return real(network, ids, mask)

    monkeypatch.setattr(encoder, "states_of", counted)
    return calls


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test leaves anything in the person's cache."""
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"
