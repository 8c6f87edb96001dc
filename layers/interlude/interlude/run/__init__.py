"""A stored run: its items in the table, its values, its links, and its context."""
