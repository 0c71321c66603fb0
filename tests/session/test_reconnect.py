"""A session goes on after its connection was lost, whatever was going on; the next server knows what was heard."""

from __future__ import annotations

import json

import anyio
import pytest

from realtime_sdk import Disconnected, Interrupted, MessageItem, Reconnected, ServerError, Session
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import Only, Phase, Reset, call, drop, instead, message

from .talk import Talk, first_message, heard

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


@pytest.mark.parametrize("event_id", ["restore_1", None])
def test_an_item_that_the_next_server_refuses_is_lost_and_the_error_is_no_answer_to_a_request(
    event_id: str | None,
) -> None:
    talk = Talk()
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": "no", "event_id": event_id}

    async def going_on(session: Session) -> None:
        session.send_text("Hello.", respond=False)
        await anyio.sleep(1.0)
        talk.server.tamper("conversation.item.added", Only(1, instead(json.dumps({"type": "error", "error": error}))))
        talk.server.tamper("conversation.item.done", Only(1, drop))
        talk.server.break_off()
        await anyio.sleep(0.001)
        assert await session.respond(timeout=1.0)

    talk.hold(going_on)
    [reconnected] = talk.of(Reconnected)
    assert ([item.transcript for item in reconnected.lost], reconnected.carried) == (["Hello."], ())
    assert not talk.of(ServerError)


def test_a_server_that_confirms_no_items_is_not_waited_for_though_it_never_falls_silent() -> None:
    talk = Talk()

    async def beat() -> None:
        while True:
            await anyio.sleep(1.0)
            talk.server.inject({"type": "heartbeat"})

    async def going_on(session: Session) -> None:
        session.send_text("Hello.", respond=False)
        await anyio.sleep(1.0)
        talk.server.tamper("conversation.item.*", drop)
        talk.server.break_off()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(beat)
            await anyio.sleep(3.0)
            tasks.cancel_scope.cancel()
        assert session.state == "listening"

    talk.hold(going_on)
    assert talk.history == [("user", "Hello.")]


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
        assert item.server_text == item.heard

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


def test_words_whose_audio_was_lost_were_not_heard_though_their_text_came_ahead() -> None:
    text = "One two three four five six seven eight nine ten eleven twelve."
    talk = Talk()
    talk.server.reply(message(text, text_spread=0.0), pace=1.0)

    async def going_on(session: Session) -> None:
        session.send_text("Count.")
        item = await first_message(await anext(session.responses()))
        await anyio.sleep(1.0)
        talk.server.break_off()
        playout = await item.played()
        assert item.transcript == text
        assert playout.transcript.startswith("One")
        assert text.startswith(playout.transcript)
        assert len(playout.transcript) < len(text) / 2
        await anyio.sleep(1.0)
        assert talk.history == [("user", "Count."), ("assistant", playout.transcript)]

    talk.hold(going_on)


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


def lost_in_a_tool(seconds: float) -> Talk:
    """A talk whose connection is lost while a tool runs for some seconds."""

    async def look_up() -> str:
        """Look it up."""
        await anyio.sleep(seconds)
        return "42"

    talk = Talk(tools=[look_up])
    talk.server.fail(Reset(), at=Phase.IN_TOOL, after=0.1)
    talk.server.reply(call("look_up"))
    talk.server.reply(message("It is 42.", seconds=1.0))
    return talk


def test_a_tool_that_runs_meanwhile_is_answered_once_with_its_call() -> None:
    talk = lost_in_a_tool(5.0)

    async def going_on(session: Session) -> None:
        session.send_text("What is it?")
        await anyio.sleep(10.0)

    talk.hold(going_on)
    assert talk.history == [("user", "What is it?"), ("call", "{}"), ("output", "42"), ("assistant", "It is 42.")]
    assert talk.server.refused == []


def test_a_tool_that_finishes_in_the_gap_is_part_of_the_history() -> None:
    talk = lost_in_a_tool(1.0)

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
