"""Freed memory is kept for the next step."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from bioseq.jobs import memory

if TYPE_CHECKING:
    import pytest

PROBE = """
import resource
import numpy as np
from bioseq.jobs.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        np.ones(2_000_000 // 8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

np.ones(1)
as_it_comes = faults()
assert keep_freed_memory()
np.ones(2_000_000 // 8)
print(as_it_comes, faults())
"""


def test_blocks_that_are_allocated_again_and_again_cause_no_page_faults() -> None:
    answer = subprocess.run([sys.executable, "-c", PROBE], check=True, capture_output=True, text=True)
    as_it_comes, kept = map(int, answer.stdout.split())
    assert kept < 100  # a block of 2 MB has 488 pages
    assert kept <= as_it_comes


def test_elsewhere_than_on_linux_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    assert not memory.keep_freed_memory()
