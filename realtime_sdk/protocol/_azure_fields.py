"""Session fields that Azure Voice Live alone knows, typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

__all__ = ["AzureSemanticVadFields", "AzureVoiceFields"]


class AzureSemanticVadFields(TypedDict, total=False):
    """Turn detection by meaning, of Azure Voice Live."""

    type: Required[Literal["azure_semantic_vad", "azure_semantic_vad_en", "azure_semantic_vad_multilingual"]]
    """Which kind."""

    threshold: float
    """The probability of speech at which the detector fires, 0 to 1."""

    prefix_padding_ms: int
    """Milliseconds of audio before the detected speech that belong to the turn."""

    speech_duration_ms: int
    """Milliseconds of speech that begin a turn."""

    silence_duration_ms: int
    """Milliseconds of silence that end the turn."""

    remove_filler_words: bool
    """Whether words such as "um" begin no turn."""

    languages: Sequence[str]
    """The languages that may be spoken, as `"en"`."""

    end_of_utterance_detection: dict[str, object] | None
    """How the end of an utterance is detected: an object with a `model`."""

    auto_truncate: bool
    """Whether the server truncates what it estimates was not heard. This side knows, and truncates itself."""

    create_response: bool
    """Whether the end of a turn makes the server respond; true if left out."""

    interrupt_response: bool
    """Whether speech makes the server cancel its response; true if left out."""


class AzureVoiceFields(TypedDict, total=False):
    """A voice of Azure's."""

    name: Required[str]
    """Such as `"en-US-Ava:DragonHDLatestNeural"`."""

    type: Required[Literal["azure-standard", "azure-custom", "azure-personal", "openai"]]
    """Which kind."""

    endpoint_id: str
    """Where a custom voice is deployed."""

    temperature: float
    """How much its intonation varies."""

    rate: str
    """How fast it speaks, `"0.5"` to `"1.5"`."""
