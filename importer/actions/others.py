"""Delays, mail, files and random values."""

from importer.actions.translation import Action, Props, Translation, Version, missing, same, step

MAIL = same("email_to_self", "subject", text=None, html=None)
DELAY = same("delay", "delayDurationValue", "delayDurationUnit")


def delay_of_ms(props: Props, _: Version) -> Translation:
    """On Pipedream the step itself waited, and its user paid for that time; here the run pauses."""
    inputs = {"delayDurationValue": props.get("ms") or 0, "delayDurationUnit": "Milliseconds"}
    return step("delay", inputs, missing(props, "ms"))


def random_items(props: Props, version: Version) -> Translation | None:
    """Version 0.0.1 had no quantity, and returned an item instead of a list."""
    if version == (0, 0, 1):
        return same("random_item", "list")(props, version)
    return same("random_items", "list", quantity=1)(props, version)


def decoded(props: Props, version: Version) -> Translation | None:
    """None for binary output: bytes can't be exported."""
    if props.get("outputFormat") == "binary":
        return None
    return same("decode_base64", "data")(props, version)


ACTIONS: dict[str, Action] = {
    "delay-workflow-delay": DELAY,
    "delay-delay-workflow": DELAY,
    "helper_functions-delay": delay_of_ms,
    "helper_functions-wait": delay_of_ms,
    "email-send-email-to-self": MAIL,
    "email-email-me": MAIL,
    "helper_functions-email-me": MAIL,
    "helper_functions-download-file-to-tmp": same("download_file_to_tmp", "url", "filename"),
    "helper_functions-random-item-from-list": random_items,
    "helper_functions-random-integer": same("random_integer", min=0, max=10_000),
    "helper_functions-export-variables": same("export_variables", "config"),
    "helper_functions-base64-decode-string": decoded,
}
