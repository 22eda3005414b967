"""Names to networks. The list is closed: a name in a file never decides what is imported.

A network's module is imported when it is built, so that a worker loads only what the chosen model needs.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.registry import PLUGINS, architecture
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bioseq.catalogue.specification import Architecture, TaskShape
    from bioseq.models.base import Network

NETWORKS: dict[str, tuple[str, str]] = {
    "dnn": ("bioseq.models.dnn", "PlainNetwork"),
    "text_cnn": ("bioseq.models.text_cnn", "TextCnn"),
    "vdcnn": ("bioseq.models.vdcnn", "Vdcnn"),
    "resnet1d": ("bioseq.models.resnet1d", "ResNet1d"),
    "inception1d": ("bioseq.models.inception1d", "InceptionTime"),
    "tcn": ("bioseq.models.tcn", "Tcn"),
    "convnext1d": ("bioseq.models.convnext1d", "ConvNext1d"),
    "state_space": ("bioseq.models.state_space", "StateSpace"),
    "rnn": ("bioseq.models.rnn", "Rnn"),
    "lstm": ("bioseq.models.lstm", "Lstm"),
    "bilstm": ("bioseq.models.bilstm", "BiLstm"),
    "gru": ("bioseq.models.gru", "Gru"),
    "lstm_attention": ("bioseq.models.lstm_attention", "LstmAttention"),
    "bigru_attention": ("bioseq.models.bigru_attention", "BiGruAttention"),
    "text_rcnn": ("bioseq.models.text_rcnn", "TextRcnn"),
    "rnn_cnn": ("bioseq.models.rnn_cnn", "RnnCnn"),
    "cnn_bilstm": ("bioseq.models.cnn_bilstm", "CnnBiLstm"),
    "transformer": ("bioseq.models.transformer", "Transformer"),
    "reformer": ("bioseq.models.reformer", "ReformerNetwork"),
    "performer": ("bioseq.models.performer", "PerformerNetwork"),
    "linformer": ("bioseq.models.linformer", "LinformerNetwork"),
    "routing_transformer": ("bioseq.models.routing_transformer", "RoutingNetwork"),
    "linear_transformer": ("bioseq.models.linear_transformer", "LinearTransformer"),
    "conformer": ("bioseq.models.conformer", "Conformer"),
    "dnabert": ("bioseq.models.dnabert", "DnaBert"),
    "protbert": ("bioseq.models.protbert", "ProtBert"),
    "pretrained": ("bioseq.models.pretrained", "Pretrained"),
    "text_gnn": ("bioseq.models.text_gnn", "TextGnn"),
    "gcn": ("bioseq.models.gcn", "Gcn"),
    "gat": ("bioseq.models.gat", "Gat"),
    "graph_sage": ("bioseq.models.graph_sage", "GraphSage"),
    "gin": ("bioseq.models.gin", "Gin"),
    "sgc": ("bioseq.models.sgc", "Sgc"),
}
"""Architecture to the module and the class of its network; those of plug-ins say it themselves."""


def build(name: str, task: TaskShape, hyper: Mapping[str, Any]) -> Network:
    """Build an untrained network.

    Args:
        name: Of an architecture in the catalogue.
        task: Vocabulary, classes, longest input.
        hyper: Its settings; those left out have their defaults.

    Raises:
        BioseqError: The name or a setting is not legal, or a package that the network needs is not installed.
    """
    specification = architecture(name)
    problems = specification.problems(hyper, task)
    if problems:
        first = problems[0]
        raise BioseqError(first.code, first.message, where=first.where, remedy=first.remedy, problems=problems)
    require_packages(specification)
    return network_class(specification.name)(task, specification.resolve(hyper))


def network_class(name: str) -> Callable[[TaskShape, Mapping[str, Any]], Network]:
    """The class of an architecture's network, imported now."""
    module, attribute = PLUGINS.found[name].network.split(":") if name in PLUGINS.found else NETWORKS[name]
    found: Callable[[TaskShape, Mapping[str, Any]], Network] = getattr(importlib.import_module(module), attribute)
    return found


def require_packages(specification: Architecture) -> None:
    """Check that the optional packages of an architecture are installed, without importing them.

    Raises:
        BioseqError: One is missing; the remedy is the line that installs it.
    """
    missing = [module for module in specification.modules if importlib.util.find_spec(module) is None]
    if missing:
        raise BioseqError(
            "model.package_missing",
            f"{specification.title} needs packages that are not installed: {', '.join(missing)}.",
            where="model.name",
            remedy=f'Install them with: pip install "bioseq-studio[{specification.extra}]"',
        )
