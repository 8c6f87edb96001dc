from pathlib import Path


def handler(pd: "pipedream"):
    priced = pd.steps["addPrices"]["$return_value"]
    Path("/tmp/invoice.txt").write_text(f"{priced['text']}\nTotal: {priced['total']}\n", encoding="utf-8")
    return {"path": "/tmp/invoice.txt"}
