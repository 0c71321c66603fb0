"""A server, devices and a recording that record when they are opened and closed."""

from __future__ import annotations

import gc
import threading
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio

from realtime_sdk import Session, connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, drop
from realtime_sdk.testing._memory_connection import ClientEnd

CLOSING = 0.1
"""Seconds that the closing of each part takes here: long enough to be cancelled in the middle of it."""


class Watch:
    """The parts of a session, and which of them were opened and closed.

    folder: records the session there. hanging: the part whose opening does not end: speaker, transport, microphone, or
    the session that the server opens.
    """

    def __init__(self, folder: Path | None = None, hanging: str | None = None) -> None:
        self.opened: list[str] = []
        self.closed: list[str] = []
        self._folder = folder
        self._hanging = hanging
        self.server = WatchedServer(self)
        if hanging == "session":
            self.server.tamper("session.created", drop)

    async def open(self, part: str) -> None:
        self.opened.append(part)
        if part == self._hanging:
            await anyio.sleep_forever()

    async def close(self, part: str) -> None:
        await anyio.sleep(CLOSING)
        self.closed.append(part)

    def connect(self) -> AbstractAsyncContextManager[Session, None]:
        return connect(
            endpoint=self.server, speaker=WatchedSpeaker(self), microphone=WatchedMicrophone(self), record=self._folder
        )

    async def talk(self) -> None:
        """Hold a talk until it is cancelled."""
        async with self.connect() as session:
            async for _ in session.events():
                pass

    def check(self) -> None:
        """All that was opened is closed, with its threads."""
        gc.collect()  # what was never awaited, or destroyed while pending, would warn here
        assert "speaker" in self.opened
        assert set(self.closed) >= set(self.opened) - {"session"}
        assert not [thread for thread in threading.enumerate() if thread.name == "recorder"]


class WatchedServer(FakeServer):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        await self._watch.open("transport")
        return WatchedEnd(self._watch, await super().connect(model, api_key))


class WatchedEnd(ClientEnd):
    def __init__(self, watch: Watch, end: ClientEnd) -> None:
        super().__init__(end._connection)
        self._watch = watch

    async def close(self) -> None:
        await super().close()
        await self._watch.close("transport")


class WatchedSpeaker(VirtualSpeaker):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    async def open(self, rate: int) -> None:
        await self._watch.open("speaker")
        await super().open(rate)

    async def close(self) -> None:
        await super().close()
        await self._watch.close("speaker")


class WatchedMicrophone(VirtualMicrophone):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    async def open(self, rate: int) -> None:
        await self._watch.open("microphone")
        await super().open(rate)

    async def close(self) -> None:
        await super().close()
        await self._watch.close("microphone")
