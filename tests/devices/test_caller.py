"""Standard error while a device opens: the C libraries are not seen on it, and a caller that leaves is."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from typing import Any

import pytest

from realtime_sdk.devices import Speaker
from realtime_sdk.devices._caller import Caller
from realtime_sdk.testing import run_virtual

from .fake_sounddevice import FakeSounddevice, install
from .sound_card import RATE, SoundCard

UNREACHABLE = """
import asyncio
from realtime_sdk import connect

async def main():
    async with connect("gpt-realtime-2", endpoint="ws://127.0.0.1:1/v1/realtime"):
        pass

asyncio.run(main())
"""


def test_the_messages_of_c_libraries_are_discarded(capfd: pytest.CaptureFixture[str]) -> None:
    caller = Caller()
    with caller.served():
        os.write(2, b"before, ")
        with caller.silence():
            os.write(2, b"ALSA lib")
        os.write(2, b"after")
    assert capfd.readouterr().err == "before, after"


def test_nothing_is_discarded_once_the_caller_has_left_and_has_it_back(capfd: pytest.CaptureFixture[str]) -> None:
    caller = Caller()
    with caller.served():
        with caller.silence():
            os.write(2, b"ALSA lib")
            caller.leave()
            os.write(2, b"ALSA lib, ")
            caller.restore_stderr()
            os.write(2, b"at once, ")
        with caller.silence():
            os.write(2, b"and later")
    assert capfd.readouterr().err == "at once, and later"


def test_a_caller_that_leaves_a_device_which_still_opens_is_seen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    opening, left = threading.Event(), threading.Event()

    class SlowSounddevice(FakeSounddevice):
        def RawOutputStream(self, **settings: Any) -> SoundCard:
            os.write(2, b"ALSA lib")
            opening.set()
            left.wait()
            return super().RawOutputStream(**settings)

    async def main() -> None:
        install(monkeypatch, SlowSounddevice(asyncio.get_running_loop().time))
        caller = asyncio.create_task(Speaker().open(RATE))
        await asyncio.to_thread(opening.wait)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        os.write(2, b"the program ends")
        left.set()

    run_virtual(main)
    assert capfd.readouterr().err == "the program ends"


def test_a_device_that_nobody_waits_for_any_more_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opening, left = threading.Event(), threading.Event()
    fake: FakeSounddevice

    class SlowSounddevice(FakeSounddevice):
        def RawOutputStream(self, **settings: Any) -> SoundCard:
            opening.set()
            left.wait()
            return super().RawOutputStream(**settings)

    async def main() -> None:
        nonlocal fake
        fake = install(monkeypatch, SlowSounddevice(asyncio.get_running_loop().time))
        callers = [asyncio.create_task(Speaker().open(RATE)) for _ in range(2)]
        await asyncio.to_thread(opening.wait)
        for caller in callers:
            caller.cancel()
        await asyncio.wait(callers)
        left.set()
        for thread in threading.enumerate():
            if thread.name == "driver":
                await asyncio.to_thread(thread.join)

    run_virtual(main)
    assert len(fake.opened) == 1, "the second waited for the first, and was left"


def test_a_program_that_reaches_no_server_says_so_while_its_devices_open() -> None:
    ended = subprocess.run([sys.executable, "-c", UNREACHABLE], capture_output=True, text=True)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert re.match(r"realtime_sdk\.errors\.(ConnectionFailed|DeviceError|PortAudioMissing): ", last), ended.stderr
