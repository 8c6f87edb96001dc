from arrived import arrived


def handler(pd):
    arrived()
