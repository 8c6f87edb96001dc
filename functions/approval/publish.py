"""Runs when a person has approved the document, or when the wait has timed out."""


def handler(pd):
    asked = pd.steps["ask"]
    answer = asked.get("$resume_data")
    return {
        "document": asked["$return_value"]["document"],
        "decision": "approved" if answer else "timed out",
        "by": answer,
    }
