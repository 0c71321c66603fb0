"""The recogniser: a real model on the project's own voice."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from realtime_sdk.audio._pcm import SILENCE, Pcm
from realtime_sdk.errors import UsageError
from realtime_sdk.local._recogniser import Recogniser, open_recogniser
from realtime_sdk.local._voices import Engine, open_engine

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


@pytest.mark.parametrize(("voice", "text"), [
    ("de", "K\u00f6nnen Sie mir bitte sagen, wo der n\u00e4chste Bahnhof ist?"),
    ("fr", "Quelle heure est-il, s'il vous pla\u00eet ?"),
])
def test_nothing_is_made_up_for_another_language(recogniser: Recogniser, voice: str, text: str) -> None:
    # The voice differs a little each time: these are sentences of which the confidence is far below the limit.
    assert asyncio.run(transcript(recogniser, open_engine(voice).synthesise(text))) == ""


class Multilingual:
    """A model of faster-whisper's that hears two languages, and notes what it is asked for."""

    supported_languages: ClassVar = ["de", "en"]
    opened: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, name: str, **options: Any) -> None:
        if name == "missing":
            raise FileNotFoundError(name)
        self.opened.append({"name": name, **options})
        self.language: object = None

    def transcribe(self, _samples: object, *, language: str | None, **_options: Any) -> tuple[Iterator[Any], None]:
        self.language = language
        segments = [Segment(" Guten Tag.", -0.3, 1.0), Segment(" Unsinn", -1.1, 1.0), Segment(" la" * 9, -0.3, 2.5)]
        return iter(segments), None


@dataclass
class Segment:
    text: str
    avg_logprob: float
    compression_ratio: float


@pytest.fixture
def multilingual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faster_whisper.WhisperModel", Multilingual)
    monkeypatch.setattr(Multilingual, "opened", [])


@pytest.mark.usefixtures("multilingual")
@pytest.mark.parametrize(("language", "asked", "hears"), [
    (None, None, "2 languages"), ("de", "de", "the language 'de' only"), ("de-AT", "de", "the language 'de' only"),
    ("EN", "en", "English only"),
])
def test_another_recogniser_hears_its_languages(language: str | None, asked: str | None, hears: str) -> None:
    recogniser = Recogniser("folder", language)
    assert recogniser.hears == hears
    assert asyncio.run(transcript(recogniser, silence(1))) == "Guten Tag."  # and nothing that was not understood
    assert recogniser._model.language == asked
    assert [(opened["name"], opened["local_files_only"]) for opened in Multilingual.opened] == [("folder", True)]


@pytest.mark.usefixtures("multilingual")
@pytest.mark.parametrize(("name", "language", "message"), [
    ("missing", None, "the recogniser 'missing' is not on this machine: give the folder"),
    ("folder", "xx", "the recogniser 'folder' does not hear 'xx': it hears de, en"),
])
def test_a_recogniser_that_cannot_serve_says_why(name: str, language: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recogniser(name, language)


def test_the_recogniser_of_the_extra_hears_english_only_whatever_is_spoken_to_it() -> None:
    assert open_recogniser(None, "de").hears == "English only"


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
