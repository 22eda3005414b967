"""A process that is killed while it writes leaves every file whole: the old one or the new one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np

from bioseq.durable import write_bytes
from bioseq.runs.history import read_events

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import os, sys, time
from pathlib import Path
from bioseq.durable import write_json
from bioseq.protocol.events import PhaseChanged, Phase
from bioseq.runs.journal import Journal
folder = Path(sys.argv[1])
journal = Journal(folder / "events.jsonl")
number = 0
while True:
    write_json(folder / "metrics.json", {"number": number, "filling": ["x" * 100] * 500})
    journal.append(PhaseChanged(job_id="j", sequence=journal.next_sequence, phase=Phase.READING, title="x" * 500))
    if number == 0:
        print("writing", flush=True)
    number += 1
"""


def test_no_kill_leaves_a_broken_file_or_loses_an_event(tmp_path: Path) -> None:
    chance = np.random.default_rng(11)
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            threading.Event().wait(float(chance.uniform(0.0, 0.05)))
            os.kill(writer.pid, signal.SIGKILL)
        content = json.loads((tmp_path / "metrics.json").read_bytes())
        assert len(content["filling"]) == 500
        numbers = [event.sequence for event in read_events(tmp_path / "events.jsonl")]
        assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 12


def test_written_files_can_be_read_by_those_who_share_the_folder(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_bytes(tmp_path / "metrics.json", b"{}")
    finally:
        os.umask(before)
    assert (tmp_path / "metrics.json").stat().st_mode & 0o777 == 0o644
