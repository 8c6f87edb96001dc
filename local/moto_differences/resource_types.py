"""Which of moto 5.2.5's services are imported: those that a template or a request names.

moto: to deploy any template it imports each service that CloudFormation knows, also EC2 with all its types of machines,
which takes more than a second. Here: a service comes with the first resource of it. This module stands above all others
that import moto's CloudFormation.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import moto

from local.moto_differences.patch import replace

_LATER = {
    "apigateway": "AWS::ApiGateway",
    "autoscaling": "AWS::AutoScaling",
    "batch": "AWS::Batch",
    "datapipeline": "AWS::DataPipeline",
    "ec2": "AWS::EC2",
    "ecs": "AWS::ECS",
    "efs": "AWS::EFS",
    "elb": "AWS::ElasticLoadBalancing",
    "elbv2": "AWS::ElasticLoadBalancingV2",
    "emr": "AWS::EMR",
    "iot": "AWS::IoT",
    "kms": "AWS::KMS",
    "rds": "AWS::RDS",
    "redshift": "AWS::Redshift",
    "route53": "AWS::Route53",
    "sagemaker": "AWS::SageMaker",
}
"""Each service that is imported for its resources alone, and the first part of their types."""


class _Ec2Backends:
    """Stands where the Parameter Store and CloudFormation hold EC2's backends."""

    def __getitem__(self, account: str) -> Any:
        from moto.ec2.models import ec2_backends

        return ec2_backends[account]


class _NotOfEc2:
    """Stands where CloudFormation asks whether a resource is EC2's. Without EC2 there is no such resource."""


@contextmanager
def _placeholders() -> Iterator[None]:
    """Packages that are empty but for their small modules stand where a service is not there yet, during an import."""
    absent = [service for service in _LATER if f"moto.{service}" not in sys.modules]
    for service in absent:
        package, models = ModuleType(f"moto.{service}"), ModuleType(f"moto.{service}.models")
        package.__path__ = [str(Path(moto.__path__[0], service))]
        package.models = models  # type: ignore[attr-defined]
        sys.modules |= {package.__name__: package, models.__name__: models}
    if "ec2" in absent:
        core, package = ModuleType("moto.ec2.models.core"), sys.modules["moto.ec2"]
        core.TaggedEC2Resource = _NotOfEc2  # type: ignore[attr-defined]
        package.ec2_backends = sys.modules["moto.ec2.models"].ec2_backends = _Ec2Backends()  # type: ignore[attr-defined]
        sys.modules[core.__name__] = core
    try:
        yield
    finally:
        gone = tuple(f"moto.{service}." for service in absent)
        for name in [name for name in sys.modules if f"{name}.".startswith(gone)]:
            del sys.modules[name]


with _placeholders():
    from moto.cloudformation import parsing

    # It knows the statuses of a batch job.
    importlib.import_module("moto.stepfunctions.parser.asl.parse.asl_parser")


def is_supported(resource_type: str) -> bool:
    """Whether moto's CloudFormation has a type of resource. Imports the service that has it."""
    _import_service_of(resource_type)
    return resource_type in parsing.get_model_map()


def forget() -> None:
    """Has CloudFormation look again which types of resources there are."""
    for known in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        known.cache_clear()


def _import_service_of(resource_type: str) -> None:
    owner = resource_type.rpartition("::")[0]
    service = next((service for service, of_service in _LATER.items() if of_service == owner), None)
    if service is None or resource_type in parsing.get_model_map():
        return
    importlib.import_module(f"moto.{service}.models")
    forget()
    if core := sys.modules.get("moto.ec2.models.core"):
        replace(parsing, "TaggedEC2Resource", core.TaggedEC2Resource)


def install() -> None:
    class_of = parsing.resource_class_from_type

    def class_of_imported(resource_type: str) -> Any:
        _import_service_of(resource_type)
        return class_of(resource_type)

    replace(parsing, "resource_class_from_type", class_of_imported)
