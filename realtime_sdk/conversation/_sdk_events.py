"""The SDK's own events, in the order in which a person perceives them: the one stream that a UI needs.

`Session.events()` yields them. Each carries the objects it speaks of. `at` is wall-clock seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ..protocol._codec import ProtocolViolation, ServerEvent

if TYPE_CHECKING:
    from ..captions._caption import Caption
    from ._conversation import ConversationItem
    from ._items import FunctionCallItem
    from ._message import MessageItem
    from ._playout import Playout
    from ._response import Response, ResponseItem

__all__ = [
    "CaptionShown",
    "DeviceLost",
    "DeviceRestored",
    "Disconnected",
    "EchoCancellerFailed",
    "Idle",
    "InputLevel",
    "Interrupted",
    "ItemAdded",
    "OutputLevel",
    "PlayoutFinished",
    "PlayoutStarted",
    "Reconnected",
    "ResponseFinished",
    "ResponseStarted",
    "SdkEvent",
    "ServerError",
    "ServerMessage",
    "SessionReady",
    "ToolFinished",
    "ToolStarted",
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
    usage: dict[str, Any] | None = None  # of the transcription, in the wire's words; None: the server does not say


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
class ToolStarted:
    """A function of the application was called."""

    at: float
    call: FunctionCallItem


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """The call's output went to the server."""

    at: float
    call: FunctionCallItem
    error: str | None  # what went wrong, as text; None: nothing did
    exception: BaseException | None = field(default=None, repr=False)  # what the function raised, if it did


@dataclass(frozen=True, slots=True)
class Idle:
    """Neither the user nor a reply was heard since `since`: wall-clock seconds, as `at`."""

    at: float
    since: float


@dataclass(frozen=True, slots=True)
class InputLevel:
    """Loudness of the microphone, 10 to 20 times a second: root mean square in dB of full scale."""

    at: float
    dbfs: float


@dataclass(frozen=True, slots=True)
class OutputLevel:
    """Loudness of what is heard, 10 to 20 times a second: root mean square in dB of full scale."""

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
class EchoCancellerFailed:
    """The echo canceller raised, or could not keep up; from now on the microphone is closed while the speaker plays."""

    at: float
    reason: str  # what happened, and what to do


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
    SessionReady | UserSpeechStarted | UserSpeechStopped | UserTranscript
    | ResponseStarted | ItemAdded | PlayoutStarted | CaptionShown | PlayoutFinished | Interrupted | ResponseFinished
    | ToolStarted | ToolFinished | Idle | InputLevel | OutputLevel | Underrun
    | DeviceLost | DeviceRestored | EchoCancellerFailed | Disconnected | Reconnected
    | ServerMessage | ServerError | ProtocolViolation
)
"""An event of `Session.events`."""
