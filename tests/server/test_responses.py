"""A response on the wire: its events in the service's order, for any backend and any ending."""

from __future__ import annotations

import numpy as np

from realtime_sdk.server._actions import Respond, Stop
from realtime_sdk.server._backend import Audio, Call, Message, Text
from realtime_sdk.server._ids import CountedIds
from realtime_sdk.server._items import Event
from realtime_sdk.server._response import Status
from realtime_sdk.server._rules import ServerSession

from .helpers import kinds, new_session, refusal, respond, speak, user_message


def brief(events: list[Event]) -> list[str]:
    """Types and the items they are about: `output_item.done 1`."""
    short = [event["type"].removeprefix("response.").removeprefix("conversation.") for event in events]
    items = [event.get("item_id") or event.get("item", {}).get("id") or "" for event in events]
    return [f"{kind} {item.removeprefix('item_')}".strip() for kind, item in zip(short, items, strict=True)]


MESSAGE_DONE = [
    "output_audio.done", "output_audio_transcript.done", "content_part.done", "item.done", "output_item.done",
]


def of(item: int, kinds: list[str]) -> list[str]:
    return [f"{kind} {item}" for kind in kinds]


def test_a_message_from_first_to_last() -> None:
    session = new_session()
    session.receive(user_message("What time is it?"))
    response_id = respond(session, metadata={"turn": "7"})
    assert session.take_actions() == [Respond(response_id)]
    events = speak(session, response_id, "It is noon.", seconds=0.1, phase="final_answer")
    events += session.finish(response_id)
    assert brief(events) == [
        "output_item.added 2", "item.added 2", "content_part.added 2",
        "output_audio_transcript.delta 2", "output_audio.delta 2",
        *of(2, MESSAGE_DONE),
        "done", "rate_limits.updated",
    ]
    assert session.take_actions() == [Stop(response_id)]
    response = events[-2]["response"]
    assert (response["status"], response["status_details"]) == ("completed", None)
    assert response["metadata"] == {"turn": "7"}
    assert response["conversation_id"] == "conv_1"
    assert response["output"] == [{
        "id": "item_2", "type": "message", "status": "completed", "role": "assistant",
        "content": [{"type": "output_audio", "transcript": "It is noon."}], "phase": "final_answer",
    }]


def test_the_phase_is_in_all_five_places_or_in_none() -> None:
    for phase in ("commentary", None):
        session = new_session()
        response_id = respond(session)
        events = [*speak(session, response_id, "Well.", 0.1, phase), *session.finish(response_id)]
        items = [event["item"] for event in events if "item" in event]
        items += next(event for event in events if event["type"] == "response.done")["response"]["output"]
        assert len(items) == 5
        assert [item.get("phase", "absent") for item in items] == [phase or "absent"] * 5


def test_items_are_done_together_at_the_end() -> None:
    session = new_session()
    response_id = respond(session)
    events = speak(session, response_id, "I'll check.", 0.1, "commentary")
    events += session.output(response_id, Call("get_time", '{"zone": "Europe/Berlin"}'))
    events += speak(session, response_id, "It is noon.", 0.1, "final_answer")
    events += session.finish(response_id)
    begun = ["output_item.added", "item.added"]
    said = [*begun, "content_part.added", "output_audio_transcript.delta", "output_audio.delta"]
    called = [*begun, *["function_call_arguments.delta"] * 3]
    call_done = ["function_call_arguments.done", "item.done", "output_item.done"]
    assert brief(events) == [
        *of(1, said), *of(2, called), *of(3, said),
        *of(1, MESSAGE_DONE), *of(2, call_done), *of(3, MESSAGE_DONE),
        "done", "rate_limits.updated",
    ]
    assert [event["output_index"] for event in events if event["type"] == "response.output_item.done"] == [0, 1, 2]


def test_done_events_come_per_item_if_the_server_is_configured_so() -> None:
    session = ServerSession(new_id=CountedIds(), done_per_item=True)
    response_id = respond(session)
    events = speak(session, response_id, "One.", 0.1) + speak(session, response_id, "Two.", 0.1)
    events += session.finish(response_id)
    order = brief(events)
    assert order.index("output_item.done 1") < order.index("output_item.added 2")
    assert order.count("output_item.done 1") == order.count("output_item.done 2") == 1


