"""Every client event as a strict model.

The models are stricter than those of `realtime_sdk.protocol`, on purpose: here a field that
the service does not know is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

MAX_AUDIO: Final = 20 * 1024 * 1024
"""Characters of base64 in one `input_audio_buffer.append`: 15 MiB of audio."""

MAX_ID: Final = 32
"""Characters of an item's id, and of a call's."""

_Id: TypeAlias = Annotated[str, Field(max_length=MAX_ID)]
_Milliseconds: TypeAlias = Annotated[int, Field(ge=0)]
_Object: TypeAlias = dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class PcmFormat(_Strict):
    """24 000 frames a second, mono, int16."""

    type: Literal["audio/pcm"]
    rate: Annotated[int, Field(ge=24_000, le=24_000)] = 24_000


class UlawFormat(_Strict):
    """G.711 μ-law: 8000 frames a second, mono."""

    type: Literal["audio/pcmu"]


class AlawFormat(_Strict):
    """G.711 A-law: 8000 frames a second, mono."""

    type: Literal["audio/pcma"]


_Format: TypeAlias = Annotated[PcmFormat | UlawFormat | AlawFormat, Field(discriminator="type")]


class ServerVad(_Strict):
    """The turn ends when the user has been silent for long enough."""

    type: Literal["server_vad"]
    threshold: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    prefix_padding_ms: _Milliseconds = 300
    silence_duration_ms: _Milliseconds = 500
    idle_timeout_ms: Annotated[int, Field(ge=5000, le=30_000)] | None = None
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(_Strict):
    """The turn ends when the user's words sound finished."""

    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class Transcription(_Strict):
    """How the user's speech is transcribed."""

    model: str | None = None
    language: str | None = None
    prompt: str | None = None


class NoiseReduction(_Strict):
    """Which kind of microphone to expect."""

    type: Literal["near_field", "far_field"]


class AudioInput(_Strict):
    """The user's side."""

    format: _Format | None = None
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: Annotated[ServerVad | SemanticVad, Field(discriminator="type")] | None = None


class AudioOutput(_Strict):
    """The assistant's side."""

    format: _Format | None = None
    voice: str | None = None
    speed: Annotated[float, Field(ge=0.25, le=1.5)] | None = None


class Audio(_Strict):
    """Both sides."""

    input: AudioInput | None = None
    output: AudioOutput | None = None


class Tool(_Strict):
    """A function that the model may call; `parameters` is a JSON schema."""

    type: Literal["function"]
    name: str
    description: str | None = None
    parameters: _Object | None = None


class Reasoning(_Strict):
    """How much the model reasons before it responds."""

    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class _Generation(_Strict):
    """Fields that the session and a single response share."""

    instructions: str | None = None
    output_modalities: Annotated[list[Literal["audio", "text"]], Field(min_length=1, max_length=1)] | None = None
    tools: list[Tool] | None = None
    tool_choice: Literal["auto", "none", "required"] | _Object | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    reasoning: Reasoning | None = None
    parallel_tool_calls: bool | None = None
    prompt: _Object | None = None


class SessionFields(_Generation):
    """The `session` of `session.update`."""

    type: Literal["realtime"]
    model: str | None = None
    audio: Audio | None = None
    tracing: Literal["auto"] | _Object | None = None
    truncation: Literal["auto", "disabled"] | _Object | None = None
    include: list[str] | None = None


class InputText(_Strict):
    """Text of the user or of the system."""

    type: Literal["input_text"]
    text: str


class InputAudio(_Strict):
    """Audio of the user, whole."""

    type: Literal["input_audio"]
    audio: Annotated[str, Field(max_length=MAX_AUDIO)] | None = None
    transcript: str | None = None


class InputImage(_Strict):
    """A picture as a data URL."""

    type: Literal["input_image"]
    image_url: Annotated[str, Field(max_length=MAX_AUDIO)]
    detail: Literal["auto", "low", "high"] | None = None


