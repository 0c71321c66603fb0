"""Each word has the time at which it sounds in the recording, whatever comes between it and its message's beginning."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings, strategies as st

from realtime_sdk import Session, connect
from realtime_sdk.audio._pcm import Pcm, to_frames, to_seconds
from realtime_sdk.recording._heard_times import HeardTimes
from realtime_sdk.recording._report._reading import read_report
from realtime_sdk.recording._stereo import JITTER_SECONDS, Channel
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, noise, run_virtual

from ..effort import tries

TEXT = "One two three four five six seven eight nine ten eleven twelve."
SOUND = noise(6.0, seed=1)
RATE = 1000

Script = Callable[[FakeServer, Session], Awaitable[None]]


async def is_paused(server: FakeServer, session: Session) -> None:
    server.reply(message(TEXT, pcm=SOUND))
    session.respond()
    for pause in (1.37, 0.09, 0.09):  # short ones add up
        await anyio.sleep(1.5)
        session.pause()
        await anyio.sleep(pause)
        session.resume()


async def runs_dry(server: FakeServer, session: Session) -> None:
    server.reply(message(TEXT, pcm=SOUND), pace=0.8)
    session.respond()


async def follows_another(server: FakeServer, session: Session) -> None:
    server.reply(message("Let me look.", pcm=noise(2.0, seed=2)), message(TEXT, pcm=SOUND))
    session.respond()


async def survives_its_connection(server: FakeServer, session: Session) -> None:
    server.reply(message(TEXT, pcm=SOUND))
    session.respond()
    await anyio.sleep(2.0)
    server.hang_up(1001, "going away")


@pytest.mark.parametrize("script", [is_paused, runs_dry, follows_another, survives_its_connection])
def test_a_word_has_the_time_at_which_it_sounds(script: Script, tmp_path: Path) -> None:
    async def main() -> None:
        server = FakeServer()
        talk = connect(endpoint=server, microphone=None, speaker=VirtualSpeaker(latency=0.1), record=tmp_path)
        async with server, talk as session:
            await script(server, session)
            await session.drained()

    run_virtual(main)
    recorded, rate = soundfile.read(tmp_path / "conversation.wav", dtype="int16")
    spoken = list(read_report(tmp_path).spoken)[-1]
    positions = positions_of_words(tmp_path)[-len(spoken.words) :]
    assert spoken.text == TEXT
    for word, position in zip(spoken.words, positions, strict=True):
        piece = SOUND[to_frames(position) :][: to_frames(0.05)]
        at = place_of(piece, recorded[:, Channel.ASSISTANT], to_frames(word.start))
        assert word.start == pytest.approx(at / rate, abs=0.002), word.text


def positions_of_words(folder: Path) -> list[float]:
    """Where the words lie in the audio of their messages, in seconds."""
    events = [json.loads(line) for line in (folder / "sdk_events.jsonl").read_text().splitlines()]
    return [event["caption"]["start"] for event in events if event.get("type") == "CaptionShown"]


def place_of(piece: Pcm, sound: Pcm, near: int) -> int:
    """The frame of `sound` at which `piece` is, within half a second of `near`."""
    first = max(0, near - to_frames(0.5))
    window = sound[first : near + to_frames(0.5) + len(piece)].astype(np.float64)
    likeness = np.correlate(window, piece.astype(np.float64))
    return first + int(likeness.argmax())


def test_without_audio_a_moment_is_where_it_would_be() -> None:
    assert HeardTimes(RATE).time_of(5.0, 1.0) == 6.0


PIECES = st.lists(st.tuples(st.sampled_from([0, 100, 3000]), st.integers(50, 500), st.integers(0, 25)), min_size=1)
"""Milliseconds of silence, of audio behind it, and of the lateness with which that is reported."""


@given(PIECES)
@settings(max_examples=tries(1000))
def test_a_moment_is_where_it_sounded_within_the_jitter(pieces: list[tuple[int, int, int]]) -> None:
    times, sounded, at = HeardTimes(RATE), list[float](), 0
    for silence, frames, lateness in pieces:
        at += silence
        sounded.append(to_seconds(at, RATE))
        times.add(to_seconds(at + lateness, RATE), frames)
        at += frames
    position = 0
    for (_, frames, _), truth in zip(pieces, sounded, strict=True):
        found = times.time_of(sounded[0], to_seconds(position, RATE))
        assert found == pytest.approx(truth, abs=2 * JITTER_SECONDS)
        position += frames


def test_a_late_report_is_no_silence() -> None:
    times = HeardTimes(RATE)
    times.add(10.0, 1000)
    times.add(11.4, 100)  # reported late, as the next shows
    times.add(11.1, 1000)
    assert times.time_of(10.0, 1.5) == pytest.approx(11.5)
