"""The requests to AWS: one module for each service, and what an item of the table looks like."""
