"""What has to be true of every talk, whatever its schedule."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

from pytest import approx

from realtime_sdk import CaptionShown, Interrupted, MessageItem, PlayoutFinished, PlayoutStarted
from realtime_sdk.audio._pcm import WIRE_RATE, from_ms, to_frames, to_ms, to_seconds
from realtime_sdk.conversation.message._content import Content
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.conversation.message._part import Part
from realtime_sdk.session.audio._sink import PLAYBACK_PERIOD

from .schedule import Stall
from .scheduled_talk import messages
from .talk import Passed, Talk
from .truth import Truth

MILLISECOND = 0.001


def check(talk: Talk) -> None:
    """Assert that nothing that the SDK reports of a talk differs from what happened."""
    truth = Truth(talk.speaker, talk.server.sounds)
    everything_has_ended(talk)
    sound_is_whole_and_in_order(talk, truth)
    for message in messages(talk):
        position_is_true(talk, truth, message)
        times_are_true(talk, truth, message)
        captions_are_true(talk, truth, message)
        events_are_told_once(talk, message)
    items_do_not_overlap(talk)
    interruptions_tell_of_what_was_cut(talk)
    nothing_wrong_was_sent(talk)
    every_call_is_answered_once(talk)
    stages_of_turns_are_in_order(talk)
    if talk.held is not None:
        usage_is_what_the_server_counted(talk)
        server_holds_what_was_heard(talk, truth)
        conversation_is_the_servers(talk)


def everything_has_ended(talk: Talk) -> None:
    assert talk.tasks_left == []
    assert [response for response in talk.responses if response.status == "in_progress"] == []
    assert [message for message in messages(talk) if not message.finished] == []
    assert sorted(talk.played) == sorted(response.id for response in talk.responses)
    for response in talk.responses:
        playouts = [item.playout for item in response.items if isinstance(item, MessageItem)]
        assert talk.played[response.id] == playouts


def stages_of_turns_are_in_order(talk: Talk) -> None:
    """Each stage of a turn was reached after the one before it, and the answer to a turn was heard in the talk."""
    started = {event.at for event in talk.events if isinstance(event, PlayoutStarted)}
    for turn in talk.session.turns():
        stages = (turn.committed, turn.created, turn.first_delta, turn.answer)
        reached = [round(at, 6) for at in stages if at is not None]  # a float of wall-clock seconds is no finer
        assert reached == sorted(reached), turn
        assert turn.ended is None or not reached or round(turn.ended, 6) <= reached[0], turn
        assert {turn.preamble, turn.answer} - {None} <= started


def usage_is_what_the_server_counted(talk: Talk) -> None:
    """Each response counts once, however often its end came."""
    ends = [passed.event["response"] for passed in talk.wire if passed.type == "response.done"]
    counted = {response["id"]: response["usage"]["total_tokens"] for response in ends}
    assert talk.session.usage.total == sum(counted.values())


def sound_is_whole_and_in_order(talk: Talk, truth: Truth) -> None:
    """Every frame of an item was heard once, in order; items were heard in the order in which they were made."""
    played = [message.id for message in messages(talk) if message.played_locally]
    heard = [run.item_id for run in truth.runs]
    assert heard == [item_id for item_id in played if item_id in heard]


def position_is_true(talk: Talk, truth: Truth, message: LiveMessage) -> None:
    playout, heard = message.playout, truth.frames(message.id)
    made = len(talk.server.sounds.get(message.id, ()))
    assert to_frames(playout.position) == heard, f"{message}: {playout.position * WIRE_RATE:.0f} frames, not {heard}"
    assert heard <= to_frames(playout.duration) <= made
    if not playout.interrupted and message.played_locally:
        assert heard == made, f"{message} is reported as heard in full: {heard} of {made} frames"


def times_are_true(talk: Talk, truth: Truth, message: LiveMessage) -> None:
    """To the millisecond, but for what can't be known: see `doubt`."""
    playout = message.playout
    if not playout.position:
        assert (playout.started_at, playout.finished_at) == (None, None)
        return
    for reported, frame, at in (
        (playout.started_at, 0, truth.time(message.id, 0)),
        (playout.finished_at, truth.frames(message.id) - 1, truth.end(message.id)),
    ):
        stretch = min(truth.stretch(message.id, frame), since_loudness_changed(talk, at))
        assert reported == approx(at, rel=0, abs=MILLISECOND + doubt(talk, stretch))


