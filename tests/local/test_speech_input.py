"""The local speech input: a real detector on synthetic speech and on noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.local._recogniser import Recogniser
from realtime_sdk.local._speech_input import LocalSpeechInput
from realtime_sdk.local._voices import Engine, open_engine
from realtime_sdk.server._backend import SpeechStarted, SpeechStopped

from .sounds import heard_at, hum, knocks, noise, silence

pytestmark = pytest.mark.real

Boundary = SpeechStarted | SpeechStopped
VAD = {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500}


@pytest.fixture
def speech_input(recogniser: Recogniser) -> LocalSpeechInput:
    return LocalSpeechInput(recogniser)


def found(speech_input: LocalSpeechInput, pcm: Pcm, block: int = 480) -> list[tuple[Boundary, int]]:
    """Each boundary, with the number of frames after which it was found."""
    boundaries: list[tuple[Boundary, int]] = []
    for start in range(0, len(pcm), block):
        piece = pcm[start : start + block]
        boundaries += [(boundary, start + len(piece)) for boundary in speech_input.listen(piece)]
    return boundaries


def turn(voice: Engine, text: str, hiss: float = 0) -> tuple[Pcm, int, int]:
    """A sentence in silence, and the frames at which it begins and ends."""
    pcm = np.concatenate([silence(1), voice.synthesise(text), silence(1)])
    first, last = heard_at(pcm)
    return pcm + noise(len(pcm) / to_frames(1), hiss)[: len(pcm)], first, last


@pytest.mark.parametrize("voice", ["joe", "en-us"])
@pytest.mark.parametrize("hiss", [0, 100])
def test_a_sentence_is_one_turn_where_it_was_spoken(speech_input: LocalSpeechInput, voice: str, hiss: float) -> None:
    pcm, first, last = turn(open_engine(voice), "What is seventeen times twenty-three?", hiss)
    (start, _), (stop, stopped) = found(speech_input, pcm)
    assert isinstance(start, SpeechStarted)
    assert isinstance(stop, SpeechStopped)
    assert abs(start.frame - first) < to_frames(0.1)
    assert abs(stop.frame - last) < to_frames(0.15)
    assert to_frames(0.5) <= stopped - stop.frame <= to_frames(0.56)  # 500 ms of silence, and a chunk at most


@pytest.mark.parametrize("text", ["Stop.", "Yes, please.", "Hello there!", "Wait a moment."])
def test_the_beginning_is_found_within_150_ms(speech_input: LocalSpeechInput, joe: Engine, text: str) -> None:
    pcm, first, _ = turn(joe, text)
    start, at = found(speech_input, pcm)[0]
    assert isinstance(start, SpeechStarted)
    assert at - max(first, start.frame) < to_frames(0.15)


@pytest.mark.parametrize("sound", [
    silence(5), noise(5, 300), noise(5, 5000), hum(5), knocks(5, 0.005), knocks(5, 0.06),
], ids=["silence", "hiss", "loud noise", "hum", "clicks", "knocks"])
def test_other_sounds_are_no_turn(speech_input: LocalSpeechInput, sound: Pcm) -> None:
    assert found(speech_input, sound) == []


def test_turns_are_the_same_however_the_audio_is_cut(recogniser: Recogniser, joe: Engine) -> None:
    pcm, _, _ = turn(joe, "Tell me a story.")
    blocks = (101, 480, 2400, len(pcm))
    cuts = [[boundary for boundary, _ in found(LocalSpeechInput(recogniser), pcm, block)] for block in blocks]
    assert len(cuts[0]) == 2
    assert all(boundaries == cuts[0] for boundaries in cuts)


@pytest.mark.parametrize(("detection", "turns"), [
    ({**VAD, "silence_duration_ms": 200}, 2),
    ({**VAD, "silence_duration_ms": 1500}, 1),
    ({"type": "semantic_vad", "eagerness": "high"}, 2),
    ({"type": "semantic_vad", "eagerness": "low"}, 1),
    ({**VAD, "threshold": 1.0}, 0),
    (None, 0),
])  # fmt: skip
def test_the_session_says_how_long_a_pause_ends_a_turn(
    speech_input: LocalSpeechInput, joe: Engine, detection: dict[str, Any] | None, turns: int
) -> None:
    speech_input.configure(detection)
    word = joe.synthesise("Hello there.")
    pcm = np.concatenate([silence(0.5), word, silence(0.6), word, silence(1.7)])
    assert kinds(speech_input, pcm) == [SpeechStarted, SpeechStopped] * turns


def test_frames_are_counted_from_the_sessions_first_whatever_is_configured(
    speech_input: LocalSpeechInput, joe: Engine
) -> None:
    unheard = joe.synthesise("This is not listened to.")
    speech_input.configure(None)
    assert found(speech_input, unheard) == []
    speech_input.configure(VAD)
    pcm, first, _ = turn(joe, "Tell me a story.")
    start, _ = found(speech_input, pcm)[0]
    assert abs(start.frame - len(unheard) - first) < to_frames(0.1)


def kinds(speech_input: LocalSpeechInput, pcm: Pcm) -> Sequence[type[Boundary]]:
    return [type(boundary) for boundary, _ in found(speech_input, pcm)]
