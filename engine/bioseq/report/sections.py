"""The parts of a report of one run: summary, data, settings, results, warnings, methods, model card, provenance."""

from __future__ import annotations

import math
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from bioseq.config import files as config_files
from bioseq.config.differences import differences, value_text
from bioseq.config.fields import describe_fields, section_title
from bioseq.config.schema import Configuration
from bioseq.evaluation.metrics import METRICS, PER_CLASS
from bioseq.evaluation.verdict import findings_of
from bioseq.report import sentences
from bioseq.report.card import model_card
from bioseq.report.checklists import Item, dome, reforms
from bioseq.report.document import (
    Block,
    Bullets,
    Callout,
    Document,
    Facts,
    Folded,
    Listing,
    Paragraph,
    Picture,
    Section,
    Table,
    Tiles,
)
from bioseq.report.figures import sheets_of
from bioseq.report.methods import methods_paragraph, references
from bioseq.report.plain import count, duration, figure_text, shown, size
from bioseq.report.sheet import BARS, interval
from bioseq.report.verdict import verdict
from bioseq.runs.bundle import without_folders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bioseq.evaluation.results import Evaluation, Scores
    from bioseq.report.material import Material
    from bioseq.report.sheet import Sheet

_TRAINING_FIGURES, _DATA_FIGURES = frozenset({"curves"}), frozenset({"similarity"})
_MOST_CLASSES = 60


def run_report(material: Material) -> Document:
    """The report of one run."""
    ended = str(material.facts.get("ended", "")).replace("T", " ").removesuffix("+00:00")
    parts = (material.title, sentences.task(material), f"{ended} UTC" if ended else "")
    return Document(
        title=shown(material.name),
        subtitle=" · ".join(part for part in parts if part),
        sections=tuple(sections_of(material)),
        colophon=colophon(material),
    )


def colophon(material: Material) -> str:
    """The last line of a report."""
    program = f"BioSeq Studio {material.facts.get('program', '')}".strip()
    return f"Written by {program}. This file is complete in itself and loads nothing."


def sections_of(material: Material) -> Iterator[Section]:
    """The parts of the report of one run, in order."""
    drawings = tuple(sheets_of(material))
    yield Section("summary", "Summary", tuple(_summary(material)))
    yield Section("data", "Data and split", tuple(_data(material, drawings)))
    if material.judged:
        yield Section("results", "Results", tuple(_results(material, drawings)))
    yield Section("training", "Training", tuple(_training(material, drawings)))
    yield Section("settings", "Settings", tuple(_settings(material)))
    yield Section("warnings", "Warnings", tuple(_warnings(material)))
    yield Section("methods", "Methods", tuple(_methods(material)))
    yield Section("card", "Model card", tuple(_card(material)))
    yield Section("provenance", "Provenance", tuple(_provenance(material)))


# ------------------------------------------------------------------------------------------------ summary, data


def _summary(material: Material) -> Iterator[Block]:
    told = verdict(material)
    yield Callout(told.text, told.tone)
    main = material.main
    if main is not None:
        yield Tiles(tuple(_tile(main.evaluation.model, name) for name in BARS if name in main.evaluation.model.metrics))
        yield Paragraph(sentences.result(material))
    learnt = sum(material.counts("train"))
    facts = [f"{material.title} was trained"]
    facts += [f"on {count(learnt, 'record')}"] if learnt else []
    facts += [f"in {taken}"] if (taken := sentences.time_taken(material)) else []
    facts += [f"using {sentences.machine(material)}"] if material.facts else []
    reason = shown(str(material.state.summary.get("reason", "")), longest=200)
    yield Paragraph(f"{' '.join(facts)}.{f' Reason for stopping: {reason}.' if reason else ''}")


def _tile(scores: Scores, name: str) -> tuple[str, str, str]:
    bounds = interval(scores, name)
    remark = f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else ""
    return figure_text(scores.metrics[name]), METRICS[name].title, remark