def since_loudness_changed(talk: Talk, at: float) -> float:
    """Seconds from the last flush that let sound go on at another loudness to a time."""
    if talk.schedule.turns != "duck":
        return math.inf
    edges = ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped")
    return min((at - p.at for p in talk.wire if p.type in edges and p.at <= at), default=math.inf)


def doubt(talk: Talk, stretch: float) -> float:
    """Seconds by which a device's count leaves open when sound was heard that was counted for so long.

    Sound that began and ended between two looks at the count was somewhere between them. And a flush counts the tail,
    which is still to be heard.
    """
    stalls = sum(step.act.seconds for step in talk.schedule.steps if isinstance(step.act, Stall))
    look = PLAYBACK_PERIOD + stalls
    unseen = look if stretch <= look else 0.0
    return unseen + tail(talk)


def tail(talk: Talk) -> float:
    """Seconds by which a flush can count sound before it is heard."""
    return talk.speaker.tail and talk.speaker.tail + talk.speaker.latency


def captions_are_true(talk: Talk, truth: Truth, message: LiveMessage) -> None:
    """They make up the text that was heard, and none is shown before its words are audible."""
    shown = [event for event in talk.events if isinstance(event, CaptionShown) and event.item is message]
    text = "".join(event.caption.text for event in shown)
    assert text == message.heard == message.playout.transcript
    assert message.transcript.startswith(text)
    assert text == message.transcript or message.playout.interrupted
    assert [event.caption.index for event in shown] == list(range(len(shown)))
    for event, part in zip(shown, parts_of(shown, talk.contents[message.id]), strict=True):
        if message.played_locally and part.has_audio:  # else it is shown as it comes
            assert truth.frames(message.id), f"{event.caption} is shown, though nothing of {message} was heard"
            early = truth.reached(message.id, to_frames(event.caption.start)) - tail(talk) - event.at
            assert early < MILLISECOND, f"{event.caption} is shown {early} s early"


def parts_of(shown: list[CaptionShown], content: Content) -> Iterator[Part]:
    """The content part that each caption of a message is of."""
    parts = list(content)
    ends = list(itertools.accumulate(len(part.text) for part in parts))
    place = 0
    for event in shown:
        yield parts[bisect_right(ends, place)]
        place += len(event.caption.text)


def events_are_told_once(talk: Talk, message: LiveMessage) -> None:
    mine = [event for event in talk.events if getattr(event, "item", None) is message]
    finished = [event.playout for event in mine if isinstance(event, PlayoutFinished)]
    started = [event.at for event in mine if isinstance(event, PlayoutStarted)]
    assert finished == [message.playout]
    assert started == ([] if message.playout.started_at is None else [message.playout.started_at])
    assert isinstance(mine[-1], PlayoutFinished)


def items_do_not_overlap(talk: Talk) -> None:
    playouts = [message.playout for message in messages(talk) if message.playout.started_at is not None]
    for before, after in itertools.pairwise(playouts):
        assert before.finished_at is not None and after.started_at is not None
        assert before.finished_at <= after.started_at, f"{before} and {after} overlap"


def interruptions_tell_of_what_was_cut(talk: Talk) -> None:
    final = {message.id: message.playout for message in messages(talk)}
    interrupted = [playout for event in talk.events if isinstance(event, Interrupted) for playout in event.playouts]
    assert [playout for playout in interrupted if playout != final[playout.item_id] or not playout.interrupted] == []
    assert max(Counter(playout.item_id for playout in interrupted).values(), default=1) == 1


