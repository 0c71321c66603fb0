"""Function calls: each is run and answered once; once all calls of a response are answered, the model continues."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_sdk.conversation._sdk_events import ToolFinished
from realtime_sdk.conversation.items._items import FunctionCallItem

from .wire import Wire

CREATE = "response.create"
OUTPUT = "conversation.item.create"


def calling(*items: str, ended: bool = True, **options: Any) -> Wire:
    """A response with a call for each of these items; `ended`: and it has ended."""
    wire = Wire(**options)
    wire.begin()
    for item in items:
        wire.call(item)
    if ended:
        wire.done()
    wire.sent.clear()
    return wire


def call_of(wire: Wire, item: str) -> FunctionCallItem:
    """The call as the application sees it."""
    for each in wire.response("resp_1").items:
        if each.id == item and isinstance(each, FunctionCallItem):
            return each
    raise AssertionError(f"no call {item}")


def test_a_call_is_run_as_soon_as_it_is_complete() -> None:
    wire = Wire()
    wire.begin()
    call = {"id": "item_1", "type": "function_call", "call_id": "call_1", "name": "clock"}
    wire.receive("response.output_item.added", response_id="resp_1", item=call | {"arguments": ""})
    for delta in ('{"zone": ', '"UTC"}'):
        wire.receive("response.function_call_arguments.delta", response_id="resp_1", item_id="item_1", delta=delta)
    assert wire.calls == []
    wire.receive("response.output_item.done", response_id="resp_1", item=call | {"arguments": '{"zone": "UTC"}'})
    (to_run,) = wire.calls
    assert (to_run.name, to_run.call_id, to_run.arguments) == ("clock", "call_1", '{"zone": "UTC"}')


def test_a_call_without_an_end_is_run_when_the_response_ends() -> None:
    wire = Wire()
    wire.begin()
    call = {"id": "item_1", "type": "function_call", "call_id": "call_1", "name": "clock"}
    wire.receive("response.output_item.added", response_id="resp_1", item=call | {"arguments": ""})
    wire.done(output=[call | {"arguments": "{}", "status": "completed"}])
    assert [(each.call_id, each.arguments) for each in wire.calls] == [("call_1", "{}")]


def test_an_answered_call_sends_its_output_and_a_continuation() -> None:
    wire = calling("item_1")
    output, create = wire.finish_call(wire.calls[0], output="noon")
    assert output["item"] == {"type": "function_call_output", "call_id": "call_item_1", "output": "noon"}
    assert create["type"] == CREATE
    assert wire.calls[0].output == "noon"
    (finished,) = wire.emitted(ToolFinished)
    assert (finished.call, finished.error) == (wire.calls[0], None)


def test_the_model_continues_once_all_calls_are_answered_in_any_order() -> None:
    wire = calling("item_1", "item_2", "item_3")
    for n in (2, 0):
        assert [event["type"] for event in wire.finish_call(wire.calls[n])] == [OUTPUT]
    assert [event["type"] for event in wire.finish_call(wire.calls[1])] == [OUTPUT, CREATE]


def test_the_model_continues_when_the_response_ends_after_its_calls_were_answered() -> None:
    wire = calling("item_1", ended=False)
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]
    assert [event["type"] for event in wire.done()] == [CREATE]


def test_a_call_that_arrives_after_the_first_was_answered_is_awaited_too() -> None:
    wire = calling("item_1", ended=False)
    wire.finish_call(wire.calls[0])
    wire.call("item_2")
    assert wire.done() == []
    assert [event["type"] for event in wire.finish_call(wire.calls[1])] == [OUTPUT, CREATE]


def test_calls_of_two_responses_are_continued_separately() -> None:
    wire = calling("item_1")
    wire.begin("resp_2")
    wire.call("item_2", "resp_2")
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]  # resp_2 is being made
    assert [event["type"] for event in wire.done("resp_2")] == [CREATE]
    assert [event["type"] for event in wire.finish_call(wire.calls[1])] == [OUTPUT]
    wire.begin("resp_3", request=wire.sent[-2]["event_id"])
    assert [event["type"] for event in wire.done("resp_3")] == [CREATE]


def test_a_call_without_respond_is_answered_without_a_continuation() -> None:
    wire = calling("item_1")
    assert [event["type"] for event in wire.finish_call(wire.calls[0], respond=False)] == [OUTPUT]
    assert list(wire.engine.requests) == []


@pytest.mark.parametrize("quiet", [0, 1])
def test_one_call_with_respond_is_enough_for_a_continuation(quiet: int) -> None:
    wire = calling("item_1", "item_2")
    wire.finish_call(wire.calls[0], respond=quiet != 0)
    assert [event["type"] for event in wire.finish_call(wire.calls[1], respond=quiet != 1)] == [OUTPUT, CREATE]


# The same call once


def test_a_call_whose_end_is_repeated_is_run_once() -> None:
    wire = calling("item_1", ended=False)
    wire.call("item_1")
    wire.done(output=[Wire.item("item_1", type="function_call", call_id="call_item_1", name="clock")])
    assert len(wire.calls) == 1


def test_a_call_that_is_renamed_at_its_end_is_run_once() -> None:
    wire = calling("item_1", ended=False)
    wire.done(output=[Wire.item("item_99", type="function_call", call_id="call_item_1", name="clock", arguments="{}")])
    assert [call.call_id for call in wire.calls] == ["call_item_1"]
    assert [item.id for item in wire.response("resp_1").items] == ["item_1"]


def test_a_call_id_that_was_run_is_not_run_in_another_response() -> None:
    wire = calling("item_1")
    wire.begin("resp_2")
    wire.call("item_2", "resp_2", call_id="call_item_1")
    assert len(wire.calls) == 1


def test_each_call_without_an_id_is_run() -> None:
    wire = Wire()
    wire.begin()
    for item in ("item_1", "item_2"):
        call = Wire.item(item, type="function_call", name="clock", arguments="{}")
        wire.receive("response.output_item.added", response_id="resp_1", item=call)
        wire.receive("response.output_item.done", response_id="resp_1", item=call)
    assert [call.id for call in wire.calls] == ["item_1", "item_2"]


# Interruptions


def test_after_an_interruption_by_code_an_output_is_sent_without_a_continuation() -> None:
    wire = calling("item_1")
    wire.engine.withdraw_all()
    wire.interrupt()
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]
    assert list(wire.engine.requests) == []


def test_an_interruption_withdraws_a_waiting_continuation() -> None:
    wire = calling("item_1", ended=False)
    wire.done()
    wire.begin("resp_2")
    wire.finish_call(wire.calls[0])
    wire.engine.withdraw_all()
    wire.interrupt()
    assert CREATE not in [event["type"] for event in wire.done("resp_2", status="cancelled")]


def interrupted_by_speech(*, ended: bool = True) -> Wire:
    """A response with a preamble and a call, which the user interrupts: the user has the floor."""
    wire = Wire()
    wire.begin()
    wire.say("item_1", "Let me see.", 1000)
    wire.call("item_2")
    if ended:
        wire.done()
    wire.play(300)
    wire.engine.yield_floor()
    wire.interrupt(cancelled=True)
    wire.sent.clear()
    return wire


def test_an_output_during_a_turn_of_the_users_is_answered_with_the_turn() -> None:
    wire = interrupted_by_speech()
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]
    wire.engine.regain_floor(wire.at, turn_taken=True)
    assert list(wire.engine.requests) == []


def test_a_filler_that_waits_gives_way_to_the_users_turn() -> None:
    wire = calling("item_1")
    wire.engine.yield_floor()
    request, sent = wire.submit(interruptible=True, timeout=None, instructions="Say that you are still looking.")
    request.is_filler = True
    assert sent == []
    wire.engine.regain_floor(wire.at, turn_taken=True)
    assert list(wire.engine.requests) == []


def test_an_output_during_a_cough_is_answered_once_the_floor_is_free() -> None:
    wire = interrupted_by_speech()
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]
    effects, _ = wire.engine.regain_floor(wire.at, turn_taken=False)
    assert [event.type for event in effects.send] == [CREATE]


def test_an_output_after_the_users_turn_was_answered_is_not_lost_on_the_user() -> None:
    wire = interrupted_by_speech()
    wire.engine.regain_floor(wire.at, turn_taken=True)
    wire.begin("resp_2")
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]
    assert [event["type"] for event in wire.done("resp_2")] == [CREATE]


def output_taken(wire: Wire) -> list[dict[str, Any]]:
    """The server confirms the output of the call."""
    output = {"id": "item_9", "type": "function_call_output", "call_id": wire.calls[0].call_id, "output": "{}"}
    return wire.receive("conversation.item.added", item=output)


def test_an_output_that_was_taken_before_the_users_turn_is_answered_with_it() -> None:
    wire = interrupted_by_speech()
    wire.finish_call(wire.calls[0])
    output_taken(wire)
    wire.engine.regain_floor(wire.at, turn_taken=True)
    wire.begin("resp_2")
    assert wire.done("resp_2") == []


def test_an_output_that_was_taken_after_the_answer_to_the_users_turn_began_is_not_lost_on_the_user() -> None:
    wire = interrupted_by_speech()
    wire.finish_call(wire.calls[0])
    wire.engine.regain_floor(wire.at, turn_taken=True)
    wire.begin("resp_2")
    assert output_taken(wire) == []
    assert [event["type"] for event in wire.done("resp_2")] == [CREATE]


def test_a_call_that_runs_when_its_response_is_interrupted_is_answered_and_not_deleted() -> None:
    wire = interrupted_by_speech(ended=False)
    assert "item_2" not in [event.get("item_id") for event in wire.done(status="cancelled")]
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]


def test_a_call_of_a_response_that_is_cancelled_after_its_end_is_answered_without_a_continuation() -> None:
    wire = calling("item_1")
    assert wire.interrupt(responses=[wire.response("resp_1")]) == []
    assert [event["type"] for event in wire.finish_call(wire.calls[0])] == [OUTPUT]
    assert list(wire.engine.requests) == []


def test_a_complete_call_of_an_interrupted_response_is_not_run_and_its_output_says_so() -> None:
    wire = Wire()
    wire.begin()
    wire.interrupt()
    (output,) = wire.call("item_1")
    assert wire.calls == []
    assert (output["type"], output["item"]["call_id"]) == (OUTPUT, "call_item_1")
    assert "not run" in json.loads(output["item"]["output"])["error"]
    assert call_of(wire, "item_1").output == output["item"]["output"]


def test_an_incomplete_call_of_an_interrupted_response_is_deleted() -> None:
    wire = Wire()
    wire.begin()
    wire.interrupt()
    (delete,) = wire.call("item_1", status="incomplete")
    assert (delete["type"], delete["item_id"]) == ("conversation.item.delete", "item_1")
    assert wire.calls == []


def test_a_call_without_an_id_of_an_interrupted_response_is_deleted() -> None:
    wire = Wire()
    wire.begin()
    wire.interrupt()
    call = Wire.item("item_1", type="function_call", name="clock", arguments="{}", status="completed")
    wire.receive("response.output_item.added", response_id="resp_1", item=call)
    (delete,) = wire.receive("response.output_item.done", response_id="resp_1", item=call)
    assert (delete["type"], delete["item_id"]) == ("conversation.item.delete", "item_1")


def test_abandoned_calls_wait_for_the_end_of_a_response_that_the_server_cancels() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "Let me see.", 1000)
    wire.interrupt(cancelled=True)
    assert wire.call("item_2") == []
    types = [event["type"] for event in wire.done(status="cancelled")]
    assert types == ["conversation.item.delete", OUTPUT]


def test_an_incomplete_call_is_not_run() -> None:
    wire = Wire()
    wire.begin()
    wire.call("item_1", status="incomplete")
    wire.done(status="incomplete")
    assert wire.calls == []


# Calls that are the application's


@pytest.mark.parametrize("case", ["no tools", "out of band"])
def test_a_call_that_the_session_does_not_run_is_left_to_the_application(case: str) -> None:
    wire = Wire(runs_tools=case != "no tools")
    overrides: dict[str, Any] = {"conversation": "none"} if case == "out of band" else {}
    request, _ = wire.submit(interruptible=True, timeout=None, **overrides)
    wire.begin(request=request.event_id, conversation_id=None)
    wire.call("item_1")
    wire.done()
    assert wire.calls == []
    assert call_of(wire, "item_1").status == "completed"


def test_an_output_by_hand_is_followed_by_a_continuation() -> None:
    wire = calling("item_1", runs_tools=False)
    assert [event["type"] for event in wire.finish_call(call_of(wire, "item_1"))] == [OUTPUT, CREATE]


def test_an_output_by_hand_may_have_no_continuation() -> None:
    wire = calling("item_1", runs_tools=False)
    assert [event["type"] for event in wire.finish_call(call_of(wire, "item_1"), respond=False)] == [OUTPUT]


def test_an_output_by_hand_during_the_response_waits_for_its_end() -> None:
    wire = calling("item_1", ended=False, runs_tools=False)
    assert [event["type"] for event in wire.finish_call(call_of(wire, "item_1"))] == [OUTPUT]
    assert [event["type"] for event in wire.done()] == [CREATE]


def test_outputs_by_hand_are_followed_by_one_continuation() -> None:
    wire = calling("item_1", "item_2", runs_tools=False)
    assert [event["type"] for event in wire.finish_call(call_of(wire, "item_1"))] == [OUTPUT]
    assert [event["type"] for event in wire.finish_call(call_of(wire, "item_2"))] == [OUTPUT, CREATE]


def test_after_an_interruption_an_output_by_hand_has_no_continuation() -> None:
    wire = calling("item_1", runs_tools=False)
    wire.engine.withdraw_all()
    assert [event["type"] for event in wire.finish_call(call_of(wire, "item_1"))] == [OUTPUT]


def output_elsewhere(wire: Wire, item: str, *, by: str) -> list[Any]:
    """A call is answered by an event of the application's own, or by another client of the server."""
    output = {"type": "function_call_output", "call_id": f"call_{item}", "output": "noon"}
    if by == "another client":
        return wire.receive("conversation.item.added", item={"id": f"out_{item}", **output})
    return wire.apply(wire.engine.on_sent({"type": OUTPUT, "item": output}, wire.at))


@pytest.mark.parametrize("by", ["the application", "another client"])
def test_a_call_that_is_answered_elsewhere_is_not_waited_for(by: str) -> None:
    wire = calling("item_1", runs_tools=False)
    waited = not wire.engine.drained
    sent = output_elsewhere(wire, "item_1", by=by)
    assert (waited, wire.engine.drained) == (True, True)
    assert sent == []  # that is left to the one who answered
    assert call_of(wire, "item_1").output == "noon"
    assert [event.call.id for event in wire.emitted(ToolFinished)] == ["item_1"]


@pytest.mark.parametrize("by", ["the application", "another client"])
def test_a_call_that_is_answered_elsewhere_holds_up_no_other_one(by: str) -> None:
    wire = calling("item_1", "item_2", runs_tools=False)
    assert [event["type"] for event in wire.finish_call(call_of(wire, "item_1"))] == [OUTPUT]
    assert [event["type"] for event in output_elsewhere(wire, "item_2", by=by)] == [CREATE]
