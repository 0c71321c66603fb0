"""Sessions of real services that speak a dialect, replayed through it in both directions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk import MessageItem, Response, connect
from realtime_sdk.protocol import ProtocolViolation, ResponseCreated, SessionUpdated, parse
from realtime_sdk.protocol.dialects import BETA, VOICE_LIVE, XAI, Dialect
from realtime_sdk.testing import VirtualSpeaker, run_virtual
from realtime_sdk.testing.dialects._table import SERVER_SIDES

from ..shared import client_events, recordings, server_events

SESSIONS = recordings("beta", "compat")


def dialect_of(path: Path) -> Dialect:
    return XAI if "xai" in path.name else VOICE_LIVE if "voice_live" in path.name else BETA


def in_ga(event: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """What an application of the current protocol would have sent; `resumption` is xAI's in that, too."""
    current = SERVER_SIDES[dialect.name].read(event)
    own = {name: value for name, value in event.get("session", {}).items() if name == "resumption"}
    return {**current, "session": {**current["session"], **own}} if own else current


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_what_a_client_of_the_service_sent_is_what_is_written_here(path: Path) -> None:
    dialect = dialect_of(path)
    sent = [event for event in client_events(path) if event["type"] != "input_audio_buffer.append"]
    assert sent
    for event in sent:
        written = dialect.encode(in_ga(event, dialect))
        assert with_modalities(written) == with_modalities(event)


def with_modalities(event: dict[str, Any]) -> dict[str, Any]:
    """The event, with the modalities of its session in one order."""
    session = event.get("session")
    if session is None or "modalities" not in session:
        return event
    return {**event, "session": {**session, "modalities": sorted(session["modalities"])}}


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_what_the_service_sent_is_read(path: Path) -> None:
    dialect = dialect_of(path)
    events = [parse(json.dumps(event), dialect) for event in server_events(path)]
    assert [event for event in events if isinstance(event, ProtocolViolation)] == []
    assert [event for event in events if isinstance(event, ResponseCreated)]
    assert [event.session.turn_detection for event in events if isinstance(event, SessionUpdated)]


class Playback:
    """An endpoint, and its connection, that sends what a recorded service sent."""

    name = "a recording"

    def __init__(self, path: Path) -> None:
        self.dialect = dialect_of(path)
        # Of a recording of two connections, the conversation goes on in the second: only its greeting is left out.
        events = list(server_events(path))
        later = [event for event in events if event["type"] == "session.created"][1:]
        self._frames = [json.dumps(event) for event in events if event not in later]

    async def connect(self, model: str | None, api_key: str | None) -> Playback:
        return self

    async def send(self, text: str) -> None:
        """Send to no server."""

    async def receive(self) -> str:
        if not self._frames:
            await anyio.sleep_forever()
        return self._frames.pop(0)

    async def close(self) -> None:
        """Close nothing."""


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_what_the_service_sent_carries_a_session(path: Path) -> None:
    async def main() -> tuple[list[Response], list[object]]:
        options: dict[str, Any] = {"speaker": VirtualSpeaker(), "microphone": None, "aligner": None}
        # An excerpt may end in the midst of a response: that is no stall.
        async with connect(endpoint=Playback(path), timeout=60.0, **options) as session:
            await anyio.sleep(20.0)
        responses = [response async for response in session.responses()]
        return responses, [event async for event in session.events(ProtocolViolation)]

    responses, violations = run_virtual(main)
    assert violations == []
    stated = {event["response"]["id"]: event["response"] for event in server_events(path) if is_done(event)}
    done = [response for response in responses if response.id in stated]
    assert [response.id for response in done] == list(stated)
    assert [response.status for response in done] == [response["status"] for response in stated.values()]
    said = {item.id: item.transcript for response in done for item in response.items if isinstance(item, MessageItem)}
    assert said == {item_id: text for item_id, text in transcripts(path).items() if item_id in said}
    assert [text for text in said.values() if text] or not transcripts(path)


def is_done(event: dict[str, Any]) -> bool:
    return bool(event["type"] == "response.done")


def transcripts(path: Path) -> dict[str, str]:
    """What the model said or wrote in each message, by the events that end it."""
    ended = {}
    for event in server_events(path):
        if event["type"].endswith(("audio_transcript.done", "text.done")):
            ended[event["item_id"]] = event.get("transcript") or event.get("text") or ""
    return ended
