"""The jobs that a worker or the command line runs, each a generator of events; `runner` stamps, stores, ends them."""
