def handler(pd: "pipedream"):
    token = pd.inputs["slack"]["$auth"]["oauth_access_token"]
    invoices = pd.inputs["invoices"]
    try:
        number = invoices["number"] + 1
    except TypeError:
        number = 1
    invoices["number"] = number
    with open(pd.steps["write_invoice"]["$return_value"]["path"], encoding="utf-8") as file:
        invoice = file.read()
    return {
        "number": number,
        "channel": pd.inputs["channel"],
        "invoice": invoice,
        "signed_in": token.startswith("xoxb-"),
        "approved": pd.steps["ask_accounting"]["$resume_data"]["query"].get("by"),
    }
