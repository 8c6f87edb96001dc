"""The runtime that every function shares: the `pd` object for steps, and the life of a run and its waits.

Imports point one way, from the bottom:

    standard_library                                  for its effect on the imports of all others
    errors < models < settings, clock < clients       what everything stands on
    records < table, writes < store; payloads; links; mail    one module for each service, or each kind of text
    flow < pd < usercode; context                     what a step sees
    ending < turn, trial < step                       what the state machine calls
    executions, functions < waits, runs, workflows    what the API calls, and steps never import
"""

__version__ = "0.1.0"
