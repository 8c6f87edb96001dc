def handler(pd: "pipedream"):
    sent = pd.steps["sendInvoice"]["$return_value"]
    if sent["signed_in"]:
        pd.flow.exit("The invoice is out.")
    pd.export("after_exit", "still runs")
    return sent["number"]
