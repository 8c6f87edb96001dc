"""The files in /tmp, which go with the run."""
