"""A real encoder: AntiBERTy (Ruffolo et al. 2021), 26 M weights, as it ships in its Python package.

Its weights are a pickle, which the program refuses; they are made into safetensors here, once, by the loader of torch
that runs no code. Install the package with `pip install "bioseq-studio[antibody-test]"`.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from bioseq.catalogue.specification import TaskShape
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.results import read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.models.layers.native_encoder import states_of
from bioseq.models.registry import build
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.resources import resource_folder
from bioseq.runs.store import prepare_run
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.tokens import Vocabulary

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# The variable domains of trastuzumab (Protein Data Bank 1N8Z).
HEAVY = (
    "EVQLVESGGGLVQPGGSLRLSCAASGFNIKDTYIHWVRQAPGKGLEWVARIYPTNGYTRYADSVKG"
    "RFTISADTSKNTAYLQMNSLRAEDTAVYYCSRWGGDGFYAMDYWGQGTLVTVSS"
)
LIGHT = "DIQMTQSPSSLSASVGDRVTITCRASQDVNTAVAWYQQKPGKAPKLLIYSASFLYSGVPSRFSGSRSGTDFTLTISSLQPEDFATYYCQQHYTTPPTFGQGTKVEIK"
LOOPS = (range(25, 35), range(49, 66), range(98, 109))
"""What differs between antibodies; the framework around it hardly does. Positions in the heavy chain, from 0."""


@pytest.fixture(scope="module")
def antiberty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = importlib.util.find_spec("antiberty")
    assert found is not None, 'pip install "bioseq-studio[antibody-test]"'
    shipped = Path(next(iter(found.submodule_search_locations or ()))) / "trained_models"
    folder = tmp_path_factory.mktemp("antiberty") / "AntiBERTy"
    folder.mkdir()
    shutil.copy(shipped / "vocab.txt", folder)
    shutil.copy(shipped / "AntiBERTy_md_smooth" / "config.json", folder)
    weights = torch.load(shipped / "AntiBERTy_md_smooth" / "pytorch_model.bin", map_location="cpu", weights_only=True)
    save_file({name: tensor.clone() for name, tensor in weights.items()}, folder / "model.safetensors")
    return folder


def guesses(network: Any, folder: Path, sequence: str) -> str:
    """For each residue what the encoder expects when it is masked."""
    words = (folder / "vocab.txt").read_text().split()
    weights = load_file(folder / "model.safetensors")
    head = {
        name.removeprefix("cls.predictions."): value for name, value in weights.items() if "cls.predictions" in name
    }
    letters = np.frombuffer(sequence.encode(), np.uint8)
    tokens = Vocabulary(Molecule.PROTEIN).encode(letters, np.array([0, len(letters)])).tokens.astype(np.int64)
    inside = network.ids[torch.from_numpy(tokens)]
    ids = torch.cat([torch.tensor([words.index("[CLS]")]), inside, torch.tensor([words.index("[SEP]")])])
    masked = ids.repeat(len(sequence), 1)
    masked[torch.arange(len(sequence)), torch.arange(len(sequence)) + 1] = words.index("[MASK]")
    with torch.no_grad():
        states = states_of(network.encoder, masked, torch.ones_like(masked, dtype=torch.bool))
        at_mask = states[torch.arange(len(sequence)), torch.arange(len(sequence)) + 1]
        turned = functional.gelu(
            functional.linear(at_mask, head["transform.dense.weight"], head["transform.dense.bias"])
        )
        normed = functional.layer_norm(
            turned, turned.shape[1:], head["transform.LayerNorm.weight"], head["transform.LayerNorm.bias"], 1e-12
        )
        logits = functional.linear(normed, weights["bert.embeddings.word_embeddings.weight"], head["bias"])
    return "".join(words[number] for number in logits.argmax(1))


def test_masked_residues_of_an_antibody_framework_are_recovered(antiberty: Path) -> None:
    task = TaskShape(22, 2, 200, False, molecule="protein", word_length=1)
    network = build("protbert", task, {"folder": str(antiberty)}).eval()
    framework = [place for place in range(len(HEAVY)) if not any(place in loop for loop in LOOPS)]
    guessed = guesses(network, antiberty, HEAVY)
    right = sum(guessed[place] == HEAVY[place] for place in framework)
    light = sum(a == b for a, b in zip(guesses(network, antiberty, LIGHT), LIGHT, strict=True))
    print(f"heavy framework {right} of {len(framework)}; light chain {light} of {len(LIGHT)}")
    assert right >= 0.9 * len(framework)
    assert light >= 0.8 * len(LIGHT)


def test_frozen_features_classify_real_peptides_in_seconds_once_they_are_known(
    antiberty: Path, tmp_path: Path, own_cache: Path
) -> None:
    sample = next(
        entry
        for entry in json.loads((resource_folder() / "samples" / "index.json").read_text(encoding="utf-8"))
        if entry["name"] == "antimicrobial_peptides"
    )
    files = tuple(DataFile(path=str(resource_folder() / "samples" / name)) for name in sample["files"])
    options = ["model.name=protbert", f"model.hyper.folder={antiberty}", "training.epochs=60", "training.device=cpu"]
    config = apply_overrides(Configuration(data=DataSettings(files=files)), options)
    seconds = []
    for name in ("first", "second"):
        run = prepare_run(tmp_path / name, config)
        begun = time.perf_counter()
        ending = run_job(TrainJob(name, str(run.path)), Control(), lambda _: None)
        assert isinstance(ending, JobFinished), ending
        seconds.append(time.perf_counter() - begun)
    evaluation = read_evaluations(run.metrics)["test"]
    figures = {name: round(evaluation.model.metrics[name], 3) for name in ("mcc", "roc_auc", "accuracy")}
    print(f"{evaluation.records} test records: {figures}; {seconds[0]:.0f} s, then {seconds[1]:.0f} s")
    assert evaluation.model.metrics["roc_auc"] > 0.9
    assert seconds[1] < seconds[0] / 2
