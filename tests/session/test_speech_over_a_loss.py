"""The user speaks while the connection is lost: the next server hears all of it, once, and answers once."""

from __future__ import annotations

import anyio
import pytest

from realtime_sdk import Disconnected, Reconnect, Reconnected, Session
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import FakeServer, VirtualMicrophone, message
from realtime_sdk.testing._sounds import noise

from .ears import Loudness, speech
from .talk import Talk, heard

SPEECH = noise(2.0, 1)


@pytest.mark.parametrize(("at", "refusals"), [(0.05, 0), (1.0, 0), (1.0, 3), (2.2, 0), (2.45, 0), (2.45, 3)])
def test_what_the_user_says_is_heard_and_answered_once(at: float, refusals: int) -> None:
    microphone = VirtualMicrophone()
    talk = Talk(FakeServer(ears=Loudness), microphone=microphone)
    for _ in range(3):
        talk.server.reply(message("I see.", seconds=0.5))

    async def going_on(session: Session) -> None:
        await anyio.sleep(2.0)
        microphone.say(SPEECH)
        await anyio.sleep(at)
        if refusals:
            talk.server.refuse_connections(refusals)
        talk.server.break_off()
        await anyio.sleep(12.0)

    talk.hold(going_on)
    assert len(talk.of(Disconnected)) == 1
    kinds = [item.wire["role"] for item in talk.server.items if item.wire["role"] != "system"]
    assert kinds == ["user", "assistant"]
    [spoken] = [item for item in talk.server.items if item.wire["role"] == "user"]
    assert spoken.seconds >= 2.0
    assert len(talk.speaker.heard) == 0.5 * WIRE_RATE


# What was said, by what the server had done with it


def test_the_audio_of_an_open_turn_is_sent_to_the_next_server_once() -> None:
    talk = Talk(turn_detection=None)
    talk.server.reply(message("I see."))

    async def going_on(session: Session) -> None:
        await session.send_audio(speech((1000, 1.0)))
        await anyio.sleep(0.5)
        talk.server.break_off()
        await anyio.sleep(0.0)
        session.send_audio(speech((1000, 0.5)))
        await anyio.sleep(1.0)
        session.send_audio(speech((1000, 0.25)))
        session.commit_audio()
        session.respond()
        await heard(session)

    talk.hold(going_on)
    item = talk.server.items[0]
    assert item.seconds == 1.75
    assert [role for role, _ in talk.history] == ["user", "assistant"]


def test_of_a_long_gap_the_latest_audio_is_sent_and_the_rest_reported() -> None:
    talk = Talk(microphone=VirtualMicrophone(), reconnect=Reconnect(hold_audio=5.0))

    async def going_on(session: Session) -> None:
        await anyio.sleep(1.0)
        talk.server.refuse_connections(5)
        talk.server.break_off()
        await anyio.sleep(60.0)

    talk.hold(going_on)
    [again] = talk.of(Reconnected)
    assert again.audio_sent == pytest.approx(5.0, abs=0.1)
    assert again.audio_dropped > 1.0


def test_speech_that_the_server_took_and_did_not_answer_is_given_as_audio() -> None:
    talk = Talk(turn_detection=None)
    talk.server.reply(message("I see."))

    async def going_on(session: Session) -> None:
        await session.send_audio(speech((1000, 1.0)))
        await session.commit_audio()
        await anyio.sleep(1.0)
        talk.server.break_off()
        await anyio.sleep(1.0)
        session.respond()
        await heard(session)

    talk.hold(going_on)
    [user, assistant] = talk.server.items
    assert (user.seconds, assistant.text) == (1.0, "I see.")
    assert talk.of(Reconnected)[0].lost == ()


def test_a_drop_while_the_user_speaks_leaves_the_floor_free() -> None:
    talk = Talk()
    talk.server.reply(message("Yes?", seconds=1.0))

    async def going_on(session: Session) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(talk.server.user_speaks, "Hello?", 2.0)
            await anyio.sleep(1.0)
            talk.server.break_off()
        await anyio.sleep(1.0)
        session.send_text("Are you there?")
        with anyio.fail_after(5.0):
            await heard(session)

    talk.hold(going_on)
    assert talk.server.items[-1].text == "Yes?"
