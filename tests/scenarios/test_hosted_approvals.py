"""Calls of hosted tools that the application approves or refuses before the server makes them."""

from __future__ import annotations

import anyio
import pytest

from realtime_sdk import ApprovalRequested, Response, ToolFinished
from realtime_sdk.testing import mcp_call, message, run_virtual

from .observing import after, errors, is_answered, sent, talk
from .test_approvals import asked
from .test_hosted_tools import DOCS, created, with_docs

pytestmark = pytest.mark.usefixtures("unguarded")

GUARDED = DOCS | {"require_approval": "always"}


@pytest.mark.parametrize("approve", [True, False])
def test_the_application_approves_a_hosted_call_or_refuses_it(approve: bool) -> None:
    async def main() -> None:
        server = with_docs(
            [mcp_call("docs", "search", {"q": 1}, output="found", seconds=1.0)], [message("Well.", seconds=1.0)]
        )
        async with server, talk(server, tools=[GUARDED]) as session:
            approval = await asked(session)
            assert (approval.name, approval.arguments, approval.server_label) == ("search", '{"q": 1}', "docs")
            await anyio.sleep(3.0)
            if approve:
                approval.approve()
            else:
                approval.refuse("not today")
            assert await approval is approve
            await anyio.sleep(5.0)
            [answer] = [e["item"] for e in sent(server, "conversation.item.create")]
            assert (answer["type"], answer["approve"]) == ("mcp_approval_response", approve)
            assert answer.get("reason") == (None if approve else "not today")
            assert created(server) == 2
            assert await is_answered(server, session)
        [finished] = await after(session, ToolFinished)
        assert (finished.error is None) is approve
        assert await errors(session) == []

    run_virtual(main)


def test_an_approval_that_has_no_answer_is_a_refusal() -> None:
    async def main() -> None:
        server = with_docs([mcp_call("docs", "search")], [message("I was not allowed to.", seconds=1.0)])
        async with server, talk(server, tools=[GUARDED]) as session:
            await session.respond()
            await anyio.sleep(130.0)
            [answer] = [e["item"] for e in sent(server, "conversation.item.create")]
            assert (answer["approve"], answer["reason"]) == (False, "there was no answer within 120 s")
            assert await is_answered(server, session)

    run_virtual(main)


def test_a_lost_connection_closes_the_dialog_and_the_next_server_is_sent_no_answer() -> None:
    async def main() -> None:
        server = with_docs([mcp_call("docs", "search")], [message("Shall I look again?", seconds=1.0)])
        async with server, talk(server, tools=[GUARDED]) as session:
            approval = await asked(session)
            server.break_off()
            assert (await approval, approval.reason) == (False, "the connection was lost")
            await anyio.sleep(20.0)
            kinds = [event["item"]["type"] for event in sent(server, "conversation.item.create")]
            assert "mcp_approval_response" not in kinds
            assert await is_answered(server, session)
        assert await errors(session) == []

    run_virtual(main)


def test_items_of_hosted_tools_are_typed() -> None:
    async def main() -> None:
        server = with_docs([mcp_call("docs", "search", output="found")], [message("Found.", seconds=1.0)])
        async with server, talk(server, tools=[GUARDED]) as session:
            response: Response = await session.respond()
            (await anext(session.events(ApprovalRequested))).approval.approve()
            await anyio.sleep(5.0)
            [item] = response.items
            if item.type == "mcp_call":
                assert item.output == "found"
            types = [item.type for item in session.conversation]
            assert types[:3] == ["mcp_list_tools", "mcp_call", "mcp_approval_request"]

    run_virtual(main)
