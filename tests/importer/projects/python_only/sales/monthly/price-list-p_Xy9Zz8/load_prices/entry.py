# pipedream add-package requests==2.34.2
import requests


def handler(pd: "pipedream"):
    prepared = requests.Request("GET", "https://prices.example/list", params={"in": pd.inputs["currency"]}).prepare()
    return {"url": prepared.url, "title": pd.inputs["title"]}
