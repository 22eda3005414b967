"""Motifs of two halves with a gap between them."""
