"""Any events of a server, in any order: nothing raises, nothing hangs, no captions but the transcript's."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from realtime_sdk.conversation._sdk_events import CaptionShown, PlayoutFinished, PlayoutStarted
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.protocol import parse

from ..effort import tries
from ..fixtures.make_recordings import TALKS
from ..shared import FIXTURES, server_events
from .test_streams import read
from .wire import Wire

SOUND = "AAEAAgADAAQABQAGAAcACAAJAAoACwAMAA0ADgAPABAAEQASABMAFAAVABYAFwAYABkAGgAbABwAHQAeAB8A"


def lean(event: dict[str, Any]) -> dict[str, Any]:
    """The event with little audio in it: a run has to be quick."""
    return event | {"delta": SOUND} if event["type"] == "response.output_audio.delta" else event


TALK_EVENTS = {name: [lean(event) for event in server_events(FIXTURES / f"{name}.jsonl")] for name in TALKS}

TEXT_DELTAS = ("response.output_audio_transcript.delta", "response.output_text.delta")

odd_values = st.sampled_from([None, 0, -1, 3.5, "", "item_2", "text", True, [], {}, [None], {"id": None}])


@st.composite
def mutated(draw: st.DrawFn, event: dict[str, Any]) -> dict[str, Any]:
    """An event with one field of it, at any depth, dropped or given an odd value."""
    event = copy.deepcopy(event)
    target: Any = event
    while True:
        key = draw(st.sampled_from(sorted(target)))
        value = target[key]
        if isinstance(value, dict) and value and draw(st.booleans()):
            target = value
            continue
        if draw(st.booleans()):
            del target[key]
        else:
            target[key] = draw(odd_values)
        return event


@st.composite
def disordered(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A recorded session whose events are lost, repeated, delayed and mutated here and there."""
    events = list(TALK_EVENTS[draw(st.sampled_from(sorted(TALKS)))])
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(events) - 1))
        match draw(st.sampled_from(["drop", "repeat", "delay", "mutate"])):
            case "drop" if len(events) > 1:
                del events[at]
            case "repeat":
                events.insert(draw(st.integers(at, len(events))), events[at])
            case "delay":
                events.insert(draw(st.integers(at, len(events) - 1)), events.pop(at))
            case "mutate" if events[at]:
                events[at] = draw(mutated(events[at]))
    return events


@pytest.mark.slow
@settings(max_examples=tries(150), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(events=disordered(), cuts=st.sets(st.integers(0, 80), max_size=3), played=st.integers(0, 30))
def test_no_event_raises_and_every_playout_finishes(
    events: list[dict[str, Any]], cuts: set[int], played: int
) -> None:
    wire = Wire()
    for n, event in enumerate(events):
        wire.apply(wire.engine.receive(parse(json.dumps(event)), wire.at))
        wire.play(played)
        if n in cuts:
            wire.interrupt()
    responses = wire.engine.responses.values
    deltas = {item: item.deltas() for response in responses for item in response.messages}
    wire.disconnect()
    wire.play_out()
    wire.leave()
    assert not any(response.running for response in responses)
    for item, read_from in deltas.items():
        check(wire, item, "".join(read(read_from)), written(events, item.id))


@pytest.mark.slow
@settings(max_examples=tries(40), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(events=disordered(), cut=st.integers(0, 80), played=st.sampled_from([0, 10, 30]))
def test_a_step_leaves_nothing_new_of_any_message(events: list[dict[str, Any]], cut: int, played: int) -> None:
    wire = Wire(captions=False)
    for n, event in enumerate(events):
        wire.apply(wire.engine.receive(parse(json.dumps(event)), wire.at))
        wire.play(played)
        if n == cut:
            wire.interrupt()
        wire.advance()
        assert not [message for message in wire.engine._registry.messages if message.advance(wire.at)]


def written(events: list[dict[str, Any]], item_id: str) -> str:
    """The text of an item as the server wrote it piece by piece."""
    deltas = [event for event in events if event.get("item_id") == item_id and event.get("type") in TEXT_DELTAS]
    return "".join(str(event.get("delta")) for event in deltas)


def check(wire: Wire, item: LiveMessage, deltas: str, text: str) -> None:
    """One item's story holds together; `deltas`: as they were read; `text`: as the server wrote them."""
    playout = wire.playout(item)
    captions = [event.caption for event in wire.emitted(CaptionShown) if event.item is item]
    assert "".join(caption.text for caption in captions) == item.heard == playout.transcript
    # A server may contradict in the end what it wrote piece by piece; what was shown by then stays as it was.
    consistent = item.transcript == deltas and (playout.interrupted or item.transcript == text)
    assert item.transcript.startswith(item.heard) or not consistent
    assert [caption.index for caption in captions] == list(range(len(captions)))
    assert 0 <= playout.position <= playout.duration
    assert (playout.position > 0) == (playout.started_at is not None)
    assert len([event for event in wire.emitted(PlayoutFinished) if event.item is item]) == 1
    assert len([event for event in wire.emitted(PlayoutStarted) if event.item is item]) == (playout.position > 0)
    if not playout.interrupted:
        assert playout.position == playout.duration or not item.played_locally
        assert item.heard == item.transcript or not consistent
