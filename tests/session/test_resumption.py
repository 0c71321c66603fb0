"""A server that keeps conversations is asked to go on with one: what it has right stays, the rest is put right."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from realtime_sdk import Capabilities, Dialect, Session, Transport, UrlEndpoint, connect
from realtime_sdk.protocol.dialects import GA
from realtime_sdk.testing import FakeServer, VirtualSpeaker, followed_by, message, run_virtual


def without_resumption(event: dict[str, Any]) -> dict[str, Any]:
    """What the fake server reads of an event: it keeps nothing."""
    session = {name: value for name, value in (event.get("session") or {}).items() if name != "resumption"}
    return {**event, "session": session} if "session" in event else event


class Keeping:
    """An endpoint whose server keeps the conversation."""

    dialect = Dialect("keeping", without_resumption, GA.decode, Capabilities(resumption=True))
    name = "the keeping server"

    def __init__(self) -> None:
        self.server = FakeServer()
        self.resumed: list[str] = []
        conversation = {"type": "conversation.created", "conversation": {"id": "c"}}
        self.server.tamper("session.created", followed_by(conversation))

    def resuming(self, conversation_id: str) -> Keeping:
        self.resumed.append(conversation_id)
        kept = [{"type": "conversation.item.created", "item": item.wire} for item in self.server.items]
        self.server.tamper("session.updated", followed_by(*kept))
        return self

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        return await self.server.connect(model, api_key)


@pytest.mark.parametrize("cut", [False, True])
def test_only_what_was_not_heard_as_it_was_made_is_given_again(cut: bool) -> None:
    endpoint = Keeping()

    async def going_on(session: Session) -> None:
        session.send_text("Hello?")
        response = await anext(session.responses())
        await response.done()
        await anyio.sleep(1.0)
        endpoint.server.break_off()
        await anyio.sleep(0.0)
        if cut:
            await session.interrupt()
        await anyio.sleep(4.0)
        assert len(session.conversation) == 2

    async def main() -> None:
        endpoint.server.reply(message("A story that is long.", seconds=4.0))
        async with (
            endpoint.server, connect(endpoint=endpoint, speaker=VirtualSpeaker(), microphone=None) as session,
        ):  # fmt: skip
            await going_on(session)

    run_virtual(main)
    assert endpoint.resumed == ["c"]
    later = endpoint.server.connections[-1].received
    assert [event["type"] for event in later if event["type"] == "session.update"] == ["session.update"]
    changed = [event["type"].rpartition(".")[2] for event in later if event["type"].startswith("conversation.item")]
    created = [event["item"]["role"] for event in later if event["type"] == "conversation.item.create"]
    assert changed == (["delete", "create", "create"] if cut else ["create"])
    assert created == (["assistant", "system"] if cut else ["system"])


def test_the_address_of_a_resumed_conversation_names_it() -> None:
    endpoint = UrlEndpoint("wss://example.com/v1/realtime?model=m", api_key="k")
    assert endpoint.resuming("c 1").url == "wss://example.com/v1/realtime?model=m&conversation_id=c+1"
