"""The model card, with DOME and REFORMS: filled in from a run, as Markdown, as JSON, and as sections of a report.

Source: Mitchell et al. 2019, Model cards for model reporting, FAT*, doi:10.1145/3287560.3287596.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bioseq.report import sentences
from bioseq.report.checklists import Item, dome, reforms
from bioseq.report.document import TO_FILL
from bioseq.report.methods import methods_paragraph, references
from bioseq.report.plain import shown
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from bioseq.report.material import Material

_FEW = 50
"""Records of a class below which its metrics are said to be imprecise."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the card."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the card."""

    title: str
    entries: tuple[Entry, ...]


def model_card(material: Material) -> tuple[Part, ...]:
    """The parts of the card; what is not known is left out, what only a person knows is marked."""
    parts = (
        Part("Model", _model(material)),
        Part("Intended use", _use(material)),
        Part("Training data", _data(material)),
        Part("Evaluation", _evaluation(material)),
        Part("Limits", _limits(material)),
    )
    return tuple(Part(part.title, tuple(entry for entry in part.entries if entry.text)) for part in parts)


def _model(material: Material) -> tuple[Entry, ...]:
    chosen = material.specification
    program = str(material.facts.get("program", "")) or (material.model.program if material.model else "")
    return (
        Entry("Name", shown(material.name)),
        Entry("Kind", f"{material.title}. {chosen.summary if chosen else ''}".strip()),
        Entry("Paper", sentences.citation(material)),
        Entry("Size", f"{material.weights:,} weights" if material.weights else ""),
        Entry("Made with", f"BioSeq Studio {program}" if program else ""),
        Entry("Made on", str(material.facts.get("ended", "")) or (material.model.created if material.model else "")),
        Entry(
            "Contact and licence",
            f"{TO_FILL}: who is responsible for the model, and under which licence it is distributed.",
        ),
    )


def _use(material: Material) -> tuple[Entry, ...]:
    main = material.main
    threshold = ""
    if main is not None and main.evaluation.positive:
        threshold = (
            f"A sequence is classified as {shown(main.evaluation.positive)} if its probability is at least "
            f"{main.evaluation.threshold:.3g}."
        )
    return (
        Entry("Task", f"{sentences.task(material)[0].upper()}{sentences.task(material)[1:]}."),
        Entry("Input", _input(material)),
        Entry(
            "Output",
            f"{sentences.output(material)} {threshold}".strip(),
        ),
        Entry("Use", "bioseq predict model.bioseq sequences.fasta -o predictions.csv"),
        Entry("Purpose", f"{TO_FILL}: who should use the model, and for what."),
        Entry("Out of scope", f"Sequences unlike those it was trained on. {TO_FILL}: other uses to avoid."),
    )


def _input(material: Material) -> str:
    text = f"{sentences.molecule(material)} sequences"
    found = material.lengths
    if found is None:
        return f"{text}."
    longest = sentences.length(material, found.longest)
    if found.shortest == found.longest:
        return f"{text} of {longest}."
    shortened = " after shortening" if found.shortened else ""
    return f"{text}; those in the data were {found.shortest:,} to {longest} long{shortened}."


def _data(material: Material) -> tuple[Entry, ...]:
    return (
        Entry("Records", sentences.records(material)),
        Entry("Checks", sentences.cleaning(material)),
        Entry("Split", sentences.split(material)),
        Entry("Origin", f"{TO_FILL}: where the sequences and labels come from, and their terms of use."),
    )


def _evaluation(material: Material) -> tuple[Entry, ...]:
    return (
        Entry("Result", sentences.result(material)),
        Entry("Per class", _per_class(material)),
        Entry("Simple models", sentences.baselines(material)),
    )


def _per_class(material: Material) -> str:
    main = material.main
    if main is None:
        return ""
    found = [
        f"{shown(label)} ({figures['sensitivity']:.0%})"
        for label, figures in main.evaluation.model.per_class.items()
        if figures.get("sensitivity", float("nan")) == figures.get("sensitivity", float("nan"))
    ]
    return f"Sensitivity: {listed(found, most=40)}." if found else ""


def _limits(material: Material) -> tuple[Entry, ...]:
    return (
        Entry("Warnings", " ".join(dict.fromkeys(warning.message for warning in material.state.warnings))),
        Entry("Few records", _rare(material)),
        Entry(
            "Bias and ethics", f"{TO_FILL}: whom or what wrong predictions could harm, and what the data do not cover."
        ),
    )


def _rare(material: Material) -> str:
    main = material.main
    if main is None:
        return "The model was not evaluated: its performance is unknown."
    sizes = zip(main.evaluation.labels, map(sum, main.evaluation.model.confusion), strict=False)
    rare = [f"{shown(label)} ({size:,})" for label, size in sizes if size < _FEW]
    kind = main.evaluation.split
    if not rare:
        return ""
    return f"Fewer than {_FEW} {kind} records: {listed(rare, most=40)}. The metrics of these classes are imprecise."


def card_markdown(material: Material) -> str:
    """Card, methods paragraph, DOME and REFORMS as Markdown."""
    lines = [f"# Model card: {_inline(material.name)}", ""]
    for part in model_card(material):
        lines += [f"## {part.title}", ""]
        lines += [f"- **{entry.title}**: {_inline(entry.text)}" for entry in part.entries]
        lines.append("")
    lines += ["## Methods", "", _inline(methods_paragraph(material)), ""]
    lines += [f"{number}. {_inline(reference)}" for number, reference in enumerate(references(material), start=1)]
    for title, items in (("DOME", dome(material)), ("REFORMS", reforms(material))):
        lines += ["", f"## {title}", "", _filled(items), "", "| | Item | Answer |", "|---|---|---|"]
        lines += [f"| {item.code} | {item.group}: {item.title} | {_inline(item.answer)} |" for item in items]
    return "\n".join([*lines, ""])


def card_fields(material: Material) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "format": 1,
        "name": material.name,
        "card": {part.title: {entry.title: entry.text for entry in part.entries} for part in model_card(material)},
        "methods": methods_paragraph(material),
        "references": list(references(material)),
        "dome": [{**asdict(item), "filled": item.filled} for item in dome(material)],
        "reforms": [{**asdict(item), "filled": item.filled} for item in reforms(material)],
    }


def _filled(items: tuple[Item, ...]) -> str:
    return f"{sum(item.filled for item in items)} of {len(items)} items are filled in."


def _inline(text: str) -> str:
    """A text as text within a line of Markdown: labels and ids come from strangers."""
    one_line = shown(text, longest=10_000)
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in one_line)
