import os

KEY = os.environ["API_KEY"]


def handler(pd):
    return "never"