def _data(material: Material, drawings: tuple[Sheet, ...]) -> Iterator[Block]:
    yield Paragraph(
        " ".join(part for part in (sentences.records(material), sentences.split(material)) if part)
        or "Nothing is known about the data: the run ended before they were read."
    )
    if table := _class_table(material):
        yield table
    if files := material.data.get("files"):
        yield Table(
            ("file", "format", "records", "letters", "size"),
            tuple(
                (
                    _file_name(item),
                    str(item.get("format", "")),
                    f"{item.get('records', 0):,}",
                    f"{item.get('residues', 0):,}",
                    size(item.get("bytes", 0)),
                )
                for item in files
            ),
            numbers=3,
            caption="Data files",
        )
    yield Paragraph(sentences.cleaning(material))
    yield from _likeness(material, drawings)
    if notes := [event.message for event in material.state.log if event.level == "info"][:12]:
        yield Bullets(tuple(dict.fromkeys(shown(note, longest=400) for note in notes)))


def _likeness(material: Material, drawings: tuple[Sheet, ...]) -> Iterator[Block]:
    """How like the judged records are to those of the training, and the figures without those that are too like."""
    found = material.nearness
    if found is None:
        return
    yield Paragraph(sentences.similarity(material))
    yield from (Picture(sheet) for sheet in drawings if sheet.name in _DATA_FIGURES)
    if found.similar and found.figures_without:
        names = [name for name in BARS if name in found.figures.get("model", {})]
        kinds = (("all compared", found.figures), ("without similar records", found.figures_without))
        yield Table(
            ("records", *(METRICS[name].title for name in names)),
            tuple((kind, *(figure_text(by.get("model", {}).get(name)) for name in names)) for kind, by in kinds),
            numbers=len(names),
            caption="Metrics of the model with and without records that are similar to training records",
        )
    if found.worst:
        rows = tuple(
            (shown(pair.record), shown(pair.label), shown(pair.training), shown(pair.training_label),
             f"{pair.identity:.0%}")
            for pair in found.worst
        )  # fmt: skip
        header = ("record", "class", "most similar training record", "its class", "identity")
        yield Folded(f"The {count(len(rows), 'most similar pair')}", (Table(header, rows, numbers=1),))


def _class_table(material: Material) -> Table | None:
    labels = [str(label) for label in material.data.get("labels", ())]
    splits = [name for name in ("train", "validation", "test", "unassigned") if sum(material.counts(name))]
    if not labels or not splits:
        return None
    columns = {name: material.counts(name) for name in splits}
    rows = [
        (shown(label), *(f"{columns[name][place]:,}" for name in splits))
        for place, label in enumerate(labels[:_MOST_CLASSES])
    ]
    rows.append(("all", *(f"{sum(columns[name]):,}" for name in splits)))
    more = f"; the first {_MOST_CLASSES} of {len(labels):,} classes" if len(labels) > _MOST_CLASSES else ""
    return Table(
        ("class", *splits), tuple(rows), numbers=len(splits), strong=frozenset({len(rows) - 1}),
        caption=f"Records per class and split{more}",
    )  # fmt: skip


def _file_name(item: dict[str, Any]) -> str:
    return shown(PurePath(str(item.get("path", "")).replace("\\", "/")).name)


# ------------------------------------------------------------------------------------------------ results


def _results(material: Material, drawings: tuple[Sheet, ...]) -> Iterator[Block]:
    main = material.main
    if main is None:
        return
    elsewhere = _TRAINING_FIGURES | _DATA_FIGURES
    yield _predictor_table(main.evaluation)
    yield from (Picture(sheet) for sheet in drawings if sheet.name not in elsewhere)
    if material.control is not None and material.control.shuffled:
        yield Callout(material.control.sentence, "warning" if material.control.leaks else "info")
    yield _metric_table(material)
    yield _per_class_table(main.evaluation)


