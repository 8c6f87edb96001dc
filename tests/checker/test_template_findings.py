"""Mistakes in the template: each is one sentence with its line, and what would be right."""

from typing import NamedTuple

import pytest
from copies import Project

from interlude.options import ALLOWED

STEPS = "count=${CounterCount.Version},report=${CounterReport.Version}"
OPTIONS = f'        Options: ""\n        Steps: !Sub {STEPS}\n'
INVOKE = '        - LambdaInvokePolicy: {FunctionName: !Sub "${AWS::StackName}-counter-"}\n'

FORM = "each step must be name=${Function.Version}, separated by commas without spaces."
VERSION = "it must be count=${CounterCount.Version}, because a run keeps the versions that it began with."
HANDLER = "but the Handler of ApiFunction must be interlude.step.handler, as in Globals."
NO_FUNCTION = "but CounterMore is not a function in this template; it must be a step."
NAMED = (
    "but Counter has 'count=${CounterCount.Version}' in its Steps; STEP must be count, the name of the step's file "
    "without .py."
)


class Mistake(NamedTuple):
    """A text of the template, what stands there instead, the text on whose line the sentence is, and the sentence."""

    before: str
    after: str
    at: str
    sentence: str


def of_options(words: str, sentence: str) -> Mistake:
    line = f"        Options: {words}\n"
    return Mistake(OPTIONS, f"{line}        Steps: !Sub {STEPS}\n", line, f"Options has {sentence}")


def of_value(value: str, sentence: str) -> Mistake:
    return of_options(value, "")._replace(sentence=f"Options in DefinitionSubstitutions is {sentence}")


def test_the_template_as_it_is_has_no_mistakes(project: Project):
    """Nor has a copy of a workflow under another name."""
    project.add(project.block("counter").replace("counter", "tally").replace("Counter", "Tally"))
    for step in ("count", "report"):
        project.write(f"functions/tally/{step}.py", "def handler(pd): ...\n")

    assert project.findings() == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ("count,report=${CounterReport.Version}", f"Steps has 'count'; {FORM}"),
        (STEPS.replace(",", ", "), f"Steps has ' report=${{CounterReport.Version}}'; {FORM}"),
        (STEPS.replace("Count.Version", "Count.Arn"), f"Steps has 'count=${{CounterCount.Arn}}'; {VERSION}"),
        (STEPS.replace("Count.Version", "Count"), f"Steps has 'count=${{CounterCount}}'; {VERSION}"),
        (f"{STEPS},count=${{CounterCount.Version}}", "Steps has 'count' twice; each step may occur only once."),
        (
            f"{STEPS},more=${{CounterMore.Version}}",
            f"Steps has 'more=${{CounterMore.Version}}', {NO_FUNCTION}",
        ),
        (f"{STEPS},api=${{ApiFunction.Version}}", f"Steps has 'api=${{ApiFunction.Version}}', {HANDLER}"),
    ],
)
def test_a_mistake_in_steps(project: Project, steps: str, sentence: str):
    """With the entry that is wrong, and with nothing that follows from it."""
    line = project.line(f"Steps: !Sub {STEPS}")
    project.replace(STEPS, steps)

    assert project.findings() == [f"template.yaml, line {line}, Counter: {sentence}"]
    assert project.unusable() == {"Counter"}


def test_steps_that_are_no_sub(project: Project):
    """CloudFormation would leave the names of the functions as they stand."""
    line = project.line(f"Steps: !Sub {STEPS}")
    project.replace(f"Steps: !Sub {STEPS}", f"Steps: {STEPS}")

    form = "!Sub name=${Function.Version},name=${Function.Version}"
    sentence = f"Steps in DefinitionSubstitutions is '{STEPS}'; it must be {form}."
    assert project.findings() == [f"template.yaml, line {line}, Counter: {sentence}"]


