"""Headers of two parts, `>id|class`: read as labels where all headers look so and hardly anything else fits.

`>sp|P12345` has the same database before each bar, and `>chr1|1053` another number behind each.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from bioseq.errors import Severity
from bioseq.sequences.records import Note, Records, relabel
from bioseq.sequences.text_column import TextColumn
from bioseq.sequences.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_CLASSES = 50
_LEAST_PER_CLASS = 2
_LEAST_DIFFERENT = 0.9
"""Share of ids that stand once: what is before the bar must tell the records apart."""
_FIRST = 100
_SHOWN = 6


def with_labels_of_two_parts(files: Sequence[Records]) -> tuple[Records, ...] | None:
    """Records with the part behind the only bar of each header as their class.

    Args:
        files: Records of FASTA files; none of them has labels yet.

    Returns:
        The same with ids, labels and a note; None where the headers are of another kind.
    """
    if not files or any("|" not in header for file in files for header in first_texts(file.ids)):
        return None
    for whole in (True, False):
        if _tell_classes([_split_header(file, row, whole=whole) for file in files for row in range(len(file))]):
            return tuple(_read_labels(file, whole=whole) for file in files)
    return None


def _split_header(file: Records, row: int, *, whole: bool) -> list[str]:
    """The parts of a header between bars; with what follows its first blank where it is taken whole."""
    description = file.descriptions[row] if whole else ""
    return [part.strip() for part in f"{file.ids[row]} {description}".split("|")]


def _tell_classes(headers: Sequence[Sequence[str]]) -> bool:
    """Whether all headers have two parts, the first of which tells records apart, and the second is one of few."""
    if any(len(parts) != 2 or not all(parts) for parts in headers):
        return False
    classes = Counter(label for _, label in headers)
    different = len({identity for identity, _ in headers})
    few = 2 <= len(classes) <= min(_MOST_CLASSES, len(headers) // _LEAST_PER_CLASS)
    return few and min(classes.values()) >= _LEAST_PER_CLASS and different >= _LEAST_DIFFERENT * len(headers)


def _read_labels(file: Records, *, whole: bool) -> Records:
    parts = [_split_header(file, row, whole=whole) for row in range(len(file))]
    ids = TextColumn.from_strings(identity for identity, _ in parts)
    rest = TextColumn.from_strings([""] * len(parts)) if whole else file.descriptions
    labels = [label for _, label in parts]
    return relabel(file, labels, tell_labels("behind_bar", labels), ids=ids, descriptions=rest)


def tell_labels(place: Literal["behind_bar", "behind_blank"], labels: Sequence[str]) -> Note:
    """What is told of labels that were found in headers where none had to be."""
    messages = {
        "behind_bar": "{n} headers have two parts, and the part behind the bar is read as the class.",
        "behind_blank": "{n} [header has|headers have] one of a few texts behind the blank, read as the class.",
    }
    return Note(
        f"labels_{place}",
        Severity.INFO,
        messages[place],
        f"The classes: {quoted(dict.fromkeys(labels), most=_SHOWN)}. Set where labels come from if this is not meant.",
        tuple(range(len(labels))),
        setting="data.label_source",
    )


def first_texts(column: TextColumn) -> list[str]:
    """The first of a column, which tell whether all are worth a look."""
    return [column[row] for row in range(min(_FIRST, len(column)))]
