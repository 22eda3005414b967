"""How busy the workers of a study were: time of their jobs over the time that they had.

    python tests/benchmarks/bench_workers.py STUDY [STUDY ...]

Both times are of the same study, so a busy machine does not change the ratio much. What is missing to 1 is the time in
which a worker had no job: the last one that was under way, and what there was nothing left to do for.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

from bioseq.protocol.events import JobStarted
from bioseq.runs.history import read_events
from bioseq.studies.crew import workers_for
from bioseq.studies.folder import StudyFolder
from bioseq.studies.plan import load_study
from bioseq.studies.state import StudyState


def spent(study: StudyFolder, folder: str) -> float:
    """Seconds that workers have spent on one training, which may have been stopped and gone on with later."""
    events = list(read_events(study.run(folder).events))
    return sum(after.time - before.time for before, after in pairwise(events) if not isinstance(after, JobStarted))


def main() -> None:
    """Print the ratio of each study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", type=Path, nargs="+")
    for path in parser.parse_args().studies:
        study = StudyFolder(path)
        state = StudyState.open(study.state)
        places = workers_for(load_study(study.plan)[0].workers)
        done = [spent(study, entry.folder) for entry in state.entries]
        trainings = sum(seconds > 0 for seconds in done)
        print(f"{path.name}: {trainings} trainings, {places} workers, busy {sum(done) / (places * state.seconds):.0%}")


if __name__ == "__main__":
    main()
