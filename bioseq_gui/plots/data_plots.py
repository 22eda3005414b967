"""Plots of a data set before training: classes per split, lengths, composition."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.wording import listed
from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.figure import Axis, Bars, Figure, Layer, Steps, class_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNLABELLED = "muted"
"""Colour role of records without a label."""
_OUTLINED = 4
"""Up to so many classes, the outlines of histograms can be told apart one over the other."""


class ClassCountsPlot(Plot):
    """Records per split, stacked by class."""

    def show_data(
        self, label_names: Sequence[str], class_counts: Mapping[str, Sequence[int]], unlabelled: int = 0
    ) -> None:
        """Show counts.

        Args:
            label_names: The classes in order.
            class_counts: Split name to records per class, as in `DataProfile`.
            unlabelled: Records without a label.
        """
        self.show_figure(self._figure_of(tuple(label_names), class_counts, unlabelled))

    def _figure_of(
        self, label_names: tuple[str, ...], class_counts: Mapping[str, Sequence[int]], unlabelled: int
    ) -> Figure:
        words = {
            "unassigned": self.tr("not split yet"),
            "train": self.tr("train"),
            "validation": self.tr("validation"),
            "test": self.tr("test"),
        }
        splits = [split for split in ("test", "validation", "train", "unassigned") if sum(class_counts.get(split, ()))]
        names = [words[split] for split in splits]
        if unlabelled:
            names.insert(0, self.tr("no label"))
        first = 1 if unlabelled else 0
        rows = np.arange(first, first + len(splits), dtype=np.float64)
        start = np.zeros(len(splits))
        layers: list[Layer] = []
        for index, name in enumerate(label_names):
            counts = np.array([class_counts[split][index] for split in splits], np.float64)
            style = class_style(index)
            layers.append(
                Bars(
                    name,
                    start,
                    start + counts,
                    rows - 0.3,
                    rows + 0.3,
                    style.colour,
                    horizontal=True,
                    keys=tuple(names[first:]),
                )
            )
            start = start + counts
        if unlabelled:
            layers.append(_unlabelled_bar(self.tr("no label"), unlabelled))
        return Figure(
            "classes",
            self.tr("Records per class"),
            Axis(self.tr("Records"), minimum=0.0, whole=True),
            Axis("", categories=tuple(names), minimum=-0.6, maximum=len(names) - 0.4),
            tuple(layers),
            summary=_counts_sentence(label_names, class_counts),
        )


class HistogramPlot(Plot):
    """Distribution of sequence lengths per class."""

    def show_data(
        self,
        edges: Sequence[float],
        counts: Mapping[str, Sequence[int]],
        label_names: Sequence[str] = (),
        *,
        unit: str = "letters",
    ) -> None:
        """Show a histogram.

        Args:
            edges: Edges of the bins, one more than bins.
            counts: Class name ("" for unlabelled) to records per bin.
            label_names: The classes in order, so that each has its colour.
            unit: What a length counts: "nt", "aa", "letters".
        """
        bins = np.asarray(edges, np.float64)
        if len(bins) == 2 and bins[1] - bins[0] <= 1:
            bins = np.array([bins[0] - 0.5, bins[0] + 0.5])
        layers: list[Layer] = []
        for name, values in _in_class_order(counts, label_names):
            index = list(label_names).index(name) if name in label_names else -1
            style = class_style(index) if index >= 0 else None
            layers.append(
                Steps(
                    name or self.tr("no label"),
                    bins,
                    np.asarray(values, np.float64),
                    style.colour if style else UNLABELLED,
                    style.dash if style and len(counts) <= _OUTLINED else "solid",
                )
            )
        self.show_figure(
            Figure(
                "lengths",
                self.tr("Sequence length"),
                Axis(self.tr("Length"), unit=unit),
                Axis(self.tr("Records"), minimum=0.0, whole=True),
                tuple(layers),
                summary=self.tr("Lengths from {0:,.0f} to {1:,.0f} {2}.").format(bins[0], bins[-1], unit),
            )
        )


class CompositionPlot(Plot):
    """Share of each letter per class."""

    def show_data(
        self, letters: str, composition: Mapping[str, Sequence[float]], label_names: Sequence[str] = ()
    ) -> None:
        """Show shares.

        Args:
            letters: The letters.
            composition: Class name ("" for unlabelled) to the share of each letter, [0, 1].
            label_names: The classes in order, so that each has its colour.
        """
        classes = _in_class_order(composition, label_names)
        width = 0.8 / max(1, len(classes))
        places = np.arange(len(letters), dtype=np.float64)
        layers: list[Layer] = []
        for row, (name, shares) in enumerate(classes):
            index = list(label_names).index(name) if name in label_names else -1
            left = places - 0.4 + row * width
            layers.append(
                Bars(
                    name or self.tr("no label"),
                    left,
                    left + width * 0.92,
                    np.zeros(len(letters)),
                    np.asarray(shares, np.float64),
                    class_style(index).colour if index >= 0 else UNLABELLED,
                    keys=tuple(letters),
                )
            )
        self.show_figure(
            Figure(
                "composition",
                self.tr("Composition"),
                Axis(self.tr("Letter"), categories=tuple(letters), minimum=-0.6, maximum=len(letters) - 0.4),
                Axis(self.tr("Share of letters"), minimum=0.0, percent=True),
                tuple(layers),
                summary=self.tr("Share of each of the letters {0} per class.").format(letters),
            )
        )


def _unlabelled_bar(name: str, count: int) -> Bars:
    zero = np.zeros(1)
    return Bars(name, zero, np.array([float(count)]), zero - 0.3, zero + 0.3, UNLABELLED, horizontal=True, keys=(name,))


def _in_class_order(
    values: Mapping[str, Sequence[float]], label_names: Sequence[str]
) -> list[tuple[str, Sequence[float]]]:
    known = [(name, values[name]) for name in label_names if name in values]
    return known + [(name, value) for name, value in values.items() if name not in label_names]


def _counts_sentence(label_names: tuple[str, ...], class_counts: Mapping[str, Sequence[int]]) -> str:
    parts = []
    for split, counts in class_counts.items():
        pairs = listed([f"{count:,} {name}" for name, count in zip(label_names, counts, strict=True)], last=", ")
        parts.append(f"{split}: {pairs}")
    return "; ".join(parts)


class ClusterSizesPlot(Plot):
    """Records in small and in large clusters of similar ones."""

    def show_data(self, least: Sequence[int], records: Sequence[int]) -> None:
        """Show how many records have how many relatives.

        Args:
            least: Least records of a cluster in each class of sizes, rising.
            records: Records in clusters of each class.
        """
        names = [_sizes(low, after - 1) for low, after in pairwise(least)]
        names.append(self.tr("over {0}").format(least[-1] - 1))
        counts = np.array(records, np.float64)[::-1]
        rows = np.arange(len(counts), dtype=np.float64)
        keys = tuple(reversed(names))
        bars = Bars(self.tr("Records"), np.zeros(len(counts)), counts, rows - 0.3, rows + 0.3, "model", True, keys)
        in_large = sum(records[1:])
        self.show_figure(
            Figure(
                "cluster-sizes",
                self.tr("Size of the clusters"),
                Axis(self.tr("Records"), minimum=0.0, whole=True),
                Axis(self.tr("In the cluster"), categories=keys, minimum=-0.6, maximum=len(keys) - 0.4),
                (bars,),
                summary=self.tr("{0:,} records have relatives, {1:,} have none.").format(in_large, records[0]),
            )
        )


def _sizes(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"
