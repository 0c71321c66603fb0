"""Realtime voice for asyncio, with its own audio I/O: what is said, what is heard, what is shown.

`connect` opens a `Session`; a session has `Response`s, these have items, and a `MessageItem` knows what of it was
heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .acoustic import align
from .audio import AudioFormat, Formats, Pcm
from .captions import Caption, CaptionLine, TranscriptAligner, Utterance, to_srt, to_vtt
from .capture import SileroVoiceActivity, Turns, TurnSource, VoiceActivity
from .capture.echo import EchoCanceller
from .conversation import (
    Approval,
    Budget,
    Conversation,
    ConversationItem,
    FunctionCallItem,
    FunctionCallOutputItem,
    LatencySummary,
    McpApprovalRequestItem,
    McpCallItem,
    McpListToolsItem,
    MessageItem,
    OtherItem,
    Percentiles,
    Playout,
    Price,
    Prices,
    Response,
    SessionUsage,
    TranscribedUtterance,
    TranscriptionUsage,
    TurnEnd,
    TurnTiming,
    Usage,
    _sdk_events,
)
from .conversation._sdk_events import *  # every SDK event, by the `__all__` beside their definitions
from .devices import (
    DeviceInfo,
    InputDevice,
    Microphone,
    NullSpeaker,
    OutputDevice,
    Speaker,
    WavMicrophone,
    WavSpeaker,
    list_devices,
)
from .errors import (
    ConnectionFailed,
    ConnectionLost,
    DeviceError,
    ExtraMissing,
    PortAudioMissing,
    RealtimeError,
    RequestTimedOut,
    ServerRefused,
    ToolError,
    UsageError,
)
from .live import (
    BackendMessage,
    Delegation,
    DelegationStarted,
    LiveCaption,
    LiveCaptionShown,
    LiveEvent,
    LiveInterrupted,
    LiveSession,
    LiveUsage,
    LiveUsageUpdated,
    StreamSession,
    TranslationSession,
    connect_live,
    connect_translation,
)
from .protocol import ProtocolViolation, ServerEvent
from .protocol.dialects import Capabilities, Dialect
from .session import (
    DEFAULT,
    Operation,
    Reconnect,
    Session,
    Tap,
    Transcription,
    connect,
    create_client_secret,
    transcribe,
)
from .tools import Tool, ToolResult
from .transports import (
    AzureEndpoint,
    AzureVoiceLiveEndpoint,
    ClientSecret,
    Endpoint,
    OpenAIEndpoint,
    Transport,
    UrlEndpoint,
    XaiEndpoint,
)
from .turns import BargeIn, IdlePolicy

__all__ = [
    "DEFAULT",
    "Approval",
    "AudioFormat",
    "AzureEndpoint",
    "AzureVoiceLiveEndpoint",
    "BackendMessage",
    "BargeIn",
    "Budget",
    "Capabilities",
    "Caption",
    "CaptionLine",
    "ClientSecret",
    "ConnectionFailed",
    "ConnectionLost",
    "Conversation",
    "ConversationItem",
    "Delegation",
    "DelegationStarted",
    "DeviceError",
    "DeviceInfo",
    "Dialect",
    "EchoCanceller",
    "Endpoint",
    "ExtraMissing",
    "Formats",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "IdlePolicy",
    "InputDevice",
    "LatencySummary",
    "LiveCaption",
    "LiveCaptionShown",
    "LiveEvent",
    "LiveInterrupted",
    "LiveSession",
    "LiveUsage",
    "LiveUsageUpdated",
    "McpApprovalRequestItem",
    "McpCallItem",
    "McpListToolsItem",
    "MessageItem",
    "Microphone",
    "NullSpeaker",
    "OpenAIEndpoint",
    "Operation",
    "OtherItem",
    "OutputDevice",
    "Pcm",
    "Percentiles",
    "Playout",
    "PortAudioMissing",
    "Price",
    "Prices",
    "ProtocolViolation",
    "RealtimeError",
    "Reconnect",
    "RequestTimedOut",
    "Response",
    "ServerEvent",
    "ServerRefused",
    "Session",
    "SessionUsage",
    "SileroVoiceActivity",
    "Speaker",
    "StreamSession",
    "Tap",
    "Tool",
    "ToolError",
    "ToolResult",
    "TranscribedUtterance",
    "TranscriptAligner",
    "Transcription",
    "TranscriptionUsage",
    "TranslationSession",
    "Transport",
    "TurnEnd",
    "TurnSource",
    "TurnTiming",
    "Turns",
    "UrlEndpoint",
    "Usage",
    "UsageError",
    "Utterance",
    "VoiceActivity",
    "WavMicrophone",
    "WavSpeaker",
    "XaiEndpoint",
    "align",
    "connect",
    "connect_live",
    "connect_translation",
    "create_client_secret",
    "list_devices",
    "to_srt",
    "to_vtt",
    "transcribe",
]
__all__ += _sdk_events.__all__


def __dir__() -> list[str]:
    return sorted({*globals(), "__version__"} - {"TYPE_CHECKING", "annotations"})


if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """Read the distribution's version when it is asked for: the look-up searches the import path."""
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from ._runtime.version import version

        return version()
