"""The log of a session: one line per event, at the level of its importance, and no word of the conversation."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import anyio
import pytest

from realtime_sdk.captions._caption import Caption
from realtime_sdk.conversation._live_response import LiveResponse
from realtime_sdk.conversation._sdk_events import (
    BudgetExceeded,
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    Idle,
    InputFault,
    InputFaultEnded,
    InputLevel,
    Interrupted,
    ItemAdded,
    OutputLevel,
    PlayoutFinished,
    PlayoutStarted,
    Reconnected,
    RecordingFailed,
    RecordingRestored,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ServerError,
    ServerMessage,
    SessionReady,
    SettingsDiffer,
    ToolFinished,
    ToolStarted,
    TurnAnswered,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from realtime_sdk.conversation._settings import MessageSettings
from realtime_sdk.conversation.items._live_items import LiveFunctionCall
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.conversation.usage._turn_timing import TurnEnd, TurnTiming
from realtime_sdk.protocol import SettingDifference, WireItem, WireResponse, parse
from realtime_sdk.protocol._codec import ProtocolViolation
from realtime_sdk.session.observers._log import SessionLog
from realtime_sdk.tools._result import INTERRUPTED

from ..conversation.wire import Wire, never_cancel

SAID = "my password is swordfish"


def response(status: str, *, id: str = "resp_1", **details: Any) -> LiveResponse:
    wire = WireResponse.model_validate({"id": id, "status": status, "status_details": details or None})
    made = LiveResponse(wire, anyio.Event, never_cancel)
    made.end(wire, status)
    return made


def heard(*, cut: bool) -> PlayoutFinished:
    """A message of a second was heard, in full or to its middle."""
    wire = Wire()
    wire.begin()
    wire.say("item_1", SAID, 1000)
    wire.done()
    wire.play(500 if cut else 1500)
    wire.interrupt()
    (finished,) = wire.emitted(PlayoutFinished)
    assert isinstance(finished, PlayoutFinished)
    return finished


MESSAGE = LiveMessage(WireItem(id="item_1", type="message"), MessageSettings(anyio.Event, 1000))
CALL = LiveFunctionCall(WireItem(id="item_2", type="function_call", name="clock", arguments=SAID))
CUT = heard(cut=True)

INFO, WARNING, DEBUG = "INFO", "WARNING", "DEBUG"

ANSWERED = TurnAnswered(12.5, TurnTiming(TurnEnd.SERVER, 12.0))

EXCEEDED = BudgetExceeded(0.0, Decimal("0.53"), Decimal("0.5"))

LINES: list[tuple[SdkEvent, str, str]] = [
    (SessionReady(0.0, {"id": "sess_1", "instructions": SAID}), INFO, "sess_1: the session is open"),
    (SessionReady(0.0, {}), INFO, "the session is open"),
    (Disconnected(0.0, 1006, "the line broke"), WARNING, "the connection ended: the line broke (code 1006)"),
    (Disconnected(0.0, None, "the line broke"), WARNING, "the connection ended: the line broke"),
    (Disconnected(0.0, 1000, "bye"), INFO, "the connection ended: bye (code 1000)"),
    (
        Disconnected(0.0, 1000, "bye", will_retry=True),
        WARNING, "the connection ended: bye (code 1000); connecting again",
    ),
    (Reconnected(0.0), INFO, "connected again: 0 items carried over"),
    (Reconnected(0.0, renewed=True), INFO, "the session was renewed: 0 items carried over"),
    (
        Reconnected(0.0, audio_sent=2.0, audio_dropped=10.0),
        WARNING, "connected again: 0 items carried over, 2.0 s of the user's audio sent, 10.0 s of it too old",
    ),
    (UserSpeechStarted(0.0, "item_1"), INFO, "the user began to speak"),
    (UserSpeechStopped(0.0, "item_1"), INFO, "the user fell silent"),
    (UserTranscript(0.0, MESSAGE, SAID, True), DEBUG, "the user said 24 characters"),
    (ResponseStarted(0.0, response("in_progress")), INFO, "response resp_1 began"),
    (ResponseFinished(0.0, response("completed")), INFO, "response resp_1 completed: 0 items"),
    (ResponseFinished(0.0, response("failed")), WARNING, "response resp_1 failed: 0 items"),
    (
        ResponseFinished(0.0, response("failed", error={"code": "quota", "message": "no credit"})),
        WARNING, "response resp_1 failed: 0 items: no credit",
    ),
    (
        ResponseFinished(0.0, response("failed", error={"code": "quota"})),
        WARNING, "response resp_1 failed: 0 items: quota",
    ),
    (ResponseFinished(0.0, response("cancelled", reason="turn_detected")), INFO, "response resp_1 cancelled: 0 items"),
    (PlayoutStarted(0.0, MESSAGE), INFO, "message item_1 began to play"),
    (heard(cut=False), INFO, "message item_1 heard in full"),
    (CUT, INFO, "message item_1 cut at 0.50 of 1.00 s"),
    (PlayoutFinished(0.0, MESSAGE, MESSAGE.playout), INFO, "message item_1 ended: it has no audio"),
    (Interrupted(0.0, (CUT.playout,)), INFO, "interrupted: 1 message cut"),
    (Interrupted(0.0, ()), INFO, "interrupted: 0 messages cut"),
    (ANSWERED, DEBUG, "the answer began 0.50 s after the user's last sound"),
    (TurnAnswered(12.5, TurnTiming(TurnEnd.SERVER, None)), DEBUG, "the answer began"),
    (EXCEEDED, WARNING, "the session has cost 0.5300: its budget was 0.5"),
    (ToolStarted(0.0, CALL), INFO, "tool clock started"),
    (ToolFinished(0.0, CALL, None), INFO, "tool clock finished"),
    (ToolFinished(0.0, CALL, "ValueError: late"), WARNING, "tool clock failed: ValueError: late"),
    (
        ToolFinished(0.0, CALL, INTERRUPTED),
        INFO, "tool clock stopped, because the user interrupted: there is no result",
    ),
    (Idle(12.5, 2.5), INFO, "silence for 10.0 s"),
    (Underrun(0.0, MESSAGE), WARNING, "underrun: message item_1 ran dry while it was heard"),
    (DeviceLost(0.0, "input", "unplugged"), WARNING, "input device lost: unplugged"),
    (DeviceRestored(0.0, "output"), INFO, "output device restored"),
    (
        SettingsDiffer(0.0, (SettingDifference("speed", 1.2, 1), SettingDifference("instructions", SAID, ""))),
        WARNING, "the server has other settings: speed is 1, not 1.2; instructions is not what was asked for",
    ),
    (InputFault(0.0, "silent", "no signal: unmute it"), WARNING, "no signal: unmute it"),
    (InputFaultEnded(0.0, "silent"), INFO, "the microphone is not silent any more"),
    (EchoCancellerFailed(0.0, "too slow"), WARNING, "echo canceller: too slow"),
    (RecordingFailed(0.0, "talk", "no space left"), WARNING, "not recorded in talk: no space left"),
    (RecordingRestored(0.0, "talk"), INFO, "recorded again in talk: nothing is missing"),
    (
        RecordingRestored(0.0, "talk", 2.5, 1, 0),
        WARNING, "recorded again in talk, and lacks 2.5 s of audio, 1 frame",
    ),
    (
        ServerError(0.0, "invalid_request_error", "bad", "no such voice", None),
        WARNING, "the server reports an error: no such voice (code bad)",
    ),
    (ServerError(0.0, "server_error", None, "try again", None), WARNING, "the server reports an error: try again"),
    (ProtocolViolation("no type", "{}", 0.0), WARNING, "protocol violation: no type"),
]  # fmt: skip

SILENT: list[SdkEvent] = [
    InputLevel(0.0, -40.0),
    OutputLevel(0.0, -40.0),
    ItemAdded(0.0, response("in_progress"), MESSAGE),
    CaptionShown(0.0, MESSAGE, Caption("item_1", 0, SAID, 0.0, 1.0, False)),
]


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log of the package at every level."""
    with caplog.at_level(logging.DEBUG, "realtime_sdk"):
        yield caplog


