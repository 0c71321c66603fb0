"""Talks in G.711 and in both formats at once: nothing is lost, and every position is the item's own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import soundfile
from pytest import approx

from realtime_sdk import (
    CaptionShown,
    ConnectionLost,
    Disconnected,
    InputLevel,
    OutputLevel,
    ServerRefused,
    UsageError,
    connect,
)
from realtime_sdk.audio._formats import AudioFormat
from realtime_sdk.audio._pcm import Pcm, from_bytes, to_bytes, to_frames, to_pcm, to_samples
from realtime_sdk.audio._session_formats import Formats
from realtime_sdk.capture.echo._canceller import EchoCanceller
from realtime_sdk.capture.echo._kalman import KalmanFilter, Signal
from realtime_sdk.capture.echo._linear import LinearCanceller
from realtime_sdk.protocol import FormatFields
from realtime_sdk.recording._stereo import Channel
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, drop, message, noise, run_virtual

from .room import RoomMicrophone

RATE = 24_000
WAYS = ["audio/pcm", "audio/pcmu", "audio/pcma"]
TONE_LEVEL = -9.0  # dB of full scale of a tone whose peak is half of it


def tone(seconds: float, rate: int = 24_000) -> Pcm:
    return (16_384 * np.sin(2 * np.pi * 440 * np.arange(to_frames(seconds, rate)) / rate)).astype(np.int16)


def through(format: AudioFormat, pcm: Pcm) -> Pcm:
    return from_bytes(format.decode(format.encode(to_bytes(pcm))))


@pytest.mark.parametrize("output", WAYS)
@pytest.mark.parametrize("input", WAYS)
def test_both_sides_hear_all_that_was_said_in_their_formats(input: str, output: str) -> None:
    server, speaker, microphone = FakeServer(), VirtualSpeaker(), VirtualMicrophone()
    spoken, heard = AudioFormat.of(input), AudioFormat.of(output)
    words = noise(1.0, seed=7, rate=spoken.rate)

    async def main() -> None:
        server.reply(message("It is noon.", seconds=1.5), message("In London.", seconds=0.33))
        async with (
            server,
            connect(
                endpoint=server, speaker=speaker, microphone=microphone, input_format=input, output_format=output
            ) as session,
        ):
            assert session.formats == Formats(spoken, heard)
            microphone.say(words)
            await server.user_speaks("What time is it?", seconds=1.2)
            response = await anext(session.responses())
            playouts = await response.played()
        assert [playout.interrupted for playout in playouts] == [False, False]
        assert [playout.position for playout in playouts] == approx([1.5, 0.33], abs=1 / 8000)
        assert speaker.rate == heard.rate
        assert speaker.heard.tolist() == np.concatenate(list(server.sounds.values())).tolist()
        assert server.heard[: len(words)].tolist() == through(spoken, words).tolist()
        assert server.refused == []

    run_virtual(main)


@pytest.mark.parametrize("output", WAYS)
def test_an_interruption_truncates_in_the_milliseconds_of_the_item(output: str) -> None:
    server, speaker = FakeServer(), VirtualSpeaker(latency=0.05, tail=0.02)
    rate = AudioFormat.of(output).rate

    async def main() -> None:
        server.reply(message("I will look.", seconds=1.0), message("A story of three seconds.", pcm=noise(3.0, seed=1)))
        async with (
            server, connect(endpoint=server, speaker=speaker, microphone=None, output_format=output) as session,
        ):  # fmt: skip
            await session.send_text("Tell me a story.")
            await anyio.sleep(2.2345)
            [cut] = await session.interrupt()
            truncate = await server.wait_for("conversation.item.truncate")
        first, second = server.sounds.values()
        heard = len(speaker.heard) - len(first)
        assert truncate["item_id"] == cut.item_id
        assert truncate["audio_end_ms"] == heard * 1000 // rate
        assert cut.position == heard / rate
        assert cut.duration == len(second) / rate
        held = next(item for item in server.items if item.id == cut.item_id)
        assert held.seconds == truncate["audio_end_ms"] / 1000
        assert server.refused == []

    run_virtual(main)


def test_words_are_shown_where_they_are_in_the_sound() -> None:
    server, speaker = FakeServer(), VirtualSpeaker()

    async def main() -> None:
        server.reply(message("It is noon in London.", seconds=2.0))
        async with (
            server, connect(endpoint=server, speaker=speaker, microphone=None, output_format="audio/pcmu") as session,
        ):  # fmt: skip
            events = session.events()
            await session.send_text("What time is it?")
            await (await anext(session.responses())).played()
            (sound,) = speaker.timeline
        shown = [event async for event in events if isinstance(event, CaptionShown)]
        assert "".join(event.caption.text for event in shown) == "It is noon in London."
        assert all(event.at >= sound.at + event.caption.start - 1e-6 for event in shown)
        assert shown[-1].caption.start == approx(2.0 * len("It is noon in ") / len("It is noon in London."), abs=0.1)

    run_virtual(main)


def test_an_application_gives_and_takes_sound_at_the_rates_of_the_wire() -> None:
    server, taken = FakeServer(), []
    words = noise(0.5, seed=3, rate=8000)

    async def main() -> None:
        server.reply(message("It is noon.", seconds=1.0))
        async with (
            server,
            connect(
                endpoint=server, speaker=None, microphone=None, turn_detection=None,
                input_format="audio/pcmu", output_format="audio/pcma",
            ) as session,
        ):  # fmt: skip
            await session.send_audio(words)
            await session.commit_audio()
            response = await session.respond()
            async for item in response:
                assert item.type == "message"
                taken.extend([pcm async for pcm in item.audio()])
            [playout] = await response.played()
        assert playout.position == approx(1.0, abs=1 / 8000)
        assert np.concatenate(taken).tolist() == next(iter(server.sounds.values())).tolist()
        assert server.heard.tolist() == through(AudioFormat.of("audio/pcmu"), words).tolist()
        assert server.items[0].seconds == 0.5

    run_virtual(main)


def test_a_recording_has_both_sides_at_its_own_rate_each_where_it_was_heard(tmp_path: Path) -> None:
    server, speaker, microphone = FakeServer(), VirtualSpeaker(), VirtualMicrophone()
    levels: list[InputLevel | OutputLevel] = []

    async def main() -> None:
        server.reply(message("Humm.", pcm=tone(2.0)))
        async with (
            server,
            connect(
                endpoint=server, speaker=speaker, microphone=microphone, record=tmp_path / "talk",
                input_format="audio/pcmu",
            ) as session,
        ):  # fmt: skip
            events = session.events()
            await anyio.sleep(1.0)
            microphone.say(tone(1.0, rate=8000))
            await server.user_speaks("Humm?", seconds=1.0)
            await (await anext(session.responses())).played()
        levels.extend([event async for event in events if isinstance(event, InputLevel | OutputLevel)])

    run_virtual(main)
    sound, rate = soundfile.read(tmp_path / "talk" / "conversation.wav", dtype="int16")
    assert rate == 24_000
    spans = {side: np.flatnonzero(np.abs(sound[:, side]) > 1000) / rate for side in Channel}
    assert (spans[Channel.USER][0], spans[Channel.USER][-1]) == approx((1.0, 2.0), abs=0.03)
    assert (spans[Channel.ASSISTANT][0], spans[Channel.ASSISTANT][-1]) == approx((2.0, 4.0), abs=0.03)
    middle = sound[36_000:42_000, Channel.USER].astype(int)
    assert np.abs(middle - tone(4.0)[36_000 - 24_000 :][:6000]).max() < 1200  # no more than steps of μ-law
    for kind in (InputLevel, OutputLevel):
        assert max(level.dbfs for level in levels if isinstance(level, kind)) == approx(TONE_LEVEL, abs=0.1)


@pytest.mark.parametrize(
    "fields",
    [
        {"output_format": "audio/opus"},
        {"input_format": {"type": "audio/pcm", "rate": 192_000}},
        {"audio": {"output": {"format": {"type": "audio/pcmu", "rate": 24_000}}}},
    ],
)
def test_what_is_no_format_is_refused_before_anything_is_opened(fields: dict[str, Any]) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server:
            with pytest.raises(UsageError, match=r"format|sample rate"):
                async with connect(endpoint=server, speaker=None, microphone=None, **fields):
                    raise AssertionError("it was opened")
        assert server.connections == []

    run_virtual(main)


def test_the_formats_of_a_session_are_fixed() -> None:
    async def main() -> None:
        async with (
            FakeServer() as server,
            connect(endpoint=server, speaker=None, microphone=None, input_format="audio/pcmu") as session,
        ):
            settings = await session.update(input_format="audio/pcmu")
            assert settings["audio"]["input"]["format"] == {"type": "audio/pcmu"}
            with pytest.raises(UsageError, match="the audio formats are chosen when the session is opened"):
                await session.update(output_format="audio/pcmu")

    run_virtual(main)


def with_pcm(event: dict[str, Any]) -> Iterable[dict[str, Any]]:
    pcm = {"type": "audio/pcm", "rate": 24_000}
    return [{**event, "session": {**event["session"], "audio": {"output": {"format": pcm}}}}]


def test_a_server_that_keeps_its_own_format_is_left_before_it_makes_a_noise() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.tamper("session.updated", with_pcm)
        server.reply(message("It is noon.", seconds=1.0))
        async with (
            server, connect(endpoint=server, speaker=speaker, microphone=None, output_format="audio/pcmu") as session,
        ):  # fmt: skip
            session.send_text("What time is it?")
            with pytest.raises(ConnectionLost, match="the server does not take the session's audio formats"):
                async for _ in session.responses():
                    pass
            assert len(speaker.heard) == 0
        [lost] = [event async for event in session.events() if isinstance(event, Disconnected)]
        assert "audio/pcmu at 8000 Hz" in lost.reason

    run_virtual(main)


def test_a_server_that_has_not_confirmed_the_formats_yet_is_believed() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.tamper("session.updated", drop)
        server.reply(message("It is noon.", seconds=1.0))
        async with (
            server, connect(endpoint=server, speaker=speaker, microphone=None, output_format="audio/pcmu") as session,
        ):  # fmt: skip
            (playout,) = await (await session.respond()).played()
            assert (playout.position, playout.interrupted) == (1.0, False)

    run_virtual(main)


def test_a_refused_configuration_is_raised_by_connect() -> None:
    async def main() -> None:
        server = FakeServer()
        wide: FormatFields = {"type": "audio/pcm", "rate": 48_000}
        with pytest.raises(ServerRefused, match="integer above maximum value") as refusal:
            async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, output_format=wide):
                raise AssertionError("a session must not run with half of its configuration")
        assert refusal.value.code == "integer_above_max_value"

    run_virtual(main)


def offer(server: FakeServer, format: FormatFields, refused: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Take a rate that the service refuses, and others offer."""
    settings = server.connections[-1].session.settings
    settings["audio"]["output"]["format"] = format
    return [{"type": "session.updated", "event_id": refused["event_id"], "session": settings}]


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
def test_a_server_with_other_rates_is_heard_and_truncated_at_them(rate: int) -> None:
    server, speaker = FakeServer(), VirtualSpeaker()
    wide: FormatFields = {"type": "audio/pcm", "rate": rate}

    async def main() -> None:
        server.tamper("error", partial(offer, server, wide))
        server.reply(message("A story of three seconds.", pcm=noise(3.0, seed=1)))
        async with (
            server, connect(endpoint=server, speaker=speaker, microphone=None, output_format=wide) as session,
        ):  # fmt: skip
            await server.wait_for("session.update")
            await session.send_text("Tell me a story.")
            await anyio.sleep(1.5)
            [cut] = await session.interrupt()
            truncate = await server.wait_for("conversation.item.truncate")
        assert speaker.rate == rate
        assert cut.position == len(speaker.heard) / rate == approx(1.5, abs=0.1)
        assert truncate["audio_end_ms"] == len(speaker.heard) * 1000 // rate

    run_virtual(main)


