"""Tools of MCP servers: they are listed, called by the server, and, where the client wants it so, approved before."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.server._actions import CallTool, ListTools
from realtime_sdk.server._backend import HostedCall
from realtime_sdk.server._items import Event
from realtime_sdk.server._rules import ServerSession

from .helpers import kinds, new_session, refusal, respond, update

SEARCH: dict[str, Any] = {"name": "search", "input_schema": {"type": "object"}}
FETCH: dict[str, Any] = {"name": "fetch", "input_schema": {"type": "object"}}


async def run() -> str:
    return "found"


def tool(**fields: Any) -> dict[str, Any]:
    return {"type": "mcp", "server_label": "docs", "server_url": "https://docs.test/mcp", **fields}


def with_tool(**fields: Any) -> ServerSession:
    """A session whose tool server has listed its tools."""
    session = new_session()
    session.receive(update(tools=[tool(**fields)]))
    [listing] = [action for action in session.take_actions() if isinstance(action, ListTools)]
    session.tools_listed(listing.item_id, [SEARCH, FETCH])
    return session


def call(session: ServerSession, name: str = "search") -> list[Event]:
    """Let the model call a tool in a response of its own."""
    response_id = respond(session)
    return session.output(response_id, HostedCall("docs", name, '{"q": 1}', run)) + session.finish(response_id)


def approval(request: str, approve: bool) -> Event:
    item = {"type": "mcp_approval_response", "approval_request_id": request, "approve": approve}
    return {"type": "conversation.item.create", "item": item}


def started(session: ServerSession) -> list[str]:
    """Ids of the calls that were begun since the actions were last taken."""
    return [action.item_id for action in session.take_actions() if isinstance(action, CallTool)]


def test_the_tools_of_a_server_are_listed() -> None:
    session = new_session()
    events = session.receive(update(tools=[tool()]))
    assert kinds(events) == ["session.updated", "conversation.item.added", "mcp_list_tools.in_progress"]
    item = events[1]["item"]
    assert (item["type"], item["server_label"], item["tools"]) == ("mcp_list_tools", "docs", [])
    assert session.take_actions() == [ListTools(item["id"], tool())]
    completed, done = session.tools_listed(item["id"], [SEARCH, FETCH])
    assert (completed["type"], completed["item_id"]) == ("mcp_list_tools.completed", item["id"])
    assert (done["type"], done["item"]["tools"]) == ("conversation.item.done", [SEARCH, FETCH])


def test_only_the_tools_that_are_allowed_are_listed() -> None:
    assert [item.wire["tools"] for item in with_tool(allowed_tools=["fetch"]).conversation] == [[FETCH]]
    assert [item.wire["tools"] for item in with_tool(allowed_tools={"tool_names": ["fetch"]}).conversation] == [[FETCH]]


def test_a_listing_can_fail() -> None:
    session = new_session()
    item_id = session.receive(update(tools=[tool()]))[1]["item"]["id"]
    failed, done = session.listing_failed(item_id)
    assert (failed["type"], failed["item_id"]) == ("mcp_list_tools.failed", item_id)
    assert (done["type"], done["item"]["tools"]) == ("conversation.item.done", [])


def test_a_tool_server_that_stays_the_same_is_listed_once() -> None:
    session = with_tool()
    assert kinds(session.receive(update(tools=[tool()]))) == ["session.updated"]
    assert "mcp_list_tools.in_progress" in kinds(session.receive(update(tools=[tool(allowed_tools=["fetch"])])))


def test_a_response_may_have_tool_servers_of_its_own() -> None:
    events = new_session().receive({"type": "response.create", "response": {"tools": [tool()]}})
    assert kinds(events) == ["response.created", "conversation.item.added", "mcp_list_tools.in_progress"]


def test_a_listing_that_was_deleted_is_still_reported() -> None:
    session = new_session()
    item_id = session.receive(update(tools=[tool()]))[1]["item"]["id"]
    session.receive({"type": "conversation.item.delete", "item_id": item_id})
    assert kinds(session.tools_listed(item_id, [SEARCH])) == ["mcp_list_tools.completed"]


def test_credentials_of_a_tool_server_are_not_repeated() -> None:
    session = new_session()
    given = tool(authorization="secret", headers={"X-Key": "secret"})
    events = session.receive(update(tools=[given]))
    assert "secret" not in str(events)
    assert events[0]["session"]["tools"] == [tool()]
    assert [action.tool for action in session.take_actions() if isinstance(action, ListTools)] == [given]


def test_a_call_that_needs_no_approval_runs_at_once_and_outlives_its_response() -> None:
    session = with_tool(require_approval="never")
    events = call(session)
    assert kinds(events) == [
        "response.output_item.added", "conversation.item.added", "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done", "response.mcp_call.in_progress", "response.done", "rate_limits.updated",
    ]  # fmt: skip
    item = events[0]["item"]
    assert (item["type"], item["server_label"], item["name"]) == ("mcp_call", "docs", "search")
    assert events[3]["arguments"] == '{"q": 1}'
    assert started(session) == [item["id"]]
    events = session.call_completed(item["id"], "found")
    assert kinds(events) == ["response.mcp_call.completed", "conversation.item.done", "response.output_item.done"]
    assert (events[2]["item"]["output"], events[2]["item"]["error"]) == ("found", None)


def test_a_call_can_fail() -> None:
    session = with_tool(require_approval="never")
    item_id = call(session)[0]["item"]["id"]
    error = {"type": "tool_execution_error", "message": "no such page"}
    events = session.call_failed(item_id, error)
    assert kinds(events) == ["response.mcp_call.failed", "conversation.item.done", "response.output_item.done"]
    assert (events[1]["item"]["output"], events[1]["item"]["error"]) == (None, error)


def test_a_call_waits_for_its_approval() -> None:
    session = with_tool()
    events = call(session)
    assert kinds(events)[4:] == [
        "conversation.item.added", "conversation.item.done", "response.done", "rate_limits.updated",
    ]  # fmt: skip
    request = events[5]["item"]
    assert {key: request[key] for key in ("type", "server_label", "name", "arguments")} == {
        "type": "mcp_approval_request", "server_label": "docs", "name": "search", "arguments": '{"q": 1}',
    }  # fmt: skip
    assert started(session) == []
    events = session.receive(approval(request["id"], approve=True))
    assert kinds(events) == ["conversation.item.added", "conversation.item.done", "response.mcp_call.in_progress"]
    [item_id] = started(session)
    done = session.call_completed(item_id, "found")[1]
    assert done["item"]["approval_request_id"] == request["id"]


def test_a_call_that_is_rejected_fails_and_does_not_run() -> None:
    session = with_tool()
    request = call(session)[5]["item"]["id"]
    events = session.receive(approval(request, approve=False))
    assert kinds(events)[2:] == ["response.mcp_call.failed", "conversation.item.done", "response.output_item.done"]
    assert started(session) == []


def test_an_approval_answers_one_request_once() -> None:
    session = with_tool()
    request = call(session)[5]["item"]["id"]
    session.receive(approval(request, approve=True))
    for unknown in (request, "item_99"):
        error = refusal(session.receive(approval(unknown, approve=True)))
        assert (error["code"], error["param"]) == ("invalid_value", "item.approval_request_id")
    assert len(started(session)) == 1


@pytest.mark.parametrize(
    ("require", "asked"),
    [
        ("always", ["search", "fetch"]),
        ("never", []),
        ({"always": {"tool_names": ["fetch"]}}, ["fetch"]),
        ({"never": {"tool_names": ["fetch"]}}, ["search"]),
    ],
)
def test_which_tools_need_an_approval(require: Any, asked: list[str]) -> None:
    session = with_tool(require_approval=require)
    calls = {name: kinds(call(session, name)) for name in ("search", "fetch")}
    assert [name for name, events in calls.items() if "response.mcp_call.in_progress" not in events] == asked
