"""PF-08: memory of a read data set, 200,000 records of 200 letters.

Limit: at most 1.1 bytes per residue, ids and descriptions not counted. What the process grows by, everything
counted, is printed beside it. Run: `python tests/benchmarks/bench_pf08_memory.py`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import sequence_peers as readers

from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import read_files

if TYPE_CHECKING:
    from bioseq.sequences.dataset import Dataset

MOST_BYTES_PER_RESIDUE = 1.1


def column_bytes(dataset: Dataset) -> tuple[int, int]:
    """Bytes of the columns without ids and descriptions, and of these."""
    plain = (dataset.letters, dataset.offsets, dataset.labels, dataset.splits, dataset.lines, dataset.source_starts)
    text = (dataset.ids, dataset.descriptions)
    return sum(part.nbytes for part in plain), sum(part.buffer.nbytes + part.offsets.nbytes for part in text)


def main() -> int:
    """Print bytes per residue; 0 when the limit is kept."""
    with tempfile.TemporaryDirectory() as folder:
        warm, path = Path(folder) / "warm.fasta", Path(folder) / "example.fasta"
        readers.write_example(warm, records=100)
        readers.write_example(path)
        read_files([FileRequest(str(warm))])
        before = psutil.Process().memory_info().rss
        dataset = read_files([FileRequest(str(path))]).dataset
        grown = psutil.Process().memory_info().rss - before
    residues = len(dataset.letters)
    own, text = column_bytes(dataset)
    print(f"{len(dataset):,} records, {residues:,} residues: columns {own / 1e6:.1f} MB, ids {text / 1e6:.1f} MB")
    print(f"process grown by {grown / 1e6:.1f} MB, {grown / residues:.2f} bytes per residue, all counted")
    ratio = own / residues
    print(f"PF-08 ratio {ratio:.3f} bytes per residue | anchor 1 byte per letter | limit <= {MOST_BYTES_PER_RESIDUE}")
    return 0 if ratio <= MOST_BYTES_PER_RESIDUE else 1


if __name__ == "__main__":
    sys.exit(main())
