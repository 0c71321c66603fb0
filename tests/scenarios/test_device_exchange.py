"""`Session.use`: devices exchanged while they run, at the exact frame."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import anyio
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pytest import approx

from realtime_sdk import (
    ConnectionLost,
    DeviceError,
    DeviceLost,
    DeviceRestored,
    Session,
    UsageError,
    connect,
    transcribe,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, noise, run_virtual

from ..effort import tries

SECONDS = 2.0
FRAMES = st.integers(0, to_frames(SECONDS + 0.5))


class Unpluggable(VirtualSpeaker):
    """A speaker that is not there."""

    async def open(self, rate: int) -> None:
        raise DeviceError("no such device")


class Speaker(VirtualSpeaker):
    """A speaker that knows whether it is open."""

    is_open = False

    async def open(self, rate: int) -> None:
        await super().open(rate)
        self.is_open = True

    async def close(self) -> None:
        await super().close()
        self.is_open = False


class SlowSpeaker(Speaker):
    """A speaker that takes a second to open."""

    async def open(self, rate: int) -> None:
        await anyio.sleep(1.0)
        await super().open(rate)


def play(
    first: VirtualSpeaker, meanwhile: Callable[[Session], Coroutine[Any, Any, None]], **given: Any
) -> tuple[Pcm, list[Any]]:
    """Hold a session with a reply of two seconds; return the reply's audio, and the events."""
    server, events = FakeServer(), list[Any]()
    server.reply(message("One two three four five six.", seconds=SECONDS))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=first, microphone=None, **given) as session:
            response = await session.respond()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(meanwhile, session)
                (playout,) = await response.played()
            assert (playout.position, playout.interrupted) == (SECONDS, False)
        events.extend([event async for event in session.events()])

    run_virtual(main)
    (sound,) = server.sounds.values()
    return sound, events


@settings(max_examples=tries(40))
@given(
    times=st.lists(FRAMES, min_size=1, max_size=3), tail=st.sampled_from([0.0, 0.05]),
    latency=st.sampled_from([0.0, 0.04]), paused=st.booleans(),
)  # fmt: skip
def test_a_speaker_exchanged_at_any_time_loses_and_repeats_no_frame(
    times: list[int], tail: float, latency: float, paused: bool
) -> None:
    speakers = [Speaker(tail=tail, latency=latency) for _ in range(len(times) + 1)]

    async def exchange(session: Session) -> None:
        began = clock.now()
        for time, speaker in zip(sorted(times), speakers[1:], strict=True):
            await anyio.sleep(max(0.0, began + time / WIRE_RATE - clock.now()))
            if paused:
                session.pause()
            await session.use(speaker=speaker)
            assert [each.is_open for each in speakers] == [each is speaker for each in speakers]
            session.resume()

    sound, events = play(speakers[0], exchange)
    assert np.array_equal(np.concatenate([speaker.heard for speaker in speakers]), sound)
    heard = [(s.at, s.at + len(s.pcm) / WIRE_RATE) for speaker in speakers for s in speaker.timeline]
    assert all(end <= start + 1e-6 for (_, end), (start, _) in pairwise(heard))
    assert not [event for event in events if isinstance(event, DeviceLost | DeviceRestored)]
    assert not any(speaker.is_open for speaker in speakers)


def test_the_volume_and_a_pause_apply_to_the_new_speaker() -> None:
    new = VirtualSpeaker()

    async def exchange(session: Session) -> None:
        await anyio.sleep(1.0)
        session.volume = 0.5
        session.pause()
        await session.use(speaker=new)
        await anyio.sleep(5.0)
        assert not len(new.heard)
        session.resume()

    sound, _ = play(VirtualSpeaker(), exchange)
    assert np.array_equal(new.heard[-1000:], (sound[-1000:] * 0.5).astype(np.int16))


def test_a_speaker_that_fails_to_open_leaves_the_old_one_playing() -> None:
    old = Speaker()

    async def exchange(session: Session) -> None:
        await anyio.sleep(0.5)
        with pytest.raises(DeviceError, match="no such device"):
            await session.use(speaker=Unpluggable())
        assert old.is_open

    sound, _ = play(old, exchange)
    assert np.array_equal(old.heard, sound)


def test_a_microphone_that_fails_keeps_the_old_speaker_too() -> None:
    old, new = Speaker(), Speaker()
    absent = VirtualMicrophone()
    absent.unplug()

    async def exchange(session: Session) -> None:
        with pytest.raises(DeviceError, match="the virtual microphone is unplugged"):
            await session.use(speaker=new, microphone=absent)
        assert old.is_open and not new.is_open

    sound, _ = play(old, exchange)
    assert np.array_equal(old.heard, sound)


