"""The user speaks while the connection is lost: the next server hears all of it, once, and answers once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import anyio
import numpy as np
import pytest

from realtime_sdk import Disconnected, Session
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.server import SpeechStarted, SpeechStopped
from realtime_sdk.testing import FakeServer, VirtualMicrophone, message
from realtime_sdk.testing._sounds import noise

from .test_reconnect import Talk

SILENCE = int(0.5 * WIRE_RATE)
"""Frames of silence that end a turn."""


class Loudness:
    """Hears speech wherever it is loud."""

    def __init__(self) -> None:
        self._at = 0  # frames heard
        self._loud_until: int | None = None  # None: the user is silent
        self._detects = True

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        self._detects = turn_detection is not None

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        found: list[SpeechStarted | SpeechStopped] = []
        for block in np.array_split(pcm, max(1, len(pcm) // 240)):
            loud = bool(len(block)) and int(np.abs(block.astype(int)).max()) > 400
            start, self._at = self._at, self._at + len(block)
            if loud and self._loud_until is None:
                found.append(SpeechStarted(start))
            if loud:
                self._loud_until = self._at
            elif self._loud_until is not None and self._at - self._loud_until >= SILENCE:
                found.append(SpeechStopped(self._at))
                self._loud_until = None
        return found if self._detects else []

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        for text in [""] if len(pcm) else []:
            yield text


SPEECH = noise(2.0, 1)


@pytest.mark.parametrize(("at", "refusals"), [(0.05, 0), (1.0, 0), (1.0, 3), (2.2, 0), (2.45, 0), (2.45, 3)])
def test_what_the_user_says_is_heard_and_answered_once(at: float, refusals: int) -> None:
    microphone = VirtualMicrophone()
    talk = Talk(microphone=microphone)
    talk.server = FakeServer(ears=Loudness)
    for _ in range(3):
        talk.server.reply(message("I see.", seconds=0.5))

    async def going_on(session: Session) -> None:
        await anyio.sleep(2.0)
        microphone.say(SPEECH)
        await anyio.sleep(at)
        talk.server.refuse_connections(refusals) if refusals else None
        talk.server.break_off()
        await anyio.sleep(12.0)

    talk.hold(going_on)
    assert len(talk.of(Disconnected)) == 1
    kinds = [item.wire["role"] for item in talk.server.items if item.wire["role"] != "system"]
    assert kinds == ["user", "assistant"]
    [spoken] = [item for item in talk.server.items if item.wire["role"] == "user"]
    assert spoken.seconds >= 2.0
    assert len(talk.speaker.heard) == 0.5 * WIRE_RATE
