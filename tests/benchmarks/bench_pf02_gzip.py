"""PF-02: gzipped FASTA read, checked and encoded, 200,000 records of 200 letters.

Limit: at least 5 times as fast as each of dnaio, pyfastx, pysam and needletail with a per-record encode,
whether by `bytes.translate` or by a NumPy table.
Run: `python tests/benchmarks/bench_pf02_gzip.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import sequence_peers as readers

TIMES_PEERS = 5.0


def main() -> int:
    """Print the ratios; 0 when the limit is kept."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.fasta.gz"
        readers.write_example(path)
        contenders = {"Bio.SeqIO, by letter": readers.biopython_by_letter}
        for name in readers.peers():
            contenders[f"{name}, translate by record"] = readers.peer_encoded_by_record(name)
            contenders[f"{name}, NumPy table by record"] = readers.peer_encoded_by_record(name, with_numpy=True)
        readers.check_equal(path, contenders)
        medians = readers.medians(path, {"ours": readers.ours, **contenders})
    own = medians.pop("ours")
    kept = True
    print(f"ours: {own * 1000:.0f} ms (median of {readers.ROUNDS}; all outputs equal)")
    for name, seconds in medians.items():
        kept &= seconds >= TIMES_PEERS * own
        print(f"PF-02 ratio {seconds / own:5.1f} | anchor {name} {seconds * 1000:.0f} ms | limit >= {TIMES_PEERS:.0f}")
    print("limit kept" if kept else "limit missed")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
