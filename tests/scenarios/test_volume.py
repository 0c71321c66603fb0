"""`Session.volume`: a gain that is heard almost at once, without clicks, and that moves no position."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from pytest import approx

from realtime_sdk import OutputLevel, Playout, Session, UsageError, connect
from realtime_sdk.audio._gain import RAMP_SECONDS
from realtime_sdk.audio._pcm import WIRE_RATE, to_frames
from realtime_sdk.recording._stereo import Channel
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, noise, run_virtual

RAMP = to_frames(RAMP_SECONDS)


@dataclass
class Talk:
    """A reply of three seconds, during which the application does something."""

    speaker: VirtualSpeaker = field(default_factory=lambda: VirtualSpeaker(latency=0.04))
    server: FakeServer = field(default_factory=FakeServer)
    playout: Playout | None = None
    levels: list[OutputLevel] = field(default_factory=list)

    def hold(self, meanwhile: Callable[[Session], Coroutine[Any, Any, None]], **given: Any) -> Talk:
        async def main() -> None:
            self.server.reply(message("A story of three seconds.", pcm=noise(3.0, seed=1)))
            async with (
                self.server,
                connect(endpoint=self.server, speaker=self.speaker, microphone=None, **given) as session,
            ):
                levels = session.events(OutputLevel)
                response = await session.respond()
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(meanwhile, session)
                    (self.playout,) = await response.played()
            self.levels = [event async for event in levels]

        run_virtual(main)
        return self

    @property
    def gains(self) -> npt.NDArray[np.float64]:
        """The gain of each frame heard, where it is loud enough to say."""
        (sound,) = self.server.sounds.values()
        heard = self.speaker.heard.astype(float)
        assert len(heard) == len(sound), "no frame is lost or repeated"
        loud = np.abs(sound) > 1000
        gains: npt.NDArray[np.float64] = np.interp(
            np.arange(len(sound)), np.flatnonzero(loud), heard[loud] / sound[loud]
        )
        return gains


async def halve_after_a_second(session: Session) -> None:
    await anyio.sleep(1.0)
    session.volume = 0.5


def test_a_change_is_heard_at_once_as_a_ramp_and_moves_no_position() -> None:
    talk = Talk().hold(halve_after_a_second)
    changed = int(np.flatnonzero(talk.gains < 0.999)[0])
    assert changed / WIRE_RATE == approx(1.0, abs=0.1)
    assert talk.gains[changed + RAMP :] == approx(0.5, abs=0.002)
    assert np.abs(np.diff(talk.gains)).max() < 0.02
    assert talk.playout is not None
    assert (talk.playout.position, talk.playout.interrupted) == (3.0, False)
    assert talk.playout.transcript == "A story of three seconds."


def test_levels_and_the_recording_follow_the_volume(tmp_path: Path) -> None:
    talk = Talk(VirtualSpeaker()).hold(halve_after_a_second, record=tmp_path / "talk")
    before, after = talk.levels[3].dbfs, talk.levels[25].dbfs
    assert after - before == approx(-6.02, abs=0.5)
    recorded, _ = soundfile.read(tmp_path / "talk" / "conversation.wav", dtype="int16")
    played, heard = recorded[:, Channel.ASSISTANT], talk.speaker.heard
    start = int(np.flatnonzero(played)[0]) - int(np.flatnonzero(heard)[0])
    assert np.array_equal(played[start : start + len(heard)], heard)


def test_a_slider_that_moves_all_the_time_costs_no_frame() -> None:
    async def slide(session: Session) -> None:
        for step in range(100):
            session.volume = 1.0 - step / 200
            await anyio.sleep(0.013)

    talk = Talk(VirtualSpeaker(tail=0.05)).hold(slide)
    assert np.abs(np.diff(talk.gains)).max() < 0.01
    assert talk.gains[-1] == approx(0.505, abs=0.002)


class WithoutGain(VirtualSpeaker):
    """A device of an application's own, which does not change what it has taken."""

    set_gain = None  # type: ignore[assignment]


