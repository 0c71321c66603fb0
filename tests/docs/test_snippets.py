"""The examples of the pages run."""

from __future__ import annotations

import asyncio
import re
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from realtime_sdk import Budget, ClientSecret, ServerRefused, Session, connect
from realtime_sdk.protocol.dialects import DIALECTS
from realtime_sdk.testing import FakeServer, VirtualSpeaker, changed, message, noise, run_virtual

from .pages import DOCS, blocks, run


def test_the_snippets_of_interruptions_run() -> None:
    give_up, greeting = blocks("interruptions.md", "python")

    async def main() -> None:
        server = FakeServer()
        server.reply(message("This call is recorded.", seconds=6.0), pace=1.0)
        server.reply(message("Hello.", seconds=0.5))
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            await run(greeting, session=session)
            await server.user_speaks("Hello?")
            await run(give_up, session=session)  # the greeting is made for longer than the request may wait
            response = await anext(session.responses())
            assert [playout.interrupted for playout in await response.played()] == [False]
            answer = await anext(session.responses())
            assert [playout.transcript for playout in await answer.played()] == ["Hello."]
        assert [event["type"] for event in server.received].count("response.create") == 2

    run_virtual(main)


def test_the_snippet_of_turns_runs() -> None:
    [snippet] = blocks("turns.md", "python")

    async def main() -> None:
        async with FakeServer() as server:
            options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": None}
            names = await run(snippet, connect=partial(connect, **options))
        assert isinstance(names["session"], Session)

    run_virtual(main)


def test_the_snippets_of_settings_run() -> None:
    talk, reply = blocks("settings.md", "python")

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Adiós.", seconds=0.5))
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker()}
        async with server:
            await run(talk, connect=partial(connect, **options))
            spoken = server.connections[-1].session.settings["audio"]["output"]
            assert (spoken["voice"], spoken["speed"]) == ("marin", 0.9)
            async with connect(**options) as session:
                await run(reply, session=session)
        assert server.refused == []

    run_virtual(main)


SETTINGS = re.compile(r"^\| [^|]+ \| `(\w+=[^`…]+)`.* \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize(("field", "can_change"), SETTINGS.findall((DOCS / "settings.md").read_text(encoding="utf-8")))
def test_a_setting_can_change_after_the_model_has_spoken_where_the_page_says_so(field: str, can_change: str) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello.", seconds=0.5))
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            await (await session.respond()).played()
            if can_change.startswith("yes"):
                await run(f"await session.update({field})", session=session)
            else:
                with pytest.raises(ServerRefused):
                    await run(f"await session.update({field})", session=session)

    run_virtual(main)


def test_the_snippet_about_latency_runs(capsys: pytest.CaptureFixture[str]) -> None:
    *_, latency, _telemetry = blocks("usage.md", "python")

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Yes?", seconds=0.5), thinking=0.25)
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            session.send_text("Hello?")
            await session.drained()
            await run(latency, session=session)

    run_virtual(main)
    assert capsys.readouterr().out.endswith("1 answers, half of them within 0.25 s, 95 % within 0.25 s\n")


def test_the_snippets_of_usage_run(capsys: pytest.CaptureFixture[str]) -> None:
    counts, priced, budget, _latency, telemetry = blocks("usage.md", "python")

    async def main() -> None:
        server = FakeServer()
        for _ in range(3):
            server.reply(message("Hello.", seconds=1.0))
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker()}
        async with server:
            async with connect(**options) as session:
                await run(counts, session=session)
                prices = (await run(priced, session=session))["prices"]

            options["budget"] = Budget(0, prices)

            def poor(budget: Budget) -> AbstractAsyncContextManager[Session]:
                return connect(**options)

            talk = budget.replace("    async for", "    session.send_text('Hello.')\n    async for", 1)
            await run(talk, connect=poor, prices=prices)
            del options["budget"]
            await run(telemetry, connect=partial(connect, **options))
        assert [event["type"] for c in server.connections for event in c.received].count("response.create") == 3

    run_virtual(main)
    assert capsys.readouterr().out.endswith("tokens in this session\nthis session has cost $0.0014\n")


def test_the_snippets_of_captions_run(capsys: pytest.CaptureFixture[str]) -> None:
    lines, alone, clip = blocks("captions.md", "python")
    drawn: list[tuple[int, str, str, str]] = []

    async def main() -> None:
        await run(alone, pcm=noise(1.0, seed=1), position=0.9)
        await run(clip, pcm=noise(1.0, seed=1))
        server = FakeServer()
        server.reply(message("Hello there."))
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            session.send_text("Hi.")
            async for item in await anext(session.responses()):
                await run(lines, item=item, draw=lambda *line: drawn.append(line))

    run_virtual(main)
    assert capsys.readouterr().out.startswith("Hello")
    assert drawn == [(0, "", "Hello", " there."), (0, "Hello", " there.", "")]


def test_the_snippet_of_reconnecting_prints_the_loss_and_the_next_connection(
    capsys: pytest.CaptureFixture[str]
) -> None:
    [snippet] = blocks("reconnecting.md", "python")

    async def main() -> None:
        server = FakeServer()
        given = partial(connect, endpoint=server, microphone=None, speaker=None)

        async with server, asyncio.TaskGroup() as tasks:
            talk = tasks.create_task(run(snippet, connect=given))
            await asyncio.sleep(1.0)
            server.break_off()
            await asyncio.sleep(5.0)
            talk.cancel()

    run_virtual(main)
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition("(")[0] for line in printed] == ["Disconnected", "Reconnected"]


