"""Fakes of the server, the devices and the clock: test an application without a key, a network or a sound card."""

from ._assertions import (
    assert_heard,
    assert_interrupted,
    assert_silent,
    assert_tool_called,
    assert_truncated,
    describe_talk,
)
from ._check_input import check_input_device
from ._check_output import check_output_device
from ._clock import Deadlock, VirtualLoop, run_virtual, stall
from ._connection_faults import (
    BETA_DISABLED,
    INVALID_API_KEY,
    INVALID_MODEL,
    Close,
    ConnectionFault,
    Expire,
    Phase,
    Refuse,
    Reset,
    Silence,
)
from ._device_rules import DeviceCheckFailed
from ._devices import Sound, VirtualMicrophone, VirtualSpeaker
from ._fake_connection import FakeConnection, FakeItem, FakeSession
from ._fake_gateway import FakeCall, FakeGateway
from ._fake_live_server import FakeLiveServer
from ._fake_server import FakeServer
from ._faults import DoneOrder, Only, Tamper, changed, drop, followed_by, instead, late, twice, without
from ._replay import Replay, replay
from ._script import Pause, Raw, ScriptedMessage, ScriptItem, SpokenSegment, call, message
from ._sounds import Stretch, noise, stretches
from ._tool_servers import ScriptedMcpCall, mcp_call

__all__ = [
    "BETA_DISABLED",
    "INVALID_API_KEY",
    "INVALID_MODEL",
    "Close",
    "ConnectionFault",
    "Deadlock",
    "DeviceCheckFailed",
    "DoneOrder",
    "Expire",
    "FakeCall",
    "FakeConnection",
    "FakeGateway",
    "FakeItem",
    "FakeLiveServer",
    "FakeServer",
    "FakeSession",
    "Only",
    "Pause",
    "Phase",
    "Raw",
    "Refuse",
    "Replay",
    "Reset",
    "ScriptItem",
    "ScriptedMcpCall",
    "ScriptedMessage",
    "Silence",
    "Sound",
    "SpokenSegment",
    "Stretch",
    "Tamper",
    "VirtualLoop",
    "VirtualMicrophone",
    "VirtualSpeaker",
    "assert_heard",
    "assert_interrupted",
    "assert_silent",
    "assert_tool_called",
    "assert_truncated",
    "call",
    "changed",
    "check_input_device",
    "check_output_device",
    "describe_talk",
    "drop",
    "followed_by",
    "instead",
    "late",
    "mcp_call",
    "message",
    "noise",
    "replay",
    "run_virtual",
    "stall",
    "stretches",
    "twice",
    "without",
]
