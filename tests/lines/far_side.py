"""The other ends of lines: a socket in memory, and a page that counts what it plays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import numpy as np

from realtime_sdk._runtime import clock
from realtime_sdk.audio import Pcm


class Socket:
    """One end of a socket in memory."""

    def __init__(self, sent: asyncio.Queue[str | bytes | None], received: asyncio.Queue[str | bytes | None]) -> None:
        self._sent = sent
        self._received = received

    async def send(self, message: str | bytes) -> None:
        self._sent.put_nowait(message)

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while (message := await self._received.get()) is not None:
            yield message

    async def close(self) -> None:
        self._sent.put_nowait(None)


def socket_pair() -> tuple[Socket, Socket]:
    """Both ends of a socket."""
    there, back = asyncio.Queue[str | bytes | None](), asyncio.Queue[str | bytes | None]()
    return Socket(there, back), Socket(back, there)


class Page:
    """A page in a browser: plays PCM16 in real time, 10 ms at a time, and reports its count."""

    def __init__(self, socket: Socket, rate: int = 48_000) -> None:
        self.heard: list[Pcm] = []
        self._socket = socket
        self._rate = rate
        self._buffer = np.zeros(0, np.int16)
        self._clear = self._played = 0
        self._paused = False

    async def run(self) -> None:
        await self._say(type="start", input_rate=self._rate, output_rate=self._rate)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._tick)
            async for message in self._socket:
                if isinstance(message, bytes):
                    self._buffer = np.concatenate([self._buffer, np.frombuffer(message, np.int16)])
                else:
                    self._obey(json.loads(message))
            tasks.cancel_scope.cancel()

    def _obey(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "clear":
                self._buffer = self._buffer[:0]
                self._clear, self._played = message["number"], 0
            case kind:
                self._paused = kind == "pause"

    async def _tick(self) -> None:
        due, block = clock.now(), self._rate // 100
        while True:
            due += 0.01
            await anyio.sleep_until(due)
            await self._socket.send(np.zeros(block, np.int16).tobytes())
            if len(self._buffer) and not self._paused:
                played, self._buffer = self._buffer[:block], self._buffer[block:]
                self._played += len(played)
                self.heard.append(played)
                await self._say(type="played", clear=self._clear, frames=self._played)

    async def _say(self, **fields: Any) -> None:
        await self._socket.send(json.dumps(fields))
