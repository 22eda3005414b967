"""Trained networks, ready to predict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from bioseq.evaluation.inference import CPU, predict_probabilities
from bioseq.evaluation.strands import OtherStrand
from bioseq.models.registry import build
from bioseq.prediction.flags import shortens
from bioseq.prediction.predict import Predictor, other_weights
from bioseq.sequences.tokens import TokenColumn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.models.base import Network
    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.dataset import Dataset


class NetworkPredictor(Predictor):
    """A network, ready to predict.

    Attributes:
        network: In evaluation mode on `device`.
        device: Where it computes.
    """

    def __init__(self, contents: BundleContents, network: Network, device: torch.device = CPU) -> None:
        self.contents = contents
        self.network = network
        self.device = device
        both = contents.config.augmentation.both_strands
        self._other_strand = OtherStrand.where(both, contents.vocabulary, device)

    def raw_chances(self, records: Dataset, progress: Callable[[int, int], None] | None = None) -> NDArray[np.float32]:
        """As in `Predictor`."""
        tokens = self.contents.vocabulary.encode(records.letters, records.offsets, counts=records.counts)
        if shortens(self.contents):
            tokens = _first_tokens(tokens, self.contents.task.longest)
        return predict_probabilities(
            self.network, tokens, device=self.device, other_strand=self._other_strand, progress=progress
        )

    def share_with(self, other: Predictor) -> None:
        """As in `Predictor`: the weights of a frozen encoder are held once, and it reads each record once."""
        if not isinstance(other, NetworkPredictor) or self.device != other.device:
            return
        if not self.network.share_encoder(other.network):
            return
        mine, others = self.contents.weights, other.contents.weights
        theirs = {name: others[name] for name in mine.keys() & others.keys() if mine[name] is not others[name]}
        same = {name: values for name, values in theirs.items() if np.array_equal(mine[name], values)}
        self.contents = replace(self.contents, weights=mine | same)


def network_predictor(contents: BundleContents, path: Path, device: torch.device | None) -> NetworkPredictor:
    """Build the network of a bundle and give it its weights.

    Raises:
        BioseqError: The weights are not those of its network.
    """
    with torch.device("meta"):
        plan = build(contents.architecture, contents.task, contents.hyper).state_dict()
    wanted = {name: (tuple(tensor.shape), str(tensor.dtype)) for name, tensor in plan.items()}
    given = {name: (values.shape, f"torch.{values.dtype}") for name, values in contents.weights.items()}
    if given != wanted:
        raise other_weights(path)
    network = build(contents.architecture, contents.task, contents.hyper)
    network.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in contents.weights.items()})
    device = device or CPU
    return NetworkPredictor(contents, network.to(device).eval(), device)


def _first_tokens(column: TokenColumn, count: int) -> TokenColumn:
    """Each record's first tokens only: where place k means the same in each record, what lies beyond means nothing."""
    lengths = column.lengths
    if not len(lengths) or lengths.max() <= count:
        return column
    place = np.arange(len(column.tokens)) - np.repeat(column.offsets[:-1] - column.offsets[0], lengths)
    offsets = np.concatenate([[0], np.cumsum(np.minimum(lengths, count))])
    return TokenColumn(column.tokens[place < count], offsets)
