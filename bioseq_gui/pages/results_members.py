"""Part of the Results page for ensembles: the figures of each member alone beside those of all together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from bioseq.evaluation.metrics import METRICS
from bioseq_gui.pages.results_parts import FigureTable
from bioseq_gui.theme.tokens import SPACE_2
from bioseq_gui.widgets.basics import label
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from bioseq.evaluation.results import Evaluation

_TOLD = "mcc"


class MembersPart(QWidget):
    """Whether putting the members together paid: a sentence, and the figures one below the other."""

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = FigureTable(self.tr("Metrics of the members"))
        self._sentence = label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_2, 0, 0)
        column.setSpacing(SPACE_2)
        column.addWidget(self._sentence)
        column.addWidget(self.table, 1)

    @property
    def sentence(self) -> str:
        """What it says above the figures."""
        return self._sentence.text()

    def show_members(self, evaluation: Evaluation) -> None:
        """Show the members of an ensemble; nothing is said of other models."""
        self.table.show_members(evaluation)
        self._sentence.setText(self._said_of(evaluation))

    def _said_of(self, evaluation: Evaluation) -> str:
        own = evaluation.model.metrics.get(_TOLD, math.nan)
        known = [one for one in evaluation.members if math.isfinite(one.metrics.get(_TOLD, math.nan))]
        if not known or not math.isfinite(own):
            return ""
        best = max(known, key=lambda one: one.metrics[_TOLD])
        ahead = self.tr(
            "Together the members are ahead of each alone: {metric} {own:.3f}, the best of them {best:.3f}."
        )
        level = self.tr(
            "Together the members are no better than the best of them, “{title}”: {metric} {own:.3f} beside {best:.3f}."
        )
        said = (ahead if own > best.metrics[_TOLD] else level).format(
            metric=METRICS[_TOLD].title, own=own, best=best.metrics[_TOLD], title=for_display(best.title, longest=80)
        )
        return f"{said} {self.tr('For reading only: a member chosen by these records would look better than it is.')}"
