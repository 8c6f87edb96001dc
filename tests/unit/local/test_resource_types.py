"""local.moto_differences.resource_types: a service of moto is imported when a resource of it is wanted, not before."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]

ALL = """
import json
from moto.cloudformation.parsing import get_model_map
print(json.dumps({name: model.__qualname__ for name, model in get_model_map().items()}))
"""
LATER = """
import json, sys
from local import moto_differences
from moto.cloudformation import parsing
moto_differences.install()
at_first = len(parsing.get_model_map())
names = json.loads(sys.argv[1])
print(json.dumps([at_first, {name: parsing.resource_class_from_type(name).__qualname__ for name in names}]))
"""
EC2 = """
import json
from local import moto_differences
from moto.cloudformation.models import cloudformation_backends
from moto.ssm.models import ssm_backends
moto_differences.install()
template = {"Resources": {"Net": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}}
backend = cloudformation_backends["123456789012"]["us-east-1"]
stack = backend.create_stack(name="mine", template=json.dumps(template), parameters={})
from moto.ec2.models import ec2_backends
[network] = [each for each in ec2_backends["123456789012"]["us-east-1"].vpcs.values() if not each.is_default]
print(json.dumps({each["key"]: each["value"] for each in network.get_tags()}))
"""
STARTED = """
import json, sys
from pathlib import Path
described = set()
def hear(event, given):
    if event == "open" and "service-2." in str(given[0]):
        described.add(given[0])

sys.addaudithook(hear)
from local import server
with server.running(Path("template.yaml"), say=lambda line: None):
    pass
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
parsed = AmazonStateLanguageParser.parse.cache_info().misses
described = sorted(Path(name).parts[-3] for name in described)
print(json.dumps([parsed, described, sorted(name for name in sys.modules if name.count(".") <= 1)]))
"""


def said(program: str, *arguments: str) -> Any:
    """What a new process prints, as JSON."""
    done = subprocess.run(  # noqa: S603 - this project
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.proof
def test_every_type_that_moto_knows_is_found():
    """With the class that moto has for it, though most are not there at first."""
    every = said(ALL)
    del every["AWS::SERVICE::RESOURCE"]  # what moto's guide calls its example
    at_first, found = said(LATER, json.dumps(list(every)))

    assert found == every
    assert at_first < len(every) / 2


@pytest.mark.proof
def test_resources_of_a_service_that_comes_later_work():
    """EC2's are told the stack's name, which moto does for them alone."""
    assert said(EC2)["aws:cloudformation:stack-name"] == "mine"


@pytest.mark.proof
def test_a_start_imports_what_the_template_needs():
    """None of the services that take long, the translator only for a template that is new, no second parser for the
    state machines that the engine runs, and no description of a service but a short one.
    """
    said(STARTED)
    parsed, described, modules = said(STARTED)

    assert parsed == 0
    assert described == ["sts"]
    assert "moto.dynamodb" in modules
    assert {"moto.ec2", "moto.ecs", "moto.batch", "moto.apigateway"} & set(modules) == set()
    assert [name for name in modules if name.startswith("samtranslator.")] == ["samtranslator.yaml_helper"]
