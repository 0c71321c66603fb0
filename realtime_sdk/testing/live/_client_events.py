"""The client events of stream sessions as strict models: a field that the service does not know is an error."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field, TypeAdapter

from ...server._strict import Object, Strict


class _Command(Strict):
    event_id: str | None = None


class PcmFormat(Strict):
    """PCM16, mono."""

    type: Literal["audio/pcm"]
    rate: Literal[16_000, 24_000]


class G711Format(Strict):
    """G.711, in one of its laws."""

    type: Literal["audio/pcmu", "audio/pcma"]
    rate: Literal[8000]


class CustomVoice(Strict):
    """A voice of one's own."""

    id: str


class LiveAudioOutput(Strict):
    """The model's side."""

    voice: str | CustomVoice | None = None


class LiveAudio(Strict):
    """The audio of both directions."""

    format: Annotated[PcmFormat | G711Format, Field(discriminator="type")] | None = None
    output: LiveAudioOutput | None = None


class FunctionTool(Strict):
    """A function that the backend model may call."""

    type: Literal["function"]
    name: str
    description: str | None = None
    parameters: Object | None = None
    strict: bool | None = None


class WebSearch(Strict):
    """A search of the web."""

    type: Literal["web_search"]


class Reasoning(Strict):
    """How much the backend model reasons."""

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    summary: Literal["concise", "detailed", "auto"] | None = None


class Verbosity(Strict):
    """How much the backend model writes."""

    verbosity: Literal["low", "medium", "high"] | None = None


class BackendUpdate(Strict):
    """Changes of the backend model."""

    model: str | None = None
    instructions: str | None = None
    max_output_tokens: Annotated[int, Field(ge=16)] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    service_tier: Literal["auto", "default", "flex", "priority"] | None = None
    text: Verbosity | None = None
    tool_choice: Literal["auto", "none", "required"] | Object | None = None
    tools: list[Annotated[FunctionTool | WebSearch, Field(discriminator="type")]] | None = None


class BackendConfig(BackendUpdate):
    """The backend model."""

    model: str


class ClientDelegation(Strict):
    """The application does the work that the model hands over."""

    type: Literal["client"]


class ResponsesDelegation(Strict):
    """A backend model does it."""

    type: Literal["responses"]
    responses: BackendConfig


class ResponsesUpdate(Strict):
    """Changes of the backend model."""

    type: Literal["responses"]
    responses: BackendUpdate | None = None


class TextPart(Strict):
    """The one part of a message."""

    type: Literal["input_text", "text", "output_text"]
    text: str


class InitialItem(Strict):
    """A message of the history."""

    type: Literal["message"] = "message"
    role: Literal["developer", "user", "assistant"]
    content: Annotated[list[TextPart], Field(min_length=1, max_length=1)]
    id: str | None = None
    status: Literal["incomplete", "completed"] | None = None


class LiveConfig(Strict):
    """The `session` of `session.start`."""

    model: str
    instructions: str | None = None
    audio: LiveAudio | None = None
    delegation: Annotated[ClientDelegation | ResponsesDelegation, Field(discriminator="type")] | None = None
    input: Annotated[list[InitialItem], Field(max_length=128)] | None = None
    store: bool | None = None
    client: Object | None = None


class LiveChange(Strict):
    """The `session` of a later `session.update`."""

    delegation: Annotated[ClientDelegation | ResponsesUpdate, Field(discriminator="type")] | None = None


class Start(_Command):
    """Opens the session; the first event of a connection."""

    type: Literal["session.start"]
    session: LiveConfig


class Update(_Command):
    """Changes the backend model."""

    type: Literal["session.update"]
    session: LiveChange


class Append(_Command):
    """The user's audio."""

    type: Literal["session.input_audio.append"]
    audio: str


class Context(_Command):
    """Text for the model's context; `delegation_id` may be null, and must be there."""

    type: Literal["session.instructions.append", "session.thinking.append", "session.commentary.append"]
    content: Annotated[str, Field(min_length=1)]
    delegation_id: str | None


class Bare(_Command):
    """An event without fields."""

    type: Literal["session.input_audio.mute", "session.input_audio.unmute", "response.create", "session.close"]


class ItemCreate(_Command):
    """An item for the backend model."""

    type: Literal["response.item.create"]
    item: Object


class TranscriptionConfig(Strict):
    """The model that transcribes the user's speech."""

    model: str


class NoiseReduction(Strict):
    """The kind of microphone."""

    type: Literal["near_field", "far_field"]
    strength: Annotated[float, Field(ge=0.0, le=1.0)] | None = None


class TranslationInput(Strict):
    """The user's side of a translation."""

    transcription: TranscriptionConfig | None = None
    noise_reduction: NoiseReduction | None = None


class TranslationOutput(Strict):
    """The translated side."""

    language: str | None = None


class TranslationAudio(Strict):
    """Both sides of a translation."""

    input: TranslationInput | None = None
    output: TranslationOutput | None = None


class TranslationChange(Strict):
    """The `session` of a translation's `session.update`."""

    audio: TranslationAudio | None = None


class TranslationUpdate(_Command):
    """Configures a translation."""

    type: Literal["session.update"]
    session: TranslationChange


class TranslationAppend(_Command):
    """The audio that is to be translated."""

    type: Literal["session.input_audio_buffer.append"]
    audio: str


class TranslationClose(_Command):
    """Ends a translation."""

    type: Literal["session.close"]


def _table(*models: type[_Command]) -> dict[str, TypeAdapter[Any]]:
    return {
        kind: TypeAdapter(model) for model in models for kind in get_args(model.model_fields["type"].annotation)
    }


LIVE_EVENTS: Final = _table(Start, Update, Append, Context, Bare, ItemCreate)
"""The client events of GPT-Live, by their types."""

TRANSLATION_EVENTS: Final = _table(TranslationUpdate, TranslationAppend, TranslationClose)
"""Those of a translation."""
