"""Responds to the caller of the workflow's hook. Stands for the Pipedream action http-return-http-response."""


def handler(pd):
    pd.respond(
        {
            "status": pd.inputs["resStatusCode"],
            "headers": pd.inputs.get("resHeaders") or {},
            "body": pd.inputs.get("resBody"),
        }
    )