def test_a_function_call_in_pieces_and_whole() -> None:
    session = new_session()
    response_id = respond(session)
    arguments = '{"city": "Ulm", "days": 3}'
    added, _, *deltas = session.output(response_id, Call("forecast", arguments))
    assert added["item"] == {
        "id": "item_1", "type": "function_call", "status": "in_progress", "name": "forecast", "call_id": "call_1",
        "arguments": "",
    }
    assert "".join(delta["delta"] for delta in deltas) == arguments
    assert all(delta["call_id"] == "call_1" for delta in deltas)
    whole, *_ = session.finish(response_id)
    assert (whole["name"], whole["call_id"], whole["arguments"]) == ("forecast", "call_1", arguments)


def test_the_predecessor_is_null_in_done_where_it_is_the_first_item() -> None:
    session = new_session()
    session.receive(user_message("Hello."))
    response_id = respond(session)
    events = speak(session, response_id, "One.", 0.1) + speak(session, response_id, "Two.", 0.1)
    events += session.finish(response_id)
    added = [event["previous_item_id"] for event in events if event["type"] == "conversation.item.added"]
    finished = [event["previous_item_id"] for event in events if event["type"] == "conversation.item.done"]
    assert (added, finished) == (["item_1", "item_2"], [None, "item_2"])


def test_a_response_in_text_has_no_audio() -> None:
    session = new_session(output_modalities=["text"])
    response_id = respond(session)
    events = speak(session, response_id, "Hello.", 0.1) + session.finish(response_id)
    assert brief(events)[2:7] == [
        "content_part.added 1", "output_text.delta 1", "output_text.done 1", "content_part.done 1", "item.done 1",
    ]
    assert events[-2]["response"]["output"][0]["content"] == [{"type": "output_text", "text": "Hello."}]
    assert events[-2]["response"]["output_modalities"] == ["text"]


def test_an_item_that_says_nothing_has_no_content() -> None:
    session = new_session()
    response_id = respond(session)
    events = session.output(response_id, Message()) + session.finish(response_id)
    assert brief(events) == [
        "output_item.added 1", "item.added 1", "item.done 1", "output_item.done 1", "done", "rate_limits.updated",
    ]
    assert events[-2]["response"]["output"][0]["content"] == []


def test_a_backend_that_begins_without_a_message_gets_one() -> None:
    session = new_session()
    response_id = respond(session)
    assert brief(session.output(response_id, Text("Hello.")))[0] == "output_item.added 1"
    session.output(response_id, Call("wave", "{}"))
    assert brief(session.output(response_id, Audio(np.ones(10, np.int16))))[0] == "output_item.added 3"


def test_audio_deltas_are_the_bytes_of_the_samples() -> None:
    session = new_session()
    [*_, delta] = session.output(respond(session), Audio(np.array([1, -2, 300], np.int16)))
    assert delta["delta"] == "AQD+/ywB"


# One at a time


def test_a_second_response_is_refused() -> None:
    session = new_session()
    response_id = respond(session)
    error = refusal(session.receive({"type": "response.create", "event_id": "mine"}))
    assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "mine")
    assert error["message"] == (
        f"Conversation already has an active response in progress: {response_id}. "
        "Wait until the response is finished before creating a new one."
    )
    session.finish(response_id)
    assert respond(session) != response_id


def test_responses_out_of_band_run_beside_it_and_leave_no_trace() -> None:
    session = new_session()
    main, aside, other = respond(session), respond(session, conversation="none"), respond(session, conversation="none")
    events = speak(session, aside, "A summary.", 0.1) + session.finish(aside)
    assert "item.added 1" not in brief(events) and "item.done 1" not in brief(events)
    assert events[-2]["response"]["conversation_id"] is None
    assert list(session.conversation) == []
    assert set(session.responses) == {main, other}


def test_a_response_reads_what_it_was_given() -> None:
    session = new_session(instructions="Be brief.")
    session.receive(user_message("Hello.", id="mine"))
    session.receive(user_message("Not this."))
    given = [{"type": "item_reference", "id": "mine"}, user_message("And this.")["item"]]
    asked = {"input": given, "instructions": "Summarise.", "output_modalities": ["text"]}
    response_id = respond(session, conversation="none", **asked)
    request = session.request(response_id)
    assert [item["content"][0]["text"] for item in request.items] == ["Hello.", "And this."]
    assert (request.instructions, request.audio) == ("Summarise.", False)
    assert len(session.conversation) == 2


def test_a_reference_to_an_item_that_is_gone() -> None:
    session = new_session()
    event = {"type": "response.create", "response": {"input": [{"type": "item_reference", "id": "gone"}]}}
    assert refusal(session.receive(event))["code"] == "item_retrieve_invalid_item_id"
    assert session.responses == {}


