"""No connection that fails, in whatever state, makes a session lose what was heard, or say it twice.

Whole sessions against the strict server, whose connections are cut, reset, silent, expired and refused at random; see
`chaos/checks.py` for what has to hold.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from realtime_sdk.testing import Close, ConnectionFault, Expire, Phase, Refuse, Reset, Silence

from ..effort import tries
from .chaos import replay, schedule as s
from .chaos.strategies import schedules
from .chaos.talk import Talk, hold

pytestmark = pytest.mark.usefixtures("unguarded")

ANSWER = s.Answer((s.Spoken((s.Words("One. "), s.Sound(1.0), s.Words("Two three "), s.Sound(1.0))),), pace=2.0)
WORKING = s.Answer((s.Called(1.0),))
SPEECH = (s.Step(s.Say(0.5), wait=5.0),)

FOUND = [
    # A text arrives behind the restored history while a call that ran in the gap is given to the server.
    s.Schedule(
        (s.Answer((s.Spoken((s.Words("One. "),)),)), s.Answer((s.Called(2.0),), thinking=0.6)),
        (s.Step(s.Ask()), s.Step(s.Say(0.4)), s.Step(s.Ask(), wait=2.3, after="PlayoutStarted")),
        (
            s.Fail(Close(1013), Phase.COMMITTED), s.Fail(Reset(), Phase.ADDING, nth=3),
            s.Fail(Close(1013), Phase.IN_TOOL),
        ),
        latency=0.12,
    ),
    # The last server falls silent as it is given the history, and the session goes on: some servers confirm no items.
    s.Schedule(
        (), (s.Step(s.Break(Close(1012))), s.Step(s.Say(), after="ResponseStarted")),
        (s.Fail(Expire(), Phase.CONFIGURED), s.Fail(Silence(), Phase.CONFIGURED, nth=3, after=0.2)),
        lifetime=20.0, latency=0.1,
    ),
    # The next server takes a turn of the user's before a call that ran in the gap, which it was given at that moment.
    s.Schedule(
        (
            s.Answer((s.Called(1.541),), pace=1.0, thinking=0.026), s.Answer((s.Called(0.081),)),
            s.Answer((s.Called(), s.Called(5.796)), thinking=0.424),
            s.Answer((s.Called(), s.Called(5.796)), pace=1.0, thinking=0.39),
        ),
        (
            s.Step(s.Ask()), s.Step(s.Ask("respond"), wait=0.284, after="CaptionShown"), s.Step(s.Hold(), wait=3.986),
            s.Step(s.Say(0.598), wait=0.025, after="ToolFinished"),
        ),
        (s.Fail(Close(1012), Phase.DONE, after=0.002),), latency=0.08, device=s.Device(latency=0.051),
    ),
]  # fmt: skip
"""The shortest schedules of failures that `benchmarks/chaos.py` has found."""


@pytest.mark.slow
@pytest.mark.timeout(7200)
@settings(max_examples=tries(40), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(schedules)
def test_nothing_heard_is_lost_or_heard_twice(schedule: s.Schedule) -> None:
    replay(schedule)


@pytest.mark.parametrize("fault", [Close(1001), Close(1006), Reset(), Silence(), Expire()], ids=repr)
@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.CONNECTING])
def test_a_talk_goes_on_after_a_fault_in_each_phase(phase: Phase, fault: ConnectionFault) -> None:
    # The connection that opens the session is spared: what begins a connection strikes the one after the first loss.
    opening = (Phase.OPENED, Phase.CREATED, Phase.CONFIGURING, Phase.CONFIGURED)
    first = (s.Fail(Reset(), Phase.STREAMING, nth=12),) if phase in opening else ()
    speech = SPEECH if phase in (Phase.USER_SPEAKING, Phase.COMMITTED) else ()
    recovered = 60.0 if isinstance(fault, Silence) else 15.0  # seconds until it is noticed, and the talk goes on
    steps = (s.Step(s.Ask()), *speech, s.Step(s.Ask(), wait=recovered))
    talk = replay(s.Schedule((WORKING, ANSWER, ANSWER, ANSWER), steps, (*first, s.Fail(fault, phase))))
    assert talk.state == "listening"
    assert len(talk.server.connections) >= 2
    assert talk.responses[-1].status == "completed"


@pytest.mark.parametrize("refusal", [Refuse(500), Refuse(503), Refuse(502, body="<html>Bad Gateway</html>")], ids=repr)
def test_refused_handshakes_are_tried_again(refusal: Refuse) -> None:
    talk = replay(s.Schedule((ANSWER, ANSWER), refused(refusal, 3)))
    assert (talk.state, len(talk.server.connections)) == ("listening", 2)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refuse(401), "key was refused"),
        (Refuse(403), "may not be used"),
        (Refuse(404), "no such model"),
        (Refuse(429, "insufficient_quota"), "quota is used up"),
    ],
)
def test_a_final_cause_ends_the_session_at_once_and_says_so(refusal: Refuse, words: str) -> None:
    talk = hold(s.Schedule((ANSWER, ANSWER), refused(refusal, 1)))
    check_end(talk, words)
    assert len(talk.server.connections) == 1


def test_a_close_because_of_policy_ends_the_session() -> None:
    talk = hold(s.Schedule((ANSWER,), (s.Step(s.Ask()), s.Step(s.Break(Close(1008, "policy")), wait=1.0))))
    check_end(talk, "policy")


@pytest.mark.parametrize("schedule", FOUND, ids=range(len(FOUND)))
def test_what_was_found_once_does_not_happen_again(schedule: s.Schedule) -> None:
    replay(schedule)


def refused(refusal: Refuse, count: int) -> tuple[s.Step[s.Act], ...]:
    """A text, a reset whose following handshakes are refused, and another text."""
    return (
        s.Step(s.Ask()), s.Step(s.Deny(refusal, count), wait=1.0), s.Step(s.Break(Reset())),
        s.Step(s.Ask("respond"), wait=1.0),
    )  # fmt: skip


def check_end(talk: Talk, words: str) -> None:
    """The session is over, every caller knows why, and what was received has been heard."""
    assert talk.state == "closed"
    assert (talk.unanswered, talk.failures, talk.tasks_left) == ([], [], [])
    assert talk.refused and all(words in str(error) for error in talk.refused)
    assert talk.wire.frames("item_2") == len(talk.speaker.heard)
