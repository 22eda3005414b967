"""Where the files that come with the program lie: samples, presets, help, icons, translations."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "_resources"
_CHECKOUT = Path(__file__).parents[2] / "resources"


def resource_folder() -> Path:
    """The folder of the files that come with the program, in an installed wheel or in a checkout."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
