"""Where moto 5.2.5 differs from AWS in a way that a workflow notices, and what is done about it.

deploy calls install() once per process; server and tests plug in who runs functions with run_functions_with(). There is
a module for each service, and versions for those of functions. Each comment says what moto does and what AWS does.
"""

from functools import lru_cache

from local.moto_differences import resource_types  # before all that imports moto's CloudFormation

# isort: split
from local.moto_differences import (
    awslambda,
    cloudformation,
    dynamodb,
    engine,
    events,
    iam,
    interpreter,
    regions,
    s3,
    scheduler,
    ses,
    step_functions,
    streams,
    versions,
)
from local.moto_differences.awslambda import run_functions_with
from local.moto_differences.cloudformation import lasting_names
from local.moto_differences.deliveries import all_delivered
from local.moto_differences.deliveries import resume as resume_deliveries
from local.moto_differences.resource_types import is_supported

__all__ = ["all_delivered", "install", "is_supported", "lasting_names", "resume_deliveries", "run_functions_with"]


@lru_cache(maxsize=1)
def install() -> None:
    """Changes moto in this process, and has the engine answer for it. Further calls do nothing."""
    for service in (
        resource_types,
        regions,
        iam,
        cloudformation,
        versions,
        awslambda,
        dynamodb,
        streams,
        events,
        s3,
        scheduler,
        ses,
        step_functions,
        interpreter,
        engine,
    ):
        service.install()
