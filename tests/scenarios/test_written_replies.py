"""Sessions in which the model writes: with and without a microphone, and for one reply only."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from realtime_sdk import MessageItem, Response, Session, UsageError, connect
from realtime_sdk.session.opening import _default_devices
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, changed, message, run_virtual


async def written(response: Response) -> list[str]:
    """The deltas of a response with one message."""
    item = await anext(aiter(response))
    assert isinstance(item, MessageItem)
    return [delta async for delta in item.deltas()]


@pytest.fixture
def speakers(monkeypatch: pytest.MonkeyPatch) -> list[VirtualSpeaker]:
    """The speakers that stand in for the machine's, as they are made."""
    made: list[VirtualSpeaker] = []

    def make() -> VirtualSpeaker:
        made.append(VirtualSpeaker())
        return made[-1]

    monkeypatch.setattr(_default_devices, "Speaker", make)
    return made


def test_a_chat_has_no_devices_and_is_read_as_it_is_written() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Half past nine.", seconds=0.0))
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": None}
        async with server, connect(**options, output_modalities=["text"]) as session:
            session.send_text("What time is it?")
            response = await anext(session.responses())
            assert await written(response) == ["Half", " past", " nine."]
            [playout] = await response.played()
            assert (playout.transcript, playout.interrupted, playout.duration) == ("Half past nine.", False, 0.0)
            assert session.state == "listening"

    run_virtual(main)


def test_the_text_of_a_response_has_each_message_on_a_line_of_its_own() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Let me look.", phase="commentary"), message(""), message("Half past nine."))
        async with server, connect(endpoint=server, microphone=None, output_modalities=["text"]) as session:
            session.send_text("What time is it?")
            assert await (await anext(session.responses())).text() == "Let me look.\nHalf past nine."

    run_virtual(main)


def test_a_server_that_speaks_all_the_same_is_read_and_not_waited_for() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("response.created", changed(response={"id": "resp_1", "status": "in_progress", "output": []}))
        server.tamper("response.output_text.delta", spoken)
        server.reply(message("Half past nine."))
        async with server, connect(endpoint=server, microphone=None, output_modalities=["text"]) as session:
            session.send_text("What time is it?")
            response = await anext(session.responses())
            assert await response.text() == "Half past nine."
            [playout] = await response.played()
            assert playout.position == 0.0
            assert session.state == "listening"

    run_virtual(main)


def spoken(event: dict[str, Any]) -> list[dict[str, Any]]:
    """A delta with audio before it, which was not asked for."""
    place = {name: event[name] for name in ("response_id", "item_id", "output_index", "content_index")}
    return [{"type": "response.output_audio.delta", **place, "delta": "AAAA" * 800}, event]


def test_what_the_user_says_is_answered_in_writing_without_a_speaker(speakers: list[VirtualSpeaker]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Half past nine.", seconds=0.0))
        options: dict[str, Any] = {"endpoint": server, "microphone": VirtualMicrophone()}
        async with server, connect(**options, output_modalities=["text"]) as session:
            await server.user_speaks("What time is it?")
            assert await (await anext(session.responses())).text() == "Half past nine."
            for ask in (session.update, session.respond):
                with pytest.raises(UsageError, match=r"has no speaker, because it was opened with output_modalities"):
                    ask(output_modalities=["audio"])

    run_virtual(main)
    assert speakers == []


def test_a_speaker_that_was_asked_for_plays_the_replies_that_are_to_be_heard(speakers: list[VirtualSpeaker]) -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Half past nine.", seconds=1.0))
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": speaker}
        async with server, connect(**options, output_modalities=["text"]) as session:
            reply = await session.respond(output_modalities=["audio"])
            assert [playout.position for playout in await reply.played()] == [1.0]

    run_virtual(main)
    assert speakers == []


def test_one_written_reply_of_a_spoken_session_is_read_and_not_heard(speakers: list[VirtualSpeaker]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("nine thirty", seconds=0.0))
        server.reply(message("Half past nine.", seconds=1.0))
        async with server, connect(endpoint=server, microphone=None) as session:
            note = await session.respond(output_modalities=["text"])
            assert await written(note) == ["nine", " thirty"]
            reply = await session.respond()
            assert [playout.position for playout in await reply.played()] == [1.0]
            assert len(session.conversation) == 2

    run_virtual(main)
    assert len(speakers) == 1


def test_an_interruption_stops_a_reply_that_is_being_written() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three four.", seconds=4.0, text_spread=1.0), pace=1.0)
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": None}
        async with server, connect(**options, output_modalities=["text"]) as session:
            reply = await session.respond()
            await anyio.sleep(1.5)
            await session.interrupt()
            [playout] = await reply.played()
            assert playout.interrupted
            assert "One two three four.".startswith(playout.transcript)

    run_virtual(main)


def test_without_an_aligner_no_word_is_timed_and_the_text_comes_once_it_was_heard() -> None:
    async def shown(session: Session) -> list[tuple[str, float]]:
        item = await anext(aiter(await session.respond()))
        assert isinstance(item, MessageItem)
        return [(caption.text, caption.end) async for caption in item.captions()]

    async def main() -> None:
        server = FakeServer()
        server.reply(message("It is half past nine.", seconds=2.0))
        server.reply(message("One two three four.", seconds=4.0))
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker()}
        async with server, connect(**options, aligner=None) as session:
            assert await shown(session) == [("It is half past nine.", 2.0)]
            reply = await session.respond()
            await anyio.sleep(2.0)
            [playout] = await session.interrupt()
            assert "One two three four.".startswith(playout.transcript)
            assert 0 < len(playout.transcript) < len("One two three four.")
            assert (await reply.played())[0].interrupted

    run_virtual(main)