def test_a_lost_speaker_is_replaced_by_the_new_one() -> None:
    old, new = Speaker(), Speaker()

    async def exchange(session: Session) -> None:
        await anyio.sleep(0.5)
        old.unplug()
        await anyio.sleep(1.0)
        await session.use(speaker=new)

    sound, events = play(old, exchange)
    assert np.array_equal(new.heard, sound[-len(new.heard) :])
    assert [type(event) for event in events if isinstance(event, DeviceLost | DeviceRestored)] == [
        DeviceLost, DeviceRestored,
    ]  # fmt: skip


def test_a_new_speaker_that_is_lost_is_searched_for_like_any_other() -> None:
    new = Speaker()

    async def exchange(session: Session) -> None:
        await anyio.sleep(0.5)
        await session.use(speaker=new)
        await anyio.sleep(0.5)
        new.unplug()
        await anyio.sleep(0.5)
        new.plug_in()

    _, events = play(Speaker(), exchange)
    assert len([event for event in events if isinstance(event, DeviceRestored)]) == 1


def test_the_same_speaker_again_changes_nothing() -> None:
    speaker = Speaker()

    async def exchange(session: Session) -> None:
        await anyio.sleep(0.5)
        await session.use(speaker=speaker)
        assert speaker.is_open

    sound, _ = play(speaker, exchange)
    assert np.array_equal(speaker.heard, sound)


def test_a_caller_that_gives_up_leaves_the_old_speaker_playing() -> None:
    old, new = Speaker(), SlowSpeaker()

    async def exchange(session: Session) -> None:
        with anyio.move_on_after(0.5):
            await session.use(speaker=new)
        await anyio.sleep(1.0)
        assert old.is_open and not new.is_open

    sound, _ = play(old, exchange)
    assert np.array_equal(old.heard, sound)


class HangingSpeaker(VirtualSpeaker):
    """A speaker that never opens."""

    async def open(self, rate: int) -> None:
        await anyio.sleep_forever()


class HangingMicrophone(VirtualMicrophone):
    """A microphone that gives nothing."""

    async def read(self) -> Pcm:
        await anyio.sleep_forever()
        raise AssertionError


@pytest.mark.parametrize(
    ("devices", "reason"),
    [
        ({"speaker": HangingSpeaker()}, "HangingSpeaker did not open within 20 s"),
        ({"microphone": HangingMicrophone()}, "HangingMicrophone gave no audio for 5 s"),
    ],
)
def test_a_device_that_hangs_is_given_up_and_does_not_hold_up_the_next(devices: Any, reason: str) -> None:
    async def main() -> None:
        async with FakeServer() as server, connect(
            endpoint=server, speaker=VirtualSpeaker(), microphone=VirtualMicrophone()
        ) as session:
            hanging, following = session.use(**devices), session.use(speaker=VirtualSpeaker())
            with pytest.raises(DeviceError, match=reason):
                await hanging
            await following

    run_virtual(main)


def test_a_session_whose_speaker_hangs_is_not_opened() -> None:
    async def main() -> None:
        with pytest.raises(DeviceError, match="HangingSpeaker did not open within 20 s"):
            async with FakeServer() as server, connect(endpoint=server, speaker=HangingSpeaker(), microphone=None):
                pass

    run_virtual(main)


def test_a_session_that_is_left_closes_both_and_ends_the_exchange() -> None:
    old, new, ended = Speaker(), SlowSpeaker(), list[BaseException]()

    async def use(session: Session) -> None:
        with pytest.raises(ConnectionLost, match="ended") as raised:
            await session.use(speaker=new)
        ended.append(raised.value)

    async def main() -> None:
        async with (
            anyio.create_task_group() as tasks, FakeServer() as server,
            connect(endpoint=server, speaker=old, microphone=None) as session,
        ):  # fmt: skip
            tasks.start_soon(use, session)
            await anyio.sleep(0.5)

    run_virtual(main)
    assert ended and not old.is_open and not new.is_open


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"speaker": None}, "NullSpeaker"),
        ({"speaker": "Headset"}, r"Speaker\('…'\) or NullSpeaker\(\), not 'Headset'"),
        ({"microphone": 3}, "Microphone"),
    ],
)
def test_wrong_devices_are_refused(arguments: dict[str, Any], advice: str) -> None:
    async def exchange(session: Session) -> None:
        with pytest.raises(UsageError, match=advice):
            await session.use(**arguments)

    play(VirtualSpeaker(), exchange)


