"""Deletes all records of a data store. Stands for the Pipedream action data_stores-delete-all-records."""


def handler(pd):
    pd.inputs["dataStore"].clear()
