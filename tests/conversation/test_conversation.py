"""`session.conversation` is read by id, and by place as a list is."""

from __future__ import annotations

import asyncio
import re

import pytest

from realtime_sdk import connect
from realtime_sdk.conversation._conversation import Conversation
from realtime_sdk.testing import FakeServer, run_virtual


def conversation_of(*texts: str) -> Conversation:
    async def main() -> Conversation:
        async with (server := FakeServer()), connect(endpoint=server, microphone=None, speaker=None) as session:
            for text in texts:
                session.send_text(text, respond=False)
            await asyncio.sleep(0.1)  # until the server has confirmed them
            return session.conversation

    return run_virtual(main)


def test_an_item_is_found_by_its_id_and_by_its_place() -> None:
    conversation = conversation_of("one", "two", "three")
    items = conversation.items
    assert conversation[items[1].id] is items[1]
    assert conversation[0] is items[0] and conversation[-1] is items[2]
    assert conversation[-2:] == items[1:]


def test_an_item_that_is_not_there_is_an_error_that_says_which() -> None:
    conversation = conversation_of("one")
    with pytest.raises(KeyError, match=re.escape("the conversation has no item 'item_9'; get() returns None then")):
        conversation["item_9"]
    with pytest.raises(IndexError, match="the conversation has 1 item: there is none at place 1"):
        conversation[1]
    with pytest.raises(IndexError, match="there is none at place -2"):
        conversation[-2]


def test_a_message_shows_its_text_and_that_there_is_more_of_it() -> None:
    short, long = conversation_of("Hello.", "one " * 100).items
    assert repr(short) == f"<MessageItem {short.id} user FINISHED 'Hello.'>"
    assert re.fullmatch(r"<MessageItem item_\w+ user FINISHED '(one )+o?n?e?\u2026>", repr(long))
