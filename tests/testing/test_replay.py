"""A recorded session drives a real one: the same events every time, whatever the recording holds."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    CaptionShown,
    Disconnected,
    Interrupted,
    MessageItem,
    PlayoutFinished,
    Reconnect,
    Reconnected,
    Session,
    ToolFinished,
    ToolStarted,
    connect,
)
from realtime_sdk.errors import UsageError
from realtime_sdk.testing import (
    FakeServer,
    Replay,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    message,
    replay,
    run_virtual,
)

from ..fixtures.make_recordings import TALKS
from ..shared import FIXTURES, recordings, server_events

SESSIONS = [*(FIXTURES / f"{name}.jsonl" for name in TALKS), *recordings("sessions", "compat", "beta")]


async def dump(path: Path) -> list[str]:
    """Every event of a replay, and the conversation at its end."""
    async with replay(path) as session:
        events = [repr(event) async for event in session.events()]
        return [*events, json.dumps(session.conversation.export())]


async def texts(path: Path) -> dict[str, str]:
    async with replay(path, aligner=None) as session:
        async for _ in session.events():
            pass
        return {item.id: item.transcript for item in session.conversation if isinstance(item, MessageItem)}


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_a_replay_gives_the_same_events_every_time(path: Path) -> None:
    once, again = (run_virtual(partial(dump, path)) for _ in range(2))
    assert len(once) >= 2
    assert once == again


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_every_message_that_was_recorded_is_in_the_conversation(path: Path) -> None:
    found = run_virtual(partial(texts, path))
    recorded = {
        item["id"]: "".join(part.get("transcript") or part.get("text") or "" for part in item["content"])
        for event in server_events(path) if event["type"] == "response.done"
        for item in event["response"]["output"] if item["type"] == "message"
    }  # fmt: skip
    deleted = [event["item_id"] for event in server_events(path) if event["type"] == "conversation.item.deleted"]
    assert found.keys() >= recorded.keys() - set(deleted)
    assert {item_id: text for item_id, text in found.items() if item_id in recorded}.items() <= recorded.items()


def recorded(folder: Path, talk: Callable[[FakeServer, Session], Awaitable[None]], server: FakeServer) -> Path:
    """Record a talk, over a network that takes its time."""

    async def main() -> None:
        async with server, connect(
            endpoint=server, record=folder, tools=[weather], microphone=VirtualMicrophone(), speaker=VirtualSpeaker(),
            aligner=None,
        ) as session:  # fmt: skip
            await talk(server, session)

    run_virtual(main)
    return folder


def weather(city: str) -> str:
    """Say what the weather is."""
    return f"sun in {city}"


async def watch(path: Path | Replay, *kinds: type[Any]) -> list[Any]:
    async with path if isinstance(path, Replay) else replay(path, aligner=None) as session:
        return [event async for event in session.events(*kinds)]


async def a_call(server: FakeServer, session: Session) -> None:
    server.reply(message("Let me look.", seconds=1.0), call("weather", {"city": "Paris"}))
    server.reply(message("There is sun in Paris.", seconds=1.0))
    session.send_text("What is the weather?")
    await session.drained()


def test_a_call_is_answered_as_it_was_in_the_recording(tmp_path: Path) -> None:
    path = recorded(tmp_path / "talk", a_call, FakeServer(latency=0.05))
    started, finished = run_virtual(partial(watch, path, ToolStarted, ToolFinished))
    assert isinstance(started, ToolStarted) and isinstance(finished, ToolFinished)
    assert finished.call.output == "sun in Paris"


def test_a_tool_of_the_application_is_run_for_the_recorded_call(tmp_path: Path) -> None:
    path = recorded(tmp_path / "talk", a_call, FakeServer(latency=0.05))
    places: list[str] = []

    def weather(city: str) -> str:
        places.append(city)
        return "rain"

    recording = replay(path, tools=[weather], aligner=None)
    [finished] = run_virtual(partial(watch, recording, ToolFinished))
    assert isinstance(finished, ToolFinished)
    assert (places, finished.call.output) == (["Paris"], "rain")
    sent = [event["item"]["output"] for event in recording.received if event["type"] == "conversation.item.create"]
    assert sent == ["rain"]


def test_an_interruption_by_code_cuts_where_it_did(tmp_path: Path) -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        server.reply(message("One two three four five six.", seconds=6.0), pace=2.0)
        session.send_text("Count.")
        await anyio.sleep(2.0)
        await session.interrupt()

    path = recorded(tmp_path / "talk", talk, FakeServer(latency=0.05))
    [cut] = run_virtual(partial(watch, path, Interrupted))
    assert isinstance(cut, Interrupted)
    assert [round(playout.position, 1) for playout in cut.playouts] == [1.9]


def test_a_session_that_was_left_in_mid_answer_is_left_there_again(tmp_path: Path) -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        server.reply(message("One two three four five six.", seconds=6.0), pace=2.0)
        session.send_text("Count.")
        await anyio.sleep(2.0)

    path = recorded(tmp_path / "talk", talk, FakeServer(latency=0.05))
    finished, *after = run_virtual(partial(watch, path, PlayoutFinished, Disconnected))
    assert isinstance(finished, PlayoutFinished) and finished.playout.interrupted
    assert round(finished.playout.position, 1) == 1.9
    assert after == []


async def a_loss(server: FakeServer, session: Session) -> None:
    server.reply(message("Once upon a time there was a lighthouse.", seconds=4.0), pace=2.0)
    server.reply(message("The end.", seconds=1.0))
    session.send_text("Tell me a story.")
    await anyio.sleep(1.5)
    server.break_off()
    await anyio.sleep(5.0)
    session.send_text("Go on.")
    await session.drained()


def test_the_ids_of_two_connections_join(tmp_path: Path) -> None:
    path = recorded(tmp_path / "talk", a_loss, FakeServer(latency=0.05))

    async def main() -> tuple[list[Any], list[str]]:
        async with replay(path, aligner=None) as session:
            events: list[Any] = [event async for event in session.events(Disconnected, Reconnected)]
            said = [item.transcript for item in session.conversation if isinstance(item, MessageItem)]
        return events, said

    (lost, back), said = run_virtual(main)
    assert isinstance(lost, Disconnected) and lost.will_retry
    assert isinstance(back, Reconnected) and len(back.carried) == 2
    assert said == ["Tell me a story.", "Once upon a time there was a lighthouse.", "Go on.", "The end."]


def test_a_session_that_was_renewed_is_lost_at_that_moment(tmp_path: Path) -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        for text, seconds in (("One.", 30.0), ("Two.", 5.0)):
            server.reply(message(text, seconds=1.0))
            session.send_text("Go on.")
            await anyio.sleep(seconds)

    path = tmp_path / "talk"

    async def main() -> None:
        server = FakeServer(latency=0.05, lifetime=40.0)
        policy = Reconnect(renew_before=15.0)
        async with server, connect(
            endpoint=server, record=path, microphone=None, speaker=VirtualSpeaker(), reconnect=policy,
            aligner=None,
        ) as session:  # fmt: skip
            await talk(server, session)

    run_virtual(main)
    events = run_virtual(partial(watch, path, Reconnected, PlayoutFinished))
    assert [type(event) for event in events] == [PlayoutFinished, Reconnected, PlayoutFinished]


def test_an_application_plays_its_own_part(tmp_path: Path) -> None:
    path = recorded(tmp_path / "talk", a_call, FakeServer(latency=0.05))

    async def main() -> list[str]:
        recording = replay(path)
        async with connect(
            endpoint=recording, speaker=VirtualSpeaker(), microphone=None, tools=[weather], aligner=None
        ) as session:
            session.send_text("What is the weather?")
            heard = [playout.transcript async for each in session.responses() for playout in await each.played()]
        assert [event["type"] for event in recording.received].count("response.create") == 2
        return heard

    assert run_virtual(main) == ["Let me look.", "There is sun in Paris."]


def test_without_times_a_turn_begins_after_the_reply_before_it_was_heard(tmp_path: Path) -> None:
    timed = [json.loads(line) for line in (FIXTURES / "tool_round.jsonl").read_text().splitlines()]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps({**line, "t": None}) + "\n" for line in timed))
    playouts = [event.playout for event in run_virtual(partial(watch, path, PlayoutFinished))]
    assert [playout.position for playout in playouts] == [0.3, 0.3]


def test_damaged_lines_are_skipped_with_one_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = (FIXTURES / "one_item.jsonl").read_text().splitlines()
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(["no json", *lines[:5], "[1]", *lines[5:], '{"t": 9.0, "dir": "ser']))
    with caplog.at_level(logging.WARNING):
        found = run_virtual(partial(texts, path))
    assert "It is noon." in found.values()
    [warning] = caplog.messages
    assert warning == f"{path}: 3 lines are no records of events, and are skipped; the first is line 1: 'no json'"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("no json", "holds no recorded event"),
        ("", "no event of a server"),
        ('{"t":0.0,"dir":"server","event":{"type":"session.started","session":{}}}', "'live'"),
        ('{"t":0.0,"dir":"client","event":{"type":"response.create"}}', "no event of a server"),
        ('{"t":0,"dir":"server","event":{"type":"session.created","session":{"type":"translation"}}}', "translation"),
    ],
)
def test_what_can_t_be_replayed_says_so(lines: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(lines)
    with pytest.raises(UsageError, match=problem):
        replay(path)


def test_captions_are_shown_in_a_replay() -> None:
    shown = run_virtual(partial(watch, replay(FIXTURES / "one_item.jsonl"), CaptionShown))
    assert len(shown) == 3
    assert "".join(event.caption.text for event in shown) == "It is noon."


def test_what_its_block_raises_is_raised_as_it_is() -> None:
    async def main() -> None:
        async with replay(FIXTURES / "one_item.jsonl"):
            raise LookupError("of the block")

    with pytest.raises(LookupError, match="of the block"):
        run_virtual(main)


def test_a_replay_is_entered_once() -> None:
    async def main() -> None:
        recording = replay(FIXTURES / "one_item.jsonl", aligner=None)
        async with recording:
            pass
        with pytest.raises(UsageError, match="entered once"):
            async with recording:
                pass

    run_virtual(main)
