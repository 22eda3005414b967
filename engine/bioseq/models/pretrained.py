"""`pretrained`: any encoder of the closed list in `catalogue.encoder_families`, from a folder.

All of it is shared with its siblings, and stands in `models.encoder`.
"""

from __future__ import annotations

from bioseq.models.encoder import EncoderNetwork


class Pretrained(EncoderNetwork):
    """See `EncoderNetwork`."""
