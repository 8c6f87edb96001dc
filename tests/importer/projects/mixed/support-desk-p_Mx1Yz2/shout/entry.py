def handler(pd: "pipedream"):
    try:
        return pd.inputs["loud"]
    except ValueError as error:
        return {"error": str(error), "instead": pd.steps["SumUp"]["$return_value"]["text"].upper()}
