"""Programs whose sound server answers no more: they say why they end, and end."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .sound_server import SoundServer

pytestmark = pytest.mark.real

PATIENCE = 100
"""Seconds after which a program counts as hanging."""

UNREACHABLE = """
import asyncio
from realtime_sdk import connect

async def main():
    async with connect("gpt-realtime-2", endpoint="ws://127.0.0.1:1/v1/realtime"):
        pass

asyncio.run(main())
"""

PLAYING = """
import asyncio
from realtime_sdk import Speaker

async def main():
    speaker = Speaker()
    await speaker.open(24_000)
    await asyncio.to_thread(input, "open")
    await speaker.close()

asyncio.run(main())
"""


def test_a_program_says_that_it_reaches_no_server_while_a_device_does_not_open(sound_server: SoundServer) -> None:
    with sound_server.stalled():
        command = [sys.executable, "-c", UNREACHABLE]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("realtime_sdk.errors.ConnectionFailed"), ended.stderr


def test_devices_that_a_driver_does_not_list_are_an_error(sound_server: SoundServer) -> None:
    with sound_server.stalled():
        command = [sys.executable, "-m", "realtime_sdk", "devices"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1
    assert "PortAudio does not list the sound devices within 10 s: a driver hangs" in ended.stderr


def test_a_program_whose_device_does_not_close_ends(sound_server: SoundServer) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PLAYING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stdout.read(4) == b"open"
        with sound_server.stalled():
            _, errors = program.communicate(b"\n", timeout=PATIENCE)
    assert (program.returncode, errors) == (0, b"")