def test_a_step_called_trigger(project: Project):
    """Its exports would be in the place of the event's."""
    line = project.line(f"Steps: !Sub {STEPS}")
    project.replace("count=$", "trigger=$")
    project.replace("STEP: count", "STEP: trigger")
    (project.folder / "functions/counter/count.py").rename(project.folder / "functions/counter/trigger.py")

    sentence = "Steps has 'trigger', which is the name of the trigger's own exports; give the step another name."
    assert project.findings() == [f"template.yaml, line {line}, Counter: {sentence}"]


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake(
            "        Workflow: counter\n",
            "        Workflow: count\n",
            "      Name: ",
            "Name is !Sub ${AWS::StackName}-counter; for Workflow 'count' it must be !Sub ${AWS::StackName}-count.",
        ),
        Mistake(
            "      Name: !Sub ${AWS::StackName}-counter\n",
            "",
            "  Counter:\n",
            "Name is missing; for Workflow 'counter' it must be !Sub ${AWS::StackName}-counter.",
        ),
        Mistake(
            "        Workflow: counter\n",
            "",
            "      DefinitionSubstitutions:\n",
            "Workflow in DefinitionSubstitutions is missing; it must be the workflow's name, as text.",
        ),
        Mistake(
            "        Table: !Ref Runs\n",
            "",
            "      DefinitionSubstitutions:\n",
            "Table in DefinitionSubstitutions is missing; it must be !Ref Runs.",
        ),
        Mistake(
            "        Partition: !Ref AWS::Partition\n",
            "",
            "      DefinitionSubstitutions:\n",
            "Partition in DefinitionSubstitutions is missing; it must be !Ref AWS::Partition.",
        ),
        Mistake(
            "        Table: !Ref Runs\n",
            "        Table: !Ref DataStores\n",
            "        Table: !Ref DataStores\n",
            "Table in DefinitionSubstitutions is !Ref DataStores; it must be !Ref Runs.",
        ),
        Mistake(
            "        Workflow: counter\n",
            "        Workflow: my counter\n",
            "        Workflow: my counter\n",
            "Workflow is 'my counter'; it must have 1 to 50 of A to Z, a to z, 0 to 9, _ and -.",
        ),
        Mistake(
            "      DefinitionUri: statemachine/workflow.asl.json\n",
            "",
            "  Counter:\n",
            "DefinitionUri is missing; it must be statemachine/workflow.asl.json.",
        ),
        Mistake(
            "DefinitionUri: statemachine/workflow.asl.json\n",
            "DefinitionUri:\n",
            "      DefinitionUri",
            "DefinitionUri is null; it must be statemachine/workflow.asl.json.",
        ),
        Mistake(
            "DefinitionUri: statemachine/workflow.asl.json\n",
            "DefinitionUri: workflow.asl.json\n",
            "      DefinitionUri",
            "DefinitionUri is 'workflow.asl.json', but workflow.asl.json does not exist.",
        ),
        of_value("null", 'null; it must be text, such as "respond retry".'),
        of_value("[off]", '["false"]; it must be text, such as "respond retry".'),
        of_options("quite off", f"'quite'; allowed are {ALLOWED}, separated by spaces."),
        # YAML 1.1, which SAM and CloudFormation read.
        of_options("off", f"'false'; allowed are {ALLOWED}, separated by spaces."),
        of_options("on_error=tell", "on_error=tell; it must name a workflow: approval, poll, callback, counter."),
        Mistake(
            OPTIONS,
            f"        Steps: !Sub {STEPS}\n",
            "      DefinitionSubstitutions:\n",
            'Options in DefinitionSubstitutions is missing; without any words it must be "".',
        ),
        Mistake(
            INVOKE,
            "",
            "      Policies:\n",
            f"Policies lacks a policy to call the workflow's steps; it must have {INVOKE[10:-1]}.",
        ),
        Mistake(
            INVOKE,
            INVOKE.replace("counter", "tally"),
            INVOKE.replace("counter", "tally"),
            "LambdaInvokePolicy has FunctionName !Sub ${AWS::StackName}-tally-, which does not match all steps; "
            f"it must be {INVOKE[10:-1]}.",
        ),
        Mistake(
            f"        - !Ref WorkflowPolicy\n{INVOKE}",
            INVOKE,
            "      Policies:\n",
            "Policies lacks !Ref WorkflowPolicy; without it no run can begin.",
        ),
    ],
)
def test_a_mistake_in_a_machine(project: Project, mistake: Mistake):
    """The workflow is named by its logical id, and it alone can't be used."""
    project.replace(mistake.before, mistake.after, within="  Counter:\n")

    line = project.line(mistake.at, after="  Counter:\n")
    assert project.findings() == [f"template.yaml, line {line}, Counter: {mistake.sentence}"]
    assert project.unusable() == {"Counter"}


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake("          STEP: count\n", "          STOP: count\n", "  CounterCount:\n", f"STEP is missing, {NAMED}"),
        Mistake(
            "          STEP: count\n",
            "          STEP: report\n",
            "          STEP: report\n",
            f"STEP is 'report', {NAMED}",
        ),
        Mistake(
            "      AutoPublishAlias: live\n",
            "",
            "  CounterCount:\n",
            "AutoPublishAlias is missing; it must be live: Steps refers to the Version that it publishes.",
        ),
        Mistake(
            "      AutoPublishAlias: live\n",
            "      AutoPublishAlias:\n",
            "      AutoPublishAlias:\n",
            "AutoPublishAlias is null; it must be live: Steps refers to the Version that it publishes.",
        ),
        Mistake(
            "      FunctionName: !Sub ${AWS::StackName}-counter-count\n",
            "",
            "  CounterCount:\n",
            "FunctionName is missing; Counter may call it if it begins with ${AWS::StackName}-counter-.",
        ),
    ],
)
def test_a_mistake_in_a_step_s_function(project: Project, mistake: Mistake):
    """The function is named by its logical id, and its workflow can't be used."""
    project.replace(mistake.before, mistake.after, within="  CounterCount:\n")

    line = project.line(mistake.at, after="  CounterCount:\n")
    assert project.findings() == [f"template.yaml, line {line}, CounterCount: {mistake.sentence}"]
    assert project.unusable() == {"Counter"}


