"""The runtime that every function shares: the `pd` object for steps, and the life of a run and its waits.

Imports point one way, from the bottom:

    standard_library                                  for its effect on the imports of all others
    errors < models, options < settings, clock < clients; expressions    what everything stands on
    records < table, writes < store; bucket; folder; links; mail    one module for each service, or kind of text
    schedules < payloads < masking < accounts; archive    what goes through them
    flow, data_stores, deliveries < send, inputs < pd < usercode < files; context; responses          what a step sees
    ending, retrying < turn, trial < step             what the state machine calls
    executions, functions, death < waits, runs, workflows, awaiting    what the API calls, and steps never import
    notices < failures                                what the function Failures calls
"""

__version__ = "0.1.0"
