"""The entries of a conversation, from SDK events alone."""

from __future__ import annotations

import pytest

from realtime_sdk.cli.display._conversation_view import (
    ConversationView,
    Entry,
    MessageEntry,
    NoteEntry,
    Progress,
    ToolEntry,
    UserEntry,
)
from realtime_sdk.conversation._sdk_events import (
    DeviceLost,
    DeviceRestored,
    Disconnected,
    InputLevel,
    Interrupted,
    OutputLevel,
    PlayoutStarted,
    Reconnected,
    ResponseFinished,
    SdkEvent,
    ServerError,
    SettingsDiffer,
    ToolFinished,
    ToolStarted,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
)
from realtime_sdk.conversation.usage._turn_timing import TurnEnd, TurnTiming
from realtime_sdk.protocol import ErrorDetails, StatusDetails, WireResponse
from realtime_sdk.protocol._codec import ProtocolViolation
from realtime_sdk.protocol._differences import SettingDifference

from .events import added, cut, heard_in_full, new_call, new_message, new_response, shown, user_said


def view_of(*events: SdkEvent) -> ConversationView:
    view = ConversationView()
    for event in events:
        view.on_event(event)
    return view


def only(view: ConversationView) -> Entry:
    [entry] = view.open
    return entry


class TestTheUser:
    def test_is_shown_from_the_start_of_speech_with_the_words_recognised_so_far(self) -> None:
        view = view_of(UserSpeechStarted(0.0, "item_user"))
        assert only(view) == UserEntry("item_user", Progress.ACTIVE)
        view.on_event(UserSpeechStopped(1.0, "item_user"))
        view.on_event(user_said("What", final=False))
        assert only(view) == UserEntry("item_user", Progress.PENDING, "What")
        view.on_event(user_said("What time is it?"))
        assert only(view) == UserEntry("item_user", Progress.FINAL, "What time is it?")
        assert view.statistics.turns == 1

    def test_is_shown_where_the_server_sends_the_transcript_alone(self) -> None:
        assert only(view_of(user_said("Hello."))) == UserEntry("item_user", Progress.FINAL, "Hello.")

    def test_a_transcript_joins_the_turn_that_was_announced_without_an_item(self) -> None:
        view = view_of(UserSpeechStarted(0.0, None), UserSpeechStopped(1.0, None), user_said("Hello."))
        assert [entry.text for entry in view.open if isinstance(entry, UserEntry)] == ["Hello."]
        assert view.statistics.turns == 1

    def test_a_turn_without_a_transcript_becomes_final_with_the_next_turn(self) -> None:
        view = view_of(UserSpeechStarted(0.0, "a"), UserSpeechStopped(1.0, "a"), UserSpeechStarted(2.0, "b"))
        assert view.pop_final() == [UserEntry("a", Progress.FINAL)]

    def test_a_late_transcript_is_shown_and_counted_once(self) -> None:
        view = view_of(UserSpeechStarted(0.0, "a"), UserSpeechStarted(2.0, "b"))
        view.pop_final()
        view.on_event(user_said("Late.", name="a"))
        assert [entry.text for entry in view.open if isinstance(entry, UserEntry)] == ["", "Late."]
        assert view.statistics.turns == 2


class TestAMessage:
    def test_shows_its_words_as_they_become_audible(self) -> None:
        message = new_message("It is ten.")
        view = view_of(added(message))
        assert only(view) == MessageEntry(message, Progress.PENDING)
        view.on_event(PlayoutStarted(1.0, message))
        view.on_event(shown(message, "It "))
        view.on_event(shown(message, "is "))
        assert only(view) == MessageEntry(message, Progress.ACTIVE, "It is ", latest="is ")
        assert only(view).coming == "ten."  # type: ignore[union-attr]

    def test_heard_in_full_leaves_nothing_unheard(self) -> None:
        message = new_message("It is ten.")
        [heard] = view_of(added(message), *heard_in_full(message)).pop_final()
        assert isinstance(heard, MessageEntry)
        assert (heard.shown, heard.unheard) == ("It is ten.", "")

    def test_cut_separates_heard_from_unheard_words(self) -> None:
        message = new_message("It is ten past four.")
        view = view_of(added(message), PlayoutStarted(1.0, message), shown(message, "It "), cut(message, "It is ", 0.4))
        [heard] = view.pop_final()
        assert isinstance(heard, MessageEntry)
        assert (heard.shown, heard.unheard) == ("It is ", "ten past four.")
        assert view.statistics.cut_positions == [0.4]

    def test_never_heard_is_not_counted_as_heard(self) -> None:
        message = new_message("Part two.")
        view = view_of(added(message), cut(message, "", 0.0))
        assert view.statistics.items == 0
        assert view.statistics.cut_positions == []
        [heard] = view.pop_final()
        assert isinstance(heard, MessageEntry)
        assert (heard.shown, heard.unheard) == ("", "Part two.")

    def test_the_latency_of_a_turn_as_the_session_times_it_stands_at_its_first_sound(self) -> None:
        preamble, answer = new_message("Let me see.", name="a"), new_message("Ten.", name="b")
        view = ConversationView(lambda: [TurnTiming(TurnEnd.SERVER, ended=9.5, preamble=10.5, answer=11.5)])
        for event in (
            added(preamble),
            added(answer),
            *heard_in_full(preamble, at=10.5),
            *heard_in_full(answer, at=11.5),
        ):
            view.on_event(event)
        assert [entry.latency for entry in view.pop_final() if isinstance(entry, MessageEntry)] == [1.0, None]
        assert view.statistics.latencies == [1.0]


