"""Biological sequences as columns: reading, checking, labelling, splitting. NumPy only: no torch, no Qt."""
