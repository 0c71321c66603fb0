"""A session of the server, and client events for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pybase64

from realtime_sdk.audio._pcm import to_bytes, to_frames
from realtime_sdk.server._backend import Audio, Message, Text
from realtime_sdk.server._ids import CountedIds
from realtime_sdk.server._items import Event
from realtime_sdk.server._rules import ServerSession


def new_session(**session_fields: Any) -> ServerSession:
    """A session with counted ids, updated with these fields."""
    session = ServerSession(new_id=CountedIds())
    if session_fields:
        assert kinds(session.receive(update(**session_fields))) == ["session.updated"]
    session.take_actions()
    return session


def update(**session_fields: Any) -> Event:
    return {"type": "session.update", "session": {"type": "realtime", **session_fields}}


def detection(value: dict[str, Any] | None) -> dict[str, Any]:
    """Session fields with this turn detection."""
    return {"audio": {"input": {"turn_detection": value}}}


def user_message(text: str, **fields: Any) -> Event:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}], **fields}
    return {"type": "conversation.item.create", "item": item}


def append(seconds: float) -> Event:
    """An append of so much audio, in which every frame has a value of its own."""
    sound = np.arange(to_frames(seconds)).astype(np.int16)
    return {"type": "input_audio_buffer.append", "audio": pybase64.b64encode_as_string(to_bytes(sound))}


def respond(session: ServerSession, **fields: Any) -> str:
    """Have a response created; return its id."""
    created = session.receive({"type": "response.create", "response": fields})
    assert kinds(created) == ["response.created"]
    response_id: str = created[0]["response"]["id"]
    return response_id


def speak(session: ServerSession, response_id: str, text: str, seconds: float, phase: str | None = None) -> list[Event]:
    """Output a message in one piece."""
    events = session.output(response_id, Message(phase))
    events += session.output(response_id, Text(text))
    return events + session.output(response_id, Audio(np.ones(to_frames(seconds), np.int16)))


def spoken_item(session: ServerSession, text: str = "Hello there.", seconds: float = 1.0) -> str:
    """Output a message in a response of its own; return the item's id."""
    response_id = respond(session)
    item_id: str = speak(session, response_id, text, seconds)[0]["item"]["id"]
    session.finish(response_id)
    return item_id


def truncate(item_id: str, audio_end_ms: Any, content_index: Any = 0, **fields: Any) -> Event:
    place = {"item_id": item_id, "content_index": content_index, "audio_end_ms": audio_end_ms}
    return {"type": "conversation.item.truncate", **place, **fields}


def kinds(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


def refusal(events: list[Event]) -> dict[str, Any]:
    """The error object of an answer that is a refusal and nothing else."""
    assert kinds(events) == ["error"]
    error: dict[str, Any] = events[0]["error"]
    return error
