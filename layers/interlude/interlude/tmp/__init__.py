"""The files in /tmp, which follow a run."""
