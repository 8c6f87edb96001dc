"""What the state machine calls: one turn of a run, and one step by itself for a test."""
