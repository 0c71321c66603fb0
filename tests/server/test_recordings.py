"""The rules send what the service sent: recorded sessions are played against them, event by event.

A recording holds the client's events, the model's output and the times at which the user spoke. The rules must answer
it as the service did: the same events in the same order with the same fields.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime_sdk.audio._pcm import from_ms
from realtime_sdk.server._backend import Audio, Call, Message, Output, Text
from realtime_sdk.server._items import Event
from realtime_sdk.server._refusal import Refusal
from realtime_sdk.server._rules import ServerSession
from realtime_sdk.server._validation import check

from ..shared import recordings, server_events

SESSIONS = [
    path for path in recordings("sessions")
    if "sideband_audio" not in path.name  # the sound of a call goes elsewhere: tests/testing/test_kinds_of_session.py
]

TRANSCRIPTION = "conversation.item.input_audio_transcription."
ARGUMENTS = "response.function_call_arguments.delta"
FIRST_DONE = {"response.output_audio.done", "response.output_text.done", "response.function_call_arguments.done"}


@pytest.mark.parametrize("path", SESSIONS, ids=[path.stem for path in SESSIONS])
def test_the_rules_send_what_the_service_sent(path: Path) -> None:
    # Transcripts come when they come, and function arguments in pieces of any size: both are compared by themselves.
    recorded = [e for e in server_events(path) if not e["type"].startswith(TRANSCRIPTION) and e["type"] != ARGUMENTS]
    stage = Stage(path)
    for expected in recorded:
        assert stage.sent_because_of(expected) == shape(expected)


@pytest.mark.parametrize("path", SESSIONS, ids=[path.stem for path in SESSIONS])
def test_transcripts_come_in_the_services_form(path: Path) -> None:
    session = ServerSession()
    session.receive({"type": "session.update", "session": TRANSCRIBED})
    for event in server_events(path):
        match event["type"].removeprefix(TRANSCRIPTION):
            case "delta":
                sent = session.transcript_delta(event["item_id"], event["delta"])
            case "completed":
                sent = session.transcript_done(event["item_id"], event["transcript"])
            case "failed":
                sent = session.transcript_failed(event["item_id"])
            case "conversation.item.added" if event["item"].get("role") == "user":
                item = {**event["item"], "content": []}
                session.receive({"type": "conversation.item.create", "item": item})
                session.conversation.find(item["id"]).wire["content"] = event["item"]["content"]
                continue
            case _:
                continue
        assert [list(each) for each in sent] == [[key for key in event if key != "obfuscation"]]


TRANSCRIBED = {"type": "realtime", "audio": {"input": {"transcription": {"model": "gpt-realtime-whisper"}}}}


class Stage:
    """Gives the rules whatever made the service send the next event."""

    def __init__(self, path: Path) -> None:
        records = [json.loads(line) for line in path.read_text().splitlines()]
        self.recorded = list(server_events(path))
        self.client = deque(record["event"] for record in records if record["dir"] == "client")
        self.ids = ids(self.recorded)
        self.session = ServerSession(new_id=self.new_id)
        self.sent: deque[Event] = deque()

    def new_id(self, prefix: str) -> str:
        return next(self.ids.get(prefix, iter(())), f"{prefix}_1")

    def sent_because_of(self, expected: Event) -> Any:
        if self.sent and self.sent[0]["type"] == "rate_limits.updated" != expected["type"]:
            self.sent.popleft()  # the recorder stopped reading before it came
        while not self.sent:
            self.sent += [event for event in self.cause(expected) if event["type"] != ARGUMENTS]
        return shape(self.sent.popleft())

    def cause(self, expected: Event) -> list[Event]:
        match expected:
            case {"type": "session.created"}:
                return self.session.opened()
            case {"type": "input_audio_buffer.speech_started", "audio_start_ms": ms}:
                self.hear_until(ms)
                return self.session.speech_started(from_ms(ms + 300))
            case {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": ms}:
                self.hear_until(ms)
                return self.session.speech_stopped(from_ms(ms - 500))
            case {"type": "input_audio_buffer.timeout_triggered", "audio_end_ms": end}:
                self.hear_until(end)
                return self.session.idle_timed_out()
            case {"type": "response.output_item.added" | "response.content_part.added"}:
                return self.say(expected)
            case {"type": "error"}:
                # The service checks an event's form when it arrives, while those before it are still being worked on.
                malformed = next(event for event in self.client if not is_well_formed(event))
                self.client.remove(malformed)
                return self.session.receive(malformed)
            case {"type": kind, "response_id": response_id} if kind in FIRST_DONE:
                return self.session.finish(response_id)
            case {"type": kind, "response_id": _} if kind.endswith(".delta"):
                return self.say(expected)
        return self.session.receive(self.client.popleft())

    def hear_until(self, ms: int) -> None:
        missing = from_ms(ms) - self.session.input.end  # the recorder cut the sound that was appended
        self.session.input.append(np.zeros(max(0, missing), np.int16))

    def say(self, expected: Event) -> list[Event]:
        match expected:
            case {"type": "response.output_item.added", "item": {"type": "function_call", "id": item_id, "name": name}}:
                arguments = next(
                    event["arguments"] for event in self.recorded
                    if event["type"] == "response.function_call_arguments.done" and event["item_id"] == item_id
                )
                return self.output(expected, Call(name, arguments))
            case {"type": "response.output_item.added", "item": item}:
                return self.output(expected, Message(item.get("phase")))
            case {"type": "response.output_audio.delta"}:
                return self.output(expected, Audio(np.zeros(16, np.int16)))
            case {"delta": delta}:
                return self.output(expected, Text(delta))
        # The content part begins with its first delta, which is the next event about the item.
        behind = self.recorded[self.recorded.index(expected) + 1 :]
        return self.say(next(event for event in behind if event.get("item_id") == expected["item_id"]))

    def output(self, expected: Event, output: Output) -> list[Event]:
        return self.session.output(expected["response_id"], output)


def is_well_formed(event: Event) -> bool:
    try:
        check(event)
    except Refusal:
        return False
    return True


def ids(recorded: list[Event]) -> dict[str, Iterator[str]]:
    """The service's own ids, in the order in which it made them; those that the client gave are not among them."""
    found: dict[str, dict[str, None]] = {"item": {}, "resp": {}, "conv": {}, "call": {}}
    for event in recorded:
        item, response = event.get("item", {}), event.get("response", {})
        of_response = (response.get("id"), response.get("conversation_id"))
        for name in (event.get("item_id"), item.get("id"), item.get("call_id"), *of_response):
            if name and name.partition("_")[0] in found:
                found[name.partition("_")[0]][name] = None
    return {prefix: iter(names) for prefix, names in found.items()}


def shape(event: Event) -> Any:
    """An event without what differs from server to server: sound, tokens, limits, the words of the default session."""
    event = {key: value for key, value in event.items() if key not in ("event_id", "obfuscation")}
    match event:
        case {"type": "session.created" | "session.updated", "session": session}:
            return {**event, "session": keys({**session, "tools": []})}
        case {"type": "response.created" | "response.done", "response": response}:
            voice = {"audio": keys(response["audio"]), "usage": keys(response["usage"])}
            return {**event, "response": {**response, **voice}}
        case {"type": "response.content_part.added" | "response.content_part.done"}:
            event.pop("content", None)  # Azure's copy of `part`
        case {"type": "input_audio_buffer.timeout_triggered"}:
            return {**event, "audio_start_ms": "when the reply was over, whose sound the recorder cut"}
        case {"type": "response.output_audio.delta"}:
            return {**event, "delta": "sound"}
        case {"type": "rate_limits.updated", "rate_limits": limits}:
            return {**event, "rate_limits": [sorted(limit) for limit in limits]}
    return event


def keys(value: Any) -> Any:
    if not isinstance(value, dict):
        return None if value is None else "something"
    return {key: keys(each) for key, each in value.items() if key != "reasoning_tokens"}
