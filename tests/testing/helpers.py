"""A client of a fake server, and scripts for it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from realtime_sdk._runtime import clock
from realtime_sdk.errors import ConnectionLost
from realtime_sdk.testing import FakeServer, run_virtual
from realtime_sdk.transports._transport import Transport

CREATE: dict[str, Any] = {"type": "response.create"}
TEXT_DELTA = "response.output_audio_transcript.delta"
AUDIO_DELTA = "response.output_audio.delta"


class Client:
    """A client that records the frames it receives, each with its time."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.frames: list[tuple[float, str | bytes]] = []
        self.lost: ConnectionLost | None = None

    async def listen(self) -> None:
        try:
            while True:
                frame = await self.transport.receive()
                self.frames.append((clock.now(), frame))
        except ConnectionLost as lost:
            self.lost = lost

    async def say(self, *events: dict[str, Any]) -> None:
        for event in events:
            await self.transport.send(json.dumps(event))

    @property
    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(frame) for _, frame in self.frames]

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.heard]

    def times(self, kind: str) -> list[float]:
        return [round(at, 6) for at, frame in self.frames if json.loads(frame)["type"] == kind]


def talk(server: FakeServer, script: Callable[[Client], Awaitable[None]]) -> Client:
    """Run a client's script; return the client."""

    async def main() -> Client:
        async with server:
            client = Client(await server.connect(None, None))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.listen)
                await script(client)
                await client.transport.close()
        return client

    return run_virtual(main)


async def one_response(client: Client) -> None:
    await client.say(CREATE)
    await anyio.sleep(60.0)


async def end_of(transport: Transport) -> ConnectionLost:
    """Receive until the connection ends."""
    try:
        while True:
            await transport.receive()
    except ConnectionLost as lost:
        return lost
