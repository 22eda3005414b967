"""What the architectures around a pretrained encoder share: settings, counts, checks and doubts.

Without a folder `dnabert` and `protbert` are small encoders of the same make that learn everything from the records at
hand; then the settings of tuning mean nothing, and the title says "from scratch".
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, head
from bioseq.catalogue.encoder import Encoder, scratch_encoder
from bioseq.catalogue.encoder_folder import FOLDER, EncoderFolder, read_folder, weights_digest
from bioseq.catalogue.encoder_words import special, token_numbers
from bioseq.catalogue.specification import HyperParameter, Kept, TaskShape
from bioseq.errors import BioseqError, Problem, Severity
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bioseq.catalogue.specification import HyperValue

SCRATCH = "from scratch"
SCRATCH_WINDOW = 510
"""Tokens that an encoder from scratch reads at once when nothing else is said: with the two around them, BERT's 512."""

_LONGEST_WINDOW = 2_046
"""Tokens read at once at most when nothing else is said: ProtBERT has 40,000 positions, learnt from 2,048 at most."""

_HEAVY = 50_000_000
"""Weights from which fine-tuning on a processor takes longer than a night for a few thousand records."""

_TUNING_WORDS = {"frozen": "frozen", "full": "fine-tuned", "lora": "LoRA"}


def folder_settings(*, weights: str, needed: bool) -> tuple[HyperParameter, ...]:
    """The settings of everything around a pretrained encoder.

    Args:
        weights: Whose published weights suit, for the help.
        needed: There is no version from scratch.
    """
    without = "" if needed else " Empty: a small network of the same make learns from your records alone."
    return (
        HyperParameter(
            "folder",
            "Folder of the pretrained model",
            f"Folder with config.json, the weights (.safetensors) and the vocabulary of {weights}.{without}",
            "",
            advanced=False,
            kind="folder",
        ),
        HyperParameter(
            "tuning",
            "What is learnt",
            "Frozen: the pretrained network only describes each sequence, once, and a small layer learns from that: "
            "right for a processor. All weights: slow, wants a graphics card. LoRA: small additions learn, the rest "
            "stays. Only with a folder.",
            "frozen",
            choices=(
                ("frozen", "Last layer only (frozen)"),
                ("full", "All weights"),
                ("lora", "Small additions (LoRA)"),
            ),
            advanced=False,
        ),
        HyperParameter(
            "pooling",
            "Summary",
            "How the places become one vector: their mean, the extra token at the start, or learnt weights. Learnt "
            "weights need the whole network in each epoch, also when it is frozen.",
            "mean",
            choices=(("mean", "Mean"), ("cls", "Extra token"), ("attention", "Learnt weights")),
        ),
        HyperParameter(
            "window",
            "Longest piece",
            "Tokens that the network reads at once; longer sequences are read in overlapping pieces whose vectors are "
            "averaged. 0: as many as the network was made for, 2,046 at most.",
            0,
            0,
            4_096,
            unit="tokens",
        ),
        HyperParameter(
            "overlap",
            "Overlap of pieces",
            "Share of a piece that the next one repeats, so that nothing is cut in two.",
            0.25,
            0.0,
            0.75,
        ),
        HyperParameter(
            "rank", "LoRA rank", "Size of the small additions: more can learn more. Only with LoRA.", 8, 1, 256
        ),
        HyperParameter(
            "encoder_rate",
            "Pace of pretrained weights",
            "Learning rate of the pretrained weights as a share of that of the last layer: small, so that what they "
            "know is kept. Only when all weights are learnt.",
            0.02,
            0.0001,
            1.0,
        ),
        dropout(0.1),
    )


def scratch_settings(*, width: int, layers: int) -> tuple[HyperParameter, ...]:
    """The sizes of the version from scratch."""
    only = "Only from scratch."
    return (
        HyperParameter(
            "width", "Width", f"Numbers that describe each place; a multiple of the heads. {only}", width, 2, 1024
        ),
        HyperParameter(
            "heads", "Heads", f"Kinds of relation that each layer can follow. {only}", 4, 1, 32, unit="heads"
        ),
        HyperParameter("layers", "Layers", f"Rounds of looking. {only}", layers, 1, 12, unit="layers"),
        HyperParameter(
            "feed_forward", "Feed-forward", f"Units between two rounds. {only}", 2 * width, 2, 4096, unit="units"
        ),
        HyperParameter(
            "positions",
            "Positions",
            f"How places are told apart: by distance, which takes few records, or by number as in BERT. {only}",
            "rotary",
            choices=(("rotary", "By distance"), ("learnt", "By number")),
        ),
    )


