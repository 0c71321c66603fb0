"""What has to hold of every session, whatever its server sent."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np

from realtime_sdk import (
    ItemAdded,
    MessageItem,
    PlayoutFinished,
    PlayoutStarted,
    ProtocolViolation,
    RealtimeError,
    ResponseFinished,
    ResponseStarted,
)
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.testing import Stretch, stretches

from .stage import Seen, Watched
from .transcripts import Pcm, Said

RATE = 24_000

CREATED = "response.created"

CHANCE = 3
"""Frames by which two noises may agree by chance."""

SHORTEST = 8
"""Frames of the shortest sound that is recognised as a message's."""

EPSILON = 1e-6
"""Seconds by which sums of the same frames may differ."""

WORD = re.compile(r"\w{4,}")


def check(seen: Seen) -> None:
    """Assert that nothing broke, nothing hangs, and what was not damaged is whole."""
    nothing_was_raised(seen)
    nothing_waits(seen)
    assert not seen.opened or json.loads(seen.export or "{}") or seen.ended
    for watched in seen.messages:
        playout_is_possible(watched)
        captions_are_its_own(seen, watched)
    if seen.opened and seen.ended is None and not seen.tape.session_damaged:
        sound = heard_by_message(seen)
        for said in seen.tape.transcript.messages.values():
            if said.id not in seen.tape.damaged:
                undamaged_message_is_right(seen, said, sound.get(said.id, []))
    calls_are_answered_once(seen)
    events_are_in_order(seen)
    if not seen.case.mutations and seen.case.transcript.partition("/")[0] in ("generated", "fixtures", "sessions"):
        assert [event for event in seen.events if isinstance(event, ProtocolViolation)] == []


def nothing_was_raised(seen: Seen) -> None:
    for failure in seen.failures:
        raise failure
    if seen.ended is not None and not (isinstance(seen.ended, RealtimeError) and seen.tape.session_damaged):
        raise seen.ended


def nothing_waits(seen: Seen) -> None:
    assert seen.pending == [], f"awaits that outlive the session: {seen.pending}"
    assert seen.tasks_left == [], f"tasks that outlive the session: {seen.tasks_left}"


def is_played_locally(item: MessageItem) -> bool:
    """Whether the session plays a message."""
    return isinstance(item, LiveMessage) and item.played_locally


def events_are_in_order(seen: Seen) -> None:
    """One message sounds at a time; each begins to sound at most once, and is finished once.

    Messages beside the conversation are not played: an application takes their sound when it likes.
    """
    sounding: MessageItem | None = None
    for event in seen.events:
        if isinstance(event, PlayoutStarted) and is_played_locally(event.item):
            assert sounding is None, f"{event.item} begins to sound before {sounding} is finished"
            sounding = event.item
        elif isinstance(event, PlayoutFinished) and event.item is sounding:
            sounding = None
    started = Counter(id(event.item) for event in seen.events if isinstance(event, PlayoutStarted))
    assert max(started.values(), default=1) == 1, "a message begins to sound twice"
    finished = Counter(id(event.item) for event in seen.events if isinstance(event, PlayoutFinished))
    added = [event.item for event in seen.events if isinstance(event, ItemAdded)]
    for item in added:
        if isinstance(item, MessageItem):
            assert finished[id(item)] == 1, f"{item} is finished {finished[id(item)]} times"
    ended = Counter(id(event.response) for event in seen.events if isinstance(event, ResponseFinished))
    for event in seen.events:
        if isinstance(event, ResponseStarted):
            assert ended[id(event.response)] == 1, f"{event.response} is finished {ended[id(event.response)]} times"


def playout_is_possible(watched: Watched) -> None:
    playout = watched.item.playout
    assert 0 <= playout.position <= playout.duration + EPSILON, f"{playout} is heard beyond its end"
    assert (playout.started_at is None) == (playout.finished_at is None), f"{playout} is half a playout"
    assert (playout.started_at is None) == (playout.position == 0), f"{playout} has a position without sound"
    assert playout.started_at is None or playout.started_at <= (playout.finished_at or 0), f"{playout} runs backwards"


def captions_are_its_own(seen: Seen, watched: Watched) -> None:
    """They are what is said to have been heard, and hold no words of another message.

    Words that come once a message is settled are heard, too, though its captions have ended.
    """
    if watched.captions is None:
        return
    text, heard = "".join(watched.captions), watched.item.heard
    right = heard == text if watched.item.playout.interrupted else heard.startswith(text)
    assert right, f"captions {text!r} of {watched.item}, of which {heard!r} was heard"
    messages = seen.tape.transcript.messages
    if watched.item.id in messages and watched.item.id not in mixed(seen):
        own = set(WORD.findall(messages[watched.item.id].text))
        foreign = {word for said in messages.values() for word in WORD.findall(said.text)} - own
        assert set(WORD.findall(text)) & foreign == set(), f"{watched.item} is captioned with another's words"


