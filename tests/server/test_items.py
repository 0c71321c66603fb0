"""The conversation's items: added, retrieved, deleted, truncated, and refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio._pcm import Pcm, to_ms
from realtime_sdk.server._backend import Audio, Call, Message, Text
from realtime_sdk.server._rules import ServerSession

from ..instruction_counter import InstructionCounter
from .helpers import kinds, new_session, refusal, respond, speak, spoken_item, truncate, user_message


def order(session: ServerSession) -> list[str]:
    return [item.id for item in session.conversation]


def delete(item_id: str) -> dict[str, Any]:
    return {"type": "conversation.item.delete", "item_id": item_id}


def test_an_item_is_added_and_done_at_once() -> None:
    session = new_session()
    first, second = session.receive(user_message("Hello."))
    assert [first["type"], second["type"]] == ["conversation.item.added", "conversation.item.done"]
    assert first["previous_item_id"] is second["previous_item_id"] is None
    assert first["item"] == second["item"] == {
        "id": "item_1", "type": "message", "status": "completed", "role": "user",
        "content": [{"type": "input_text", "text": "Hello."}],
    }
    third, _ = session.receive(user_message("Again."))
    assert third["previous_item_id"] == "item_1"


def test_an_item_keeps_the_id_and_phase_that_the_client_gave() -> None:
    content = [{"type": "output_text", "text": "I'll look."}]
    item = {"id": "mine", "type": "message", "role": "assistant", "content": content, "phase": "commentary"}
    added, _ = new_session().receive({"type": "conversation.item.create", "item": item})
    assert added["item"] == {**item, "status": "completed"}


def test_audio_in_an_item_is_kept_by_its_length() -> None:
    session = new_session()
    part = {"type": "input_audio", "audio": "AAAA" * 8000}
    added, _ = session.receive(user_message("", content=[part]))
    assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    assert session.conversation.find("item_1").seconds == 0.5


def test_an_item_is_inserted_after_its_previous_item_id_or_first() -> None:
    session = new_session()
    for name in "ab":
        session.receive(user_message(name, id=name))
    added, _ = session.receive(user_message("c", id="c") | {"previous_item_id": "a"})
    assert added["previous_item_id"] == "a"
    added, _ = session.receive(user_message("d", id="d") | {"previous_item_id": "root"})
    assert added["previous_item_id"] is None
    assert order(session) == ["d", "a", "c", "b"]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_items_are_in_the_order_of_a_list_whatever_is_inserted_and_deleted(steps: list[tuple[bool, int, int]]) -> None:
    session = new_session()
    expected: list[str] = []
    for deletes, index, place in steps:
        name = f"item_{index}"
        if deletes and name in expected:
            session.receive(delete(name))
            expected.remove(name)
        elif not deletes and name not in expected:
            place = min(place, len(expected))
            after = expected[place - 1] if place else "root"
            added, done = session.receive(user_message("", id=name) | {"previous_item_id": after})
            assert added["previous_item_id"] == done["previous_item_id"] == (after if place else None)
            expected.insert(place, name)
        assert order(session) == expected
        assert session.conversation.last() == (expected[-1] if expected else None)
        assert len(session.conversation) == len(expected)


def test_an_id_is_used_once() -> None:
    session = new_session()
    session.receive(user_message("a", id="a"))
    error = refusal(session.receive(user_message("b", id="a")))
    assert (error["code"], error["param"]) == ("invalid_value", "item.id")
    assert order(session) == ["a"]


def test_an_unknown_predecessor_is_refused() -> None:
    session = new_session()
    error = refusal(session.receive(user_message("a") | {"previous_item_id": "unknown"}))
    assert (error["code"], error["param"]) == ("item_not_found", "previous_item_id")
    assert order(session) == []


def test_an_output_is_accepted_for_a_call_that_was_made_and_for_no_other() -> None:
    session = new_session()
    response_id = respond(session)
    session.output(response_id, Call("get_time", "{}"))
    item = {"type": "function_call_output", "call_id": "call_1", "output": "noon"}
    added, _ = session.receive({"type": "conversation.item.create", "item": item})
    assert added["item"] == {"id": "item_2", **item}
    error = refusal(session.receive({"type": "conversation.item.create", "item": {**item, "call_id": "call_2"}}))
    assert (error["code"], error["param"]) == ("invalid_tool_call_id", "item.call_id")


def call_cost(calls: int) -> float:
    """Instructions of the server for each of a number of calls of one response, and its output."""
    session = new_session()
    counter = InstructionCounter("server")
    counter.start()
    response_id = respond(session)
    for _ in range(calls):
        session.output(response_id, Call("get_time", "{}"))
    session.finish(response_id)
    for number in range(1, calls + 1):
        item = {"type": "function_call_output", "call_id": f"call_{number}", "output": "noon"}
        session.receive({"type": "conversation.item.create", "item": item})
    counter.stop()
    return counter.counts.total() / calls


def test_each_of_many_calls_costs_as_much_as_each_of_few() -> None:
    assert call_cost(200) < 1.05 * call_cost(20)


def test_an_item_can_be_retrieved_and_deleted() -> None:
    session = new_session()
    added, _ = session.receive(user_message("Hello."))
    [retrieved] = session.receive({"type": "conversation.item.retrieve", "item_id": "item_1"})
    assert (retrieved["type"], retrieved["item"]) == ("conversation.item.retrieved", added["item"])
    [deleted] = session.receive(delete("item_1"))
    assert (deleted["type"], deleted["item_id"]) == ("conversation.item.deleted", "item_1")
    assert order(session) == []
    added, _ = session.receive(user_message("Again."))
    assert added["previous_item_id"] is None


@pytest.mark.parametrize("word", ["retrieving", "deleting", "truncating"])
def test_an_unknown_item_is_refused(word: str) -> None:
    kind = word.removesuffix("ing") + "e"
    event = truncate("gone", 0) if kind == "truncate" else {"item_id": "gone"}
    error = refusal(new_session().receive({**event, "type": f"conversation.item.{kind}", "event_id": "mine"}))
    assert error == {
        "type": "invalid_request_error", "code": f"item_{kind}_invalid_item_id", "param": "item_id",
        "message": f"Error {word} item: the item with id 'gone' does not exist.", "event_id": "mine",
    }


# Truncation


def test_truncating_cuts_the_audio_and_deletes_the_transcript() -> None:
    session = new_session()
    item_id = spoken_item(session, "One two three.", seconds=3.0)
    [truncated] = session.receive(truncate(item_id, 1234))
    assert {key: truncated[key] for key in truncated if key != "event_id"} == {
        "type": "conversation.item.truncated", "item_id": item_id, "content_index": 0, "audio_end_ms": 1234,
    }
    item = session.conversation.find(item_id)
    assert (item.seconds, item.text) == (1.234, "")


def test_truncating_at_the_end_or_at_the_beginning_is_legal() -> None:
    session = new_session()
    item_id = spoken_item(session, seconds=1.0)
    assert kinds(session.receive(truncate(item_id, 1000))) == ["conversation.item.truncated"]
    assert kinds(session.receive(truncate(item_id, 0))) == ["conversation.item.truncated"]
    assert kinds(session.receive(truncate(item_id, 0))) == ["conversation.item.truncated"]
    assert session.conversation.find(item_id).frames == 0


def test_truncating_past_the_end_is_an_error_and_a_clamped_truncation() -> None:
    session = new_session()
    item_id = spoken_item(session, seconds=2.65)
    error, truncated = session.receive(truncate(item_id, 9100, event_id="mine"))
    assert error["error"] == {
        "type": "invalid_request_error", "code": "invalid_value", "param": None, "event_id": None,
        "message": "Audio content of 2650ms is already shorter than 9100ms",
    }
    assert (truncated["type"], truncated["audio_end_ms"]) == ("conversation.item.truncated", 2650)
    assert session.conversation.find(item_id).text == ""


@settings(deadline=None)
@given(frames=st.integers(1, 5000), over=st.integers(0, 3))
def test_the_end_is_the_whole_milliseconds_that_were_received(frames: int, over: int) -> None:
    session = new_session()
    response_id = respond(session)
    session.output(response_id, Audio(speakable(frames)))
    answer = session.receive(truncate("item_1", to_ms(frames) + over))
    assert kinds(answer)[-1] == "conversation.item.truncated"
    assert answer[-1]["audio_end_ms"] == to_ms(frames)
    assert (len(answer) == 1) == (over == 0)


def speakable(frames: int) -> Pcm:
    return np.ones(frames, np.int16)


def test_audio_counts_from_the_moment_it_is_sent() -> None:
    session = new_session()
    response_id = respond(session)
    speak(session, response_id, "Hello.", seconds=0.5)
    assert kinds(session.receive(truncate("item_1", 500))) == ["conversation.item.truncated"]
    session.output(response_id, Audio(speakable(2400)))
    assert kinds(session.receive(truncate("item_1", 601)))[0] == "error"


def test_only_audio_of_the_model_can_be_truncated() -> None:
    session = new_session(output_modalities=["text"])
    session.receive(user_message("Hello.", id="of_user"))
    content = [{"type": "output_text", "text": "Hello."}]
    restored = {"id": "restored", "type": "message", "role": "assistant", "content": content}
    session.receive({"type": "conversation.item.create", "item": restored})
    response_id = respond(session)
    session.output(response_id, Message())
    session.output(response_id, Text("written"))
    session.output(response_id, Call("get_time", "{}"))
    for item_id in ("of_user", "restored", "item_1", "item_2"):
        error = refusal(session.receive(truncate(item_id, 0, event_id="mine")))
        assert (error["code"], error["event_id"]) == ("unsupported_content_type", "mine")
        assert error["message"] == "Only model output audio messages can be truncated"


def test_an_item_without_audio_yet_can_not_be_truncated() -> None:
    session = new_session()
    response_id = respond(session)
    session.output(response_id, Message())
    assert refusal(session.receive(truncate("item_1", 0)))["code"] == "unsupported_content_type"
    session.output(response_id, Text("Hello."))
    assert refusal(session.receive(truncate("item_1", 0)))["code"] == "unsupported_content_type"
    session.output(response_id, Audio(speakable(1)))
    assert kinds(session.receive(truncate("item_1", 0))) == ["conversation.item.truncated"]


def test_a_content_part_that_is_not_there() -> None:
    session = new_session()
    error = refusal(session.receive(truncate(spoken_item(session), 0, content_index=1)))
    assert (error["code"], error["param"]) == ("invalid_value", "content_index")
