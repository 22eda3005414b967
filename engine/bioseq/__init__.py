"""The engine of BioSeq Studio: a library and a command-line program for classifying biological sequences.

Importing this package imports neither Qt nor torch. Torch is imported by `bioseq.models`, `bioseq.training` and
what stands on them, and only the worker process and the command line load those.
"""

from bioseq import version

__version__ = version.VERSION