def test_a_request_is_the_conversation_and_the_settings() -> None:
    tool = {"type": "function", "name": "get_time"}
    session = new_session(instructions="Be brief.", tools=[tool], audio={"output": {"voice": "marin"}})
    session.receive(user_message("Hello."))
    response_id = respond(session, metadata={"a": "b"})
    speak(session, response_id, "Hi.", 0.1)
    request = session.request(response_id)
    assert [item["role"] for item in request.items] == ["user"]
    assert (request.instructions, request.tools, request.voice, request.audio) == ("Be brief.", [tool], "marin", True)
    assert request.extra["metadata"] == {"a": "b"}


# The end


def cancel(response_id: str | None = None) -> Event:
    return {"type": "response.cancel"} | ({"response_id": response_id} if response_id else {})


def test_cancelling_closes_open_items_and_parts() -> None:
    session = new_session()
    response_id = respond(session)
    speak(session, response_id, "One.", 0.1)
    speak(session, response_id, "Two.", 0.1)
    session.take_actions()
    events = session.receive(cancel())
    assert brief(events) == [*of(1, MESSAGE_DONE), *of(2, MESSAGE_DONE), "done", "rate_limits.updated"]
    response = events[-2]["response"]
    assert response["status"] == "cancelled"
    assert response["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert [item["status"] for item in response["output"]] == ["completed", "incomplete"]
    assert session.take_actions() == [Stop(response_id)]


def test_a_cancelled_call_never_gets_its_arguments_done() -> None:
    session = new_session()
    response_id = respond(session)
    session.output(response_id, Call("get_time", "{}"))
    assert brief(session.receive(cancel(response_id)))[:2] == ["item.done 1", "output_item.done 1"]


def test_nothing_comes_after_the_end() -> None:
    session = new_session()
    response_id = respond(session)
    session.receive(cancel())
    assert session.output(response_id, Text("late")) == []
    assert session.finish(response_id) == []


def test_cancelling_while_nothing_is_said_yet() -> None:
    session = new_session()
    session.receive(user_message("Hello."))
    response_id = respond(session)
    done_, _ = session.receive(cancel(response_id))
    assert done_["response"]["output"] == []
    assert done_["response"]["usage"]["total_tokens"] == 0


def test_a_cancel_without_an_active_response_is_refused() -> None:
    session = new_session()
    aside = respond(session, conversation="none")
    for event in (cancel(), cancel("resp_9")):
        error = refusal(session.receive({**event, "event_id": "mine"}))
        assert (error["code"], error["event_id"]) == ("response_cancel_not_active", "mine")
        assert error["message"] == "Cancellation failed: no active response found"
    assert kinds(session.receive(cancel(aside)))[0] == "response.done"


def test_a_response_cut_short_or_failed_says_why() -> None:
    session = new_session()
    response_id = respond(session)
    speak(session, response_id, "One.", 0.1)
    *_, response_done, _ = session.finish(response_id, Status.INCOMPLETE, {"reason": "content_filter"})
    assert response_done["response"]["status"] == "incomplete"
    assert response_done["response"]["status_details"] == {"type": "incomplete", "reason": "content_filter"}
    assert response_done["response"]["output"][0]["status"] == "incomplete"
    error = {"type": "server_error", "code": "overloaded"}
    response_done, _ = session.finish(respond(session), Status.FAILED, {"error": error})
    assert response_done["response"]["status_details"] == {"type": "failed", "error": error}


def test_an_item_deleted_while_it_is_said_is_not_announced_as_done() -> None:
    session = new_session()
    response_id = respond(session)
    speak(session, response_id, "One.", 0.1)
    session.receive({"type": "conversation.item.delete", "item_id": "item_1"})
    assert "item.done 1" not in brief(session.finish(response_id))


def test_tokens_are_counted_and_taken_from_the_limit() -> None:
    session = new_session(instructions="Be brief.")
    session.receive(user_message("x" * 40))
    response_id = respond(session)
    speak(session, response_id, "y" * 20, seconds=2.0)
    *_, response_done, limits = session.finish(response_id)
    usage = response_done["response"]["usage"]
    assert usage["input_token_details"]["text_tokens"] == 3 + 10
    assert usage["output_token_details"] == {"text_tokens": 5, "audio_tokens": 40}
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] == 58
    [limit] = limits["rate_limits"]
    assert limit["limit"] - limit["remaining"] == 58
