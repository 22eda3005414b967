"""The colours, distances and fonts of the window: one table for light, one for dark. No Qt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme, as `#RRGGBB`.

    Attributes:
        name: "light" or "dark".
        background: Behind cards.
        card: Cards, tables, fields.
        line: Hairlines.
        text: Text.
        muted: Secondary text; still 4.5:1 on the card.
        accent: The primary action, links, focus.
        on_accent: Text on the accent.
        good: Success.
        warning: Caution.
        bad: Faults.
        selection: Behind selected rows.
        hover: Behind what the pointer is on.
        classes: Okabe-Ito colours for classes, in order.
        nucleotides: Letter to colour.
        residues: Amino-acid letter to colour, by chemistry.
    """

    name: str
    background: str
    card: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    warning: str
    bad: str
    selection: str
    hover: str
    classes: tuple[str, ...]
    nucleotides: dict[str, str]
    residues: dict[str, str]


SPACE_1, SPACE_2, SPACE_3, SPACE_4 = 4, 8, 16, 24
"""The grid, px."""
RADIUS = 8
"""Corners of cards, px."""

_CLASSES = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#999999")
CLASS_MARKERS = ("o", "s", "t", "d", "+", "x", "p", "h")
"""pyqtgraph symbols that go with the class colours, so that no meaning hangs on colour alone."""


def _residues(
    acidic: str, basic: str, polar: str, hydrophobic: str, aromatic: str, special: str, unknown: str
) -> dict[str, str]:
    groups = {
        "DE": acidic,
        "KRH": basic,
        "STNQC": polar,
        "AVLIM": hydrophobic,
        "FWY": aromatic,
        "GP": special,
        "BJOUXZ": unknown,
    }
    return {letter: colour for letters, colour in groups.items() for letter in letters}


LIGHT = Palette(
    name="light",
    background="#F7F8FA",
    card="#FFFFFF",
    line="#E1E5EB",
    text="#1B2430",
    muted="#5B6776",
    accent="#1F6FEB",
    on_accent="#FFFFFF",
    good="#1A7F45",
    warning="#9A6700",
    bad="#B42318",
    selection="#DCE9FD",
    hover="#EEF2F7",
    classes=_CLASSES,
    nucleotides={
        "A": "#2E9E4F",
        "C": "#2C6BD6",
        "G": "#C98A00",
        "T": "#D23B3B",
        "U": "#D23B3B",
        "N": "#8A94A3",
    },
    residues=_residues("#D23B3B", "#2C6BD6", "#2E9E4F", "#3A4350", "#8A4FBF", "#C98A00", "#8A94A3"),
)

DARK = Palette(
    name="dark",
    background="#14171C",
    card="#1C2027",
    line="#2B313B",
    text="#E6EAF0",
    muted="#9AA5B4",
    accent="#5A9BFF",
    on_accent="#0B1524",
    good="#4CC38A",
    warning="#E3B341",
    bad="#FF7B72",
    selection="#24405F",
    hover="#262C36",
    classes=("#4DA3DB", *_CLASSES[1:]),
    nucleotides={
        "A": "#5CC97C",
        "C": "#6FA3F5",
        "G": "#E5B03A",
        "T": "#F07070",
        "U": "#F07070",
        "N": "#7D8796",
    },
    residues=_residues("#F07070", "#6FA3F5", "#5CC97C", "#B5BECB", "#B98AE6", "#E5B03A", "#7D8796"),
)