def test_a_step_whose_parameters_make_no_version(project: Project):
    """It runs all the same, so that its workflow is served."""
    project.replace("      AutoPublishAliasAllProperties: true\n", "", within="  CounterCount:\n")

    place = f"template.yaml, line {project.line('  CounterCount:')}, CounterCount: "
    sentence = "it must be true, or a changed parameter makes no new version, and runs continue to use the old one."
    assert project.findings() == [f"{place}AutoPublishAliasAllProperties is missing; {sentence}"]
    assert project.unusable() == set()


def test_a_step_without_code(project: Project):
    """SAM refuses the function, so that it is left out as well."""
    project.replace("      CodeUri: functions/counter/\n", "", within="  CounterCount:\n")

    place = f"template.yaml, line {project.line('  CounterCount:')}, CounterCount: "
    assert project.findings() == [f"{place}CodeUri is missing; it must be the folder with the step's file."]
    assert project.unusable() == {"Counter", "CounterCount"}


def test_a_step_that_is_a_path(project: Project):
    """Only the folder of the step itself gets to AWS."""
    line = project.line(f"Steps: !Sub {STEPS}")
    project.replace("count=$", "../poll/report=$")
    project.replace("STEP: count", "STEP: ../poll/report")

    sentence = "Steps has '../poll/report'; a step's name may only have letters, digits, _ and -."
    assert project.findings() == [f"template.yaml, line {line}, Counter: {sentence}"]
    assert project.unusable() == {"Counter"}


