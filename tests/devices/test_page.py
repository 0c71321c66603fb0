"""docs/devices.md: its telephone line is an output device, and sends the frames written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

import realtime_sdk
from realtime_sdk import AudioFormat, OutputDevice
from realtime_sdk.audio._pcm import Pcm, from_bytes
from realtime_sdk.testing import FakeServer, message, run_virtual

PAGE = (Path(__file__).parents[2] / "docs" / "devices.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the page's blocks of Python define, run one after the other."""
    space = {name: getattr(realtime_sdk, name) for name in vars(realtime_sdk)["__all__"]} | {"asyncio": asyncio}
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        exec(block, space)
    return space


def test_the_telephone_line_of_the_page_passes_the_check_of_the_page(names: dict[str, Any]) -> None:
    assert isinstance(names["TelephoneLine"](print), OutputDevice)
    assert {len(packet) for packet in names["packets"]} == {160}


def test_the_telephone_line_sends_the_frames_written_and_then_silence(names: dict[str, Any]) -> None:
    line: Callable[[Callable[[bytes], None]], Any] = names["TelephoneLine"]
    packets: list[bytes] = []

    async def main() -> None:
        device = line(packets.append)
        await device.open(8000)
        device.write(np.full(400, 1000, np.int16))
        await anyio.sleep(0.11)
        await device.close()

    run_virtual(main)
    heard = from_bytes(AudioFormat("audio/pcmu", 8000).decode(b"".join(packets)))
    start = int(np.flatnonzero(heard)[0])
    assert heard[start : start + 400] == pytest.approx(1000, rel=0.03)
    assert not heard[start + 400 :].any()


class Gateway:
    """A line that plays in real time what it is sent at once, and says so."""

    def __init__(self) -> None:
        self.cleared = False
        self._sent: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()

    def send(self, pcm: Pcm, mark: Any) -> None:
        self._sent.put_nowait((len(pcm), mark))

    def clear(self) -> None:
        self.cleared = True
        while not self._sent.empty():
            self._sent.get_nowait()

    async def marks(self) -> AsyncIterator[Any]:
        while True:
            frames, mark = await self._sent.get()
            await anyio.sleep(frames / 24_000)
            yield mark


def test_the_bridge_of_the_page_reports_what_its_line_has_played(names: dict[str, Any]) -> None:
    async def main() -> None:
        server, line = FakeServer(), Gateway()
        server.reply(message("This call is recorded.", seconds=4.0))
        async with server, realtime_sdk.connect(endpoint=server, microphone=None, speaker=None) as session:
            parts = [names["bridge"](session, line), names["follow"](line), names["clear"](session, line)]
            tasks = [asyncio.create_task(part) for part in parts]
            session.send_text("Hello.")
            await anyio.sleep(2.0)
            await session.interrupt()
            await anyio.sleep(0.1)
            for task in tasks:
                task.cancel()
        assert line.cleared
        [truncated] = [e["audio_end_ms"] for e in server.received if e["type"] == "conversation.item.truncate"]
        assert truncated == pytest.approx(2000, abs=110)

    run_virtual(main)
