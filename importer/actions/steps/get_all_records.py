"""Returns all records of a data store. Stands for the Pipedream action data_stores-get-all-records."""


def handler(pd):
    return dict(pd.inputs["dataStore"].items())
