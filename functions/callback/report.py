"""Runs when the service has called back, or when the wait has timed out."""


def handler(pd):
    return {"answer": pd.steps["start_job"]["$return_value"]}