def _metric_table(material: Material) -> Table:
    """Every figure of the model: on each split, with its interval where there is one, and what it says."""
    main = next(iter(material.judged.values())).evaluation
    others = [(split, one.evaluation) for split, one in list(material.judged.items())[1:]]
    has_intervals = any(interval(main.model, name) for name in main.model.metrics)
    rows = []
    for name, value in main.model.metrics.items():
        bounds = interval(main.model, name)
        cells = [METRICS[name].help if name in METRICS else "", figure_text(value)]
        if has_intervals:
            cells.append(f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "–")
        cells += [figure_text(other.model.metrics.get(name)) for _, other in others]
        rows.append((METRICS[name].title if name in METRICS else shown(name), *cells))
    header = (
        "metric", "meaning", main.split, *(("95 % CI",) if has_intervals else ()),
        *(split for split, _ in others),
    )  # fmt: skip
    return Table(header, tuple(rows), numbers=len(header) - 2, caption="All metrics of the model")


def _predictor_table(evaluation: Evaluation) -> Table:
    names = [name for name in BARS if name in evaluation.model.metrics]
    predictors = (evaluation.model, *evaluation.baselines)
    return Table(
        ("model", *(METRICS[name].title for name in names), "training time"),
        tuple(
            (
                shown(one.title),
                *(figure_text(one.metrics.get(name)) for name in names),
                duration(one.seconds) if one.seconds else "–",
            )
            for one in predictors
        ),
        numbers=len(names) + 1,
        strong=frozenset({0}),
        caption=f"The model and simple models on the same {evaluation.records:,} {evaluation.split} records",
    )


def _per_class_table(evaluation: Evaluation) -> Table:
    names = [name for name in PER_CLASS if any(name in figures for figures in evaluation.model.per_class.values())]
    sizes = dict(zip(evaluation.labels, map(sum, evaluation.model.confusion), strict=False))
    rows = tuple(
        (shown(label), f"{sizes.get(label, 0):,}", *(figure_text(figures.get(name)) for name in names))
        for label, figures in list(evaluation.model.per_class.items())[:_MOST_CLASSES]
    )
    header = ("class", "records", *(METRICS[name].title for name in names))
    return Table(header, rows, numbers=len(header) - 1, caption="Each class against all others")


# ------------------------------------------------------------------------------------------------ training, settings


def _training(material: Material, drawings: tuple[Sheet, ...]) -> Iterator[Block]:
    yield Paragraph(f"{sentences.model(material)} {sentences.training(material)}")
    yield from (Picture(sheet) for sheet in drawings if sheet.name in _TRAINING_FIGURES)
    best, stage = material.state.best, "round" if material.state.in_rounds else "epoch"
    if best is not None:
        names = [name for name in METRICS if math.isfinite(best.train.get(name, math.nan))]
        yield Table(
            ("metric", "training", "validation"),
            tuple(
                (METRICS[name].title, figure_text(best.train.get(name)), figure_text(best.validation.get(name)))
                for name in names
            ),
            numbers=2,
            caption=f"Metrics at the weights that were kept ({stage} {best.epoch:,})",
        )


def _settings(material: Material) -> Iterator[Block]:
    config = without_folders(material.config)
    changed = {change.path for change in differences(Configuration(), config)}
    yield Paragraph("Settings that differ from the program's defaults are in bold.")
    sections: dict[str, list[tuple[str, str, bool]]] = {}
    for field in describe_fields():
        if field.path == "model.hyper":
            given = {f"model.hyper.{name}" for name in config.model.hyper}
            own = {
                setting.title: f"model.hyper.{setting.name}" for setting in getattr(material.specification, "hyper", ())
            }
            rows = [(name, value, own.get(name, "") in given) for name, value in sentences.hyper(material)]
        else:
            value = getattr(getattr(config, field.section), field.name)
            rows = [(field.title, shown(value_text(field, value), longest=200), _differs(field.path, changed))]
        sections.setdefault(field.section, []).extend(rows)
    for section, rows in sections.items():
        title = section_title(section)
        marked = frozenset(name for name, _, differs in rows if differs)
        yield Folded(
            f"{title} ({len(marked)} changed)" if marked else title,
            (Facts(tuple((name, value) for name, value, _ in rows), marked),),
        )
    yield Folded("The configuration as a file", (Listing(_without_comments(config_files.dumps(config))),))


