"""What a line counts as heard, for every order of writes, cuts, pauses and marks."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import pytest
import soxr
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio import AudioFormat
from realtime_sdk.devices._resampled import ResampledPlayback
from realtime_sdk.lines import PlivoDialect, Started, VonageDialect
from realtime_sdk.lines._outbox import Outbox
from realtime_sdk.lines._playback import LinePlayback, LineTiming

from ..effort import tries

RATE = 8000
TICK = 0.01
PATIENCE = 2.0

PCM = AudioFormat("audio/pcm", RATE)


@dataclass
class Gateway:
    """Plays in real time, 10 ms at a time; each message takes `latency` seconds in either direction."""

    playback: LinePlayback
    outbox: Outbox
    latency: float
    is_honest: bool = True  # it loses, repeats, disorders and invents no marks
    now: float = 0.0
    heard: list[int] = field(default_factory=list)  # the samples played, without padding
    _arriving: deque[tuple[float, str | bytes]] = field(default_factory=deque)
    _returning: list[tuple[float, str]] = field(default_factory=list)
    _buffer: deque[int | str] = field(default_factory=deque)
    _chance: random.Random = field(default_factory=lambda: random.Random(0))

    def tick(self) -> None:
        self.now += TICK
        while (outgoing := self.outbox.take()) is not None:
            self._arriving.append((self.now + self.latency, outgoing.message))
            self.outbox.sent(outgoing, self.now)
        while self._arriving and self._arriving[0][0] <= self.now:
            self._obey(self._arriving.popleft()[1])
        left = round(RATE * TICK)
        while self._buffer and (left or isinstance(self._buffer[0], str)):
            entry = self._buffer.popleft()
            if isinstance(entry, str):
                self._return(entry)
            else:
                left -= 1
                self.heard += [entry] if entry else []
        for due, name in [mark for mark in self._returning if mark[0] <= self.now]:
            self._returning.remove((due, name))
            self.playback.mark_reached(name)
        self.playback.played()

    def _obey(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._buffer.extend(np.frombuffer(message, np.int16).tolist())
            return
        match json.loads(message):
            case {"action": "notify", "payload": {"mark": name}}:
                self._buffer.append(name)
            case {"action": "clear"}:
                for entry in self._buffer:
                    if isinstance(entry, str):
                        self._return(entry)  # as Twilio and Telnyx do
                self._buffer.clear()

    def _return(self, name: str) -> None:
        if self.is_honest:
            self._returning.append((self.now + self.latency, name))
            return
        for returned in self._chance.choice([[], [name], [name, name], ["unknown", name]]):
            self._returning.append((self.now + self.latency + self._chance.random(), returned))


class Line:
    """A playback, its gateway, and which sample has which number."""

    def __init__(self, latency: float = 0.0, *, is_honest: bool = True, hold_back: int = 0) -> None:
        start = Started(PCM, PCM)
        self.outbox = Outbox(lambda: None)
        self.playback = LinePlayback(
            VonageDialect(), start, lambda: self.gateway.now, outbox=self.outbox,
            timing=LineTiming(packet=0.02, ahead=0.5, patience=PATIENCE), hold_back=hold_back,
        )  # fmt: skip
        self.gateway = Gateway(self.playback, self.outbox, latency, is_honest)
        self.numbered: list[int] = []  # the samples written and not cut, by number
        self._samples = itertools.count(1)
        self._counted = 0
        self._cut = set[int]()
        self._silent_at = math.inf  # no cut sample is heard from then on, and none at all while it is paused
        self._is_paused = False

    def write(self, frames: int) -> None:
        samples = list(itertools.islice(self._samples, frames))
        taken = self.playback.write(np.array(samples, np.int16))
        self.numbered += samples[:taken]
        self._samples = itertools.chain(samples[taken:], self._samples)  # type: ignore[assignment]

    def flush(self) -> None:
        end = self.playback.flush()
        assert end == self.playback.played()
        self._cut |= set(self.numbered[end:])
        del self.numbered[end:]
        self._silence()

    def pause(self) -> None:
        self.playback.pause()
        self._is_paused = True
        self._silence()

    def resume(self) -> None:
        self.playback.resume()
        self._is_paused = False

    def _silence(self) -> None:
        self._silent_at = self.gateway.now + self.gateway.latency + 2 * TICK

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK)):
            heard = len(self.gateway.heard)
            self.gateway.tick()
            if self.gateway.now > self._silent_at:
                assert not self._is_paused or heard == len(self.gateway.heard)
                assert not self._cut & set(self.gateway.heard[heard:])
            self.check()

    def check(self) -> None:
        played = self.playback.played()
        assert self._counted <= played <= len(self.numbered)
        self._counted = played
        assert set(self.numbered[:played]) <= set(self.gateway.heard)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 1200)),
        st.tuples(st.just("run"), st.floats(0.01, 0.4)),
        st.tuples(st.sampled_from(["flush", "pause", "resume"])),
    ),
    max_size=12,
)


def play(line: Line, steps: list[tuple[object, ...]]) -> None:
    for step in steps:
        match step:
            case ("write", int(frames)):
                line.write(frames)
            case ("run", float(seconds)):
                line.run(seconds)
            case ("flush",):
                line.flush()
            case ("pause",):
                line.pause()
            case ("resume",):
                line.resume()
        line.check()
    line.resume()
    line.run(len(line.numbered) / RATE + PATIENCE + 3.0)


@pytest.mark.slow
@settings(max_examples=tries(200))
@given(steps, st.sampled_from([0.0, 0.03, 0.15]))
def test_what_counts_as_heard_was_heard_and_nothing_is_lost(steps: list[tuple[object, ...]], latency: float) -> None:
    line = Line(latency)
    play(line, steps)
    assert line.playback.played() == len(line.numbered)
    assert set(line.numbered) <= set(line.gateway.heard)
    assert list(dict.fromkeys(line.gateway.heard)) == sorted(set(line.gateway.heard))


@pytest.mark.slow
@settings(max_examples=tries(200))
@given(steps)
def test_marks_that_are_lost_repeated_disordered_or_unknown_cost_no_audio(steps: list[tuple[object, ...]]) -> None:
    line = Line(is_honest=False)
    play(line, steps)
    assert line.playback.played() == len(line.numbered)
    assert set(line.numbered) <= set(line.gateway.heard)


def test_the_marks_of_cleared_audio_are_not_heard() -> None:
    line = Line(latency=0.1)
    line.write(4000)
    line.run(0.3)
    line.flush()
    heard = line.playback.played()
    line.run(1.0)
    assert 0 < heard == line.playback.played() < 1600


def test_a_pause_of_a_gateway_that_cannot_pause_repeats_what_was_not_acknowledged() -> None:
    line = Line(latency=0.05)
    line.write(4000)
    line.run(0.3)
    line.pause()
    line.run(1.0)
    silent = len(line.gateway.heard)
    line.run(1.0)
    assert len(line.gateway.heard) == silent
    line.resume()
    line.run(1.0)
    assert line.playback.played() == 4000
    repeated = len(line.gateway.heard) - 4000
    assert 0 < repeated <= 0.12 * RATE  # a message's way there and back, and a packet


def test_a_last_packet_that_is_incomplete_is_filled_where_the_gateway_takes_no_other() -> None:
    line = Line()
    line.write(100)
    line.run(0.1)
    assert line.playback.played() == 100


def test_the_far_side_is_sent_no_more_ahead_than_it_is_to_have() -> None:
    line = Line()
    line.write(8000)
    messages = list(iter(line.outbox.take, None))
    audio = sum(len(outgoing.message) for outgoing in messages if isinstance(outgoing.message, bytes))
    assert audio == 2 * 0.5 * RATE


def test_a_cut_takes_back_what_was_not_sent_and_needs_no_clear_for_it() -> None:
    line = Line()
    line.write(800)
    assert line.playback.flush() == 0
    assert line.outbox.take() is None


@pytest.mark.parametrize("patience", [0.5, 2.0])
def test_a_mark_that_never_comes_is_given_up_after_a_while(patience: float) -> None:
    now, outbox = [0.0], Outbox(lambda: None)
    playback = LinePlayback(
        PlivoDialect(), Started(PCM, PCM), lambda: now[0], outbox=outbox,
        timing=LineTiming(packet=0.02, ahead=1.0, patience=patience),
    )  # fmt: skip
    playback.write(np.ones(160, np.int16))
    for outgoing in iter(outbox.take, None):
        outbox.sent(outgoing, now[0])
    now[0] = 0.02 + patience - 0.001
    assert playback.played() == 0
    now[0] += 0.001
    assert playback.played() == 160


def test_nothing_counts_once_the_far_side_is_gone() -> None:
    line = Line()
    line.write(4000)
    line.run(0.1)
    heard = line.playback.played()
    line.playback.end()
    line.playback.resume()
    line.run(PATIENCE + 2.0)
    assert 0 < heard == line.playback.played()


def test_audio_that_the_socket_did_not_take_is_never_given_up() -> None:
    now, outbox = [0.0], Outbox(lambda: None)
    playback = LinePlayback(
        PlivoDialect(), Started(PCM, PCM), lambda: now[0], outbox=outbox,
        timing=LineTiming(packet=0.02, ahead=1.0, patience=2.0),
    )  # fmt: skip
    playback.write(np.ones(160, np.int16))
    outbox.take()  # and it is on its way into a socket that does not move
    now[0] = 60.0
    assert playback.played() == 0


def test_a_session_at_another_rate_is_heard_as_if_it_was_converted_in_one_piece() -> None:
    line = Line(hold_back=RATE // 100)
    session = ResampledPlayback(line.playback, 24_000, RATE)
    audio = (10_000 + 8000 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)).astype(np.int16)
    for _ in range(2):
        for start in range(0, 24_000, 1777):
            assert session.write(audio[start : start + 1777]) == len(audio[start : start + 1777])
        for _ in range(150):
            line.gateway.tick()
            session.played()
    assert session.played() == 48_000
    heard, inner = np.array(line.gateway.heard), slice(80, -80)  # the filter reaches over the ends
    for half in np.split(heard - soxr.resample(np.tile(audio, 2), 24_000, RATE), 2):
        assert np.max(np.abs(half[inner])) <= 2
