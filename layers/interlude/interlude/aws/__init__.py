"""The requests to AWS: one module per service, and the layout of the table's items."""
