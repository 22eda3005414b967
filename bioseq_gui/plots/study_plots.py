"""Plots of a study: curves over each other, figures with intervals, the history of a search and what mattered in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.metrics import METRICS
from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.figure import Axis, Bars, Figure, Layer, Line, Points, class_style
from bioseq_gui.studies.story import LOSS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bioseq_gui.studies.findings import Bar
    from bioseq_gui.studies.standings import Standing, Trial
    from bioseq_gui.studies.story import EntryStory

_MARKED = 25
_ROLES = {"candidate": "accent", "result": "accent", "member": "class:4", "simple": "muted"}
_WHISKER = 1.6
_NAMES = 34


class OverlaidCurves(Plot):
    """Validation curves of all candidates over each other: the first few in colours of their own, one highlighted."""

    def show_rows(
        self, rows: Sequence[Standing], styles: Mapping[str, int], *, metric: str = LOSS, chosen: str = ""
    ) -> None:
        """Show the curves.

        Args:
            rows: Candidates, the best first.
            styles: Title to the number of its colour and mark, for those that have one.
            metric: What is drawn.
            chosen: Title of the candidate that is highlighted; all its trainings are shown.
        """
        drawn = [row for row in rows if row.shown.curve]
        if not drawn:
            self.show_nothing(self.tr("A curve appears when a model has finished its first epoch."))
            return
        # The best last, so that they lie in front.
        layers: list[Layer] = [
            self._line(
                row.shown, row.title, styles.get(row.title, -1), metric, faded=bool(chosen) and row.title != chosen
            )
            for row in reversed(drawn)
        ]
        own = next((row for row in drawn if row.title == chosen), None)
        if own is not None:
            layers += [self._line(one, "", styles.get(own.title, -1), metric, faded=False) for one in own.entries[1:]]
            layers.append(self._front(own, metric))
        shown = METRICS[metric]
        self.show_figure(
            Figure(
                f"study_{metric}",
                self.tr("Validation: {0}").format(shown.title.lower() if metric == LOSS else shown.title),
                Axis(self.tr("Epoch or round"), minimum=0.0, whole=True),
                Axis(shown.title, unit="nats" if metric == LOSS else ""),
                tuple(layers),
                summary=self._summary(drawn, metric),
            )
        )

    def _line(self, entry: EntryStory, title: str, style: int, metric: str, *, faded: bool) -> Line:
        x = np.array([epoch.epoch for epoch in entry.curve], np.float64)
        y = np.array([epoch.validation.get(metric, math.nan) for epoch in entry.curve], np.float64)
        look = class_style(max(0, style))
        short = len(x) <= _MARKED
        return Line(
            title or f"{entry.now.title} {entry.number}",
            x,
            y,
            look.colour if style >= 0 else "muted",
            look.dash if style >= 0 else "solid",
            width=1.8 if style >= 0 else 1.0,
            faint=faded or style < 0,
            marker=(look.marker if style >= 0 else "o") if short else "",
            in_legend=bool(title) and style >= 0,
        )

    def _front(self, row: Standing, metric: str) -> Line:
        """The highlighted curve once more, wide."""
        made = self._line(row.shown, row.title, -1, metric, faded=False)
        return Line(row.title, made.x, made.y, "text", width=3.0, marker="o" if made.marker else "", in_legend=False)

    def _summary(self, rows: Sequence[Standing], metric: str) -> str:
        higher = METRICS[metric].higher_is_better
        best = rows[0].shown.best(metric, higher=higher)
        return self.tr("{0} curves; {1} stands first with {2:.3g}.").format(len(rows), rows[0].title, best)


class FigureBarsPlot(Plot):
    """One figure of every candidate, as a point with its interval, the best at the top."""

    def show_bars(self, bars: Sequence[Bar], metric: str, *, split: str) -> None:
        """Show a figure.

        Args:
            bars: The best first.
            metric: Which figure.
            split: The records that it is measured on.
        """
        shown = [bar for bar in bars if math.isfinite(bar.figures.get(metric, (math.nan,) * 3)[0])]
        if not shown:
            self.show_nothing(self.tr("This figure is not known of any model."))
            return
        shown.reverse()
        layers: list[Layer] = []
        for role in dict.fromkeys(bar.role for bar in shown):
            layers += self._role(shown, role, metric)
        title, titles = METRICS[metric].title, tuple(bar.title for bar in shown)
        self.show_figure(
            Figure(
                f"comparison_{metric}",
                self.tr("{0} on the {1} records, with 95 % intervals").format(title, split),
                Axis(title),
                Axis("", minimum=-0.6, maximum=len(shown) - 0.4, categories=titles, name_length=_NAMES),
                tuple(layers),
                summary="; ".join(f"{bar.title} {bar.figures[metric][0]:.3f}" for bar in reversed(shown)),
            )
        )

    def _role(self, bars: Sequence[Bar], role: str, metric: str) -> list[Layer]:
        names = {
            "candidate": "",
            "result": self.tr("The result"),
            "member": self.tr("Its members alone"),
            "simple": self.tr("Simple models"),
        }
        rows = np.array([place for place, bar in enumerate(bars) if bar.role == role], np.float64)
        figures = np.array([bar.figures[metric] for bar in bars if bar.role == role], np.float64)
        colour = _ROLES[role]
        ends = np.column_stack([figures[:, 1], figures[:, 2], np.full(len(rows), np.nan)]).ravel()
        whisker = Line(
            f"{names[role]}: 95 %".removeprefix(": "), ends, np.repeat(rows, 3), colour, width=_WHISKER, in_legend=False
        )
        marker = {"result": "star", "member": "d", "simple": "s"}.get(role, "o")
        points = Points(names[role] or METRICS[metric].title, figures[:, 0], rows, colour, marker, 10.0)
        return [whisker, points] if np.isfinite(ends).any() else [points]


class SearchHistoryPlot(Plot):
    """What each trial of a search came to, and the best so far."""

    def show_trials(self, trials: Sequence[Trial], metric: str) -> None:
        """Show the history by the figure that was sought for."""
        higher = METRICS[metric].higher_is_better
        known = [trial for trial in trials if math.isfinite(trial.value)]
        if not known:
            self.show_nothing(self.tr("A point appears when a trial has ended."))
            return
        x = np.array([trial.number for trial in known], np.float64)
        y = np.array([trial.value for trial in known], np.float64)
        best = np.maximum.accumulate(y) if higher else np.minimum.accumulate(y)
        ended_early = np.array([trial.ended_early for trial in known], bool)
        layers: tuple[Layer, ...] = (
            Line(self.tr("Best so far"), np.repeat(x, 2)[1:], np.repeat(best, 2)[:-1], "accent", width=2.0),
            Points(self.tr("Trial"), x[~ended_early], y[~ended_early], "class:1", "o", 8.0),
            Points(
                self.tr("Ended early") if ended_early.any() else "", x[ended_early], y[ended_early], "muted", "x", 8.0
            ),
        )
        self.show_figure(
            Figure(
                "search_history",
                self.tr("Trials of the search"),
                Axis(self.tr("Trial"), whole=True),
                Axis(self.tr("{0} on validation").format(METRICS[metric].title)),
                layers,
                summary=(
                    self.tr("1 trial; it has {1:.4g}.")
                    if len(known) == 1
                    else self.tr("{0} trials; the best has {1:.4g}.")
                ).format(len(known), float(best[-1])),
            )
        )


class ImportancePlot(Plot):
    """How much each setting mattered in a search."""

    def show_shares(self, shares: Sequence[tuple[str, float]]) -> None:
        """Show shares of settings, the largest first."""
        if not shares:
            self.show_nothing(self.tr("What mattered can be told after a few more trials."))
            return
        self.show_figure(
            Figure(
                "search_importance",
                self.tr("What mattered"),
                Axis(self.tr("Share of the spread of results"), minimum=0.0, percent=True),
                Axis("", categories=tuple(name for name, _ in shares[::-1]), name_length=_NAMES),
                (self._bars(shares[::-1]),),
                summary=", ".join(f"{name} {share:.0%}" for name, share in shares),
            )
        )

    def _bars(self, shares: Sequence[tuple[str, float]]) -> Bars:
        places = np.arange(len(shares), dtype=np.float64)
        top = np.array([share for _, share in shares], np.float64)
        names = tuple(name for name, _ in shares)
        return Bars("", np.zeros(len(top)), top, places - 0.32, places + 0.32, "accent", horizontal=True, keys=names)
