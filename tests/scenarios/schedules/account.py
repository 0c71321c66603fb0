"""A talk in a few words: what was heard, what the server was sent about it, and what it remembers.

The server's messages go by their number, from 1 in the order in which it made them. Seconds are rounded to a tenth:
`check` has held them to the frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realtime_sdk.audio._pcm import to_seconds

from .talk import Passed, Talk
from .truth import Truth

CORRECTIONS = {"response.cancel", "conversation.item.truncate", "conversation.item.delete"}


def heard(talk: Talk) -> dict[int, float]:
    """Seconds of each message that came out of the speaker, in the order in which they did."""
    numbers = _numbers(talk)
    runs = Truth(talk.speaker, talk.server.sounds).runs
    return {numbers[run.item_id]: round(to_seconds(run.frames), 1) for run in runs}


def remembered(talk: Talk) -> dict[int, float]:
    """Seconds of each message that the server holds in the end."""
    assert talk.held is not None, "the session was left before its end"
    numbers = _numbers(talk)
    return {numbers[item.id]: round(item.seconds, 1) for item in talk.held if item.id in numbers}


def corrections(talk: Talk) -> list[str]:
    """What the client sent to put the server's memory right: `cancel 1`, `truncate 2 at 0.4`, `delete 3`."""
    return [_correction(talk, passed) for passed in talk.wire if passed.sent and passed.type in CORRECTIONS]


def gaps(talk: Talk) -> list[float]:
    """Seconds of each silence between the first sound and the last."""
    timeline = talk.speaker.timeline
    ends = [sound.at + to_seconds(len(sound.pcm), talk.speaker.rate) for sound in timeline]
    return [round(sound.at - end, 1) for sound, end in zip(timeline[1:], ends, strict=False)]


def emitted(talk: Talk, *kinds: type[Any]) -> list[Any]:
    """The SDK events of these kinds."""
    return [event for event in talk.events if isinstance(event, kinds)]


def _correction(talk: Talk, passed: Passed) -> str:
    event = passed.event
    if passed.type == "response.cancel":
        return f"cancel {_response_ids(talk).index(event['response_id']) + 1}"
    number = _numbers(talk)[event["item_id"]]
    if passed.type == "conversation.item.delete":
        return f"delete {number}"
    part = f" part {event['content_index']}" if event["content_index"] else ""
    return f"truncate {number}{part} at {event['audio_end_ms'] / 1000:.1f}"


def _response_ids(talk: Talk) -> list[str]:
    return [event["response"]["id"] for event in talk.server.sent if event["type"] == "response.created"]


def _numbers(talk: Talk) -> dict[str, int]:
    return {item_id: number for number, item_id in enumerate(_messages(talk), start=1)}


def _messages(talk: Talk) -> Iterator[str]:
    for event in talk.server.sent:
        if event["type"] == "response.output_item.added" and event["item"]["type"] == "message":
            yield event["item"]["id"]
