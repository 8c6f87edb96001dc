"""Says a word."""

WORD = "first"


def handler(pd):
    print(f"the word is {WORD}")
    return WORD
