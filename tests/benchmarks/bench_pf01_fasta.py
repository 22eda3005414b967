"""PF-01: FASTA read, checked and encoded, 200,000 records of 200 letters.

Limit: at least 20 times as fast as Bio.SeqIO with a per-letter encode, and faster than dnaio, pyfastx, pysam and
needletail, each with its sequences encoded in one go. Run: `python tests/benchmarks/bench_pf01_fasta.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import sequence_peers as readers

TIMES_BIOPYTHON = 20.0


def main() -> int:
    """Print the ratios; 0 when the limit is kept."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.fasta"
        readers.write_example(path)
        contenders = {"Bio.SeqIO, by letter": readers.biopython_by_letter}
        contenders |= {f"{name}, at once": readers.peer_encoded_at_once(name) for name in readers.peers()}
        readers.check_equal(path, contenders)
        medians = readers.medians(path, {"ours": readers.ours, **contenders})
    own = medians.pop("ours")
    kept = True
    print(f"ours: {own * 1000:.0f} ms (median of {readers.ROUNDS}; all outputs equal)")
    for name, seconds in medians.items():
        limit = TIMES_BIOPYTHON if name.startswith("Bio") else 1.0
        kept &= seconds >= limit * own
        print(f"PF-01 ratio {seconds / own:5.1f} | anchor {name} {seconds * 1000:.0f} ms | limit >= {limit:.0f}")
    print("limit kept" if kept else "limit missed")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
