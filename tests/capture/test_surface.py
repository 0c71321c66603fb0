"""What an application sees of turns, voice activity and echo cancellers."""

from __future__ import annotations

import pytest

from realtime_sdk.capture import SileroVoiceActivity, Turns, TurnSource, VoiceActivity
from realtime_sdk.capture.echo import EchoCanceller, HalfDuplexGate, LinearCanceller, WebRtcCanceller

DETECTOR = {"frame", "begin", "hear"}
CANCELLER = {"delay", "process", "reset"}
QUICK = CANCELLER | {"runs_on_loop"}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Turns, {"by_server", "by_voice", "push_to_talk", "source", "detector", "silence", "padding"}),
        (VoiceActivity, DETECTOR),
        (SileroVoiceActivity, DETECTOR),
        (EchoCanceller, CANCELLER),
        (LinearCanceller, QUICK),
        (WebRtcCanceller, QUICK),
        (HalfDuplexGate, QUICK),
    ],
)
def test_a_public_class_shows_what_is_documented(kind: type, names: set[str]) -> None:
    assert {name for name in dir(kind) if not name.startswith("_")} == names


def test_the_constructors_of_turns_name_their_source() -> None:
    assert Turns.by_server().source is TurnSource.SERVER
    assert Turns.push_to_talk().source is TurnSource.KEY
