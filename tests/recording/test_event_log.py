"""`events.jsonl`: the wire's frames read back unchanged, without any credential."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_sdk.errors import UsageError
from realtime_sdk.recording import Record, read
from realtime_sdk.recording._event_log import CREDENTIALS, EventLog

NAMES = st.text(max_size=10).filter(lambda name: name not in CREDENTIALS)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10)
LISTS_AND_OBJECTS = st.lists(VALUES, max_size=3) | st.dictionaries(NAMES, VALUES, max_size=3)
EVENTS = st.dictionaries(NAMES, VALUES | LISTS_AND_OBJECTS, max_size=5)


def kept(folder: Path, *frames: bytes | str) -> list[Record]:
    path = folder / "events.jsonl"
    path.unlink(missing_ok=True)
    log = EventLog(path)
    for n, frame in enumerate(frames):
        log.write(float(n), "server", frame)
    log.close()
    return list(read(path))


def test_a_frame_is_one_line_with_its_time_and_direction(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.write(0.25, "client", '{\n  "type": "response.create"\n}')
    log.write(1.5, "server", b'{"type":"response.done"}')
    log.close()
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"t": 0.25, "dir": "client", "event": {"type": "response.create"}},
        {"t": 1.5, "dir": "server", "event": {"type": "response.done"}},
    ]


@given(EVENTS)
def test_every_event_reads_back_unchanged(tmp_path_factory: pytest.TempPathFactory, event: dict[str, Any]) -> None:
    frame = json.dumps(event)
    [record] = kept(tmp_path_factory.getbasetemp(), frame)
    assert record == Record(0.0, "server", event)
    assert json.loads(record.frame) == event


@pytest.mark.parametrize("frame", ["", "hello", "[1, 2]", "null", '{"type":', "[" * 100_000, '"\ud800"'])
def test_a_frame_that_is_no_event_is_kept_unchanged(tmp_path: Path, frame: str) -> None:
    [record] = kept(tmp_path, frame)
    assert record == Record(0.0, "server", None, raw=frame)
    assert record.frame == frame


def test_bytes_that_are_no_utf8_are_kept_readable(tmp_path: Path) -> None:
    [record] = kept(tmp_path, b"\xff\x00")
    assert record.raw == "\\xff\x00"


def test_a_lone_surrogate_in_an_event_survives(tmp_path: Path) -> None:
    [record] = kept(tmp_path, '{"delta": "\\ud83d"}')
    assert record.event == {"delta": "\ud83d"}


def test_no_credential_is_written(tmp_path: Path) -> None:
    tool = {"type": "mcp", "server_url": "https://tools.example", "authorization": "s3cret"}
    tool["headers"] = {"X-Key": "s3cret"}  # type: ignore[assignment]
    kept(
        tmp_path,
        json.dumps({"type": "session.update", "session": {"tools": [tool]}}),
        json.dumps({"type": "session.created", "session": {"client_secret": {"value": "s3cret"}}}),
    )
    assert "s3cret" not in (tmp_path / "events.jsonl").read_text()
    update, created = read(tmp_path)
    assert update.event is not None and update.event["session"]["tools"][0]["server_url"] == "https://tools.example"
    assert created.event == {"type": "session.created", "session": {"client_secret": "[not recorded]"}}


def test_a_last_line_cut_off_by_a_crash_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"t":0.0,"dir":"server","event":{}}\n{"t":0.1,"dir":"ser')
    assert list(read(path)) == [Record(0.0, "server", {})]


@pytest.mark.parametrize("line", ["no json", "[]", '{"t": 1}'])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f'{{"t":0.0,"dir":"server","event":{{}}}}\n{line}\n')
    with pytest.raises(UsageError, match="line 2"):
        list(read(path))
