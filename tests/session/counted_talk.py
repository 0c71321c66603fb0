"""Talks of which each event costs the same: what is counted of one, in whatever unit, is divided by its events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pybase64

from realtime_sdk import MessageItem, Session, connect
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.testing import noise

DELTA_BYTES: Final = 9600
"""200 ms of audio, as the service sends them."""

BLOCK_SECONDS: Final = 0.02
"""Of a captured block."""

BURST: Final = 20
"""Events that one read of the socket brings."""

WARM_UP: Final = 2 * BURST
"""Events before those that are counted: by then all that is made or loaded once is there."""

IDS: Final = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}


def frame(event: dict[str, Any]) -> bytes:
    """The frame of an event."""
    return json.dumps({"event_id": "event_1", **event}).encode()


BEGINNING: Final = [
    frame({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}),
    frame({
        "type": "response.output_item.added", "response_id": "resp_1", "output_index": 0,
        "item": {"id": "item_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []},
    }),
]  # fmt: skip

AUDIO: Final = pybase64.b64encode_as_string(bytes(range(240)) * (DELTA_BYTES // 240))

DELTAS: Final = {
    "audio": frame({"type": "response.output_audio.delta", **IDS, "delta": AUDIO}),
    "text": frame({"type": "response.output_audio_transcript.delta", **IDS, "delta": "word "}),
}
"""The events that are counted, each of its kind."""


@dataclass
class Script:
    """An endpoint, and its transport: what `say` is given arrives in bursts."""

    name: str = "script"
    _arrived: list[bytes] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self, model: str | None, api_key: str | None) -> Script:
        self.say(frame({"type": "session.created", "session": {"id": "sess_1"}}))
        return self

    def say(self, *frames: bytes) -> None:
        self._arrived += frames
        self._changed.set()

    async def send(self, text: str) -> None:
        pass

    def send_now(self, text: str) -> bool:
        return True

    async def receive(self) -> bytes:
        while not self._arrived:
            self._changed.clear()
            await self._changed.wait()
        return self._arrived.pop(0)

    def arrived(self) -> list[bytes]:
        arrived, self._arrived = self._arrived, []
        return arrived

    async def close(self) -> None:
        pass


class Ticking:
    """An input device that gives 20 ms of noise fifty times a second."""

    async def open(self, rate: int) -> None:
        self._block = noise(BLOCK_SECONDS, seed=1)

    async def read(self) -> Pcm:
        await asyncio.sleep(BLOCK_SECONDS)
        return self._block

    async def close(self) -> None:
        pass


async def take_audio(session: Session) -> None:
    """Take all that is to be heard."""
    async for response in session.responses():
        async for item in response:
            if isinstance(item, MessageItem):
                async for _ in item.audio():
                    pass


async def read_events(session: Session) -> None:
    """Read all events."""
    async for _ in session.events():
        pass


async def take_in() -> None:
    """Let the event loop turn until a burst is handled, and its audio taken."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def talk(
    kind: str, events: int, *, reader: bool, begin: Callable[[], None], end: Callable[[], None]
) -> None:
    """Take in a message, of which this many events of a kind come between `begin` and `end`, on the virtual clock.

    They come without a pause: no words are placed in time meanwhile, which costs as much as the audio is long. reader:
    of `Session.events`.
    """
    script = Script()
    async with connect(endpoint=script, microphone=None, speaker=None, aligner="signal") as session:
        tasks = [asyncio.ensure_future(take_audio(session))]
        tasks += [asyncio.ensure_future(read_events(session))] if reader else []
        script.say(*BEGINNING, *[DELTAS[kind]] * WARM_UP)
        await take_in()
        begin()
        for _ in range(events // BURST):
            script.say(*[DELTAS[kind]] * BURST)
            await take_in()
        end()
        for task in tasks:
            task.cancel()


async def capture(blocks: int, *, begin: Callable[[], None], end: Callable[[], None]) -> None:
    """Send this many blocks of the microphone's audio between `begin` and `end`, on the virtual clock."""
    async with connect(endpoint=Script(), microphone=Ticking(), speaker=None, echo_canceller=None, aligner=None):
        await asyncio.sleep(50.5 * BLOCK_SECONDS)
        begin()
        await asyncio.sleep(blocks * BLOCK_SECONDS)
        end()
