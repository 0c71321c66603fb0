"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._conversation import Conversation as Conversation, ConversationItem as ConversationItem
from ._response import Response as Response
from ._sdk_events import (
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
from ._spoken_turn import TranscribedUtterance as TranscribedUtterance
from .items._items import (
    FunctionCallItem as FunctionCallItem,
    FunctionCallOutputItem as FunctionCallOutputItem,
    OtherItem as OtherItem,
)
from .items._mcp_items import (
    McpApprovalRequestItem as McpApprovalRequestItem,
    McpCallItem as McpCallItem,
    McpListToolsItem as McpListToolsItem,
)
from .message._message import MessageItem as MessageItem
from .message._playout import Playout as Playout
from .tools._approval import Approval as Approval
from .usage._budget import Budget as Budget
from .usage._prices import Price as Price, Prices as Prices
from .usage._turn_timing import (
    LatencySummary as LatencySummary,
    Percentiles as Percentiles,
    TurnEnd as TurnEnd,
    TurnTiming as TurnTiming,
)
from .usage._usage import SessionUsage as SessionUsage, TranscriptionUsage as TranscriptionUsage, Usage as Usage
