"""What the state machine calls: one turn of a run. And test mode: one step alone."""
