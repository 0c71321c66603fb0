"""The programs of the first ten minutes run, and print what they should."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from realtime_sdk import connect
from realtime_sdk.testing import FakeServer, ScriptItem, VirtualSpeaker, call, message, run_virtual

from .pages import blocks

HELLO, CAPTIONS, INTERRUPTION, TOOL, TEST = blocks("start.md", "python")


def run_program(program: str, *replies: ScriptItem) -> FakeServer:
    """Run a whole program of the page with a server in memory and a virtual speaker; return the server."""
    names: dict[str, Any] = {}
    assert "asyncio.run(main())" in program
    exec(program.replace("asyncio.run(main())", ""), names)
    server = FakeServer()
    for reply in replies:
        server.reply(reply)
    names["connect"] = partial(connect, endpoint=server)
    names["Speaker"] = VirtualSpeaker

    async def main() -> None:
        async with server:
            await names["main"]()

    run_virtual(main)
    return server


def test_the_first_program_prints_what_was_heard(capsys: pytest.CaptureFixture[str]) -> None:
    run_program(HELLO, message("One, two, three, four, five.", seconds=3.0))
    assert capsys.readouterr().out == "heard 3.0 s: One, two, three, four, five.\n"


def test_captions_are_printed_and_are_the_transcript(capsys: pytest.CaptureFixture[str]) -> None:
    run_program(CAPTIONS, message("One, two, three, four, five.", seconds=3.0))
    assert capsys.readouterr().out == "One, two, three, four, five.\n"


def test_an_interruption_prints_what_was_heard_and_the_server_forgets_the_rest(
    capsys: pytest.CaptureFixture[str]
) -> None:
    server = run_program(INTERRUPTION, message("One two three four five.", seconds=4.0))
    assert re.fullmatch(r"heard 2\.0\d s: One two three\n", capsys.readouterr().out)
    assert server.items[-1].seconds == pytest.approx(2.0, abs=0.03)


def test_a_function_is_called_and_the_answer_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    answer = message("There are twelve gigabytes.", seconds=2.0)
    run_program(TOOL, call("how_much_disk_is_free", {}), answer)
    assert capsys.readouterr().out == "user How much disk is free?\nassistant There are twelve gigabytes.\n"


def test_the_test_passes() -> None:
    names: dict[str, Any] = {}
    exec(TEST, names)
    names["test_a_barge_in_cuts_the_count"]()
