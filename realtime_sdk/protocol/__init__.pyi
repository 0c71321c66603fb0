"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._azure_fields import AzureSemanticVadFields as AzureSemanticVadFields, AzureVoiceFields as AzureVoiceFields
from ._base import Event as Event
from ._codec import (
    ClientEvent as ClientEvent,
    ProtocolViolation as ProtocolViolation,
    ServerEvent as ServerEvent,
    UnknownEvent as UnknownEvent,
    dump as dump,
    parse as parse,
)
from ._conversation import (
    ConversationCreated as ConversationCreated,
    ConversationItemAdded as ConversationItemAdded,
    ConversationItemCreate as ConversationItemCreate,
    ConversationItemDelete as ConversationItemDelete,
    ConversationItemDeleted as ConversationItemDeleted,
    ConversationItemDone as ConversationItemDone,
    ConversationItemRetrieve as ConversationItemRetrieve,
    ConversationItemRetrieved as ConversationItemRetrieved,
    ConversationItemTruncate as ConversationItemTruncate,
    ConversationItemTruncated as ConversationItemTruncated,
)
from ._differences import SettingDifference as SettingDifference
from ._field_names import check_response_fields as check_response_fields, check_session_fields as check_session_fields
from ._fields import (
    AudioFields as AudioFields,
    AudioInputFields as AudioInputFields,
    AudioOutputFields as AudioOutputFields,
    FormatFields as FormatFields,
    FunctionChoiceFields as FunctionChoiceFields,
    McpChoiceFields as McpChoiceFields,
    NoiseReductionFields as NoiseReductionFields,
    PromptFields as PromptFields,
    ReasoningFields as ReasoningFields,
    ResponseAudioFields as ResponseAudioFields,
    ResponseFields as ResponseFields,
    RetentionFields as RetentionFields,
    SemanticVadFields as SemanticVadFields,
    ServerVadFields as ServerVadFields,
    SessionFields as SessionFields,
    TokenLimitsFields as TokenLimitsFields,
    TracingFields as TracingFields,
    TranscriptionFields as TranscriptionFields,
    TurnDetectionFields as TurnDetectionFields,
    VoiceFields as VoiceFields,
)
from ._input_audio import (
    InputAudioBufferAppend as InputAudioBufferAppend,
    InputAudioBufferClear as InputAudioBufferClear,
    InputAudioBufferCleared as InputAudioBufferCleared,
    InputAudioBufferCommit as InputAudioBufferCommit,
    InputAudioBufferCommitted as InputAudioBufferCommitted,
    InputAudioBufferDtmfEventReceived as InputAudioBufferDtmfEventReceived,
    InputAudioBufferSpeechStarted as InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped as InputAudioBufferSpeechStopped,
    InputAudioBufferTimeoutTriggered as InputAudioBufferTimeoutTriggered,
)
from ._mcp import (
    McpItemFields as McpItemFields,
    McpListToolsCompleted as McpListToolsCompleted,
    McpListToolsFailed as McpListToolsFailed,
    McpListToolsInProgress as McpListToolsInProgress,
    ResponseMcpCallArgumentsDelta as ResponseMcpCallArgumentsDelta,
    ResponseMcpCallArgumentsDone as ResponseMcpCallArgumentsDone,
    ResponseMcpCallCompleted as ResponseMcpCallCompleted,
    ResponseMcpCallFailed as ResponseMcpCallFailed,
    ResponseMcpCallInProgress as ResponseMcpCallInProgress,
)
from ._models import (
    LIVE_MODEL as LIVE_MODEL,
    REALTIME_MODEL as REALTIME_MODEL,
    TRANSCRIPTION_MODEL as TRANSCRIPTION_MODEL,
    TRANSLATION_MODEL as TRANSLATION_MODEL,
)
from ._objects import (
    ContentPart as ContentPart,
    ErrorDetails as ErrorDetails,
    RateLimit as RateLimit,
    StatusDetails as StatusDetails,
    WireItem as WireItem,
    WireResponse as WireResponse,
)
from ._output_audio_buffer import (
    OutputAudioBufferClear as OutputAudioBufferClear,
    OutputAudioBufferCleared as OutputAudioBufferCleared,
    OutputAudioBufferStarted as OutputAudioBufferStarted,
    OutputAudioBufferStopped as OutputAudioBufferStopped,
)
from ._response import (
    ResponseCancel as ResponseCancel,
    ResponseContentPartAdded as ResponseContentPartAdded,
    ResponseContentPartDone as ResponseContentPartDone,
    ResponseCreate as ResponseCreate,
    ResponseCreated as ResponseCreated,
    ResponseDone as ResponseDone,
    ResponseOutputItemAdded as ResponseOutputItemAdded,
    ResponseOutputItemDone as ResponseOutputItemDone,
)
from ._response_pieces import (
    ResponseFunctionCallArgumentsDelta as ResponseFunctionCallArgumentsDelta,
    ResponseFunctionCallArgumentsDone as ResponseFunctionCallArgumentsDone,
    ResponseOutputAudioDelta as ResponseOutputAudioDelta,
    ResponseOutputAudioDone as ResponseOutputAudioDone,
    ResponseOutputAudioTranscriptDelta as ResponseOutputAudioTranscriptDelta,
    ResponseOutputAudioTranscriptDone as ResponseOutputAudioTranscriptDone,
    ResponseOutputTextDelta as ResponseOutputTextDelta,
    ResponseOutputTextDone as ResponseOutputTextDone,
)
from ._service import ErrorEvent as ErrorEvent, RateLimitsUpdated as RateLimitsUpdated
from ._session import (
    SessionCreated as SessionCreated,
    SessionUpdate as SessionUpdate,
    SessionUpdated as SessionUpdated,
    TranscriptionSessionUpdate as TranscriptionSessionUpdate,
    TranscriptionSessionUpdated as TranscriptionSessionUpdated,
)
from ._transcription import (
    ConversationItemInputAudioTranscriptionCompleted as ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionDelta as ConversationItemInputAudioTranscriptionDelta,
    ConversationItemInputAudioTranscriptionFailed as ConversationItemInputAudioTranscriptionFailed,
    ConversationItemInputAudioTranscriptionSegment as ConversationItemInputAudioTranscriptionSegment,
)
from ._usage import WireTokens as WireTokens, WireUsage as WireUsage
from ._wire_session import TurnDetection as TurnDetection, WireSession as WireSession
