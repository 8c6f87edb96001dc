"""End to end: workflows over HTTP, against the local server or a deployed stack."""
