"""The closed list of pretrained encoders that can be read: what their configurations say, and which tensors they have.

Nothing outside this list is ever built, and no field of a configuration that is not listed here is looked at. Tensors
are named as in the `transformers` library, which holds the networks; shapes follow from the configuration alone, so
that weights can be counted and checked before any library is loaded.

Sources: BERT, Devlin et al. 2019; RoFormer, Su et al. 2021; ESM-2, Lin et al. 2023; T5, Raffel et al. 2020, as encoder
of proteins: ProtTrans, Elnaggar et al. 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bioseq.catalogue.specification import HyperValue

Shapes = dict[str, tuple[int, ...]]
Config = dict[str, "HyperValue"]

_ACTIVATIONS = ("gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "relu", "silu", "swish", "tanh")
_FEED_FORWARD = ("relu", "gated-gelu", "gated-silu", "gelu", "silu")


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of an encoder's configuration.

    Attributes:
        default: Value when the file does not name it; its type is the type of the field.
        low: Smallest legal number.
        high: Largest legal number.
        choices: Legal texts.
    """

    default: HyperValue
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()

    def read(self, name: str, value: object) -> HyperValue:
        """The value of the field as a file gives it, checked.

        Raises:
            ValueError: It is of another type or out of bounds; the message is a sentence.
        """
        if value is None:
            value = self.default
        if isinstance(self.default, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(self.default):
            raise ValueError(f"{name} is {_short(value)}, which it cannot be.")
        legal = value in self.choices if isinstance(value, str) else self.low <= value <= self.high
        if not isinstance(value, bool) and not legal:
            raise ValueError(f"{name} is {_short(value)}, which this program does not know or take.")
        return value


@dataclass(frozen=True, slots=True)
class EncoderFamily:
    """One kind of encoder.

    Attributes:
        name: `model_type` in its configuration.
        title: For people.
        network: The class of `transformers` that computes it.
        prefix: Before the names of its tensors when the file holds more than the encoder.
        settings: Fields of its configuration that matter.
        must_be: Fields that change what it computes, and the only value with which it is read.
        tensors: `(config) -> ` names and shapes of its weights.
        positions: `(config, padding id) -> ` tokens that it can read at once, with the special ones.
        width: Field of the configuration: numbers per token.
        layers: Field of the configuration: number of layers.
        heads: Field of the configuration: number of heads.
        first: Names that the token before a sequence may have; empty when it has none.
        last: Names that the token after a sequence may have.
        adapted: The linear layers that LoRA adds to, by the end of their names.
        fused: Its attention can use torch's fused kernel.
        words_side_by_side: Words of several letters follow each other and do not overlap.
    """

    name: str
    title: str
    network: str
    prefix: str
    settings: Mapping[str, Setting]
    must_be: Mapping[str, HyperValue]
    tensors: Callable[[Mapping[str, Any]], Shapes]
    positions: Callable[[Mapping[str, Any], int], int]
    width: str
    layers: str
    heads: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    adapted: tuple[str, ...]
    fused: bool = True
    words_side_by_side: bool = False

    def read_config(self, fields: Mapping[str, object]) -> Config:
        """The fields that matter, checked.

        Raises:
            ValueError: One is not legal; the message is a sentence.
        """
        for name, value in self.must_be.items():
            if fields.get(name, value) not in (value, None):
                raise ValueError(f"{name} is {_short(fields[name])}; encoders with that are not read.")
        config = {name: setting.read(name, fields.get(name)) for name, setting in self.settings.items()}
        if self.name != "t5" and int(config[self.width]) % int(config[self.heads]):
            raise ValueError(f"{self.width} is {config[self.width]} and no multiple of {self.heads}.")
        return config


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _whole(default: int, low: int, high: int) -> Setting:
    return Setting(default, low, high)


def _share(default: float) -> Setting:
    return Setting(default, 0.0, 0.95)


def _linear(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _layer(name: str, width: int, units: int, *, norms: tuple[str, str]) -> Shapes:
    """One layer as BERT, RoFormer and ESM name it; they differ in where the norms stand."""
    shapes: Shapes = {}
    for part in ("query", "key", "value"):
        shapes |= _linear(f"{name}.attention.self.{part}", width, width)
    shapes |= _linear(f"{name}.attention.output.dense", width, width)
    shapes |= _linear(f"{name}.intermediate.dense", width, units)
    shapes |= _linear(f"{name}.output.dense", units, width)
    for norm in norms:
        shapes |= _norm(f"{name}.{norm}", width)
    return shapes


def _layers(config: Mapping[str, Any], norms: tuple[str, str]) -> Shapes:
    shapes: Shapes = {}
    for number in range(config["num_hidden_layers"]):
        shapes |= _layer(f"encoder.layer.{number}", config["hidden_size"], config["intermediate_size"], norms=norms)
    return shapes


def _bert_tensors(config: Mapping[str, Any]) -> Shapes:
    width = config["hidden_size"]
    return {
        "embeddings.word_embeddings.weight": (config["vocab_size"], width),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], width),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], width),
        **_norm("embeddings.LayerNorm", width),
        **_layers(config, ("attention.output.LayerNorm", "output.LayerNorm")),
    }


