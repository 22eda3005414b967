"""How long trainings took, beside what was expected of them before they began.

    python tests/benchmarks/bench_costs.py STUDY [STUDY ...]

The studies are finished ones of "Find the best model" (`best_sets.py` makes them). Of each candidate that came to its
end by itself: the median of its trainings, what `studies.costs` expects, and the ratio of the two.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from bioseq.catalogue.registry import BASELINES
from bioseq.config import files
from bioseq.config.loading import load_data
from bioseq.sequences.dataset import Split
from bioseq.studies.costs import cost, simple_models_cost
from bioseq.studies.folder import StudyFolder
from bioseq.studies.standings import by_variant
from bioseq.studies.state import EntryState, StudyState


def main() -> None:
    """Print a line per candidate, and how many of the feature baselines are within a factor of two and a half."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", nargs="+", type=Path)
    near, baselines = 0, 0
    for path in parser.parse_args().studies:
        study = StudyFolder(path)
        told = False
        for entries in by_variant(StudyState.open(study.state)).values():
            ended = [entry for entry in entries if entry.state is EntryState.FINISHED]
            if not ended:
                continue
            config = files.load(study.run(ended[0].folder).config)
            loaded = load_data(config)
            records = int((loaded.dataset.splits == Split.TRAIN).sum())
            if not told:
                told = True
                after = simple_models_cost(loaded.profile, records)
                print(f"{path.name}: {records:,} records, simple models {after:.0f} s")
            _, expected = cost(config, loaded.profile, records)
            seen = statistics.median(entry.seconds for entry in ended)
            print(f"  {ended[0].title:60} {seen:7.1f} s, expected {expected:7.1f} s, ratio {expected / seen:5.2f}")
            if config.model.name in BASELINES:
                baselines += 1
                near += 0.4 <= expected / seen <= 2.5 or abs(expected - seen) < 2
    print(f"{near} of {baselines} feature baselines within a factor of 2.5, or two seconds")


if __name__ == "__main__":
    main()
