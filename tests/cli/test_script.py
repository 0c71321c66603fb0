"""A user who knows what to say, and one who says goodbye: when each speaks and leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime_sdk.cli._script import PATIENCE, Cue, Goodbye, Line, Script
from realtime_sdk.conversation._live_response import LiveResponse, LiveResponseItem
from realtime_sdk.conversation._sdk_events import ResponseFinished, ResponseStarted, UserSpeechStarted

from .talks import cut, new_call, new_message, new_response, shown, user_said

LINE = Path("line.flac")


class Talk:
    """A talk whose user follows a script; the test is the server."""

    def __init__(self, *cues: Cue) -> None:
        self.said: list[float] = []  # when
        self.now = 0.0
        self.script = Script([Line(LINE, 1.0, cue) for cue in cues], self.say)

    def say(self, sound: Path) -> None:
        assert sound == LINE
        self.said.append(self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.script.tick(self.now)

    def reply(self, *items: LiveResponseItem) -> LiveResponse:
        """The server has heard the user and begins to answer."""
        self.script.notice(UserSpeechStarted(self.now, "item_user"))
        response = new_response()
        self.script.notice(ResponseStarted(self.now, response))
        for item in items:
            response.add(item)
        return response

    def finish(self, response: LiveResponse) -> None:
        """The server has made the response, and it is heard to its end."""
        response.end(None, "completed")
        for message in response.messages:
            message.close(message.wire, last=True)
            for event in message.advance(self.now):
                self.script.notice(event)
        self.script.notice(ResponseFinished(self.now, response))


def test_speaks_first_and_leaves_when_the_reply_was_heard_to_its_end() -> None:
    talk = Talk(Cue.REPLY_OVER)
    talk.wait(0.1)
    assert talk.said == [0.1]
    talk.wait(2.0)
    assert not talk.script.over
    response = talk.reply(new_message("Ten."))
    talk.wait(1.0)
    assert not talk.script.over
    talk.finish(response)
    talk.wait(0.1)
    assert talk.script.over


def test_speaks_on_only_when_the_reply_is_over() -> None:
    talk = Talk(Cue.REPLY_OVER, Cue.REPLY_OVER)
    talk.wait(0.0)
    talk.wait(1.5)
    response = talk.reply(new_message("Ten."))
    response.end(None, "completed")
    talk.wait(5.0)  # made, and not heard yet
    assert talk.said == [0.0]
    talk.finish(response)
    talk.wait(0.1)
    assert talk.said == [0.0, 6.6]


def test_does_not_take_the_old_reply_for_the_new_one() -> None:
    talk = Talk(Cue.REPLY_OVER, Cue.REPLY_OVER)
    talk.wait(0.0)
    talk.wait(1.0)
    talk.finish(talk.reply(new_message("Ten.")))
    talk.wait(0.1)
    talk.wait(2.0)  # the second line is said, and not answered yet
    assert not talk.script.over


def test_waits_for_the_response_that_follows_a_call_of_a_tool() -> None:
    talk = Talk(Cue.REPLY_OVER)
    talk.wait(0.0)
    talk.wait(1.5)
    talk.finish(talk.reply(new_message("One moment."), new_call("disk", "{}")))
    talk.wait(1.0)
    assert not talk.script.over
    talk.finish(talk.reply(new_message("It is full.")))
    talk.wait(0.1)
    assert talk.script.over


def test_says_all_of_a_line_before_it_leaves() -> None:
    talk = Talk(Cue.REPLY_OVER)
    talk.wait(0.0)
    talk.finish(talk.reply(new_message("I know!")))
    talk.wait(0.5)
    assert not talk.script.over
    talk.wait(0.5)
    assert talk.script.over


class TestBreakingIn:
    def test_happens_in_the_middle_of_the_second_message(self) -> None:
        talk = Talk(Cue.REPLY_OVER, Cue.BREAKING_IN)
        talk.wait(0.0)
        preamble, answer = new_message("Let me see.", name="a"), new_message("Part one.", name="b")
        talk.reply(preamble, answer)
        talk.script.notice(shown(preamble, "word ", index=20))
        talk.script.notice(shown(answer, "word ", index=0))
        assert talk.said == [0.0]
        talk.script.notice(shown(answer, "word ", index=15))
        assert len(talk.said) == 2

    def test_happens_in_the_only_message_once_there_will_be_no_other(self) -> None:
        talk = Talk(Cue.REPLY_OVER, Cue.BREAKING_IN)
        talk.wait(0.0)
        answer = new_message("Part one.")
        response = talk.reply(answer)
        talk.script.notice(shown(answer, "word ", index=15))
        assert talk.said == [0.0]
        response.end(None, "completed")
        talk.script.notice(shown(answer, "word ", index=16))
        assert len(talk.said) == 2

    def test_comes_after_a_reply_that_was_too_short_for_it(self) -> None:
        talk = Talk(Cue.REPLY_OVER, Cue.BREAKING_IN)
        talk.wait(0.0)
        talk.wait(1.0)
        talk.finish(talk.reply(new_message("No.")))
        talk.wait(0.1)
        assert talk.said == [0.0, 1.1]

    def test_is_followed_by_its_own_reply(self) -> None:
        talk = Talk(Cue.REPLY_OVER, Cue.BREAKING_IN)
        talk.wait(0.0)
        talk.wait(2.0)
        answer = new_message("Part one.", name="b")
        interrupted = talk.reply(new_message("Let me see.", name="a"), answer)
        talk.script.notice(shown(answer, "word ", index=15))
        talk.finish(interrupted)
        talk.script.notice(cut(answer, "Part ", 0.3))
        talk.wait(2.0)
        assert not talk.script.over
        talk.finish(talk.reply(new_message("Ten.", name="c")))
        talk.wait(0.1)
        assert talk.script.over


def test_leaves_where_nobody_answers() -> None:
    talk = Talk(Cue.REPLY_OVER, Cue.REPLY_OVER)
    talk.wait(0.0)
    talk.wait(1.0 + PATIENCE)
    assert not talk.script.over
    talk.wait(0.1)
    assert talk.script.over


def test_waits_as_long_as_something_happens() -> None:
    talk = Talk(Cue.REPLY_OVER)
    talk.wait(0.0)
    answer = new_message("On and on.")
    talk.reply(answer)
    for _ in range(10):
        talk.wait(PATIENCE / 2)
        talk.script.notice(shown(answer, "word ", at=talk.now))
    assert not talk.script.over


@pytest.mark.parametrize(
    ("words", "leaves"),
    [
        ("Goodbye.", True), ("Thanks, good bye!", True), ("OK bye bye", True), ("Bye", True),
        ("What does goodbye mean?", False), ("Buy milk.", False), ("", False),
    ],
)  # fmt: skip
def test_a_goodbye_ends_the_talk_once_it_is_answered(words: str, leaves: bool) -> None:
    goodbye, response = Goodbye(), new_response()
    goodbye.notice(UserSpeechStarted(0.0, "item_user"))
    goodbye.notice(ResponseStarted(1.0, response))
    goodbye.notice(user_said(words))
    assert not goodbye.over
    response.end(None, "completed")
    assert goodbye.over is leaves


