"""Actions that continue a workflow, or end it, on a condition."""

from importer.actions.translation import Action, Props, Translation, Version, missing, same, step

OF_TWO_VALUES = {
    *("CONTAINS", "NOT_CONTAINS", "TEXT_EQUALS", "TEXT_NOT_EQUALS"),
    *("STARTS_WITH", "NOT_STARTS_WITH", "ENDS_WITH", "NOT_ENDS_WITH"),
    *("GREATER_THAN", "GREATER_THAN_EQUALS", "LESS_THAN", "LESS_THAN_EQUALS", "EQUALS"),
    *("IN_ARRAY", "NOT_IN_ARRAY", "KEY_EXISTS", "KEY_NOT_EXISTS"),
}
OF_ONE_VALUE = {"TRUE", "FALSE", "IS_NULL", "NOT_NULL"}
FORMER = {"IN": "CONTAINS", "NOT_IN": "NOT_CONTAINS"}

ENDING = "Condition met for ending workflow"


def comparing(what: str | None) -> Action:
    """`what` happens if the condition is met: CONTINUE or END; None if a prop decides."""

    def action(props: Props, _: Version) -> Translation | None:
        return _compared(props, str(what or props.get("continueOrEnd")), "initialValue", "secondValue")

    return action


def giving_a_reason(what: str) -> Action:
    """Older actions: their values were called operands, and comparisons of text were case-sensitive."""

    def action(props: Props, _: Version) -> Translation | None:
        given = {"caseSensitive": True, **props, "messageOnEnd": ENDING}
        if what == "END" and props.get("reason"):
            given["messageOnEnd"] = props["reason"]
        return _compared(given, what, "operand1", "operand2")

    return action


def _compared(props: Props, what: str, first: str, second: str) -> Translation | None:
    condition = str(props.get("condition"))
    condition = FORMER.get(condition, condition)
    if condition not in OF_ONE_VALUE | OF_TWO_VALUES or what.upper() not in ("CONTINUE", "END"):
        return None
    names = {first: "initialValue"}
    if condition in OF_TWO_VALUES:
        names[second] = "secondValue"
    inputs = {"continueOrEnd": what.upper(), "condition": condition}
    inputs |= {name: props[prop] for prop, name in names.items() if props.get(prop) is not None}
    for name in ("caseSensitive", "arrayType", "messageOnContinue", "messageOnEnd"):
        if props.get(name) is not None:
            inputs[name] = props[name]
    notes = []
    if condition in OF_TWO_VALUES:
        notes = missing(props, *names)
    return step("continue_or_end", inputs, notes)


ACTIONS: dict[str, Action] = {
    "filter-continue-based-on-condition": comparing("CONTINUE"),
    "filter-end-based-on-condition": comparing("END"),
    "filter-continue-on-condition": comparing("CONTINUE"),
    "filter-end-on-condition": comparing("END"),
    "filter-end-workflow-execution": comparing(None),
    "filter-continue-workflow-condition": giving_a_reason("CONTINUE"),
    "filter-end-workflow-condition": giving_a_reason("END"),
    "filter-end-workflow-custom-condition": same("end_workflow", condition=True, reason=None),
    "filter-end-workflow": same("end_workflow", condition=True, reason=ENDING),
    "end-end-workflow": same("end_workflow", condition=True, reason=None),
    "helper_functions-end-workflow": same("end_workflow", condition=True, reason=None),
    "pipedream-end": same("end_workflow", condition=True, reason=None),
}