def test_a_workflow_without_steps(project: Project):
    """Its runs would do nothing."""
    line = project.line(f"Steps: !Sub {STEPS}")
    project.replace(f"!Sub {STEPS}", '!Sub ""')

    form = "!Sub name=${Function.Version},name=${Function.Version}"
    sentence = f"Steps in DefinitionSubstitutions is !Sub ; it must be {form}."
    assert f"template.yaml, line {line}, Counter: {sentence}" in project.findings()
    assert project.unusable() == {"Counter"}


def test_a_step_of_another_workflow(project: Project):
    """The role of the workflow may not call it, unless a policy names it."""
    line = project.line(f"Steps: !Sub {STEPS}")
    project.replace(STEPS, f"{STEPS},wait_for_job=${{PollWaitForJob.Version}}")

    sentence = (
        "Steps has 'wait_for_job=${PollWaitForJob.Version}', a step of Poll; Counter may only call functions "
        "whose FunctionName begins with ${AWS::StackName}-counter-, and those that its LambdaInvokePolicy names."
    )
    assert project.findings() == [f"template.yaml, line {line}, Counter: {sentence}"]
    assert project.unusable() == {"Counter"}
    project.replace(INVOKE, f"{INVOKE}        - LambdaInvokePolicy: {{FunctionName: !Ref PollWaitForJob}}\n")
    assert project.findings() == []


@pytest.mark.parametrize("action", ["lambda:InvokeFunction", "lambda:Invoke*", "lambda:*"])
def test_a_policy_of_the_owner_s_own_that_calls_the_steps(project: Project, action: str):
    """It may stand in the place of LambdaInvokePolicy, as IAM reads it."""
    statement = f'{{Effect: Allow, Action: ["{action}"], Resource: "*"}}'
    project.replace(INVOKE, f"        - {{Statement: [{statement}]}}\n")

    assert project.findings() == []


@pytest.mark.parametrize(
    ("policies", "sentence"),
    [
        ("[]", "Policies lacks !Ref StepPolicy; without it the step can't read its run."),
        (
            '[!Ref StepPolicy, {Statement: [{Effect: Allow, Action: ["sns:Publish", "*"], Resource: "*"}]}]',
            "Policies allows the action '*', which means all; it must name the actions that the step needs.",
        ),
        ('[!Ref StepPolicy, {Statement: [{Effect: Allow, Action: "sns:Publish", Resource: "*"}]}]', None),
        ('[!Ref StepPolicy, {Statement: [{Effect: Deny, Action: "*", Resource: "*"}]}, AmazonSQSFullAccess]', None),
        ("!Ref StepPolicy", None),
    ],
)
def test_what_a_step_may_do(project: Project, policies: str, sentence: str | None):
    """Its owner may allow it more; everything is too much, and less than StepPolicy too little."""
    project.replace("[!Ref StepPolicy]", policies, within="  CounterCount:")

    line = project.line("Policies", after="  CounterCount:")
    assert project.findings() == ([f"template.yaml, line {line}, CounterCount: {sentence}"] if sentence else [])
    assert project.unusable() == set()


def test_a_step_that_was_forgotten_in_steps(project: Project):
    """A run would go without it. What older runs still need is marked, and is no mistake."""
    project.replace(STEPS, "report=${CounterReport.Version}")

    sentence = (
        "No workflow has this step in its Steps; it must be there as count=${CounterCount.Version}, or have Metadata: "
        "{RemovedFromSteps: true} while older runs need it."
    )
    line = project.line("  CounterCount:")
    assert project.findings() == [f"template.yaml, line {line}, CounterCount: {sentence}"]
    assert project.unusable() == set()
    project.replace("  CounterCount:\n", "  CounterCount:\n    Metadata: {RemovedFromSteps: true}\n")
    assert project.findings() == []