def is_from_scratch(task: TaskShape | None, hyper: Mapping[str, Any]) -> bool:
    """Whether there are no pretrained weights: neither a folder nor an encoder that came with a trained model."""
    return not hyper["folder"] and not (task is not None and task.encoder)


def encoder_of(task: TaskShape, hyper: Mapping[str, Any]) -> Encoder:
    """The encoder of these settings: that of a trained model, that of the folder, or a small one from scratch.

    Raises:
        BioseqError: The folder cannot be used for this task, or the description in the task is not legal.
    """
    if task.encoder:
        return _parsed(task.encoder)
    if hyper["folder"]:
        return _encoder_in(read_folder(hyper["folder"]), task)
    if "width" not in hyper:
        raise BioseqError.from_problem(_NO_FOLDER)
    return scratch_encoder(
        task,
        width=hyper["width"],
        heads=hyper["heads"],
        layers=hyper["layers"],
        feed_forward=hyper["feed_forward"],
        window=hyper["window"] or SCRATCH_WINDOW,
        dropout=hyper["dropout"],
        rotary=hyper["positions"] == "rotary",
    )


def settle(task: TaskShape, hyper: Mapping[str, Any]) -> TaskShape:
    """The task with the description of the folder's encoder in it, if there is a folder; reads all weights once.

    Raises:
        BioseqError: The folder cannot be used for this task.
    """
    if task.encoder or not hyper["folder"]:
        return task
    encoder = replace(encoder_of(task, hyper), weights=weights_digest(hyper["folder"]))
    return replace(task, encoder=encoder.to_json())


def learnt(task: TaskShape, hyper: Mapping[str, Any]) -> str:
    """What is learnt of the encoder: "full", "frozen" or "lora"; from scratch there is nothing to keep."""
    return "full" if is_from_scratch(task, hyper) else str(hyper["tuning"])


def window_of(encoder: Encoder, hyper: Mapping[str, Any]) -> int:
    """Tokens of a sequence that the encoder is given at once."""
    return min(hyper["window"] or _LONGEST_WINDOW, encoder.longest)


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Weights of the encoder, frozen ones too, of what LoRA adds, of the norm, the summary and the head."""
    encoder = encoder_of(task, hyper)
    added = encoder.count_adapters(hyper["rank"]) if learnt(task, hyper) == "lora" else 0
    return encoder.count_parameters() + added + _on_top(encoder, task, hyper)


def kept(task: TaskShape, hyper: Mapping[str, Any]) -> Kept:
    """The encoder, unless all of it learns; frozen, it works once per record, unless learnt weights sum it up."""
    tuning = learnt(task, hyper)
    if tuning == "full":
        return Kept()
    return Kept(encoder_of(task, hyper).count_parameters(), once=_describes(hyper))


def works_once(hyper: Mapping[str, Any]) -> bool:
    """Whether an encoder from a folder describes each record once and learns nothing; not so of any other model."""
    return bool(hyper.get("folder")) and _describes(hyper)


def _describes(hyper: Mapping[str, Any]) -> bool:
    """Nothing of the encoder learns, nor what sums up its places: a record has one vector."""
    return hyper.get("tuning") == "frozen" and hyper.get("pooling") != "attention"


def learns_tokens(task: TaskShape, hyper: Mapping[str, Any]) -> bool:
    """Vectors of tokens are learnt where all of the encoder is."""
    return learnt(task, hyper) == "full"


def checked_by(
    *, families: tuple[str, ...] = (), molecules: tuple[str, ...] = (), words: str = "", needed: bool = False
) -> Callable[[TaskShape, Mapping[str, Any]], tuple[str | Problem, ...]]:
    """The check of an architecture around an encoder.

    Args:
        families: Kinds of encoder that it takes; empty for all.
        molecules: What its records may be when there is a folder; empty for anything.
        words: "letters" or "kmers", when the folder must read that.
        needed: There is no version from scratch.
    """

    def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str | Problem, ...]:
        if is_from_scratch(task, hyper):
            return (_NO_FOLDER,) if needed else _scratch_problems(hyper)
        try:
            encoder = encoder_of(task, hyper)
        except BioseqError as error:
            return (Problem(error.code, error.message, error.where or FOLDER, error.remedy),)
        return (
            *_encoder_problems(encoder, task, hyper),
            *_other_make(encoder, task, families=families, molecules=molecules, words=words),
        )

    return check


def doubts(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What the person should know of legal settings: weights that are missing, and work that takes too long."""
    found = []
    if hyper["folder"] and not task.encoder and (missing := read_folder(hyper["folder"]).missing):
        found.append(
            Problem(
                "encoder.missing_weights",
                f"{len(missing):,} of the encoder's weights are not in the folder "
                f"({listed(missing, most=3)}); they start from chance.",
                FOLDER,
                "Choose a folder with all weights, unless you know why these are not there.",
                Severity.WARNING,
            )
        )
    if not is_from_scratch(task, hyper) and hyper["tuning"] != "frozen":
        count = encoder_of(task, hyper).count_parameters()
        if count > _HEAVY:
            found.append(
                Problem(
                    "encoder.heavy",
                    f"Fine-tuning a network of {count / 1e6:,.0f} M weights is no job for a processor; "
                    "frozen features are.",
                    "model.hyper.tuning",
                    "Without a graphics card choose frozen.",
                    Severity.WARNING,
                )
            )
    return tuple(found)


