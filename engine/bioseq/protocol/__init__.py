"""What crosses between a client (window, command line) and the worker: jobs in, events out. No torch, no Qt."""
