"""Write the recorded events of this folder again: one run in each state that a run can end in.

The numbers follow what a text CNN does on 1,600 peptides on two cores; a fixed seed makes every writing the same.
Run `python tests/corpus/events/make_events.py`.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.protocol import events as happened
from bioseq.protocol.wire import encode_event

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
JOB = "train-recorded"
STEPS = 21
EPOCHS = 60
PATIENCE = 12
BEST = 23
START = 1_760_000_000.0


def opening() -> Iterator[happened.Event]:
    yield happened.JobStarted(
        job_id=JOB,
        kind="train",
        folder="runs/2025-10-09 peptides text_cnn",
        process_id=4711,
        device="cpu",
        threads=1,
        details={"model": "Text CNN", "parameters": 61_186, "train": 1310, "validation": 231, "test": 400},
    )
    yield happened.PhaseChanged(job_id=JOB, phase=happened.Phase.READING, title="Reading 1 file")
    yield happened.Progressed(job_id=JOB, done=1941, total=1941, unit="records", memory_bytes=410_000_000)
    yield happened.Warned(
        job_id=JOB,
        code="data.repeated",
        message="14 sequences stand twice in the training data.",
        remedy="Set “Repeated sequences” to drop if they are copies.",
    )
    yield happened.PhaseChanged(job_id=JOB, phase=happened.Phase.BASELINE)
    yield happened.LogEmitted(job_id=JOB, level="info", message="Baseline: logistic regression on 2-mers, 0.4 s")
    yield happened.PhaseChanged(job_id=JOB, phase=happened.Phase.TRAINING)


def metrics(loss: float, quality: float) -> dict[str, float]:
    return {
        "loss": loss,
        "accuracy": quality,
        "balanced_accuracy": quality - 0.004,
        "f1": quality - 0.009,
        "mcc": 2 * quality - 1.01,
        "roc_auc": 1 - 1.35 * (1 - quality) ** 1.4,
        "pr_auc": 1 - 1.5 * (1 - quality) ** 1.4,
    }


def epoch(number: int, draw: random.Random, *, best: int) -> Iterator[happened.Event]:
    fit = math.exp(-number / 8)
    train_loss = 0.16 + 0.52 * fit + draw.gauss(0, 0.006)
    over = 0.0035 * max(0, number - BEST)
    dip = -0.012 if number == BEST else 0.0
    validation_loss = 0.29 + 0.37 * fit + over + dip + abs(draw.gauss(0, 0.007))
    for step in (4, 8, 12, 16, STEPS):
        running = train_loss + 0.05 * (1 - step / STEPS) + draw.gauss(0, 0.004)
        left = (EPOCHS - number + 1 - step / STEPS) * 0.62 if number > 1 or step > 8 else None
        yield happened.StepDone(
            job_id=JOB,
            epoch=number,
            epochs=EPOCHS,
            step=step,
            steps=STEPS,
            loss=round(running, 5),
            records_per_second=round(2_400 + draw.gauss(0, 60), 1),
            seconds_left=left,
            memory_bytes=428_000_000,
        )
    yield happened.EpochFinished(
        job_id=JOB,
        epoch=number,
        epochs=EPOCHS,
        train=metrics(train_loss, 0.985 - 0.42 * fit),
        validation=metrics(validation_loss, 0.885 - 0.33 * fit - over + draw.gauss(0, 0.006)),
        learning_rate=1e-3 * 0.5 * (1 + math.cos(math.pi * number / EPOCHS)),
        seconds=0.62,
        best_epoch=best,
        improved=best == number,
        epochs_without_improvement=number - best,
        patience=PATIENCE,
        selection_metric="loss",
    )
    if number % 5 == 0:
        yield happened.ArtefactWritten(job_id=JOB, kind="checkpoint", path=f"checkpoints/epoch-{number:04d}")


def training(last: int) -> Iterator[happened.Event]:
    draw = random.Random(7)
    least, best = math.inf, 0
    for number in range(1, last + 1):
        made = list(epoch(number, draw, best=max(best, 1)))
        loss = next(event.validation["loss"] for event in made if isinstance(event, happened.EpochFinished))
        if loss < least:
            least, best = loss, number
        yield from (corrected(event, best) for event in made)


def corrected(event: happened.Event, best: int) -> happened.Event:
    if not isinstance(event, happened.EpochFinished):
        return event
    return happened.EpochFinished(
        **{
            **{name: getattr(event, name) for name in event.__dataclass_fields__},
            "best_epoch": best,
            "improved": best == event.epoch,
            "epochs_without_improvement": event.epoch - best,
        }
    )


def closing() -> Iterator[happened.Event]:
    yield happened.PhaseChanged(job_id=JOB, phase=happened.Phase.EVALUATING)
    yield happened.Progressed(job_id=JOB, done=400, total=400, unit="records", memory_bytes=431_000_000)
    yield happened.PhaseChanged(job_id=JOB, phase=happened.Phase.WRITING)
    for kind, path in (("model", "model.bioseq"), ("metrics", "metrics.json")):
        yield happened.ArtefactWritten(job_id=JOB, kind=kind, path=path)


def paused() -> Iterator[happened.Event]:
    yield happened.PhaseChanged(job_id=JOB, phase=happened.Phase.PAUSED)


def runs() -> dict[str, list[happened.Event]]:
    whole = [*opening(), *training(BEST + PATIENCE), *closing()]
    reason = f"no improvement for {PATIENCE} epochs"
    stopped = happened.JobStopped(job_id=JOB, cancelled=False, resumable=True, summary={"best_epoch": 12})
    failed = happened.JobFailed(
        job_id=JOB,
        code="training.out_of_memory",
        message="The memory did not suffice for a batch of 4,096 records.",
        remedy="Set the batch size to 1,024 or less.",
        details="RuntimeError: not enough memory: you tried to allocate 9,663,676,416 bytes.",
        resumable=True,
    )
    return {
        "finished": [*whole, happened.JobFinished(job_id=JOB, reason=reason, summary={"best_epoch": BEST})],
        "stopped": [*opening(), *training(12), *closing(), stopped],
        "cancelled": [*opening(), *training(3), happened.JobStopped(job_id=JOB, cancelled=True)],
        "failed": [*opening(), *training(7), failed],
        "interrupted": [*opening(), *training(18)],
        "paused": [*opening(), *training(9), *paused()],
    }


def stamped(told: list[happened.Event]) -> Iterator[happened.Event]:
    moment = START
    for place, event in enumerate(told):
        moment += 0.12 if isinstance(event, happened.StepDone | happened.EpochFinished) else 0.3
        fields = {name: getattr(event, name) for name in event.__dataclass_fields__}
        yield type(event)(**{**fields, "sequence": place, "time": round(moment, 3)})


def main() -> None:
    for name, told in runs().items():
        lines = "".join(encode_event(event) + "\n" for event in stamped(told))
        (FOLDER / f"{name}.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
