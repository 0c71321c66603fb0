"""A server whose tool servers are scripted: what they list, what their tools return, and when."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from realtime_sdk.errors import UsageError
from realtime_sdk.testing import FakeServer, mcp_call

from .helpers import CREATE, Client, talk

DOCS: dict[str, Any] = {
    "type": "mcp", "server_label": "docs", "server_url": "https://docs.test/mcp", "require_approval": "never",
}  # fmt: skip
ERROR = {"type": "http_error", "code": 500, "message": "the tool server is down"}


async def one_call(client: Client) -> None:
    await client.say({"type": "session.update", "session": {"type": "realtime", "tools": [DOCS]}}, CREATE)
    await anyio.sleep(60.0)


def test_a_tool_server_lists_its_tools_and_a_call_takes_its_time() -> None:
    server = FakeServer()
    server.offer_tools("docs", "search", {"name": "fetch", "input_schema": {}}, seconds=0.5)
    server.reply(mcp_call("docs", "search", {"q": 1}, output="found", seconds=2.0))
    client = talk(server, one_call)
    assert client.times("mcp_list_tools.completed") == [0.5]
    assert client.times("response.done") == [0.0]
    assert client.times("response.mcp_call.completed") == [2.0]
    listing, called = (item.wire for item in server.items)
    assert [tool["name"] for tool in listing["tools"]] == ["search", "fetch"]
    assert (called["arguments"], called["output"]) == ('{"q": 1}', "found")


def test_a_tool_fails_with_its_error() -> None:
    server = FakeServer()
    server.offer_tools("docs", "search")
    server.reply(mcp_call("docs", "search", error=ERROR))
    assert "response.mcp_call.failed" in talk(server, one_call).kinds
    assert server.items[-1].wire["error"] == ERROR


def test_a_tool_server_that_is_not_offered_lists_nothing() -> None:
    server = FakeServer()
    server.reply()
    assert "mcp_list_tools.failed" in talk(server, one_call).kinds


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: mcp_call("docs", 7),  # type: ignore[arg-type]
        lambda: mcp_call("docs", "search", {"q": {1}}),
        lambda: mcp_call("docs", "search", seconds=-1.0),
        lambda: FakeServer().offer_tools("docs", {"title": "search"}),
    ],
)
def test_a_wrong_argument_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError):
        wrong()
