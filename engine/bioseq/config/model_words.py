"""The tokens that a pretrained encoder has learnt its words from: what its folder tells decides, not a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.encoder_folder import read_folder
from bioseq.catalogue.encoder_words import word_length
from bioseq.config.autofill import Reason
from bioseq.config.differences import value_text
from bioseq.config.fields import describe, with_value
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration
    from bioseq.sequences.alphabets import Molecule

KIND, LENGTH = "tokens.kind", "tokens.k"


def letters_per_word(config: Configuration, molecule: Molecule) -> int:
    """Letters per word of the encoder in the folder that the model's settings name; 0 where that is not known.

    It is not known without a folder, and of folders that cannot be used: what is wrong with those is told by the check.
    """
    folder = config.model.hyper.get("folder")
    if not isinstance(folder, str) or not folder:
        return 0
    try:
        return word_length(read_folder(folder).words, molecule)
    except BioseqError:
        return 0


def with_words_of_model(config: Configuration, molecule: Molecule) -> tuple[Configuration, tuple[Reason, ...]]:
    """The configuration with the tokens that its pretrained encoder reads, and why; as it is where there is none."""
    length = letters_per_word(config, molecule)
    if not length:
        return config, ()
    what = "single letters" if length == 1 else f"overlapping words of {length} letters"
    chosen = {KIND: "letters"} if length == 1 else {KIND: "kmers", LENGTH: length}
    for path, value in chosen.items():
        config = with_value(config, path, value)
    sentence = f"The pretrained model in this folder has learnt {what}."
    return config, tuple(Reason(path, value_text(describe(path), value), sentence) for path, value in chosen.items())
