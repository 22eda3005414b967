"""Names to networks. The list is closed: a name in a file never decides what is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.registry import architecture
from bioseq.errors import BioseqError
from bioseq.models.bilstm import BiLstm
from bioseq.models.dnn import PlainNetwork
from bioseq.models.lstm_attention import LstmAttention
from bioseq.models.text_cnn import TextCnn
from bioseq.models.transformer import Transformer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.base import Network

NETWORKS: dict[str, Callable[[TaskShape, Mapping[str, Any]], Network]] = {
    "dnn": PlainNetwork,
    "text_cnn": TextCnn,
    "bilstm": BiLstm,
    "lstm_attention": LstmAttention,
    "transformer": Transformer,
}


def build(name: str, task: TaskShape, hyper: Mapping[str, Any]) -> Network:
    """Build an untrained network.

    Args:
        name: Of an architecture in the catalogue.
        task: Vocabulary, classes, longest input.
        hyper: Its settings; those left out have their defaults.

    Raises:
        BioseqError: The name or a setting is not legal.
    """
    specification = architecture(name)
    problems = specification.problems(hyper, task)
    if problems:
        first = problems[0]
        raise BioseqError(first.code, first.message, where=first.where, remedy=first.remedy, problems=problems)
    return NETWORKS[name](task, specification.resolve(hyper))
