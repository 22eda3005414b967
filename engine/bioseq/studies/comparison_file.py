"""What `comparison.json` of a study holds, read again and checked; `studies.comparison` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from bioseq.errors import BioseqError
from bioseq.json_values import Count, DamagedError, Figure, Figures, Shaped, ShortText, SmallCount, decode, reason_of

if TYPE_CHECKING:
    from bioseq.studies.folder import StudyFolder

_FIGURE = Annotated[dict[str, Any], Shaped({"mean": Figure, "low": Figure, "high": Figure})]
_ROW = Annotated[
    dict[str, Any],
    Shaped(
        {
            "name": ShortText,
            "title": ShortText,
            "entries": list[SmallCount],
            "records": Count,
            "figures": dict[ShortText, _FIGURE],
        },
        validation=Figures,
        seconds=Figure,
        parameters=Count,
        note=str,
    ),
]
_PAIR = Annotated[
    dict[str, Any],
    Shaped(
        {
            "first": ShortText,
            "second": ShortText,
            "differences": dict[ShortText, Figures],
            "only_first": Count,
            "only_second": Count,
        }
    ),
]
_COMPARISON: Any = Annotated[
    dict[str, Any],
    Shaped({"rows": list[_ROW], "pairs": list[_PAIR]}, metric=ShortText, split=ShortText, order=ShortText),
]


def read_comparison(study: StudyFolder) -> dict[str, Any]:
    """What `comparison.json` holds: "metric", "split", "order", "rows" and "pairs"; empty without one.

    Raises:
        BioseqError: It is damaged.
    """
    try:
        found: dict[str, Any] = decode(_COMPARISON, study.comparison.read_bytes())
        _check_names(found)
    except FileNotFoundError:
        return {}
    except (OSError, DamagedError) as error:
        raise BioseqError(
            "study.damaged_comparison",
            f"What the comparison of this study found cannot be read: {reason_of(error)}.",
            where=str(study.comparison),
            remedy="Its runs can be opened one by one.",
        ) from error
    return found


def _check_names(found: dict[str, Any]) -> None:
    names = {row["name"] for row in found["rows"]}
    if any(pair[one] not in names for pair in found["pairs"] for one in ("first", "second")):
        raise DamagedError("a pair names what is no row")
