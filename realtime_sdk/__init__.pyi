"""The public names of the package and the rooms they come from: read by type checkers, and at run time by name."""

from .acoustic import align as align
from .audio import AudioFormat as AudioFormat, Formats as Formats, Pcm as Pcm
from .captions import (
    Caption as Caption,
    CaptionLine as CaptionLine,
    TranscriptAligner as TranscriptAligner,
    Utterance as Utterance,
    to_srt as to_srt,
    to_vtt as to_vtt,
)
from .capture import (
    SileroVoiceActivity as SileroVoiceActivity,
    Turns as Turns,
    TurnSource as TurnSource,
    VoiceActivity as VoiceActivity,
)
from .capture.echo import EchoCanceller as EchoCanceller
from .conversation import (
    Approval as Approval,
    Budget as Budget,
    Conversation as Conversation,
    ConversationItem as ConversationItem,
    FunctionCallItem as FunctionCallItem,
    FunctionCallOutputItem as FunctionCallOutputItem,
    LatencySummary as LatencySummary,
    McpApprovalRequestItem as McpApprovalRequestItem,
    McpCallItem as McpCallItem,
    McpListToolsItem as McpListToolsItem,
    MessageItem as MessageItem,
    OtherItem as OtherItem,
    Percentiles as Percentiles,
    Playout as Playout,
    Price as Price,
    Prices as Prices,
    Response as Response,
    SessionUsage as SessionUsage,
    TranscribedUtterance as TranscribedUtterance,
    TranscriptionUsage as TranscriptionUsage,
    TurnEnd as TurnEnd,
    TurnTiming as TurnTiming,
    Usage as Usage,
)
from .conversation._sdk_events import (
    ApprovalRequested as ApprovalRequested,
    BudgetExceeded as BudgetExceeded,
    CaptionShown as CaptionShown,
    DeviceLost as DeviceLost,
    DeviceRestored as DeviceRestored,
    Disconnected as Disconnected,
    EchoCancellerFailed as EchoCancellerFailed,
    Idle as Idle,
    InputFault as InputFault,
    InputFaultEnded as InputFaultEnded,
    InputLevel as InputLevel,
    Interrupted as Interrupted,
    ItemAdded as ItemAdded,
    OutputLevel as OutputLevel,
    PlayoutFinished as PlayoutFinished,
    PlayoutStarted as PlayoutStarted,
    Reconnected as Reconnected,
    RecordingFailed as RecordingFailed,
    RecordingRestored as RecordingRestored,
    ResponseFinished as ResponseFinished,
    ResponseStarted as ResponseStarted,
    SdkEvent as SdkEvent,
    ServerError as ServerError,
    ServerMessage as ServerMessage,
    SessionReady as SessionReady,
    SettingsDiffer as SettingsDiffer,
    ToolFinished as ToolFinished,
    ToolsListed as ToolsListed,
    ToolStarted as ToolStarted,
    TurnAnswered as TurnAnswered,
    Underrun as Underrun,
    UserSpeechStarted as UserSpeechStarted,
    UserSpeechStopped as UserSpeechStopped,
    UserTranscript as UserTranscript,
)
from .devices import (
    DeviceInfo as DeviceInfo,
    InputDevice as InputDevice,
    Microphone as Microphone,
    NullSpeaker as NullSpeaker,
    OutputDevice as OutputDevice,
    Speaker as Speaker,
    WavMicrophone as WavMicrophone,
    WavSpeaker as WavSpeaker,
    list_devices as list_devices,
)
from .errors import (
    ConnectionFailed as ConnectionFailed,
    ConnectionLost as ConnectionLost,
    DeviceError as DeviceError,
    ExtraMissing as ExtraMissing,
    PortAudioMissing as PortAudioMissing,
    RealtimeError as RealtimeError,
    RequestTimedOut as RequestTimedOut,
    ServerRefused as ServerRefused,
    ToolError as ToolError,
    UsageError as UsageError,
)
from .live import (
    BackendMessage as BackendMessage,
    Delegation as Delegation,
    DelegationStarted as DelegationStarted,
    LiveCaption as LiveCaption,
    LiveCaptionShown as LiveCaptionShown,
    LiveEvent as LiveEvent,
    LiveInterrupted as LiveInterrupted,
    LiveSession as LiveSession,
    LiveUsage as LiveUsage,
    LiveUsageUpdated as LiveUsageUpdated,
    StreamSession as StreamSession,
    TranslationSession as TranslationSession,
    connect_live as connect_live,
    connect_translation as connect_translation,
)
from .protocol import ProtocolViolation as ProtocolViolation, ServerEvent as ServerEvent
from .protocol.dialects import Capabilities as Capabilities, Dialect as Dialect
from .session import (
    DEFAULT as DEFAULT,
    Operation as Operation,
    Reconnect as Reconnect,
    Session as Session,
    Tap as Tap,
    Transcription as Transcription,
    connect as connect,
    create_client_secret as create_client_secret,
    transcribe as transcribe,
)
from .tools import Tool as Tool, ToolResult as ToolResult
from .transports import (
    AzureEndpoint as AzureEndpoint,
    AzureVoiceLiveEndpoint as AzureVoiceLiveEndpoint,
    ClientSecret as ClientSecret,
    Endpoint as Endpoint,
    OpenAIEndpoint as OpenAIEndpoint,
    Transport as Transport,
    UrlEndpoint as UrlEndpoint,
    XaiEndpoint as XaiEndpoint,
)
from .turns import BargeIn as BargeIn, IdlePolicy as IdlePolicy

__version__: str
