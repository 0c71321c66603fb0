"""The models that are used where an application names none: the one place that knows their names."""

from __future__ import annotations

from typing import Final

__all__ = ["LIVE_MODEL", "REALTIME_MODEL", "TRANSCRIPTION_MODEL", "TRANSLATION_MODEL"]

REALTIME_MODEL: Final = "gpt-realtime-2.1"
"""OpenAI's model for spoken conversations."""

TRANSCRIPTION_MODEL: Final = "gpt-transcribe"
"""OpenAI's model that transcribes the user's speech."""

LIVE_MODEL: Final = "gpt-live-1.1"
"""OpenAI's model that listens and speaks at the same time."""

TRANSLATION_MODEL: Final = "gpt-realtime-translate"
"""OpenAI's interpreter."""
