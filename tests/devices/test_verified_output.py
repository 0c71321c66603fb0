"""A session on speakers that break their protocol: it goes on, or says which rule was broken."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Callable
from typing import Any

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import DeviceError, DeviceLost, DeviceRestored, Playout, Underrun, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.devices._lifecycle import MISTAKES_LIMIT
from realtime_sdk.devices._reopening import REOPEN_INTERVAL_SECONDS
from realtime_sdk.devices._verified_output import PROGRESS_TIMEOUT, STEADY_SECONDS
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual, stall


class Faulty(VirtualSpeaker):
    """A speaker of which one method answers something else, for the first seconds after its first `open`."""

    was_open = False

    def __init__(self, method: str, answer: Callable[[Any], Any], *, seconds: float = 1e6) -> None:
        super().__init__()
        self._method, self._answer, self._seconds = method, answer, seconds
        self._broken_until: float | None = None

    async def open(self, rate: int) -> None:
        if not self.was_open:
            self.was_open = True
            self._broken_until = anyio.current_time() + self._seconds
        await super().open(rate)

    def set_well(self, is_well: bool) -> None:
        """Have it answer well, or not, from now on."""
        self._broken_until = None if is_well else math.inf

    def _answered(self, method: str, answer: Any) -> Any:
        is_broken = self._broken_until is not None and anyio.current_time() < self._broken_until
        return self._answer(answer) if is_broken and method == self._method else answer

    def room(self) -> int:
        return self._answered("room", super().room())  # type: ignore[no-any-return]

    def write(self, pcm: Pcm) -> int:
        return self._answered("write", super().write(pcm))  # type: ignore[no-any-return]

    def played(self) -> int:
        return self._answered("played", super().played())  # type: ignore[no-any-return]

    def flush(self) -> int:
        return self._answered("flush", super().flush())  # type: ignore[no-any-return]


def raising(error: BaseException) -> Callable[[Any], Any]:
    def fail(_: Any) -> None:
        raise error

    return fail


def play(speaker: VirtualSpeaker, *, interrupt_after: float | None = None) -> tuple[Playout, list[Any]]:
    """Play a reply of two seconds; return its playout, and the losses and returns of the device."""
    server, events, playouts = FakeServer(), list[Any](), list[Playout]()
    server.reply(message("One two three four.", seconds=2.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            response = await session.respond()
            if interrupt_after is not None:
                await anyio.sleep(interrupt_after)
                await session.interrupt()
            playouts.extend(await response.played())
        events.extend([event async for event in session.events(DeviceLost, DeviceRestored)])

    run_virtual(main)
    return playouts[0], events


@pytest.mark.parametrize(
    ("method", "answer", "reason"),
    [
        ("room", lambda room: room + 0.5, r"room\(\) returned \d+\.5, no whole number of frames"),
        ("room", lambda room: room > 0, r"room\(\) returned True, no whole number of frames"),
        ("room", lambda room: 0, r"it has had no room for 10 s, and nothing to play"),
        ("room", lambda room: -5, r"room\(\) returned -5, and it has had no room for 10 s, and nothing to play"),
        ("write", lambda taken: taken // 2, r"write\(\) took \d+ of \d+ frames, for which room\(\) had room"),
        ("write", str, r"write\(\) returned '\d+', no whole number of frames"),
        ("played", lambda played: None, r"played\(\) returned None, no whole number of frames"),
        ("played", float, r"played\(\) returned \d+\.0, no whole number of frames"),
        ("played", bool, r"played\(\) returned (True|False), no whole number of frames"),
        ("played", lambda played: 0, r"it has played none of the 48000 frames that it has for 10 s"),
    ],
)
def test_a_speaker_whose_answer_makes_no_sense_is_lost_with_the_reason_and_comes_back(
    method: str, answer: Callable[[Any], Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    is_slow = "for 10 s" in reason or "no room" in reason
    speaker = Faulty(method, answer, seconds=PROGRESS_TIMEOUT + 0.2 if is_slow else 3.0)
    with caplog.at_level(logging.WARNING):
        playout, events = play(speaker)
    lost = [event for event in events if isinstance(event, DeviceLost)]
    assert {type(event) for event in events} == {DeviceLost, DeviceRestored}
    for event in lost:
        assert re.fullmatch(f"the sound device Faulty breaks its protocol: {reason}", event.reason)
    assert (playout.position, playout.interrupted) == (2.0, False)


@pytest.mark.parametrize(
    ("method", "answer", "corrected"),
    [
        ("write", lambda taken: None, r"write\(\) returned None\. It is taken for \d+"),
        ("played", lambda played: played + 100, r"played\(\) returned \d+, after \d+ of \d+ frames written"),
        ("played", lambda played: played - 1, r"played\(\) returned -1, after 0 of 0 frames written\. "),
        ("flush", lambda played: -1, r"flush\(\) returned -1, after \d+ of \d+ frames written"),
        ("flush", lambda played: 1_000_000, r"flush\(\) returned 1000000, after \d+ of \d+ frames written"),
    ],
)
def test_a_count_that_is_out_of_bounds_is_corrected_and_logged_once(
    method: str, answer: Callable[[Any], Any], corrected: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "realtime_sdk.devices"):
        playout, events = play(Faulty(method, answer, seconds=1.5), interrupt_after=1.0)
    [record] = caplog.records
    assert re.match(f"the sound device Faulty breaks its protocol: {corrected}", record.getMessage())
    assert events == []
    assert playout.position == approx(1.0, abs=0.02), "what was heard is true none the less"


class Eager(VirtualSpeaker):
    """A speaker that counts frames as heard before they can be: as it is given them, or whatever comes to its mind."""

    given = 0

    def __init__(self, count: Callable[[int], int]) -> None:
        super().__init__()
        self._count = count

    async def open(self, rate: int) -> None:
        self.given = 0
        await super().open(rate)

    def write(self, pcm: Pcm) -> int:
        taken = super().write(pcm)
        self.given += taken
        return taken

    def played(self) -> int:
        return self._count(self.given)


class EagerWhenFlushed(Eager):
    """One that also says so when it is flushed, and then counts on from there."""

    def flush(self) -> int:
        super().flush()
        return self.played()


@pytest.mark.parametrize("kind", [Eager, EagerWhenFlushed])
@pytest.mark.parametrize(
    ("count", "value"),
    [
        (lambda given: given, r"4800, 0\.19 s before the last of these frames can be heard"),
        (lambda given: given + 1, "1, after 0 of 0 frames written"),
        (lambda given: 10**9, "1000000000, after 0 of 0 frames written"),
    ],
)
def test_what_is_counted_before_it_can_be_heard_is_counted_in_real_time(
    kind: type[Eager], count: Callable[[int], int], value: str, caplog: pytest.LogCaptureFixture
) -> None:
    server, speaker = FakeServer(), kind(count)
    for _ in range(2):
        server.reply(message("One two three four.", seconds=4.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.respond()
            await anyio.sleep(1.0)
            session.pause()
            await anyio.sleep(5.0)
            session.resume()
            await anyio.sleep(1.0)
            [cut] = await session.interrupt()
            assert cut.position == approx(2.0, abs=0.06) and cut.interrupted
            began = clock.wall()
            [playout] = await (await session.respond()).played()
            assert playout.started_at is not None and playout.finished_at is not None
            assert began <= playout.started_at, "it was not heard before it came"
            assert playout.finished_at - began == approx(4.0, abs=0.1)
        seen = [event async for event in session.events(DeviceLost, Underrun)]
        assert seen == []

    with caplog.at_level(logging.WARNING):
        run_virtual(main)
    [warning] = caplog.messages
    assert re.match(rf"the sound device {kind.__name__} breaks its protocol: played\(\) returned {value}\.", warning)


class Blocking(VirtualSpeaker):
    """A speaker that waits in `write` until it has played what it had, in some of its calls."""

    def __init__(self, is_slow: Callable[[int], bool]) -> None:
        super().__init__(capacity=0.1)
        self._is_slow = is_slow
        self._calls = 0

    def write(self, pcm: Pcm) -> int:
        self._calls += 1
        if self._is_slow(self._calls):
            stall(0.08)
        return super().write(pcm)


@pytest.mark.parametrize(("is_slow", "warnings"), [(lambda call: True, 1), (lambda call: call % 3 == 0, 0)])
def test_a_method_that_blocks_again_and_again_is_logged_once(
    is_slow: Callable[[int], bool], warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "realtime_sdk.devices"):
        playout, events = play(Blocking(is_slow))
    assert (playout.position, events) == (2.0, [])
    slow = "the sound device Blocking breaks its protocol: write() took 0.08 s, again and again, "
    found = [line for line in caplog.messages if "breaks its protocol" in line]
    assert len(found) == warnings and all(line.startswith(slow) for line in found)


class InBlocks(Eager):
    """A speaker that counts a block as soon as it is begun."""

    def played(self) -> int:
        block = to_frames(0.08)
        return min(self.given, -(-super(Eager, self).played() // block) * block)

    def flush(self) -> int:
        return max(self.played(), super().flush())


@pytest.mark.parametrize("speaker", [InBlocks(int), VirtualSpeaker(drift=0.01)])
def test_a_speaker_that_counts_whole_blocks_or_is_a_little_fast_is_right(
    speaker: VirtualSpeaker, caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeServer()
    server.reply(message("One two three four.", seconds=30.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await (await session.respond()).played()

    run_virtual(main)
    assert caplog.messages == []


def test_a_speaker_may_be_silent_for_long_if_it_is_paused_or_has_nothing_to_play() -> None:
    server, speaker = FakeServer(), VirtualSpeaker()
    server.reply(message("One two three four.", seconds=2.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await anyio.sleep(3 * PROGRESS_TIMEOUT)
            response = await session.respond()
            await anyio.sleep(1.0)
            session.pause()
            await anyio.sleep(3 * PROGRESS_TIMEOUT)
            session.resume()
            await response.played()
        assert [event async for event in session.events(DeviceLost)] == []

    run_virtual(main)
    (sound,) = server.sounds.values()
    assert np.array_equal(speaker.heard, sound)


# One that stays wrong


class Counted(Faulty):
    """A faulty speaker that counts how often it is opened, and for how long it is open."""

    openings = 0
    is_open = False

    async def open(self, rate: int) -> None:
        self.openings += 1
        self.is_open = True
        await super().open(rate)

    async def close(self) -> None:
        self.is_open = False
        await super().close()


def outlast(
    speaker: Counted, *, seconds: float = 60.0, length: float = 2.0
) -> tuple[list[Any], Pcm]:
    """Play a reply of this length on a speaker, and after so many seconds what is left of it on another one.

    Returns the losses and returns, and what the other one played.
    """
    server, successor, events = FakeServer(), VirtualSpeaker(), list[Any]()
    server.reply(message("One two three four.", seconds=length))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            response = await session.respond()
            await anyio.sleep(seconds)
            await session.use(speaker=successor)
            [playout] = await response.played()
            assert (playout.position, playout.interrupted) == (length, False)
        events.extend([event async for event in session.events(DeviceLost, DeviceRestored)])

    run_virtual(main)
    (sound,) = server.sounds.values()
    assert np.array_equal(successor.heard, sound[len(sound) - len(successor.heard) :])
    return events, successor.heard


GIVEN_UP = (
    ". It has failed 10 times in a row, and is not opened again: session.use(speaker=…) exchanges it; "
    "realtime_sdk.testing.check_output_device checks a device of your own"
)


@pytest.mark.parametrize(
    ("method", "answer", "reason"),
    [
        ("room", raising(ValueError("odd")), r"Counted\.room raised ValueError\('odd'\)"),
        ("write", raising(OSError(5, "I/O error")), r"Counted\.write raised OSError\(5, 'I/O error'\)"),
        ("played", raising(asyncio.CancelledError()), r"Counted\.played raised CancelledError\(\)"),
        ("played", lambda played: None, r".* breaks its protocol: played\(\) returned None, no whole number of frames"),
        ("played", lambda played: math.nan, r".* breaks its protocol: played\(\) returned nan, .*"),
        ("room", lambda room: None, r".* breaks its protocol: room\(\) returned None, .*"),
        ("room", lambda room: True, r".* breaks its protocol: room\(\) returned True, .*"),
        ("write", lambda taken: 0, r".* breaks its protocol: write\(\) took 0 of \d+ frames, .*"),
    ],
)
def test_a_speaker_that_is_wrong_is_given_up_and_the_reply_goes_on_with_another_one(
    method: str, answer: Callable[[Any], Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    speaker = Counted(method, answer)
    with caplog.at_level(logging.WARNING):
        events, heard = outlast(speaker)
    assert (speaker.openings, speaker.is_open) == (MISTAKES_LIMIT, False)
    assert len(heard) == 48_000, "it has played nothing"
    first, returned, second, last, exchanged = events
    assert isinstance(first, DeviceLost) and isinstance(second, DeviceLost) and isinstance(last, DeviceLost)
    assert isinstance(returned, DeviceRestored) and isinstance(exchanged, DeviceRestored)
    assert re.fullmatch(reason, first.reason) and re.fullmatch(reason, second.reason)
    assert re.fullmatch(reason + re.escape(GIVEN_UP), last.reason)
    assert last.at - first.at == approx((MISTAKES_LIMIT - 1) * REOPEN_INTERVAL_SECONDS, abs=0.3)
    assert len([record for record in caplog.records if record.exc_info]) <= 1, "a traceback is logged once"


def test_a_speaker_whose_count_goes_back_again_and_again_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """It counts in 14 bits, which are over in the middle of the reply."""
    speaker = Counted("played", lambda played: played % 2**14)
    events, _ = outlast(speaker, seconds=300.0, length=60.0)
    *_, last, exchanged = events
    assert isinstance(last, DeviceLost) and isinstance(exchanged, DeviceRestored)
    assert len([line for line in caplog.messages if "It is taken for" in line]) == 1, "it is logged once"
    went_back = r"the sound device Counted breaks its protocol: played\(\) went back from \d+ to \d+, and it has played"
    assert re.match(went_back, last.reason) and last.reason.endswith(GIVEN_UP)
    assert speaker.openings == MISTAKES_LIMIT


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (raising(DeviceError("unplugged")), "unplugged"),
        (lambda played: 0, "the sound device Counted breaks its protocol: it has played none of"),
    ],
)
def test_a_speaker_that_fails_in_a_way_that_may_pass_is_tried_for_ever_and_reported_twice(
    answer: Callable[[Any], Any], reason: str
) -> None:
    speaker = Counted("played", answer)
    events, _ = outlast(speaker, seconds=200.0)
    first, returned, second, exchanged = events
    assert isinstance(first, DeviceLost) and isinstance(second, DeviceLost)
    assert isinstance(returned, DeviceRestored) and isinstance(exchanged, DeviceRestored)
    assert first.reason.startswith(reason) and second.reason.startswith(reason)
    assert speaker.openings > MISTAKES_LIMIT


def test_a_speaker_on_trial_is_restored_once_it_plays() -> None:
    """It is lost twice before it plays, and works then."""
    playout, events = play(Faulty("played", raising(DeviceError("unplugged")), seconds=0.7))
    assert [type(event) for event in events] == [DeviceLost, DeviceRestored, DeviceLost, DeviceRestored]
    assert (playout.position, playout.interrupted) == (2.0, False)


def test_an_idle_speaker_on_trial_is_restored_after_a_second() -> None:
    speaker = Faulty("played", raising(DeviceError("unplugged")), seconds=0.7)
    server, events = FakeServer(), list[Any]()

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await anyio.sleep(5.0)
        events.extend([event async for event in session.events(DeviceLost, DeviceRestored)])

    run_virtual(main)
    *_, lost, restored = events
    assert isinstance(lost, DeviceLost) and isinstance(restored, DeviceRestored)
    assert restored.at - lost.at == approx(REOPEN_INTERVAL_SECONDS + STEADY_SECONDS, abs=0.2)


def test_a_flush_that_raises_is_one_loss_for_each_interruption() -> None:
    playout, events = play(Faulty("flush", raising(KeyError("queue"))), interrupt_after=1.0)
    [lost] = events
    assert lost.reason == "Faulty.flush raised KeyError('queue')"
    assert playout.position == approx(1.0, abs=0.03) and playout.interrupted


def interrupt_often(speaker: Counted, *, is_well: Callable[[int], bool]) -> list[Any]:
    """Interrupt replies a minute apart, as often as mistakes are borne and more; return losses and returns.

    is_well: whether the speaker is, in a turn of this number.
    """
    server, turns, events = FakeServer(), 2 * MISTAKES_LIMIT + 2, list[Any]()
    for _ in range(turns):
        server.reply(message("One two three four.", seconds=2.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            for turn in range(turns):
                speaker.set_well(is_well(turn))
                await session.respond()
                await anyio.sleep(1.0)
                [playout] = await session.interrupt()
                assert playout.position == approx(1.0 if speaker.is_open or turn < MISTAKES_LIMIT else 0.0, abs=0.02)
                await anyio.sleep(60.0)
        events.extend([event async for event in session.events(DeviceLost, DeviceRestored)])

    run_virtual(main)
    return events


@pytest.mark.parametrize("answer", [raising(KeyError("queue")), lambda played: None])
def test_a_speaker_whose_flush_always_fails_is_given_up_however_well_it_plays(answer: Callable[[Any], Any]) -> None:
    speaker = Counted("flush", answer)
    events = interrupt_often(speaker, is_well=lambda turn: False)
    assert [type(event) for event in events] == [*[DeviceLost, DeviceRestored] * (MISTAKES_LIMIT - 1), DeviceLost]
    assert events[-1].reason == events[0].reason + GIVEN_UP
    assert (speaker.openings, speaker.is_open) == (MISTAKES_LIMIT, False)


def test_a_speaker_whose_flush_fails_now_and_then_is_forgiven() -> None:
    events = interrupt_often(Counted("flush", lambda played: None), is_well=lambda turn: turn % 2 == 1)
    assert [type(event) for event in events] == [DeviceLost, DeviceRestored] * (MISTAKES_LIMIT + 1)


@pytest.mark.parametrize("answer", [lambda gain: None, raising(ValueError("no mixer"))])
def test_a_gain_that_makes_no_sense_is_a_loss(answer: Callable[[Any], Any]) -> None:
    class Loud(Faulty):
        def set_gain(self, gain: float) -> int:
            frame = super().set_gain(gain)
            return self._answered("set_gain", frame) if gain != 1.0 else frame

    server, events = FakeServer(), list[Any]()
    server.reply(message("One two three four.", seconds=2.0))

    async def main() -> None:
        speaker = Loud("set_gain", answer, seconds=2.0)
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            response = await session.respond()
            await anyio.sleep(1.0)
            session.volume = 0.5
            assert (await response.played())[0].position == 2.0
        events.extend([event async for event in session.events(DeviceLost, DeviceRestored)])

    run_virtual(main)
    assert isinstance(events[0], DeviceLost) and "set_gain" in events[0].reason
    assert isinstance(events[-1], DeviceRestored)
