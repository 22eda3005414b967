"""Columns of a prediction table that only an ensemble has: how many members agree, and how far they are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from bioseq_gui.tables.columns import Column, ColumnKind, class_keys, probability_keys, probability_text
from bioseq_gui.widgets.text import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.prediction.table import MemberVotes
    from bioseq_gui.tables.columns import PredictionColumns


def _tr(text: str) -> str:
    return QCoreApplication.translate("PredictionTable", text)


def votes_text(votes: MemberVotes, row: int) -> str:
    """How many members agree, in words: "2 of 3"."""
    return _tr("{agreeing} of {count}").format(agreeing=int(votes.agreeing[row]), count=number(votes.count))


def member_columns(data: PredictionColumns) -> tuple[Column, ...]:
    """The columns; none for a model that is no ensemble."""
    votes, predicted = data.table.votes, data.table.predicted
    if votes is None:
        return ()

    def keys() -> NDArray[np.uint32]:
        agreeing = np.asarray(votes.agreeing).astype(np.int16)
        return class_keys(np.where(np.asarray(predicted) < 0, -1, agreeing).astype(np.int16))

    agreeing = Column(
        key="members",
        title=_tr("Members"),
        help=_tr("How many members of the ensemble, each asked alone, predict the same class."),
        kind=ColumnKind.NUMBER,
        value=lambda row: int(votes.agreeing[row]),
        text=lambda row: votes_text(votes, row) if predicted[row] >= 0 else "",
        make_keys=keys,
        width=96,
    )
    spread = Column(
        key="member_sd",
        title=_tr("Spread"),
        help=_tr(
            "Standard deviation between the members’ probabilities of the predicted class: 0 where they are of one "
            "mind. Members may also agree on what is wrong."
        ),
        kind=ColumnKind.NUMBER,
        value=lambda row: float(votes.spread[row]),
        text=lambda row: probability_text(float(votes.spread[row])),
        make_keys=lambda: probability_keys(np.asarray(votes.spread)),
        width=96,
    )
    return agreeing, spread
