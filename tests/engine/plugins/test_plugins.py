"""A package of somebody else adds an architecture; one that is faulty is told and does no harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bioseq.catalogue.plugins import GROUP, load_plugins
from bioseq.catalogue.registry import BUILT_IN, PLUGINS

EXAMPLE = Path(__file__).parent / "example"
COMMAND = "import sys; from bioseq.cli import main; sys.exit(main())"
NOT_A_PLUGIN = "json:loads"


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that sees the example, and a faulty plug-in, as installed packages."""
    for name, point in (
        ("bioseq-gap-cnn", "gap_cnn = gap_cnn.specification:PLUGIN"),
        ("faulty", f"x = {NOT_A_PLUGIN}"),
    ):
        folder = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{point}\n", encoding="utf-8")
    paths = [str(tmp_path), str(EXAMPLE), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "BIOSEQ_RUNS": str(tmp_path), "OMP_NUM_THREADS": "1"}


def bioseq(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    words = [str(argument) for argument in arguments]
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *words], env=environment, capture_output=True, text=True, check=False
    )


def test_the_catalogue_lists_the_plug_in_and_tells_of_the_faulty_one(installed: dict[str, str]) -> None:
    done = bioseq(installed, "models", "--json")
    assert done.returncode == 0
    listed = [model["name"] for model in json.loads(done.stdout)]
    assert "gap_cnn" in listed
    assert set(BUILT_IN) < set(listed)
    assert "'x' of the package faulty cannot be used" in done.stderr
    assert "pip uninstall faulty" in done.stderr


def test_the_plug_in_passes_the_contract_by_the_command(installed: dict[str, str]) -> None:
    done = bioseq(installed, "models", "--check", "gap_cnn", "--json")
    broken = [verdict for verdict in json.loads(done.stdout) if not verdict["kept"]]
    assert broken == []
    assert done.returncode == 0


def test_the_plug_in_trains_and_its_bundle_predicts(
    installed: dict[str, str], labelled_fasta: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    assert bioseq(installed, "config", labelled_fasta, "-o", config).returncode == 0
    options = (
        "--set",
        "model.name=gap_cnn",
        "--set",
        "model.hyper={}",
        "--set",
        "training.epochs=2",
        "--set",
        "model.combine=false",
    )
    done = bioseq(installed, "train", config, *options, "-o", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "Gapped motifs" in done.stdout
    bundle, table = tmp_path / "run" / "model.bioseq", tmp_path / "out.csv"
    assert bioseq(installed, "predict", bundle, labelled_fasta, "-o", table).returncode == 0
    without = {**installed, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    refused = bioseq(without, "predict", bundle, labelled_fasta, "-o", table)
    assert refused.returncode == 2
    assert "gap_cnn" in refused.stderr


def test_without_plug_ins_there_are_none() -> None:
    assert PLUGINS.found == {}
    assert PLUGINS.faults == ()


PLUGIN = """
from dataclasses import replace
from bioseq.catalogue.dnn import SPECIFICATION
from bioseq.catalogue.plugins import Plugin
good = Plugin(replace(SPECIFICATION, name="mine", aliases=("my_own",)), "mine.network:Mine")
same_alias = Plugin(replace(SPECIFICATION, name="other", aliases=("my_own",)), "mine.network:Mine")
taken = Plugin(replace(SPECIFICATION, name="text_cnn"), "mine.network:Mine")
bad_name = Plugin(replace(SPECIFICATION, name="../mine"), "mine.network:Mine")
bad_place = Plugin(replace(SPECIFICATION, name="lost"), "no place")
"""


@pytest.mark.parametrize(
    ("attribute", "fault"),
    [
        ("same_alias", "'my_own' is taken"),
        ("taken", "'text_cnn' is taken"),
        ("bad_name", "is not a name"),
        ("bad_place", "package.module:Class"),
        ("missing", "AttributeError"),
    ],
)
def test_a_plug_in_that_cannot_be_used_becomes_a_fault_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attribute: str, fault: str
) -> None:
    module = f"plugin_of_{attribute}"
    (tmp_path / f"{module}.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint(name, f"{module}:{name}", GROUP) for name in (attribute, "good")]
    loaded = load_plugins(sorted(points, key=lambda point: point.name != "good"), {"text_cnn"})
    assert list(loaded.found) == ["mine"]
    assert len(loaded.faults) == 1
    assert fault in loaded.faults[0].message
