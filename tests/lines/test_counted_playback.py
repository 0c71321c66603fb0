"""What counts as heard on a far side that counts, for every order of writes, cuts and pauses."""

from __future__ import annotations

import json
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio import AudioFormat
from realtime_sdk.lines import CountedDialect, Started
from realtime_sdk.lines._outbox import Outbox
from realtime_sdk.lines._playback import LinePlayback, LineTiming

from ..effort import tries

RATE = 8000
TICK = 0.01
PCM = AudioFormat("audio/pcm", RATE)


class FarSide:
    """Plays in real time, 10 ms at a time, and reports its count; each message takes `latency` seconds."""

    def __init__(self, latency: float = 0.0) -> None:
        self.now = 0.0
        self.heard = list[int]()  # the samples played
        self._outbox = Outbox(lambda: None)
        self.playback = LinePlayback(
            CountedDialect(), Started(PCM, PCM), lambda: self.now, outbox=self._outbox,
            timing=LineTiming(packet=0.02, ahead=0.5, patience=2.0),
        )  # fmt: skip
        self._latency = latency
        self._arriving = deque[tuple[float, str | bytes]]()
        self._reports = deque[tuple[float, int, int]]()
        self._buffer = list[int]()
        self._clear = self._played = 0
        self._is_paused = False

    def tick(self) -> None:
        self.now += TICK
        while (outgoing := self._outbox.take()) is not None:
            self._arriving.append((self.now + self._latency, outgoing.message))
            self._outbox.sent(outgoing, self.now)
        while self._arriving and self._arriving[0][0] <= self.now:
            self._obey(self._arriving.popleft()[1])
        frames = 0 if self._is_paused else round(RATE * TICK)
        played, self._buffer = self._buffer[:frames], self._buffer[frames:]
        self.heard += played
        self._played += len(played)
        self._reports.append((self.now + self._latency, self._clear, self._played))
        while self._reports and self._reports[0][0] <= self.now:
            _, clear, frames = self._reports.popleft()
            assert self.playback.frames_played(clear, frames)
        self.playback.played()

    def _obey(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._buffer += np.frombuffer(message, np.int16).tolist()
            return
        match json.loads(message):
            case {"type": "clear", "number": int(number)}:
                self._buffer.clear()
                self._clear, self._played = number, 0
            case {"type": kind}:
                self._is_paused = kind == "pause"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 1200)),
        st.tuples(st.just("run"), st.integers(1, 40)),
        st.tuples(st.sampled_from(["flush", "pause", "resume"]), st.just(0)),
    ),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=tries(200))
@given(steps, st.sampled_from([0.0, 0.03, 0.15]))
def test_what_counts_was_played_and_nothing_is_lost_or_repeated(steps: list[tuple[str, int]], latency: float) -> None:
    far, numbered, written, counted = FarSide(latency), list[int](), 0, 0
    for step, amount in [*steps, ("resume", 0), ("run", 600)]:
        match step:
            case "write":
                samples = list(range(written + 1, written + 1 + amount))
                taken = far.playback.write(np.array(samples, np.int16))
                numbered += samples[:taken]
                written += taken
            case "run":
                for _ in range(amount):
                    far.tick()
                    assert counted <= far.playback.played() <= len(numbered)
                    counted = far.playback.played()
                    assert set(numbered[:counted]) <= set(far.heard)
            case "flush":
                del numbered[far.playback.flush() :]
            case "pause":
                far.playback.pause()
            case _:
                far.playback.resume()
    assert far.playback.played() == len(numbered)
    assert far.heard == sorted(set(far.heard))


def test_a_far_side_that_reports_nothing_has_heard_nothing_however_long() -> None:
    far = FarSide()
    far.playback.write(np.ones(800, np.int16))
    far.now = 3600.0
    assert far.playback.played() == 0


def test_a_count_of_more_than_was_sent_is_not_believed() -> None:
    far = FarSide()
    far.playback.write(np.ones(800, np.int16))
    [clear, *_] = iter(far._outbox.take, None)
    number = json.loads(clear.message)["number"]
    assert not far.playback.frames_played(number, 801)
    assert far.playback.played() == 800
    assert not far.playback.frames_played(number + 1, 10)


def test_a_count_from_before_a_clear_changes_nothing() -> None:
    far = FarSide()
    far.playback.write(np.ones(800, np.int16))
    [clear, *_] = iter(far._outbox.take, None)
    assert far.playback.flush() == 0
    assert far.playback.frames_played(json.loads(clear.message)["number"], 400)
    assert far.playback.played() == 0
