"""The fields that an application gives a session or a response, typed: `**session_fields: Unpack[SessionFields]`.

Names and values are those of the wire's `session` object and of the `response` of `response.create`. An omitted
field keeps its value, or the server's default; None clears a field or switches it off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Required, TypeAlias, TypedDict

from ..audio._formats import AudioFormat
from ._azure_fields import AzureSemanticVadFields, AzureVoiceFields

__all__ = [
    "AudioFields",
    "AudioInputFields",
    "AudioOutputFields",
    "FormatFields",
    "FunctionChoiceFields",
    "McpChoiceFields",
    "NoiseReductionFields",
    "PromptFields",
    "ReasoningFields",
    "ResponseAudioFields",
    "ResponseFields",
    "RetentionFields",
    "SemanticVadFields",
    "ServerVadFields",
    "SessionFields",
    "TokenLimitsFields",
    "TracingFields",
    "TranscriptionFields",
    "TurnDetectionFields",
    "VoiceFields",
]


class FormatFields(TypedDict, total=False):
    """A format of audio."""

    type: Required[Literal["audio/pcm", "audio/pcmu", "audio/pcma"]]
    """PCM16, G.711 μ-law or G.711 A-law."""

    rate: int
    """Samples a second: of PCM 8000 to 48 000, of G.711 always 8000. The service itself takes PCM at 24 000 only."""


class ServerVadFields(TypedDict, total=False):
    """Turn detection by energy: a turn ends with silence."""

    type: Required[Literal["server_vad"]]
    """Which kind."""

    threshold: float
    """The probability of speech at which the detector fires, 0 to 1; 0.5 if left out. Higher suits noisy rooms."""

    prefix_padding_ms: int
    """Milliseconds of audio before the detected speech that belong to the turn; 300 if left out."""

    silence_duration_ms: int
    """Milliseconds of silence that end the turn; 500 if left out."""

    idle_timeout_ms: int | None
    """Milliseconds of silence, 5000 to 30 000, after which the model speaks by itself; None: never."""

    create_response: bool
    """Whether the end of a turn makes the server respond; true if left out."""

    interrupt_response: bool
    """Whether speech makes the server cancel its response; true if left out."""


class SemanticVadFields(TypedDict, total=False):
    """Turn detection by meaning: a turn ends when the user seems to have finished."""

    type: Required[Literal["semantic_vad"]]
    """Which kind."""

    eagerness: Literal["low", "medium", "high", "auto"]
    """How soon: waits at most 8, 4 or 2 seconds; `auto` is `medium`."""

    create_response: bool
    """Whether the end of a turn makes the server respond; true if left out."""

    interrupt_response: bool
    """Whether speech makes the server cancel its response; true if left out."""


TurnDetectionFields: TypeAlias = ServerVadFields | SemanticVadFields | AzureSemanticVadFields
"""How the server finds the turns of the user."""


class TranscriptionFields(TypedDict, total=False):
    """How the user's speech is transcribed, beside the conversation."""

    model: str
    """`gpt-transcribe`, `gpt-live-transcribe`, `gpt-realtime-whisper`, …"""

    language: str
    """The language spoken, as ISO 639-1: `"en"`."""

    languages: Sequence[str]
    """The languages that may be spoken (`gpt-transcribe`, `gpt-live-transcribe`)."""

    keywords: Sequence[str]
    """Words and phrases to expect (`gpt-transcribe`, `gpt-live-transcribe`)."""

    prompt: str
    """The expected content, as text; not with `gpt-realtime-whisper`."""

    delay: Literal["minimal", "low", "medium", "high", "xhigh"]
    """How long to wait for more audio before text is emitted: later is more accurate (`gpt-realtime-whisper`)."""


class NoiseReductionFields(TypedDict, total=False):
    """How noise is removed from the user's audio before anything processes it."""

    type: Literal["near_field", "far_field", "azure_deep_noise_suppression"]
    """A microphone at the mouth (headset), or in the room (laptop, conference); the third is Azure Voice Live's."""

    strength: float
    """How much of it."""


class VoiceFields(TypedDict):
    """A voice of the account's own."""

    id: str
    """Such as `"voice_1234"`."""


class ReasoningFields(TypedDict, total=False):
    """How a reasoning model thinks before it speaks."""

    effort: Literal["minimal", "low", "medium", "high", "xhigh"]
    """How long; `low` if left out."""


class FunctionChoiceFields(TypedDict):
    """The one function to call."""

    type: Literal["function"]
    """Which kind of tool."""

    name: str
    """Its name."""


class McpChoiceFields(TypedDict, total=False):
    """The one tool server to call."""

    type: Required[Literal["mcp"]]
    """Which kind of tool."""

    server_label: Required[str]
    """The tool server's label."""

    name: str | None
    """The one tool of it."""


class PromptFields(TypedDict, total=False):
    """A prompt that the account keeps."""

    id: Required[str]
    """Which."""

    version: str | None
    """Which version of it."""

    variables: Mapping[str, object] | None
    """The values filled into it."""


class TracingFields(TypedDict, total=False):
    """How the session appears in the account's traces."""

    workflow_name: str
    """The name of the trace."""

    group_id: str
    """The group to which it belongs."""

    metadata: Mapping[str, object]
    """Values by which it can be filtered."""


class TokenLimitsFields(TypedDict, total=False):
    """Limits of the context."""

    post_instructions: int
    """Tokens of the conversation beside the instructions at which truncation begins."""


