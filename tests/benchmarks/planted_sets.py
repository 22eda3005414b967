"""Labelled sets whose truth is known, for `one_click.py`: where and how the two classes differ is planted.

Records are drawn with equal letter frequencies; a motif keeps each of its letters with probability .9. Every fifth
record is for the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ALPHABETS = {"dna": "ACGT", "protein": "ACDEFGHIKLMNPQRSTVWY"}
KINDS = {
    "fixed": "a motif always at the same place",
    "floating": "a motif anywhere",
    "strands": "a motif anywhere, on either strand",
    "both": "two motifs: each alone in half of the others, together only in sites",
    "order": "two motifs in every record, A before B in sites",
    "spacing": "two motifs in every record, 10 letters apart in sites",
    "composition": "letter frequencies differ a little",
    "rare": "a motif anywhere; one record in twenty is a site",
    "edges": "a motif at the first or the last letters; lengths differ",
    "families": "records come in families of five relatives; a motif anywhere decides",
    "noise": "nothing",
}
_KEPT = 0.9
_OTHER_GAPS = (2, 4, 6, 14, 18, 22)


@dataclass(frozen=True, slots=True)
class PlantedSet:
    """One set.

    Attributes:
        kind: Name in `KINDS`.
        records: How many.
        length: Letters of each; the longest where they differ.
        alphabet: "dna" or "protein".
        seed: Of all that is drawn.
    """

    kind: str
    records: int = 2_000
    length: int = 200
    alphabet: str = "dna"
    seed: int = 0

    def write(self, path: Path) -> Path:
        """Write the set as FASTA with headers `>id|class|split`."""
        drawing = _Drawing(self)
        rows = [drawing.record(number) for number in range(self.records)]
        if self.kind == "families":
            rows = drawing.families(rows)
        letters = np.array(list(ALPHABETS[self.alphabet]))
        with path.open("w", encoding="ascii") as file:
            for number, (site, codes) in enumerate(rows):
                unit = number // 5 if self.kind == "families" else number
                label, split = ("site" if site else "other"), ("test" if unit % 5 == 0 else "train")
                file.write(f">r{number}|{label}|{split}\n{''.join(letters[codes])}\n")
        return path


class _Drawing:
    """The random numbers and the motifs of one set."""

    def __init__(self, planted: PlantedSet) -> None:
        self._set = planted
        self._size = len(ALPHABETS[planted.alphabet])
        self._chance = np.random.default_rng([planted.seed, list(KINDS).index(planted.kind), planted.length])
        self._width = min(8, planted.length // 3)
        self._first, self._second = self._chance.integers(self._size, size=(2, self._width))

    def record(self, number: int) -> tuple[bool, NDArray[np.int64]]:
        """Whether a record is a site, and its letters as codes."""
        kind, chance, width = self._set.kind, self._chance, self._width
        site = number % 20 == number // 20 % 20 if kind == "rare" else bool(chance.random() < 0.5)
        length = self._set.length
        if kind == "edges":
            length = int(chance.integers(max(3 * width, length // 2), length + 1))
        codes = chance.choice(self._size, length, p=self._frequencies(site=site))
        if kind in ("both", "order", "spacing"):
            self._plant_two(codes, site=site)
        elif site and kind not in ("composition", "noise"):
            places = {"fixed": length // 2, "edges": 0 if chance.random() < 0.5 else length - width}
            turned = kind == "strands" and chance.random() < 0.5
            motif = (self._size - 1 - self._first)[::-1] if turned else self._first
            self._plant(codes, motif, places.get(kind, self._anywhere(length)))
        return site, codes

    def families(self, rows: list[tuple[bool, NDArray[np.int64]]]) -> list[tuple[bool, NDArray[np.int64]]]:
        """Each of the first fifth of the records as five relatives, with a tenth of the letters changed."""
        found = []
        for site, codes in rows[: len(rows) // 5]:
            for _ in range(5):
                changed = self._chance.random(len(codes)) < 0.1
                found.append((site, np.where(changed, self._chance.integers(self._size, size=len(codes)), codes)))
        return found

    def _frequencies(self, *, site: bool) -> NDArray[np.float64]:
        weights = np.ones(self._size)
        if self._set.kind == "composition":
            weights += (0.12 if site else -0.12) * np.where(np.arange(self._size) % 2, 1, -1)
        return weights / weights.sum()

    def _plant_two(self, codes: NDArray[np.int64], *, site: bool) -> None:
        chance, width, length = self._chance, self._width, len(codes)
        first, second = self._first, self._second
        if self._set.kind == "spacing":
            gap = 10 if site else int(chance.choice(_OTHER_GAPS))
            start = int(chance.integers(0, length - 2 * width - gap + 1))
            self._plant(codes, first, start)
            self._plant(codes, second, start + width + gap)
        elif self._set.kind == "both" and not site:
            self._plant(codes, first if chance.random() < 0.5 else second, self._anywhere(length))
        else:
            if self._set.kind == "order" and not site:
                first, second = second, first
            self._plant(codes, first, int(chance.integers(0, length // 2 - width)))
            self._plant(codes, second, int(chance.integers(length // 2, length - width + 1)))

    def _plant(self, codes: NDArray[np.int64], motif: NDArray[np.int64], place: int) -> None:
        kept = self._chance.random(len(motif)) < _KEPT
        drawn = self._chance.integers(self._size, size=len(motif))
        codes[place : place + len(motif)] = np.where(kept, motif, drawn)

    def _anywhere(self, length: int) -> int:
        return int(self._chance.integers(0, length - self._width + 1))