def _roformer_tensors(config: Mapping[str, Any]) -> Shapes:
    width, narrow = config["hidden_size"], config["embedding_size"] or config["hidden_size"]
    return {
        "embeddings.word_embeddings.weight": (config["vocab_size"], narrow),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], narrow),
        **_norm("embeddings.LayerNorm", narrow),
        **(_linear("embeddings_project", narrow, width) if narrow != width else {}),
        "encoder.embed_positions.weight": (
            config["max_position_embeddings"],
            width // config["num_attention_heads"],
        ),
        **_layers(config, ("attention.output.LayerNorm", "output.LayerNorm")),
    }


def _esm_tensors(config: Mapping[str, Any]) -> Shapes:
    width = config["hidden_size"]
    shapes: Shapes = {"embeddings.word_embeddings.weight": (config["vocab_size"], width)}
    if config["position_embedding_type"] == "absolute":
        shapes["embeddings.position_embeddings.weight"] = (config["max_position_embeddings"], width)
    if config["emb_layer_norm_before"]:
        shapes |= _norm("embeddings.layer_norm", width)
    shapes |= _layers(config, ("attention.LayerNorm", "LayerNorm"))
    return shapes | _norm("encoder.emb_layer_norm_after", width)


def _t5_tensors(config: Mapping[str, Any]) -> Shapes:
    width, inner, units = config["d_model"], config["num_heads"] * config["d_kv"], config["d_ff"]
    expanders = ("wi_0", "wi_1") if config["feed_forward_proj"].startswith("gated-") else ("wi",)
    shapes: Shapes = {"shared.weight": (config["vocab_size"], width)}
    for number in range(config["num_layers"]):
        attention, feed = f"encoder.block.{number}.layer.0", f"encoder.block.{number}.layer.1"
        shapes |= {f"{attention}.SelfAttention.{part}.weight": (inner, width) for part in ("q", "k", "v")}
        shapes[f"{attention}.SelfAttention.o.weight"] = (width, inner)
        if not number:
            buckets = config["relative_attention_num_buckets"]
            shapes[f"{attention}.SelfAttention.relative_attention_bias.weight"] = (buckets, config["num_heads"])
        shapes[f"{attention}.layer_norm.weight"] = (width,)
        shapes |= {f"{feed}.DenseReluDense.{part}.weight": (units, width) for part in expanders}
        shapes[f"{feed}.DenseReluDense.wo.weight"] = (width, units)
        shapes[f"{feed}.layer_norm.weight"] = (width,)
    return shapes | {"encoder.final_layer_norm.weight": (width,)}


def _table_positions(config: Mapping[str, Any], _padding: int) -> int:
    return int(config["max_position_embeddings"])


def _positions_after_padding(config: Mapping[str, Any], padding: int) -> int:
    """ESM counts positions from the number after that of the padding token."""
    return int(config["max_position_embeddings"]) - padding - 1


_COMMON = {
    "vocab_size": _whole(30_522, 5, 1_000_000),
    "hidden_size": _whole(768, 2, 16_384),
    "num_hidden_layers": _whole(12, 1, 128),
    "num_attention_heads": _whole(12, 1, 128),
    "intermediate_size": _whole(3_072, 2, 65_536),
    "hidden_dropout_prob": _share(0.1),
    "attention_probs_dropout_prob": _share(0.1),
    "layer_norm_eps": Setting(1e-12, 1e-15, 1e-2),
}
_NO_DECODER = {"is_decoder": False, "add_cross_attention": False}

