def handler(pd):
    # Not one letter again and again, which would be a case of its own for whoever compresses.
    size = pd.steps["trigger"]["event"]["body"]["bytes"]
    line = "The quick brown fox jumps over the lazy dog. "
    return (line * (size // len(line) + 1))[:size]
