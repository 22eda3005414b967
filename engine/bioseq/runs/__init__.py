"""Runs: a folder each, with durable files; the state of a run is a fold over its events. No torch, no Qt."""
