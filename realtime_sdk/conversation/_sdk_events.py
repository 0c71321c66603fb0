"""The SDK's own events, in the order in which a person perceives them: the one stream that a UI needs.

`Session.events()` yields them. Each carries the objects it speaks of. `at` is wall-clock seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..protocol._codec import ProtocolViolation, ServerEvent
from ..protocol._differences import SettingDifference

if TYPE_CHECKING:
    from ..captions._caption import Caption
    from ._conversation import ConversationItem
    from ._response import Response, ResponseItem
    from .items._items import FunctionCallItem
    from .items._mcp_items import McpCallItem, McpListToolsItem
    from .message._message import MessageItem
    from .message._playout import Playout
    from .tools._approval import Approval
    from .usage._turn_timing import TurnTiming
    from .usage._usage import TranscriptionUsage

__all__ = [
    "ApprovalRequested",
    "BudgetExceeded",
    "CaptionShown",
    "DeviceLost",
    "DeviceRestored",
    "Disconnected",
    "EchoCancellerFailed",
    "Idle",
    "InputFault",
    "InputFaultEnded",
    "InputLevel",
    "Interrupted",
    "ItemAdded",
    "OutputLevel",
    "PlayoutFinished",
    "PlayoutStarted",
    "Reconnected",
    "RecordingFailed",
    "RecordingRestored",
    "ResponseFinished",
    "ResponseStarted",
    "SdkEvent",
    "ServerError",
    "ServerMessage",
    "SessionReady",
    "SettingsDiffer",
    "ToolFinished",
    "ToolStarted",
    "ToolsListed",
    "TurnAnswered",
    "Underrun",
    "UserSpeechStarted",
    "UserSpeechStopped",
    "UserTranscript",
]


@dataclass(frozen=True, slots=True)
class SessionReady:
    """The server opened the session; `session` is the wire's session object as it came."""

    at: float
    session: dict[str, Any] = field(repr=False)  # it may hold credentials of tools


@dataclass(frozen=True, slots=True)
class SettingsDiffer:
    """The server confirmed the configuration with other values in some fields: another voice, a missing tool.

    Emitted after `connect`, `Session.update` and a reconnection; once for the same differences on a connection.
    """

    at: float
    differences: tuple[SettingDifference, ...]


@dataclass(frozen=True, slots=True)
class UserSpeechStarted:
    """The server detected the beginning of the user's speech; `item_id` is the id that the user's item will have."""

    at: float
    item_id: str | None


@dataclass(frozen=True, slots=True)
class UserSpeechStopped:
    """The server detected the end of the user's speech."""

    at: float
    item_id: str | None


@dataclass(frozen=True, slots=True)
class UserTranscript:
    """The transcript of the user's speech so far; `final` once, with the whole text."""

    at: float
    item: MessageItem
    text: str  # the whole transcript so far
    final: bool
    usage: TranscriptionUsage | None = None  # of the final one: what it cost; None: the server does not say


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """The server began a response."""

    at: float
    response: Response


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """The model began an item of a response."""

    at: float
    response: Response
    item: ResponseItem


@dataclass(frozen=True, slots=True)
class PlayoutStarted:
    """The first frame of this item left the converter, `item.playout.latency` seconds after its first delta came."""

    at: float
    item: MessageItem


@dataclass(frozen=True, slots=True)
class TurnAnswered:
    """The answer to a turn of the user's begins to be heard; `timing` says when each stage until here was reached."""

    at: float
    timing: TurnTiming


@dataclass(frozen=True, slots=True)
class CaptionShown:
    """These words of the item are audible now."""

    at: float
    item: MessageItem
    caption: Caption


@dataclass(frozen=True, slots=True)
class PlayoutFinished:
    """This item's playout is finished: heard in full, cut, or never heard (`playout.started_at` is None)."""

    at: float
    item: MessageItem
    playout: Playout


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user, or the application, cut the reply; `playouts` has one entry for each item that it touched."""

    at: float
    playouts: tuple[Playout, ...]


@dataclass(frozen=True, slots=True)
class ResponseFinished:
    """The server ended a response (its audio may go on for a long time)."""

    at: float
    response: Response


@dataclass(frozen=True, slots=True)
class BudgetExceeded:
    """The session has cost more than its `Budget`; emitted once, and nothing else happens."""

    at: float
    cost: Decimal  # so far, in the currency of the prices
    limit: Decimal


@dataclass(frozen=True, slots=True)
class ToolsListed:
    """The server has listed the tools of a tool server, or could not."""

    at: float
    item: McpListToolsItem  # with the label of the tool server, and its tools
    error: str | None  # why they are not listed; None: they are


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A call is not made before the application has answered: `approval.approve()` or `approval.refuse(reason)`."""

    at: float
    approval: Approval


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A function of the application was called, or the server runs a hosted tool."""

    at: float
    call: FunctionCallItem | McpCallItem


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """The call's output went to the server; of a hosted tool: it has ended."""

    at: float
    call: FunctionCallItem | McpCallItem
    error: str | None  # what went wrong, as text; None: nothing did
    exception: BaseException | None = field(default=None, repr=False)  # what the function raised, if it did


