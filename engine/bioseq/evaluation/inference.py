"""What a trained network says of many records: batches of like length, no gradients, evaluation mode.

Used by validation, evaluation and prediction alike, so that all three give the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from bioseq.evaluation.padding import padded_batch, token_limited_runs
from bioseq.evaluation.strands import OtherStrand, averaged
from bioseq.models.base import BatchLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from bioseq.models.base import Network
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.tokens import TokenColumn, Vocabulary

    Progress = Callable[[int, int], None]

ON_ACCELERATORS = BatchLimits(tokens=32_768, records=1_024, unlike=8_192)
"""Large enough to be fast, small enough for long proteins."""
ON_CPU = BatchLimits(tokens=8_192, records=1_024, unlike=2_048)
"""What stays in the caches. Measured over the networks of the catalogue, four times as many take up to twice as long,
and a quarter of it up to twice as long for small networks."""

CPU = torch.device("cpu")


def predicting(
    network: Network, vocabulary: Vocabulary, device: torch.device = CPU, *, both_strands: bool = False
) -> Callable[[Dataset, Progress | None], NDArray[np.float32]]:
    """The function `(records, progress) -> ` probabilities, `(N, C)`, of a network on a device, for `judge`."""
    other = OtherStrand.where(both_strands, vocabulary, device)

    def predict(records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
        column = vocabulary.encode(records.letters, records.offsets, counts=records.counts)
        return predict_probabilities(network, column, device=device, other_strand=other, progress=progress)

    return predict


def predict_probabilities(
    network: Network,
    column: TokenColumn,
    *,
    batch_tokens: int | None = None,
    device: torch.device = CPU,
    other_strand: OtherStrand | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """Probabilities of the classes for every record, `(N, C)`, rows sum to 1, in the order of the column.

    Always computed in float32, whatever the precision of training. Arguments as in `predict_logits`.
    """
    logits = predict_logits(
        network, column, batch_tokens=batch_tokens, device=device, other_strand=other_strand, progress=progress
    )
    return torch.softmax(logits, dim=1).numpy()


def predict_logits(
    network: Network,
    column: TokenColumn,
    *,
    batch_tokens: int | None = None,
    device: torch.device = CPU,
    other_strand: OtherStrand | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Logits for every record, float32 on the CPU, `(N, C)`, in the order of the column.

    Args:
        network: On `device`; its mode is put back afterwards.
        column: The records.
        batch_tokens: Padded tokens per batch at most; what suits the network and the device when None.
        device: Where the network lies.
        other_strand: If given, probabilities are the mean of those of a record and of its reverse complement.
        progress: Called with records done and all records after each batch; may raise to end the work.
    """
    logits = torch.empty((len(column), network.task.classes), dtype=torch.float32)
    lengths = column.lengths
    order = np.argsort(-lengths, kind="stable")
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode():
            logits_of, suiting = network.prepared(int(lengths.sum()))
            limits = _limits(suiting or (ON_CPU if device.type == "cpu" else ON_ACCELERATORS), batch_tokens)
            for run in token_limited_runs(lengths[order], limits.tokens, limits.records, unlike_limit=limits.unlike):
                rows = order[run]
                tokens, mask = padded_batch(column, rows, device)
                found = logits_of(tokens, mask)
                if other_strand is not None:
                    found = averaged(found, logits_of(other_strand.of(tokens, mask), mask))
                logits[torch.from_numpy(rows)] = found.float().cpu()
                if progress is not None:
                    progress(run.stop, len(column))
    finally:
        network.train(was_training)
    return logits


def _limits(suiting: BatchLimits, batch_tokens: int | None) -> BatchLimits:
    if batch_tokens is None:
        return suiting
    return suiting._replace(tokens=batch_tokens, unlike=batch_tokens // 4)
