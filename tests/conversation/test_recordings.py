"""Recorded sessions give the objects that their own `response.done` events state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from realtime_sdk.conversation._response import Response
from realtime_sdk.conversation._sdk_events import CaptionShown
from realtime_sdk.conversation.items._items import FunctionCallItem
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.conversation.usage._usage import Usage
from realtime_sdk.protocol import UnknownEvent, WireUsage, parse
from realtime_sdk.protocol._codec import ProtocolViolation

from ..fixtures.make_recordings import TALKS
from ..shared import FIXTURES, recordings, server_events, shipped
from .wire import Wire


def caption_times(path: Path) -> list[dict[str, Any]]:
    """The deltas of a session that say when their words begin in the audio."""
    return [event for event in server_events(path) if "start_time" in event and event["type"].endswith("delta")]


WITH_TIMES = [path for path in recordings("compat") if caption_times(path)]


def text_of(item: dict[str, Any]) -> str:
    return "".join(part.get("transcript") or part.get("text") or "" for part in item.get("content", []))


def replayed(path: Path) -> tuple[Wire, list[dict[str, Any]]]:
    """An engine that has taken a whole session, all its audio played, and the responses as the server stated them."""
    wire, stated = Wire(), []
    for event in server_events(path):
        wire.apply(wire.engine.receive(parse(json.dumps(event)), wire.at))
        if event["type"] == "response.done":
            stated.append(event["response"])
        wire.play(20)
    wire.play_out()
    return wire, stated


def compare(response: Response, stated: dict[str, Any]) -> None:
    assert response.status == stated["status"]
    assert response.usage == Usage.of(WireUsage.model_validate(stated["usage"] or {}))
    assert [(item.id, item.type) for item in response.items] == [(i["id"], i["type"]) for i in stated["output"]]
    for item, expected in zip(response.items, stated["output"], strict=True):
        if isinstance(item, LiveMessage):
            assert item.phase == expected.get("phase")
            assert item.transcript == text_of(expected)
            assert item.finished
            assert item.heard == item.transcript
        elif isinstance(item, FunctionCallItem):
            call = {"name": item.name, "call_id": item.call_id, "arguments": item.arguments}
            assert expected | call == expected


@pytest.mark.parametrize("path", [FIXTURES / f"{name}.jsonl" for name in TALKS], ids=lambda path: path.stem)
def test_a_recording_of_our_server_yields_the_objects_of_its_responses(path: Path) -> None:
    wire, stated = replayed(path)
    responses = {response.id: response for response in wire.engine.responses.values}
    assert stated
    assert wire.emitted(ProtocolViolation) == []
    for outcome in stated:
        compare(responses[outcome["id"]], outcome)


@pytest.mark.parametrize("path", recordings("sessions"), ids=lambda path: path.stem)
def test_a_recorded_session_yields_the_objects_of_its_responses(path: Path) -> None:
    wire, stated = replayed(path)
    responses = {response.id: response for response in wire.engine.responses.values}
    assert wire.emitted(ProtocolViolation) == []
    for outcome in stated:
        compare(responses[outcome["id"]], outcome)


@pytest.mark.parametrize("path", recordings("sessions"), ids=lambda path: path.stem)
def test_no_event_of_a_session_is_unknown(path: Path) -> None:
    assert [event["type"] for event in server_events(path) if isinstance(parse(json.dumps(event)), UnknownEvent)] == []


@pytest.mark.parametrize("path", recordings("compat", "beta"), ids=lambda path: path.stem)
def test_other_servers_yield_the_same_objects(path: Path) -> None:
    wire, stated = replayed(path)
    responses = {response.id: response for response in wire.engine.responses.values}
    for outcome in stated:
        response = responses[outcome["id"]]
        assert [(item.id, item.type) for item in response.items] == [(i["id"], i["type"]) for i in outcome["output"]]
        assert all(item.finished for item in response.items if isinstance(item, LiveMessage))


def test_what_the_user_said_is_in_the_conversation() -> None:
    [path] = [path for path in shipped("sessions") if path.stem == "openai_spoken_question"]
    wire, _ = replayed(path)
    completed = [e for e in server_events(path) if e["type"].endswith("input_audio_transcription.completed")]
    for event in completed:
        item = wire.engine.conversation[event["item_id"]]
        assert isinstance(item, LiveMessage)
        assert item.transcript == event["transcript"]
    assert completed


def test_the_order_is_that_of_the_servers_links() -> None:
    for path in recordings("sessions"):
        wire, _ = replayed(path)
        order = [item.id for item in wire.engine.conversation]
        for event in server_events(path):
            if event["type"] == "conversation.item.added" and event.get("previous_item_id") in order:
                assert order.index(event["previous_item_id"]) < order.index(event["item"]["id"])


@pytest.mark.parametrize("path", WITH_TIMES, ids=lambda path: path.stem)
def test_captions_begin_when_the_provider_says(path: Path) -> None:
    wire, _ = replayed(path)
    captions = [event for event in wire.emitted(CaptionShown) if not event.caption.estimated]
    exact = [(event.item.id, event.caption.start) for event in captions]
    assert exact == [(delta["item_id"], delta["start_time"]) for delta in caption_times(path)]


def test_times_in_milliseconds_are_those_of_the_captions() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    ids = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
    for word, start, end in (("Hello", 120, 480), (" there.", 700, 1150.5)):
        wire.receive("response.output_audio_transcript.delta", **ids, delta=word, start_ms=start, end_ms=end)
    wire.audio("item_1", 2000)
    wire.done()
    wire.play_out()
    captions = [event.caption for event in wire.emitted(CaptionShown)]
    assert [(caption.start, caption.end) for caption in captions] == [(0.12, 0.48), (0.7, 1.1505)]
    assert not any(caption.estimated for caption in captions)


def test_a_time_that_is_null_is_absent() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    ids = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
    times: tuple[Any, ...] = ("soon", None, [], 1e400)
    for start in times:
        fields = {"start_time": start, "start_ms": start, "end_ms": start}
        wire.receive("response.output_audio_transcript.delta", **ids, delta=" word", **fields)
    wire.audio("item_1", 2000)
    wire.done()
    wire.play_out()
    assert message.heard == " word word word word"
    assert all(event.caption.estimated for event in wire.emitted(CaptionShown))
