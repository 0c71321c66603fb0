"""What a page is told of the events that are neither words nor sound."""

from __future__ import annotations

import json
from typing import Any

import pytest

from realtime_sdk import (
    DeviceLost,
    DeviceRestored,
    Disconnected,
    InputFault,
    InputFaultEnded,
    OutputLevel,
    Reconnected,
    SdkEvent,
    ServerError,
    SettingsDiffer,
)
from realtime_sdk.page._display import page_message
from realtime_sdk.protocol._differences import SettingDifference


def shown(event: SdkEvent) -> dict[str, Any] | None:
    message = page_message(event)
    return None if message is None else json.loads(message)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Disconnected(0.0, 1011, "overload", will_retry=True), "The server is gone: overload. Connecting again …"),
        (Disconnected(0.0, None, ""), "The server is gone: no reason given."),
        (DeviceLost(0.0, "output", "the page is gone"), "The output device is lost: the page is gone."),
        (InputFault(0.0, "silent", "The microphone is silent."), "The microphone is silent."),
        (
            SettingsDiffer(0.0, (SettingDifference("audio.output.voice", "marin", "cedar"),)),
            "The server has other settings: audio.output.voice is 'cedar', not 'marin'.",
        ),
        (ServerError(0.0, "server_error", None, "Try again.", None), "The server reports an error: Try again."),
    ],
)
def test_what_went_wrong_is_a_note(event: SdkEvent, text: str) -> None:
    assert shown(event) == {"type": "note", "text": text, "recovery": False}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Reconnected(0.0), "Connected again."),
        (DeviceRestored(0.0, "input"), "The input device is back."),
        (InputFaultEnded(0.0, "silent"), "The microphone is not silent any more."),
    ],
)
def test_a_recovery_is_a_note_of_its_own_kind(event: SdkEvent, text: str) -> None:
    assert shown(event) == {"type": "note", "text": text, "recovery": True}


def test_a_renewed_session_is_not_worth_a_note() -> None:
    assert shown(Reconnected(0.0, renewed=True)) is None


def test_silence_has_a_level_that_json_can_hold() -> None:
    assert shown(OutputLevel(0.0, float("-inf"))) == {"type": "level", "side": "output", "dbfs": -120.0}
