"""What has to be true of every talk, whatever happens to its connections."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pybase64

from realtime_sdk import Disconnected, FunctionCallItem, Interrupted, MessageItem, ProtocolViolation, Reconnected
from realtime_sdk.audio._pcm import from_bytes, from_ms, to_frames, to_ms
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.testing import FakeItem

from ..schedules.scheduled_talk import messages
from ..schedules.truth import Truth
from .ears import Heard, heard_in, recognised
from .talk import Talk

CROSSING: Final = {
    "response_cancel_not_active", "conversation_already_has_active_response", "session_expired",
}
"""What the server may refuse, or say: it crossed with news of its own."""


def check(talk: Talk) -> None:
    """Assert that nothing was lost, nothing came twice, and no caller waits."""
    everything_has_ended(talk)
    nothing_wrong_was_sent(talk)
    ends_are_reported_in_turn(talk)
    tools_ran_once(talk)
    if not talk.opened:
        assert talk.ended is not None
        return
    truth = Truth(talk.speaker, talk.server.sounds)  # asserts that nothing was heard twice
    sound_is_whole_and_in_order(talk, truth)
    if talk.state != "closed":
        assert talk.session.usage.total == talk.wire.tokens
        history_is_what_was_heard(talk)
        texts_are_remembered_once(talk)
        speech_is_remembered_once(talk)


def everything_has_ended(talk: Talk) -> None:
    assert talk.failures == []
    assert talk.unanswered == []
    assert talk.tasks_left == []
    violations = [event.reason for event in talk.events if isinstance(event, ProtocolViolation)]
    assert [reason for reason in violations if not reason.endswith("s of silence")] == []
    assert talk.state in ("", "listening", "closed")
    assert [response for response in talk.responses if response.status == "in_progress"] == []
    assert sorted(talk.played) == sorted(response.id for response in talk.responses)


def nothing_wrong_was_sent(talk: Talk) -> None:
    assert [error for error in talk.server.refused if error["code"] not in CROSSING] == []


def ends_are_reported_in_turn(talk: Talk) -> None:
    """Each end of a connection is reported, and what came of it."""
    lost = False
    for event in talk.events:
        if isinstance(event, Disconnected):
            assert not lost, "two connections ended, and none began between them"
            lost = True
        elif isinstance(event, Reconnected) and not event.renewed:
            assert lost, "a connection began, and none had ended"
            lost = False
    assert not lost or talk.state != "listening"


def tools_ran_once(talk: Talk) -> None:
    assert max(talk.runs.values(), default=1) == 1
    for connection in talk.server.connections:
        made = Counter(item.wire["call_id"] for item in connection.items if item.wire["type"] == "function_call_output")
        assert max(made.values(), default=1) == 1


def sound_is_whole_and_in_order(talk: Talk, truth: Truth) -> None:
    """All that was received was heard, once and in order, but what was cut; and that is what is reported."""
    made = [message.id for message in messages(talk)]
    heard = [run.item_id for run in truth.runs]
    assert heard == [item_id for item_id in made if item_id in heard]
    cut = {playout.item_id for event in talk.events if isinstance(event, Interrupted) for playout in event.playouts}
    for message in messages(talk):
        frames, received = truth.frames(message.id), talk.wire.frames(message.id)
        assert to_frames(message.playout.position) == frames, f"{message}: {frames} frames were heard"
        assert frames <= received
        if message.id not in cut and not _is_asked_for_again(talk, message, frames):
            assert frames == received, f"{message}: {frames} of {received} received frames were heard"
        assert message.heard == message.playout.transcript
        assert frames or message.id not in cut or not message.heard


def _is_asked_for_again(talk: Talk, message: LiveMessage, frames: int) -> bool:
    """Whether the connection was lost before anything of it was heard: its response is asked for again.

    Of a message that had just begun, the device plays what it can't give back.
    """
    begun = frames > to_frames(talk.speaker.tail)
    ended_early = [response for response in talk.responses if response.status == "incomplete"]
    return not begun and any(message in response.items for response in ended_early)


# The last connection's conversation


def history_is_what_was_heard(talk: Talk) -> None:
    """The server holds what the session says was said, in its order, and the assistant's words as they were heard."""
    answered = {item.wire["call_id"] for item in talk.held if item.wire["type"] == "function_call_output"}
    ids = {item.id for item in talk.held}
    ours = [item for item in talk.session.conversation if not _is_unheard(item, ids) and _is_whole(item, answered)]
    theirs = [
        item for item in talk.held if item.wire.get("role") != "system"
        and (item.wire["type"] != "function_call" or item.wire["call_id"] in answered)
    ]  # fmt: skip
    assert [_kind_of(item) for item in theirs] == [_kind(item) for item in ours]
    for item, held in zip(ours, theirs, strict=True):
        if held.voiced:  # this connection's own: cut to the millisecond, and then without its text
            heard = to_frames(item.playout.position)  # type: ignore[union-attr]
            assert held.frames in (heard, from_ms(to_ms(heard))), f"{held} of which {item} was heard"
            assert held.text in ("", item.transcript)  # type: ignore[union-attr]
        elif isinstance(item, MessageItem):
            assert held.text == item.heard, f"{held} is remembered of {item}"


def _is_unheard(item: object, ids: set[str]) -> bool:
    """Whether no word of a message was heard: another server is not given it."""
    return isinstance(item, MessageItem) and item.role == "assistant" and not item.heard and item.id not in ids


def _is_whole(item: object, answered: set[str]) -> bool:
    """Whether an item is no call, or a call with its output: another one is not carried over."""
    return not isinstance(item, FunctionCallItem) or item.call_id in answered


def _kind(item: object) -> str:
    return item.role if isinstance(item, MessageItem) else f"{item.type} {item.call_id}"  # type: ignore[attr-defined]


def _kind_of(held: FakeItem) -> str:
    return str(held.wire.get("role") or f"{held.wire['type']} {held.wire['call_id']}")


def texts_are_remembered_once(talk: Talk) -> None:
    """What the application sent is there, once and in order."""
    sent = set(talk.texts)
    assert [item.text for item in talk.held if item.text in sent] == talk.texts


def speech_is_remembered_once(talk: Talk) -> None:
    """Each frame that the user said is there, once and in order, but what was too old and reported to be dropped."""
    if any(event.audio_dropped for event in talk.events if isinstance(event, Reconnected)):
        return
    known = [heard for item in talk.held for heard in heard_in(item.text) or _in_sound(talk, item)]
    for name, said in talk.utterances.items():
        assert [(h.start, h.end) for h in known if h.utterance == name] == [(0, len(said))], name


def _in_sound(talk: Talk, item: FakeItem) -> list[Heard]:
    """What is heard in the sound with which the client made an item."""
    for event in (event for connection in talk.server.connections for event in connection.received):
        if event["type"] == "conversation.item.create" and event["item"].get("id") == item.id:
            parts = event["item"].get("content", ())
            sounds = [from_bytes(pybase64.b64decode(part["audio"])) for part in parts if part["type"] == "input_audio"]
            return [heard for sound in sounds for heard in recognised(sound, talk.utterances)]
    return []
