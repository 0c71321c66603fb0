"""What is said: the server's events in, responses with ordered items out. Pure: sync in, results out."""

from ..events import ProtocolViolation
from .conversation import FORMAT, Conversation, ConversationItem
from .feed import Event, Feed, NewEvent, Outcome, Queue
from .items import FunctionCallItem, FunctionCallOutputItem, Item, OtherItem
from .message import MessageItem, PlayoutState
from .playouts import Playout
from .response import Response, ResponseItem
from .response_queue import Ask, ResponseQueue
from .router import Router
from .sdk_events import (
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
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
    SessionReady,
    ToolFinished,
    ToolStarted,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)

__all__ = [
    "FORMAT",
    "Ask",
    "CaptionShown",
    "Conversation",
    "ConversationItem",
    "DeviceLost",
    "DeviceRestored",
    "Disconnected",
    "Event",
    "Feed",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "Idle",
    "InputLevel",
    "Interrupted",
    "Item",
    "ItemAdded",
    "MessageItem",
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
    "Response",
    "ResponseFinished",
    "ResponseItem",
    "ResponseQueue",
    "ResponseStarted",
    "Router",
    "SdkEvent",
    "ServerError",
    "SessionReady",
    "ToolFinished",
    "ToolStarted",
    "Underrun",
    "UserSpeechStarted",
    "UserSpeechStopped",
    "UserTranscript",
]  # fmt: skip