def _without_comments(text: str) -> str:
    """A configuration without its help; comments stand in lines of their own."""
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _differs(path: str, changed: set[str]) -> bool:
    return any(one == path or one.startswith(f"{path}.") for one in changed)


def _warnings(material: Material) -> Iterator[Block]:
    main = material.main
    found = findings_of(main.evaluation) if main else ()
    said = [(one.message, one.remedy) for one in found if one.code != "evaluation.better"]
    said += [(event.message, event.remedy) for event in material.state.warnings]
    texts = dict.fromkeys(f"{shown(text, longest=600)} {shown(remedy, longest=400)}".strip() for text, remedy in said)
    if not texts:
        yield Paragraph("No problems were found with the data, the settings or the results.")
    for text in texts:
        yield Callout(text, "warning")


# ------------------------------------------------------------------------------------------------ methods, card


def _methods(material: Material) -> Iterator[Block]:
    yield Paragraph(methods_paragraph(material))
    yield Bullets(references(material))


def _card(material: Material) -> Iterator[Block]:
    for part in model_card(material):
        if part.entries:
            yield Folded(part.title, (Facts(tuple((entry.title, entry.text) for entry in part.entries)),))
    for title, items in (("DOME", dome(material)), ("REFORMS", reforms(material))):
        filled = sum(item.filled for item in items)
        yield Folded(f"{title} checklist: {filled} of {len(items)} items filled in", (_checklist(items),))


def _checklist(items: tuple[Item, ...]) -> Table:
    rows = tuple((item.code, f"{item.group}: {item.title}", item.answer) for item in items)
    return Table(("", "item", "answer"), rows)


def _provenance(material: Material) -> Iterator[Block]:
    facts = material.facts
    if not facts:
        yield Paragraph("There is no record of software versions and hardware, because the run did not finish.")
        return
    yield Facts(tuple((name, value) for name, value in _origin(facts) if value))
    if files := material.data.get("files"):
        rows = tuple(
            (_file_name(item), of, str(item.get(digest, "")))
            for item in files
            for of, digest in (("the file", "sha256"), ("its records", "records_sha256"))
        )
        yield Table(("file", "fingerprint of", "SHA-256"), rows, caption="Inputs")
    if outputs := facts.get("results"):
        yield Folded("SHA-256 of the results", (Facts(tuple((name, str(value)) for name, value in outputs.items())),))
    packages = facts.get("packages") or facts.get("libraries", {})
    listing = [f"{shown(str(name))} {shown(str(value))}" for name, value in packages.items() if value]
    yield Folded(f"Versions of {len(listing)} packages", (Paragraph(f"{', '.join(listing)}."),))


def _origin(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    seeds = facts.get("seeds", {})
    cores = facts.get("cores", {})
    memory = facts.get("memory_bytes", 0)
    yield "Program", f"BioSeq Studio {facts.get('program', '')}"
    yield "Revision", str(facts.get("revision", ""))
    yield "Python", str(facts.get("python", ""))
    yield "System", str(facts.get("system", ""))
    yield "Processor", f"{facts.get('processor', '')}, {cores.get('physical') or cores.get('logical')} cores"
    yield "Memory", size(memory) if memory else ""
    yield "Device", str(facts.get("device", ""))
    yield "Graphics cards", ", ".join(str(card) for card in facts.get("accelerators", ()))
    yield "Threads", str(facts.get("threads", ""))
    yield "Precision", str(facts.get("precision", ""))
    yield "Seeds", ", ".join(f"{name} {seed}" for name, seed in seeds.items())
    yield "Deterministic", str(facts.get("deterministic", ""))
    yield "Started", str(facts.get("started", ""))
    yield "Ended", str(facts.get("ended", ""))
    yield "Training time", duration(float(facts.get("seconds") or 0.0))
