"""Judging a model: metrics, curves, trivial baselines. `metrics` and `results` are torch-free."""
