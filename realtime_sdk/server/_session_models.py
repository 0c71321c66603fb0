"""Strict models of the session's fields."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, Tag

from ._strict import WORD_OR_FIELDS, Milliseconds, Object, Strict
from ._tool_models import Tool, ToolChoice


class PcmFormat(Strict):
    """24 000 frames a second, mono, int16."""

    type: Literal["audio/pcm"]
    rate: Annotated[int, Field(ge=24_000, le=24_000)] = 24_000


class UlawFormat(Strict):
    """G.711 μ-law: 8000 frames a second, mono."""

    type: Literal["audio/pcmu"]


class AlawFormat(Strict):
    """G.711 A-law: 8000 frames a second, mono."""

    type: Literal["audio/pcma"]


_Format: TypeAlias = Annotated[PcmFormat | UlawFormat | AlawFormat, Field(discriminator="type")]


class ServerVad(Strict):
    """The turn ends when the user has been silent for long enough."""

    type: Literal["server_vad"]
    threshold: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    prefix_padding_ms: Milliseconds = 300
    silence_duration_ms: Milliseconds = 500
    idle_timeout_ms: Annotated[int, Field(ge=5000, le=30_000)] | None = None
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(Strict):
    """The turn ends when the user's words sound finished."""

    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class Transcription(Strict):
    """How the user's speech is transcribed."""

    model: str | None = None
    language: str | None = None
    languages: list[str] | None = None
    prompt: str | None = None
    keywords: list[str] | None = None
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class NoiseReduction(Strict):
    """Which kind of microphone to expect."""

    type: Literal["near_field", "far_field"]
    strength: float | None = None


class AudioInput(Strict):
    """The user's side."""

    format: _Format | None = None
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: Annotated[ServerVad | SemanticVad, Field(discriminator="type")] | None = None


class Voice(Strict):
    """A voice of the account's own."""

    id: str


_Voice: TypeAlias = Annotated[Annotated[str, Tag("word")] | Annotated[Voice, Tag("fields")], WORD_OR_FIELDS]


class AudioOutput(Strict):
    """The assistant's side."""

    format: _Format | None = None
    voice: _Voice | None = None
    speed: Annotated[float, Field(ge=0.25, le=1.5)] | None = None


class Audio(Strict):
    """Both sides."""

    input: AudioInput | None = None
    output: AudioOutput | None = None


class Prompt(Strict):
    """A prompt that the account keeps."""

    id: str
    version: str | None = None
    variables: Object | None = None


class Reasoning(Strict):
    """How much the model reasons before it responds."""

    effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None


class Generation(Strict):
    """Fields that the session and a single response share."""

    instructions: str | None = None
    output_modalities: Annotated[list[Literal["audio", "text"]], Field(min_length=1, max_length=1)] | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    reasoning: Reasoning | None = None
    parallel_tool_calls: bool | None = None
    prompt: Prompt | None = None


class TokenLimits(Strict):
    """Limits of the context."""

    post_instructions: Annotated[int, Field(ge=0)] | None = None


class Retention(Strict):
    """Truncation that keeps a part of the conversation."""

    type: Literal["retention_ratio"]
    retention_ratio: Annotated[float, Field(ge=0.0, le=1.0)]
    token_limits: TokenLimits | None = None


_Truncation: TypeAlias = Annotated[
    Annotated[Literal["auto", "disabled"], Tag("word")] | Annotated[Retention, Tag("fields")], WORD_OR_FIELDS
]
_Include: TypeAlias = list[Literal["item.input_audio_transcription.logprobs"]]


class SessionFields(Generation):
    """The `session` of `session.update`."""

    type: Literal["realtime"]
    model: str | None = None
    audio: Audio | None = None
    tracing: Literal["auto"] | Object | None = None
    truncation: _Truncation | None = None
    include: _Include | None = None


class TranscriptionAudio(Strict):
    """The audio of a session that only transcribes."""

    input: AudioInput | None = None


class TranscriptionFields(Strict):
    """The `session` of `session.update` where the session only transcribes."""

    type: Literal["transcription"]
    audio: TranscriptionAudio | None = None
    include: _Include | None = None