def test_a_session_that_is_over_exchanges_no_device(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        server, old, new = FakeServer(), Speaker(), Speaker()
        async with server, connect(endpoint=server, microphone=None, speaker=old, reconnect=None) as session:
            server.hang_up(1000, "good bye")
            await anyio.sleep(1.0)
            with pytest.raises(ConnectionLost, match="the session has ended: no device of it can be exchanged"):
                await session.use(speaker=new)
        with pytest.raises(ConnectionLost, match="the session has ended"):
            await session.use(speaker=new)
        assert not new.is_open

    run_virtual(main)
    assert caplog.messages.count("the devices were not exchanged: the session has ended") == 2


def test_a_speaker_is_exchanged_while_the_last_words_of_a_server_that_has_hung_up_are_heard() -> None:
    async def main() -> None:
        server, old, new = FakeServer(), Speaker(), Speaker()
        server.reply(message("One two three.", seconds=SECONDS))
        async with server, connect(endpoint=server, microphone=None, speaker=old, reconnect=None) as session:
            response = await session.respond()
            await anyio.sleep(0.5)
            server.hang_up(1000, "good bye")
            await anyio.sleep(0.5)
            await session.use(speaker=new)
            [playout] = await response.played()
            assert (playout.position, playout.interrupted) == (SECONDS, False)
            assert len(old.heard) + len(new.heard) == to_frames(SECONDS)

    run_virtual(main)


def test_a_session_whose_application_plays_has_no_speaker_to_exchange() -> None:
    async def main() -> None:
        async with FakeServer() as server, connect(endpoint=server, speaker=None, microphone=None) as session:
            with pytest.raises(UsageError, match="the application plays the audio itself"):
                await session.use(speaker=VirtualSpeaker())

    run_virtual(main)


# The microphone

SAID = noise(4.0, seed=9)


def capture(meanwhile: Callable[[Session, VirtualMicrophone], Coroutine[Any, Any, None]], **given: Any) -> Pcm:
    """Hold a session of three seconds whose user speaks all the time; return what the server received."""
    server, microphone = FakeServer(), VirtualMicrophone()
    microphone.say(SAID, at=0.0)

    async def main() -> None:
        async with (
            server,
            connect(endpoint=server, speaker=VirtualSpeaker(), microphone=microphone, **given) as session,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(meanwhile, session, microphone)
            await anyio.sleep(3.0)

    run_virtual(main)
    return server.heard


@settings(max_examples=tries(40))
@given(times=st.lists(FRAMES, min_size=1, max_size=3))
def test_a_microphone_exchanged_at_any_time_loses_and_repeats_no_frame(times: list[int]) -> None:
    async def exchange(session: Session, first: VirtualMicrophone) -> None:
        began = clock.now()
        for time in sorted(times):
            await anyio.sleep(max(0.0, began + time / WIRE_RATE - clock.now()))
            microphone = VirtualMicrophone()
            microphone.say(SAID[to_frames(clock.now() - began) :], at=0.0)
            await session.use(microphone=microphone)

    received = capture(exchange)
    assert len(received) >= to_frames(2.95)
    assert np.array_equal(received, SAID[: len(received)])


def test_without_a_microphone_nothing_is_sent_until_there_is_one_again() -> None:
    async def exchange(session: Session, first: VirtualMicrophone) -> None:
        await anyio.sleep(1.0)
        await session.use(microphone=None)
        await anyio.sleep(1.0)
        again = VirtualMicrophone()
        again.say(SAID[to_frames(2.0) :], at=0.0)
        await session.use(microphone=again)

    received = capture(exchange)
    assert np.array_equal(received, np.concatenate([SAID[: to_frames(1.0)], SAID[to_frames(2.0) :][: to_frames(1.0)]]))


def test_a_lost_microphone_is_replaced_by_the_new_one() -> None:
    async def exchange(session: Session, first: VirtualMicrophone) -> None:
        await anyio.sleep(1.0)
        first.unplug()
        await anyio.sleep(1.0)
        new = VirtualMicrophone()
        new.say(SAID[to_frames(2.0) :], at=0.0)
        await session.use(microphone=new)

    received = capture(exchange)
    assert np.array_equal(received[-1000:], SAID[: to_frames(3.0)][-1000:])
    assert len(received) / WIRE_RATE == approx(3.0, abs=0.05)


def test_a_microphone_that_gives_nothing_any_more_does_not_hold_up_the_next() -> None:
    class Stuck(VirtualMicrophone):
        async def read(self) -> Pcm:
            await anyio.sleep_forever()
            raise AssertionError

    async def exchange(session: Session, first: VirtualMicrophone) -> None:
        await session.use(microphone=first)  # it is used already
        stuck, new = Stuck(), VirtualMicrophone()
        new.say(SAID, at=0.0)
        with anyio.move_on_after(1.0):
            await session.use(microphone=stuck)
        await session.use(microphone=new)

    assert len(capture(exchange))


def test_the_microphone_of_a_transcription_is_exchanged_too() -> None:
    async def main() -> Pcm:
        first, second, server = VirtualMicrophone(), VirtualMicrophone(), FakeServer(intent="transcription")
        first.say(SAID, at=0.0)
        second.say(SAID[to_frames(1.0) :], at=0.0)
        async with server, transcribe(endpoint=server, microphone=first) as transcription:
            await anyio.sleep(1.0)
            await transcription.use(microphone=second)
            await anyio.sleep(1.0)
        return server.heard

    received = run_virtual(main)
    assert np.array_equal(received[: to_frames(1.9)], SAID[: to_frames(1.9)])
