"""Studies: many trainings over the same records, compared. No torch: each training runs in a worker of its own.

There are three kinds, and one folder for all of them (`studies.folder`): **compare** trains given models and settings
over the same split, seeds and folds; **search** lets optuna choose settings; **best** finds the best model in a given
time. Each training is an entry (`studies.state.Entry`) with an ordinary run folder under `runs/`, which every other
part of the program can open.

Events of a study (`bioseq.protocol.events`), beside those that all jobs have:

- `JobStarted(kind="study", folder, details={"study": "compare" | "search" | "best", "title", "entries"})`.
- `EntryChanged`: an entry waits, runs, has ended; its figures once there are any. One for each entry at the start, and
  for each that is added later, before it runs.
- `EntryAdvanced`: an entry has finished an epoch: a point of its curves.
- `RankingChanged`: the order as it is known now, by validation, with a note on why; of a comparison with the figures
  on the records that judge it beside, which order nothing.
- `Progressed(unit="trainings")`, or `unit="seconds"` where time is the budget.
- Exactly one ending. `JobFinished.summary` and that of a stopped study hold `"ranking"` (as in `RankingChanged`),
  `"entries"` (how many ended in each state) and, where there is one, `"run"`: the folder of the resulting run.

Stop ends the trainings under way, keeps what they have, and writes the results over all that ended; the study can go on
later. Cancel discards all but `study.toml`, events and log. Pause holds every training.
"""
