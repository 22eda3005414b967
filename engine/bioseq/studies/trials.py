"""The trials of a search in optuna: where they are kept, how the next one is drawn, and what mattered.

optuna is imported here alone, and only when a search is made.
"""

from __future__ import annotations

import importlib.util
import warnings
from typing import TYPE_CHECKING, Any

from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from optuna.study import Study
    from optuna.trial import Trial

    from bioseq.studies.spaces import Dimension

_FIRST_AT_RANDOM = 8
_WARM_UP_EPOCHS = 3
_TRIALS_TO_COMPARE = 4


def check_installed() -> None:
    """Check that a search can be made.

    Raises:
        BioseqError: optuna is not installed.
    """
    if importlib.util.find_spec("optuna") is None:
        raise BioseqError(
            "study.package_missing",
            "A search needs a package that is not installed: optuna.",
            remedy='Install it with: pip install "bioseq-studio[search]"',
        )


def opened(journal: Path, metric: str, seed: int) -> Study:
    """The optuna study in a journal; made if need be.

    Args:
        journal: The file.
        metric: What is best: its direction is that of the figure.
        seed: Of the choice of settings.
    """
    import optuna
    from optuna.exceptions import ExperimentalWarning
    from optuna.storages.journal import JournalFileBackend, JournalStorage

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=_FIRST_AT_RANDOM, multivariate=True, group=True, constant_liar=True
        )
        return optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(journal))),
            sampler=sampler,
            pruner=optuna.pruners.MedianPruner(_TRIALS_TO_COMPARE, _WARM_UP_EPOCHS),
            study_name="search",
            direction="maximize" if METRICS[metric].higher_is_better else "minimize",
            load_if_exists=True,
        )


def suggested(trial: Trial, name: str, one: Dimension) -> object:
    """The value that a trial takes in one dimension, under this name."""
    if one.choices:
        return trial.suggest_categorical(name, one.choices)
    if one.whole:
        return trial.suggest_int(name, int(one.low), int(one.high), log=one.logarithmic)
    return trial.suggest_float(name, one.low, one.high, log=one.logarithmic)


def defaults(model: str, space: Sequence[Dimension], *, several: bool) -> dict[str, Any]:
    """The settings that a search begins with."""
    chosen: dict[str, Any] = {"model": model} if several else {}
    return chosen | {f"{model}:{one.path}": one.default for one in space}


def importance_of(study: Study) -> dict[str, dict[str, float]]:
    """Model ("" where there is one only) to setting to its share of what explains the figure, the largest first."""
    from optuna.importance import get_param_importances
    from optuna.trial import TrialState

    done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    names = sorted({name.partition(":")[0] for trial in done for name in trial.params if ":" in name})
    found: dict[str, dict[str, float]] = {}
    for model in names:
        own = [trial for trial in done if any(name.startswith(f"{model}:") for name in trial.params)]
        if len(own) < _FIRST_AT_RANDOM or len({trial.value for trial in own}) < 2:
            found[model] = {}
            continue
        settings = sorted(set.intersection(*(set(trial.params) for trial in own)) - {"model"})
        shares = get_param_importances(study, params=settings)
        found[model] = {name.partition(":")[2]: float(share) for name, share in shares.items()}
    return found
