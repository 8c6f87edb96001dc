"""A service outside of Interlude, in a process of its own."""
