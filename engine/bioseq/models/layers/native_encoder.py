"""Encoders of the `transformers` library, built by a closed list of its own classes and never by a name in a file.

The library is told to stay offline before it is imported, and none of its loaders is used: the network is built from a
checked configuration, and its weights are read from safetensors files by name. So nothing can reach for the network,
run code that came with a model, or draw progress bars.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from bioseq.catalogue.encoder_folder import read_folder
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from torch import Tensor

    from bioseq.catalogue.encoder import Encoder

_CONFIGURATIONS = {"bert": "BertConfig", "roformer": "RoFormerConfig", "esm": "EsmConfig", "t5": "T5Config"}
_WITHOUT_POOLER = ("bert", "esm")


def build_encoder(encoder: Encoder) -> nn.Module:
    """The network of an encoder, with weights by chance."""
    library = _library()
    config = getattr(library, _CONFIGURATIONS[encoder.family])(**encoder.config)
    config._attn_implementation = "sdpa" if encoder.kind.fused else "eager"
    options = {"add_pooling_layer": False} if encoder.family in _WITHOUT_POOLER else {}
    network: nn.Module = getattr(library, encoder.kind.network)(config, **options)
    if encoder.family == "esm":
        # It predicts contacts and takes no part in what is used here.
        network.contact_head = nn.Identity()
    return network


def load_weights(network: nn.Module, folder: str) -> None:
    """Give an encoder the weights of a folder; those that the folder does not have stay as they are.

    Raises:
        BioseqError: The folder is not what it was when it was checked, or a file is damaged.
    """
    found = read_folder(folder)
    own = dict(network.named_parameters())
    by_file: dict[str, list[tuple[str, str]]] = {}
    for name, (path, name_there) in found.tensors.items():
        by_file.setdefault(str(path), []).append((name, name_there))
    try:
        for file_name, names in by_file.items():
            with safe_open(file_name, framework="pt") as file, torch.no_grad():
                for name, name_there in names:
                    own[name].copy_(file.get_tensor(name_there))
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise BioseqError(
            "encoder.damaged_weights",
            "The weights of the pretrained model cannot be read.",
            where="model.hyper.folder",
            remedy="Download or copy the folder again from where it came.",
        ) from error


def add_adapters(network: nn.Module, encoder: Encoder, rank: int) -> None:
    """Let a frozen encoder learn by small additions to its attention.

    Source: Hu et al. 2022, LoRA: low-rank adaptation of large language models. Scaled as there, by alpha / rank = 2.

    Raises:
        BioseqError: The package is not installed.
    """
    if importlib.util.find_spec("peft") is None:
        raise BioseqError(
            "model.package_missing",
            "LoRA needs a package that is not installed: peft.",
            where="model.hyper.tuning",
            remedy='Install it with: pip install "bioseq-studio[pretrained]"',
        )
    _library()
    from peft import LoraConfig, inject_adapter_in_model

    settings = LoraConfig(
        r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=list(encoder.kind.adapted), bias="none"
    )
    inject_adapter_in_model(settings, network)


def states_of(network: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """The last layer's vectors: `(P, T)` and `(P, T)` to `(P, T, D)`."""
    states: Tensor = network(input_ids=ids, attention_mask=mask.long()).last_hidden_state
    return states


def attention_of(network: Any, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Vectors `(P, T, D)` and the weights of the last layer, `(P, H, T, T)`, which the fused kernel does not give."""
    before = network.config._attn_implementation
    network.set_attn_implementation("eager")
    try:
        output = network(input_ids=ids, attention_mask=mask.long(), output_attentions=True)
    finally:
        network.set_attn_implementation(before)
    return output.last_hidden_state, output.attentions[-1]


def _library() -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    return importlib.import_module("transformers")
