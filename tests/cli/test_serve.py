"""`realtime-sdk serve --page` connects a page to the server that was asked for."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from functools import partial
from pathlib import Path

import anyio
import pytest
from rich.console import Console
from typer.testing import CliRunner
from websockets.asyncio.client import connect

from realtime_sdk.cli._app import app
from realtime_sdk.cli._stop import Stop
from realtime_sdk.cli.commands._serve import PageOptions, serve_talk
from realtime_sdk.cli.display._display import Display
from realtime_sdk.local import _server as local
from realtime_sdk.local._recogniser import Recogniser
from realtime_sdk.testing import FakeServer


@pytest.fixture
def no_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra `local` is not installed, though this process may have loaded its models before."""
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    monkeypatch.setattr(local, "open_recogniser", Recogniser)


async def until(display: Display, beginning: str) -> str:
    """Wait until a line that begins so is printed; return its next word."""
    while True:
        for line in display.printed:
            if isinstance(line, str) and line.startswith(beginning):
                return line.removeprefix(beginning).split()[0]
        await anyio.sleep(0.01)


def test_a_page_talks_to_the_endpoint_until_the_command_is_stopped() -> None:
    async def main() -> None:
        server, display, stop = FakeServer(), Display(Console(quiet=True)), Stop()
        async with server, server.listen() as endpoint, anyio.create_task_group() as tasks:
            options = PageOptions("127.0.0.1", 0, endpoint=endpoint, instructions="Be brief.", voice="marin")
            tasks.start_soon(partial(serve_talk, options, display, stop))
            url = await until(display, "Open ")
            address = f"{url.replace('http', 'ws')}line"
            async with connect(address, additional_headers={"Origin": url.rstrip("/")}) as page:
                await page.send(json.dumps({"type": "hello", "rate": None}))
                opened = json.loads(await page.recv())
                await page.send(json.dumps({"type": "opened", "epoch": opened["epoch"]}))
                assert json.loads(await page.recv()) == {"type": "state", "state": "listening"}
                stop.request()
                await page.wait_closed()
        [update] = [event for event in server.received if event["type"] == "session.update"]
        assert update["session"]["instructions"] == "Be brief."
        assert update["session"]["audio"]["output"]["voice"] == "marin"

    asyncio.run(main())


def test_options_of_the_page_are_refused_without_it() -> None:
    refused = CliRunner().invoke(app, ["serve", "--endpoint", "ws://127.0.0.1:1"])
    assert refused.exit_code == 1
    assert "add --page" in refused.output


@pytest.mark.parametrize("arguments", [[], ["--page", "--local"]])
def test_a_port_in_use_is_named_before_anything_is_started(arguments: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = CliRunner().invoke(app, ["serve", "--port", f"{port}", *arguments])
    assert result.exit_code == 1
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert f"port {port}: address already in use; choose another port, or 0 for any free one" in line


@pytest.mark.usefixtures("no_recogniser")
def test_a_local_server_that_is_not_installed_is_named_as_a_whole() -> None:
    result = CliRunner().invoke(app, ["serve", "--port", "0"])
    assert result.exit_code == 1
    assert result.stderr == "The local server is not installed: pip install 'realtime-voice-sdk[local]'\n"


@pytest.mark.usefixtures("no_recogniser")
def test_without_a_key_and_a_local_server_both_ways_out_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_REALTIME_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    for arguments in (["talk"], ["serve", "--page", "--port", "0"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 1
        assert result.stderr == (
            "OPENAI_API_KEY is not set, and the local server is not installed: "
            "pip install 'realtime-voice-sdk[local]'\n"
        )
