"""Calls of hosted tools, beside which a server may go on by itself: the model continues once, begun by either side."""

from __future__ import annotations

import pytest

from realtime_sdk.conversation._sdk_events import ServerError

from .request_steps import COLLISION
from .wire import Wire

CREATE = "response.create"

SEARCH = {
    "id": "item_1", "type": "mcp_call", "server_label": "docs", "name": "search", "arguments": "{}", "output": None,
}  # fmt: skip


def searching() -> Wire:
    """A requested response that is over, with the call of a hosted tool that runs."""
    wire = Wire()
    request, _ = wire.submit()
    wire.begin(request=request.event_id)
    search(wire)
    wire.done()
    wire.sent.clear()
    return wire


def searched() -> Wire:
    """The same, and the tool has returned."""
    wire = searching()
    returned(wire)
    return wire


def search(wire: Wire) -> None:
    """The model calls a hosted tool."""
    wire.receive("response.output_item.added", response_id="resp_1", output_index=0, item=SEARCH)
    wire.receive("response.mcp_call.in_progress", item_id="item_1", output_index=0)


def returned(wire: Wire) -> None:
    """The hosted tool has returned, and its output has come."""
    completed(wire)
    output(wire)


def completed(wire: Wire) -> None:
    """The hosted tool has returned."""
    wire.receive("response.mcp_call.completed", item_id="item_1", output_index=0)


def output(wire: Wire) -> None:
    """The item of the call comes, with its output."""
    wire.receive("response.output_item.done", response_id="resp_1", output_index=0, item=SEARCH | {"output": "1"})


def test_a_hosted_tool_is_followed_by_a_continuation() -> None:
    assert searched().types == [CREATE]


def test_a_response_that_the_server_begins_before_the_output_is_here_is_the_continuation() -> None:
    wire = searching()
    completed(wire)
    wire.begin("resp_own")
    output(wire)
    wire.done("resp_own")
    assert wire.types == []


def test_a_continuation_that_waits_for_the_floor_is_not_sent_after_the_servers_own() -> None:
    wire = searching()
    wire.engine.yield_floor()
    returned(wire)
    wire.begin("resp_own")
    wire.say("item_2", "Found.", 100, "resp_own")
    wire.done("resp_own")
    wire.apply(wire.engine.regain_floor(wire.at, turn_taken=False)[0])
    wire.play_out()
    assert wire.types == []
    assert wire.message("item_2").heard == "Found."


def test_a_continuation_that_is_refused_because_of_the_servers_own_is_not_sent_again() -> None:
    wire = searched()
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=wire.sent[0]["event_id"])
    wire.done("resp_own")
    wire.pass_deadlines()
    assert wire.types == [CREATE]
    assert wire.emitted(ServerError) == []


def test_a_continuation_that_is_made_beside_the_servers_own_is_cancelled() -> None:
    wire = searched()
    wire.begin("resp_own")
    wire.done("resp_own")
    [cancel] = wire.begin("resp_2", request=wire.sent[0]["event_id"])
    assert (cancel["type"], cancel["response_id"]) == ("response.cancel", "resp_2")


def test_a_continuation_that_comes_when_the_servers_own_was_taken_for_it_is_cancelled() -> None:
    wire = Wire()
    wire.begin()
    search(wire)
    wire.done()
    wire.sent.clear()
    returned(wire)  # no response had metadata so far: whether the server sends it back is not known
    wire.begin("resp_own")
    wire.done("resp_own")
    [cancel] = wire.begin("resp_2", request=wire.sent[0]["event_id"])
    assert (cancel["type"], cancel["response_id"]) == ("response.cancel", "resp_2")


def test_a_response_that_the_server_began_before_the_hosted_tool_returned_is_no_continuation() -> None:
    wire = searching()
    wire.begin("resp_own")
    returned(wire)
    wire.done("resp_own")
    assert wire.types == [CREATE]


@pytest.mark.parametrize(("first", "types"), [("output", []), ("message", [CREATE])])
def test_only_a_message_that_begins_after_the_output_goes_on_with_it(first: str, types: list[str]) -> None:
    wire = Wire()
    wire.begin()
    search(wire)
    if first == "output":
        returned(wire)
    wire.add("item_2")
    if first == "message":
        returned(wire)
    wire.item_done("item_2", "One moment.")
    wire.done()
    assert wire.types == types
