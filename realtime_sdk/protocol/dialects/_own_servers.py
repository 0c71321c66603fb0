"""Servers for one's own machine that speak a part of the current protocol."""

from __future__ import annotations

from typing import Any, Final

from ._dialect import Capabilities, Dialect
from ._ga import GA

__all__ = ["LOCAL_AI", "VLLM_OMNI"]

_NO_EVENT: Final = ("event_TODO", "")
"""What LocalAI writes in an error in place of the id of the client's event."""


_FAILURES: Final = ("inference_failed", "prediction_failed", "tts_error")
"""Codes of LocalAI's errors that end a response, which it does not end otherwise."""


def from_local_ai(event: dict[str, Any]) -> dict[str, Any]:
    """Translate a server event of LocalAI's into GA's: an error names no event, and may end the response that runs."""
    error = event.get("error")
    if event["type"] != "error" or not isinstance(error, dict):
        return GA.decode(event)
    if error.get("code") in _FAILURES:
        response = {"status": "failed", "status_details": {"type": "failed", "error": error}}
        return {**event, "type": "response.done", "response": response}
    return {**event, "error": {**error, "event_id": None}} if error.get("event_id") in _NO_EVENT else event


LOCAL_AI: Final = Dialect(
    "localai", GA.encode, from_local_ai,
    Capabilities(hosted_tools=False, truncate=False, metadata=False, phase=False),
)  # fmt: skip
"""LocalAI. It takes `conversation.item.truncate`, and clears the whole message."""

VLLM_OMNI: Final = Dialect(
    "vllm-omni", GA.encode, GA.decode,
    Capabilities(
        images=False, hosted_tools=False, turn_detection=False, phase=False, transcription=False, input_rate=24_000,
        output_rate=24_000,
    ),
)  # fmt: skip
"""vLLM-omni, at `/v1/realtime?duplex=0`. It finds no turns by energy: the application commits them."""
