from tests.workflow.steps.filing import content


def handler(pd):
    return content.read()
