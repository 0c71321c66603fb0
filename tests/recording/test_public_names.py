"""The public names of `realtime_sdk.recording` are these and no others."""

from __future__ import annotations

from realtime_sdk import Tap, recording
from realtime_sdk.recording import Record, Recorder


def public_names(thing: object) -> list[str]:
    return [name for name in dir(thing) if not name.startswith("_")]


def test_the_room_exports_its_recorder_its_reader_and_its_report() -> None:
    assert sorted(vars(recording)["__all__"]) == public_names(recording) == ["Record", "Recorder", "read", "report"]


def test_a_recorder_has_the_methods_of_a_tap_and_those_that_a_session_asks_for() -> None:
    assert public_names(Recorder) == [
        "captured", "close", "emitted", "heard", "left", "reads_levels", "received", "reports", "sent", "wait_closed",
        "wait_opened",
    ]  # fmt: skip
    assert {*public_names(Recorder)} >= {*public_names(Tap)}


def test_a_record_has_the_fields_of_a_line() -> None:
    assert public_names(Record) == ["close", "dir", "event", "frame", "raw", "t", "type"]
    assert public_names(Record(0.0, "server", {})) == public_names(Record)
