"""The user's side: the microphone, silence in its place, other formats."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from realtime_sdk import (
    DeviceLost,
    DeviceRestored,
    LiveCaption,
    LiveSession,
    UsageError,
)
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.testing import (
    FakeLiveServer,
    VirtualMicrophone,
    VirtualSpeaker,
    noise,
)

from .talks import shown, talk


def test_the_microphone_reaches_the_server_to_the_sample_and_silence_stands_in_where_there_is_none() -> None:
    server, microphone, words = FakeLiveServer(), VirtualMicrophone(), noise(0.5, seed=1)
    microphone.say(words, at=1.0)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(3.0)

    talk(server, script, microphone=microphone)
    began = server.heard.nonzero()[0][0]
    assert server.heard[began : began + words.size].tolist() == words.tolist()
    assert server.heard.size == pytest.approx(to_frames(3.0), abs=to_frames(0.05))

    alone = FakeLiveServer()
    talk(alone, script)
    assert not alone.heard.any()
    assert alone.heard.size == pytest.approx(to_frames(3.0), abs=to_frames(0.25))


def test_muted_audio_is_silence_on_both_sides_and_the_clock_goes_on() -> None:
    server, microphone = FakeLiveServer(), VirtualMicrophone()
    microphone.say(noise(3.0, seed=1), at=0.0)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)
        await live.mute()
        muted = [server.muted]
        await anyio.sleep(0.1)
        muted_from = server.heard.size
        await anyio.sleep(1.0)
        assert not server.heard[muted_from:].any()
        assert server.heard.size - muted_from >= to_frames(0.9)
        await live.unmute()
        await anyio.sleep(0.5)
        assert [*muted, server.muted] == [True, False]
        assert server.heard[-100:].all()

    talk(server, script, microphone=microphone)


def test_devices_that_are_lost_are_reported_and_the_talk_goes_on() -> None:
    server, microphone, speaker = FakeLiveServer(), VirtualMicrophone(), VirtualSpeaker()
    server.say("one two three four five six seven eight", at=0.6)

    async def script(live: LiveSession) -> None:
        captions = live.captions()
        assert [(await anext(captions)).text for _ in range(2)] == ["one", " two"]
        speaker.unplug()
        microphone.unplug()
        lost = [await anext(live.events(DeviceLost)) for _ in range(2)]
        assert {event.side for event in lost} == {"input", "output"}
        heard = server.seconds
        await anyio.sleep(2.0)
        assert server.seconds - heard > 1.8
        speaker.plug_in()
        microphone.plug_in()
        restored = [await anext(live.events(DeviceRestored)) for _ in range(2)]
        assert {event.side for event in restored} == {"input", "output"}
        rest = [(await anext(captions)).text for _ in range(6)]
        assert rest == [" three", " four", " five", " six", " seven", " eight"]

    talk(server, script, speaker=speaker, microphone=microphone)


def test_audio_of_the_applications_own_takes_the_place_of_silence() -> None:
    server, own = FakeLiveServer(), noise(2.0, seed=3)

    async def script(live: LiveSession) -> None:
        await live.send_audio(own)
        await anyio.sleep(1.9)
        assert server.heard.size == own.size
        await anyio.sleep(1.0)
        assert server.heard.size > own.size
        with pytest.raises(UsageError, match="16-bit mono"):
            live.send_audio(b"\0\0\0")

    talk(server, script)
    assert server.heard[: own.size].tolist() == own.tolist()
    assert server.refused == []


@pytest.mark.parametrize("format", [{"type": "audio/pcm", "rate": 16_000}, "audio/pcmu", "audio/pcma"])
def test_other_formats_run_in_both_directions(format: Any) -> None:
    server = FakeLiveServer()
    server.say("Hello.", at=0.4)
    came: list[tuple[float, LiveCaption]] = []

    async def script(live: LiveSession) -> None:
        came.extend(await shown(live, 1))
        assert 0.4 < live.position < 0.45
        live.pause()
        await anyio.sleep(3.0)
        live.resume()
        await anyio.sleep(1.5)
        assert server.seconds - live.position < 1.5  # its silence is known for what it is

    speaker = talk(server, script, format=format)
    assert server.session["audio"]["format"]["rate"] == speaker.rate
    assert [caption.start for _, caption in came] == [0.4]


def test_devices_are_exchanged_and_turned_down_as_in_any_session() -> None:
    server, old, new = FakeLiveServer(), VirtualSpeaker(), VirtualSpeaker()
    server.say("one two three four five six seven eight", at=0.1)
    microphone = VirtualMicrophone()
    microphone.say(noise(3.0, seed=1), at=0.0)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)
        live.volume = 0.5
        await live.use(speaker=new, microphone=microphone)
        await anyio.sleep(4.0)
        assert live.volume == 0.5

    talk(server, script, speaker=old)
    assert to_frames(0.5) < old.heard.size < to_frames(1.0)
    assert 0 < abs(new.heard).max() < abs(old.heard).max()
    assert server.heard.any()