def variant(hyper: Mapping[str, Any], task: TaskShape | None) -> str:
    """What the title adds: "from scratch", or which weights and what became of them."""
    if is_from_scratch(task, hyper):
        return SCRATCH
    name = _parsed(task.encoder).name if task is not None and task.encoder else Path(str(hyper["folder"])).name
    return f"{name}, {_TUNING_WORDS.get(hyper['tuning'], hyper['tuning'])}"


_NO_FOLDER = Problem(
    "encoder.folder_needed",
    "No pretrained model is chosen.",
    FOLDER,
    "Choose the folder of a model, or download one: bioseq models --download NAME -o FOLDER.",
)


def _scratch_problems(hyper: Mapping[str, HyperValue]) -> tuple[str, ...]:
    width, heads = int(hyper["width"]), int(hyper["heads"])
    if width % heads:
        return (f"The width {width} cannot be shared evenly by {heads} heads.",)
    if hyper["positions"] == "rotary" and (width // heads) % 2:
        return ("With positions by distance the width per head must be even.",)
    return ()


def _encoder_problems(encoder: Encoder, task: TaskShape, hyper: Mapping[str, Any]) -> tuple[Problem, ...]:
    if len(encoder.ids) != task.vocabulary:
        return (Problem("encoder.other_tokens", "The encoder reads other tokens than the task has.", FOLDER),)
    if hyper["pooling"] == "cls" and encoder.first < 0:
        title = encoder.kind.title
        return (
            Problem(
                "encoder.no_extra_token",
                f"A {title} has no extra token at the start.",
                "model.hyper.pooling",
                "Choose the mean or learnt weights.",
            ),
        )
    return ()


def _other_make(
    encoder: Encoder, task: TaskShape, *, families: tuple[str, ...], molecules: tuple[str, ...], words: str
) -> tuple[Problem, ...]:
    """A folder with another make of encoder than the architecture is named after."""
    spelling = "kmers" if task.word_length > 1 else "letters"
    fits = (
        (not families or encoder.family in families)
        and (not molecules or task.molecule in molecules)
        and words in ("", spelling)
    )
    if fits:
        return ()
    return (
        Problem(
            "encoder.other_make",
            f"The folder holds another make of model ({encoder.kind.title}, read as {spelling} of {task.molecule}).",
            FOLDER,
            'Choose the model "pretrained", which takes any of them, or another folder.',
        ),
    )


def _encoder_in(folder: EncoderFolder, task: TaskShape) -> Encoder:
    if not task.molecule:
        raise BioseqError(
            "encoder.no_molecule", "It is not known what the sequences are made of.", where="data.molecule"
        )
    pad = int(folder.config["pad_token_id"])
    ids, step = token_numbers(folder.words, folder.family, task, pad=pad)
    encoder = Encoder(
        family=folder.family.name,
        config=folder.config,
        ids=ids,
        pad=pad,
        first=special(folder.words, folder.family.first),
        last=special(folder.words, folder.family.last),
        step=step,
        name=folder.path.resolve().name[:200],
    )
    return Encoder.from_json(encoder.to_json())


@lru_cache(maxsize=8)
def _parsed(text: str) -> Encoder:
    return Encoder.from_json(text)


def _on_top(encoder: Encoder, task: TaskShape, hyper: Mapping[str, Any]) -> int:
    pooling = encoder.width if hyper["pooling"] == "attention" else 0
    return 2 * encoder.width + pooling + head(encoder.width, task)
