"""Interlude and those that it is compared with: how each is started, and how a run of it is started and resumed."""
