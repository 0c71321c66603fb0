"""Long conversations: the work for an event does not grow with the items, or the parts of one, that there are."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from realtime_sdk.conversation._live_conversation import LiveConversation
from realtime_sdk.conversation.message._content import Content
from realtime_sdk.conversation.message._live_message import LiveMessage

from ..instruction_counter import InstructionCounter
from .wire import Wire


def counted(monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> Counter[str]:
    """Count the calls of a method, or the readings of a property."""
    calls: Counter[str] = Counter()
    original: Any = vars(kind)[name]
    function: Any = original.fget if isinstance(original, property) else original

    def called(*arguments: Any) -> Any:
        calls[name] += 1
        return function(*arguments)

    monkeypatch.setattr(kind, name, property(called) if isinstance(original, property) else called)
    return calls


def say_many(wire: Wire, count: int) -> None:
    for n in range(count):
        wire.begin(f"resp_{n}")
        wire.say(f"item_{n}", "Hello.", 100, f"resp_{n}")
        wire.done(f"resp_{n}")


def test_messages_that_wait_to_be_heard_are_not_asked_what_was_heard_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    finished = counted(monkeypatch, Content, "is_finished")
    unheard = counted(monkeypatch, Content, "unheard")
    completed = counted(monkeypatch, LiveMessage, "presume_complete")
    say_many(Wire(captions=False), 10)
    few = finished["is_finished"]
    say_many(Wire(captions=False), 40)
    assert finished["is_finished"] - few == 4 * few
    assert unheard["unheard"] == 0  # 4 s: far below the limit
    assert completed["presume_complete"] <= 2 * (10 + 40)


@pytest.mark.parametrize("speaker", [True, False])
def test_a_step_asks_only_the_messages_that_do_not_wait_to_be_heard(
    speaker: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = Wire(captions=False, speaker=speaker)
    say_many(wire, 20)
    asked = counted(monkeypatch, LiveMessage, "advance")
    wire.advance()
    assert asked["advance"] == 0
    if speaker:
        wire.play(10)
    else:
        wire.read(wire.message("item_7"))
        wire.advance()
    assert asked["advance"] == 1
    wire.interrupt()
    assert all(message.finished for message in map(wire.message, (f"item_{n}" for n in range(20))))


def test_the_words_of_messages_that_wait_are_placed_once_captions_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(captions=False)
    say_many(wire, 5)
    wire.advance()
    placed = counted(monkeypatch, LiveMessage, "place_words")
    wire.engine.settings.captions_requested = True
    assert wire.engine.words.captions_followed
    list(wire.engine.words.place_words())
    assert placed["place_words"] == 5


def instructions_for_parts(count: int, kind: str, *, captions: bool) -> int:
    """The instructions that a message of this many content parts takes, until it is heard.

    They are spoken or written, or they are transcripts, whose audio comes late or never does.
    """
    wire = Wire(captions=captions)
    wire.begin()
    message = wire.add("item_1")
    counter = InstructionCounter("conversation/message")
    counter.start()
    for index in range(count):
        if kind == "written":
            wire.show("item_1", "One. ", content_index=index)
            wire.show_done("item_1", "One. ", content_index=index)
        else:
            wire.text("item_1", "One. ", content_index=index)
            wire.text_done("item_1", "One. ", content_index=index)
        if kind == "spoken":
            speak(wire, index)
        if index % 2:
            wire.play(2)
    if kind == "spoken late":
        for index in range(count):
            speak(wire, index)
    wire.item_done("item_1", *["One. "] * count)
    wire.done()
    counter.stop()
    wire.play(count)
    if kind == "not spoken":
        assert message.transcript == "One. " * count
    else:
        assert wire.playout(message).transcript == "One. " * count
    return counter.counts.total()


def speak(wire: Wire, index: int) -> None:
    """The audio of a part comes."""
    wire.audio("item_1", 1, content_index=index)
    wire.audio_done("item_1", content_index=index)


@pytest.mark.parametrize("captions", [False, True])
@pytest.mark.parametrize("kind", ["spoken", "spoken late", "not spoken", "written"])
def test_a_part_costs_the_same_however_many_a_message_has(captions: bool, kind: str) -> None:
    few = instructions_for_parts(20, kind, captions=captions)
    more = instructions_for_parts(40, kind, captions=captions)
    many = instructions_for_parts(80, kind, captions=captions)
    assert many - more <= 2.1 * (more - few)


def test_an_interruption_removes_what_was_never_heard_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(captions=False)
    say_many(wire, 20)
    wire.play(150)
    removals = counted(monkeypatch, LiveConversation, "remove")
    wire.interrupt()
    assert removals["remove"] == 1
    assert [item.id for item in wire.engine.conversation] == ["item_0", "item_1"]


def test_a_message_between_two_that_is_complete_without_audio_hides_none_before_it() -> None:
    wire = Wire()
    wire.begin()
    first, shown = wire.add("item_1"), wire.add("item_2")
    wire.audio("item_1", 1000)
    wire.text("item_1", "Hello.")
    wire.show("item_2", "A list.")
    wire.item_done("item_2", "A list.")
    wire.add("item_3")
    wire.audio("item_3", 1000)  # later than the first, of which no end has come: that is complete
    assert shown.type == "message"
    wire.play(1500)
    assert first.finished
    assert wire.playout(first).position == 1.0


def test_the_items_of_a_response_are_found_by_their_ids() -> None:
    wire = Wire()
    wire.begin()
    messages = [wire.add(f"item_{n}") for n in range(20)]
    response = messages[0].response
    assert response is not None
    assert [response.item(message.id) for message in messages] == messages
    assert response.item("item_20") is None
    for message in reversed(messages):
        assert not response.ended
        wire.item_done(message.id, "")
    wire.done()
    assert response.ended
