from arrived import arrived


def handler(event, context):
    arrived()


handler({}, None)
