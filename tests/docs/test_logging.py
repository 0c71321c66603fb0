"""What docs/logging.md shows is what the SDK logs."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import anyio
import pytest

from realtime_sdk import connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, message, run_virtual

from .pages import DOCS, ROOT, SOURCE, blocks, run

SIZE = re.compile(r", \d+ characters$")


async def free_disk_space() -> str:
    """Say how much disk space is free."""
    await asyncio.sleep(0.2)
    return "12 of 20 GB"


async def talk_for_the_log() -> None:
    server = FakeServer()
    server.reply(message("Let me see.", phase="commentary"), call("free_disk_space", {}))
    server.reply(message("Twelve of twenty gigabytes are free, which is plenty.", seconds=4.0), pace=2.0)
    server.reply(message("Goodbye.", seconds=0.5))
    speaker = VirtualSpeaker()
    given: dict[str, Any] = {"tools": [free_disk_space], "transcription": {"model": "gpt-transcribe"}}
    async with server, connect(endpoint=server, microphone=None, speaker=speaker, **given) as session:
        await server.user_speaks("How full is the disk?")
        await server.wait_for("response.create")
        await anyio.sleep(3.0)
        await server.user_speaks("Thanks, that will do.", seconds=0.8)
        session.send({"type": "input_audio_buffer.append"})
        await anyio.sleep(2.0)
        server.hang_up(1001, "going away")
        await anyio.sleep(0.1)


class Lines(logging.Handler):
    """Keeps what is logged, in the format that the page shows."""

    def __init__(self, format: str) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(format))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def logged(level: int) -> list[str]:
    """What the talk of the page logs at a level."""
    [setup] = [text for text in blocks("logging.md", "python") if "basicConfig" in text]
    found = re.search(r'format="(.*?)"', setup)
    assert found
    handler, log = Lines(found[1]), logging.getLogger("realtime_sdk")
    before = log.level
    log.addHandler(handler)
    log.setLevel(level)
    try:
        run_virtual(talk_for_the_log)
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
    return handler.lines


def test_the_log_at_info_is_what_the_page_shows() -> None:
    assert logged(logging.INFO) == blocks("logging.md", "")[0].splitlines()


def test_the_log_at_debug_has_the_lines_of_the_page_in_their_order() -> None:
    lines = iter(SIZE.sub("", line) for line in logged(logging.DEBUG))
    shown = [SIZE.sub("", line) for line in blocks("logging.md", "")[1].splitlines() if line != "…"]
    assert [line for line in shown if line not in lines] == []  # `in` goes on from where the last was found


def test_no_line_of_the_log_holds_what_was_said() -> None:
    text = "\n".join(logged(logging.DEBUG))
    assert "gigabytes" not in text
    assert "disk?" not in text


def test_loggers_that_the_page_names_are_those_of_the_package() -> None:
    page = (DOCS / "logging.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"^\|.*?(?<=`)(realtime_sdk\.[\w.]+)", page, re.MULTILINE)):
        module = ROOT.joinpath(*name.split("."))
        assert f'getLogger("{name}")' in SOURCE or module.with_suffix(".py").exists() or module.is_dir(), name


def test_the_readers_of_events_and_the_tap_do_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    errors, raw, tap = [text for text in blocks("logging.md", "python") if "basicConfig" not in text]

    async def main() -> None:
        sizes = (await run(tap))["Sizes"]()
        server = FakeServer()
        server.reply(message("Hello."))
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker(), "tap": sizes}
        options["reconnect"] = None
        async with server, connect(**options) as session, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: run(errors, session=session))
            tasks.start_soon(lambda: run(raw, session=session))
            await anyio.sleep(0.1)
            session.send({"type": "no.such.event"})
            session.send_text("Hi.")
            await anyio.sleep(2.0)
            server.hang_up()
        assert sizes.up > 100
        assert sizes.down > 10_000

    run_virtual(main)
    printed = capsys.readouterr().out
    assert "ServerError(" in printed
    assert "RateLimit(" in printed
