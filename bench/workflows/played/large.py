def handler(pd):
    # Not one letter repeated: that would compress far too well.
    size = pd.steps["trigger"]["event"]["body"]["bytes"]
    line = "The quick brown fox jumps over the lazy dog. "
    return (line * (size // len(line) + 1))[:size]
