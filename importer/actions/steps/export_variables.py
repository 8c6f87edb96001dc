"""Exports some values as `config`. Stands for the Pipedream action helper_functions-export-variables."""

import json


def handler(pd):
    config = pd.inputs["config"]
    pd.export("config", json.loads(config) if isinstance(config, str) else config)
