"""Runs when the job is done."""


def handler(pd):
    return {"job": pd.steps["wait_for_job"]["$return_value"]}
