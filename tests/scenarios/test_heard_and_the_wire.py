"""Playback never waits for the wire: captions and playouts follow the audio, whenever the server sends `done`."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from hypothesis import given, settings, strategies as st
from pytest import approx

from realtime_sdk import Caption, MessageItem, Playout, PlayoutFinished, PlayoutStarted, Response, Session, connect
from realtime_sdk.audio._pcm import to_seconds
from realtime_sdk.testing import DoneOrder, FakeServer, VirtualSpeaker, call, drop, late, message, run_virtual
from realtime_sdk.testing._clock import EPOCH
from realtime_sdk.testing._script import DELTA

from .observing import after, sentence, talk

pytestmark = pytest.mark.usefixtures("unguarded")

LENGTHS = (1.2, 2.0)  # seconds of the two messages
TEXTS = ("I will check that.", "It is noon in London.")
TICK = 0.02  # seconds between two looks at the speaker

PACES = [math.inf, 2.0, 1.1]  # seconds of sound that the server sends in a second
DONES: list[DoneOrder] = ["batched", "per_item", "response_first", "missing", "duplicated"]


@dataclass
class Seen:
    """One message as the ten-line program saw it; times are seconds of the loop."""

    text: str = ""
    captions: list[tuple[float, Caption]] = field(default_factory=list)  # when each was shown
    ended: float = 0.0  # when no more captions came
    played: float = 0.0  # when `played()` returned
    playout: Playout | None = None


class TenLines:
    """The program of the README, and without a speaker an application that plays what it takes."""

    def __init__(self, server: FakeServer, speaker: VirtualSpeaker | None) -> None:
        self.server = server
        self.speaker = speaker
        self.seen: list[Seen] = []
        self.first_sound = math.nan  # seconds of the loop

    async def __call__(self) -> TenLines:
        connecting = connect(endpoint=self.server, speaker=self.speaker, microphone=None, aligner="signal")
        async with self.server, connecting as session, anyio.create_task_group() as tasks:
            session.send_text("What time is it?")
            async for response in session.responses():
                if self.speaker is None:
                    tasks.start_soon(self._play, response)
                await self._follow(response)
                break
        if self.speaker is not None:
            self.first_sound = self.speaker.timeline[0].at - EPOCH
        return self

    async def _follow(self, response: Response) -> None:
        async for item in response:
            if not isinstance(item, MessageItem):
                continue
            seen = Seen()
            self.seen.append(seen)
            async for caption in item.captions():
                seen.captions.append((anyio.current_time(), caption))
                seen.text += caption.text
            seen.ended = anyio.current_time()
            seen.playout = await item.played()
            seen.played = anyio.current_time()

    async def _play(self, response: Response) -> None:
        async for item in response:
            if isinstance(item, MessageItem):
                async for pcm in item.audio():
                    if math.isnan(self.first_sound):
                        self.first_sound = anyio.current_time()
                    await anyio.sleep(to_seconds(len(pcm)))


def two_messages(pace: float, done: DoneOrder = "batched", latency: float = 0.0, spread: float = 0.5) -> FakeServer:
    server = FakeServer(done=done, latency=latency)
    server.reply(*(message(t, seconds=s, text_spread=spread) for t, s in zip(TEXTS, LENGTHS, strict=True)), pace=pace)
    return server


over_every_wire = pytest.mark.parametrize(
    ("pace", "done", "latency"),
    [*itertools.product(PACES, DONES, [0.0]), *itertools.product(PACES, DONES[1:3], [0.5])],
)  # fmt: skip


def follows_the_sound(talked: TenLines, pace: float, granularity: float) -> None:
    """Assert that each fact came when it was audible; `granularity`: by how much sound is taken ahead, in seconds."""
    # A server that is hardly faster than speech has sent too little to know where the words are.
    late = granularity + (0.1 if pace >= 2.0 else 0.3)
    begin = talked.first_sound
    for seen, text, length in zip(talked.seen, TEXTS, LENGTHS, strict=True):
        assert seen.text == text
        for at, caption in seen.captions:
            assert caption.start - granularity - 1e-6 <= at - begin <= caption.start + late
        assert seen.ended - begin == approx(length, abs=granularity + TICK)
        assert seen.played == approx(seen.ended, abs=1e-6)
        assert seen.playout is not None
        assert (seen.playout.position, seen.playout.transcript, seen.playout.interrupted) == (length, text, False)
        begin += length


@over_every_wire
def test_captions_and_playouts_of_two_messages_follow_the_speaker(pace: float, done: DoneOrder, latency: float) -> None:
    talked = run_virtual(TenLines(two_messages(pace, done, latency), VirtualSpeaker()))
    assert talked.speaker is not None and len(talked.speaker.timeline) == 1  # no gap between them
    follows_the_sound(talked, pace, granularity=0.0)


@over_every_wire
def test_captions_and_playouts_follow_what_an_application_takes(pace: float, done: DoneOrder, latency: float) -> None:
    talked = run_virtual(TenLines(two_messages(pace, done, latency), None))
    follows_the_sound(talked, pace, granularity=DELTA)


@pytest.mark.parametrize("spread", [0.0, 1.0, math.inf])
@pytest.mark.parametrize("done", DONES)
def test_a_first_message_is_over_with_its_sound_however_its_text_is_spread(done: DoneOrder, spread: float) -> None:
    talked = run_virtual(TenLines(two_messages(1.1, done, spread=spread), VirtualSpeaker()))
    first, _ = talked.seen
    assert first.text == TEXTS[0]
    assert first.played - talked.first_sound == approx(LENGTHS[0], abs=TICK)


def test_a_first_message_is_over_with_its_sound_although_every_end_of_the_response_is_late() -> None:
    server = two_messages(2.0, "response_first")
    server.tamper("response.done", late(10.0))
    talked = run_virtual(TenLines(server, VirtualSpeaker()))
    first, second = talked.seen
    assert first.played - talked.first_sound == approx(LENGTHS[0], abs=TICK)
    assert second.played - talked.first_sound > 10.0  # nothing comes after it that would show it complete


def test_a_message_whose_text_is_late_is_over_once_it_has_come() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Hello there.", seconds=1.0))
        server.tamper("response.output_audio_transcript.*", drop)
        server.tamper("response.output_audio.done", late(3.0))
        async with server, talk(server, speaker) as session:
            item = await sentence(await session.respond())
            began = anyio.current_time()
            playout = await item.played()
            assert anyio.current_time() - began == approx(3.0, abs=TICK)
            assert (playout.position, playout.transcript) == (1.0, "Hello there.")
            assert playout.finished_at == approx(EPOCH + began + 1.0, abs=TICK)

    run_virtual(main)


# The order of events


def messages() -> st.SearchStrategy[Any]:
    return st.builds(
        message, st.sampled_from(["", "Yes.", "It is noon in London."]), seconds=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
        text_spread=st.sampled_from([0.0, 0.5, 1.0, math.inf]),
    )  # fmt: skip


replies = st.lists(
    st.tuples(st.lists(messages(), max_size=3), st.sampled_from([math.inf, 2.0, 1.1, 0.8])), min_size=1, max_size=3
)


async def take_all(session: Session) -> None:
    """Take the sound of all messages in order, at once."""
    async for response in session.responses():
        async for item in response:
            if isinstance(item, MessageItem):
                async for _ in item.audio():
                    pass


@settings(max_examples=40)
@given(
    replies=replies, done=st.sampled_from(DONES), latency=st.sampled_from([0.0, 0.3]), device=st.booleans(),
    tools=st.booleans(), read_captions=st.booleans(),
)  # fmt: skip
def test_one_playout_finishes_before_the_next_one_starts(
    replies: list[tuple[list[Any], float]], done: DoneOrder, latency: float, device: bool, tools: bool,
    read_captions: bool,
) -> None:  # fmt: skip
    async def main() -> None:
        server = FakeServer(done=done, latency=latency)
        for items, pace in replies:
            server.reply(*items, *([call("nothing")] if tools else []), pace=pace)
        server.reply()  # after the last call
        speaker = VirtualSpeaker(latency=0.1) if device else None
        connecting = connect(endpoint=server, speaker=speaker, microphone=None)
        async with server, connecting as session, anyio.create_task_group() as tasks:
            if read_captions:
                session.events()
            if not device:
                tasks.start_soon(take_all, session)
            responses = [await session.respond() for _ in replies]
            for response in responses:
                await response.played()
            tasks.cancel_scope.cancel()
        in_order(responses, await after(session, PlayoutStarted, PlayoutFinished))

    run_virtual(main)


def in_order(responses: list[Response], events: Any) -> None:
    made = [item.id for response in responses for item in response.items if item.type == "message"]
    finished = [event.item.id for event in events if isinstance(event, PlayoutFinished)]
    assert sorted(finished) == sorted(made)  # each once
    sounded = [event.item.id for event in events if isinstance(event, PlayoutStarted)]
    assert [item for item in made if item in sounded] == sounded
    heard = [(type(event), event.item.id) for event in events if event.item.id in sounded]
    assert heard == [(kind, item) for item in sounded for kind in (PlayoutStarted, PlayoutFinished)]
