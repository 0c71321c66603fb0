"""The recogniser: a real model on the project's own voice."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import numpy as np
import pytest

from realtime_sdk.audio._pcm import SILENCE, Pcm
from realtime_sdk.local._recogniser import Recogniser, open_recogniser
from realtime_sdk.local._voices import Engine

from .sounds import hum, knocks, noise, silence, transcript

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("text", "words"), [
    ("What is seventeen times twenty-three?", ["17 times 23"]),
    ("Tell me a story in two parts.", ["story", "two parts"]),
    ("Stop. What time is it?", ["stop", "what time is it"]),
])
def test_speech_is_recognised(recogniser: Recogniser, joe: Engine, text: str, words: list[str]) -> None:
    turn = np.concatenate([silence(0.3), joe.synthesise(text), silence(0.5)])
    heard = asyncio.run(transcript(recogniser, turn)).lower()
    assert all(word in heard for word in words), heard


def test_a_transcript_comes_word_by_word(recogniser: Recogniser, joe: Engine) -> None:
    async def main() -> list[str]:
        return [piece async for piece in recogniser.transcribe(joe.synthesise("Tell me a long story, please."))]

    pieces = asyncio.run(main())
    assert len(pieces) >= 4
    assert pieces[0] == pieces[0].strip()
    assert all(piece.startswith(" ") for piece in pieces[1:])


@pytest.mark.parametrize("sound", [
    SILENCE, silence(0.05), silence(3), noise(3, 30), noise(3, 2000), hum(3), knocks(3, 0.05),
], ids=["nothing", "an instant", "silence", "hiss", "loud noise", "hum", "knocks"])
def test_nothing_is_made_up_in_silence_and_noise(recogniser: Recogniser, sound: Pcm) -> None:
    assert asyncio.run(transcript(recogniser, sound)) == ""


def test_two_turns_at_once_are_kept_apart(recogniser: Recogniser, joe: Engine) -> None:
    async def main() -> list[str]:
        turns = (joe.synthesise("What time is it?"), joe.synthesise("Tell me a story."))
        return await asyncio.gather(*(transcript(recogniser, turn) for turn in turns))

    time, story = asyncio.run(main())
    assert "time" in time
    assert "story" in story


def test_loading_and_recognising_touch_no_network(monkeypatch: pytest.MonkeyPatch, joe: Engine) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address))
    asyncio.run(transcript(Recogniser(), joe.synthesise("Hello there.")))
    assert asked == []


def test_it_is_loaded_once(recogniser: Recogniser) -> None:
    assert open_recogniser() is recogniser
