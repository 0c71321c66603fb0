"""Events too late, too early, or from nowhere: each message is heard as itself, and nothing waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    FunctionCallItem,
    MessageItem,
    PlayoutFinished,
    PlayoutStarted,
    RequestTimedOut,
    Response,
    ResponseFinished,
    ResponseStarted,
    Session,
    connect,
)
from realtime_sdk.testing import FakeServer, Only, Tamper, VirtualSpeaker, call, drop, message, run_virtual

from .odd_talk import PATIENCE, hold, of_response, rewritten

Event = dict[str, Any]

SOUND, CREATED, DONE = "response.output_audio.delta", "response.created", "response.done"
ITEM_DONE = "response.output_item.done"


class BehindTheNext:
    """Keeps sound of the first item until that of the second begins: all of it, or a copy of its last delta."""

    def __init__(self, *, copy: bool) -> None:
        self._copy = copy
        self._first = ""  # id of the first item
        self._kept: list[Event] = []

    def __call__(self, event: Event) -> Iterable[Event]:
        self._first = self._first or event["item_id"]
        if event["item_id"] != self._first:
            kept, self._kept = self._kept, []
            return (event, *kept)
        self._kept = [event] if self._copy else [*self._kept, event]
        return (event,) if self._copy else ()


async def read(item: MessageItem) -> None:
    async for _ in item.audio():
        pass


async def listen(response: Response) -> None:
    """Play the messages of a response one after the other, as an application does that has the sound."""
    async for item in response:
        if isinstance(item, MessageItem):
            await read(item)


def hold_two(tamper: Tamper, *, speaker: bool, pace: float) -> list[tuple[float, float, bool]]:
    """Position, duration and whether it was cut of each of two messages of 0.5 s in one response."""

    async def main() -> list[tuple[float, float, bool]]:
        server = FakeServer()
        server.tamper(SOUND, tamper)
        server.reply(message("One.", seconds=0.5), message("Two.", seconds=0.5), pace=pace)
        device = VirtualSpeaker() if speaker else None
        async with server, connect(endpoint=server, speaker=device, microphone=None) as session:
            async with asyncio.timeout(PATIENCE):
                response = await session.respond()
                if not speaker:
                    await listen(response)
                playouts = await response.played()
        return [(playout.position, playout.duration, playout.interrupted) for playout in playouts]

    return run_virtual(main)


# Sound


@pytest.mark.parametrize("pace", [1.0, 1000.0])
@pytest.mark.parametrize("speaker", [True, False], ids=["a speaker", "the application plays"])
def test_audio_that_arrives_once_the_next_message_plays_is_dropped(speaker: bool, pace: float) -> None:
    both = hold_two(BehindTheNext(copy=True), speaker=speaker, pace=pace)
    assert both == [(0.5, 0.5, False), (0.5, 0.5, False)]


@pytest.mark.parametrize("pace", [1.0, 1000.0])
@pytest.mark.parametrize("speaker", [True, False], ids=["a speaker", "the application plays"])
def test_a_message_whose_audio_arrives_entirely_too_late_was_not_heard(speaker: bool, pace: float) -> None:
    late, whole = hold_two(BehindTheNext(copy=False), speaker=speaker, pace=pace)
    assert late[:2] == (0.0, 0.0)
    assert whole == (0.5, 0.5, False)


def test_text_deltas_in_place_of_transcript_deltas_do_not_end_the_audio() -> None:
    def as_text(event: Event) -> Event:
        written = {"delta": event.get("delta"), "text": event.get("transcript")}
        return {**event, **written, "type": event["type"].replace("audio_transcript", "text")}

    hold(("response.output_audio_transcript.*", rewritten(as_text))).goes_on()


@pytest.mark.parametrize("after", [n / 1000 for n in range(500, 512, 2)])
def test_a_message_that_is_over_is_reported_before_the_next_one_that_is_cut(after: float) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("One.", seconds=0.5), message("Two.", seconds=0.5))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            response = await session.respond()
            await anyio.sleep(after)
            await session.interrupt()
            await response.played()
        kinds = PlayoutStarted | PlayoutFinished
        events = [event async for event in session.events() if isinstance(event, kinds)]
        order = [(type(event), event.item.transcript) for event in events]
        began = [(PlayoutStarted, "Two.")] if (PlayoutStarted, "Two.") in order else []
        over = (PlayoutFinished, "One.")
        assert order == [(PlayoutStarted, "One."), over, *began, (PlayoutFinished, "Two.")]

    run_virtual(main)


# Items


def added_late(event: Event) -> Iterable[Event]:
    """Add a message with sound to a response behind its end."""
    ids = {"response_id": event["response"]["id"], "output_index": 1}
    item = {"id": "late", "type": "message", "role": "assistant", "content": []}
    added = {"type": "response.output_item.added", **ids, "item": item}
    sound = {"type": SOUND, **ids, "item_id": "late", "content_index": 0, "delta": "AAAA"}
    return (event, added, sound)


def test_an_item_added_after_response_done_is_not_played() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper(DONE, added_late)
        server.reply(message("One.", seconds=0.5))
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            response = await session.respond()
            await listen(response)
            await anyio.sleep(1.0)
            async with asyncio.timeout(PATIENCE):
                (playout,) = await response.played()
            assert (playout.transcript, playout.position) == ("One.", 0.5)

    run_virtual(main)


def test_a_message_that_ended_without_its_text_is_settled_when_the_connection_ends() -> None:
    async def main() -> None:
        server = FakeServer()
        for pattern in ("response.output_audio_transcript.done", "response.content_part.done", DONE):
            server.tamper(pattern, drop)
        server.tamper(ITEM_DONE, rewritten(lambda event: {**event, "item": {**event["item"], "content": []}}))
        server.reply(message("One.", seconds=0.5))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            response = await session.respond()
            await anyio.sleep(1.0)
            server.hang_up()
            async with asyncio.timeout(PATIENCE):
                (playout,) = await response.played()
            assert (playout.transcript, playout.position, playout.interrupted) == ("One.", 0.5, False)

    run_virtual(main)


def test_a_running_call_is_answered_under_its_original_call_id() -> None:
    async def work() -> str:
        """Work for a second."""
        await anyio.sleep(1.0)
        return "done"

    async def main() -> None:
        server = FakeServer()
        server.reply(call("work", {}))
        server.reply(message("Done.", seconds=0.5))
        async with server, connect(endpoint=server, speaker=None, microphone=None, tools=[work]) as session:
            (called,) = (await (await session.respond()).done()).items
            assert isinstance(called, FunctionCallItem)
            call_id = called.call_id
            again = {"id": called.id, "type": "function_call", "call_id": "another", "name": "other", "arguments": "?"}
            server.inject({"type": "conversation.item.done", "item": again})
            await anyio.sleep(2.0)
            assert called.output is not None
        created = [event["item"] for event in server.received if event["type"] == "conversation.item.create"]
        assert [item["call_id"] for item in created] == [call_id]

    run_virtual(main)


def end_of_another(event: Event) -> Iterable[Event]:
    """End an item that has not begun."""
    content = [{"type": "output_audio", "transcript": "Three."}]
    item = {"id": "another", "type": "message", "role": "assistant", "status": "completed", "content": content}
    return ({"type": ITEM_DONE, "response_id": event["response_id"], "output_index": 1, "item": item}, event)


def other_id(event: Event) -> Iterable[Event]:
    return ({**event, "item": {**event["item"], "id": f"other_{event['item']['id']}"}},)


def test_the_end_of_an_item_that_has_not_begun_ends_no_other() -> None:
    hold((SOUND, Only(2, end_of_another)), texts=("One.",)).goes_on()


def test_the_end_of_a_message_under_another_id_is_known_by_its_text() -> None:
    hold((ITEM_DONE, other_id), (DONE, Only(1, drop))).goes_on()


# Responses


def beginning_of_another(event: Event) -> Iterable[Event]:
    return ({"type": CREATED, "response": {"id": "another"}}, event)


def test_a_response_created_without_items_does_not_end_the_active_one() -> None:
    talk = hold((SOUND, Only(2, beginning_of_another)), texts=("One.",))
    talk.goes_on()
    assert talk.turns[0].response.status == "completed"


def end_of_one_that_never_began(event: Event) -> Iterable[Event]:
    return ({"type": DONE, "response": {"id": "another", "status": "completed", "output": []}}, event)


def test_the_end_of_an_unknown_response_does_not_end_the_active_one() -> None:
    talk = hold((SOUND, Only(2, end_of_one_that_never_began)), texts=("One.",))
    talk.goes_on()
    assert talk.turns[0].response.status == "completed"


def test_a_response_whose_end_was_lost_is_over_once_the_next_one_plays() -> None:
    talk = hold((DONE, Only(1, drop)), by_voice=True)
    talk.goes_on()
    first, second = (turn.response for turn in talk.turns)
    kinds = (ResponseStarted, ResponseFinished, PlayoutStarted)
    emitted = [(type(event), getattr(event, "response", None)) for event in talk.emitted(*kinds)]
    of_both = [(kind, response) for kind, response in emitted if response in (first, second)]
    assert of_both == [
        (ResponseStarted, first), (ResponseStarted, second), (ResponseFinished, first), (ResponseFinished, second)
    ]  # fmt: skip


def test_a_response_of_the_conversation_does_not_answer_an_out_of_band_request() -> None:
    async def asked(session: Session) -> None:
        with pytest.raises(RequestTimedOut):
            await session.respond(conversation="none", timeout=1.0)

    async def main() -> None:
        server = FakeServer()
        server.tamper(CREATED, of_response(metadata=None, conversation_id="conv_1"))
        server.reply(message("Hello.", seconds=1.0))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            await asked(session)
            response = await anext(session.responses())
            (playout,) = await response.played()
            assert (playout.transcript, playout.position) == ("Hello.", 1.0)

    run_virtual(main)