@pytest.mark.parametrize(("event", "level", "line"), LINES, ids=[line for _, _, line in LINES])
def test_an_event_is_one_line(
    event: SdkEvent, level: str, line: str, everything: pytest.LogCaptureFixture
) -> None:
    SessionLog().event(event)
    (record,) = everything.records
    assert (record.name, record.levelname, record.getMessage()) == ("realtime_sdk.session", level, line)
    assert SAID not in record.getMessage()


@pytest.mark.parametrize("event", SILENT, ids=[type(event).__name__ for event in SILENT])
def test_what_comes_many_times_a_second_has_no_line(event: SdkEvent, everything: pytest.LogCaptureFixture) -> None:
    SessionLog().event(event)
    assert everything.records == []


def test_an_event_without_a_line_of_its_own_is_its_name(everything: pytest.LogCaptureFixture) -> None:
    SessionLog().event(ServerMessage(0.0, parse('{"type": "telephone.key", "key": "1"}')))
    assert [(record.levelname, record.getMessage()) for record in everything.records] == [(DEBUG, "server message")]


def test_nothing_is_logged_below_the_configured_level(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "realtime_sdk"):
        SessionLog().event(UserSpeechStarted(0.0, None))
        SessionLog().event(DeviceLost(0.0, "input", "unplugged"))
    assert [record.getMessage() for record in caplog.records] == ["input device lost: unplugged"]


