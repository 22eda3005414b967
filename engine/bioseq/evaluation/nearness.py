"""How like the training records the judged records are, and the figures with and without those that are too like.

Lies in `similarity.json` of a run, with the identity of each record as a column in `evaluation/`. Torch-free: the
window reads it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.durable import durable_file, write_json
from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import scores
from bioseq.json_values import Count, DamagedError, Figures, Finite, ShortText, decode
from bioseq.sequences.similarity.pairs import PairAlignment, pair_alignment, read_alignment
from bioseq.sequences.similarity.windows import are_windows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.evaluation.results import EvaluatedRecords, Evaluation
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset

WORST = 20
"""Pairs that are listed."""
EDGES = tuple(round(0.05 * edge, 2) for edge in range(21))
_FEW = 10
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class NearPair:
    """A judged record and the training record that it resembles most.

    Attributes:
        record: Its id.
        label: Its class.
        training: Id of the training record.
        training_label: Class of that.
        identity: Identical letters over the shorter, [0, 1].
        alignment: How they align; None where that is not known.
    """

    record: str
    label: str
    training: str
    training_label: str
    identity: Finite
    alignment: PairAlignment | None = None


@dataclass(frozen=True, slots=True)
class Nearness:
    """How like the training records the judged ones are.

    Attributes:
        split: What is judged: "test", "validation".
        identity: From which a record is too like training records, (0, 1].
        records: Judged records.
        looked_at: Those of them that were compared; fewer where there are very many.
        similar: Of those, the ones that are too like.
        copies: Of those, the ones that stand in the training data letter by letter.
        in_files: Judged records whose sequence stood in the training data of the files, before cleaning.
        counts: Compared records per bin of `EDGES`, of their identity to the nearest training record.
        worst: The pairs that are most alike.
        figures: Predictor ("model", name of a baseline) to its figures over the records compared.
        figures_without: The same without the records that are too like; empty when too few are left.
        method: How they were compared, in words.
    """

    split: ShortText
    identity: Finite
    records: Count
    looked_at: Count
    similar: Count
    copies: Count
    in_files: Count
    counts: tuple[Count, ...]
    worst: tuple[NearPair, ...]
    figures: dict[str, Figures]
    figures_without: dict[str, Figures]
    method: str

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        share = 100 * self.similar / max(1, self.looked_at)
        start = f"{self.similar:,} of {self.looked_at:,} {self.split} records ({share:.1f} %)"
        sampled = "" if self.looked_at == self.records else f" drawn from {self.records:,}"
        end = f" have a training record of at least {100 * self.identity:.0f} % identity."
        copies = f" {self.copies:,} are copies of training records." if self.copies else ""
        return start + sampled + end + copies


def nearness(
    evaluation: Evaluation,
    records: EvaluatedRecords,
    *,
    places: NDArray[np.intp],
    identity: NDArray[np.float64],
    rows: NDArray[np.int64],
    copies: int,
    judged: Dataset,
    training: Dataset,
    threshold: float,
    molecule: Molecule,
    both_strands: bool,
    in_files: int,
    method: str,
) -> Nearness:
    """What the nearest training records say of an evaluation.

    Args:
        evaluation: Figures of model and baselines.
        records: The N records that they are of.
        places: Those that were compared, ascending, `(M,)`.
        identity: Of each to its nearest training record, `(M,)`.
        rows: That record, -1 where none was found, `(M,)`.
        copies: As in `Nearness`.
        judged: The records as a data set, `N` of them.
        training: Training records.
        threshold: From which identity a record is too like.
        molecule: What the records are made of.
        both_strands: Reverse complements were compared too.
        in_files: As in `Nearness`.
        method: As in `Nearness`.
    """
    similar = identity >= threshold - _ROUNDING
    order = np.argsort(-identity, kind="stable")
    order = order[rows[order] >= 0][:WORST]
    windows = are_windows(judged, training)
    pairs = zip(places[order].tolist(), rows[order].tolist(), identity[order].tolist(), strict=True)
    return Nearness(
        split=evaluation.split,
        identity=threshold,
        records=len(judged),
        looked_at=len(places),
        similar=int(similar.sum()),
        copies=copies,
        in_files=in_files,
        counts=tuple(np.histogram(np.minimum(identity, 1.0) + _ROUNDING, np.array(EDGES) + _ROUNDING)[0].tolist()),
        worst=tuple(
            NearPair(
                judged.ids[row],
                _class(judged, row),
                training.ids[other],
                _class(training, other),
                alike,
                pair_alignment(
                    judged.sequence(row),
                    training.sequence(other),
                    molecule,
                    both_strands=both_strands,
                    windows=windows,
                ),
            )
            for row, other, alike in pairs
        ),
        figures=_figures(evaluation, records, places),
        figures_without=_figures(evaluation, records, places[~similar]),
        method=method,
    )


def write_nearness(found: Nearness, path: Path) -> None:
    """Write it as JSON, durably."""
    write_json(path, {"format": 1, **asdict(found)})


def write_columns(
    folder: Path, count: int, places: NDArray[np.intp], identity: NDArray[np.float64], rows: NDArray[np.int64]
) -> None:
    """Write the identity of each judged record (NaN where it was not compared) and its nearest training record."""
    values, nearest = np.full(count, np.nan, np.float32), np.full(count, -1, np.int64)
    values[places], nearest[places] = identity, rows
    for name, column in (("nearest_identity", values), ("nearest_training", nearest)):
        with durable_file(folder / f"{name}.npy") as file:
            np.save(file, column, allow_pickle=False)


def read_nearness(path: Path) -> Nearness:
    """Read it again.

    Raises:
        BioseqError: The run was not looked at in this way, or the file is damaged.
    """
    try:
        found = decode(Nearness, path.read_bytes())
        _check(found)
    except (OSError, ValueError, TypeError) as error:
        raise BioseqError(
            "run.no_similarity",
            "It is not known how like the training records the judged ones of this run are.",
            where=str(path),
            remedy="Train again.",
        ) from error
    return found


def _check(found: Nearness) -> None:
    """Refuse alignments that do not fit together, and counts of other bins than the program has.

    Raises:
        ValueError: There are some.
        TypeError: A place in an alignment is no number.
    """
    for pair in found.worst:
        read_alignment(None if pair.alignment is None else asdict(pair.alignment))
    if len(found.counts) != len(EDGES) - 1:
        raise DamagedError("there are other bins than the program has")


def _figures(
    evaluation: Evaluation, records: EvaluatedRecords, places: NDArray[np.intp]
) -> dict[str, dict[str, float]]:
    if len(places) < _FEW:
        return {}
    positive = evaluation.labels.index(evaluation.positive) if evaluation.positive else 1
    chances = {"model": records.probabilities, **records.baselines}
    return {
        own.name: scores(
            records.truth[places], chances[own.name][places], threshold=own.threshold, positive=positive
        ).metrics
        for own in (evaluation.model, *evaluation.baselines)
        if own.name in chances
    }


def _class(dataset: Dataset, row: int) -> str:
    label = int(dataset.labels[row])
    return dataset.label_names[label] if label >= 0 else ""