class OutputText(_Strict):
    """Text of the assistant; its audio can't be given back to the server."""

    type: Literal["output_text"]
    text: str


class _Item(_Strict):
    id: _Id | None = None
    object: Literal["realtime.item"] | None = None
    status: Literal["completed", "incomplete", "in_progress"] | None = None


class UserMessage(_Item):
    """A message of the user, spoken or typed."""

    type: Literal["message"]
    role: Literal["user"]
    content: list[Annotated[InputText | InputAudio | InputImage, Field(discriminator="type")]]


class AssistantMessage(_Item):
    """A message of the assistant, as text."""

    type: Literal["message"]
    role: Literal["assistant"]
    content: list[OutputText]
    phase: str | None = None


class SystemMessage(_Item):
    """A message of the application to the model."""

    type: Literal["message"]
    role: Literal["system"]
    content: list[InputText]


class FunctionCall(_Item):
    """A call that the model made earlier."""

    type: Literal["function_call"]
    name: str
    arguments: str
    call_id: _Id | None = None


class FunctionCallOutput(_Item):
    """What a call returned."""

    type: Literal["function_call_output"]
    call_id: _Id
    output: str


class ItemReference(_Strict):
    """An item of the conversation, by its id."""

    type: Literal["item_reference"]
    id: str


_Message: TypeAlias = Annotated[UserMessage | AssistantMessage | SystemMessage, Field(discriminator="role")]
NewItem: TypeAlias = Annotated[_Message | FunctionCall | FunctionCallOutput, Field(discriminator="type")]
InputItem: TypeAlias = Annotated[
    _Message | FunctionCall | FunctionCallOutput | ItemReference, Field(discriminator="type")
]


class ResponseAudio(_Strict):
    """The audio of one response."""

    output: AudioOutput | None = None


class ResponseFields(_Generation):
    """The `response` of `response.create`: its fields replace the session's for this response."""

    conversation: Literal["auto", "none"] | None = None
    metadata: Annotated[dict[str, str], Field(max_length=16)] | None = None
    input: list[InputItem] | None = None
    audio: ResponseAudio | None = None


class _ClientEvent(_Strict):
    type: str
    event_id: Annotated[str, Field(max_length=512)] | None = None


class SessionUpdate(_ClientEvent):
    """Change the session."""

    session: SessionFields


class Append(_ClientEvent):
    """More of the user's audio."""

    audio: Annotated[str, Field(max_length=MAX_AUDIO)]


class ItemCreate(_ClientEvent):
    """Add an item after `previous_item_id`: `None` is the end, `"root"` the beginning."""

    item: NewItem
    previous_item_id: str | None = None


class ItemNamed(_ClientEvent):
    """An event about one item."""

    item_id: str


class ItemTruncate(ItemNamed):
    """Remove the audio of an item that was not heard."""

    content_index: Annotated[int, Field(ge=0)]
    audio_end_ms: _Milliseconds


class ResponseCreate(_ClientEvent):
    """Ask for a response."""

    response: ResponseFields | None = None


class ResponseCancel(_ClientEvent):
    """Stop a response: that of the conversation, unless one is named."""

    response_id: str | None = None


CLIENT_EVENTS: Final[dict[str, TypeAdapter[Any]]] = {
    "session.update": TypeAdapter(SessionUpdate),
    "input_audio_buffer.append": TypeAdapter(Append),
    "input_audio_buffer.commit": TypeAdapter(_ClientEvent),
    "input_audio_buffer.clear": TypeAdapter(_ClientEvent),
    "conversation.item.create": TypeAdapter(ItemCreate),
    "conversation.item.retrieve": TypeAdapter(ItemNamed),
    "conversation.item.truncate": TypeAdapter(ItemTruncate),
    "conversation.item.delete": TypeAdapter(ItemNamed),
    "response.create": TypeAdapter(ResponseCreate),
    "response.cancel": TypeAdapter(ResponseCancel),
}
"""Every client event that a WebSocket client may send, by its type."""
