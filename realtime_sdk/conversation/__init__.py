"""What is said: the server's events in, responses with ordered items out. Pure: sync in, results out."""

from ..events import ProtocolViolation
from .conversation import FORMAT, Conversation
from .feed import Event, Feed, NewEvent, Outcome, Queue
from .items import FunctionCallItem, FunctionCallOutputItem, Item
from .message import MessageItem, PlayoutState
from .playouts import Playout
from .response import Response
from .response_queue import Ask, ResponseQueue
from .router import Router
from .sdk_events import (
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
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
    "FORMAT", "Ask", "CaptionShown", "Conversation", "DeviceLost", "DeviceRestored", "Disconnected", "Event", "Feed",
    "FunctionCallItem", "FunctionCallOutputItem", "InputLevel", "Interrupted", "Item", "ItemAdded", "MessageItem",
    "NewEvent", "Outcome", "OutputLevel", "Playout", "PlayoutFinished", "PlayoutStarted", "PlayoutState",
    "ProtocolViolation", "Queue", "Reconnected", "Response", "ResponseFinished", "ResponseQueue", "ResponseStarted",
    "Router", "SdkEvent", "ServerError", "SessionReady", "ToolFinished", "ToolStarted", "Underrun",
    "UserSpeechStarted", "UserSpeechStopped", "UserTranscript",
]  # fmt: skip
