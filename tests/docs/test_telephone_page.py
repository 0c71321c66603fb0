"""The bridge of the page on telephone calls runs, and so does its test."""

from __future__ import annotations

import sys
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from realtime_sdk import Session, connect
from realtime_sdk.lines import MediaStreamLine
from realtime_sdk.testing import FakeGateway, FakeServer, call, message, run_virtual

from .pages import blocks, run

BRIDGE, TEST, FORMATS, KEYS, HANG_UP = blocks("telephone.md", "python")


def module(name: str, code: str) -> ModuleType:
    """A module of a reader's."""
    made = ModuleType(name)
    exec(compile(code, f"{name}.py", "exec"), made.__dict__)
    return made


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Any:
    bridge = module("bridge", BRIDGE)
    monkeypatch.setitem(sys.modules, "bridge", bridge)
    return bridge


def test_the_test_of_a_barge_in_passes(bridge: Any) -> None:
    module("test_bridge", TEST).__dict__["test_a_barge_in_cuts_the_answer_where_the_caller_heard_it"]()


def bridge_with(converse: Any) -> Any:
    """An application whose calls are carried by this function."""
    from fastapi import FastAPI, WebSocket

    app = FastAPI()

    async def media(websocket: WebSocket) -> None:
        await websocket.accept()
        async with MediaStreamLine(websocket, "twilio") as line:
            await converse(line)

    media.__annotations__["websocket"] = WebSocket
    app.websocket("/media")(media)
    return app


def test_the_formats_of_a_line_are_those_of_a_session() -> None:
    sessions = list[Session]()

    async def main() -> None:
        async def converse(line: MediaStreamLine) -> None:
            made = await run(f"opened = {FORMATS}", connect=partial(connect, endpoint=server), line=line)
            async with made["opened"] as session:
                sessions.append(session)

        async with FakeServer() as server, FakeGateway(bridge_with(converse)).call() as call:
            await call.wait_closed()

    run_virtual(main)
    assert sessions[0].formats.output.type == "audio/pcmu"


def test_keys_are_passed_on_to_the_model() -> None:
    async def main() -> None:
        pass_on_keys = (await run(KEYS))["pass_on_keys"]

        async def converse(line: MediaStreamLine) -> None:
            devices: dict[str, Any] = {"microphone": line.microphone, "speaker": line.speaker}
            async with connect(endpoint=server, **devices) as session:
                await pass_on_keys(line, session)

        async with FakeServer() as server, FakeGateway(bridge_with(converse)).call() as call:
            server.reply(message("Four.", seconds=1.0))
            call.press("4")
            await call.wait_until_heard(1.0)
        [text, *_] = [event for event in server.received if event["type"] == "conversation.item.create"]
        assert text["item"]["content"][0]["text"] == "The caller pressed 4."

    run_virtual(main)


@pytest.mark.parametrize("caller_hangs_up", [False, True])
def test_a_tool_hangs_up_once_the_farewell_was_heard(caller_hangs_up: bool) -> None:
    async def main() -> None:
        converse = (await run(HANG_UP))["converse"]
        server = FakeServer()
        server.reply(message("Goodbye, and have a nice day.", seconds=2.0), call("hang_up", {}))
        async with server, FakeGateway(bridge_with(partial(converse, endpoint=server))).call() as caller:
            await server.wait_for("session.update")
            await server.user_speaks("That is all.", seconds=0.5)
            if caller_hangs_up:
                await caller.wait_until_heard(1.0)
                await caller.hang_up()
            else:
                await caller.wait_closed()
        heard = 1.0 if caller_hangs_up else 2.0
        assert caller.heard_seconds == pytest.approx(heard, abs=0.02)
        assert all(connection.over for connection in server.connections)

    run_virtual(main)
