"""The runtime that every function shares: the `pd` object for steps, and the life of a run and its waits.

Imports point one way: errors < models < settings, clock < clients < payloads, store, links, mail < flow, pd < step.
`waits`, `runs` and `workflows` stand beside `step`: the API calls them, steps never import them.
"""

__version__ = "0.1.0"
