"""A pretrained encoder as a value: what it is, and which of its numbers stands for which of our tokens.

From this value alone the network can be built again, without the folder from which its weights once came: it is
stored with the trained model, as JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from bioseq.catalogue.encoder_families import FAMILIES
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from bioseq.catalogue.encoder_families import Config, EncoderFamily, Shapes
    from bioseq.catalogue.specification import TaskShape

_LONGEST_TEXT = 1 << 20
_SCRATCH_SPECIALS = 5
"""PAD, UNK, CLS, SEP and MASK come first in the vocabularies of DNABERT and AntiBERTy."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder and how it reads our tokens.

    Attributes:
        family: Key in `FAMILIES`.
        config: The fields of its configuration that matter.
        ids: Its number for each of our tokens, `(vocabulary,)`.
        pad: Its number for padding.
        first: Its number for the token before a sequence; -1 when it has none.
        last: Its number for the token after a sequence; -1 when it has none.
        step: It reads each `step`-th of our tokens: 1, or the letters per word when its words stand side by side.
        name: Name of the folder that it came from; empty for one from scratch.
        weights: SHA-256 of the weights that it came with; empty for one from scratch.
    """

    family: str
    config: Config
    ids: tuple[int, ...]
    pad: int
    first: int
    last: int
    step: int = 1
    name: str = ""
    weights: str = ""

    @property
    def kind(self) -> EncoderFamily:
        """What is known of its family."""
        return FAMILIES[self.family]

    @property
    def width(self) -> int:
        """Numbers per token."""
        return int(self.config[self.kind.width])

    @property
    def layers(self) -> int:
        """Layers, one upon the other."""
        return int(self.config[self.kind.layers])

    @property
    def specials(self) -> int:
        """Tokens that stand around a sequence: 0 to 2."""
        return (self.first >= 0) + (self.last >= 0)

    @property
    def longest(self) -> int:
        """Tokens of a sequence that it can read at once."""
        return self.kind.positions(self.config, self.pad) - self.specials

    def tensors(self) -> Shapes:
        """Names and shapes of its weights."""
        return self.kind.tensors(self.config)

    def count_parameters(self) -> int:
        """Number of its weights."""
        return sum(prod(shape) for shape in self.tensors().values())

    def count_adapters(self, rank: int) -> int:
        """Number of weights that LoRA of this rank adds."""
        ends = tuple(f".{part}.weight" for part in self.kind.adapted)
        return sum(rank * sum(shape) for name, shape in self.tensors().items() if name.endswith(ends))

    def to_json(self) -> str:
        """The value as a text; `from_json` reads it."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return json.dumps(fields, separators=(",", ":"), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Encoder:
        """Read what `to_json` wrote, believing nothing.

        Raises:
            BioseqError: The text describes no encoder that this program can build.
        """
        try:
            fields = json.loads(text[: _LONGEST_TEXT + 1])
            return cls(**{**fields, "ids": tuple(fields["ids"])})._checked()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BioseqError(
                "encoder.bad_description",
                "The description of the pretrained encoder in this model is not understood.",
                remedy="Use a model file that this program has written.",
            ) from error

    def _checked(self) -> Encoder:
        """The same with its configuration read anew, so that nothing else is in it.

        Raises:
            ValueError: Something is out of bounds.
        """
        config = self.kind.read_config(self.config)
        numbers = (self.pad, self.first, self.last, self.step, *self.ids)
        if any(type(number) is not int for number in numbers):
            raise ValueError("a token is no whole number")
        size = int(config["vocab_size"])
        if not (1 <= self.step <= 16 and 0 <= self.pad < size and max(self.first, self.last, *self.ids) < size):
            raise ValueError("a token is out of bounds")
        if min(self.ids) < 0 or min(self.first, self.last) < -1:
            raise ValueError("a token is below zero")
        if not all(isinstance(text, str) and len(text) <= 300 for text in (self.name, self.weights)):
            raise ValueError("a name is no text")
        checked = replace(self, config=config)
        if checked.longest < 1:
            raise ValueError("no room for a sequence")
        return checked


def scratch_encoder(
    task: TaskShape,
    *,
    width: int,
    heads: int,
    layers: int,
    feed_forward: int,
    window: int,
    dropout: float,
    rotary: bool,
) -> Encoder:
    """A small encoder that has learnt nothing yet, with a vocabulary in the order of DNABERT's.

    Args:
        task: Its vocabulary; each word is a token.
        width: Numbers per token.
        heads: Kinds of relation per layer; they share the width evenly.
        layers: Rounds of attention.
        feed_forward: Units between two rounds.
        window: Tokens that it reads at once.
        dropout: Share of values hidden while training.
        rotary: Positions by distance and norms before each round, as in ESM-2; else as BERT has them. BERT's learnt
            table of positions takes millions of sequences: from a thousand it does not learn to find a motif that
            stands at varying places (area under the curve 0.65 against 0.99).
    """
    config: Config = {
        "vocab_size": task.vocabulary + 3,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": feed_forward,
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": 0.0,
        "layer_norm_eps": 1e-5 if rotary else 1e-12,
        "max_position_embeddings": window + (3 if rotary else 2),
        "pad_token_id": 0,
    }
    if rotary:
        config |= {
            "mask_token_id": _SCRATCH_SPECIALS - 1,
            "position_embedding_type": "rotary",
            "emb_layer_norm_before": False,
            "token_dropout": False,
        }
    else:
        config |= {"type_vocab_size": 1, "hidden_act": "gelu"}
    words = range(_SCRATCH_SPECIALS, _SCRATCH_SPECIALS + task.vocabulary - 2)
    return Encoder("esm" if rotary else "bert", config, (0, 1, *words), pad=0, first=2, last=3)
