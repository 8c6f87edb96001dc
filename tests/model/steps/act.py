from tests.model import acting


def handler(pd):
    return acting.act(pd)