def test_a_function_without_step_that_no_steps_names(project: Project):
    """It has two mistakes, and no workflow that could run otherwise than it is meant."""
    project.replace(STEPS, "report=${CounterReport.Version}")
    project.replace("          STEP: count\n", "          STOP: count\n")

    line = project.line("  CounterCount:")
    place = f"template.yaml, line {line}, CounterCount: "
    assert f"{place}STEP is missing; it must be the name of the step's file, without .py." in project.findings()
    assert project.unusable() == set()


def test_two_workflows_of_one_name(project: Project):
    """Neither can be used, as nothing says which one is meant."""
    project.add(project.block("counter").replace("  Counter", "  Other").replace("{Counter", "{Other"))

    def twin(logical_id: str, text: str, at: str) -> str:
        line, first = project.line(at, after=f"  {logical_id}:"), logical_id.replace("Other", "Counter")
        sentence = f"{text}, as in {first} at line {project.line(f'  {first}:')}; each "
        return f"template.yaml, line {line}, {logical_id}: {sentence}"

    name = "FunctionName is !Sub ${AWS::StackName}-counter-"
    assert project.findings() == [
        twin("OtherCount", f"{name}count", "FunctionName") + "must have its own.",
        twin("OtherReport", f"{name}report", "FunctionName") + "must have its own.",
        twin("Other", "Workflow is 'counter'", "Workflow") + "workflow must have its own name.",
    ]
    assert project.unusable() == {"Counter", "Other"}


def test_a_logical_id_that_is_taken(project: Project):
    """YAML's readers take the last one silently, and the first is gone."""
    project.add(project.block("poll").replace("poll", "fetch").replace("  PollReport:", "  CounterReport:"))

    first = project.line("  CounterReport:")
    text = project.template.read_text(encoding="utf-8")
    second = text[: text.rindex("  CounterReport:")].count("\n") + 1
    sentence = f"The logical id CounterReport is already used at line {first}; each resource must have its own."
    assert f"template.yaml, line {second}, CounterReport: {sentence}" in project.findings()
    assert {"Counter", "Poll"} <= project.unusable()


def test_a_key_that_is_there_twice(project: Project):
    """In a workflow's own resource: it can't be used."""
    line = project.line("Workflow: counter")
    project.replace("        Workflow: counter\n", "        Workflow: tally\n        Workflow: counter\n")

    sentence = f"The key Workflow is already at line {line}; each key may occur only once."
    assert project.findings() == [f"template.yaml, line {line + 1}, Counter: {sentence}"]
    assert project.unusable() == {"Counter"}


def test_one_bad_workflow_hides_no_other(project: Project):
    """All are listed, in the order of the template, and then what is in folders."""
    project.replace(STEPS, "count,report=${CounterReport.Version}")
    project.replace("        Table: !Ref Runs\n", "", within="  Approval:")
    project.replace("STEP: wait_for_job", "STEP: wait")
    project.write("functions/callback/start_job.py", "")

    places = [each.partition(": ")[0].rpartition(", ")[2] for each in project.findings()]
    assert places == ["Approval", "PollWaitForJob", "Counter", "functions/callback/start_job.py"]
    assert project.unusable() == {"Approval", "Poll", "Counter"}


def test_what_is_of_the_owner_s_own_is_not_judged(project: Project):
    """Another state machine, a function with a Handler of its own, a role in the place of policies."""
    project.add(
        "  Mine:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      DefinitionUri: mine.asl.json\n\n"
        "  Own:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: own/\n      Handler: own.handler"
    )
    project.replace(f"      Policies:\n        - !Ref WorkflowPolicy\n{INVOKE}", "      Role: !GetAtt Mine.Arn\n")

    assert project.findings() == []


def test_merged_keys_are_no_duplicates(project: Project):
    """What is merged stands behind what is there."""
    project.replace("          STEP: count\n", "          <<: &more {LEVEL: high}\n          STEP: count\n")
    merged = "          <<: *more\n          LEVEL: low\n"
    project.replace("          STEP: report\n", f"{merged}          STEP: report\n", within="  CounterReport:")

    assert project.findings() == []