def test_a_line_with_percent_signs_is_written_as_it_is(everything: pytest.LogCaptureFixture) -> None:
    SessionLog().event(ProtocolViolation("%s of %d", "", 0.0))
    assert everything.messages[0] == "protocol violation: %s of %d"


def test_an_id_of_the_server_s_can_not_fill_a_line_or_begin_another(everything: pytest.LogCaptureFixture) -> None:
    log = SessionLog()
    log.begin("sess\nERROR" + "x" * 1000)
    log.event(ResponseStarted(0.0, response("in_progress", id="resp\n" + "x" * 10_000)))
    (line,) = everything.messages
    assert line == f"sess ERROR{'x' * 54}: response resp {'x' * 59} began"


def test_an_error_of_the_server_s_is_one_line_of_bounded_length(everything: pytest.LogCaptureFixture) -> None:
    log = SessionLog()
    log.event(ServerError(0.0, "server_error", "bad\nERROR all is lost", "no\x1b[31m\n" + "m" * 10_000, None))
    log.event(Disconnected(0.0, 4321, "bye\n" * 1000, will_retry=True))
    assert [len(line.splitlines()) for line in everything.messages] == [1, 1]
    assert max(map(len, everything.messages)) <= 1000


def test_a_flood_of_reports_is_summed_up(everything: pytest.LogCaptureFixture) -> None:
    log = SessionLog()
    for number in range(2000):
        log.event(ProtocolViolation("no JSON", "", 100.0 + number / 1000))
    first = ["protocol violation: no JSON"] * 5
    assert everything.messages == first + [
        f"protocol violation: no JSON (number {number} of its kind)" for number in (10, 100, 1000)
    ]


def test_reports_that_come_now_and_then_have_a_line_each(everything: pytest.LogCaptureFixture) -> None:
    log = SessionLog()
    for number in range(20):
        log.event(ProtocolViolation("no JSON", "", 100.0 + 60 * number))
    assert everything.messages == ["protocol violation: no JSON"] * 20


def test_a_flood_of_reports_of_one_kind_hides_no_other(everything: pytest.LogCaptureFixture) -> None:
    log = SessionLog()
    for number in range(20):
        log.event(ProtocolViolation("no JSON", "", 100.0 + number))
    log.event(ServerError(120.0, "server_error", None, "overloaded", None))
    assert everything.messages[-1] == "the server reports an error: overloaded"


def test_a_frame_is_a_line_of_the_wire_with_its_type_and_size(everything: pytest.LogCaptureFixture) -> None:
    frame = '{"type": "response.output_text.delta", "response_id": "r", "item_id": "i", "delta": "swordfish"}'
    SessionLog().received(parse(frame), frame)
    (record,) = everything.records
    assert (record.name, record.levelname) == ("realtime_sdk.wire", "DEBUG")
    assert record.getMessage() == f"< response.output_text.delta, {len(frame)} characters"


def test_each_line_begins_with_the_id_that_the_server_has_given_the_session(
    everything: pytest.LogCaptureFixture,
) -> None:
    log, frame = SessionLog(), '{"type": "telephone.key", "key": "1"}'
    log.received(parse(frame), frame)
    log.event(SessionReady(0.0, {"id": "sess_1"}))
    log.event(UserSpeechStarted(0.0, None))
    log.received(parse(frame), frame)
    log.sent("response.create", "{}")
    log.warning("it is late")
    assert everything.messages == [
        "< telephone.key, 37 characters",
        "sess_1: the session is open",
        "sess_1: the user began to speak",
        "sess_1: < telephone.key, 37 characters",
        "sess_1: > response.create, 2 characters",
        "sess_1: it is late",
    ]


def test_what_is_not_sent_is_a_line_the_first_time(everything: pytest.LogCaptureFixture) -> None:
    log = SessionLog()
    for kind in ("input_audio_buffer.append", "response.create", "input_audio_buffer.append"):
        log.not_sent(kind)
    assert everything.messages == [
        "not sent, because the connection has ended: input_audio_buffer.append",
        "not sent, because the connection has ended: response.create",
    ]
