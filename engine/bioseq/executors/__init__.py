"""Where a job runs: a local child process. No torch is imported here."""
