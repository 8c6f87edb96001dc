"""Executions of Step Functions' state machines. A line imports only from lines above it:

text; failures
intrinsics; paths < expressions < choices < definition
executions < history < transition
control_plane < tasks < runner < machines
"""

from local.engine.machines.control_plane import ControlPlane
from local.engine.machines.machines import Machines
from local.engine.machines.runner import Ended
from local.engine.machines.tasks import Invoke

__all__ = ["ControlPlane", "Ended", "Invoke", "Machines"]
