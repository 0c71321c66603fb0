"""docs/devices.md: its telephone line is an output device, and sends the frames written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

import realtime_sdk
from realtime_sdk import AudioFormat, OutputDevice
from realtime_sdk.audio._pcm import from_bytes
from realtime_sdk.testing import run_virtual

PAGE = (Path(__file__).parents[2] / "docs" / "devices.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the page's blocks of Python define, run one after the other."""
    space = {name: getattr(realtime_sdk, name) for name in realtime_sdk.__all__} | {"asyncio": asyncio}
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
