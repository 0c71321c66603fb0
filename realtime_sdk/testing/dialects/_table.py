"""The server's side of each dialect: how a `FakeServer` that speaks it reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...server._items import Event
from ._beta import BETA_SIDE, QWEN_SIDE, SPEACHES_SIDE, VOICE_LIVE_SIDE
from ._own_servers import LOCAL_AI_SIDE, SPEECH_TO_SPEECH_SIDE, VLLM_OMNI_SIDE
from ._server_side import ServerSide
from ._xai import XAI_SIDE


def _unchanged(event: Event) -> Event:
    return event


def _alone(event: Event) -> list[Event]:
    return [event]


SERVER_SIDES: Final[Mapping[str, ServerSide]] = {
    "ga": ServerSide(_unchanged, _alone),
    "beta": BETA_SIDE,
    "voice-live": VOICE_LIVE_SIDE,
    "xai": XAI_SIDE,
    "localai": LOCAL_AI_SIDE,
    "speech-to-speech": SPEECH_TO_SPEECH_SIDE,
    "vllm-omni": VLLM_OMNI_SIDE,
    "speaches": SPEACHES_SIDE,
    "qwen": QWEN_SIDE,
}
"""The server's side of each dialect in `DIALECTS`, by its name."""
