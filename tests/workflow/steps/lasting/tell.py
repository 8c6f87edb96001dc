from tests.workflow import outside


def handler(pd):
    outside.count(pd, "tell")
    return {"poll": pd.steps["poll"]["$return_value"], "pinned": pd.context["deployment_id"]}