@dataclass(frozen=True, slots=True)
class Idle:
    """Neither the user nor a reply was heard since `since`: wall-clock seconds, as `at`."""

    at: float
    since: float


@dataclass(frozen=True, slots=True)
class InputLevel:
    """Loudness of the microphone, 10 to 20 times a second: root mean square in dB of full scale.

    When it gives nothing any more, muted hard or replaced by None, one level of -96 dB follows, and none until it does.
    """

    at: float
    dbfs: float


@dataclass(frozen=True, slots=True)
class OutputLevel:
    """Loudness of what is heard, 10 to 20 times a second: root mean square in dB of full scale.

    When the speaker falls silent, one level of -96 dB follows, and none until something is heard again.
    """

    at: float
    dbfs: float


@dataclass(frozen=True, slots=True)
class Underrun:
    """The device ran out of frames in the middle of this item; silence followed and is not counted as heard.

    Emitted when playback goes on; `item.playout.underruns` says how often it happened.
    """

    at: float
    item: MessageItem


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """An audio device failed; `side` is "input" or "output"."""

    at: float
    side: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceRestored:
    """A lost device is back."""

    at: float
    side: str


@dataclass(frozen=True, slots=True)
class InputFault:
    """The microphone works, but gives nothing but silence, or clips; reported once, until it ends.

    `Session.mute` causes none: what counts is the audio of the microphone itself.
    """

    at: float
    fault: Literal["silent", "clipping"]
    reason: str  # what happened, and what to do


@dataclass(frozen=True, slots=True)
class InputFaultEnded:
    """The microphone gives a signal again, or clips no more; or its device was lost or exchanged."""

    at: float
    fault: Literal["silent", "clipping"]


@dataclass(frozen=True, slots=True)
class EchoCancellerFailed:
    """The echo canceller raised, or could not keep up: the microphone is closed while the speaker plays.

    A canceller that raised is not used again; one that could not keep up is tried again after half a minute.
    """

    at: float
    reason: str  # what happened, and what to do


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """The disk of a recording has stalled, or refuses what is written, or a file was deleted; the session goes on."""

    at: float
    folder: str  # of the recording
    reason: str  # what happened, and what to do


@dataclass(frozen=True, slots=True)
class RecordingRestored:
    """The disk of a recording can be written to again, and what waited for it has been written.

    What there was no room for is missing: frames and events are in no file of the recording, audio is silence in it.
    """

    at: float
    folder: str
    audio_dropped: float = 0.0  # seconds, of both sides together
    frames_dropped: int = 0  # of the wire
    events_dropped: int = 0  # of the session


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection ended; `will_retry`: the session connects again, and goes on."""

    at: float
    code: int | None  # of the WebSocket close; None: there was none
    reason: str
    will_retry: bool = False


@dataclass(frozen=True, slots=True)
class Reconnected:
    """A new connection carries the session on.

    Its server was given the items of `carried`: messages as the text that was heard, calls with their outputs. It lacks
    those of `lost`, or knows only that there was one: a call without an output, speech that was not transcribed.
    """

    at: float
    carried: tuple[ConversationItem, ...] = ()
    lost: tuple[ConversationItem, ...] = ()
    audio_sent: float = 0.0  # seconds of the user's audio that were held, and sent now
    audio_dropped: float = 0.0  # seconds of it that were too old
    renewed: bool = False  # before the old connection ended, at the end of a turn


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """The server sent an event that the session itself has no use for, such as a key press of a telephone."""

    at: float
    event: ServerEvent


@dataclass(frozen=True, slots=True)
class ServerError:
    """The server sent an `error` event; the session lives on."""

    at: float
    type: str
    code: str | None
    message: str
    event_id: str | None  # of our client event, where the server says


SdkEvent: TypeAlias = (
    SessionReady | SettingsDiffer | UserSpeechStarted | UserSpeechStopped | UserTranscript
    | ResponseStarted | ItemAdded | PlayoutStarted | TurnAnswered | CaptionShown | PlayoutFinished | Interrupted
    | ResponseFinished | BudgetExceeded | ToolsListed | ApprovalRequested | ToolStarted | ToolFinished
    | Idle | InputLevel | OutputLevel | Underrun
    | DeviceLost | DeviceRestored | InputFault | InputFaultEnded | EchoCancellerFailed
    | RecordingFailed | RecordingRestored | Disconnected | Reconnected
    | ServerMessage | ServerError | ProtocolViolation
)
"""An event of `Session.events`."""
