"""The head that all architectures share: dropout and one linear layer."""

from __future__ import annotations

from torch import nn


def classification_head(width: int, classes: int, dropout: float) -> nn.Module:
    """From the embedding `(B, D)` to logits `(B, C)`."""
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(width, classes))
