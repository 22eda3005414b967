"""What kind each value in `metrics.json` is, for a check when it is read again."""

from __future__ import annotations

from typing import Annotated, Any

from bioseq.json_values import Count, Figure, Figures, Finite, Shaped, ShortText

_Bounds = Annotated[dict[str, Any], Shaped({"value": Figure, "low": Figure, "high": Figure}, level=Finite)]
_Scores = Annotated[
    dict[str, Any],
    Shaped(
        {
            "name": ShortText,
            "title": ShortText,
            "metrics": Figures,
            "per_class": dict[str, Figures],
            "confusion": list[list[Count]],
        },
        seconds=Figure,
        threshold=Figure,
        intervals=dict[str, _Bounds],
        class_intervals=dict[str, dict[str, _Bounds]],
        lead=dict[str, _Bounds],
        lead_p=Figures,
        weight=Figure,
    ),
]
_Calibration = Annotated[dict[str, Any], Shaped(temperature=Finite, bias=list[Finite], prior_log_weights=list[Finite])]
_Caution = Annotated[
    dict[str, Any],
    Shaped({"code": ShortText, "message": str, "remedy": str, "severity": ShortText}, simple_model=ShortText),
]
_Evaluation = Annotated[
    dict[str, Any],
    Shaped(
        {
            "split": ShortText,
            "labels": list[str],
            "positive": str,
            "threshold": Figure,
            "records": Count,
            "model": _Scores,
            "baselines": list[_Scores],
        },
        members=list[_Scores],
        cautions=list[_Caution],
        calibration=_Calibration,
        temperature=Finite,
        threshold_aim=ShortText,
        resamples=Count,
        clusters=Count,
        training_counts=list[Count],
        left_out=dict[str, Count],
    ),
]
EVALUATIONS: Any = Annotated[dict[str, Any], Shaped({"evaluations": dict[ShortText, _Evaluation]})]
"""The whole file."""
