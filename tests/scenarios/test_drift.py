"""An hour in which no two clocks agree: positions and times stay exact, and nothing piles up."""

from __future__ import annotations

import json

import anyio
import pytest
from pytest import approx

from realtime_sdk import InputLevel, Playout, Session, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, to_frames
from realtime_sdk.capture._levels import LEVEL_INTERVAL
from realtime_sdk.session.audio._sink import PLAYBACK_PERIOD
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual
from realtime_sdk.testing.devices._virtual_microphone import BLOCK_SECONDS
from realtime_sdk.transports._transport import Transport

from ..effort import tries

MINUTES = min(60, tries(60))
ANSWER = 4.0  # seconds of sound
BOUND = 0.01  # seconds; at 100 ppm an hour is 0.36 s, and six minutes 0.036 s


class Ears:
    """An endpoint whose server hears nothing, and a note of when the user's sound reached it."""

    def __init__(self, server: FakeServer) -> None:
        self.name = server.name
        self.heard: list[float] = []  # wall-clock times of the appends
        self._server = server
        self._transport: Transport

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        self._transport = await self._server.connect(model, api_key)
        return self

    async def send(self, text: str) -> None:
        if json.loads(text)["type"] == "input_audio_buffer.append":
            self.heard.append(clock.wall())
        else:
            await self._transport.send(text)

    async def receive(self) -> bytes | str:
        return await self._transport.receive()

    async def close(self) -> None:
        await self._transport.close()


class Hour:
    """A talk with an answer every minute; each side's clock is fast by so much."""

    def __init__(self, *, speaker: float, microphone: float, server: float) -> None:
        self.speaker = VirtualSpeaker(latency=0.02, drift=speaker)
        self.microphone = VirtualMicrophone(drift=microphone)
        self.playouts: list[Playout] = []
        self.levels: list[float] = []  # when the session says that the sound of each level began
        self._server = FakeServer(latency=0.1, lifetime=2 * 60 * MINUTES)
        self.ears = Ears(self._server)
        for _ in range(MINUTES):
            self._server.reply(message("Another minute is over.", seconds=ANSWER), pace=1.0 + server)
        run_virtual(self._run)

    async def _run(self) -> None:
        async with (
            self._server,
            connect(
                endpoint=self.ears, speaker=self.speaker, microphone=self.microphone, echo_canceller=None
            ) as session,
            anyio.create_task_group() as tasks,
        ):
            began = clock.wall()
            tasks.start_soon(self._follow, session)
            for minute in range(MINUTES):
                await anyio.sleep(began + 60 * minute - clock.wall())
                session.send_text("What time is it?")
                self.playouts += await (await anext(session.responses())).played()
            tasks.cancel_scope.cancel()

    async def _follow(self, session: Session) -> None:
        async for event in session.events():
            if isinstance(event, InputLevel):
                self.levels.append(event.at)


@pytest.mark.slow
def test_the_clocks_of_speaker_microphone_and_network_do_not_drift_apart() -> None:
    hour = Hour(speaker=100e-6, microphone=-100e-6, server=50e-6)

    for playout, sound in zip(hour.playouts, hour.speaker.timeline, strict=True):
        assert playout.started_at == approx(sound.at, rel=0, abs=BOUND)
        assert playout.finished_at == approx(sound.at + ANSWER, rel=0, abs=BOUND)
    latencies = [playout.latency or 0.0 for playout in hour.playouts]
    assert max(latencies) - min(latencies) < BOUND + PLAYBACK_PERIOD

    second = WIRE_RATE * (1 + hour.microphone.drift)
    block, level = to_frames(BLOCK_SECONDS) / second, to_frames(LEVEL_INTERVAL) / second
    check_pace(hour.ears.heard, block)
    check_pace(hour.levels, level)


def check_pace(times: list[float], interval: float) -> None:
    """All through the hour each of them is when it is due by the crystal."""
    assert times[-1] - times[0] > 60 * (MINUTES - 1)
    times = times[10:]  # what was captured before there was a session is sent at once
    assert times == approx([times[0] + n * interval for n in range(len(times))], rel=0, abs=BOUND)
