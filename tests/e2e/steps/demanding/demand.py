"""Makes the call, or returns the value, that the trigger's body holds as Python text."""

import datetime
import decimal


def handler(pd):
    values = {"pd": pd, "datetime": datetime, "decimal": decimal}
    value = eval(pd.steps["trigger"]["event"]["body"]["code"], values)  # noqa: S307
    return value if pd.steps["trigger"]["event"]["body"]["returns"] else None
