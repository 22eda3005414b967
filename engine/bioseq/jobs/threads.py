"""How many threads a job that predicts computes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.registry import BASELINES, architecture

if TYPE_CHECKING:
    from bioseq.runs.bundle import BundleContents


def use_threads(model: BundleContents) -> int:
    """Compute with the number of threads that suits the model, from now on; returns it.

    Feature baselines are read with one, and torch is not imported for them; of an ensemble the largest network decides.
    """
    networks = [part for part in model.members or (model,) if part.architecture not in BASELINES]
    if not networks:
        return 1
    import torch

    from bioseq.evaluation.inference import ON_CPU
    from bioseq.training.device import choose_threads

    parameters = max(architecture(part.architecture).count_parameters(part.task, part.hyper) for part in networks)
    threads = choose_threads(model.config.training.threads, parameters=parameters, tokens_per_batch=ON_CPU.tokens)
    torch.set_num_threads(threads)
    return threads
