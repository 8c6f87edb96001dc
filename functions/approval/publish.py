"""Runs when somebody has approved the document, or when the time for it is up."""


def handler(pd):
    asked = pd.steps["ask"]
    answer = asked.get("$resume_data")
    return {
        "document": asked["$return_value"]["document"],
        "decision": "approved" if answer else "timed out",
        "by": answer,
    }
