"""The catalogue of architectures: specifications only, torch-free.

Architectures come from this closed list (or an installed plug-in), never from a name in a file that is then imported.
"""
