"""What a person sees of a talk, from SDK events alone."""

from __future__ import annotations

import pytest

from realtime_sdk.cli._view import Called, Entry, Heard, Note, Progress, Said, Status, View
from realtime_sdk.conversation._sdk_events import (
    DeviceLost,
    Disconnected,
    InputLevel,
    Interrupted,
    PlayoutStarted,
    ResponseFinished,
    SdkEvent,
    ServerError,
    ToolFinished,
    ToolStarted,
    UserSpeechStarted,
    UserSpeechStopped,
)
from realtime_sdk.protocol import ErrorDetails, StatusDetails, WireResponse
from realtime_sdk.protocol._codec import ProtocolViolation

from .talks import added, cut, heard_in_full, new_call, new_message, new_response, shown, user_said


def view_of(*events: SdkEvent) -> View:
    view = View()
    for event in events:
        view.notice(event)
    return view


def only(view: View) -> Entry:
    [entry] = view.open
    return entry


class TestTheUser:
    def test_is_shown_from_the_first_sound_with_the_words_as_they_are_recognised(self) -> None:
        view = view_of(UserSpeechStarted(0.0, "item_user"))
        assert only(view) == Said("item_user", Progress.RUNNING)
        view.notice(UserSpeechStopped(1.0, "item_user"))
        view.notice(user_said("What", final=False))
        assert only(view) == Said("item_user", Progress.AWAITED, "What")
        view.notice(user_said("What time is it?"))
        assert only(view) == Said("item_user", Progress.SETTLED, "What time is it?")
        assert view.tally.turns == 1

    def test_is_shown_where_the_server_tells_nothing_but_the_words(self) -> None:
        assert only(view_of(user_said("Hello."))) == Said("item_user", Progress.SETTLED, "Hello.")

    def test_a_transcript_finds_the_turn_that_was_announced_without_a_name(self) -> None:
        view = view_of(UserSpeechStarted(0.0, None), UserSpeechStopped(1.0, None), user_said("Hello."))
        assert [entry.text for entry in view.open if isinstance(entry, Said)] == ["Hello."]
        assert view.tally.turns == 1

    def test_a_turn_whose_transcript_never_comes_does_not_hold_up_the_talk(self) -> None:
        view = view_of(
            UserSpeechStarted(0.0, "a"), UserSpeechStopped(1.0, "a"), *[], UserSpeechStarted(2.0, "b")
        )
        assert view.settled() == [Said("a", Progress.SETTLED)]

    def test_a_transcript_that_comes_after_all_is_shown_and_not_counted_twice(self) -> None:
        view = view_of(UserSpeechStarted(0.0, "a"), UserSpeechStarted(2.0, "b"))
        view.settled()
        view.notice(user_said("Late.", name="a"))
        assert [entry.text for entry in view.open if isinstance(entry, Said)] == ["", "Late."]
        assert view.tally.turns == 2


class TestAMessage:
    def test_shows_its_words_as_they_become_audible(self) -> None:
        message = new_message("It is ten.")
        view = view_of(added(message))
        assert only(view) == Heard(message, Progress.AWAITED)
        view.notice(PlayoutStarted(1.0, message))
        view.notice(shown(message, "It "))
        view.notice(shown(message, "is "))
        assert only(view) == Heard(message, Progress.RUNNING, "It is ")

    def test_heard_to_its_end_leaves_nothing_unheard(self) -> None:
        message = new_message("It is ten.")
        [heard] = view_of(added(message), *heard_in_full(message)).settled()
        assert isinstance(heard, Heard)
        assert (heard.shown, heard.unheard) == ("It is ten.", "")

    def test_cut_keeps_apart_what_was_heard_and_what_was_not(self) -> None:
        message = new_message("It is ten past four.")
        view = view_of(added(message), PlayoutStarted(1.0, message), shown(message, "It "), cut(message, "It is ", 0.4))
        [heard] = view.settled()
        assert isinstance(heard, Heard)
        assert (heard.shown, heard.unheard) == ("It is ", "ten past four.")
        assert view.tally.cuts == [0.4]

    def test_never_heard_is_not_counted_as_heard(self) -> None:
        message = new_message("Part two.")
        view = view_of(added(message), cut(message, "", 0.0))
        assert view.tally.items == 0
        assert view.tally.cuts == []
        [heard] = view.settled()
        assert isinstance(heard, Heard)
        assert (heard.shown, heard.unheard) == ("", "Part two.")

    def test_the_first_sound_of_a_turn_is_timed_and_only_the_first(self) -> None:
        preamble, answer = new_message("Let me see.", name="a"), new_message("Ten.", name="b")
        view = view_of(
            UserSpeechStopped(10.0, "item_user"), added(preamble), added(answer),
            *heard_in_full(preamble, at=10.5), *heard_in_full(answer, at=11.5),
        )  # fmt: skip
        assert [entry.delay for entry in view.settled() if isinstance(entry, Heard)] == [0.5, None]
        assert view.tally.delays == [0.5]


