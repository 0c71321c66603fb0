"""A server that does not name the user's items: what it says of them is shown, and the omission reported once."""

from __future__ import annotations

from typing import Any

from realtime_sdk.conversation._sdk_events import UserTranscript
from realtime_sdk.conversation.message._message import MessageItem
from realtime_sdk.protocol._codec import ProtocolViolation

from .wire import Wire

TRANSCRIPTION = "conversation.item.input_audio_transcription"

SPEECH = {"type": "message", "role": "user", "status": "completed", "content": [{"type": "input_audio"}]}


def transcripts(wire: Wire) -> list[tuple[str, str, bool]]:
    return [(event.item.id, event.text, event.final) for event in wire.emitted(UserTranscript)]


def texts(wire: Wire) -> list[tuple[str, str]]:
    """Who said what in the conversation."""
    return [(item.role, item.transcript) for item in wire.engine.conversation if isinstance(item, MessageItem)]


def reasons(wire: Wire) -> list[str]:
    return [event.reason for event in wire.emitted(ProtocolViolation)]


def committed(wire: Wire, **fields: Any) -> None:
    wire.receive("input_audio_buffer.committed", previous_item_id=None, **fields)


def test_a_transcript_without_an_id_is_that_of_the_users_newest_item_without_one() -> None:
    wire = Wire()
    committed(wire, item_id="user_1")
    wire.receive(f"{TRANSCRIPTION}.completed", item_id="user_1", transcript="Hello.")
    committed(wire, item_id="user_2")
    wire.receive(f"{TRANSCRIPTION}.delta", delta="How are")
    wire.receive(f"{TRANSCRIPTION}.delta", delta=" you?")
    wire.receive(f"{TRANSCRIPTION}.completed", transcript="How are you?")
    assert transcripts(wire)[1:] == [
        ("user_2", "How are", False), ("user_2", "How are you?", False), ("user_2", "How are you?", True),
    ]  # fmt: skip
    assert texts(wire) == [("user", "Hello."), ("user", "How are you?")]
    assert reasons(wire) == [f"{TRANSCRIPTION}.delta names no item: it is taken for user_2's"]


def test_a_text_of_the_users_has_no_transcript() -> None:
    wire = Wire()
    committed(wire, item_id="user_1")
    typed = {"id": "typed", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}
    wire.receive("conversation.item.added", previous_item_id="user_1", item=typed)
    wire.receive(f"{TRANSCRIPTION}.completed", transcript="Hello.")
    assert transcripts(wire) == [("user_1", "Hello.", True)]


def test_a_transcript_that_has_begun_goes_on_for_the_same_item() -> None:
    wire = Wire()
    committed(wire, item_id="user_1")
    wire.receive(f"{TRANSCRIPTION}.delta", delta="One")
    committed(wire, item_id="user_2")
    wire.receive(f"{TRANSCRIPTION}.completed", transcript="One.")
    wire.receive(f"{TRANSCRIPTION}.completed", transcript="Two.")
    assert [entry for entry in transcripts(wire) if entry[2]] == [("user_1", "One.", True), ("user_2", "Two.", True)]


def test_a_transcription_that_failed_without_an_id_is_that_of_the_newest_item() -> None:
    wire = Wire()
    committed(wire, item_id="user_1")
    wire.receive(f"{TRANSCRIPTION}.failed", error={"message": "too quiet"})
    assert transcripts(wire) == [("user_1", "", True)]


def test_transcripts_alone_are_messages_of_the_users() -> None:
    wire = Wire()
    wire.receive(f"{TRANSCRIPTION}.completed", transcript="Hello.")
    wire.receive(f"{TRANSCRIPTION}.completed", transcript="Anyone?")
    assert texts(wire) == [("user", "Hello."), ("user", "Anyone?")]
    assert len(reasons(wire)) == 1


def test_an_item_that_is_announced_without_an_id_is_in_the_conversation() -> None:
    wire = Wire()
    for text in ("One.", "Two."):
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        wire.receive("conversation.item.added", item=item)
        wire.receive("conversation.item.done", item=item)
    assert texts(wire) == [("user", "One."), ("user", "Two.")]
    assert reasons(wire) == ["conversation.item.added names no item: it is called unnamed_1 here"]


def test_speech_whose_item_has_an_id_in_one_event_alone_is_one_message() -> None:
    wire = Wire()
    committed(wire, item_id="user_1")
    wire.receive("conversation.item.added", item=SPEECH)
    committed(wire)
    wire.receive("conversation.item.added", item={**SPEECH, "id": "user_2"})
    for text in ("Two.", "One."):  # the newest first
        wire.receive(f"{TRANSCRIPTION}.completed", transcript=text)
    assert [item.id for item in wire.engine.conversation] == ["user_1", "user_2"]
    assert texts(wire) == [("user", "One."), ("user", "Two.")]


def test_a_message_of_the_assistants_without_an_id_is_known_by_its_response() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.receive("conversation.item.added", item={"type": "message", "role": "assistant", "content": []})
    assert [*wire.engine.conversation] == [message]
    assert reasons(wire) == []


def test_the_output_of_a_function_is_confirmed_without_an_id() -> None:
    wire = Wire()
    output = {"type": "function_call_output", "call_id": "call_1", "output": "42"}
    wire.receive("conversation.item.added", item=output)
    assert [item.type for item in wire.engine.conversation] == ["function_call_output"]


def test_an_item_without_an_id_is_none_that_the_server_could_delete() -> None:
    wire = Wire()
    wire.receive("conversation.item.added", item=SPEECH)
    request, effects = wire.engine.delete("unnamed_1", wire.at)
    assert wire.apply(effects) == []
    assert request.answer.done
    assert texts(wire) == []
