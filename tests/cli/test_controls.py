"""The keys of `talk`: what each does to the session, and what it says it does next."""

from __future__ import annotations

from typing import cast

from realtime_sdk.cli.display._controls import Controls
from realtime_sdk.errors import UsageError
from realtime_sdk.session._session import Session


class Recorder:
    """A session that writes down what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.volume = 1.0

    def __getattr__(self, name: str) -> object:
        def record() -> None:
            self.done.append(name)

        return record


def controls(recorder: Recorder, *, push_to_talk: bool = False) -> Controls:
    return Controls(cast(Session, recorder), lambda: recorder.done.append("end"), push_to_talk=push_to_talk)


def labels(controls: Controls) -> dict[str, str]:
    return {hint.key: hint.label for hint in controls.hints}


def test_each_key_does_its_deed_and_the_next_time_the_opposite() -> None:
    recorder = Recorder()
    keys = controls(recorder)
    for key in "mmppiq":
        assert keys.press(key) == ""
    assert recorder.done == ["mute", "unmute", "pause", "resume", "interrupt", "end"]


def test_the_hints_say_what_a_key_does_next() -> None:
    keys = controls(Recorder())
    assert (labels(keys)["m"], labels(keys)["p"]) == ("mute", "pause")
    keys.press("m")
    keys.press("p")
    assert (labels(keys)["m"], labels(keys)["p"]) == ("unmute", "resume")
    assert [hint.key for hint in keys.hints if hint.on] == ["m", "p"]


def test_the_space_bar_talks_and_sends_with_push_to_talk_alone() -> None:
    recorder = Recorder()
    keys = controls(recorder, push_to_talk=True)
    assert labels(keys)["space"] == "talk"
    keys.press("space")
    assert labels(keys)["space"] == "send"
    keys.press("space")
    assert recorder.done == ["press", "release"]

    without = controls(recorder)
    assert without.press("space") == ""
    assert "space" not in labels(without)
    assert recorder.done == ["press", "release"]


def test_the_volume_changes_by_tenths_between_silence_and_twice_the_gain() -> None:
    recorder = Recorder()
    keys = controls(recorder)
    for _ in range(3):
        keys.press("-")
    assert recorder.volume == 0.7
    for _ in range(20):
        keys.press("-")
    assert recorder.volume == 0.0
    for _ in range(30):
        keys.press("+")
    assert recorder.volume == 2.0


def test_a_session_that_refuses_says_why_and_nothing_is_switched() -> None:
    class Refusing(Recorder):
        def pause(self) -> None:
            raise UsageError("there is no speaker to pause")

    keys = controls(Refusing())
    assert keys.press("p") == "there is no speaker to pause"
    assert not keys.paused
