"""Servers for one's own machine that speak a part of the current protocol."""

from __future__ import annotations

from typing import Any, Final

from ._dialect import Capabilities, Dialect
from ._ga import GA

__all__ = ["LOCAL_AI", "SPEECH_TO_SPEECH", "VLLM_OMNI"]

_NO_EVENT: Final = ("event_TODO", "")
"""What LocalAI writes in an error in place of the id of the client's event."""


def from_local_ai(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a server event of LocalAI's into GA's: its errors name no event."""
    error = event.get("error")
    if event["type"] == "error" and isinstance(error, dict) and error.get("event_id") in _NO_EVENT:
        event = {**event, "error": {**error, "event_id": None}}
    return GA.decode(event)


LOCAL_AI: Final = Dialect(
    "localai", GA.encode, from_local_ai,
    Capabilities(hosted_tools=False, truncate=False, metadata=False, phase=False),
)  # fmt: skip
"""LocalAI. It takes `conversation.item.truncate`, and clears the whole message."""

SPEECH_TO_SPEECH: Final = Dialect(
    "speech-to-speech", GA.encode, GA.decode,
    Capabilities(
        images=False, hosted_tools=False, truncate=False, delete=False, commit=False, metadata=False, phase=False
    ),
)  # fmt: skip
"""Hugging Face speech-to-speech."""

VLLM_OMNI: Final = Dialect(
    "vllm-omni", GA.encode, GA.decode,
    Capabilities(
        images=False, hosted_tools=False, phase=False, transcription=False, input_rate=24_000, output_rate=24_000
    ),
)  # fmt: skip
"""vLLM-omni, at `/v1/realtime?duplex=0`. It finds no turns by energy: the application commits them."""
