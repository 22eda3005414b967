"""Classes in headers that are written less strictly: `>id|cell membrane|train` and `>id class`.

The first is as clear as a class without a blank: the last field names a split, and the blank stands within the class.
The second is read only where nothing else tells labels and all headers agree.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.labels import split_of
from bioseq.sequences.records import NO_CODE, Records, relabel
from bioseq.sequences.text_column import TextColumn
from bioseq.sequences.two_part_headers import first_texts, tell_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLANK_CLASS = re.compile(r"([^\s]*)\|([^|]+)\|\s*([A-Za-z\u0080-\uffff]+)(?:\s+(.*))?")
_MOST_CLASSES = 20
_LEAST_PER_CLASS = 3
_LONGEST_CLASS = 40


def read_classes_with_blanks(file: Records) -> Records:
    """Records with the label and the split of headers whose class holds a blank; others as they are."""
    open_ = np.flatnonzero((file.label_codes == NO_CODE) & (np.diff(file.descriptions.offsets) > 0))
    if not len(open_) or not (file.descriptions.buffer == ord("|")).any():
        return file
    found: dict[int, tuple[str, str, int, str]] = {}
    for row in open_.tolist():
        match = _BLANK_CLASS.fullmatch(f"{file.ids[row]} {file.descriptions[row]}")
        split = split_of(match[3]) if match else None
        if match and split is not None and " " in match[2]:
            found[row] = (match[1], match[2].strip(), int(split), match[4] or "")
    if not found:
        return file
    texts = {text: code for code, text in enumerate(file.label_texts)}
    codes, splits = file.label_codes.copy(), file.splits.copy()
    ids, descriptions = list(file.ids), list(file.descriptions)
    for row, (identity, label, value, rest) in found.items():
        ids[row], descriptions[row] = identity, rest
        codes[row] = texts.setdefault(label, len(texts))
        splits[row] = value
    return replace(
        file,
        ids=TextColumn.from_strings(ids),
        descriptions=TextColumn.from_strings(descriptions),
        label_codes=codes,
        label_texts=tuple(texts),
        splits=splits,
        notes=tuple(note for note in file.notes if note.code != "labels_after_blank"),
    )


def read_classes_behind_blank(files: Sequence[Records]) -> tuple[Records, ...] | None:
    """Records with what follows the blank in each header as their class.

    Args:
        files: Records of FASTA files; none of them has labels yet.

    Returns:
        The same with labels and a note; None where headers hold something else: fewer than three records of a class,
        many or long texts, ids that do not tell records apart.
    """
    if not files or any(not text for file in files for text in first_texts(file.descriptions)):
        return None
    texts = [text.strip() for file in files for text in file.descriptions]
    classes = Counter(texts)
    ids = {identity for file in files for identity in file.ids}
    few = 2 <= len(classes) <= min(_MOST_CLASSES, len(texts) // _LEAST_PER_CLASS)
    if not few or min(classes.values()) < _LEAST_PER_CLASS or len(ids) < len(texts):
        return None
    if any(not text or len(text) > _LONGEST_CLASS or "=" in text or "|" in text for text in classes):
        return None
    labels = [[text.strip() for text in file.descriptions] for file in files]
    return tuple(relabel(file, own, tell_labels("behind_blank", own)) for file, own in zip(files, labels, strict=True))
