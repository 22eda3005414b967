"""Training jobs of networks. Importing this imports torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.catalogue.registry import architecture
from bioseq.evaluation.inference import predicting
from bioseq.jobs.learnt import Learnt
from bioseq.protocol.events import LogEmitted
from bioseq.training.device import choose_device, describe_device
from bioseq.training.inputs import TrainingInput, prepare
from bioseq.training.loop import CheckpointPolicy, train
from bioseq.training.losses import loss_in_words

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.protocol.control import Control
    from bioseq.protocol.events import Event
    from bioseq.runs.folder import RunFolder
    from bioseq.training.loop import TrainedModel


def device_of(config: Configuration) -> str:
    """Where a network will be trained, in words.

    Raises:
        BioseqError: The device is not there.
    """
    return describe_device(choose_device(config.training.device))


def prepared(config: Configuration, loaded: LoadedData) -> NetworkTeaching:
    """Tokens and settings of a run; raises as `training.inputs.prepare`."""
    return NetworkTeaching(prepare(config, loaded))


@dataclass(frozen=True, slots=True, eq=False)
class NetworkTeaching:
    """The training of one network.

    Attributes:
        lessons: All that the training loop is told.
    """

    lessons: TrainingInput

    @property
    def size(self) -> str:
        """How large the network is, in words."""
        chosen, task, hyper = architecture(self.lessons.architecture), self.lessons.task, self.lessons.hyper
        count, kept = chosen.count_parameters(task, hyper), chosen.kept(task, hyper).weights
        return f"{count:,} weights" + (f", of which {count - kept:,} are learnt" if kept else "")

    def learn(self, folder: RunFolder, control: Control, *, resume: bool) -> Generator[Event, None, Learnt]:
        """Train, or go on from the newest checkpoint in the folder."""
        yield LogEmitted(job_id="", level="info", message=f"Losses shown: {loss_in_words(self.lessons.settings)}")
        policy = CheckpointPolicy(folder=folder.checkpoints)
        trained = yield from train(self.lessons, control, checkpoints=policy, resume=resume)
        return Learnt(
            predict=predicting(
                trained.network,
                self.lessons.vocabulary,
                trained.device,
                both_strands=self.lessons.augmentation.both_strands,
            ),
            weights={name: tensor.numpy() for name, tensor in trained.state_dict.items()},
            best_epoch=trained.best_epoch,
            epochs=trained.epochs,
            reason=trained.reason,
            stopped=trained.stopped,
            cancelled=trained.cancelled,
            seconds=trained.seconds,
            device=describe_device(trained.device),
            threads=trained.threads,
            precision=trained.precision,
            repeatable=_is_repeatable(trained, wanted=self.lessons.settings.deterministic),
            unrepeatable=trained.unrepeatable,
            prior_log_weights=self.lessons.prior_log_weights,
        )


def _is_repeatable(trained: TrainedModel, *, wanted: bool) -> bool:
    """On the CPU always; elsewhere only where the person wanted it and every operation could be held to it."""
    return trained.device.type == "cpu" or (wanted and not trained.unrepeatable)
