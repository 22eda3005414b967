"""Reports as files: HTML, PDF, Markdown or JSON, by the ending of the name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bioseq.durable import write_bytes
from bioseq.errors import BioseqError
from bioseq.json_values import json_value
from bioseq.report.card import card_fields, card_markdown
from bioseq.report.comparison import comparison_report
from bioseq.report.document import texts_of
from bioseq.report.sections import run_report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bioseq.report.document import Document
    from bioseq.report.fonts import Fallback
    from bioseq.report.material import Material

FORMATS = ("html", "pdf", "md", "json")


def check_format(path: Path) -> str:
    """The kind of report that a name asks for.

    Raises:
        BioseqError: None of those there are.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise BioseqError(
            "report.unknown_format",
            f"Reports are not written as “{path.suffix or path.name}”.",
            where=str(path),
            remedy="End the name with .html or .pdf for a report, .md or .json for the model card.",
        )
    return kind


def letters_of(materials: Sequence[Material]) -> Fallback:
    """Fonts for the letters of a report, and the letters that no installed font has. Imports matplotlib."""
    from bioseq.report.fonts import fallback

    return fallback(texts_of(document_of(materials)))


def write_report(path: Path, materials: Sequence[Material]) -> None:
    """Write the report of one run, or of several with a comparison, durably.

    Raises:
        BioseqError: The ending is unknown, or the place cannot be written.
    """
    kind = check_format(path)
    try:
        write_bytes(path, _content(kind, materials))
    except OSError as error:
        raise BioseqError(
            "report.not_written",
            "The report could not be written.",
            where=str(path),
            remedy=f"Choose another place ({error.strerror or error}).",
        ) from error


def document_of(materials: Sequence[Material]) -> Document:
    """The report of one run, or of several."""
    return run_report(materials[0]) if len(materials) == 1 else comparison_report(materials)


def _content(kind: str, materials: Sequence[Material]) -> bytes:
    match kind:
        case "html":
            from bioseq.report.html import to_html

            return to_html(document_of(materials)).encode("utf-8", "replace")
        case "pdf":
            from bioseq.report.pdf import to_pdf

            return to_pdf(document_of(materials))
        case "md":
            return "\n\n".join(card_markdown(material) for material in materials).encode("utf-8", "replace")
        case _:
            fields = [json_value(card_fields(material)) for material in materials]
            content = fields[0] if len(fields) == 1 else fields
            return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False).encode() + b"\n"
