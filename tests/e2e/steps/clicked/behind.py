"""Says in the log that it runs."""


def handler(pd):
    print(f"behind the wait of {pd.context['trace_id']}")
