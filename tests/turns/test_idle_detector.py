"""Silence is reported once it has lasted long enough, timed from the last activity, and never during one."""

from __future__ import annotations

import math

import pytest

from realtime_sdk.conversation._effects import Effects
from realtime_sdk.conversation._sdk_events import (
    Disconnected,
    Idle,
    SdkEvent,
    ToolStarted as Started,
    UserSpeechStarted,
    UserSpeechStopped,
)
from realtime_sdk.turns._idle import IdlePolicy
from realtime_sdk.turns._idle_detector import IdleDetector

from ..conversation.wire import Wire

SECONDS = 10.0


class Watched:
    """A talk by hand, and the watch over its silence."""

    def __init__(self, policy: IdlePolicy | None = None) -> None:
        self.wire = Wire()
        self.watch = IdleDetector(policy or IdlePolicy.notify(SECONDS), self.wire.engine, self.wire.at)
        self._shown = 0  # events that the watch was shown

    def show(self, *events: SdkEvent) -> None:
        """Show the watch what was emitted."""
        for event in [*self.wire.events[self._shown :], *events]:
            self.watch.on_event(event)
        self._shown = len(self.wire.events)

    @property
    def left(self) -> float:
        """Seconds until the silence is reported, as things stand."""
        self.show()
        return self.watch.deadline - self.wire.at

    def expire(self) -> Effects:
        """The silence has lasted until its deadline."""
        self.show()
        self.wire.at = max(self.wire.at, self.watch.deadline)
        return self.watch.expire(self.wire.at)

    def said(self, milliseconds: int = 1000) -> None:
        """A reply is made, and heard to its end."""
        self.wire.begin()
        self.wire.say("item_1", "It is noon.", milliseconds)
        self.wire.done()
        self.wire.play(milliseconds)


def test_silence_from_the_beginning_is_reported_when_it_has_lasted() -> None:
    talk = Watched()
    began = talk.wire.at
    assert talk.left == SECONDS
    assert talk.watch.expire(began + SECONDS - 0.1) == Effects()
    effects = talk.expire()
    assert effects == Effects(emit=(Idle(began + SECONDS, began),))


def test_a_silence_is_reported_once() -> None:
    talk = Watched()
    talk.expire()
    assert talk.watch.deadline == math.inf
    assert talk.watch.expire(talk.wire.at + 1000.0) == Effects()


def test_silence_is_reported_again_after_further_audio() -> None:
    talk = Watched()
    talk.expire()
    talk.said()
    assert talk.left == pytest.approx(SECONDS)
    (idle,) = talk.expire().emit
    assert isinstance(idle, Idle)
    assert idle.at - idle.since == pytest.approx(SECONDS)


def test_silence_is_timed_from_the_end_of_playback_not_of_the_response() -> None:
    talk = Watched()
    talk.wire.begin()
    talk.wire.say("item_1", "A long story.", 5000)
    talk.wire.done()
    talk.wire.play(2000)
    assert talk.left == math.inf
    talk.wire.play(3000)
    assert talk.left == pytest.approx(SECONDS)


def test_silence_is_not_timed_while_a_response_is_active_and_already_heard() -> None:
    talk = Watched()
    talk.wire.begin()
    talk.wire.say("item_1", "Let me see.", 500)
    talk.wire.play(5000)
    assert talk.left == math.inf
    talk.wire.done()
    assert talk.left == pytest.approx(SECONDS)


def test_silence_is_not_timed_while_a_request_is_pending() -> None:
    talk = Watched()
    request, _ = talk.wire.submit()
    assert talk.left == math.inf
    talk.wire.error("invalid_value", event_id=request.event_id)
    assert talk.left == SECONDS


def test_silence_is_not_timed_while_the_user_speaks() -> None:
    talk = Watched()
    talk.show(UserSpeechStarted(103.0, "item_1"))
    assert talk.watch.deadline == math.inf
    talk.show(UserSpeechStopped(107.0, "item_1"))
    assert talk.watch.deadline == 107.0 + SECONDS


def test_silence_is_not_timed_while_a_tool_runs() -> None:
    talk = Watched()
    talk.wire.begin()
    talk.wire.call("item_1")
    talk.wire.call("item_2")
    talk.wire.done()
    talk.show(*[Started(talk.wire.at, call) for call in talk.wire.calls])
    assert talk.left == math.inf
    talk.wire.finish_call(talk.wire.calls[0], respond=False)
    assert talk.left == math.inf
    talk.wire.at += 3.0
    talk.wire.finish_call(talk.wire.calls[1], respond=False)
    assert talk.left == SECONDS


def test_an_out_of_band_response_without_playback_restarts_the_silence() -> None:
    talk = Watched()
    aside, _ = talk.wire.submit(conversation="none")
    talk.wire.at += 3.0
    talk.wire.begin(request=aside.event_id, conversation_id=None)
    talk.wire.done()
    assert talk.left == SECONDS


def test_after_the_end_of_the_connection_nothing_is_reported() -> None:
    talk = Watched()
    talk.show(Disconnected(talk.wire.at, None, "the line broke"))
    assert talk.watch.deadline == math.inf
    assert talk.watch.expire(talk.wire.at + 1000.0) == Effects()


def test_a_prompt_policy_requests_a_response() -> None:
    talk = Watched(IdlePolicy.prompt(SECONDS, instructions="Ask whether the user is there."))
    effects = talk.expire()
    assert [type(event) for event in effects.emit] == [Idle]
    (create,) = talk.wire.apply(effects)
    assert create["response"]["instructions"] == "Ask whether the user is there."


def test_one_response_is_requested_however_long_the_silence_lasts() -> None:
    talk = Watched(IdlePolicy.prompt(SECONDS))
    (create,) = talk.wire.apply(talk.expire())
    assert talk.left == math.inf
    talk.wire.begin(request=create["event_id"])
    talk.wire.say("item_1", "Are you there?", 1000)
    talk.wire.done()
    talk.wire.play(1000)
    assert talk.left == pytest.approx(SECONDS)  # the question was heard: the silence behind it is another one
