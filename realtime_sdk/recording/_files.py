"""The names of the files in the folder of a recording."""

from __future__ import annotations

from typing import Final

EVENTS: Final = "events.jsonl"
SDK_EVENTS: Final = "sdk_events.jsonl"
AUDIO: Final = "conversation.wav"
CAPTIONS: Final = "captions.vtt"

FILES: Final = (EVENTS, SDK_EVENTS, AUDIO, CAPTIONS)
