"""`dnabert`: BERT over overlapping words of DNA (Ji et al. 2021).

All of it is shared with its siblings, and stands in `models.encoder`.
"""

from __future__ import annotations

from bioseq.models.encoder import EncoderNetwork


class DnaBert(EncoderNetwork):
    """See `EncoderNetwork`."""
