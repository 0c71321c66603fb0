"""Whatever a client sends, the rules answer with events: they never raise, and the session lives."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings, strategies as st

from realtime_sdk.server._client_events import CLIENT_EVENTS

from .helpers import append, kinds, new_session, refusal, spoken_item, truncate, update, user_message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)

at_any_speed = settings(deadline=None)

VALID: list[dict[str, Any]] = [
    update(
        instructions="Be brief.", tools=[{"type": "function", "name": "f", "parameters": {}}], tool_choice="auto",
        audio={"input": {"turn_detection": {"type": "server_vad", "threshold": 0.4}}, "output": {"voice": "marin"}},
    ),
    user_message("Hello.", id="mine"),
    {"type": "conversation.item.create", "item": {"type": "function_call", "name": "f", "arguments": "{}"}},
    truncate("item_1", 500),
    {"type": "conversation.item.delete", "item_id": "item_1"},
    {"type": "response.create", "response": {"conversation": "none", "metadata": {"a": "b"}, "input": [
        {"type": "item_reference", "id": "item_1"}, user_message("And?")["item"],
    ]}},
    {"type": "response.cancel", "response_id": "resp_1"},
    append(0.01),
    {"type": "input_audio_buffer.commit", "event_id": "e"},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, inner in inside for each in ((*path, key), *places(inner, (*path, key)))]


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A valid event in which one thing was taken away, replaced or added."""
    event: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(VALID)))
    *way, last = draw(st.sampled_from(places(event)))
    here: Any = event
    for step in way:
        here = here[step]
    match draw(st.sampled_from(["remove", "replace", "add"])):
        case "remove":
            del here[last]
        case "replace":
            here[last] = draw(JSON)
        case "add" if isinstance(here, dict):
            here[draw(st.text(max_size=5))] = draw(JSON)
    return event


@at_any_speed
@given(st.lists(spoilt(), max_size=5))
def test_events_with_spoilt_fields_do_not_stop_a_session(events: list[dict[str, Any]]) -> None:
    session = new_session()
    spoken_item(session)
    for event in events:
        for answer in session.receive(json.dumps(event)):
            json.dumps(answer, allow_nan=False)
    assert kinds(session.receive(user_message("Still there?")))[-1] == "conversation.item.done"


@at_any_speed
@given(st.sampled_from(sorted(CLIENT_EVENTS)), st.dictionaries(st.text(max_size=10), JSON, max_size=4))
def test_arbitrary_fields_are_answered_in_valid_json(kind: str, fields: dict[str, Any]) -> None:
    for answer in new_session().receive(json.dumps({**fields, "type": kind})):
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


@at_any_speed
@given(st.text() | st.binary())
def test_arbitrary_frames_are_refused(frame: str | bytes) -> None:
    assert kinds(new_session().receive(frame)) == ["error"]


def test_a_value_that_reads_like_pydantics_own_words() -> None:
    event = update(tool_choice="dict[str,any] literal['auto','none','required']")
    assert kinds(new_session().receive(event)) == ["error"]


def test_numbers_that_json_can_not_hold() -> None:
    for number in (float("nan"), float("inf"), -float("inf")):
        frame = json.dumps(update(tracing={"x": number}))
        assert refusal(new_session().receive(frame))["code"] == "invalid_json"