_BERT = EncoderFamily(
    name="bert",
    title="BERT",
    network="BertModel",
    prefix="bert.",
    settings=MappingProxyType(
        {
            **_COMMON,
            "max_position_embeddings": _whole(512, 4, 131_072),
            "type_vocab_size": _whole(2, 1, 64),
            "hidden_act": Setting("gelu", choices=_ACTIVATIONS),
            "pad_token_id": _whole(0, 0, 1_000_000),
        }
    ),
    must_be=MappingProxyType({**_NO_DECODER, "position_embedding_type": "absolute"}),
    tensors=_bert_tensors,
    positions=_table_positions,
    width="hidden_size",
    layers="num_hidden_layers",
    heads="num_attention_heads",
    first=("[CLS]", "<cls>", "<s>"),
    last=("[SEP]", "<eos>", "</s>"),
    adapted=("query", "value"),
)

_ROFORMER = EncoderFamily(
    name="roformer",
    title="RoFormer",
    network="RoFormerModel",
    prefix="roformer.",
    settings=MappingProxyType(
        {
            **_COMMON,
            "vocab_size": _whole(50_000, 5, 1_000_000),
            "embedding_size": _whole(0, 0, 16_384),
            "max_position_embeddings": _whole(1_536, 4, 131_072),
            "type_vocab_size": _whole(2, 1, 64),
            "hidden_act": Setting("gelu", choices=_ACTIVATIONS),
            "pad_token_id": _whole(0, 0, 1_000_000),
            "rotary_value": Setting(False, 0, 1),
        }
    ),
    must_be=MappingProxyType(_NO_DECODER),
    tensors=_roformer_tensors,
    positions=_table_positions,
    width="hidden_size",
    layers="num_hidden_layers",
    heads="num_attention_heads",
    first=("[CLS]", "<cls>", "<s>"),
    last=("[SEP]", "<eos>", "</s>"),
    adapted=("query", "value"),
    fused=False,
)

_ESM = EncoderFamily(
    name="esm",
    title="ESM",
    network="EsmModel",
    prefix="esm.",
    settings=MappingProxyType(
        {
            **_COMMON,
            "vocab_size": _whole(33, 5, 1_000_000),
            "max_position_embeddings": _whole(1_026, 8, 131_072),
            "pad_token_id": _whole(1, 0, 1_000_000),
            "mask_token_id": _whole(32, 0, 1_000_000),
            "position_embedding_type": Setting("absolute", choices=("absolute", "rotary")),
            "emb_layer_norm_before": Setting(False, 0, 1),
            "token_dropout": Setting(False, 0, 1),
        }
    ),
    must_be=MappingProxyType({**_NO_DECODER, "is_folding_model": False}),
    tensors=_esm_tensors,
    positions=_positions_after_padding,
    width="hidden_size",
    layers="num_hidden_layers",
    heads="num_attention_heads",
    first=("<cls>", "[CLS]"),
    last=("<eos>", "[SEP]"),
    adapted=("query", "value"),
    words_side_by_side=True,
)

_T5 = EncoderFamily(
    name="t5",
    title="T5 encoder",
    network="T5EncoderModel",
    prefix="",
    settings=MappingProxyType(
        {
            "vocab_size": _whole(32_128, 3, 1_000_000),
            "d_model": _whole(512, 2, 16_384),
            "d_kv": _whole(64, 1, 1_024),
            "d_ff": _whole(2_048, 2, 131_072),
            "num_layers": _whole(6, 1, 128),
            "num_heads": _whole(8, 1, 256),
            "n_positions": _whole(512, 4, 131_072),
            "relative_attention_num_buckets": _whole(32, 2, 4_096),
            "relative_attention_max_distance": _whole(128, 2, 131_072),
            "dropout_rate": _share(0.1),
            "layer_norm_epsilon": Setting(1e-6, 1e-15, 1e-2),
            "feed_forward_proj": Setting("relu", choices=_FEED_FORWARD),
            "pad_token_id": _whole(0, 0, 1_000_000),
        }
    ),
    must_be=MappingProxyType({"is_decoder": False}),
    tensors=_t5_tensors,
    positions=lambda config, _padding: int(config["n_positions"]),
    width="d_model",
    layers="num_layers",
    heads="num_heads",
    first=(),
    last=("</s>", "<eos>"),
    adapted=("q", "v"),
)

_ALL = (_BERT, _ROFORMER, _ESM, _T5)

FAMILIES: Mapping[str, EncoderFamily] = MappingProxyType({family.name: family for family in _ALL})
"""`model_type` to what is known of it."""
