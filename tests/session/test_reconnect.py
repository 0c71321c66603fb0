"""A session goes on after its connection was lost, whatever was going on; the next server knows what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import anyio
import numpy as np
import pytest

from realtime_sdk import (
    ConnectionFailed,
    ConnectionLost,
    Disconnected,
    Interrupted,
    MessageItem,
    Reconnect,
    Reconnected,
    RequestTimedOut,
    Response,
    Session,
    connect,
)
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import (
    Close,
    FakeServer,
    Phase,
    Refuse,
    Reset,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    message,
    run_virtual,
)


class Talk:
    """A session with a server whose connections fail."""

    def __init__(self, **given: Any) -> None:
        self.server = FakeServer()
        self.speaker = VirtualSpeaker()
        self.events: list[Any] = []
        self._given: dict[str, Any] = {"speaker": self.speaker, "microphone": None, **given}

    def hold(self, going_on: Callable[[Session], Awaitable[object]]) -> Talk:
        """Hold the talk, and keep its events."""

        async def main() -> None:
            async with self.server, connect(endpoint=self.server, **self._given) as session:
                await going_on(session)
            self.events = [event async for event in session.events()]

        run_virtual(main)
        return self

    @property
    def history(self) -> list[tuple[str, str]]:
        """What the last server holds: who says what, and calls with their outputs."""
        return [told(item) for item in self.server.items if item.wire.get("role") != "system"]

    def of(self, kind: type[Any]) -> list[Any]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def connections(self) -> int:
        """How many connections there were."""
        return len(self.server.connections)

    def requested(self) -> int:
        """How many responses were requested on the last connection."""
        return sum(event["type"] == "response.create" for event in self.server.connections[-1].received)


def told(item: Any) -> tuple[str, str]:
    match item.wire["type"]:
        case "message":
            return item.wire["role"], item.text
        case "function_call":
            return "call", item.wire["arguments"]
    return "output", item.wire["output"]


async def heard(session: Session) -> MessageItem:
    """The first message of the next response, once all of it was heard."""
    item = await first_message(await anext(session.responses()))
    await item.played()
    return item


async def first_message(response: Response) -> MessageItem:
    return await anext(aiter(item async for item in response if isinstance(item, MessageItem)))


# What the next server knows


def test_after_a_loss_in_the_silence_the_next_server_knows_what_was_said_and_heard() -> None:
    talk = Talk(instructions="Be brief.", voice="marin")
    talk.server.reply(message("It is noon."))
    talk.server.reply(message("It is still noon."))

    async def going_on(session: Session) -> None:
        session.send_text("What time is it?")
        await heard(session)
        talk.server.break_off()
        await anyio.sleep(1.0)
        assert session.state == "listening"
        session.send_text("And now?")
        await heard(session)

    talk.hold(going_on)
    assert talk.history == [
        ("user", "What time is it?"), ("assistant", "It is noon."),
        ("user", "And now?"), ("assistant", "It is still noon."),
    ]  # fmt: skip
    settings = talk.server.connections[-1].session.settings
    assert (settings["instructions"], settings["audio"]["output"]["voice"]) == ("Be brief.", "marin")
    assert talk.server.refused == []
    [lost], [again] = talk.of(Disconnected), talk.of(Reconnected)
    assert (lost.will_retry, len(again.carried), again.lost, again.renewed) == (True, 2, (), False)


def test_changes_of_the_configuration_are_carried_on_and_tools_with_them() -> None:
    def clock() -> str:
        """Tell the time."""
        return "noon"

    talk = Talk(instructions="Be brief.")

    async def going_on(session: Session) -> None:
        await session.update(instructions="Be kind.", tools=[clock])
        await session.update(turn_detection=None)
        talk.server.break_off()
        await anyio.sleep(1.0)

    talk.hold(going_on)
    settings = talk.server.connections[-1].session.settings
    assert settings["instructions"] == "Be kind."
    assert settings["audio"]["input"]["turn_detection"] is None
    assert [tool["name"] for tool in settings["tools"]] == ["clock"]


def test_a_message_that_was_cut_is_restored_as_far_as_it_was_heard() -> None:
    talk = Talk()
    talk.server.reply(message("One two three four five six seven eight.", seconds=8.0))

    async def going_on(session: Session) -> None:
        session.send_text("Count.")
        item = await first_message(await anext(session.responses()))
        await anyio.sleep(4.0)
        await session.interrupt()
        talk.server.break_off()
        await anyio.sleep(1.0)
        assert talk.history == [("user", "Count."), ("assistant", item.heard)]

    talk.hold(going_on)


def test_ids_stay_the_same_here_and_are_new_on_the_wire() -> None:
    talk = Talk()
    talk.server.reply(message("It is noon."))

    async def going_on(session: Session) -> None:
        session.send_text("What time is it?")
        item = await heard(session)
        before = item.id
        talk.server.break_off()
        await anyio.sleep(1.0)
        assert session.conversation[before] is item
        wire_id = talk.server.items[-1].wire["id"]
        assert wire_id != before
        session.send({"type": "conversation.item.delete", "item_id": item.id})
        await anyio.sleep(1.0)
        assert talk.history == [("user", "What time is it?")]
        assert item.id not in session.conversation

    talk.hold(going_on)
    assert talk.server.refused == []


# What was going on


def test_a_message_that_sounds_plays_to_the_end_of_what_was_received() -> None:
    talk = Talk()
    talk.server.reply(message("A story that is long.", seconds=4.0), pace=2.0)

    async def going_on(session: Session) -> None:
        session.send_text("Tell me.")
        item = await first_message(await anext(session.responses()))
        await anyio.sleep(1.0)
        talk.server.break_off()
        playout = await item.played()
        assert playout.position == playout.duration == len(talk.speaker.heard) / WIRE_RATE
        assert 1.0 < playout.position < 4.0
        assert playout.interrupted
        await anyio.sleep(1.0)
        assert talk.history == [("user", "Tell me."), ("assistant", playout.transcript)]

    talk.hold(going_on)
    assert talk.requested() == 0  # some of the answer was heard
    assert talk.of(Interrupted) == []


def test_a_message_that_was_received_in_full_is_heard_in_full() -> None:
    talk = Talk()
    talk.server.reply(message("A story.", seconds=4.0))

    async def going_on(session: Session) -> None:
        session.send_text("Tell me.")
        response = await anext(session.responses())
        item = await first_message(response)
        await response.done()
        talk.server.break_off()
        assert not (await item.played()).interrupted
        assert talk.history == [("user", "Tell me."), ("assistant", "A story.")]

    talk.hold(going_on)
    assert len(talk.speaker.heard) / WIRE_RATE == 4.0


def test_a_message_that_is_cut_after_it_was_carried_over_is_replaced_by_what_was_heard() -> None:
    talk = Talk()
    talk.server.reply(message("One two three four five six seven eight.", seconds=8.0))

    async def going_on(session: Session) -> None:
        session.send_text("Count.")
        item = await first_message(await anext(session.responses()))
        await anyio.sleep(2.0)
        talk.server.break_off()
        await anyio.sleep(2.0)
        session.send_text("Stop.", respond=False)
        await session.interrupt()
        await anyio.sleep(1.0)
        assert talk.history == [("user", "Count."), ("assistant", item.heard), ("user", "Stop.")]
        assert session.conversation[item.id] is item

    talk.hold(going_on)
    assert talk.server.refused == []


@pytest.mark.parametrize("phase", [Phase.ADDING, Phase.ASKED, Phase.THINKING])
def test_an_open_turn_is_answered_once(phase: Phase) -> None:
    talk = Talk()
    talk.server.fail(Reset(), at=phase)
    talk.server.reply(message("It is noon.", seconds=1.0), thinking=1.0)
    talk.server.reply(message("It is noon.", seconds=1.0), thinking=1.0)

    async def going_on(session: Session) -> None:
        session.send_text("What time is it?")
        await anyio.sleep(6.0)

    talk.hold(going_on)
    assert talk.history == [("user", "What time is it?"), ("assistant", "It is noon.")]
    assert talk.requested() == 1
    assert len(talk.speaker.heard) / WIRE_RATE == 1.0


def test_a_reply_of_which_nothing_was_heard_is_made_again_with_the_same_fields() -> None:
    talk = Talk()
    talk.server.fail(Reset(), at=Phase.STREAMING)
    talk.server.reply(message("Hello. How are you?", seconds=2.0), pace=1.0)
    talk.server.reply(message("Hello. How are you?", seconds=2.0))

    async def going_on(session: Session) -> None:
        first = await session.respond(instructions="Greet the user.", metadata={"kind": "greeting"})
        assert (await first.done()).status == "incomplete"
        second = await anext(response async for response in session.responses() if response is not first)
        assert second.metadata == {"kind": "greeting"}
        assert [playout.interrupted for playout in await second.played()] == [False]

    talk.hold(going_on)
    assert talk.history == [("assistant", "Hello. How are you?")]
    assert len(talk.speaker.heard) / WIRE_RATE == 2.0


def test_a_request_that_waits_is_answered_on_the_next_connection() -> None:
    talk = Talk()
    talk.server.fail(Reset(), at=Phase.ASKED)
    talk.server.reply(message("Hello.", seconds=1.0))

    async def going_on(session: Session) -> None:
        response = await session.respond()
        assert (await response.done()).status == "completed"

    talk.hold(going_on)
    assert talk.requested() == 1


def test_a_tool_that_runs_meanwhile_is_answered_once_with_its_call() -> None:
    async def look_up() -> str:
        """Look it up."""
        await anyio.sleep(5.0)
        return "42"

    talk = Talk(tools=[look_up])
    talk.server.fail(Reset(), at=Phase.IN_TOOL, after=0.1)
    talk.server.reply(call("look_up"))
    talk.server.reply(message("It is 42.", seconds=1.0))

    async def going_on(session: Session) -> None:
        session.send_text("What is it?")
        await anyio.sleep(10.0)

    talk.hold(going_on)
    assert talk.history == [("user", "What is it?"), ("call", "{}"), ("output", "42"), ("assistant", "It is 42.")]
    assert talk.server.refused == []


def test_a_tool_that_finishes_in_the_gap_is_part_of_the_history() -> None:
    async def look_up() -> str:
        """Look it up."""
        await anyio.sleep(1.0)
        return "42"

    talk = Talk(tools=[look_up])
    talk.server.fail(Reset(), at=Phase.IN_TOOL, after=0.1)
    talk.server.reply(call("look_up"))
    talk.server.reply(message("It is 42.", seconds=1.0))

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(4)
        session.send_text("What is it?")
        await anyio.sleep(15.0)

    talk.hold(going_on)
    assert talk.history == [("user", "What is it?"), ("call", "{}"), ("output", "42"), ("assistant", "It is 42.")]
    assert talk.server.refused == []


def test_what_is_sent_in_the_gap_is_sent_once_and_in_order() -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(3)
        talk.server.break_off()
        await anyio.sleep(0.1)
        assert session.state == "reconnecting"
        sending = [session.send_text(text, respond=False) for text in ("one", "two", "three")]
        changing = session.update(instructions="Be brief.")
        for operation in sending:
            await operation
        assert (await changing)["instructions"] == "Be brief."

    talk.hold(going_on)
    assert talk.history == [("user", "one"), ("user", "two"), ("user", "three")]


# The user's audio


def speech(seconds: float) -> np.ndarray[Any, Any]:
    return np.full(int(seconds * WIRE_RATE), 1000, np.int16)


def test_the_audio_of_an_open_turn_is_sent_to_the_next_server_once() -> None:
    talk = Talk(turn_detection=None)
    talk.server.reply(message("I see."))

    async def going_on(session: Session) -> None:
        await session.send_audio(speech(1.0))
        await anyio.sleep(0.5)
        talk.server.break_off()
        await anyio.sleep(0.0)
        session.send_audio(speech(0.5))
        await anyio.sleep(1.0)
        session.send_audio(speech(0.25))
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
        await session.send_audio(speech(1.0))
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


# Attempts


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4321])
def test_whatever_the_code_of_the_close_it_is_a_loss(code: int) -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.hang_up(code)
        await anyio.sleep(1.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert [event.code for event in talk.of(Disconnected)] == [code]


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (Refuse(401), "the API key was refused"),
        (Refuse(403), "may not be used"),
        (Refuse(404), "no such model"),
        (Refuse(429, "insufficient_quota"), "the quota is used up"),
    ],
)
def test_a_refusal_that_is_final_ends_the_session_at_once(refusal: Refuse, cause: str) -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1, refusal)
        waiting = asyncio.create_task(session.update(instructions="Be brief."))
        talk.server.break_off()
        with anyio.fail_after(1.0):
            with pytest.raises(ConnectionLost, match=cause):
                await anext(session.responses())
            with pytest.raises(ConnectionLost, match=cause):
                await waiting
        assert session.state == "closed"

    talk.hold(going_on)
    assert [event.will_retry for event in talk.of(Disconnected)] == [True, False]


def test_a_close_that_is_final_is_no_loss() -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.hang_up(1008, "forbidden")
        with pytest.raises(ConnectionLost, match="1008"):
            await anext(session.responses())

    talk.hold(going_on)
    assert (talk.connections, [event.will_retry for event in talk.of(Disconnected)]) == (1, [False])


def test_after_some_time_it_gives_up_and_every_caller_is_told() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=20.0))

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1000)
        talk.server.break_off()
        waiting = [
            asyncio.ensure_future(operation)
            for operation in (session.respond(), session.send_text("Hello?"), session.update(instructions="A."))
        ]
        failures = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(failure) for failure in failures] == [ConnectionLost, ConnectionLost, RequestTimedOut]
        with pytest.raises(ConnectionLost, match="no lasting connection for 2"):
            await anext(session.responses())

    talk.hold(going_on)


def test_attempts_become_rarer() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=100.0))
    tried: list[float] = []

    async def going_on(session: Session) -> None:
        loop, connecting = asyncio.get_running_loop(), talk.server.connect

        async def refuse(model: str | None, api_key: str | None) -> Any:
            tried.append(loop.time())
            talk.server.refuse_connections()
            return await connecting(model, api_key)

        talk.server.connect = refuse  # type: ignore[method-assign]
        talk.server.break_off()
        with pytest.raises(ConnectionLost):
            await anext(session.responses())

    talk.hold(going_on)
    delays = np.diff(tried)
    assert 0.25 <= delays[0] <= 0.5
    assert all(later > earlier for earlier, later in pairwise(delays[:5]))
    assert all(delay < 8.1 for delay in delays)


def test_connections_that_do_not_last_are_failed_attempts() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=1000.0))

    async def going_on(session: Session) -> None:
        for _ in range(200):
            if talk.server.connections[-1] and session.state == "listening":
                talk.server.break_off()
            await anyio.sleep(0.5)

    talk.hold(going_on)
    assert talk.connections < 30


def test_a_fallback_is_tried_in_turn() -> None:
    second = FakeServer()
    talk = Talk(reconnect=Reconnect(fallback=second))

    async def going_on(session: Session) -> None:
        async with second:
            session.send_text("Hello.", respond=False)
            await anyio.sleep(1.0)
            talk.server.refuse_connections(1, Refuse(401))
            talk.server.break_off()
            await anyio.sleep(2.0)
            assert session.state == "listening"
            assert [item.text for item in second.items] == ["Hello."]
            second.break_off()
            await anyio.sleep(2.0)
            assert len(second.connections) == 2

    talk.hold(going_on)


def test_without_a_policy_the_session_ends_with_the_connection() -> None:
    talk = Talk(reconnect=None)

    async def going_on(session: Session) -> None:
        talk.server.break_off()
        with pytest.raises(ConnectionLost):
            await session.respond()
        assert session.state == "closed"

    talk.hold(going_on)
    assert [event.will_retry for event in talk.of(Disconnected)] == [False]


# Leaving


@pytest.mark.parametrize("phase", [Phase.CONNECTING, Phase.CREATED, Phase.CONFIGURING, Phase.ADDING])
def test_an_attempt_that_fails_in_the_middle_is_followed_by_the_next(phase: Phase) -> None:
    talk = Talk(instructions="Be brief.")

    async def going_on(session: Session) -> None:
        session.send_text("Hello.", respond=False)
        await anyio.sleep(1.0)
        talk.server.fail(Reset(), at=phase)
        talk.server.break_off()
        await anyio.sleep(3.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert talk.history == [("user", "Hello.")]
    assert talk.server.connections[-1].session.settings["instructions"] == "Be brief."


@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0, 20.0])
def test_the_session_is_left_within_a_second_whatever_the_attempts_do(seconds: float) -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1000)
        talk.server.break_off()
        await anyio.sleep(seconds)

    async def main() -> None:
        before = asyncio.all_tasks()
        async with talk.server:
            async with connect(endpoint=talk.server, speaker=talk.speaker, microphone=None) as session:
                await going_on(session)
                left_at = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() - left_at < 1.0
            assert {task for task in asyncio.all_tasks() - before if "realtime_sdk.session" in repr(task)} == set()

    run_virtual(main)


# Going on by voice


@pytest.mark.parametrize(("modality", "anchors"), [("audio", 1), ("text", 0)])
def test_a_model_that_spoke_is_told_to_go_on_speaking(modality: str, anchors: int) -> None:
    talk = Talk(output_modalities=[modality])
    talk.server.reply(message("It is noon."))

    async def going_on(session: Session) -> None:
        session.send_text("What time is it?")
        await heard(session)
        for _ in range(2):
            talk.server.break_off()
            await anyio.sleep(15.0)
        assert [item.role for item in session.conversation if isinstance(item, MessageItem)] == ["user", "assistant"]

    talk.hold(going_on)
    assert [item.wire["role"] for item in talk.server.items] == ["user", "assistant"] + ["system"] * anchors
    assert talk.server.connections[-1].session.settings["output_modalities"] == [modality]


def test_the_state_says_what_the_session_does() -> None:
    talk = Talk()
    talk.server.reply(message("It is noon.", seconds=2.0), thinking=1.0)
    states: list[str] = []

    async def going_on(session: Session) -> None:
        states.append(session.state)
        session.send_text("What time is it?")
        await anyio.sleep(0.5)
        states.append(session.state)
        await anyio.sleep(1.5)
        states.append(session.state)
        talk.server.refuse_connections(2)
        talk.server.break_off()
        await anyio.sleep(0.1)
        states.append(session.state)
        await anyio.sleep(5.0)
        states.append(session.state)
        sessions.append(session)

    sessions: list[Session] = []
    talk.hold(going_on)
    states.append(sessions[0].state)
    assert states == ["listening", "thinking", "speaking", "reconnecting", "listening", "closed"]


# The first connection


@pytest.mark.parametrize("fault", [Reset(), Close(1001)])
@pytest.mark.parametrize("phase", [Phase.OPENED, Phase.CREATED, Phase.CONFIGURING, Phase.CONFIGURED])
def test_a_first_connection_that_is_lost_while_it_is_opened_is_followed_by_another(
    phase: Phase, fault: Reset | Close
) -> None:
    talk = Talk(instructions="Be brief.")
    talk.server.fail(fault, at=phase)
    talk.server.reply(message("Hello."))

    async def going_on(session: Session) -> None:
        session.send_text("Hello?")
        await heard(session)

    talk.hold(going_on)
    assert talk.connections == 2
    assert talk.history == [("user", "Hello?"), ("assistant", "Hello.")]
    assert talk.of(Disconnected) == []


def test_a_first_connection_that_is_lost_again_and_again_is_a_failure() -> None:
    talk = Talk()
    for nth in (1, 2, 3):
        talk.server.fail(Reset(), at=Phase.CREATED, nth=nth)

    async def going_on(_: Session) -> None:
        raise AssertionError("there is no session")

    with pytest.raises(ConnectionLost):
        talk.hold(going_on)


def test_a_first_connection_that_is_refused_is_a_failure_at_once() -> None:
    talk = Talk()
    talk.server.refuse_connections()

    async def going_on(_: Session) -> None:
        raise AssertionError("there is no session")

    with pytest.raises(ConnectionFailed):
        talk.hold(going_on)
    assert talk.connections == 0
