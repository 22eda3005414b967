"""From the results of `zoo.py`: which simple rule for the first choice of a model holds up, and how far to trust it.

    python tests/benchmarks/zoo_rules.py FOLDER RESULTS.jsonl [--models a,b]

A rule looks at what can be seen of the data alone (one fixed length or not, how many records) and names a model. For
each way of sorting the sets into groups, the model of a group is the one with the least regret on its sets: validation
MCC of the best model less its own, averaged. Each set is then judged by the rule that was derived without it
(leave-one-set-out), in test MCC: if that is much worse than the rule derived with it, the rule was fitted to single
sets. Only validation figures choose; test figures judge.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FEW_RECORDS = 2_000


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What a rule may look at."""

    fixed_length: bool
    records: int


Table = dict[str, dict[str, dict[str, Any]]]
"""Set to model to its row."""

GROUPINGS: dict[str, Callable[[SetFacts], str]] = {
    "one model for all": lambda _: "all",
    "by length": lambda facts: "fixed" if facts.fixed_length else "varying",
    "by records": lambda facts: "few" if facts.records < FEW_RECORDS else "many",
    "by length and records": lambda facts: (
        f"{'fixed' if facts.fixed_length else 'varying'}, {'few' if facts.records < FEW_RECORDS else 'many'}"
    ),
}


def facts_of(folder: Path, names: set[str]) -> dict[str, SetFacts]:
    """Read each set once, as the program does."""
    from bioseq.config.autofill import training_records
    from bioseq.config.loading import load_data
    from bioseq.config.schema import Configuration, DataFile, DataSettings

    found = {}
    for path in sorted(folder.glob("*.fasta*")):
        name = path.name.split(".")[0]
        if name in names:
            given = Configuration(data=DataSettings(files=(DataFile(path=str(path)),)))
            profile = load_data(given).profile
            found[name] = SetFacts(profile.fixed_length, training_records(profile))
    return found


def regret(table: Table, name: str, model: str, split: str) -> float:
    """MCC of the best model on a set less that of `model`; a model that was not judged there lost everything."""
    best = max(_mcc(row, split) for row in table[name].values())
    return best - _mcc(table[name].get(model, {}), split)


def choose(table: Table, names: list[str], models: list[str]) -> str:
    """The model with the least mean regret in validation MCC over some sets."""
    return min(models, key=lambda model: sum(regret(table, name, model, "validation") for name in names))


def report(table: Table, facts: dict[str, SetFacts], models: list[str]) -> list[str]:
    """Lines of Markdown: the rules, and their mean regret with all sets and with each set left out."""
    lines = ["| rule | models | mean regret, test MCC | the same, each set left out |", "|---|---|---|---|"]
    for title, grouping in GROUPINGS.items():
        groups: dict[str, list[str]] = {}
        for name in sorted(table):
            groups.setdefault(grouping(facts[name]), []).append(name)
        chosen = {group: choose(table, names, models) for group, names in groups.items()}
        fitted = [regret(table, name, chosen[grouping(facts[name])], "test") for name in table]
        blind = []
        for name in table:
            others = [other for other in groups[grouping(facts[name])] if other != name] or [
                other for other in table if other != name
            ]
            blind.append(regret(table, name, choose(table, others, models), "test"))
        said = "; ".join(f"{group}: {model}" for group, model in chosen.items())
        lines.append(f"| {title} | {said} | {_mean(fitted):.3f} | {_mean(blind):.3f} |")
    lines += ["", "| model | sets judged | mean regret, validation MCC | mean regret, test MCC |", "|---|---|---|---|"]
    for model in sorted(models, key=lambda model: sum(regret(table, name, model, "validation") for name in table)):
        judged = sum("test" in table[name].get(model, {}) for name in table)
        figures = [_mean([regret(table, name, model, split) for name in table]) for split in ("validation", "test")]
        lines.append(f"| {model} | {judged} | {figures[0]:.3f} | {figures[1]:.3f} |")
    return lines


def _mcc(row: dict[str, Any], split: str) -> float:
    value = row.get(split, {}).get("mcc")
    return 0.0 if value is None or value != value else float(value)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--models", default="", help="only these may be chosen")
    asked = parser.parse_args()
    rows = [json.loads(line) for line in asked.results.read_text(encoding="utf-8").splitlines() if line]
    table: Table = {}
    for row in rows:
        if "test" in row:
            table.setdefault(row["set"], {})[row["model"]] = row
    models = asked.models.split(",") if asked.models else sorted({row["model"] for row in rows if "test" in row})
    print("\n".join(report(table, facts_of(asked.folder, set(table)), models)))


if __name__ == "__main__":
    main()
