"""The runtime that every function shares: the `pd` object for steps, and the life of a run and its waits.

Imports point one way, from the bottom:

    standard_library                                      for its effect on all other imports
    errors < models, options < settings, clock < logs     the base of everything
    aws/      busy, loader < clients, records < table, bucket, executions, functions, mail, secret_store
    run/      links; context; death; schedules < payloads; writes < store, reply
    pd/       secret_texts < masking < accounts, flow, responses; expressions; data_stores; deliveries; process
              send, inputs < attempt < usercode
    tmp/      folder, archive < files
    turns/    renewal < ending, retrying, outage < turn; trial
    step                                                  the entry point of every step's function
    control/  workflows, run_list; waiting_slots < awaiting; repeats < waits, runs, notices; metrics
              failures, revival, cancelling, watch < wakeups

The docstring of a package says what it is for. Steps never import control, executions or functions.
"""

__version__ = "0.1.0"
