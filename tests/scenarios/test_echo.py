"""The echo is removed from the microphone's audio, whatever else the session does."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.from_thread
import numpy as np
import pytest

from realtime_sdk import BargeIn, EchoCancellerFailed, Microphone, Session, Speaker, Underrun, connect
from realtime_sdk.audio._pcm import SILENCE, Pcm, to_frames
from realtime_sdk.capture.echo._canceller import EchoCanceller
from realtime_sdk.capture.echo._choice import default_canceller
from realtime_sdk.capture.echo._gate import HalfDuplexGate
from realtime_sdk.capture.echo._reference import REFERENCE_LEAD_SECONDS
from realtime_sdk.capture.echo._webrtc import WebRtcCanceller
from realtime_sdk.server._backend import Audio, Message, Text
from realtime_sdk.session._defaults import DEFAULT
from realtime_sdk.session.opening._default_devices import canceller_of
from realtime_sdk.testing import (
    FakeServer,
    Pause,
    VirtualMicrophone,
    VirtualSpeaker,
    message,
    noise,
    run_virtual,
    stall,
)

from .room import RoomMicrophone

RATE = 24_000
DELAY = 0.02
"""Seconds from the loudspeaker to the microphone."""


class Mirror:
    """An `EchoCanceller` that knows the room: it takes out the echo to the sample, if both sides are paired so."""

    delay = 0.0

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.resets = 0
        self._rendered = np.zeros(to_frames(DELAY + REFERENCE_LEAD_SECONDS), np.int16)  # whose echo is still to come

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        self.threads.add(threading.get_ident())
        self._rendered = np.concatenate([self._rendered, rendered])
        echo, self._rendered = self._rendered[: captured.size] // 2, self._rendered[captured.size :]
        return captured - echo

    def reset(self) -> None:
        self.resets += 1


@asynccontextmanager
async def talk(
    server: FakeServer, speaker: VirtualSpeaker, canceller: EchoCanceller | None, *, said: Pcm = SILENCE,
    barge_in: BargeIn | None = None,
) -> AsyncIterator[Session]:  # fmt: skip
    """A session in a room where the microphone hears the speaker, and a user who speaks from the beginning."""
    microphone = RoomMicrophone(speaker, DELAY)
    microphone.say(said, at=0.0)
    async with (
        server,
        connect(
            endpoint=server, speaker=speaker, microphone=microphone, echo_canceller=canceller, barge_in=barge_in
        ) as session,
    ):
        yield session


async def listen_to_replies(server: FakeServer, session: Session) -> None:
    for _ in range(2):
        await session.respond()
        await anyio.sleep(2.5)


def heard_beside_replies(canceller: EchoCanceller | None, said: Pcm = SILENCE) -> Pcm:
    """What the server hears of a user beside whom two replies are played."""

    async def main() -> Pcm:
        server, device = FakeServer(), VirtualSpeaker(latency=0.03)
        server.reply(message("One.", seconds=2.0), pace=2.0)
        server.reply(message("Two.", seconds=1.5), pace=2.0)
        async with talk(server, device, canceller, said=said) as session:
            await listen_to_replies(server, session)
        return server.heard

    return run_virtual(main)


def test_both_sides_are_paired_to_the_sample() -> None:
    assert np.abs(heard_beside_replies(None)).max() > 1000
    assert not heard_beside_replies(Mirror()).any()


def test_the_users_voice_comes_through_whole_and_in_order() -> None:
    said = noise(4.5, seed=3)
    heard = heard_beside_replies(Mirror(), said)
    lead = to_frames(REFERENCE_LEAD_SECONDS)  # of silence, before the first captured frame
    assert np.array_equal(heard[lead:][: len(said)], said[: len(heard) - lead])


def test_echo_cancellation_runs_in_a_thread_and_is_not_reset_while_no_audio_is_lost() -> None:
    mirror = Mirror()
    heard_beside_replies(mirror)
    assert threading.get_ident() not in mirror.threads
    assert mirror.resets == 0


def test_a_loop_that_was_blocked_pairs_both_sides_as_before() -> None:
    async def main() -> Pcm:
        server, device = FakeServer(), VirtualSpeaker()
        server.reply(message("One.", seconds=3.0))
        async with talk(server, device, Mirror()) as session:
            await anyio.sleep(0.5)
            await session.respond()
            await anyio.sleep(1.0)
            stall(0.2)
            await anyio.sleep(2.0)
        return server.heard

    assert not run_virtual(main).any()


def test_an_underrun_does_not_reset_the_canceller() -> None:
    mirror = Mirror()

    async def main() -> tuple[Pcm, int]:
        server, device = FakeServer(), VirtualSpeaker()
        pieces = [Audio(noise(0.5, seed=seed)) for seed in (1, 2)]
        server.reply(Message(), Text("One. Two."), pieces[0], Pause(1.003), pieces[1])
        async with talk(server, device, mirror) as session:
            await anyio.sleep(0.5)
            await session.respond()
            await anyio.sleep(3.0)
        return server.heard, len([event async for event in session.events() if isinstance(event, Underrun)])

    heard, underruns = run_virtual(main)
    assert underruns == 1
    assert not heard.any()
    assert mirror.resets == 0


def test_a_pause_holds_the_echo_and_not_the_user() -> None:
    async def main() -> Pcm:
        server, device = FakeServer(), VirtualSpeaker()
        server.reply(message("One.", seconds=3.0))
        async with talk(server, device, Mirror()) as session:
            await anyio.sleep(0.5)
            await session.respond()
            await anyio.sleep(1.0)
            session.pause()
            await anyio.sleep(0.5)
            assert len(server.heard) > to_frames(1.4)
            session.resume()
            await anyio.sleep(1.0)
        return server.heard

    assert not run_virtual(main).any()


def test_no_echo_remains_after_an_interruption() -> None:
    async def main() -> Pcm:
        server, device = FakeServer(), VirtualSpeaker(tail=0.05)
        server.reply(message("One.", seconds=3.0))
        server.reply(message("Two.", seconds=1.0))
        async with talk(server, device, Mirror()) as session:
            await anyio.sleep(0.5)
            await session.respond()
            await anyio.sleep(1.003)
            await session.interrupt()
            await session.respond()
            await anyio.sleep(1.5)
        return server.heard

    assert not run_virtual(main).any()


def power(canceller: EchoCanceller | None) -> float:
    return float(np.mean(heard_beside_replies(canceller)[to_frames(1.0) :].astype(float) ** 2))


def test_the_default_leaves_little_of_it() -> None:
    assert power(default_canceller(RATE)) < power(None) / 100


def test_the_browsers_leaves_little_of_it() -> None:
    pytest.importorskip("pywebrtc_audio", reason="no echo canceller: pip install -e '.[webrtc]'")
    assert power(WebRtcCanceller(RATE)) < power(None) / 100


# Which one


def test_only_sound_cards_share_a_room_unless_the_application_says_so() -> None:
    card, phone = (Microphone(), Speaker()), (VirtualMicrophone(), VirtualSpeaker())
    mirror = Mirror()
    assert canceller_of(DEFAULT, *phone, RATE) is None
    assert canceller_of(mirror, *phone, RATE) is mirror
    assert canceller_of(None, *card, RATE) is None
    assert canceller_of(mirror, None, card[1], RATE) is None
    assert isinstance(canceller_of(DEFAULT, *card, RATE), EchoCanceller)


def test_a_reply_does_not_interrupt_itself_through_a_shut_microphone() -> None:
    async def main() -> None:
        server, device = FakeServer(), VirtualSpeaker()
        server.reply(message("One.", seconds=2.0))
        async with talk(server, device, HalfDuplexGate(RATE), barge_in=BargeIn.immediate()) as session:
            await session.respond()
            await anyio.sleep(2.5)
        assert server.heard.size and not server.heard.any()

    run_virtual(main)


def test_the_echo_of_a_ducked_reply_is_cancelled_at_its_level() -> None:
    async def main() -> Pcm:
        server, device = FakeServer(), VirtualSpeaker(tail=0.05)
        server.reply(message("One.", seconds=4.0))
        async with talk(server, device, Mirror(), barge_in=BargeIn.duck_then_decide(2.0)) as session:
            await anyio.sleep(0.5)
            await session.respond()
            await anyio.sleep(1.0)
            await server.user_speaks("Uh-huh.", 0.8)
            await anyio.sleep(3.0)
        assert np.abs(device.heard[to_frames(1.2) : to_frames(1.7)]).max() < 4000
        return server.heard

    assert not run_virtual(main).any()


def test_a_device_that_is_back_is_a_new_way_through_the_room() -> None:
    async def main() -> tuple[Mirror, Pcm]:
        server, device, mirror = FakeServer(), VirtualSpeaker(), Mirror()
        server.reply(message("One.", seconds=4.0))
        async with talk(server, device, mirror) as session:
            await anyio.sleep(0.5)
            await session.respond()
            await anyio.sleep(1.0)
            device.unplug()
            await anyio.sleep(1.0)
            device.plug_in()
            await anyio.sleep(2.0)
        return mirror, server.heard

    mirror, heard = run_virtual(main)
    assert mirror.resets == 1
    assert len(heard) > to_frames(4.3)


# One that fails


class Broken(Mirror):
    """Raises from the second second on."""

    left = 50

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        self.left -= 1
        if self.left < 0:
            raise OSError("the library is gone")
        return super().process(captured, rendered)


class Slow(Mirror):
    """Takes half as long again as the sound lasts."""

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        for _ in range(2):  # no longer at a time than blocks may be late without a loss
            anyio.from_thread.run_sync(stall, 0.015)
        return super().process(captured, rendered)


class SlowAtFirst(Slow):
    """Is as slow for its first seconds, on a device that throttles its processor."""

    left = 250

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        self.left -= 1
        return super().process(captured, rendered) if self.left >= 0 else Mirror.process(self, captured, rendered)


@pytest.mark.parametrize(("canceller", "words"), [(Broken(), "Broken raised OSError"), (Slow(), "Slow takes 7.5 s")])
def test_a_failing_canceller_is_replaced_and_the_session_continues(canceller: Mirror, words: str) -> None:
    said = np.concatenate([np.zeros(to_frames(13.5), np.int16), noise(2.0, seed=4)])

    async def main() -> tuple[Pcm, list[str]]:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("One.", seconds=8.0))
        server.reply(message("Two.", seconds=2.0))
        async with talk(server, speaker, canceller, said=said) as session:
            for at in (0.5, 11.0):
                await anyio.sleep_until(at)
                await session.respond()
            await anyio.sleep_until(16.0)
        events = [event async for event in session.events()]
        return server.heard, [event.reason for event in events if isinstance(event, EchoCancellerFailed)]

    heard, [reason] = run_virtual(main)
    assert reason.startswith(words) and "headphones" in reason
    assert not heard[to_frames(11.2) : to_frames(13.3)].any()
    begin, frames, lead = to_frames(13.6), to_frames(1.8), to_frames(REFERENCE_LEAD_SECONDS)
    assert np.array_equal(heard[begin + lead :][:frames], said[begin:][:frames])


def test_a_user_is_heard_over_a_reply_again_once_a_canceller_that_was_too_slow_is_tried_again() -> None:
    said = np.concatenate([np.zeros(to_frames(40.0), np.int16), noise(2.0, seed=4)])

    async def main() -> tuple[Pcm, int]:
        server, speaker, canceller = FakeServer(), VirtualSpeaker(), SlowAtFirst()
        server.reply(message("One.", seconds=3.0))
        async with talk(server, speaker, canceller, said=said) as session:
            await anyio.sleep_until(39.5)
            await session.respond()
            await anyio.sleep_until(43.0)
        return server.heard, canceller.resets

    heard, resets = run_virtual(main)
    assert resets == 1
    assert heard[to_frames(40.1) : to_frames(41.9)].all(where=said[to_frames(40.1) : to_frames(41.9)] > 15_000)
