"""Runs when the service has called back, or when the time for it is up."""


def handler(pd):
    return {"answer": pd.steps["start_job"]["$return_value"]}
