"""A network around an encoder of the `transformers` library: `dnabert`, `protbert` and `pretrained` are such.

Our tokens become the encoder's by a table. The special tokens stand around each piece; padding stands behind, masked,
and weighs exactly nothing. Long records are read in overlapping pieces (`layers.windows`). The pieces' summaries are
averaged to one vector per record, normed, and given to the head that all architectures share.

A frozen encoder is always in evaluation mode and computes in float32. Vectors of records seen before come from a store
on the disk, so that the encoder runs once per record and not once per epoch. The last bits of a vector depend on what
stood beside it in its batch: for a resumed training to end with the same weights, the store is written before each
checkpoint.
"""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from bioseq.catalogue.encoder_settings import encoder_of, learnt, settle, window_of
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.native_encoder import add_adapters, attention_of, build_encoder, load_weights, states_of
from bioseq.models.layers.pooling import AttentionPooling, masked_mean
from bioseq.models.layers.windows import Pieces, cut, gathered, mean_over_pieces, weights_over_records
from bioseq.runs.features import FeatureStore, RecentVectors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape

_TOKENS_AT_ONCE = 16_384
"""Tokens that a frozen encoder is given at once: it keeps nothing for a backward pass, but attention grows."""


class EncoderNetwork(Network):
    """An encoder, a summary, a norm and the head."""

    ids: Tensor

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        """Build it.

        Args:
            task: With the description of a trained model's encoder in it, the folder is not needed.
            hyper: Settings; with a folder its weights are loaded.

        Raises:
            BioseqError: The folder cannot be used.
        """
        super().__init__(settle(task, hyper))
        described = encoder_of(self.task, hyper)
        self.described = described
        self.learnt = learnt(self.task, hyper)
        self.pooling: str = hyper["pooling"]
        self.window = window_of(described, hyper)
        self.overlap: float = hyper["overlap"]
        self.rate: float = hyper["encoder_rate"] if self.learnt == "full" and described.weights else 1.0
        self.encoder = build_encoder(described)
        if hyper["folder"]:
            load_weights(self.encoder, hyper["folder"])
        if self.learnt != "full":
            self.encoder.requires_grad_(False)
        if self.learnt == "lora":
            add_adapters(self.encoder, described, hyper["rank"])
        self.pool = AttentionPooling(described.width) if self.pooling == "attention" else None
        self.norm = nn.LayerNorm(described.width)
        self.head = classification_head(described.width, task.classes, hyper["dropout"])
        self.register_buffer("ids", torch.tensor(described.ids, dtype=torch.int64), persistent=False)
        self._store: FeatureStore | RecentVectors | None = None
        self.train(self.training)

    @property
    def frozen(self) -> bool:
        """The encoder keeps the weights that it came with."""
        return self.learnt == "frozen"

    def train(self, mode: bool = True) -> EncoderNetwork:
        """As in torch, except that a frozen encoder never drops out anything."""
        super().train(mode)
        if self.frozen:
            self.encoder.eval()
        return self

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:
        """As in `Network`; attention is what the places of the last layer receive, `(B, L)`, rows sum to 1.

        The mask must be True at the start of each row and False from its length on.
        """
        length = tokens.shape[1]
        lengths = mask.sum(1)
        if self.described.step > 1:
            tokens, lengths = tokens[:, :: self.described.step], -(-lengths // self.described.step)
        if not want_attention:
            pooled = self._features(tokens, lengths) if self.frozen else self._pooled(tokens, lengths)
            return Encoding(self.norm(pooled))
        pooled, weights = self._attended(tokens, lengths)
        if self.described.step > 1:
            spread = torch.zeros((len(tokens), length), dtype=weights.dtype, device=weights.device)
            spread[:, :: self.described.step] = weights
            weights = spread
        return Encoding(self.norm(pooled), weights)

    @property
    def features_name(self) -> str:
        """By what the vectors of records are known, if they are the encoder's alone; else empty."""
        if not self.frozen or self.pool is not None:
            return ""
        about = f"1|{self.described.to_json()}|{self.pooling}|{self.window}|{self.overlap}"
        return hashlib.sha256(about.encode()).hexdigest()[:40]

    def remember_features(self) -> None:
        """Keep the vectors of records on the disk from now on, if they are the encoder's alone."""
        if name := self.features_name:
            self._store = FeatureStore.open(name, self.described.width)

    def share_encoder(self, other: Network) -> bool:
        """As in `Network`: the frozen encoder, and what it said of the records that came last."""
        if not isinstance(other, EncoderNetwork) or not (self.frozen and other.frozen):
            return False
        if self.encoder is not other.encoder:
            mine, others = self.encoder.state_dict(), other.encoder.state_dict()
            alike = self.described == other.described
            if not alike or not all(torch.equal(weight, others[name]) for name, weight in mine.items()):
                return False
            self.encoder = other.encoder
        if self.features_name and self.features_name == other.features_name:
            if other._store is None:
                other._store = RecentVectors(other.described.width)
            self._store = other._store
        return True

    def learnt_state(self) -> dict[str, Tensor]:
        """All but the weights of a frozen encoder, and those below the additions of LoRA.

        What the encoder said so far is written to the disk first: it belongs to the state, and is not part of it.
        """
        if self._store is not None:
            self._store.save()
        state = self.state_dict()
        if self.learnt == "full":
            return state
        weights = self.encoder.state_dict(prefix="encoder.", keep_vars=True)
        kept = {name for name, weight in weights.items() if not weight.requires_grad}
        return {name: tensor for name, tensor in state.items() if name not in kept}

    def load_learnt_state(self, state: Mapping[str, Tensor]) -> None:
        """The inverse of `learnt_state`."""
        missing, unexpected = self.load_state_dict(state, strict=False)
        wrong = [*unexpected, *(set(missing) & set(self.learnt_state()))]
        if wrong:
            raise RuntimeError(f"not the state of this network: {wrong[:3]}")

    def token_tables(self) -> tuple[nn.Parameter, ...]:
        """The encoder's own, where all of it learns."""
        table: nn.Parameter = self.encoder.get_input_embeddings().weight  # type: ignore[operator]
        return (table,) if table.requires_grad else ()

    def rate_factors(self) -> dict[str, float]:
        """Pretrained weights learn more slowly than what is new."""
        if self.rate == 1.0:
            return {}
        return {f"encoder.{name}": self.rate for name, _ in self.encoder.named_parameters()}

    # ------------------------------------------------------------------ one pass

    def _pooled(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Vectors of records, `(B, D)`."""
        pieces = cut(lengths, self.window, self.overlap)
        ids, mask, real = self._spelt(tokens, pieces)
        return mean_over_pieces(self._summary(states_of(self.encoder, ids, mask), real), pieces, len(tokens))

    def _attended(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors of records `(B, D)` and the attention that their tokens receive `(B, L)`."""
        pieces = cut(lengths, self.window, self.overlap)
        ids, mask, real = self._spelt(tokens, pieces)
        with self._unhurried():
            states, attention = attention_of(self.encoder, ids, mask)
        weights = attention.float().mean(1)  # over heads: (P, T, T)
        received = (weights * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        begin = int(self.described.first >= 0)
        received = received[:, begin : begin + real.shape[1]] * real
        vectors = mean_over_pieces(self._summary(states, real), pieces, len(tokens))
        return vectors, weights_over_records(received, pieces, len(tokens), tokens.shape[1])

    def _spelt(self, tokens: Tensor, pieces: Pieces) -> tuple[Tensor, Tensor, Tensor]:
        """The encoder's tokens of pieces and their mask, `(P, T)` each, and which of a sequence are real, `(P, W)`."""
        described = self.described
        values, real = gathered(tokens, pieces)
        ids = torch.where(real, self.ids[values], described.pad)
        mask = real
        if described.last >= 0:
            ids, mask = nn.functional.pad(ids, (0, 1), value=described.pad), nn.functional.pad(mask, (0, 1))
            ends = pieces.sizes[:, None]
            ids, mask = ids.scatter(1, ends, described.last), mask.scatter(1, ends, value=True)
        if described.first >= 0:
            ids = nn.functional.pad(ids, (1, 0), value=described.first)
            mask = nn.functional.pad(mask, (1, 0), value=True)
        return ids, mask, real

    def _summary(self, states: Tensor, real: Tensor) -> Tensor:
        """Vectors of pieces: `(P, T, D)` and `(P, W)` to `(P, D)`."""
        if self.pooling == "cls":
            return states[:, 0]
        begin = int(self.described.first >= 0)
        inside = states[:, begin : begin + real.shape[1]]
        if self.pool is not None:
            pooled: Tensor = self.pool(inside, real)[0]
            return pooled
        return masked_mean(inside, real)

    # ------------------------------------------------------------------ features that stay

    def _features(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Vectors of records by the frozen encoder, `(B, D)`: from the store where they are there."""
        with self._unhurried():
            if self.pool is not None:
                return self._pooled(tokens, lengths)
            with torch.no_grad():
                if self._store is None:
                    return self._in_parts(tokens, lengths)
                return self._stored(self._store, tokens, lengths)

    def _in_parts(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Few pieces at a time, so that memory does not grow with the batch."""
        pieces = cut(lengths, self.window, self.overlap)
        widest = int(pieces.sizes.max()) + self.described.specials
        count = max(1, _TOKENS_AT_ONCE // widest)
        vectors = []
        for start in range(0, len(pieces.owners), count):
            part = pieces.part(start, start + count)
            ids, mask, real = self._spelt(tokens, part)
            vectors.append(self._summary(states_of(self.encoder, ids, mask), real))
        return mean_over_pieces(torch.cat(vectors), pieces, len(tokens))

    def _stored(self, store: FeatureStore | RecentVectors, tokens: Tensor, lengths: Tensor) -> Tensor:
        rows, sizes = tokens.cpu().numpy(), lengths.tolist()
        keys = [_key_of(row[:size]) for row, size in zip(rows, sizes, strict=True)]
        new = {key: number for number, key in enumerate(keys) if key not in store}
        if new:
            numbers = torch.tensor(list(new.values()), device=tokens.device)
            vectors = self._in_parts(tokens[numbers], lengths[numbers]).cpu().numpy()
            for key, vector in zip(new, vectors, strict=True):
                store.add(key, vector)
        store.save_when_due(idle=not new)
        return torch.from_numpy(store.take(keys)).to(tokens.device)

    def _unhurried(self) -> Any:
        """A frozen encoder computes in float32 whatever the training does, so that a record has one vector."""
        if not self.frozen:
            return nullcontext()
        return torch.autocast(self.ids.device.type, enabled=False)


def _key_of(tokens: np.ndarray[Any, Any]) -> bytes:
    """16 bytes by which a record's tokens are known."""
    return hashlib.blake2b(np.ascontiguousarray(tokens, dtype=np.uint16).tobytes(), digest_size=16).digest()
