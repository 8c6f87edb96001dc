"""Exports some values as `config`. Stands for the Pipedream action helper_functions-export-variables."""

import json


def handler(pd):
    config = pd.inputs["config"]
    if isinstance(config, str):
        config = json.loads(config)
    pd.export("config", config)
