"""What moto 5.2.5 makes of a schedule in a template."""

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.scheduler.models import scheduler_backends

from local.moto_differences import resource_types


class ScheduleResource(CloudFormationModel):
    """moto: CloudFormation has no AWS::Scheduler::Schedule. AWS: creates it. Nothing fires it here."""

    def __init__(self, name: str, arn: str) -> None:
        self.physical_resource_id = name
        self.arn = arn

    @staticmethod
    def cloudformation_name_type() -> str:
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Scheduler::Schedule"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Arn"

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        return {"Arn": self.arn}[attribute_name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> "ScheduleResource":
        given = cloudformation_json["Properties"]
        backend: Any = scheduler_backends[account_id][region_name]
        group = given.get("GroupName")
        if group and group not in backend.schedule_groups:
            backend.create_schedule_group(group, [])
        schedule = backend.create_schedule(
            description=given.get("Description"), end_date=None, start_date=None,
            flexible_time_window=given.get("FlexibleTimeWindow"), group_name=group,
            kms_key_arn=given.get("KmsKeyArn"), name=given.get("Name", resource_name),
            schedule_expression=given["ScheduleExpression"],
            schedule_expression_timezone=given.get("ScheduleExpressionTimezone"),
            state=given.get("State"), target=given["Target"], action_after_completion=None,
        )  # fmt: skip
        return cls(schedule.name, schedule.arn)


def install() -> None:
    # Somebody may have asked before this class was there.
    resource_types.forget()