@pytest.mark.parametrize(("page", "sessions"), [("formats.md", 2), ("echo.md", 4)])
def test_the_sessions_that_pages_open_are_accepted(page: str, sessions: int) -> None:
    pytest.importorskip("pywebrtc_audio", reason="no echo canceller: pip install -e '.[webrtc]'")
    [snippet] = blocks(page, "python")
    opened: list[object] = []  # not entered: `connect` checks what it is given before that

    def take(*arguments: Any, **options: Any) -> None:
        opened.append(connect(*arguments, **options))

    run_virtual(lambda: run(snippet, connect=take, model=None, url="ws://127.0.0.1:8080/v1/realtime"))
    assert len(opened) == sessions


def test_the_dialect_of_the_page_decodes_a_conversation() -> None:
    [snippet] = blocks("dialects.md", "python")

    async def main() -> list[str]:
        server = FakeServer()
        server.reply(message("Hello.", seconds=0.1))
        for kind in ("delta", "done"):
            server.tamper(f"response.output_audio.{kind}", changed(type=f"speech.{kind}"))
        async with server, server.listen() as url:
            names = await run(snippet, url=url, connect=partial(connect, speaker=VirtualSpeaker()))
        return [playout.transcript for playout in await names["response"].played()]

    assert asyncio.run(main()) == ["Hello."]


def test_every_section_of_an_endpoint_has_a_snippet() -> None:
    page = (DOCS / "endpoints.md").read_text(encoding="utf-8")
    before, _, _ = page.partition("## What holds in which dialect")
    sections = before.split("\n## ")[1:]
    assert [section.partition("\n")[0] for section in sections if "endpoint = " not in section] == []
    shown = {dialect for dialect in DIALECTS if f'dialect="{dialect}"' in before}
    assert shown == set(DIALECTS) - {"ga", "xai", "voice-live"}  # which have endpoints of their own


def test_the_snippet_of_client_secrets_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [snippet] = [snippet for snippet in blocks("endpoints.md", "python") if "create_client_secret" in snippet]

    def answer(_call: object) -> ClientSecret:
        return ClientSecret("ek_1", 1_790_000_000.0, {})

    monkeypatch.setattr("realtime_sdk.transports._client_secret._Call.run", answer)
    asyncio.run(run(snippet, key="sk-1"))
    assert capsys.readouterr().out == "ek_1 1790000000.0\n"


ENDPOINTS = [snippet for snippet in blocks("endpoints.md", "python") if snippet.startswith("endpoint = ")]


def test_the_snippet_of_settings_that_differ_runs(capsys: pytest.CaptureFixture[str]) -> None:
    [snippet] = [snippet for snippet in blocks("endpoints.md", "python") if "SettingsDiffer" in snippet]

    def with_another_voice(event: dict[str, Any]) -> list[dict[str, Any]]:
        event["session"]["audio"]["output"]["voice"] = "alloy"
        return [event]

    async def main() -> None:
        server = FakeServer()
        server.tamper("session.updated", with_another_voice)
        async with server, connect(endpoint=server, microphone=None, speaker=None, voice="marin") as session:
            pass
        await run(snippet, session=session)  # which has ended, so that its events do

    run_virtual(main)
    assert f"# {capsys.readouterr().out}" in snippet


@pytest.mark.parametrize("snippet", ENDPOINTS)
def test_the_endpoints_of_the_page_reach_a_server_that_speaks_their_dialect(
    snippet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"key": "sk-1", "client_secret": lambda: "ek_1", "entra_token": lambda: "token"}

    async def main() -> list[str]:
        names = await run(snippet, **given)
        endpoint, fields = names["endpoint"], names.get("fields", {})
        server = FakeServer(dialect=endpoint.dialect.name)
        server.reply(message("Hello.", seconds=0.5))

        async def open_websocket(*_address: Any, **_options: Any) -> Any:
            return await server.connect(None, None)

        monkeypatch.setattr("realtime_sdk.transports._websocket.open_websocket", open_websocket)
        options: dict[str, Any] = {"microphone": None, "speaker": VirtualSpeaker(), "instructions": "Be brief."}
        options |= fields
        async with server, connect(endpoint=endpoint, **options) as session:
            session.send_text("Hi.")
            response = await anext(session.responses())
            heard = [playout.transcript for playout in await response.played()]
        assert server.refused == []
        return heard

    assert run_virtual(main) == ["Hello."]


def test_the_snippets_of_text_and_images_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chat, beside, images = blocks("text-and-images.md", "python")
    picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
    (tmp_path / "first.jpg").write_bytes(picture)
    monkeypatch.chdir(tmp_path)

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Six feet of water.", seconds=0.0))
        server.reply(message("calm", seconds=0.0))
        server.reply(message("The second.", seconds=0.5))
        async with server:
            await run(chat, connect=partial(connect, endpoint=server))
            async with connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
                await session.send_text("I am quite well.", respond=False)
                await asyncio.sleep(0.1)
                await run(beside, session=session, item=next(iter(session.conversation)))
                await run(images, session=session, second=picture)
                await anext(session.responses())
                assert await (await anext(session.responses())).text() == "The second."
        kinds = [part["type"] for part in server.received[-2]["item"]["content"]]
        assert kinds == ["input_text", "input_image", "input_image"]

    run_virtual(main)
    assert capsys.readouterr().out == "Six feet of water.calm\n"
