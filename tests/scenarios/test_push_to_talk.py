"""Push-to-talk: the audio of a press that the server receives, to the sample."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise

import anyio
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pytest import approx

from realtime_sdk import (
    BargeIn,
    Session,
    SessionReady,
    Turns,
    UsageError,
    UserSpeechStarted,
    UserSpeechStopped,
    connect,
)
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, noise, run_virtual

PADDING = 0.3
SAID = noise(20.0, seed=5)
"""What the microphone hears from the beginning of the session on."""


def said(start: float, end: float) -> Pcm:
    return SAID[to_frames(start) : to_frames(end)]


@dataclass
class Talk:
    """A session that is pushed to talk, in which the user presses the key as `pressing` says."""

    pressing: Callable[[Talk, Session], Awaitable[None]]
    server: FakeServer = field(default_factory=FakeServer)
    speaker: VirtualSpeaker = field(default_factory=VirtualSpeaker)
    microphone: VirtualMicrophone = field(default_factory=VirtualMicrophone)
    began_at: float = 0.0

    async def __call__(self) -> Talk:
        self.server.reply(message("One.", seconds=3.0))
        self.server.reply(message("Two.", seconds=3.0))
        self.microphone.say(SAID, at=0.0)
        async with (
            self.server,
            connect(
                endpoint=self.server, speaker=self.speaker, microphone=self.microphone, turns=Turns.push_to_talk()
            ) as session,
        ):
            self.began_at = anyio.current_time()
            await self.pressing(self, session)
        assert self.server.refused == []
        return self

    async def at(self, seconds: float) -> None:
        """Wait until so many seconds of the session are over."""
        await anyio.sleep_until(self.began_at + seconds)

    @property
    def sent(self) -> list[str]:
        """The types of what the server got, sounds that follow each other taken for one."""
        types = [str(event["type"]) for event in self.server.received]
        return [kind for before, kind in pairwise(["", *types]) if kind != before or "append" not in kind]


CONFIGURED = "session.update"
TURN = ["input_audio_buffer.append", "input_audio_buffer.commit", "response.create"]


def test_a_press_is_one_turn_of_exactly_what_was_said_and_a_little_before() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        await talk.at(1.0)
        session.press()
        await talk.at(2.5)
        assert session.release()
        await talk.at(3.0)

    talk = run_virtual(Talk(pressing))
    assert talk.sent == [CONFIGURED, *TURN]
    assert np.array_equal(talk.server.heard, said(1.0 - PADDING, 2.5))
    assert talk.server.received[0]["session"]["audio"]["input"]["turn_detection"] is None


def test_a_key_that_goes_up_between_two_blocks_ends_the_turn_at_that_moment() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        await talk.at(1.0071)
        session.press()
        await talk.at(1.5133)
        session.release()
        await talk.at(3.0)

    talk = run_virtual(Talk(pressing))
    assert talk.sent == [CONFIGURED, *TURN]
    assert np.array_equal(talk.server.heard, said(1.0071 - PADDING, 1.5133))


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.0999])
def test_of_a_press_under_100_ms_nothing_reaches_the_server(seconds: float) -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        await talk.at(1.0)
        session.press()
        await talk.at(1.0 + seconds)
        assert not session.release()
        await talk.at(3.0)

    assert run_virtual(Talk(pressing)).sent == [CONFIGURED]


def test_sound_is_on_its_way_while_the_key_is_down_but_not_in_its_first_100_ms() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        await talk.at(1.0)
        session.press()
        await talk.at(1.0999)
        assert not talk.server.heard.size
        await talk.at(1.5)
        assert np.array_equal(talk.server.heard[: to_frames(0.75)], said(1.0 - PADDING, 1.45))
        session.release()

    run_virtual(Talk(pressing))


def test_pressing_stops_the_reply_and_the_server_remembers_what_was_heard() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        session.send_text("Tell me something.")
        story = await anext(session.responses())
        await talk.at(1.0)
        (cut,) = await session.press()
        assert cut.interrupted and cut.position == approx(1.0, abs=0.03)
        assert len(talk.speaker.heard) == round(cut.position * to_frames(1.0))
        await talk.at(2.0)
        session.release()
        answer = await anext(session.responses())
        assert [playout.interrupted for playout in await answer.played()] == [False]
        assert story.status == "completed"

    talk = run_virtual(Talk(pressing))
    assert talk.sent == [
        CONFIGURED, "conversation.item.create", "response.create", "conversation.item.truncate", *TURN,
    ]  # fmt: skip


def test_a_press_cancels_an_active_response() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        talk.server.reply(message("Three.", seconds=1.0), pace=0.5)
        for _ in range(2):
            await (await session.respond()).played()
        begun = talk.sent.count("response.create")
        await session.respond()
        start = anyio.current_time() - talk.began_at
        await talk.at(start + 1.0)
        session.press()
        await talk.at(start + 2.0)
        session.release()
        await talk.at(start + 3.0)
        assert talk.sent.count("response.create") == begun + 2

    talk = run_virtual(Talk(pressing))
    assert talk.sent.count("response.cancel") == 1


def test_running_tools_request_no_response_besides_the_users_turn() -> None:
    async def think() -> str:
        """Think."""
        await anyio.sleep(1.0)
        return "42"

    async def main() -> FakeServer:
        server, microphone = FakeServer(), VirtualMicrophone()
        server.reply(call("think"))
        server.reply(message("Yes?", seconds=0.5))
        microphone.say(SAID, at=0.0)
        async with (
            server,
            connect(
                endpoint=server, speaker=VirtualSpeaker(), microphone=microphone, turns=Turns.push_to_talk(),
                tools=[think],
            ) as session,
        ):
            await session.respond()
            await anyio.sleep(0.5)
            session.press()
            await anyio.sleep(1.0)
            session.release()
            await anyio.sleep(2.0)
        return server

    sent = [event["type"] for event in run_virtual(main).received]
    assert sent.count("response.create") == 2


def test_two_presses_are_two_turns_and_nothing_between_them_is_sent() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        for second in (1.0, 4.0):
            await talk.at(second)
            session.press()
            await talk.at(second + 1.0)
            session.release()
        await talk.at(6.0)

    talk = run_virtual(Talk(pressing))
    kinds = [kind for kind in talk.sent if kind != "conversation.item.delete"]
    assert kinds == [CONFIGURED, *TURN, "conversation.item.truncate", *TURN]
    assert np.array_equal(talk.server.heard, np.concatenate([said(0.7, 2.0), said(3.7, 5.0)]))


def test_a_key_that_bounces_continues_the_same_turn() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        await talk.at(1.005)
        session.press()
        await talk.at(2.005)
        session.release()
        await talk.at(2.01)  # the block that was being captured is not complete yet
        session.press()
        await talk.at(3.0)
        session.release()
        await talk.at(4.0)

    talk = run_virtual(Talk(pressing))
    assert talk.sent == [CONFIGURED, *TURN]
    assert np.array_equal(talk.server.heard, said(0.705, 3.0))


def test_the_end_of_the_microphone_ends_the_turn() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        await talk.at(1.0)
        session.press()
        await talk.at(2.0)
        talk.microphone.hang_up()
        await talk.at(3.0)
        assert session.release()
        await talk.at(4.0)

    talk = run_virtual(Talk(pressing))
    assert talk.sent == [CONFIGURED, *TURN]
    assert np.array_equal(talk.server.heard, said(0.7, 2.0))


def test_a_press_while_the_microphone_is_muted_hard_sends_nothing() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        await talk.at(0.5)
        session.mute(hard=True)
        await talk.at(1.0)
        session.press()
        await talk.at(2.0)
        session.release()
        await talk.at(3.0)

    talk = run_virtual(Talk(pressing))
    assert talk.sent == [CONFIGURED]


def test_a_press_that_was_muted_but_for_a_moment_is_taken_back() -> None:
    async def pressing(talk: Talk, session: Session) -> None:
        session.mute(hard=True)
        await talk.at(1.0)
        session.press()
        await talk.at(1.105)
        session.unmute()
        await talk.at(1.165)
        session.mute(hard=True)
        await talk.at(2.0)
        session.release()
        await talk.at(3.0)

    talk = run_virtual(Talk(pressing))
    assert talk.sent == [CONFIGURED, "input_audio_buffer.append", "input_audio_buffer.clear"]


def test_a_turn_lasts_from_the_press_to_the_release() -> None:
    async def main() -> None:
        server, microphone = FakeServer(), VirtualMicrophone()
        async with (
            server,
            connect(endpoint=server, speaker=None, microphone=microphone, turns=Turns.push_to_talk()) as session,
        ):
            ready = await anext(session.events())
            assert isinstance(ready, SessionReady)
            for held in (0.05, 1.0):
                session.press()
                await anyio.sleep(held)
                session.release()
                await anyio.sleep(0.95)
        edges = [e for e in session._runtime.events.values if isinstance(e, UserSpeechStarted | UserSpeechStopped)]
        assert [type(event) for event in edges] == [UserSpeechStarted, UserSpeechStopped]
        assert [event.at - ready.at for event in edges] == approx([1.0, 2.0])

    run_virtual(main)


async def open_with(**options: object) -> None:
    async with (
        FakeServer() as server,
        connect(endpoint=server, speaker=None, microphone=None, **options) as session,  # type: ignore[arg-type]
    ):
        session.press()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"turns": Turns.push_to_talk(), "turn_detection": {"type": "server_vad"}}, "turn_detection is given"),
        (
            {"turns": Turns.push_to_talk(), "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}},
            "turn_detection is given",
        ),
        ({"turns": Turns.push_to_talk(), "barge_in": BargeIn.delay()}, "barge_in is given"),
        ({}, "this session is not push-to-talk"),
    ],
)
def test_what_contradicts_a_key_is_refused(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        run_virtual(lambda: open_with(**options))


TIMES = st.lists(st.integers(0, 3000), min_size=2, max_size=8, unique=True).map(sorted)


@settings(max_examples=40, deadline=None)
@given(TIMES)
def test_any_sequence_of_presses_commits_and_answers_each_turn_once(times: list[int]) -> None:
    presses = [(down / 1000, up / 1000) for down, up in zip(times[::2], times[1::2], strict=False)]

    async def pressing(talk: Talk, session: Session) -> None:
        for down, up in presses:
            await talk.at(0.5 + down)
            session.press()
            await talk.at(0.5 + up)
            session.release()
        await talk.at(5.0)

    talk = run_virtual(Talk(pressing))
    kinds = [str(event["type"]) for event in talk.server.received]
    commits = [at for at, kind in enumerate(kinds) if kind == "input_audio_buffer.commit"]
    assert all(kinds[at - 1] == "input_audio_buffer.append" for at in commits)
    assert kinds.count("input_audio_buffer.append") == 0 or commits
    assert len(commits) <= len([up for down, up in presses if up - down >= 0.1])
    assert kinds[-1] != "input_audio_buffer.append"
