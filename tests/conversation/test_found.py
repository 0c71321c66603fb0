"""What the core does not do yet, each by the shortest talk that shows it."""

from __future__ import annotations

import anyio

from realtime_sdk.testing import run_virtual

from ..floor import Room
from ..test_connection import ENDED, Ends, Slow
from .wire import Wire


def test_sound_that_was_held_is_flushed_before_it_is_let_go() -> None:
    room = Room("pause")
    room.reply()
    room.happens("started")
    room.happens("due")  # the user has taken the turn: not a frame of the reply is to be heard any more
    assert room.sink.asked == ["pause", "flush", "resume"]


def test_a_turn_of_the_users_and_a_text_share_one_answer_where_this_side_asks_for_it() -> None:
    room = Room("wait")
    room.happens("started")
    room.wire.go_on()
    room.happens("stopped")
    room.happens("committed")
    assert room.wire.types == ["response.create"]
    room.wire.begin("resp_2", request=room.wire.sent[0]["event_id"])
    assert room.wire.done("resp_2") == []


def test_words_of_another_part_that_come_behind_the_end_of_a_response_leave_no_message_waiting() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.done()
    wire.text("item_1", "Late.", content_index=1)
    wire.play(500)
    wire.take_exits()
    assert wire.playout(message).position == 0.3


def test_what_is_on_its_way_when_the_session_is_left_leaves_no_caller_waiting() -> None:
    async def main() -> None:
        ends = Ends(Slow)
        sent = ends.connection.send({"type": "one"})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ends.connection.deliver)
            await anyio.sleep(0.5)
            ends.connection.end(ENDED)
            tasks.cancel_scope.cancel()  # as leaving does
        assert sent.settled

    run_virtual(main)
