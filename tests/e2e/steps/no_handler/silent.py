"""Has no handler."""


def main(pd):
    return "this step ran"
