"""How moto 5.2.5 runs the states of a state machine."""

import logging
import secrets
import sys
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from moto.core.models import botocore_stubber
from moto.settings import moto_server_port
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend import execution_worker

from local.access.roles import Credentials, assume, assumed_by
from local.moto_differences.patch import replace


def install() -> None:
    # moto: logs an error for every IsPresent that is false, and for whatever a Catch takes. AWS: has a history.
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)

    # moto: EnteredTime has microseconds and an offset, StartTime is a datetime, which is no DynamoDB value.
    # AWS: both are texts like 2026-11-22T16:26:44.194Z.
    def state_data(**data: Any) -> dict[str, Any]:
        return {**data, "EnteredTime": _timestamp(datetime.fromisoformat(data["EnteredTime"]))}

    def execution_data(**data: Any) -> dict[str, Any]:
        return {**data, "StartTime": _timestamp(data["StartTime"])}

    replace(state, "StateData", state_data)
    replace(execution_worker, "ExecutionData", execution_data)

    # moto: states:startExecution calls boto3 with the keys as they are in the state machine, and fails.
    # AWS: keys are upper case on both sides.
    normalise = StateTaskServiceSfn._normalise_parameters

    def lower_case_keys(self: StateTaskServiceSfn, parameters: dict[str, Any], *more: Any, **by_name: Any) -> None:
        normalise(self, parameters, *more, **by_name)
        for key in list(parameters):
            parameters[key[0].lower() + key[1:]] = parameters.pop(key)

    def upper_case_keys(_self: StateTaskServiceSfn, response: dict[str, Any], *_: Any, **__: Any) -> None:
        for key in list(response):
            value = response.pop(key)
            response[key[0].upper() + key[1:]] = value.timestamp() if isinstance(value, datetime) else value

    replace(StateTaskServiceSfn, "_normalise_parameters", lower_case_keys)
    replace(StateTaskServiceSfn, "_normalise_response", upper_case_keys)

    # moto: parses the definition for every execution, every path on every use, and makes a client for every task.
    # What is parsed keeps no state, but for a key that it makes up when it is first used: it gets one before.
    parse = lru_cache(maxsize=256)(AmazonStateLanguageParser.parse)
    replace(AmazonStateLanguageParser, "parse", staticmethod(parse))
    replace(EvalComponent, "heap_key", property(lambda self: str(id(self))))
    paths: tuple[Any, ...] = (json_path, result_path)
    for module in paths:
        replace(module, "parse", lru_cache(maxsize=4096)(module.parse))
    client_for = boto_client.boto_client_for
    for module in list(sys.modules.values()):
        if getattr(module, "boto_client_for", None) is client_for:
            replace(module, "boto_client_for", _client_for)


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    # Under mock_aws requests are answered before they are sent; beside a server they go there.
    port = None if botocore_stubber.enabled else moto_server_port()
    # moto: calls with credentials of nobody. AWS: with those of the state machine's role, or of the task's own.
    key = _key_of(state_credentials.role_arn, region) if state_credentials else None
    return _client(region, service, port, key)


_keys: dict[str, Credentials] = {}


def _key_of(role: str, region: str) -> Credentials | None:
    """Credentials of a role. Those of a moto that has been reset since are worth nothing."""
    key = _keys.get(role)
    if key is None or assumed_by(key.access_key_id) is None:
        key = assume(role, "states.amazonaws.com", secrets.token_hex(16), region)
        if key:
            _keys[role] = key
    return key


@lru_cache(maxsize=512)
def _client(region: str, service: str, port: str | None, key: Credentials | None) -> Any:
    return boto3.client(  # type: ignore[call-overload]  # the stubs want a literal name
        service,
        region_name=region,
        endpoint_url=port and f"http://127.0.0.1:{port}",
        aws_access_key_id=key.access_key_id if key else "local",
        aws_secret_access_key=key.secret_access_key if key else "local",
        aws_session_token=key.session_token if key else None,
        config=Config(
            parameter_validation=False,
            max_pool_connections=50,
            retries={"total_max_attempts": 1},
            # A task's own timeout ends it.
            connect_timeout=10,
            read_timeout=1_000_000,
        ),
    )