class RetentionFields(TypedDict, total=False):
    """Truncation that keeps a part of the conversation, so that it happens seldom and the cache lasts."""

    type: Required[Literal["retention_ratio"]]
    """Which kind."""

    retention_ratio: Required[float]
    """The part that is kept, 0 to 1."""

    token_limits: TokenLimitsFields
    """When it happens; left out, at the model's own limit."""


Format: TypeAlias = AudioFormat | FormatFields | str
"""A format of audio, its wire object, or just its name."""

ToolChoice: TypeAlias = Literal["auto", "none", "required"] | FunctionChoiceFields | McpChoiceFields
"""Whether the model calls tools: as it likes, not, at least one, or this one."""


class AudioInputFields(TypedDict, total=False):
    """The user's audio, in the wire's own place for it."""

    format: FormatFields
    """Its format."""

    turn_detection: TurnDetectionFields | None
    """Who finds the turns; None: the application."""

    transcription: TranscriptionFields | None
    """How it is transcribed; None: not."""

    noise_reduction: NoiseReductionFields | None
    """How noise is removed; None: not."""


class AudioOutputFields(TypedDict, total=False):
    """The model's audio, in the wire's own place for it."""

    format: FormatFields
    """Its format."""

    voice: str | VoiceFields | AzureVoiceFields
    """The voice; see `SessionFields`."""

    speed: float
    """The speed; see `SessionFields`."""


class AudioFields(TypedDict, total=False):
    """Both sides of the audio."""

    input: AudioInputFields
    """The user's."""

    output: AudioOutputFields
    """The model's."""


class _GenerationFields(TypedDict, total=False):
    """The fields that sessions and responses share."""

    instructions: str | None
    """The model's instructions. Of a response: in place of the session's."""

    output_modalities: Sequence[Literal["audio", "text"]]
    """`["audio"]`, which has a transcript as well, or `["text"]`; never both."""

    tool_choice: ToolChoice | None
    """Whether the model calls tools; `"auto"` if left out."""

    parallel_tool_calls: bool | None
    """Whether the model may call several tools at once (reasoning models only)."""

    reasoning: ReasoningFields | None
    """How the model thinks before it speaks (reasoning models only)."""

    max_output_tokens: int | Literal["inf"] | None
    """Tokens that a response may have, 1 to 4096, or `"inf"`."""

    prompt: PromptFields | None
    """A prompt that the account keeps."""


class SessionFields(_GenerationFields, total=False):
    """The `session` of a `session.update`, without `model` and `tools`, which are separate parameters.

    The fields of audio may stand here or under `audio`, where the wire has them.
    """

    type: Literal["realtime", "transcription"]
    """The session's purpose; `"realtime"` if left out."""

    voice: str | VoiceFields | AzureVoiceFields
    """`"alloy"`, `"ash"`, `"ballad"`, `"coral"`, `"echo"`, `"sage"`, `"shimmer"`, `"verse"`, `"marin"`, `"cedar"`, or
    one of the account's own. It can't change once the model has spoken."""

    speed: float
    """How fast the voice speaks, 0.25 to 1.5; 1 if left out."""

    turn_detection: TurnDetectionFields | None
    """How the server finds the user's turns; None: the application does."""

    transcription: TranscriptionFields | None
    """How the user's speech is transcribed; None: not."""

    noise_reduction: NoiseReductionFields | None
    """How noise is removed from the user's audio; None: not."""

    input_format: Format
    """The format of the user's audio: `"audio/pcm"` (24 kHz), `"audio/pcmu"`, `"audio/pcma"`, or the wire's object."""

    output_format: Format
    """The format of the model's audio, likewise."""

    audio: AudioFields
    """The fields of audio in the wire's own place."""

    include: Sequence[Literal["item.input_audio_transcription.logprobs"]] | None
    """Further data for the server to send."""

    truncation: Literal["auto", "disabled"] | RetentionFields | None
    """How a conversation that outgrows the model's context is truncated; disabled: an error instead."""

    tracing: Literal["auto"] | TracingFields | None
    """Whether, and how, the session appears in the account's traces; it can't change afterwards."""

    extra_fields: Mapping[str, object]
    """Fields of the session that only the server knows, in its own form; they are sent as they are."""

    input_audio_format: Literal["pcm16", "g711_ulaw", "g711_alaw"]
    """Of a `transcription_session.update`: the format of the user's audio."""

    input_audio_transcription: TranscriptionFields | None
    """Of a `transcription_session.update`: how the audio is transcribed."""

    input_audio_noise_reduction: NoiseReductionFields | None
    """Of a `transcription_session.update`: how noise is removed."""


class ResponseAudioFields(TypedDict, total=False):
    """The audio of one response."""

    output: AudioOutputFields
    """The voice and its format."""


class ResponseFields(_GenerationFields, total=False):
    """The `response` of a `response.create`: its fields replace the session's for this response."""

    conversation: Literal["auto", "none"] | None
    """`"none"`: out of band, beside the conversation and written to none."""

    input: Sequence[Mapping[str, object]] | None
    """The items that the model reads in place of the conversation; `{"type": "item_reference", "id": …}` names one."""

    metadata: Mapping[str, str] | None
    """Up to 16 entries of the application, returned in `Response.metadata`."""

    tools: Sequence[Mapping[str, object]] | None
    """The wire objects of the tools that the model may call."""

    audio: ResponseAudioFields
    """The voice."""