class TestATool:
    def test_is_shown_while_it_works_and_with_its_result(self) -> None:
        call = new_call("disk", "{}")
        view = view_of(ToolStarted(0.0, call))
        assert only(view) == Called(call, Progress.RUNNING)
        view.notice(ToolFinished(1.0, call, None))
        assert view.settled() == [Called(call, Progress.SETTLED)]

    def test_that_fails_says_why(self) -> None:
        call = new_call("disk", "{}")
        [called] = view_of(ToolStarted(0.0, call), ToolFinished(1.0, call, "no such disk")).settled()
        assert called == Called(call, Progress.SETTLED, "no such disk")


class TestTheOrder:
    def test_nothing_is_printed_for_good_before_what_came_first_is_settled(self) -> None:
        message = new_message("Ten.")
        view = view_of(UserSpeechStarted(0.0, "item_user"), UserSpeechStopped(1.0, "item_user"))
        for event in [added(message), *heard_in_full(message)]:
            view.notice(event)
        assert view.settled() == []
        view.notice(user_said("What time is it?"))
        assert [type(entry) for entry in view.settled()] == [Said, Heard]
        assert view.open == []

    def test_the_end_of_the_talk_settles_all(self) -> None:
        message = new_message("Ten.")
        view = view_of(UserSpeechStarted(0.0, "item_user"), added(message))
        assert [entry.progress for entry in view.finish()] == [Progress.SETTLED, Progress.SETTLED]


class TestTheStatus:
    def test_follows_the_talk(self) -> None:
        view, message = View(), new_message("Ten.")
        steps: list[tuple[SdkEvent, Status]] = [
            (InputLevel(0.0, -40.0), Status.LISTENING),
            (UserSpeechStarted(0.0, "item_user"), Status.HEARING),
            (UserSpeechStopped(1.0, "item_user"), Status.THINKING),
            (added(message), Status.THINKING),
            (PlayoutStarted(1.5, message), Status.SPEAKING),
            (heard_in_full(message)[-1], Status.LISTENING),
        ]
        for event, status in steps:
            view.notice(event)
            assert view.status is status
        assert view.level == -40.0


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (ServerError(0.0, "invalid_request_error", None, "no such voice", None), "the server says: no such voice"),
        (DeviceLost(0.0, "output", "unplugged"), "the output device is gone: unplugged"),
        (Disconnected(0.0, 1006, ""), "disconnected: 1006"),
        (ProtocolViolation("not JSON", "hello"), "the server sent what is no event: not JSON"),
    ],
)
def test_what_goes_wrong_is_noted(event: SdkEvent, text: str) -> None:
    assert view_of(event).settled() == [Note(text)]


def test_a_response_that_fails_is_noted_with_the_reason() -> None:
    response = new_response()
    details = StatusDetails(type="failed", error=ErrorDetails(type="server_error", message="overloaded"))
    response.end(WireResponse(id="resp_1", status="failed", status_details=details), "failed")
    view = view_of(UserSpeechStopped(0.0, None), ResponseFinished(1.0, response))
    assert view.settled() == [Note("no answer: overloaded")]
    assert view.status is Status.LISTENING


def test_an_interruption_that_touched_nothing_is_not_counted() -> None:
    message = new_message("Ten.")
    view = view_of(Interrupted(0.0, ()), Interrupted(1.0, (cut(message, "", 0.1).playout,)))
    assert view.tally.interruptions == 1
