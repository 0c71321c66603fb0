"""`realtime-sdk talk` in a terminal of its own: what it draws, what it leaves, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import anyio
import pytest

from realtime_sdk.cli.session._device_choice import ASSETS
from realtime_sdk.testing import FakeServer, call, message

from .scripted_speech_input import ScriptedSpeechInput

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind"),
]

PROGRAM = """
import fcntl, os, shutil, sys, termios

fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the terminal that sends SIGHUP when its window is closed

import realtime_sdk.cli.session._device_choice as sound
from realtime_sdk.cli import main

sound.list_devices = list
measure = shutil.disk_usage


def measure_noisily(path):
    os.write(2, b"a line of a C library" + bytes([10]))
    print("a printed line")
    return measure(path)


shutil.disk_usage = measure_noisily
main()
"""

ALTERNATE, NORMAL = b"\x1b[?1049h", b"\x1b[?1049l"
"""With these a terminal shows its second screen, and its first again."""


class Terminal:
    """A pseudo-terminal of 80 columns and 24 rows."""

    def __init__(self) -> None:
        import fcntl
        import struct
        import termios

        self.window, self.inside = os.openpty()
        fcntl.ioctl(self.inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = b""  # all that was written to it

    async def until(self, text: bytes | None) -> None:
        """Read until this text was shown; None: until the program has ended."""
        while text is None or text not in self.shown:
            try:
                piece = await anyio.to_thread.run_sync(os.read, self.window, 65536)
            except OSError:  # no program has it open any more
                return
            self.shown += piece

    def close_window(self) -> None:
        os.close(self.window)


@contextmanager
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    try:
        yield opened
    finally:
        for descriptor in (opened.window, opened.inside):
            with suppress(OSError):
                os.close(descriptor)


async def talk(folder: Path, terminal: Terminal, end: signal.Signals) -> int:
    """Talk until the answer is heard; then the signal comes, SIGHUP because the window is closed."""
    server = FakeServer(ears=lambda: ScriptedSpeechInput(iter(["How much disk is free?"])))
    server.reply(call("how_much_disk_is_free", {}))
    server.reply(message("Enough, " + "and enough, " * 50, seconds=60.0))
    async with server, server.listen() as url:
        options = ["--endpoint", url, "--input", str(ASSETS / "question.flac"), "--output", str(folder)]
        command = [sys.executable, "-c", PROGRAM, "talk", *options]
        environment = os.environ | {"TERM": "xterm-256color"}
        async with await anyio.open_process(
            command, stdin=terminal.inside, stdout=terminal.inside, stderr=terminal.inside, env=environment,
            start_new_session=True,
        ) as process:  # fmt: skip
            os.close(terminal.inside)
            await terminal.until(b"Enough")
            await terminal.until(b"answered in")
            if end is signal.SIGHUP:
                terminal.close_window()
            else:
                process.send_signal(end)
                await terminal.until(None)
            return await process.wait()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP], ids=["terminated", "window-closed"])
def test_a_conversation_that_is_ended_from_outside_leaves_whole_files(tmp_path: Path, end: signal.Signals) -> None:
    with terminal() as screen:
        assert anyio.run(talk, tmp_path / "talk", screen, end) == 0
    with wave.open(str(tmp_path / "talk" / "conversation.wav")) as recording:
        assert recording.getnframes() > 0
    assert "How much disk is free?" in (tmp_path / "talk" / "captions.vtt").read_text()
    if end is signal.SIGTERM:
        drawn, left = screen.shown.split(ALTERNATE)[1].split(NORMAL)
        assert b"a line of a C library" not in drawn
        assert b"a printed line" not in drawn
        assert b"a line of a C library\r\na printed line\r\n" in left
        assert b"How much disk is free?" in left
        assert b"1 turn " in left
