"""The closed list of models: networks, plug-ins among them, and apart from them feature baselines and ensembles."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING

from bioseq.catalogue import (
    bigru_attention,
    bilstm,
    cnn_bilstm,
    conformer,
    convnext1d,
    dnabert,
    dnn,
    ensemble,
    gat,
    gcn,
    gin,
    graph_sage,
    gru,
    inception1d,
    linear_transformer,
    linformer,
    lstm,
    lstm_attention,
    performer,
    pretrained,
    protbert,
    reformer,
    resnet1d,
    rnn,
    rnn_cnn,
    routing_transformer,
    sgc,
    state_space,
    tcn,
    text_cnn,
    text_gnn,
    text_rcnn,
    transformer,
    vdcnn,
)
from bioseq.catalogue.baselines import GRADIENT_BOOSTING, KERNEL_SVM, LINEAR_SVM, LOGISTIC_REGRESSION, RANDOM_FOREST
from bioseq.catalogue.plugins import installed_plugins
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.baselines import FeatureBaseline
    from bioseq.catalogue.ensemble import Ensemble
    from bioseq.catalogue.specification import Architecture, ModelSpecification

_SPECIFICATIONS = (
    dnn.SPECIFICATION,
    text_cnn.SPECIFICATION,
    vdcnn.SPECIFICATION,
    resnet1d.SPECIFICATION,
    inception1d.SPECIFICATION,
    tcn.SPECIFICATION,
    convnext1d.SPECIFICATION,
    state_space.SPECIFICATION,
    rnn.SPECIFICATION,
    lstm.SPECIFICATION,
    bilstm.SPECIFICATION,
    gru.SPECIFICATION,
    lstm_attention.SPECIFICATION,
    bigru_attention.SPECIFICATION,
    text_rcnn.SPECIFICATION,
    rnn_cnn.SPECIFICATION,
    cnn_bilstm.SPECIFICATION,
    transformer.SPECIFICATION,
    reformer.SPECIFICATION,
    performer.SPECIFICATION,
    linformer.SPECIFICATION,
    routing_transformer.SPECIFICATION,
    linear_transformer.SPECIFICATION,
    conformer.SPECIFICATION,
    dnabert.SPECIFICATION,
    protbert.SPECIFICATION,
    pretrained.SPECIFICATION,
    text_gnn.SPECIFICATION,
    gcn.SPECIFICATION,
    gat.SPECIFICATION,
    graph_sage.SPECIFICATION,
    gin.SPECIFICATION,
    sgc.SPECIFICATION,
)

_BASELINES = (LOGISTIC_REGRESSION, LINEAR_SVM, KERNEL_SVM, RANDOM_FOREST, GRADIENT_BOOSTING)

BUILT_IN: Mapping[str, Architecture] = MappingProxyType({spec.name: spec for spec in _SPECIFICATIONS})
"""Name to specification of the program's own networks, in the order of the gallery."""

PLUGINS = installed_plugins(
    frozenset(name for spec in (*_SPECIFICATIONS, *_BASELINES) for name in (spec.name, *spec.aliases)) | {ensemble.NAME}
)
"""What other packages bring."""

ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {**BUILT_IN, **{name: plugin.specification for name, plugin in PLUGINS.found.items()}}
)
"""Name to specification of all networks, in the order of the gallery."""

BASELINES: Mapping[str, FeatureBaseline] = MappingProxyType({spec.name: spec for spec in _BASELINES})
"""Name to specification of the models that read fixed features."""

ENSEMBLES: Mapping[str, Ensemble] = MappingProxyType(
    {ensemble.NAME: ensemble.specification_of(MappingProxyType({**ARCHITECTURES, **BASELINES}))}
)
"""Name to specification of the models that are made of other models."""

MODELS: Mapping[str, ModelSpecification] = MappingProxyType({**ARCHITECTURES, **BASELINES, **ENSEMBLES})
"""All that can be trained, by name."""


_ALIASES = {alias: spec for spec in MODELS.values() for alias in spec.aliases}


def own_name(name: str) -> str:
    """The name under which a model is listed, from that or an alias; any other text as it is."""
    return _ALIASES[name].name if name in _ALIASES else name


def architecture(name: str) -> Architecture:
    """The specification with this name or alias.

    Raises:
        BioseqError: There is none.
    """
    if (found := ARCHITECTURES.get(own_name(name))) is not None:
        return found
    nearest = difflib.get_close_matches(name, ARCHITECTURES, 1)
    hint = f"Did you mean {nearest[0]}?" if nearest else f"There are: {', '.join(ARCHITECTURES)}."
    raise BioseqError("config.unknown_model", f"There is no model named {name!r}.", where="model.name", remedy=hint)


def specification(name: str) -> ModelSpecification:
    """The specification of the network, feature baseline or ensemble with this name or alias.

    Raises:
        BioseqError: There is none.
    """
    return BASELINES.get(own_name(name)) or ENSEMBLES.get(name) or architecture(name)
