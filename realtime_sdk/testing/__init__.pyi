"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._assertions import (
    assert_heard as assert_heard,
    assert_interrupted as assert_interrupted,
    assert_silent as assert_silent,
    assert_tool_called as assert_tool_called,
    assert_truncated as assert_truncated,
    describe_talk as describe_talk,
)
from ._clock import (
    Deadlock as Deadlock,
    VirtualLoop as VirtualLoop,
    now as now,
    run_virtual as run_virtual,
    stall as stall,
)
from ._connection_faults import (
    BETA_DISABLED as BETA_DISABLED,
    INVALID_API_KEY as INVALID_API_KEY,
    INVALID_MODEL as INVALID_MODEL,
    Close as Close,
    ConnectionFault as ConnectionFault,
    Expire as Expire,
    Phase as Phase,
    Refuse as Refuse,
    Reset as Reset,
    Silence as Silence,
)
from ._fake_connection import FakeConnection as FakeConnection, FakeItem as FakeItem, FakeSession as FakeSession
from ._fake_server import FakeServer as FakeServer
from ._faults import (
    DoneOrder as DoneOrder,
    Only as Only,
    Tamper as Tamper,
    changed as changed,
    drop as drop,
    followed_by as followed_by,
    instead as instead,
    late as late,
    twice as twice,
    without as without,
)
from ._script import (
    Pause as Pause,
    Raw as Raw,
    ScriptedMessage as ScriptedMessage,
    ScriptItem as ScriptItem,
    SpokenSegment as SpokenSegment,
    call as call,
    message as message,
)
from ._sounds import Stretch as Stretch, noise as noise, stretches as stretches
from ._tool_servers import ScriptedMcpCall as ScriptedMcpCall, mcp_call as mcp_call
from .devices._check_input import check_input_device as check_input_device
from .devices._check_output import check_output_device as check_output_device
from .devices._rules import DeviceCheckFailed as DeviceCheckFailed
from .devices._virtual_microphone import VirtualMicrophone as VirtualMicrophone
from .devices._virtual_speaker import Sound as Sound, VirtualSpeaker as VirtualSpeaker
from .gateway._fake_call import FakeCall as FakeCall
from .gateway._fake_gateway import FakeGateway as FakeGateway
from .live._fake_live_server import FakeLiveServer as FakeLiveServer
from .recorded._replay import Replay as Replay, replay as replay
