"""A scripted user, and a person who says goodbye: when each speaks and ends the conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime_sdk.cli.session._users import IDLE_SECONDS, Cue, LiveUser, ScriptedUser, Utterance
from realtime_sdk.conversation._live_response import LiveResponse, LiveResponseItem
from realtime_sdk.conversation._sdk_events import ResponseFinished, ResponseStarted, UserSpeechStarted

from .events import cut, new_call, new_message, new_response, shown, user_said

FILE = Path("line.flac")


class Conversation:
    """A conversation with a scripted user; the test is the server."""

    def __init__(self, *cues: Cue) -> None:
        self.said: list[float] = []  # when
        self.now = 0.0
        self.user = ScriptedUser([Utterance(FILE, 1.0, cue) for cue in cues], self.say)

    def say(self, sound: Path) -> None:
        assert sound == FILE
        self.said.append(self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.user.tick(self.now)

    def reply(self, *items: LiveResponseItem) -> LiveResponse:
        """The server starts to answer the user."""
        self.user.on_event(UserSpeechStarted(self.now, "item_user"))
        response = new_response()
        self.user.on_event(ResponseStarted(self.now, response))
        for item in items:
            response.add(item)
        return response

    def finish(self, response: LiveResponse) -> None:
        """The response is complete, and is heard to its end."""
        response.end(None, "completed")
        for message in response.messages:
            message.close(message.wire, last=True)
            for event in message.advance(self.now):
                self.user.on_event(event)
        self.user.on_event(ResponseFinished(self.now, response))


def test_speaks_first_and_ends_when_the_reply_was_heard_in_full() -> None:
    conversation = Conversation(Cue.AFTER_REPLY)
    conversation.wait(0.1)
    assert conversation.said == [0.1]
    conversation.wait(2.0)
    assert not conversation.user.finished
    response = conversation.reply(new_message("Ten."))
    conversation.wait(1.0)
    assert not conversation.user.finished
    conversation.finish(response)
    conversation.wait(0.1)
    assert conversation.user.finished


def test_speaks_again_only_when_the_reply_was_heard() -> None:
    conversation = Conversation(Cue.AFTER_REPLY, Cue.AFTER_REPLY)
    conversation.wait(0.0)
    conversation.wait(1.5)
    response = conversation.reply(new_message("Ten."))
    response.end(None, "completed")
    conversation.wait(5.0)  # complete, and not yet heard
    assert conversation.said == [0.0]
    conversation.finish(response)
    conversation.wait(0.1)
    assert conversation.said == [0.0, 6.6]


def test_does_not_mistake_the_old_reply_for_the_new_one() -> None:
    conversation = Conversation(Cue.AFTER_REPLY, Cue.AFTER_REPLY)
    conversation.wait(0.0)
    conversation.wait(1.0)
    conversation.finish(conversation.reply(new_message("Ten.")))
    conversation.wait(0.1)
    conversation.wait(2.0)  # the second utterance is spoken, and not yet answered
    assert not conversation.user.finished


def test_waits_for_the_response_that_follows_a_tool_call() -> None:
    conversation = Conversation(Cue.AFTER_REPLY)
    conversation.wait(0.0)
    conversation.wait(1.5)
    conversation.finish(conversation.reply(new_message("One moment."), new_call("disk", "{}")))
    conversation.wait(1.0)
    assert not conversation.user.finished
    conversation.finish(conversation.reply(new_message("It is full.")))
    conversation.wait(0.1)
    assert conversation.user.finished


def test_finishes_its_utterance_before_it_ends() -> None:
    conversation = Conversation(Cue.AFTER_REPLY)
    conversation.wait(0.0)
    conversation.finish(conversation.reply(new_message("I know!")))
    conversation.wait(0.5)
    assert not conversation.user.finished
    conversation.wait(0.5)
    assert conversation.user.finished


class TestBargeIn:
    def test_happens_in_the_middle_of_the_second_message(self) -> None:
        conversation = Conversation(Cue.AFTER_REPLY, Cue.BARGE_IN)
        conversation.wait(0.0)
        preamble, answer = new_message("Let me see.", name="a"), new_message("Part one.", name="b")
        conversation.reply(preamble, answer)
        conversation.user.on_event(shown(preamble, "word ", index=20))
        conversation.user.on_event(shown(answer, "word ", index=0))
        assert conversation.said == [0.0]
        conversation.user.on_event(shown(answer, "word ", index=15))
        assert len(conversation.said) == 2

    def test_happens_in_the_only_message_once_the_response_is_complete(self) -> None:
        conversation = Conversation(Cue.AFTER_REPLY, Cue.BARGE_IN)
        conversation.wait(0.0)
        answer = new_message("Part one.")
        response = conversation.reply(answer)
        conversation.user.on_event(shown(answer, "word ", index=15))
        assert conversation.said == [0.0]
        response.end(None, "completed")
        conversation.user.on_event(shown(answer, "word ", index=16))
        assert len(conversation.said) == 2

    def test_follows_a_reply_that_was_too_short_for_it(self) -> None:
        conversation = Conversation(Cue.AFTER_REPLY, Cue.BARGE_IN)
        conversation.wait(0.0)
        conversation.wait(1.0)
        conversation.finish(conversation.reply(new_message("No.")))
        conversation.wait(0.1)
        assert conversation.said == [0.0, 1.1]

    def test_is_followed_by_its_own_reply(self) -> None:
        conversation = Conversation(Cue.AFTER_REPLY, Cue.BARGE_IN)
        conversation.wait(0.0)
        conversation.wait(2.0)
        answer = new_message("Part one.", name="b")
        interrupted = conversation.reply(new_message("Let me see.", name="a"), answer)
        conversation.user.on_event(shown(answer, "word ", index=15))
        conversation.finish(interrupted)
        conversation.user.on_event(cut(answer, "Part ", 0.3))
        conversation.wait(2.0)
        assert not conversation.user.finished
        conversation.finish(conversation.reply(new_message("Ten.", name="c")))
        conversation.wait(0.1)
        assert conversation.user.finished


def test_ends_without_an_answer() -> None:
    conversation = Conversation(Cue.AFTER_REPLY, Cue.AFTER_REPLY)
    conversation.wait(0.0)
    conversation.wait(1.0 + IDLE_SECONDS)
    assert not conversation.user.finished
    conversation.wait(0.1)
    assert conversation.user.finished


def test_waits_while_there_are_events() -> None:
    conversation = Conversation(Cue.AFTER_REPLY)
    conversation.wait(0.0)
    answer = new_message("On and on.")
    conversation.reply(answer)
    for _ in range(10):
        conversation.wait(IDLE_SECONDS / 2)
        conversation.user.on_event(shown(answer, "word ", at=conversation.now))
    assert not conversation.user.finished


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        ("Goodbye.", True), ("Thanks, good bye!", True), ("OK bye bye", True), ("Bye", True),
        ("What does goodbye mean?", False), ("Buy milk.", False), ("", False),
    ],
)  # fmt: skip
def test_a_goodbye_ends_the_conversation_once_it_is_answered(words: str, ends: bool) -> None:
    goodbye, response = LiveUser(), new_response()
    goodbye.on_event(UserSpeechStarted(0.0, "item_user"))
    goodbye.on_event(ResponseStarted(1.0, response))
    goodbye.on_event(user_said(words))
    assert not goodbye.finished
    response.end(None, "completed")
    assert goodbye.finished is ends