def nothing_wrong_was_sent(talk: Talk) -> None:
    """What the server may refuse is what crossed with news of its own; all else it has to take."""
    crossing = {"response_cancel_not_active", "conversation_already_has_active_response"}
    assert [error for error in talk.server.refused if error["code"] not in crossing] == []
    cancelled: list[str] = []
    for passed, before in zip(talk.wire, prefixes(talk.wire), strict=True):
        if passed.sent and passed.type == "response.cancel":
            response_id = passed.event["response_id"]
            assert response_id not in cancelled, f"{response_id} is cancelled twice"
            cancelled.append(response_id)
            assert response_id not in ended(before, passed.at), f"{response_id} is cancelled after its end"
        elif passed.sent and passed.type == "response.create":
            aside = (passed.event.get("response") or {}).get("conversation") == "none"
            assert aside or not running(before, passed.at), "a response is asked for while one is running"
        elif passed.sent and passed.type == "conversation.item.truncate":
            received = sum(
                len(p.event["delta"]) * 3 // 4 - p.event["delta"].count("=") for p in before
                if p.type == "response.output_audio.delta" and p.event["item_id"] == passed.event["item_id"]
                and p.event["content_index"] == passed.event["content_index"]
            ) // 2  # fmt: skip
            assert 0 <= passed.event["audio_end_ms"] <= to_ms(received)


def prefixes(wire: list[Passed]) -> Iterator[list[Passed]]:
    return (wire[:n] for n in range(len(wire)))


def ended(wire: list[Passed], at: float) -> set[str]:
    """The responses that the client knew to have ended before a time."""
    return {p.event["response"]["id"] for p in wire if p.type == "response.done" and p.at < at}


def running(wire: list[Passed], at: float) -> set[str]:
    """The responses of the conversation that the client knew to be running before a time, and until then."""
    begun = {
        p.event["response"]["id"] for p in wire
        if p.type == "response.created" and p.at < at and p.event["response"]["conversation_id"] is not None
    }  # fmt: skip
    return begun - {p.event["response"]["id"] for p in wire if p.type == "response.done"}


def every_call_is_answered_once(talk: Talk) -> None:
    outputs = Counter(
        p.event["item"]["call_id"] for p in talk.wire
        if p.sent and p.type == "conversation.item.create" and p.event["item"]["type"] == "function_call_output"
    )  # fmt: skip
    assert max(outputs.values(), default=1) == 1


def server_holds_what_was_heard(talk: Talk, truth: Truth) -> None:
    """To the millisecond: an item that was cut is truncated below what was heard of it, or gone if that is nothing."""
    assert talk.held is not None
    held = {item.id: item for item in talk.held}
    for message in messages(talk):
        if not message.played_locally:
            continue
        heard, made = truth.frames(message.id), len(talk.server.sounds.get(message.id, ()))
        audible = heard or message.playout.transcript or not message.playout.interrupted
        assert audible or message.id not in held, f"{message} was not heard, and is remembered"
        assert not audible or message.id in held, f"{message} was heard, and is not remembered"
        if not audible:
            continue
        item = held[message.id]
        last = [frames for frames in heard_by_part(talk, message, heard) if frames][-1:]
        floor = heard - sum(frames - from_ms(to_ms(frames)) for frames in last)
        assert item.frames in (floor, heard), f"{item} of which {to_seconds(heard)} s were heard"
        assert heard < made or item.frames in (made, floor)
    known = {message.id for message in messages(talk)}
    assert [item for item in talk.held if item.voiced and item.id not in known] == []


def heard_by_part(talk: Talk, message: LiveMessage, heard: int) -> Iterator[int]:
    for index in (part.index for part in talk.contents[message.id]):
        made = sum(
            len(e["delta"]) * 3 // 4 - e["delta"].count("=") for e in talk.server.sent
            if e["type"] == "response.output_audio.delta"
            and (e["item_id"], e["content_index"]) == (message.id, index)
        ) // 2  # fmt: skip
        yield min(heard, made)
        heard -= min(heard, made)


def conversation_is_the_servers(talk: Talk) -> None:
    assert talk.held is not None
    assert [item.id for item in talk.session.conversation] == [item.id for item in talk.held]
    for item in talk.session.conversation:
        if isinstance(item, MessageItem) and item.role == "assistant":
            assert item.server_text == next(held.text for held in talk.held if held.id == item.id)
