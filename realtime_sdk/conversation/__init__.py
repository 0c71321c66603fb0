"""What is said: the server's events in, responses with ordered items out. Pure: sync in, results out."""

from ..protocol import ProtocolViolation
from .conversation import FORMAT, Conversation, ConversationItem
from .effects import NOTHING, Effects, emitting, sending
from .engine import TIMEOUT, Engine
from .feed import Event, Feed, Filtered, NewEvent, Outcome, Queue
from .items import FunctionCallItem, FunctionCallOutputItem, Item, OtherItem
from .message import MessageItem
from .playout_state import PlayoutState
from .playouts import Playout
from .requests import Request, RequestState
from .response import Response, ResponseItem, ResponseState
from .sdk_events import (
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    Idle,
    InputLevel,
    Interrupted,
    ItemAdded,
    OutputLevel,
    PlayoutFinished,
    PlayoutStarted,
    Reconnected,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ServerError,
    ServerMessage,
    SessionReady,
    ToolFinished,
    ToolStarted,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from .settings import MessageSettings

__all__ = [
    "FORMAT",
    "NOTHING",
    "TIMEOUT",
    "CaptionShown",
    "Conversation",
    "ConversationItem",
    "DeviceLost",
    "DeviceRestored",
    "Disconnected",
    "EchoCancellerFailed",
    "Effects",
    "Engine",
    "Event",
    "Feed",
    "Filtered",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "Idle",
    "InputLevel",
    "Interrupted",
    "Item",
    "ItemAdded",
    "MessageItem",
    "MessageSettings",
    "NewEvent",
    "OtherItem",
    "Outcome",
    "OutputLevel",
    "Playout",
    "PlayoutFinished",
    "PlayoutStarted",
    "PlayoutState",
    "ProtocolViolation",
    "Queue",
    "Reconnected",
    "Request",
    "RequestState",
    "Response",
    "ResponseFinished",
    "ResponseItem",
    "ResponseStarted",
    "ResponseState",
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
    "emitting",
    "sending",
]