def test_a_slider_on_a_device_without_a_gain_makes_no_gap_and_is_heard_behind_what_the_device_has_taken() -> None:
    async def slide(session: Session) -> None:
        await anyio.sleep(1.0)
        for step in range(1, 21):
            session.volume = 1.0 - step / 40
            await anyio.sleep(0.05)

    speaker = WithoutGain(latency=0.15, capacity=0.5)
    talk = Talk(speaker).hold(slide)
    assert len(speaker.timeline) == 1, "the reply is heard without a gap"
    changed = int(np.flatnonzero(talk.gains < 0.999)[0])
    assert changed / WIRE_RATE == approx(1.0 - 0.15 + 0.5, abs=0.05)
    assert talk.gains[-1] == approx(0.5, abs=0.002)
    assert np.abs(np.diff(talk.gains)).max() < 0.01


def test_on_a_device_without_a_gain_a_reply_after_an_interruption_has_the_volume_that_was_set_last() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), WithoutGain(capacity=1.0)
        server.reply(message("A story of three seconds.", pcm=noise(3.0, seed=1)))
        server.reply(message("And now another one.", pcm=noise(1.0, seed=2)))
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.respond()
            await anyio.sleep(1.0)
            session.volume = 0.25
            await session.interrupt()
            before = len(speaker.heard)
            await (await session.respond()).played()
        sound = list(server.sounds.values())[1]
        heard = speaker.heard[before:]
        assert len(heard) == len(sound)
        assert np.abs(heard[RAMP:] - 0.25 * sound[RAMP:]).max() <= 1

    run_virtual(main)


def test_a_change_before_the_first_sound_applies_to_all_of_it() -> None:
    async def halve(session: Session) -> None:
        session.volume = 0.5
        assert session.volume == 0.5

    assert Talk().hold(halve).gains == approx(0.5, abs=0.002)


@pytest.mark.parametrize("device", [VirtualSpeaker, WithoutGain])
def test_a_change_during_a_pause_is_heard_after_it(device: type[VirtualSpeaker]) -> None:
    async def halve_in_a_pause(session: Session) -> None:
        await anyio.sleep(1.0)
        session.pause()
        session.volume = 0.25
        await anyio.sleep(1.0)
        session.resume()

    talk = Talk(device()).hold(halve_in_a_pause)
    resumed = talk.speaker.timeline[1]
    assert np.abs(resumed.pcm[RAMP:]).max() < 0.26 * 32768
    assert talk.gains[0] == approx(1.0) and talk.gains[-1] == approx(0.25, abs=0.002)


@pytest.mark.parametrize("volume", [-0.1, nan, True, "loud", None])
def test_a_volume_that_is_none_is_refused(volume: Any) -> None:
    async def main() -> None:
        async with FakeServer() as server, connect(
            endpoint=server, speaker=VirtualSpeaker(), microphone=None
        ) as session:
            with pytest.raises(UsageError, match="volume is a gain of 0 or more"):
                session.volume = volume
            assert session.volume == 1.0

    run_virtual(main)


def test_without_a_speaker_there_is_nothing_to_turn_down() -> None:
    async def main() -> None:
        async with FakeServer() as server, connect(endpoint=server, speaker=None, microphone=None) as session:
            with pytest.raises(UsageError, match="the application plays the audio itself"):
                session.volume = 0.5

    run_virtual(main)


def test_the_volume_belongs_to_the_sessions_own_event_loop() -> None:
    async def main() -> None:
        async with FakeServer() as server, connect(
            endpoint=server, speaker=VirtualSpeaker(), microphone=None
        ) as session:
            with pytest.raises(UsageError, match="the session's own event loop"):
                await anyio.to_thread.run_sync(setattr, session, "volume", 0.5)
            assert session.volume == 1.0

    run_virtual(main)
