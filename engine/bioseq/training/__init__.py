"""Training: a generator of events over length-bucketed batches, with checkpoints from which it resumes bit-equally."""
