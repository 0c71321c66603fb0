"""Responses out of band: made beside the conversation, read as text, and mixed with nothing."""

from __future__ import annotations

import anyio
import pytest

from realtime_sdk import Disconnected, Reconnected, Response, ServerRefused, Session, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

STORY = "A long story about the sea and the wind."


async def classify(session: Session, topic: str) -> Response:
    """Ask beside the conversation."""
    return await session.respond(
        conversation="none", output_modalities=["text"], instructions=f"Name its {topic}.", metadata={"topic": topic},
        input=[{"type": "message", "role": "user", "content": [{"type": "input_text", "text": STORY}]}],
    )  # fmt: skip


def test_two_of_them_run_beside_a_spoken_reply_and_each_has_its_own_text() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message(STORY, seconds=6.0), pace=1.0)
        server.reply(message("calm", seconds=0.0), thinking=2.0)
        server.reply(message("English", seconds=0.0), thinking=1.0)
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            story = await session.respond()
            mood, language = await classify(session, "mood"), await classify(session, "language")
            assert (await language.text(), await mood.text()) == ("English", "calm")
            assert (mood.metadata, language.metadata) == ({"topic": "mood"}, {"topic": "language"})
            assert story.status == "in_progress"
            [playout] = await story.played()
            assert (playout.position, playout.transcript) == (6.0, STORY)
            assert [item.transcript for item in session.conversation if item.type == "message"] == [STORY]
            assert [item.text for item in server.items] == [STORY]
        assert server.refused == []

    run_virtual(main)


def test_the_users_interruption_cuts_the_reply_and_none_of_them() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message(STORY, seconds=6.0), pace=1.0)
        server.reply(message("calm", seconds=0.0), thinking=3.0)
        server.reply(message("All right.", seconds=0.5))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            story = await session.respond()
            mood = await classify(session, "mood")
            await anyio.sleep(1.0)
            await server.user_speaks("Stop.", seconds=0.5)
            assert [playout.interrupted for playout in await story.played()] == [True]
            assert await mood.text() == "calm"
            assert "response.cancel" not in [event["type"] for event in server.received]

    run_virtual(main)


def test_one_that_failed_raises_what_the_server_says() -> None:
    async def main() -> None:
        server = FakeServer()
        error = {"type": "server_error", "code": "rate_limit_exceeded", "message": "Too many tokens a minute."}
        server.reply(message("cal", seconds=0.0), status="failed", error=error)
        server.reply(message("cal", seconds=0.0), status="incomplete", reason="max_output_tokens")
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            with pytest.raises(ServerRefused, match="Too many tokens a minute") as failure:
                await (await classify(session, "mood")).text()
            assert failure.value.code == "rate_limit_exceeded"
            short = await classify(session, "mood")
            assert (await short.text(), short.status) == ("cal", "incomplete")

    run_virtual(main)


def test_one_that_is_cut_off_by_a_lost_connection_ends_and_can_be_asked_for_again_about_the_same_item() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("calm", seconds=0.0), thinking=5.0)
        server.reply(message("calm", seconds=0.0))
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            await session.send_text(STORY, respond=False)
            await anyio.sleep(0.1)
            [told] = session.conversation
            about = [{"type": "item_reference", "id": told.id}]
            first = await session.respond(conversation="none", output_modalities=["text"], input=about)
            server.break_off()
            assert (await first.text(), first.status) == ("", "incomplete")
            await anext(session.events(Disconnected))
            await anext(session.events(Reconnected))
            again = await session.respond(conversation="none", output_modalities=["text"], input=about)
            assert await again.text() == "calm"
        assert server.refused == []

    run_virtual(main)
