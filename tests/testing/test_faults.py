"""A fault changes the events that a test chose, and no others."""

from __future__ import annotations

import json

import pytest

from realtime_sdk.testing import (
    DoneOrder,
    FakeServer,
    Only,
    changed,
    drop,
    followed_by,
    instead,
    late,
    message,
    twice,
    without,
)

from .helpers import AUDIO_DELTA, TEXT_DELTA, one_response, talk

DONE = ["response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done"]
DONE += ["conversation.item.done", "response.output_item.done"]
OVER = ["response.done", "rate_limits.updated"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("batched", [*DONE, *DONE, *OVER]),
        ("per_item", [*DONE, *DONE, *OVER]),
        ("response_first", [*OVER, *DONE, *DONE]),
        ("missing", OVER),
        ("duplicated", [*(kind for kind in [*DONE, *DONE] for _ in range(2)), *OVER]),
    ],
)
def test_the_order_of_the_ends(order: DoneOrder, expected: list[str]) -> None:
    server = FakeServer(done=order)
    server.reply(message("One."), message("Two."))
    client = talk(server, one_response)
    assert [kind for kind in client.kinds if kind in (*DONE, *OVER)] == expected
    second = client.kinds.index("response.content_part.added", client.kinds.index(AUDIO_DELTA))
    assert ("response.output_item.done" in client.kinds[:second]) == (order == "per_item")


def test_events_are_lost_doubled_and_changed() -> None:
    server = FakeServer()
    server.reply(message("Hello there.", seconds=0.2))
    server.tamper("response.content_part.*", drop)
    server.tamper(TEXT_DELTA, twice)
    server.tamper("response.output_item.*", without("output_index"))
    server.tamper("response.done", changed(response=None))
    client = talk(server, one_response)
    assert not any(kind.startswith("response.content_part") for kind in client.kinds)
    assert client.kinds.count(TEXT_DELTA) == 4
    assert all("output_index" not in event for event in client.heard if "output_item" in event["type"])
    assert client.heard[-2]["response"] is None
    assert server.items[0].text == "Hello there.", "what the server holds is untouched"
    assert "response.content_part.added" in [event["type"] for event in server.sent]


def test_garbage_can_replace_or_follow_an_event() -> None:
    server = FakeServer()
    server.reply(message("Hello.", seconds=0.3))
    server.tamper(AUDIO_DELTA, Only(2, instead("not json", b"\x00\xff")))
    server.tamper("response.created", followed_by({"type": "stranger"}))
    frames = [frame for _, frame in talk(server, one_response).frames]
    assert frames.count("not json") == frames.count(b"\x00\xff") == 1
    assert sum(AUDIO_DELTA in str(frame) for frame in frames) == 2
    assert json.loads(frames[2]) == {"type": "stranger"}


def test_a_late_event_delays_the_events_after_it() -> None:
    server = FakeServer()
    server.reply(message("Hello.", seconds=0.3))
    server.tamper(AUDIO_DELTA, Only(2, late(5.0)))
    client = talk(server, one_response)
    assert client.times(AUDIO_DELTA) == [0.0, 5.0, 5.0]
    assert client.times("response.done") == [5.0]


def test_a_fault_is_a_value_that_can_be_printed_and_compared() -> None:
    faults = [late(1.0), changed(delta="x", n=1), without("item_id"), instead("garbage")]
    assert list(map(repr, [*faults, Only(2, late(0.5)), Only(1, drop)])) == [
        "late(1.0)", "changed(delta='x', n=1)", "without('item_id')", "instead('garbage')", "Only(2, late(0.5))",
        "Only(1, drop)",
    ]  # fmt: skip
    assert late(1.0) == late(1.0) != late(2.0)
    assert len({late(1.0), late(1.0), instead({"type": "stranger"})}) == 2