@pytest.mark.parametrize(("input", "output"), [("audio/pcmu", "audio/pcmu"), ("audio/pcmu", "audio/pcm")])
def test_an_echo_is_cancelled_at_the_rate_of_the_input(input: str, output: str) -> None:
    bare, cancelled = (echo_heard(input, output, canceller) for canceller in (None, LinearCanceller(8000)))
    assert loudness(bare[16_000:]) > 300
    assert loudness(cancelled[16_000:]) < loudness(bare[16_000:]) / 10


class Filter:
    """An `EchoCanceller` that shows how much of the echo can be predicted, and nothing else."""

    delay = 0.0

    def __init__(self) -> None:
        self._filter = KalmanFilter(to_frames(0.02))

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        near: Signal = to_samples(captured)
        echo, _ = self._filter.process(near, to_samples(rendered))
        left: Signal = near - echo
        return to_pcm(left.astype(np.float32))

    def reset(self) -> None:
        raise AssertionError("nothing was lost")


@pytest.mark.parametrize(("rate", "depth"), [(24_000, 40), (48_000, 40), (44_100, 40), (16_000, 30)])
def test_an_echo_of_sound_at_another_rate_is_predicted_as_well(rate: int, depth: float) -> None:
    output: FormatFields = {"type": "audio/pcm", "rate": rate}
    bare, left = (loudness(echo_heard("audio/pcm", output, canceller)[2 * RATE :]) for canceller in (None, Filter()))
    assert 20 * np.log10(bare / left) > depth


def loudness(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(pcm.astype(float) ** 2)))


def echo_heard(input: str, output: str | FormatFields, canceller: EchoCanceller | None) -> Pcm:
    """What the server hears of a reply that is played in front of the microphone."""
    server, speaker = FakeServer(), VirtualSpeaker()

    async def main() -> Pcm:
        if isinstance(output, dict) and output["rate"] != RATE:
            server.tamper("error", partial(offer, server, output))
        server.reply(message("A story.", pcm=noise(4.0, seed=1)))
        async with (
            server,
            connect(
                endpoint=server, speaker=speaker, microphone=RoomMicrophone(speaker, delay=0.03),
                input_format=input, output_format=output, echo_canceller=canceller,
            ) as session,
        ):  # fmt: skip
            await session.respond()
            await anyio.sleep(4.0)
        return server.heard

    return run_virtual(main)
