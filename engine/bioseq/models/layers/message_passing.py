"""The layers of torch_geometric that are used, imported here and nowhere else.

What is imported here takes seconds to load: only the networks on graphs may import it.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

with warnings.catch_warnings():
    # On import the package compiles some classes in a way that torch no longer likes.
    warnings.filterwarnings("ignore", r"`torch\.jit\.script` is", DeprecationWarning)
    from torch_geometric.nn.conv import GATv2Conv, GCNConv, GINConv, MessagePassing, SAGEConv, SGConv

if TYPE_CHECKING:
    from torch import nn

__all__ = ["GATv2Conv", "GCNConv", "GINConv", "MessagePassing", "SAGEConv", "SGConv", "remove_templates"]


def remove_templates(network: nn.Module) -> None:
    """Delete the source files that torch_geometric leaves in the temporary folder for each kind of layer.

    It writes them once per process, imports them and leaves them there, so that each run would add some.
    """
    for kind in {type(layer) for layer in network.modules()}:
        for part in ("propagate", "edge_updater"):
            made = sys.modules.get(f"{kind.__module__}_{kind.__name__}_{part}")
            if made is not None and made.__file__ is not None:
                Path(made.__file__).unlink(missing_ok=True)
                Path(made.__cached__).unlink(missing_ok=True)
