"""The command that looks for similar sequences: `bioseq similar`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from bioseq.sequences.wording import listed, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.kinship import Kinship, PairShown
    from bioseq.sequences.files import FileRequest

Files = Annotated[list[Path], typer.Argument(help="Files with sequences.")]


class Desk(Protocol):
    """What the command line lends to this command."""

    def requests(self, files: Sequence[Path]) -> tuple[FileRequest, ...]:
        """Files named on the command line, as they are read."""

    def say(self, text: str) -> None:
        """A line on standard output."""

    def say_json(self, value: Any) -> None:
        """A value as JSON on standard output."""


def add_commands(app: typer.Typer, desk: Desk) -> None:
    """Add the command of this module to the command line."""

    @app.command("similar")
    def similar_command(
        files: Files,
        identity: Annotated[
            float,
            typer.Option("--identity", min=0.0, max=1.0, help="Similar from this identity; 0 takes what is usual."),
        ] = 0.0,
        both_strands: Annotated[
            bool, typer.Option("--both-strands", help="Compare reverse complements too (DNA and RNA).")
        ] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Results as JSON on standard output.")] = False,
    ) -> int:
        """Look for similar sequences: clusters, pairs across the split, pairs between classes."""
        from bioseq.config.fields import with_value
        from bioseq.config.inspection import configuration_for
        from bioseq.config.kinship import kinship_of
        from bioseq.config.loading import read_data

        config = configuration_for(desk.requests(files), {})
        config = with_value(config, "split.identity", identity)
        config = with_value(config, "split.both_strands", both_strands)
        found = kinship_of(read_data(config), config)
        if as_json:
            desk.say_json(asdict(found))
        else:
            _show(found, desk)
        return 0


def _show(found: Kinship, desk: Desk) -> None:
    desk.say(f"{found.sentence}\nFound by {found.method}.")
    if found.largest:
        desk.say("\nLargest clusters")
    for one in found.largest:
        classes = listed([f"{short_name(name)}: {count:,}" for name, count in one.classes.items()], last=", ")
        desk.say(f"  {one.records:>6,}  {one.representative[:40]:<40}  {classes}")
    _show_pairs("Most alike across the split", found.across_pairs, desk)
    _show_pairs("Most alike between classes", found.between_pairs, desk)


def _show_pairs(title: str, pairs: tuple[PairShown, ...], desk: Desk) -> None:
    if pairs:
        desk.say(f"\n{title}")
    for pair in pairs:
        first = f"{pair.first[:30]} ({pair.first_label or '-'}, {pair.first_split})"
        second = f"{pair.second[:30]} ({pair.second_label or '-'}, {pair.second_split})"
        desk.say(f"  {100 * pair.identity:5.1f} %  {first:<50}  {second}")