def mixed(seen: Seen) -> set[str]:
    """The messages that frames about other messages were made to name."""
    renaming = {"SwapIds", "Reuse"}
    return seen.tape.damaged if any(type(m).__name__ in renaming for m in seen.case.mutations) else set()


def heard_by_message(seen: Seen) -> dict[str, list[Stretch]]:
    """What came out of the speaker of each message, in runs of consecutive frames."""
    if seen.speaker is None:
        return {}
    sounds = {said.id: said.sound for said in seen.tape.transcript.messages.values()}
    heard: dict[str, list[Stretch]] = {}
    for stretch in stretches(seen.speaker.heard, sounds):
        # Where half a sample is missing, all that follows is another sound.
        known = stretch.item_id is not None or stretch.frames < SHORTEST
        assert known or seen.tape.audio_damaged, f"{stretch} was heard, which nothing sent"
        heard.setdefault(stretch.item_id or "", []).append(stretch)
    return heard


def undamaged_message_is_right(seen: Seen, said: Said, heard: list[Stretch]) -> None:
    """Nothing stopped it: it is heard and captioned in full. Else it is its beginning that was."""
    found = [watched for watched in seen.messages if watched.item.id == said.id]
    assert len(found) <= 1, f"{said.id} is {len(found)} messages"
    assert merged(heard), f"{said.id} was heard in pieces: {heard}"
    frames = sum(stretch.frames for stretch in heard)
    whole = said.complete and not may_be_cut(seen, said)
    if not found:
        assert not whole, f"{said.id} is missing"
        assert frames <= CHANCE, f"{said.id} was heard, and is no message"
        return
    watched = found[0]
    playout = watched.item.playout
    if seen.speaker is not None:
        assert abs(round(playout.position * RATE) - frames) < SHORTEST, f"{playout}: {frames} frames were heard"
    for texts in (watched.captions, watched.deltas):
        if texts is not None:
            assert said.text.startswith("".join(texts)), f"{texts}, though {said.text!r} was said"
            assert not whole or said.text == "".join(texts), f"only {texts} of {said.text!r}"
    if whole:
        assert watched.item.transcript == said.text
        assert not playout.interrupted, f"{playout}: nothing interrupted it"
    if whole and not said.aside:
        sound_is_whole(seen, watched, said.sound, frames)


def merged(heard: list[Stretch]) -> bool:
    """Whether runs follow one another from the beginning of a sound."""
    end = heard[0].start if heard and heard[0].start <= CHANCE else 0
    for stretch in heard:
        if stretch.start != end:
            return False
        end += stretch.frames
    return True


def sound_is_whole(seen: Seen, watched: Watched, sound: Pcm, frames: int) -> None:
    if seen.speaker is not None:
        assert frames == len(sound), f"{watched.item}: {frames} of {len(sound)} frames were heard"
    if watched.audio is not None:
        read = np.concatenate([np.zeros(0, np.int16), *watched.audio])
        assert np.array_equal(read, sound), f"{watched.item}: {len(read)} of {len(sound)} frames were read"


def may_be_cut(seen: Seen, said: Said) -> bool:
    """Whether user, application or server gave a reason to stop this message, or never to begin it."""
    deeds = {act.do for act in seen.case.acts}
    asked = deeds & {"respond", "respond briefly", "text", "text over"}
    refused = asked and any(frame.type == "error" for frame in seen.tape.frames)
    return bool(
        seen.left or seen.tape.speech or refused or said.response_id in seen.cancelled or may_be_aside(seen, said)
        or deeds & {"interrupt", "text over", "respond briefly"}
    )  # fmt: skip


def may_be_aside(seen: Seen, said: Said) -> bool:
    """Whether this message may be taken for the answer to an aside, which the replayed server does not know of.

    Its response names no conversation, so that it looks like one outside the conversation.
    """
    asked = any(act.do == "aside" for act in seen.case.acts)
    responses = (frame.event["response"] for frame in seen.tape.frames if frame.event and frame.type == CREATED)
    return asked and any(
        response["id"] == said.response_id and response.get("conversation_id") is None
        for response in responses if isinstance(response, dict) and "id" in response
    )  # fmt: skip


def calls_are_answered_once(seen: Seen) -> None:
    items = [event.get("item") for event in seen.wire.sent if event.get("type") == "conversation.item.create"]
    outputs = [item["call_id"] for item in items if item and item.get("type") == "function_call_output"]
    assert max(Counter(outputs).values(), default=1) == 1, f"a call is answered twice: {outputs}"
