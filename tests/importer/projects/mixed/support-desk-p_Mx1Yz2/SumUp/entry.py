from pathlib import Path


def handler(pd: "pipedream"):
    ticket, seen = pd.inputs["ticket"], pd.inputs["seen"]
    again = ticket["id"] in seen
    template = (Path(__file__).parent / "templates" / "line.txt").read_text(encoding="utf-8")
    customer = pd.steps.get("fetch_customer", {}).get("$return_value")
    return {
        "text": template.strip().format(title=pd.inputs["title"], urgency=pd.inputs["urgency"]),
        "again": again,
        "limit": pd.inputs["limit"],
        "customer": customer,
    }
