"""Pauses the run for some time. Stands for the Pipedream actions delay-workflow-delay and helper_functions-delay."""

MS = {"Milliseconds": 1, "Seconds": 1000, "Minutes": 60_000, "Hours": 3_600_000}


def handler(pd):
    duration = float(pd.inputs["delayDurationValue"] or 0) * MS[pd.inputs["delayDurationUnit"]]
    if not duration:
        return None
    return pd.flow.delay(duration)