class TestATool:
    def test_is_shown_while_it_runs_and_with_its_result(self) -> None:
        call = new_call("disk", "{}")
        view = view_of(ToolStarted(0.0, call))
        assert only(view) == ToolEntry(call, Progress.ACTIVE)
        view.on_event(ToolFinished(1.0, call, None))
        assert view.pop_final() == [ToolEntry(call, Progress.FINAL)]

    def test_that_fails_shows_the_error(self) -> None:
        call = new_call("disk", "{}")
        [called] = view_of(ToolStarted(0.0, call), ToolFinished(1.0, call, "no such disk")).pop_final()
        assert called == ToolEntry(call, Progress.FINAL, "no such disk")


class TestTheOrder:
    def test_no_entry_is_final_before_the_entries_ahead_of_it(self) -> None:
        message = new_message("Ten.")
        view = view_of(UserSpeechStarted(0.0, "item_user"), UserSpeechStopped(1.0, "item_user"))
        for event in [added(message), *heard_in_full(message)]:
            view.on_event(event)
        assert view.pop_final() == []
        view.on_event(user_said("What time is it?"))
        assert [type(entry) for entry in view.pop_final()] == [UserEntry, MessageEntry]
        assert view.open == []

    def test_the_end_of_the_conversation_makes_every_entry_final(self) -> None:
        message = new_message("Ten.")
        view = view_of(UserSpeechStarted(0.0, "item_user"), added(message))
        assert [entry.progress for entry in view.finish()] == [Progress.FINAL, Progress.FINAL]


def test_underruns_are_counted() -> None:
    assert view_of(Underrun(0.0, new_message("Ten."))).statistics.underruns == 1


def test_the_latest_levels_of_both_sides_are_kept() -> None:
    view = view_of(InputLevel(0.0, -40.0), OutputLevel(0.5, -20.0), InputLevel(1.0, -30.0))
    assert (view.input_level, view.output_level) == (InputLevel(1.0, -30.0), OutputLevel(0.5, -20.0))


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            SettingsDiffer(0.0, (SettingDifference("audio.output.voice", "marin", "cedar"),)),
            "the server has other settings: audio.output.voice is 'cedar', not 'marin'",
        ),
        (ServerError(0.0, "invalid_request_error", None, "no such voice", None), "server error: no such voice"),
        (DeviceLost(0.0, "output", "unplugged"), "output device lost: unplugged"),
        (Disconnected(0.0, 1006, ""), "disconnected: 1006"),
        (ProtocolViolation("not JSON", "hello"), "protocol violation: not JSON"),
    ],
)
def test_an_error_is_noted(event: SdkEvent, text: str) -> None:
    assert view_of(event).pop_final() == [NoteEntry(text)]


@pytest.mark.parametrize("event", [DeviceRestored(0.0, "output"), Reconnected(0.0)])
def test_a_recovery_is_noted_as_one(event: SdkEvent) -> None:
    [note] = view_of(event).pop_final()
    assert isinstance(note, NoteEntry)
    assert note.recovery


def test_a_failed_response_is_noted_with_its_reason() -> None:
    response = new_response()
    details = StatusDetails(type="failed", error=ErrorDetails(type="server_error", message="overloaded"))
    response.end(WireResponse(id="resp_1", status="failed", status_details=details), "failed")
    view = view_of(UserSpeechStopped(0.0, None), ResponseFinished(1.0, response))
    assert view.pop_final() == [NoteEntry("response failed: overloaded")]


def test_an_interruption_that_cut_no_message_is_not_counted() -> None:
    message = new_message("Ten.")
    view = view_of(Interrupted(0.0, ()), Interrupted(1.0, (cut(message, "", 0.1).playout,)))
    assert view.statistics.interruptions == 1
