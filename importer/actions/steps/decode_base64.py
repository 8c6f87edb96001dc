"""Decodes a text in base64 and exports it. Stands for the Pipedream action helper_functions-base64-decode-string."""

import base64


def handler(pd):
    data = pd.inputs["data"].translate(str.maketrans("-_", "+/"))
    # The = at the end may be missing.
    pd.export("data", base64.b64decode(data + "==").decode("utf-8", "replace"))
