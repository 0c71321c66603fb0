"""Assertions by meaning, on a talk that was cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from realtime_sdk import MessageItem, Playout, Session, connect
from realtime_sdk._runtime import clock
from realtime_sdk.errors import UsageError
from realtime_sdk.testing import (
    FakeServer,
    VirtualSpeaker,
    assert_heard,
    assert_interrupted,
    assert_silent,
    assert_tool_called,
    assert_truncated,
    describe_talk,
    mcp_call,
    message,
    run_virtual,
)

DOCS = {
    "type": "mcp", "server_label": "docs", "server_url": "https://docs.test/mcp", "require_approval": "never",
}  # fmt: skip


def talk(check: Callable[[Session, FakeServer, VirtualSpeaker, list[MessageItem]], None]) -> None:
    """A reply of two messages that is cut 1 s into the first, and what a test finds then."""

    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.offer_tools("docs", "search")
        server.reply(
            message("One two three four.", seconds=2.0), message("Five six.", seconds=1.0),
            mcp_call("docs", "search", {"q": "seven"}),
        )  # fmt: skip
        async with server, connect(endpoint=server, speaker=speaker, microphone=None, tools=[DOCS]) as session:
            session.send_text("Count.")
            response = await anext(session.responses())
            await anyio.sleep(1.15)
            await session.interrupt()
            await anyio.sleep(1.0)
            check(session, server, speaker, [item for item in response.items if isinstance(item, MessageItem)])

    run_virtual(main)


def test_what_was_heard_of_a_message_and_of_its_session_is_the_same() -> None:
    def check(session: Session, server: FakeServer, speaker: VirtualSpeaker, items: list[MessageItem]) -> None:
        first, second = items
        things: list[Session | MessageItem | Playout] = [session, first, first.playout]
        for thing in things:
            assert_heard(thing, "One two three")
        assert_heard(second)

    talk(check)


def test_a_message_that_was_cut_and_one_that_was_never_heard_are_forgotten() -> None:
    def check(session: Session, server: FakeServer, speaker: VirtualSpeaker, items: list[MessageItem]) -> None:
        first, second = items
        position = first.playout.position
        assert_interrupted(first, at=position)
        assert_truncated(server, first, at=position)
        assert_truncated(server, second.id, at=0.0)

    talk(check)


def test_nothing_was_heard_after_the_cut_and_something_before() -> None:
    def check(session: Session, server: FakeServer, speaker: VirtualSpeaker, items: list[MessageItem]) -> None:
        finished = items[0].playout.finished_at
        assert finished is not None
        assert_silent(speaker, since=finished)
        assert_silent(speaker, since=finished - 5.0, until=finished - 4.0)
        with pytest.raises(AssertionError, match="sound was heard from"):
            assert_silent(speaker, since=finished - 0.5)

    talk(check)


def test_a_time_at_which_nothing_can_be_heard_is_no_silence() -> None:
    def check(session: Session, server: FakeServer, speaker: VirtualSpeaker, items: list[MessageItem]) -> None:
        now = clock.wall()
        with pytest.raises(UsageError, match=r"since is a wall-clock time.* not 2\.50: the speaker was opened at"):
            assert_silent(speaker, since=2.5)
        with pytest.raises(UsageError, match="since is a time up to now"):
            assert_silent(speaker, since=now + 1.0)
        with pytest.raises(UsageError, match=r"until .* is a time after since"):
            assert_silent(speaker, since=now, until=now - 1.0)
        with pytest.raises(AssertionError, match=r"sound was heard from \+0\.\d\d s"):
            assert_silent(speaker, since=0.0)

    talk(check)


def test_a_hosted_call_counts_as_any_other() -> None:
    def check(session: Session, server: FakeServer, speaker: VirtualSpeaker, items: list[MessageItem]) -> None:
        assert assert_tool_called(session, "search", q="seven").name == "search"
        with pytest.raises(AssertionError, match=r"expected a call of search\(q='eight'\)\ncalls:\n  search\("):
            assert_tool_called(session, "search", q="eight")

    talk(check)


ANY: Any = 3


@pytest.mark.parametrize(
    ("assertion", "words"),
    [
        (lambda: assert_heard(ANY), "a Session, a Response, a MessageItem or a Playout is heard, not 3"),
        (lambda: assert_interrupted(ANY, at=1.0), "message is a MessageItem or a Playout, not 3"),
        (lambda: assert_truncated(ANY, "item_1", at=1.0), "server is a FakeServer, not 3"),
        (lambda: assert_truncated(FakeServer(), "item_1", at=-1.0), "at is a number of seconds, 0 or more"),
        (lambda: assert_truncated(FakeServer(), "item_1", at=1.0), "has sent no audio of 'item_1'"),
        (lambda: assert_silent(ANY, since=0.0), "speaker is a VirtualSpeaker, not 3"),
        (lambda: assert_tool_called(ANY, "f"), "session is a Session, not 3"),
    ],
)
def test_a_wrong_argument_is_no_failed_assertion(assertion: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        assertion()


def test_a_server_without_a_connection_can_be_described() -> None:
    assert "nothing" in describe_talk(FakeServer())
