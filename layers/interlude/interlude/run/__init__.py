"""A run at rest: its items in the table, its values, its links, and what it says of itself."""
